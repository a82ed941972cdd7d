//! The journal of the store, across restarts.

use bandpass::base::{CancelToken, Progress};
use bandpass::domain::op::{Intent, OpState};
use bandpass::engine::files::{Hands, Journal as _, StepState};
use bandpass::store::Store;

use super::tree::{Item, World};

const ITEMS: &[Item] = &[
    ("a", "猫 01.png".as_bytes(), &["txt"]),
    ("b", b"broken \xff.png", &["txt"]),
];

#[test]
fn an_operation_is_undone_after_a_restart() {
    let world = World::new(ITEMS);
    let before = world.photo();
    let data = tempfile::tempdir().unwrap();
    let trash = world.trash();
    let (token, progress) = (CancelToken::new(), Progress::default());
    for intent in [
        Intent::Move(world.to(true)),
        Intent::Copy(world.to(false)),
        Intent::Trash,
    ] {
        let plan = world.plan(&intent).confirm();
        let store = Store::open(data.path(), 1).unwrap();
        // The plan's ids are of no library here; the journal keeps them as they are.
        let hands = Hands {
            journal: &store,
            trash: &trash,
        };
        let applied = hands.apply(&plan, &token, &progress, 1).unwrap();
        assert_eq!((applied.n_done, applied.failed.len()), (2, 0));
        assert_ne!(world.photo(), before);
        drop(store);

        let store = Store::open(data.path(), 2).unwrap();
        let hands = Hands {
            journal: &store,
            trash: &trash,
        };
        assert!(hands.recover().unwrap().is_empty());
        assert!(hands.undo(applied.op, &token, &progress).unwrap().complete);
        let entry = store.load(applied.op).unwrap();
        assert_eq!(entry.state, OpState::Undone);
        assert!(entry.title.starts_with(intent.name()), "{}", entry.title);
        assert!(
            entry
                .steps
                .iter()
                .all(|(_, state, _)| *state == StepState::Undone)
        );
        let mut now = world.photo();
        now.0.folders.remove(std::path::Path::new("trash"));
        assert_eq!(now, before);
    }
    assert_eq!(progress.snapshot().done, 12);
}

#[test]
fn an_entry_that_cannot_be_read_is_told_and_the_others_are_settled() {
    let world = World::new(ITEMS);
    let before = world.photo();
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path(), 1).unwrap();
    let intent = Intent::Move(world.to(true));
    let steps = world.plan(&intent).steps;
    let broken = store.begin("a", &intent, &steps, 1).unwrap();
    let fine = store.begin("b", &intent, &steps, 1).unwrap();
    drop(store);
    let conn = rusqlite::Connection::open(data.path().join("bandpass.db")).unwrap();
    let newer = r#"{"kind":"convert"}"#;
    let sql = "UPDATE op SET intent = ?2 WHERE id = ?1";
    conn.execute(sql, (broken.0, newer)).unwrap();
    drop(conn);

    let store = Store::open(data.path(), 2).unwrap();
    let trash = world.trash();
    let hands = Hands {
        journal: &store,
        trash: &trash,
    };
    let recovered = hands.recover().unwrap();
    let ops: Vec<_> = recovered.iter().map(|recovered| recovered.op).collect();
    assert_eq!(ops, [broken, fine]);
    assert!(
        recovered[0].text.contains("can't be read") && recovered[0].text.contains("convert"),
        "{}",
        recovered[0].text
    );
    assert_eq!(store.load(fine).unwrap().state, OpState::Done);
    assert_eq!(
        store.unfinished().unwrap(),
        [broken],
        "a newer version may settle it"
    );
    assert_eq!(world.photo(), before);
}
