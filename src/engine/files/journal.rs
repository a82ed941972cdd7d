//! What file operations need of a journal.

use crate::base::Problem;
use crate::domain::op::{Intent, OpId, OpState, Step};
pub use crate::store::StepState;
use crate::store::Store;

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

/// A new state for a step, by its place in the steps, counted from 0. No detail leaves the one
/// before it.
pub type Line = (usize, StepState, Option<String>);

/// A durable list of operations and their steps.
///
/// When a call returns, what it wrote survives the death of the process. Beginnings survive a
/// power cut, too; ends may be forgotten by one, so [`Hands::recover`](super::Hands::recover)
/// doesn't rely on them.
pub trait Journal {
    /// Writes down an operation with all its steps pending; it is in state running.
    fn begin(&self, title: &str, intent: &Intent, steps: &[Step], at: i64)
    -> Result<OpId, Problem>;

    /// Notes how far steps have come, all or none of them.
    fn steps(&self, op: OpId, lines: Vec<Line>) -> Result<(), Problem>;

    /// Notes how far an operation has come.
    fn state(&self, op: OpId, state: OpState) -> Result<(), Problem>;

    /// Reads an operation; an error where there is none of that id.
    fn load(&self, op: OpId) -> Result<Entry, Problem>;

    /// The operations that are running or being undone, oldest first.
    fn unfinished(&self) -> Result<Vec<OpId>, Problem>;
}

impl Journal for Store {
    fn begin(
        &self,
        title: &str,
        intent: &Intent,
        steps: &[Step],
        at: i64,
    ) -> Result<OpId, Problem> {
        Ok(self.journal_begin(title, intent, steps, at)?)
    }

    fn steps(&self, op: OpId, lines: Vec<Line>) -> Result<(), Problem> {
        let lines = lines
            .into_iter()
            .map(|(seq, state, detail)| (seq as u32, state, detail));
        Ok(self.journal_steps(op, lines.collect())?)
    }

    fn state(&self, op: OpId, state: OpState) -> Result<(), Problem> {
        Ok(self.journal_state(op, state)?)
    }

    fn load(&self, op: OpId) -> Result<Entry, Problem> {
        let entry = self.journal_load(op)?;
        Ok(Entry {
            title: entry.summary.title,
            state: entry.summary.state,
            intent: entry.intent,
            steps: entry.steps,
        })
    }

    fn unfinished(&self) -> Result<Vec<OpId>, Problem> {
        Ok(self.journal_unfinished()?)
    }
}
