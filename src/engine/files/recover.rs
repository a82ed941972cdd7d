//! Settling what a kill left behind: the disk tells what happened, and the journal is made to say
//! the same.

use std::path::{Path, PathBuf};

use super::journal::{Entry, StepState};
use super::note::{Note, planned_stamp};
use super::{Hands, fsops, steps};
use crate::base::Problem;
use crate::base::format::count;
use crate::domain::image::{FileId, Stamp};
use crate::domain::op::{Intent, OpId, OpState, Step};

/// What became of one interrupted operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// Its line in the journal.
    pub op: OpId,
    /// Files it was to take, sidecars included.
    pub n_total: usize,
    /// Files that are where it was to take them, sidecars included.
    pub n_done: usize,
    /// Files of the library and where they are now, as far as the operation moved them.
    pub moved: Vec<(FileId, PathBuf)>,
    /// Files of the library that are in the trash.
    pub gone: Vec<FileId>,
    /// Files that could not be looked for, because their folder can't be reached. While there are
    /// any, the operation stays unfinished and the next start looks again.
    pub unreachable: Vec<PathBuf>,
    /// For the user: what was interrupted, how far it came, what to do.
    pub text: String,
}

/// What the disk says of a step that was to be done.
enum Found {
    Done(Note),
    NotDone,
    /// At neither place, although both folders are there.
    Vanished,
    /// At neither place, and a folder is missing: perhaps a drive that isn't plugged in.
    Unreachable,
}

impl Hands<'_> {
    /// Looks at every operation that a kill left running or being undone, and settles it: what
    /// happened is noted as done and can be undone; half-written copies are removed; an image and
    /// its sidecars that were torn apart are put back together at their old place.
    ///
    /// An operation whose entry can't be read is left as it is, and told.
    ///
    /// # Errors
    /// Where the journal can't be read at all, or not written.
    pub fn recover(&self) -> Result<Vec<Recovered>, Problem> {
        let ops = self.journal.unfinished()?;
        ops.into_iter().map(|op| self.recover_one(op)).collect()
    }

    fn recover_one(&self, op: OpId) -> Result<Recovered, Problem> {
        let mut entry = match self.journal.load(op) {
            Ok(entry) => entry,
            Err(problem) => return Ok(unreadable(op, &problem)),
        };
        let before = entry.state;
        let mut unreachable = Vec::new();
        if let Some(intent) = entry.intent.clone() {
            if before == OpState::Undoing {
                self.settle_undo(op, &intent, &mut entry)?;
            } else {
                unreachable = self.settle_run(op, &intent, &mut entry)?;
                self.mend_items(op, &intent, &mut entry)?;
            }
        }
        let n_done = n_done(&entry);
        if unreachable.is_empty() {
            let undone = before == OpState::Undoing && n_done == 0;
            let state = if undone {
                OpState::Undone
            } else {
                OpState::Done
            };
            self.journal.state(op, state)?;
        }
        Ok(report(op, &entry, before, unreachable))
    }

    /// Decides every step of a running operation that is not settled yet.
    fn settle_run(
        &self,
        op: OpId,
        intent: &Intent,
        entry: &mut Entry,
    ) -> Result<Vec<PathBuf>, Problem> {
        let mut unreachable = Vec::new();
        for (seq, (step, state, detail)) in entry.steps.iter_mut().enumerate() {
            let begun = *state == StepState::Doing;
            if !begun && *state != StepState::Pending {
                continue;
            }
            let note = Note::read(step, detail.as_deref());
            let (next, text) = match self.look(intent, step, &note, begun) {
                Found::Done(note) => (StepState::Done, note.text()),
                Found::NotDone if begun => (StepState::Failed, "interrupted".to_owned()),
                Found::Vanished if begun => (
                    StepState::Failed,
                    "interrupted; it is at neither place now".to_owned(),
                ),
                Found::Unreachable if begun => {
                    unreachable.push(step.from.clone());
                    continue;
                }
                Found::NotDone | Found::Vanished | Found::Unreachable => continue,
            };
            *state = next;
            *detail = Some(text);
            self.journal.steps(op, vec![(seq, next, detail.clone())])?;
        }
        Ok(unreachable)
    }

    /// Reads from the disk whether a step happened, and removes its half-written copy if not.
    fn look(&self, intent: &Intent, step: &Step, note: &Note, begun: bool) -> Found {
        let original = fsops::stamp(&step.from).ok();
        let as_planned = original == Some(planned_stamp(step));
        let Some(to) = &step.to else {
            return match original {
                Some(_) => Found::NotDone,
                None => self.look_in_trash(step, note),
            };
        };
        if begun {
            fsops::remove_parts(to);
        }
        let there = fsops::stamp(to)
            .ok()
            .filter(|there| alike(*there, planned_stamp(step)))
            .filter(|_| !fsops::same_file(&step.from, to));
        match (intent, there) {
            (Intent::Copy(_), Some(there)) if begun && same(step, to) => done(note, there),
            (Intent::Copy(_), _) => not_done(to, note, begun),
            (_, Some(there)) if original.is_none() || (begun && !as_planned) => done(note, there),
            (_, Some(_)) => {
                // A move across volumes that copied, and had yet to remove the original.
                if begun && same(step, to) {
                    std::fs::remove_file(to).ok();
                }
                not_done(to, note, begun)
            }
            (_, None) if original.is_some() => not_done(to, note, begun),
            (_, None) => missing(&[&step.from, to]),
        }
    }

    fn look_in_trash(&self, step: &Step, note: &Note) -> Found {
        match self.trash.find(&step.from, planned_stamp(step)) {
            Some(place) => Found::Done(Note {
                trashed: Some(place),
                ..note.clone()
            }),
            None => missing(&[&step.from]),
        }
    }

    /// Puts back what went of an item that did not go whole.
    fn mend_items(&self, op: OpId, intent: &Intent, entry: &mut Entry) -> Result<(), Problem> {
        let work: Vec<Step> = entry.steps.iter().map(|(step, ..)| step.clone()).collect();
        for item in steps::items(&work) {
            let is = |state| item.iter().any(|&seq| entry.steps[seq].1 == state);
            if !is(StepState::Done)
                || item
                    .iter()
                    .all(|&seq| entry.steps[seq].1 == StepState::Done)
            {
                continue;
            }
            for &seq in item.iter().rev() {
                let (step, state, detail) = &mut entry.steps[seq];
                let note = Note::read(step, detail.as_deref());
                let torn = *state == StepState::Done;
                if !torn || steps::take_back(self.trash, intent, step, &note).is_err() {
                    continue;
                }
                let reason = "interrupted; put back to stay with its image or sidecars";
                *state = StepState::Failed;
                *detail = Some(reason.to_owned());
                self.journal
                    .steps(op, vec![(seq, *state, detail.clone())])?;
            }
        }
        Ok(())
    }

    /// Notes the steps that an interrupted undo had taken back; the others stay done.
    fn settle_undo(&self, op: OpId, intent: &Intent, entry: &mut Entry) -> Result<(), Problem> {
        for (seq, (step, state, detail)) in entry.steps.iter_mut().enumerate() {
            if *state != StepState::Done {
                continue;
            }
            let note = Note::read(step, detail.as_deref());
            if let Some(to) = &step.to {
                fsops::remove_parts(&step.from);
                let moving = matches!(intent, Intent::Move(_));
                // A way back across volumes that copied, and had yet to remove the moved file.
                if moving && fsops::stamp(to).ok() == Some(note.stamp()) && same(step, to) {
                    std::fs::remove_file(&step.from).ok();
                }
            }
            if steps::is_back(intent, step, &note) {
                *state = StepState::Undone;
                self.journal
                    .steps(op, vec![(seq, *state, detail.clone())])?;
            }
        }
        Ok(())
    }
}

fn done(note: &Note, there: Stamp) -> Found {
    Found::Done(Note {
        size: there.size,
        mtime_ns: there.mtime_ns,
        ..note.clone()
    })
}

fn not_done(to: &Path, note: &Note, begun: bool) -> Found {
    if begun {
        fsops::remove_folders_above(to, note.made);
    }
    Found::NotDone
}

fn missing(places: &[&Path]) -> Found {
    let reachable = |path: &&Path| path.parent().is_some_and(Path::is_dir);
    if places.iter().all(reachable) {
        Found::Vanished
    } else {
        Found::Unreachable
    }
}

/// The same size, and a time that a coarse file system may have rounded.
fn alike(a: Stamp, b: Stamp) -> bool {
    a.size == b.size && a.mtime_ns.abs_diff(b.mtime_ns) <= 2_000_000_000
}

/// Whether there are two files with the same bytes, so that one can go.
fn same(step: &Step, to: &Path) -> bool {
    !fsops::same_file(&step.from, to) && fsops::same_content(&step.from, to).unwrap_or(false)
}

/// An operation that a newer version wrote, or that is damaged: not a reason not to start.
fn unreadable(op: OpId, problem: &Problem) -> Recovered {
    let text = format!(
        "operation {} was interrupted, and can't be settled because its entry in the journal can't \
         be read; its files were left as they are: if a newer Bandpass began it, start that one: \
         {problem}",
        op.0
    );
    Recovered {
        op,
        n_total: 0,
        n_done: 0,
        moved: Vec::new(),
        gone: Vec::new(),
        unreachable: Vec::new(),
        text,
    }
}

fn n_done(entry: &Entry) -> usize {
    let done = |(_, state, _): &&(Step, StepState, Option<String>)| *state == StepState::Done;
    entry.steps.iter().filter(done).count()
}

fn report(op: OpId, entry: &Entry, before: OpState, unreachable: Vec<PathBuf>) -> Recovered {
    let mut moved = Vec::new();
    let mut gone = Vec::new();
    for (step, state, _) in &entry.steps {
        let Some(file) = step.file else { continue };
        match (&entry.intent, state, &step.to) {
            (Some(Intent::Move(_)), StepState::Done, Some(to)) => moved.push((file, to.clone())),
            (Some(Intent::Trash), StepState::Done, None) => gone.push(file),
            (Some(Intent::Move(_) | Intent::Trash), StepState::Undone, _) => {
                moved.push((file, step.from.clone()));
            }
            _ => {}
        }
    }
    let mut recovered = Recovered {
        op,
        n_total: entry.steps.len(),
        n_done: n_done(entry),
        moved,
        gone,
        unreachable,
        text: String::new(),
    };
    recovered.text = told(&recovered, entry, before);
    recovered
}

fn told(recovered: &Recovered, entry: &Entry, before: OpState) -> String {
    let Recovered {
        op,
        n_total,
        n_done,
        unreachable,
        ..
    } = recovered;
    let verb = entry.intent.as_ref().map_or("change", Intent::name);
    let total = count(*n_total as u64, "file");
    let mut text = if before == OpState::Undoing {
        format!(
            "undoing the {verb} of {total} was interrupted; {} left: undo it again with \
             `bandpass undo {}`",
            count(*n_done as u64, "file"),
            op.0
        )
    } else {
        format!(
            "the {verb} of {total} was interrupted after {n_done}; undo it with `bandpass undo \
             {}`, or run it again",
            op.0
        )
    };
    if before == OpState::Undoing && *n_done == 0 {
        text = format!("undoing the {verb} of {total} was interrupted, and is complete now");
    }
    if let Some(first) = unreachable.first() {
        text = format!(
            "the {verb} of {total} was interrupted, and {} can't be reached; plug the drive in \
             and start Bandpass again: {}",
            count(unreachable.len() as u64, "file"),
            first.display()
        );
    }
    text
}
