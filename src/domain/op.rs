//! File operations: what is wanted, what would happen, what was done.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::format;

use super::image::{FileId, Stamp};
use super::saved_path;

/// What the user wants done with a set of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Intent {
    /// Move into a folder.
    Move(Destination),
    /// Copy into a folder.
    Copy(Destination),
    /// To the desktop's trash.
    Trash,
}

impl Intent {
    /// `move`, `copy` or `trash`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Move(_) => "move",
            Self::Copy(_) => "copy",
            Self::Trash => "trash",
        }
    }

    /// Where files go, for the intents that have a destination.
    pub fn destination(&self) -> Option<&Destination> {
        match self {
            Self::Move(to) | Self::Copy(to) => Some(to),
            Self::Trash => None,
        }
    }
}

/// Where files go and how they are laid out there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// The folder, absolute.
    #[serde(with = "saved_path")]
    pub folder: PathBuf,
    /// Whether the folders between root and file are kept; otherwise all files lie flat.
    pub keep_tree: bool,
}

/// A file as the planner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its id; none for files outside the library.
    pub file: Option<FileId>,
    /// Absolute path.
    pub path: PathBuf,
    /// The opened root it lies under, for [`Destination::keep_tree`].
    pub root: PathBuf,
    /// Size and time when the plan is made; a file that differs when the plan runs is left alone.
    pub stamp: Stamp,
    /// Files that travel with it: `.txt`, `.caption`, `.json`, `.npz`, `.xmp`, masks.
    pub sidecars: Vec<Sidecar>,
}

/// A file that travels with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sidecar {
    /// Absolute path.
    pub path: PathBuf,
    /// Size and time when the plan is made.
    pub stamp: Stamp,
}

/// One file's way, image or sidecar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Groups an image with its sidecars: they go together or not at all.
    pub item: u32,
    /// The image's id; none for sidecars.
    pub file: Option<FileId>,
    /// Where it is, absolute.
    pub from: PathBuf,
    /// Where it goes, absolute; none for trash.
    pub to: Option<PathBuf>,
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970 UTC.
    pub mtime_ns: i64,
}

/// A step whose name was taken at the destination, and the free name it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The file that wanted the name.
    pub from: PathBuf,
    /// The taken name.
    pub wanted: PathBuf,
    /// The free name it gets instead.
    pub given: PathBuf,
}

/// A file that the plan leaves alone, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// The file.
    pub path: PathBuf,
    /// Why, e.g. "already there".
    pub reason: String,
}

/// What an operation would do, file by file. Nothing is touched by making one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What was asked for.
    pub intent: Intent,
    /// Every file's way, images before their sidecars.
    pub steps: Vec<Step>,
    /// Names that were taken.
    pub clashes: Vec<Clash>,
    /// Files left alone.
    pub skipped: Vec<Skip>,
    /// Number of images that go.
    pub n_images: usize,
    /// Number of sidecars that go.
    pub n_sidecars: usize,
    /// Bytes of all steps.
    pub bytes: u64,
}

impl Plan {
    /// "move 213 images + 213 sidecars to /x".
    pub fn title(&self) -> String {
        let images = format::count(self.n_images as u64, "image");
        let with = match self.n_sidecars {
            0 => String::new(),
            n => format!(" + {}", format::count(n as u64, "sidecar")),
        };
        let place = match self.intent.destination() {
            Some(to) => format!(" to {}", to.folder.display()),
            None => String::new(),
        };
        format!("{} {images}{with}{place}", self.intent.name())
    }

    /// The user has seen it and said yes.
    pub fn confirm(self) -> Confirmed {
        Confirmed(self)
    }
}

/// A plan that was shown and agreed to; the only thing that can be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed(Plan);

impl Confirmed {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }
}

/// One operation of the journal. Ids grow; the largest is the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OpId(pub i64);

/// How far an operation of the journal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OpState {
    /// Written down; some steps may be done. After a kill it is found in this state.
    Running,
    /// Every step was done, or failed with its reason noted.
    Done,
    /// Being undone.
    Undoing,
    /// Undone.
    Undone,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpSummary {
    /// Its id.
    pub id: OpId,
    /// What it was, e.g. "move 213 images + 213 sidecars to /x".
    pub title: String,
    /// When it began, seconds since 1970 UTC.
    pub at: i64,
    /// How far it has come.
    pub state: OpState,
    /// Steps done.
    pub n_done: u64,
    /// Steps failed.
    pub n_failed: u64,
}
