//! Carrying out a plan.

use std::path::{Path, PathBuf};

use super::error::FileError;
use super::journal::StepState;
use super::note::Note;
use super::{Hands, fsops, journal, steps};
use crate::base::{CancelToken, Problem, Progress};
use crate::domain::image::FileId;
use crate::domain::op::{Confirmed, Intent, OpId, OpState, Plan, Step};

/// Items written down as begun at once. Each such write waits for the disk, which takes longer
/// than moving a file; after a kill, as many files are looked for.
const BATCH: usize = 32;

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

/// An item whose beginning is written down: its steps, and what undoing them needs to know.
type Begun<'b> = (&'b [usize], Vec<Note>);

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
        for batch in items.chunks(BATCH) {
            if !self.batch(batch, plan, (token, progress), &mut applied)? {
                applied.cancelled = true;
                break;
            }
        }
        self.journal.state(op, OpState::Done)?;
        Ok(applied)
    }

    /// Carries out some items; false once cancelled.
    fn batch(
        &self,
        batch: &[Vec<usize>],
        plan: &Plan,
        (token, progress): (&CancelToken, &Progress),
        applied: &mut Applied,
    ) -> Result<bool, Problem> {
        let op = applied.op;
        let begun = self.begin_batch(op, batch, plan, applied)?;
        (begun.len()..batch.len()).for_each(|_| progress.add_failed());
        for (i, (item, notes)) in begun.iter().enumerate() {
            if token.checkpoint().is_err() {
                let rest = begun[i..].iter().flat_map(|(item, _)| item.iter());
                let pending = rest.map(|&seq| (seq, StepState::Pending, None));
                self.journal.steps(op, pending.collect())?;
                return Ok(false);
            }
            match self.item(op, plan, item, notes)? {
                None => {
                    applied.note(plan, item);
                    progress.add_done(1);
                }
                Some(failed) => {
                    applied.failed.push(failed);
                    progress.add_failed();
                }
            }
        }
        Ok(true)
    }

    /// Writes down which items of a batch are about to be done; the others have failed already.
    fn begin_batch<'b>(
        &self,
        op: OpId,
        batch: &'b [Vec<usize>],
        plan: &Plan,
        applied: &mut Applied,
    ) -> Result<Vec<Begun<'b>>, Problem> {
        let mut begun = Vec::new();
        let mut written = Vec::new();
        for item in batch {
            if let Err((step, error)) = check(plan, item) {
                let reason = error.to_string();
                written.extend(failures(plan, item, step, &reason));
                applied.failed.push((step.from.clone(), reason));
                continue;
            }
            let notes = item.iter().map(|&seq| planned(&plan.steps[seq]));
            let notes: Vec<Note> = notes.collect();
            let doing = item.iter().zip(&notes);
            written.extend(doing.map(|(&seq, note)| (seq, StepState::Doing, Some(note.text()))));
            begun.push((item.as_slice(), notes));
        }
        self.journal.steps(op, written)?;
        Ok(begun)
    }

    /// One image with its sidecars; the file that stopped it, and why.
    fn item(
        &self,
        op: OpId,
        plan: &Plan,
        item: &[usize],
        notes: &[Note],
    ) -> Result<Option<(PathBuf, String)>, Problem> {
        let mut done: Vec<(usize, Note)> = Vec::new();
        let mut stopped = check(plan, item).err();
        for (&seq, note) in item.iter().zip(notes) {
            if stopped.is_some() {
                break;
            }
            let step = &plan.steps[seq];
            match steps::act(self.trash, &plan.intent, step, note) {
                Ok(note) => done.push((seq, note)),
                Err(error) => stopped = Some((step, error)),
            }
        }
        let Some((step, error)) = stopped else {
            let done = done.iter().map(|(seq, note)| finished(*seq, note));
            self.journal.steps(op, done.collect())?;
            return Ok(None);
        };
        let reason = error.to_string();
        let kept = self.put_back(plan, done);
        let mut written = failures(plan, item, step, &reason);
        written.retain(|(seq, ..)| kept.iter().all(|(kept, _)| kept != seq));
        written.extend(kept.iter().map(|(seq, note)| finished(*seq, note)));
        self.journal.steps(op, written)?;
        Ok(Some((step.from.clone(), reason)))
    }

    /// Takes back the steps of an item that could not be finished; those that can't be taken back
    /// stay done, and can be undone later.
    fn put_back(&self, plan: &Plan, done: Vec<(usize, Note)>) -> Vec<(usize, Note)> {
        let mut kept = done;
        while let Some((seq, note)) = kept.last() {
            let step = &plan.steps[*seq];
            if steps::take_back(self.trash, &plan.intent, step, note).is_err() {
                break;
            }
            kept.pop();
        }
        kept
    }
}

/// The first file of an item that can't go, and why.
fn check<'p>(plan: &'p Plan, item: &[usize]) -> Result<(), (&'p Step, FileError)> {
    item.iter().try_for_each(|&seq| {
        let step = &plan.steps[seq];
        steps::check(step).map_err(|error| (step, error))
    })
}

fn planned(step: &Step) -> Note {
    let folder = step.to.as_deref().and_then(Path::parent);
    let made = folder.map_or(0, |folder| fsops::missing_folders(folder).len());
    Note::planned(step, made)
}

fn finished(seq: usize, note: &Note) -> journal::Line {
    (seq, StepState::Done, Some(note.text()))
}

/// The reasons for each file of an item that one of them stopped.
fn failures(plan: &Plan, item: &[usize], stopped_by: &Step, reason: &str) -> Vec<journal::Line> {
    let name = stopped_by.from.file_name().unwrap_or_default();
    let told = |step: &Step| {
        if step.from == stopped_by.from {
            reason.to_owned()
        } else {
            format!("{} stays: {reason}", name.display())
        }
    };
    item.iter()
        .map(|&seq| (seq, StepState::Failed, Some(told(&plan.steps[seq]))))
        .collect()
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
