//! Undoing an operation of the journal.

use std::path::PathBuf;

use super::journal::{Entry, StepState};
use super::note::Note;
use super::{Hands, fsops, steps};
use crate::base::{CancelToken, Problem, Progress};
use crate::domain::image::FileId;
use crate::domain::op::{Intent, OpId, OpState, Step};

/// What became of an undo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The operation.
    pub op: OpId,
    /// Images taken back with all their sidecars.
    pub n_undone: u64,
    /// Files that could not be taken back, and why. Their images and sidecars stayed with them.
    pub failed: Vec<(PathBuf, String)>,
    /// Files of the library that are back at these paths, from elsewhere or from the trash.
    pub moved: Vec<(FileId, PathBuf)>,
    /// Copies that were removed; their originals are still there.
    pub removed: Vec<PathBuf>,
    /// Whether it was stopped before the end.
    pub cancelled: bool,
    /// Whether all is as before. If not, the operation stays done, and can be undone again.
    pub complete: bool,
}

impl Hands<'_> {
    /// Takes back what an operation did, last first, also after a restart.
    ///
    /// A moved file goes back if it is unchanged and its old place is free; a copy is removed if
    /// it is unchanged and its original still is there; a trashed file is restored. An image and
    /// its sidecars go together; what can't go back stays with a reason, and the rest goes on.
    /// The operation is *undone* only once nothing of it is left; until then it stays *done*, and
    /// another undo tries what is left.
    ///
    /// # Errors
    /// Where there is nothing to undo, or the journal can't be written.
    pub fn undo(
        &self,
        op: OpId,
        token: &CancelToken,
        progress: &Progress,
    ) -> Result<Undone, Problem> {
        let entry = self.journal.load(op)?;
        let intent = undoable(&entry)?;
        let work: Vec<Step> = entry.steps.iter().map(|(step, ..)| step.clone()).collect();
        let mut items = steps::items(&work);
        for item in &mut items {
            item.retain(|&seq| entry.steps[seq].1 == StepState::Done);
        }
        items.retain(|item| !item.is_empty());
        progress.add_total(items.len() as u64);
        self.journal.state(op, OpState::Undoing)?;
        let mut undone = Undone {
            op,
            n_undone: 0,
            failed: Vec::new(),
            moved: Vec::new(),
            removed: Vec::new(),
            cancelled: false,
            complete: false,
        };
        for item in items.iter().rev() {
            if token.checkpoint().is_err() {
                undone.cancelled = true;
                break;
            }
            match self.undo_item(op, &entry, item)? {
                None => {
                    undone.note(intent, item.iter().map(|&seq| &entry.steps[seq].0));
                    progress.add_done(1);
                }
                Some(failed) => {
                    undone.failed.push(failed);
                    progress.add_failed();
                }
            }
        }
        remove_made(&entry);
        undone.complete = undone.failed.is_empty() && !undone.cancelled;
        let state = if undone.complete {
            OpState::Undone
        } else {
            OpState::Done
        };
        self.journal.state(op, state)?;
        Ok(undone)
    }

    fn undo_item(
        &self,
        op: OpId,
        entry: &Entry,
        item: &[usize],
    ) -> Result<Option<(PathBuf, String)>, Problem> {
        let Some(intent) = &entry.intent else {
            return Ok(None);
        };
        let of = |seq: usize| {
            let (step, _, detail) = &entry.steps[seq];
            (step, Note::read(step, detail.as_deref()))
        };
        for &seq in item {
            let (step, note) = of(seq);
            if let Err(error) = steps::check_back(intent, step, &note) {
                return Ok(Some((place(step), error.to_string())));
            }
        }
        for &seq in item.iter().rev() {
            let (step, note) = of(seq);
            if let Err(error) = steps::take_back(self.trash, intent, step, &note) {
                return Ok(Some((place(step), error.to_string())));
            }
            let undone = (seq, StepState::Undone, Some(note.text()));
            self.journal.steps(op, vec![undone])?;
        }
        Ok(None)
    }
}

impl Undone {
    fn note<'a>(&mut self, intent: &Intent, steps: impl Iterator<Item = &'a Step>) {
        for step in steps {
            match (intent, step.file, &step.to) {
                (Intent::Copy(_), _, Some(to)) => self.removed.push(to.clone()),
                (_, Some(file), _) => self.moved.push((file, step.from.clone())),
                _ => {}
            }
        }
        self.n_undone += 1;
    }
}

/// The files' intent, if the operation can be undone.
fn undoable(entry: &Entry) -> Result<&Intent, Problem> {
    let refuse = |why: &str| Problem::usage(format!("can't undo \"{}\"", entry.title), why);
    match entry.state {
        OpState::Undone => return Err(refuse("it is undone already")),
        OpState::Running | OpState::Undoing => {
            return Err(refuse("it is still at work, or was interrupted")
                .hint("wait for it, or start Bandpass again"));
        }
        OpState::Done => {}
    }
    let intent = entry.intent.as_ref();
    intent.ok_or_else(|| refuse("it did not change any files"))
}

/// Where the file is now, as far as can be told.
fn place(step: &Step) -> PathBuf {
    step.to.clone().unwrap_or_else(|| step.from.clone())
}

/// Removes the folders that the operation made and that are empty now, deepest first.
fn remove_made(entry: &Entry) {
    let mut made: Vec<(usize, &Step)> = entry
        .steps
        .iter()
        .map(|(step, _, detail)| (Note::read(step, detail.as_deref()).made, step))
        .filter(|(made, _)| *made > 0)
        .collect();
    made.sort_by_key(|(_, step)| std::cmp::Reverse(place(step).components().count()));
    for (n, step) in made {
        fsops::remove_folders_above(&place(step), n);
    }
}
