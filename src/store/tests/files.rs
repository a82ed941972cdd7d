//! Paths, stamps, moves, and what follows a content.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::super::{ScoreBatch, SeenFile};
use super::{NOW, file, fresh, hash, seen, stamp};
use crate::base::paths;
use crate::domain::catalog::Row;
use crate::domain::image::{Facts, Failure, Stage};
use crate::domain::marks::{Flag, MarkEdit, Marks};

#[test]
fn ids_come_in_the_order_given_and_hold() {
    let (_dir, store) = fresh();
    let paths = ["/b/2.png", "/a/1.png", "/b/1.png", "/a/1.png"];
    let all = || paths.iter().map(|path| seen(path, 3)).collect();
    let ids = store.upsert_files(all()).unwrap();
    assert_eq!(ids[1], ids[3]);
    assert!(ids[0] < ids[1] && ids[1] < ids[2]);
    assert_eq!(store.upsert_files(all()).unwrap(), ids);
}

#[test]
fn below_means_whole_folder_names_or_the_file_itself() {
    let (_dir, store) = fresh();
    for path in [
        "/a/1.png",
        "/a/b/2.png",
        "/ab/3.png",
        "/a0.png",
        "/a.png/4.png",
    ] {
        file(&store, path, 1);
    }
    let below = |root: &str| {
        let files = store.files_below(Path::new(root)).unwrap();
        let mut paths: Vec<_> = files.into_iter().map(|file| file.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(below("/a"), ["/a/1.png", "/a/b/2.png"].map(PathBuf::from));
    assert_eq!(below("/a/b/2.png"), ["/a/b/2.png"].map(PathBuf::from));
    assert_eq!(below("/a.png"), ["/a.png/4.png"].map(PathBuf::from));
    assert_eq!(below("/").len(), 5);
    assert!(below("/c").is_empty());
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_survive() {
    let (_dir, store) = fresh();
    let name = paths::from_bytes(b"\xff broken \xe3\x82.png");
    let path = Path::new("/a")
        .join(paths::from_bytes(b"dir \xfe"))
        .join(name);
    let (id, _) = file(&store, &path, 1);
    let root = Path::new("/a").join(paths::from_bytes(b"dir \xfe"));
    let known = store.files_below(&root).unwrap();
    assert_eq!((known[0].id, &known[0].path), (id, &path));
}

#[test]
fn large_sizes_and_times_before_1970_survive() {
    let (_dir, store) = fresh();
    let odd = SeenFile {
        path: "/a/x.png".into(),
        stamp: stamp(u64::MAX, i64::MIN),
    };
    store.upsert_files(vec![odd.clone()]).unwrap();
    assert_eq!(
        store.files_below(Path::new("/a")).unwrap()[0].stamp,
        odd.stamp
    );
}

#[test]
fn a_moved_file_finds_its_content_again() {
    let (_dir, store) = fresh();
    let (old, content) = file(&store, "/a/x.png", 1);
    let facts = Facts {
        format: "png".into(),
        width: 3,
        height: 4,
    };
    store.set_facts(vec![(content, facts)]).unwrap();
    store.mark_gone(vec![old]).unwrap();
    let (new, again) = file(&store, "/b/y.png", 1);
    assert_ne!(new, old);
    assert_eq!(again, content, "scores and marks hang on the content");
    assert_eq!(store.hashes(&[content]).unwrap(), [(content, hash(1))]);
}

#[test]
fn a_gone_file_comes_back_as_itself() {
    let (_dir, store) = fresh();
    let (id, content) = file(&store, "/a/x.png", 1);
    store.mark_gone(vec![id]).unwrap();
    assert!(store.files_below(Path::new("/a")).unwrap().is_empty());
    assert_eq!(store.upsert_files(vec![seen("/a/x.png", 1)]).unwrap(), [id]);
    let known = store.files_below(Path::new("/a")).unwrap();
    assert_eq!(known[0].content, Some(content));
}

fn marked(store: &super::Store, content: super::ContentId) -> Marks {
    let content = vec![content];
    let tags = MarkEdit::Tags {
        add: vec!["犬".into(), "best".into()],
        remove: vec![],
    };
    for edit in [MarkEdit::Stars(4), MarkEdit::Flag(Flag::Pick), tags] {
        store.edit_marks(content.clone(), edit, NOW).unwrap();
    }
    store.marks_of(&content).unwrap().remove(0)
}

#[test]
fn an_edited_file_keeps_its_marks_and_loses_its_failure() {
    let (_dir, store) = fresh();
    let (id, old) = file(&store, "/a/x.png", 1);
    let marks = marked(&store, old);
    let failure = Failure {
        stage: Stage::Decode,
        reason: "cut off".into(),
    };
    store
        .put_failures(vec![(id, stamp(1, 7), failure)])
        .unwrap();
    // Seen twice before it is hashed: the old content is still remembered.
    store.upsert_files(vec![seen("/a/x.png", 50)]).unwrap();
    store.upsert_files(vec![seen("/a/x.png", 60)]).unwrap();
    let known = store.files_below(Path::new("/a")).unwrap();
    assert_eq!(known[0].content, None);
    let new = store
        .set_content(vec![(id, stamp(60, 7), hash(2))])
        .unwrap()[0];
    assert_eq!(store.marks_of(&[old, new]).unwrap(), [marks.clone(), marks]);
    let catalog = store.load_catalog(&["/a".into()], &[]).unwrap();
    assert!(catalog.failures.is_empty());
    assert_eq!(catalog.stars[0], 4);
}

#[test]
fn what_was_read_is_not_taken_for_what_came_after() {
    let (_dir, store) = fresh();
    let (id, old) = file(&store, "/a/x.png", 1);
    let marks = marked(&store, old);
    // Edited twice; the bytes of the first edit come in when the second has been seen.
    for size in [50, 60] {
        store.upsert_files(vec![seen("/a/x.png", size)]).unwrap();
    }
    let failure = |reason: &str| Failure {
        stage: Stage::Decode,
        reason: reason.into(),
    };
    let late = store
        .set_content(vec![(id, stamp(50, 7), hash(2))])
        .unwrap()[0];
    store
        .put_failures(vec![(id, stamp(50, 7), failure("cut off"))])
        .unwrap();
    let catalog = store.load_catalog(&["/a".into()], &[]).unwrap();
    assert_eq!(*catalog.content, [None]);
    assert!(catalog.failures.is_empty() && store.failed_at(Stage::Decode).unwrap().is_empty());
    // Only the time had changed: the same bytes again, and the marks are still there.
    let now = store
        .set_content(vec![(id, stamp(60, 7), hash(2))])
        .unwrap()[0];
    assert_eq!(now, late);
    assert_eq!(store.marks_of(&[now]).unwrap(), [marks]);
    store
        .put_failures(vec![(id, stamp(60, 7), failure("broken"))])
        .unwrap();
    let catalog = store.load_catalog(&["/a".into()], &[]).unwrap();
    assert_eq!(*catalog.content, [Some(now)]);
    assert_eq!(
        catalog.failures.values().collect::<Vec<_>>(),
        [&failure("broken")]
    );
}

#[test]
fn a_file_that_was_read_is_readable() {
    let (_dir, store) = fresh();
    let files = vec![seen("/a/x.png", 1), seen("/a/y.png", 2)];
    let files = store.upsert_files(files).unwrap();
    let failed = |file, size, stage| {
        let reason = "permission denied".into();
        (file, stamp(size, 7), Failure { stage, reason })
    };
    let failures = vec![
        failed(files[0], 1, Stage::Read),
        failed(files[1], 2, Stage::Decode),
    ];
    store.put_failures(failures).unwrap();
    let failing = || -> Vec<Row> {
        let catalog = store.load_catalog(&["/a".into()], &[]).unwrap();
        catalog.failures.keys().copied().collect()
    };
    let found = |size| {
        let of = |&file| (file, stamp(size, 7), hash(9));
        files.iter().map(of).collect::<Vec<_>>()
    };
    store.set_content(found(3)).unwrap();
    assert_eq!(failing(), [Row(0), Row(1)], "of another stamp");
    store.set_content(found(1)).unwrap();
    store.set_content(found(2)).unwrap();
    assert_eq!(failing(), [Row(1)], "its bytes are still broken");
}

#[test]
fn a_known_content_keeps_its_own_marks() {
    let (_dir, store) = fresh();
    let (x, marked_one) = file(&store, "/a/x.png", 1);
    let (y, plain) = file(&store, "/a/y.png", 2);
    let marks = marked(&store, marked_one);
    // Somebody swapped the two files.
    store
        .upsert_files(vec![seen("/a/x.png", 2), seen("/a/y.png", 1)])
        .unwrap();
    let swapped = store
        .set_content(vec![(x, stamp(2, 7), hash(2)), (y, stamp(1, 7), hash(1))])
        .unwrap();
    assert_eq!(swapped, [plain, marked_one]);
    assert_eq!(store.marks_of(&swapped).unwrap(), [Marks::default(), marks]);
}

#[test]
fn another_picture_under_a_gone_name_starts_without_marks() {
    let (_dir, store) = fresh();
    let (id, old) = file(&store, "/a/x.png", 1);
    marked(&store, old);
    store.mark_gone(vec![id]).unwrap();
    let (again, new) = file(&store, "/a/x.png", 9);
    assert_eq!(again, id);
    assert_eq!(store.marks_of(&[new]).unwrap(), [Marks::default()]);
}

#[test]
fn relocated_files_replace_stale_rows_and_may_trade_places() {
    let (_dir, store) = fresh();
    let (a, _) = file(&store, "/a/1.png", 1);
    let (b, _) = file(&store, "/b/1.png", 2);
    let (stale, _) = file(&store, "/c/1.png", 3);
    let moves = vec![(a, "/b/1.png".into()), (b, "/a/1.png".into())];
    assert_eq!(store.relocate(moves).unwrap(), [], "none lost its place");
    store.mark_gone(vec![a]).unwrap();
    let removed = store.relocate(vec![(a, "/c/1.png".into())]).unwrap();
    assert_eq!(removed, [stale]);
    let mut known: Vec<_> = store
        .files_below(Path::new("/"))
        .unwrap()
        .into_iter()
        .map(|file| (file.id, file.path))
        .collect();
    known.sort();
    assert_eq!(known, [(a, "/c/1.png".into()), (b, "/a/1.png".into())]);
    let (new, _) = file(&store, "/d/1.png", 4);
    assert!(new > stale, "ids are not used twice");
}

#[test]
fn a_relocated_file_keeps_its_failure() {
    let (_dir, store) = fresh();
    let (id, _) = file(&store, "/a/x.png", 1);
    let failure = Failure {
        stage: Stage::Score,
        reason: "toy: too small".into(),
    };
    store
        .put_failures(vec![(id, stamp(1, 7), failure.clone())])
        .unwrap();
    store.relocate(vec![(id, "/b/x.png".into())]).unwrap();
    let catalog = store.load_catalog(&["/b".into()], &[]).unwrap();
    assert_eq!(catalog.failures.values().collect::<Vec<_>>(), [&failure]);
    assert!(catalog.status[0].failed);
    let clear = |key: &str| ScoreBatch {
        cleared: vec![id],
        keys: vec![key.to_owned()],
        ..ScoreBatch::default()
    };
    for (key, failed) in [("basics", true), ("toy", false)] {
        store.put_scores(clear(key)).unwrap();
        let catalog = store.load_catalog(&["/b".into()], &[]).unwrap();
        assert_eq!(catalog.status[0].failed, failed, "{key} went well");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn seeing_the_same_twice_changes_nothing(
        files in proptest::collection::vec(("[a-c]", "[a-e猫]{1,2}", 0u64..4, -2i64..2), 1..40),
    ) {
        let (_dir, store) = fresh();
        let mut latest = std::collections::BTreeMap::new();
        let list: Vec<_> = files
            .iter()
            .map(|(folder, name, size, time)| SeenFile {
                path: Path::new("/r").join(folder).join(name),
                stamp: stamp(*size, *time),
            })
            .collect();
        for file in &list {
            latest.insert(file.path.clone(), file.stamp);
        }
        let once: Vec<_> = latest
            .iter()
            .map(|(path, stamp)| SeenFile { path: path.clone(), stamp: *stamp })
            .collect();
        store.upsert_files(list).unwrap();
        let ids = store.upsert_files(once.clone()).unwrap();
        let before = store.files_below(Path::new("/r")).unwrap();
        prop_assert_eq!(store.upsert_files(once).unwrap(), ids);
        let after = store.files_below(Path::new("/r")).unwrap();
        prop_assert_eq!(&after, &before);
        prop_assert_eq!(after.len(), latest.len());
        for file in &after {
            prop_assert_eq!(latest.get(&file.path), Some(&file.stamp));
        }
    }
}
