//! One step on the disk: doing it, and taking it back.

use std::fs;
use std::path::Path;

use super::error::FileError;
use super::fsops;
use super::note::{Note, planned_stamp};
use super::trash::Trash;
use crate::domain::op::{Intent, Step};

/// The steps of each item, in order of appearance: an image, then its sidecars.
pub(super) fn items(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut place = std::collections::HashMap::new();
    let mut items: Vec<Vec<usize>> = Vec::new();
    for (seq, step) in steps.iter().enumerate() {
        let at = *place.entry(step.item).or_insert(items.len());
        if at == items.len() {
            items.push(Vec::new());
        }
        items[at].push(seq);
    }
    items
}

/// Whether a step can be done: its file is as planned, and its new name is free and elsewhere.
pub(super) fn check(step: &Step) -> Result<(), FileError> {
    if fsops::stamp(&step.from)? != planned_stamp(step) {
        let since = "the plan was made";
        return Err(FileError::Changed { since });
    }
    match &step.to {
        // A folder on the way has become a link since the plan was made.
        Some(to) if fsops::same_folder(&step.from, to) => Err(FileError::SamePlace),
        Some(to) if !fsops::is_free(to) => Err(FileError::Taken),
        _ => Ok(()),
    }
}

/// Does a step. After an error the disk is as before.
pub(super) fn act(
    trash: &dyn Trash,
    intent: &Intent,
    step: &Step,
    note: &Note,
) -> Result<Note, FileError> {
    let Some(to) = &step.to else {
        let trashed = Some(trash.put(&step.from)?);
        return Ok(Note {
            trashed,
            ..note.clone()
        });
    };
    let carried = carry(intent, &step.from, to);
    if carried.is_err() {
        fsops::remove_folders_above(to, note.made);
    }
    carried?;
    let there = fsops::stamp(to).unwrap_or(note.stamp());
    Ok(Note {
        size: there.size,
        mtime_ns: there.mtime_ns,
        ..note.clone()
    })
}

fn carry(intent: &Intent, from: &Path, to: &Path) -> Result<(), FileError> {
    fsops::make_folder(to.parent().unwrap_or(Path::new("/")))?;
    match intent {
        Intent::Copy(_) => fsops::copy_file(from, to),
        Intent::Move(_) | Intent::Trash => fsops::move_file(from, to),
    }
}

/// Whether a step that was done can be taken back, without touching anything.
pub(super) fn check_back(intent: &Intent, step: &Step, note: &Note) -> Result<(), FileError> {
    if is_back(intent, step, note) {
        return Ok(());
    }
    match (intent, &step.to) {
        (Intent::Copy(_), Some(to)) => {
            unchanged(to, note)?;
            backed_by_original(step, to)
        }
        (_, Some(to)) => {
            unchanged(to, note)?;
            free(&step.from)
        }
        (_, None) => free(&step.from),
    }
}

/// Whether the disk already is as before the step: someone did it by hand, or a kill came between
/// the deed and its note.
pub(super) fn is_back(intent: &Intent, step: &Step, note: &Note) -> bool {
    let original = fsops::stamp(&step.from).ok();
    match (intent, &step.to) {
        (Intent::Copy(_), Some(to)) => fsops::is_free(to),
        (_, Some(to)) => original == Some(planned_stamp(step)) && fsops::is_free(to),
        (_, None) => original == Some(note.stamp()),
    }
}

/// Takes back a step that was done. After an error the disk is as before.
pub(super) fn take_back(
    trash: &dyn Trash,
    intent: &Intent,
    step: &Step,
    note: &Note,
) -> Result<(), FileError> {
    check_back(intent, step, note)?;
    if !is_back(intent, step, note) {
        match (intent, &step.to) {
            (Intent::Copy(_), Some(to)) => {
                fs::remove_file(to).map_err(FileError::io("remove the copy"))?;
            }
            (_, Some(to)) => {
                fsops::make_folder(step.from.parent().unwrap_or(Path::new("/")))?;
                fsops::move_file(to, &step.from)?;
                // A coarse file system may have rounded it; the file is back all the same.
                fsops::set_mtime(&step.from, step.mtime_ns).ok();
            }
            (_, None) => {
                fsops::make_folder(step.from.parent().unwrap_or(Path::new("/")))?;
                let place = note.trashed.as_deref().unwrap_or_default();
                trash.restore(place, &step.from, note.stamp())?;
            }
        }
    }
    if let Some(to) = &step.to {
        fsops::remove_folders_above(to, note.made);
    }
    Ok(())
}

fn unchanged(to: &Path, note: &Note) -> Result<(), FileError> {
    if fsops::stamp(to)? == note.stamp() {
        return Ok(());
    }
    let since = "it was put there";
    Err(FileError::Changed { since })
}

fn free(path: &Path) -> Result<(), FileError> {
    if fsops::is_free(path) {
        Ok(())
    } else {
        Err(FileError::Taken)
    }
}

/// A copy may go only while its content is still in its original.
fn backed_by_original(step: &Step, to: &Path) -> Result<(), FileError> {
    // The folder of the copies may have become a link to that of the originals.
    if fsops::same_file(&step.from, to) {
        return Err(FileError::LastCopy);
    }
    match fsops::stamp(&step.from) {
        Ok(stamp) if stamp == planned_stamp(step) => Ok(()),
        Ok(_) if fsops::same_content(&step.from, to)? => Ok(()),
        _ => Err(FileError::LastCopy),
    }
}
