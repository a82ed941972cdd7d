//! What file operations need of a journal.

use crate::base::Problem;
use crate::domain::op::{Intent, OpId, OpState, Step};

/// How far one step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Begun; after a kill the disk tells whether it happened.
    Doing,
    /// Done.
    Done,
    /// Not done, or done and put back; the detail says why.
    Failed,
    /// Done, and undone later.
    Undone,
}

/// One operation as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it was, e.g. "move 213 images to /x".
    pub title: String,
    /// How far it has come.
    pub state: OpState,
    /// What was wanted; none where the operation changed marks and not files.
    pub intent: Option<Intent>,
    /// Its steps in order, each with its state and the detail given with it.
    pub steps: Vec<(Step, StepState, Option<String>)>,
}

/// A durable list of operations and their steps.
///
/// When a call returns, what it wrote survives the death of the process. Steps are counted from 0.
/// A call's detail replaces the one before it.
pub trait Journal {
    /// Writes down an operation with all its steps pending; it is in state running.
    fn begin(&self, title: &str, intent: &Intent, steps: &[Step], at: i64)
    -> Result<OpId, Problem>;

    /// Notes how far a step has come.
    fn step(
        &self,
        op: OpId,
        seq: usize,
        state: StepState,
        detail: Option<&str>,
    ) -> Result<(), Problem>;

    /// Notes how far an operation has come.
    fn state(&self, op: OpId, state: OpState) -> Result<(), Problem>;

    /// Reads an operation; an error where there is none of that id.
    fn load(&self, op: OpId) -> Result<Entry, Problem>;

    /// The operations that are running or being undone, oldest first.
    fn unfinished(&self) -> Result<Vec<OpId>, Problem>;
}
