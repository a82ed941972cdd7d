//! The only code that changes the user's files: plan in, journal first, then one item at a time.
//!
//! What it promises, and `tests/it/files.rs` tries to break:
//! - nothing is ever overwritten, and no content is ever lost: the original goes only after a
//!   verified copy is in place, copies are removed only while their original is still there;
//! - every step is in the journal before it is done, so it can be undone after a restart;
//! - an image and its sidecars go together or not at all;
//! - after a kill at any moment, [`recover()`] reads from the disk what happened.
//!
//! Must not know: threads, events, scores, windows, SQL. The journal is a trait.

mod apply;
mod error;
pub mod fsops;
mod gather;
mod journal;
mod note;
mod recover;
mod steps;
pub mod trash;
mod undo;

use crate::base::{CancelToken, Problem, Progress};
use crate::domain::op::{Confirmed, OpId};

pub use apply::Applied;
pub use error::FileError;
pub use gather::{Gathered, Wanted, make_plan, sources};
pub use journal::{Entry, Journal, Line, StepState};
pub use recover::Recovered;
pub use undo::Undone;

/// What file operations need besides the disk.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    /// Where every step is written before it is done.
    pub journal: &'a dyn Journal,
    /// Where trashed files go.
    pub trash: &'a dyn trash::Trash,
}

impl std::fmt::Debug for Hands<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hands").finish_non_exhaustive()
    }
}

impl<'a> Hands<'a> {
    /// With the desktop's trash.
    pub fn new(journal: &'a dyn Journal) -> Self {
        Self {
            journal,
            trash: &trash::DesktopTrash,
        }
    }
}

/// Carries out a plan with the desktop's trash; see [`Hands::apply`].
pub fn apply(
    journal: &dyn Journal,
    confirmed: &Confirmed,
    token: &CancelToken,
    progress: &Progress,
    at: i64,
) -> Result<Applied, Problem> {
    Hands::new(journal).apply(confirmed, token, progress, at)
}

/// Undoes an operation with the desktop's trash; see [`Hands::undo`].
pub fn undo(
    journal: &dyn Journal,
    op: OpId,
    token: &CancelToken,
    progress: &Progress,
) -> Result<Undone, Problem> {
    Hands::new(journal).undo(op, token, progress)
}

/// Settles what a kill left behind, with the desktop's trash; see [`Hands::recover`].
pub fn recover(journal: &dyn Journal) -> Result<Vec<Recovered>, Problem> {
    Hands::new(journal).recover()
}
