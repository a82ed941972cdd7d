//! Carrying out a plan.

use std::path::{Path, PathBuf};

use super::error::FileError;
use super::journal::StepState;
use super::note::Note;
use super::{Hands, fsops, steps};
use crate::base::{CancelToken, Problem, Progress};
use crate::domain::image::FileId;
use crate::domain::op::{Confirmed, Intent, OpId, OpState, Plan, Step};

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its line in the journal.
    pub op: OpId,
    /// Images that went, with all their sidecars.
    pub n_done: u64,
    /// Files that stayed where they were, and why. Their images and sidecars stayed with them.
    pub failed: Vec<(PathBuf, String)>,
    /// New paths of files of the library.
    pub moved: Vec<(FileId, PathBuf)>,
    /// Files of the library that are in the trash now.
    pub gone: Vec<FileId>,
    /// Paths of the new copies of images, without their sidecars.
    pub copied: Vec<PathBuf>,
    /// Whether it was stopped before the end; what is done stays, and can be undone.
    pub cancelled: bool,
}

impl Hands<'_> {
    /// Carries out a plan, one image with its sidecars at a time, in the order of the plan.
    ///
    /// Files that changed since the plan was made, and names that were taken since, are left
    /// alone with a reason. `at` is the time in seconds since 1970 UTC. Progress counts images.
    ///
    /// # Errors
    /// Where the journal can't be written; work stops there, and [`Hands::recover`] settles it.
    pub fn apply(
        &self,
        confirmed: &Confirmed,
        token: &CancelToken,
        progress: &Progress,
        at: i64,
    ) -> Result<Applied, Problem> {
        let plan = confirmed.plan();
        let op = self
            .journal
            .begin(&plan.title(), &plan.intent, &plan.steps, at)?;
        let items = steps::items(&plan.steps);
        progress.add_total(items.len() as u64);
        let mut applied = Applied {
            op,
            n_done: 0,
            failed: Vec::new(),
            moved: Vec::new(),
            gone: Vec::new(),
            copied: Vec::new(),
            cancelled: false,
        };
        for item in items {
            if token.checkpoint().is_err() {
                applied.cancelled = true;
                break;
            }
            match self.item(op, plan, &item)? {
                None => {
                    applied.note(plan, &item);
                    progress.add_done(1);
                }
                Some(failed) => {
                    applied.failed.push(failed);
                    progress.add_failed();
                }
            }
        }
        self.journal.state(op, OpState::Done)?;
        Ok(applied)
    }

    /// One image with its sidecars; the file that stopped it, and why.
    fn item(
        &self,
        op: OpId,
        plan: &Plan,
        item: &[usize],
    ) -> Result<Option<(PathBuf, String)>, Problem> {
        let mut done: Vec<(usize, Note)> = Vec::new();
        let checked = item.iter().try_for_each(|&seq| {
            let step = &plan.steps[seq];
            steps::check(step).map_err(|error| (step, error))
        });
        let mut stopped = checked.err();
        for &seq in item {
            if stopped.is_some() {
                break;
            }
            let step = &plan.steps[seq];
            match self.step(op, seq, &plan.intent, step)? {
                Ok(note) => done.push((seq, note)),
                Err(error) => stopped = Some((step, error)),
            }
        }
        let Some((step, error)) = stopped else {
            return Ok(None);
        };
        let reason = error.to_string();
        let kept = self.put_back(op, plan, &done)?;
        for &seq in item.iter().filter(|seq| !kept.contains(seq)) {
            let reason = told(&plan.steps[seq], step, &reason);
            self.journal
                .step(op, seq, StepState::Failed, Some(&reason))?;
        }
        Ok(Some((step.from.clone(), reason)))
    }

    fn step(
        &self,
        op: OpId,
        seq: usize,
        intent: &Intent,
        step: &Step,
    ) -> Result<Result<Note, FileError>, Problem> {
        let folder = step.to.as_deref().and_then(Path::parent);
        let made = folder.map_or(0, |folder| fsops::missing_folders(folder).len());
        let note = Note::planned(step, made);
        self.journal
            .step(op, seq, StepState::Doing, Some(&note.text()))?;
        let acted = steps::act(self.trash, intent, step, &note);
        if let Ok(note) = &acted {
            self.journal
                .step(op, seq, StepState::Done, Some(&note.text()))?;
        }
        Ok(acted)
    }

    /// Takes back the steps of an item that could not be finished; those that can't be taken back
    /// stay done, and can be undone later.
    fn put_back(
        &self,
        op: OpId,
        plan: &Plan,
        done: &[(usize, Note)],
    ) -> Result<Vec<usize>, Problem> {
        let mut kept = Vec::new();
        for (seq, note) in done.iter().rev() {
            let step = &plan.steps[*seq];
            if steps::take_back(self.trash, &plan.intent, step, note).is_err() {
                self.journal
                    .step(op, *seq, StepState::Done, Some(&note.text()))?;
                kept.push(*seq);
            }
        }
        Ok(kept)
    }
}

impl Applied {
    fn note(&mut self, plan: &Plan, item: &[usize]) {
        let steps = item.iter().map(|&seq| &plan.steps[seq]);
        for (i, step) in steps.enumerate() {
            match (&plan.intent, step.file, &step.to) {
                (Intent::Move(_), Some(file), Some(to)) => self.moved.push((file, to.clone())),
                (Intent::Trash, Some(file), _) => self.gone.push(file),
                (Intent::Copy(_), _, Some(to)) if i == 0 => self.copied.push(to.clone()),
                _ => {}
            }
        }
        self.n_done += 1;
    }
}

/// The reason for a file of an item that another file of it stopped.
fn told(step: &Step, stopped_by: &Step, reason: &str) -> String {
    if step.from == stopped_by.from {
        return reason.to_owned();
    }
    let name = stopped_by.from.file_name().unwrap_or_default();
    format!("{} stays: {reason}", name.display())
}
