//! What a job carries: its way to be stopped, its counters, and where its findings go.

use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::base::{CancelToken, Progress};
use crate::curation::Composites;
use crate::domain::catalog::{Catalog, Status};
use crate::domain::image::{ContentId, Facts, Failure, FileId, Stamp};
use crate::domain::marks::Marks;

/// Handed to every long operation.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Stops or holds it.
    pub token: CancelToken,
    /// Its counters.
    pub progress: Arc<Progress>,
    /// The open library, where there is one to keep up to date.
    pub(crate) changes: Option<Sender<Change>>,
}

impl Job {
    /// The same job with counters of its own, for work that its own counters should not show.
    pub(crate) fn quiet(&self) -> Self {
        Self {
            progress: Arc::default(),
            ..self.clone()
        }
    }

    /// Whether an open library follows what the job finds.
    pub(crate) fn is_watched(&self) -> bool {
        self.changes.is_some()
    }

    /// Tells the open library; headless commands have none and read the database afterwards.
    pub(crate) fn tell(&self, change: Change) {
        if let Some(changes) = &self.changes {
            changes.send(change).ok();
        }
    }
}

/// A change of the library in memory, already written to the database.
#[derive(Debug)]
pub(crate) enum Change {
    /// Another library was opened, with these composite columns at its end.
    Open(Box<Catalog>, Arc<Composites>),
    /// Files that are new, or whose bytes may have changed.
    Seen(Vec<Seen>),
    /// Files that are no longer there.
    Gone(Vec<FileId>),
    /// Contents of files, with all that is known of them.
    Known(Vec<(FileId, Knowledge)>),
    /// Files that failed, or no longer do as far as these scorers go.
    Failures(Vec<(FileId, Option<Failure>)>, Arc<[String]>),
    /// New marks of contents.
    Marks(Vec<(ContentId, Marks)>),
    /// Files that moved.
    Relocated(Vec<(FileId, std::path::PathBuf)>),
    /// Files whose root came or went.
    Status(Vec<FileId>, fn(&mut Status)),
}

/// A file as the scanner found it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Its id.
    pub file: FileId,
    /// Absolute path.
    pub path: std::path::PathBuf,
    /// Its size and time.
    pub stamp: Stamp,
}

/// What is known of a content.
#[derive(Debug, Clone)]
pub(crate) struct Knowledge {
    /// The content.
    pub content: ContentId,
    /// What decoding told.
    pub facts: Option<Facts>,
    /// What the person said; none leaves what the catalog has.
    pub marks: Option<Marks>,
    /// Values by key of their column; which columns the open library has may change during a run.
    pub values: Vec<(Arc<str>, f64)>,
}
