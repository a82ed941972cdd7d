//! What a front end may ask of the engine.

use std::path::PathBuf;

use crate::base::{Generation, JobId};
use crate::domain::catalog::Row;
use crate::domain::composite::Composite;
use crate::domain::import::{ImportOptions, ImportPlan};
use crate::domain::marks::MarkEdit;
use crate::domain::op::{Confirmed, Intent, OpId};
use crate::domain::query::ViewSpec;
use crate::domain::settings::Settings;

use super::backend::Use;
use super::infer::install::Flavour;
use super::models::OwnModel;
use super::tagging::TagWish;

/// A request. None of them blocks; answers come as [`Event`](super::Event)s.
#[derive(Debug, Clone)]
pub enum Command {
    /// Open these folders or files instead of what is open.
    Open(Vec<PathBuf>),
    /// Look at the open folders again.
    Rescan,
    /// Compute scores.
    Score(ScoreRequest),
    /// Hold a job at its next image.
    Pause(JobId),
    /// Let a held job go on.
    Resume(JobId),
    /// Stop a job; what it finished stays.
    Cancel(JobId),
    /// Show this view from now on; latest wins. Answered again whenever the catalog changes.
    View {
        /// Comes back with the answer.
        generation: Generation,
        /// Filter, order and histograms.
        spec: ViewSpec,
    },
    /// Thumbnails wanted now, most urgent first; replaces the list before it.
    Thumbs {
        /// The rows, visible ones first.
        rows: Vec<Row>,
        /// Longest edge in pixels that the grid can show.
        edge: u32,
    },
    /// The full picture for the loupe; latest wins.
    Picture(Row),
    /// Change marks; journalled and undoable.
    Mark {
        /// The images.
        rows: Vec<Row>,
        /// The change.
        edit: MarkEdit,
    },
    /// Make the tags that a tagger saw the user's own; journalled and undoable.
    TakeTags {
        /// The images.
        rows: Vec<Row>,
        /// Whose tags, and from which share on.
        wish: TagWish,
    },
    /// Plan a file operation; answered by [`Event::Planned`](super::Event::Planned).
    Plan {
        /// The images, in the order of the view.
        rows: Vec<Row>,
        /// What to do.
        intent: Intent,
    },
    /// Carry out a plan that was shown and agreed to.
    Apply(Confirmed),
    /// Undo an operation, or the newest one that can be undone.
    Undo(Option<OpId>),
    /// Ask for the history, newest first.
    History,
    /// Write a list of images with their scores and marks.
    Export {
        /// The images, in the order of the view.
        rows: Vec<Row>,
        /// How to write it.
        format: ListFormat,
        /// The file, replaced only through a temporary file and a rename.
        to: PathBuf,
    },
    /// Ask for the scorers with weights; answered by [`Event::Models`](super::Event::Models).
    Models,
    /// Download the weights of a scorer and of what it builds on. The user has seen its licence.
    Pull {
        /// Its key.
        key: String,
        /// Name of the variant; the first that can be had if none.
        variant: Option<String>,
    },
    /// Use a weight file that the user has, where it lies.
    AddModel {
        /// The file.
        file: PathBuf,
        /// Key of the scorer it is for; found out if none.
        key: Option<String>,
    },
    /// Look at the file of a network that no manifest knows, or at a checkpoint's folder; answered
    /// by [`Event::ModelDraft`](super::Event::ModelDraft).
    LookAtModel(PathBuf),
    /// Make a scorer of a network of the user's own: write its manifest and use its weights where
    /// they lie.
    AddOwnModel(Box<OwnModel>),
    /// Delete the weights that Bandpass put there; the user's own files stay.
    RemoveModel(String),
    /// Keep another list of prompts, one a line.
    SetPrompts {
        /// Key of the prompt scorer.
        key: String,
        /// The list.
        text: String,
    },
    /// Change a setting of a scorer.
    SetScorerSetting {
        /// Key of the scorer.
        key: String,
        /// Name of the setting.
        name: String,
        /// Name of a choice, or a number; none for the default.
        value: Option<String>,
    },
    /// Let a scorer run only where a condition holds.
    SetRoute {
        /// Its key.
        key: String,
        /// The condition, as filters are written; none for every image.
        condition: Option<String>,
    },
    /// Read a table that another program wrote; answered by
    /// [`Event::ImportPlanned`](super::Event::ImportPlanned).
    PlanImport {
        /// The table.
        file: PathBuf,
        /// How to read it.
        options: ImportOptions,
    },
    /// Take over the columns of a table whose plan was shown and agreed to.
    Import(Box<ImportPlan>),
    /// Forget an import and its values.
    RemoveImport(String),
    /// Keep a composite column in the place of the one with its key.
    SetComposite(Box<Composite>),
    /// Forget the composite column of this key.
    RemoveComposite(String),
    /// Ask what networks run on here; answered by [`Event::Runtime`](super::Event::Runtime).
    Runtime,
    /// Install an ONNX Runtime into the data folder.
    InstallRuntime(Flavour),
    /// Use this ONNX Runtime library from the next start on.
    UseRuntime(PathBuf),
    /// Run a small known network on every device; answered by
    /// [`Event::Selftest`](super::Event::Selftest).
    Selftest,
    /// Ask what computed an image's scores; answered by
    /// [`Event::Placements`](super::Event::Placements).
    Placements(Row),
    /// Ask what scorers found in an image beside numbers; answered by
    /// [`Event::Details`](super::Event::Details).
    Details(Row),
    /// Keep these settings.
    SaveSettings(Box<Settings>),
}

/// Which scores to compute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRequest {
    /// Scorer keys; empty for all.
    pub scorers: Vec<String>,
    /// Only these images; none for the whole library.
    pub rows: Option<Vec<Row>>,
    /// Try again what failed to decode or score before.
    pub retry_failed: bool,
    /// What networks run on.
    pub wishes: Use,
}

/// How a list of images is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    /// A header and a row an image.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// An absolute path a line.
    Paths,
}

/// What goes into a list of images, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListForm {
    /// How it is written.
    pub format: ListFormat,
    /// Whether key points and tags come along, as columns of lists.
    pub details: bool,
}

impl From<ListFormat> for ListForm {
    fn from(format: ListFormat) -> Self {
        let details = false;
        Self { format, details }
    }
}

impl ListFormat {
    /// By the ending of the file: `.csv`, `.jsonl`, `.txt`.
    pub fn of(path: &std::path::Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "txt" | "lst" => Some(Self::Paths),
            _ => None,
        }
    }
}
