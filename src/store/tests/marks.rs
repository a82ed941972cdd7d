//! Marks, their journal and their undo.

use super::super::StoreError;
use super::{NOW, file, fresh};
use crate::domain::image::ContentId;
use crate::domain::marks::{Flag, MarkEdit, Marks};
use crate::domain::op::{Intent, OpId, OpState};

fn tags(add: &[&str], remove: &[&str]) -> MarkEdit {
    let own = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    MarkEdit::Tags {
        add: own(add),
        remove: own(remove),
    }
}

#[test]
fn edits_give_what_changed_and_are_in_the_history() {
    let (_dir, store) = fresh();
    let (_, a) = file(&store, "/a/1.png", 1);
    let (_, b) = file(&store, "/a/2.png", 2);
    store.edit_marks(vec![b], MarkEdit::Stars(3), NOW).unwrap();
    let unknown = ContentId(99);
    let (op, changed) = store
        .edit_marks(vec![b, a, a, unknown], MarkEdit::Stars(3), NOW + 5)
        .unwrap();
    let three = Marks {
        stars: 3,
        ..Marks::default()
    };
    assert_eq!(changed, [(a, three.clone())]);
    let entry = store.journal_load(op).unwrap();
    assert_eq!(entry.marks, [(a, Marks::default(), three)]);
    assert_eq!((entry.intent, entry.steps.len()), (None, 0));
    assert_eq!(entry.summary.title, "3 stars: 1 image");
    assert_eq!(entry.summary.state, OpState::Done);
    assert_eq!((entry.summary.at, entry.summary.n_done), (NOW + 5, 1));
}

#[test]
fn an_edit_that_changes_nothing_is_not_in_the_history() {
    let (_dir, store) = fresh();
    let (_, a) = file(&store, "/a/1.png", 1);
    let (_, changed) = store.edit_marks(vec![a], MarkEdit::Stars(0), NOW).unwrap();
    assert!(changed.is_empty());
    assert!(store.journal_list(9).unwrap().is_empty());
}

#[test]
fn contents_marked_each_in_its_own_way_are_one_operation() {
    let (_dir, store) = fresh();
    let (_, a) = file(&store, "/a/1.png", 1);
    let (_, b) = file(&store, "/a/2.png", 2);
    store
        .edit_marks(vec![a], tags(&["mine"], &[]), NOW)
        .unwrap();
    let edits = vec![
        (a, tags(&["sky"], &[])),
        (b, tags(&["sea", "sand"], &[])),
        (a, tags(&["x"], &[])),
    ];
    let (op, changed) = store.edit_each(edits, "tags of t".to_owned(), NOW).unwrap();
    let of = |contents: &[ContentId]| -> Vec<Vec<String>> {
        let marks = store.marks_of(contents).unwrap();
        marks.into_iter().map(|marks| marks.tags).collect()
    };
    assert_eq!(
        (changed.len(), of(&[a, b])),
        (
            2,
            vec![
                vec!["mine".to_owned(), "sky".to_owned()],
                vec!["sea".to_owned(), "sand".to_owned()]
            ]
        )
    );
    assert_eq!(
        store.journal_load(op).unwrap().summary.title,
        "tags of t: 2 images"
    );
    store.undo_marks(op).unwrap();
    assert_eq!(of(&[a, b]), [vec!["mine".to_owned()], Vec::new()]);
}

#[test]
fn undo_restores_only_what_was_not_changed_since() {
    let (_dir, store) = fresh();
    let (_, a) = file(&store, "/a/1.png", 1);
    let (_, b) = file(&store, "/a/2.png", 2);
    store
        .edit_marks(vec![a, b], tags(&["犬", "x"], &[]), NOW)
        .unwrap();
    let before = store.marks_of(&[a, b]).unwrap();
    let (op, _) = store
        .edit_marks(vec![a, b], tags(&["best"], &["犬"]), NOW)
        .unwrap();
    store
        .edit_marks(vec![b], MarkEdit::Flag(Flag::Reject), NOW)
        .unwrap();
    let later = store.marks_of(&[b]).unwrap().remove(0);
    let undone = store.undo_marks(op).unwrap();
    assert_eq!(undone, [(a, before[0].clone())]);
    assert_eq!(before[0].tags, ["犬", "x"]);
    assert_eq!(store.marks_of(&[a, b]).unwrap(), [before[0].clone(), later]);
    assert_eq!(
        store.journal_load(op).unwrap().summary.state,
        OpState::Undone
    );
    assert!(store.undo_marks(op).unwrap().is_empty(), "undone once");
}

#[test]
fn only_edits_of_marks_are_undone_as_such() {
    let (_dir, store) = fresh();
    let op = store
        .journal_begin("trash", &Intent::Trash, &[], NOW)
        .unwrap();
    for op in [op, OpId(99)] {
        let error = store.undo_marks(op).unwrap_err();
        assert!(matches!(error, StoreError::Other { .. }), "{error:?}");
    }
    assert_eq!(
        store.journal_load(op).unwrap().summary.state,
        OpState::Running
    );
}
