//! A journal in memory that can kill the process it serves.

use std::cell::{Cell, RefCell};

use bandpass::base::Problem;
use bandpass::domain::op::{Intent, OpId, OpState, Step};
use bandpass::engine::files::{Entry, Journal, Line, StepState};

/// When the process dies: at this call, before or after the call is written down.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kill {
    pub(crate) at: usize,
    pub(crate) written: bool,
}

#[derive(Default)]
pub(crate) struct MemJournal {
    entries: RefCell<Vec<Entry>>,
    calls: Cell<usize>,
    kill: Cell<Option<Kill>>,
}

impl MemJournal {
    pub(crate) fn kill_at(kill: Kill) -> Self {
        let journal = Self::default();
        journal.kill.set(Some(kill));
        journal
    }

    /// Dies at a call counted from now on.
    pub(crate) fn arm(&self, kill: Kill) {
        self.calls.set(0);
        self.kill.set(Some(kill));
    }

    /// The program is started again.
    pub(crate) fn restart(&self) {
        self.kill.set(None);
        self.calls.set(0);
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }

    pub(crate) fn states(&self, op: OpId) -> (OpState, Vec<StepState>) {
        let entry = self.load(op).unwrap();
        let steps = entry.steps.iter().map(|(_, state, _)| *state);
        (entry.state, steps.collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    fn write<T>(&self, change: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        let n = self.calls.get();
        self.calls.set(n + 1);
        let kill = self.kill.get().filter(|kill| n >= kill.at);
        // Unwinding without the panic message; nothing may be written once dead.
        if let Some(kill) = kill
            && (!kill.written || n > kill.at)
        {
            std::panic::resume_unwind(Box::new("killed"));
        }
        let answer = change(&mut self.entries.borrow_mut());
        if kill.is_some() {
            std::panic::resume_unwind(Box::new("killed"));
        }
        answer
    }
}

impl Journal for MemJournal {
    fn begin(&self, title: &str, intent: &Intent, steps: &[Step], _: i64) -> Result<OpId, Problem> {
        Ok(self.write(|entries| {
            let pending = |step: &Step| (step.clone(), StepState::Pending, None);
            entries.push(Entry {
                title: title.to_owned(),
                state: OpState::Running,
                intent: Some(intent.clone()),
                steps: steps.iter().map(pending).collect(),
            });
            OpId(entries.len() as i64)
        }))
    }

    fn steps(&self, op: OpId, lines: Vec<Line>) -> Result<(), Problem> {
        self.write(|entries| {
            for (seq, state, detail) in lines {
                let step = &mut entries[op.0 as usize - 1].steps[seq];
                step.1 = state;
                step.2 = detail.or(step.2.take());
            }
        });
        Ok(())
    }

    fn state(&self, op: OpId, state: OpState) -> Result<(), Problem> {
        self.write(|entries| entries[op.0 as usize - 1].state = state);
        Ok(())
    }

    fn load(&self, op: OpId) -> Result<Entry, Problem> {
        Ok(self.entries.borrow()[op.0 as usize - 1].clone())
    }

    fn unfinished(&self) -> Result<Vec<OpId>, Problem> {
        let entries = self.entries.borrow();
        let open = |entry: &Entry| matches!(entry.state, OpState::Running | OpState::Undoing);
        let ids = (1..).zip(entries.iter()).filter(|(_, entry)| open(entry));
        Ok(ids.map(|(id, _)| OpId(id)).collect())
    }
}
