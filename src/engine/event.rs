//! What the engine tells a front end.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{Generation, JobId, Problem, ProgressSnapshot};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::detail::Detail;
use crate::domain::image::Failure;
use crate::domain::import::ImportPlan;
use crate::domain::op::{OpSummary, Plan};
use crate::domain::picture::Rgb;
use crate::domain::query::{Histogram, ViewResult};
use crate::domain::score::ScorerSpec;

use super::depot::ModelInfo;
use super::infer::status::Status;
use super::models::ModelDraft;

/// News from the engine, drained by the front end once a frame.
#[derive(Debug, Clone)]
pub enum Event {
    /// The library changed; at most a few times a second.
    Catalog(Arc<Catalog>),
    /// The list for the view asked for, after each change of view or library.
    View(ViewResult),
    /// The histograms for it, a moment later.
    Histograms {
        /// Of the view they belong to.
        generation: Generation,
        /// In the order asked for.
        histograms: Vec<Histogram>,
    },
    /// Thumbnails, in batches.
    Thumbs(Vec<Thumb>),
    /// The picture for the loupe.
    Picture {
        /// Its row.
        row: Row,
        /// Upright, at full size, alpha laid over a neutral ground; or why not.
        result: Result<Arc<Rgb>, Failure>,
    },
    /// A job began, moved on, or ended.
    Job(JobStatus),
    /// The plan asked for, or why there is none.
    Planned(Result<Box<Plan>, Problem>),
    /// What importing the table asked about would do, or why it can't be.
    ImportPlanned(Result<Box<ImportPlan>, Problem>),
    /// The history, newest first.
    History(Vec<OpSummary>),
    /// The scorers whose columns the library has, in the order of its columns: at the start and
    /// whenever model files change.
    Scorers(Arc<[ScorerSpec]>),
    /// The scorers with weights.
    Models(Arc<[ModelInfo]>),
    /// What the file of a network turned out to be and what must be said of it, or why it can't be
    /// used.
    ModelDraft(Result<Box<ModelDraft>, Problem>),
    /// What networks run on here.
    Runtime(Box<Status>),
    /// How each device did in the self-test, a line each, with whether it can be trusted.
    Selftest(Vec<(String, bool)>),
    /// What computed the scores of an image, by scorer; our own code is left out.
    Placements {
        /// Its row.
        row: Row,
        /// Key of the scorer, and engine with device.
        placements: Vec<(String, String)>,
    },
    /// What scorers found in an image beside numbers.
    Details {
        /// Its row.
        row: Row,
        /// Key of the scorer, and what it found, of the upright image; or why nothing can be shown.
        result: Result<Vec<(String, Detail)>, String>,
    },
    /// Something to tell the user.
    Notice(Notice),
}

/// A thumbnail, or why there is none.
#[derive(Debug, Clone)]
pub struct Thumb {
    /// Its row.
    pub row: Row,
    /// Upright, longest edge at most what was asked for; or why not.
    pub result: Result<Arc<Rgb>, Failure>,
}

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Finding files.
    Scan,
    /// Hashing new files, so that moved ones keep their scores.
    Identify,
    /// Computing scores.
    Score,
    /// Moving, copying, trashing or undoing.
    Files,
    /// Writing a list.
    Export,
    /// Getting or looking over model files and runtimes.
    Models,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// At work.
    Running,
    /// Held by the user.
    Paused,
    /// Ended by itself.
    Done,
    /// Ended by the user.
    Cancelled,
    /// Ended by a problem, told in a notice.
    Failed,
}

/// A job as the status bar shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobStatus {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// For people, e.g. "Scoring with cv2_metrics".
    pub title: String,
    /// Where it stands.
    pub state: JobState,
    /// Its counters.
    pub progress: ProgressSnapshot,
    /// Items a second since it began, pauses left out.
    pub rate: f64,
    /// Time left at that rate, once it can be told.
    pub eta: Option<Duration>,
}

impl JobState {
    /// Whether nothing more will come from the job.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled | Self::Failed)
    }
}

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Needs a look.
    Warning,
    /// Something the user asked for did not happen.
    Error,
}

/// Something to tell the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How serious.
    pub level: Level,
    /// One line.
    pub text: String,
}
