//! The journal survives kills.

use std::path::PathBuf;

use super::super::StepState::{Done, Failed, Pending, Undone};
use super::super::{StepState, Store};
use super::{NOW, fresh};
use crate::base::paths;
use crate::domain::image::FileId;
use crate::domain::op::{Destination, Intent, OpId, OpState, Step};

fn step(item: u32, from: &str, to: Option<PathBuf>) -> Step {
    Step {
        item,
        file: (item == 0).then_some(FileId(7)),
        from: from.into(),
        to,
        size: u64::MAX,
        mtime_ns: -5,
    }
}

fn intent() -> Intent {
    let odd = paths::from_bytes(if cfg!(unix) { b"/b/\xff" } else { b"/b/x" });
    Intent::Move(Destination {
        folder: odd.into(),
        keep_tree: true,
    })
}

#[test]
fn what_was_begun_is_on_the_disk() {
    let (dir, store) = fresh();
    let to = PathBuf::from(paths::from_bytes(b"/b/\xe7\x8c\xab.png"));
    let steps = [step(0, "/a/猫.png", Some(to)), step(1, "/a/猫.txt", None)];
    let op = store
        .journal_begin("move 1 image", &intent(), &steps, NOW)
        .unwrap();
    store.journal_step(op, 0, StepState::Doing, None).unwrap();
    // A kill: the files as they are at this moment, without closing.
    let copy = tempfile::tempdir().unwrap();
    for ending in ["", "-wal"] {
        let name = format!("bandpass.db{ending}");
        std::fs::copy(dir.path().join(&name), copy.path().join(&name)).unwrap();
    }
    let after = Store::open(copy.path(), NOW).unwrap();
    assert_eq!(after.journal_unfinished().unwrap(), [op]);
    let entry = after.journal_load(op).unwrap();
    assert_eq!(entry.intent, Some(intent()));
    assert_eq!(entry.summary.title, "move 1 image");
    assert_eq!(entry.summary.state, OpState::Running);
    let [first, second] = steps;
    let expected = [
        (first, StepState::Doing, None),
        (second, StepState::Pending, None),
    ];
    assert_eq!(entry.steps, expected);
    drop(store);
    let reopened = Store::open(dir.path(), NOW).unwrap();
    assert_eq!(reopened.journal_load(op).unwrap(), entry);
}

#[test]
fn steps_states_and_details_are_kept_and_counted() {
    let (_dir, store) = fresh();
    let steps: Vec<_> = (0..5).map(|i| step(i, "/a/x", None)).collect();
    let op = store
        .journal_begin("trash", &Intent::Trash, &steps, NOW)
        .unwrap();
    store
        .journal_step(op, 0, StepState::Doing, Some("/trash/1"))
        .unwrap();
    store.journal_step(op, 0, StepState::Done, None).unwrap();
    let more = vec![
        (1, StepState::Done, None),
        (2, StepState::Failed, Some("permission denied".to_owned())),
        (3, StepState::Undone, None),
    ];
    store.journal_steps(op, more).unwrap();
    store.journal_state(op, OpState::Undoing).unwrap();
    let entry = store.journal_load(op).unwrap();
    let states: Vec<_> = entry.steps.iter().map(|(_, state, _)| *state).collect();
    assert_eq!(states, [Done, Done, Failed, Undone, Pending]);
    assert_eq!(entry.steps[0].2.as_deref(), Some("/trash/1"));
    assert_eq!(entry.steps[2].2.as_deref(), Some("permission denied"));
    assert_eq!((entry.summary.n_done, entry.summary.n_failed), (3, 1));
}

#[test]
fn the_history_is_newest_first_and_limited() {
    let (_dir, store) = fresh();
    let begin = |title| {
        store
            .journal_begin(title, &Intent::Trash, &[], NOW)
            .unwrap()
    };
    let ops = ["one", "two", "three"].map(begin);
    store.journal_state(ops[1], OpState::Done).unwrap();
    store.journal_state(ops[2], OpState::Undoing).unwrap();
    let titles = |limit| -> Vec<_> {
        let list = store.journal_list(limit).unwrap();
        list.into_iter().map(|op| op.title).collect()
    };
    assert_eq!(titles(2), ["three", "two"]);
    assert_eq!(titles(usize::MAX), ["three", "two", "one"]);
    assert_eq!(store.journal_unfinished().unwrap(), [ops[0], ops[2]]);
}

#[test]
fn what_is_not_in_the_journal_is_an_error() {
    let (_dir, store) = fresh();
    let op = store
        .journal_begin("trash", &Intent::Trash, &[], NOW)
        .unwrap();
    assert!(store.journal_step(op, 0, StepState::Done, None).is_err());
    assert!(store.journal_load(OpId(99)).is_err());
    assert!(store.journal_state(OpId(99), OpState::Done).is_err());
}
