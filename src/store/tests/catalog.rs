//! The catalog holds what was put in, whichever way it is read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::{NewScores, ScoreBatch, ScorerId, Store, fill_synthetic};
use super::{NOW, file, fresh};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::image::FileId;
use crate::domain::marks::{Flag, MarkEdit};
use crate::domain::score::{Better, ColumnSpec, Scores};

fn spec(key: &str) -> Arc<ColumnSpec> {
    Arc::new(ColumnSpec {
        key: key.to_owned(),
        label: key.to_owned(),
        range: (0.0, 1.0),
        better: Better::Higher,
        unit: String::new(),
        readable: None,
        about: String::new(),
        bands: Vec::new(),
    })
}

fn put(store: &Store, scores: Vec<(ScorerId, super::ContentId, Vec<f64>)>) {
    let scores = scores
        .into_iter()
        .map(|(scorer, content, values)| {
            let scores = Scores {
                values,
                signature: None,
            };
            NewScores::computed(scorer, content, scores)
        })
        .collect();
    store
        .put_scores(ScoreBatch {
            scores,
            ..ScoreBatch::default()
        })
        .unwrap();
}

#[test]
fn every_array_is_filled() {
    let (_dir, store) = fresh();
    let (x, content) = file(&store, "/a/x.png", 1);
    let (twin, _) = file(&store, "/a/b/twin.png", 1);
    let unhashed = store
        .upsert_files(vec![super::seen("/a/b/new.png", 9)])
        .unwrap()[0];
    let (gone, _) = file(&store, "/a/gone.png", 3);
    store.mark_gone(vec![gone]).unwrap();
    let s = store.scorer_id("s", "1").unwrap();
    let t = store.scorer_id("t", "1").unwrap();
    put(
        &store,
        vec![(t, content, vec![0.25, f64::NAN]), (s, content, vec![4.0])],
    );
    let tags = MarkEdit::Tags {
        add: vec!["b".into(), "a".into()],
        remove: vec![],
    };
    for edit in [MarkEdit::Stars(5), MarkEdit::Flag(Flag::Reject), tags] {
        store.edit_marks(vec![content], edit, NOW).unwrap();
    }
    let columns = [
        (t, vec![spec("t1"), spec("t2"), spec("t3")]),
        (s, vec![spec("s1")]),
    ];
    let catalog = store.load_catalog(&["/a".into()], &columns).unwrap();
    assert_eq!(*catalog.files, [x, twin, unhashed]);
    assert_eq!(catalog.path(Row(1)), Path::new("/a/b/twin.png"));
    assert_eq!(catalog.path(Row(2)), Path::new("/a/b/new.png"));
    assert_eq!(*catalog.content, [Some(content), Some(content), None]);
    assert_eq!((catalog.size[2], catalog.mtime_ns[2]), (9, 7));
    assert_eq!(*catalog.stars, [5, 5, 0]);
    assert_eq!(*catalog.flags, [Flag::Reject, Flag::Reject, Flag::None]);
    for row in [Row(0), Row(1)] {
        assert_eq!(catalog.tags_of(row), [Arc::from("b"), Arc::from("a")]);
        assert_eq!((catalog.value(0, row), catalog.value(3, row)), (0.25, 4.0));
    }
    let keys: Vec<_> = catalog
        .columns
        .iter()
        .map(|c| c.spec.key.as_str())
        .collect();
    assert_eq!(keys, ["t1", "t2", "t3", "s1"]);
    assert!(catalog.value(1, Row(0)).is_nan() && catalog.value(2, Row(0)).is_nan());
    assert!(catalog.value(0, Row(2)).is_nan());
    assert_eq!(*catalog.roots, [PathBuf::from("/a")]);
    assert_eq!(catalog.folders.len(), 2);
}

#[test]
fn an_empty_library_gives_empty_columns() {
    let (_dir, store) = fresh();
    let s = store.scorer_id("s", "1").unwrap();
    let catalog = store.load_catalog(&[], &[(s, vec![spec("s1")])]).unwrap();
    assert!(catalog.is_empty());
    assert_eq!(catalog.columns.len(), 1);
    assert!(
        store
            .load_catalog(&["/nowhere".into()], &[])
            .unwrap()
            .is_empty()
    );
}

#[test]
fn offline_roots_are_shown_as_such() {
    let (_dir, store) = fresh();
    file(&store, "/usb/a/x.png", 1);
    file(&store, "/disk/x.png", 2);
    store.root_seen(Path::new("/usb"), true, NOW).unwrap();
    store.root_seen(Path::new("/disk"), false, NOW).unwrap();
    let offline = || -> Vec<bool> {
        let catalog = store.load_catalog(&["/".into()], &[]).unwrap();
        catalog.status.iter().map(|status| status.offline).collect()
    };
    assert_eq!(offline(), [true, false]);
    store.root_seen(Path::new("/usb"), false, NOW).unwrap();
    assert_eq!(offline(), [false, false]);
}

/// Paths of the files at or below the root that are shown as offline.
fn offline_at(store: &Store, root: &str) -> Vec<PathBuf> {
    let catalog = store.load_catalog(&[root.into()], &[]).unwrap();
    let offline = |row: &Row| catalog.status[row.idx()].offline;
    catalog
        .rows()
        .filter(offline)
        .map(|row| catalog.path(row))
        .collect()
}

#[test]
fn a_root_that_is_there_is_there_with_all_below_and_above_it() {
    let (_dir, store) = fresh();
    for path in ["/p/x.png", "/p/sub/y.png", "/p/sub/deep/z.png", "/p2/w.png"] {
        file(&store, path, 1);
    }
    let seen = |root: &str, offline| store.root_seen(Path::new(root), offline, NOW).unwrap();
    for root in ["/p/sub", "/p/sub/deep/z.png", "/p2"] {
        seen(root, true);
    }
    seen("/p", false);
    assert_eq!(offline_at(&store, "/"), [Path::new("/p2/w.png")]);
    seen("/p", true);
    seen("/p/sub", false);
    assert!(offline_at(&store, "/p/sub").is_empty());
    seen("/p/sub", true);
    assert_eq!(
        offline_at(&store, "/p"),
        ["/p/sub/y.png", "/p/sub/deep/z.png"].map(PathBuf::from),
        "what is below may be missing while what is above is there"
    );
}

#[test]
fn a_file_as_root_may_be_offline() {
    let (_dir, store) = fresh();
    file(&store, "/a/x.png", 1);
    file(&store, "/a/y.png", 2);
    store.root_seen(Path::new("/a/y.png"), true, NOW).unwrap();
    for root in ["/a/y.png", "/a"] {
        assert_eq!(offline_at(&store, root), [Path::new("/a/y.png")]);
    }
    store.root_seen(Path::new("/a/y.png"), false, NOW).unwrap();
    assert!(offline_at(&store, "/a").is_empty());
}

#[test]
fn a_root_may_be_one_file() {
    let (_dir, store) = fresh();
    let (x, _) = file(&store, "/a/x.png", 1);
    let (y, _) = file(&store, "/a/y.png", 2);
    let (z, _) = file(&store, "/b/z.png", 3);
    let load = |roots: &[&str]| -> Vec<FileId> {
        let roots: Vec<_> = roots.iter().map(PathBuf::from).collect();
        store.load_catalog(&roots, &[]).unwrap().files.to_vec()
    };
    assert_eq!(load(&["/a/y.png"]), [y]);
    assert_eq!(load(&["/a/y.png", "/b"]), [y, z]);
    assert_eq!(load(&["/a/y.png", "/a", "/a"]), [x, y]);
}

#[test]
fn a_file_as_root_does_not_bring_the_rest_of_its_folder() {
    let (_dir, store) = fresh();
    let (a, _) = file(&store, "/set/a.png", 1);
    let (b, _) = file(&store, "/set/b.png", 2);
    file(&store, "/set/c.png", 3);
    let (d, _) = file(&store, "/other/d.png", 4);
    // With many more folders the rows are looked up; with these two the table is walked.
    for more in [0, 40] {
        for i in 0..more {
            file(&store, format!("/more/{i}/e.png"), 5);
        }
        let roots = ["/set/a.png", "/other", "/set/b.png"].map(PathBuf::from);
        let catalog = store.load_catalog(&roots, &[]).unwrap();
        assert_eq!(*catalog.files, [a, b, d]);
        assert_eq!(catalog.path(Row(1)), Path::new("/set/b.png"));
        assert_eq!(catalog.folders.len(), 2, "a folder is listed once");
    }
}

/// Everything of the rows of one folder, in text, for comparison.
fn dump(catalog: &Catalog, below: &str) -> Vec<String> {
    catalog
        .rows()
        .filter(|&row| catalog.path(row).starts_with(below))
        .map(|row| {
            let i = row.idx();
            let values: Vec<_> = (0..catalog.columns.len())
                .map(|column| catalog.value(column, row).to_bits())
                .collect();
            format!(
                "{:?} {:?} {:?} {:?} {} {:?} {:?}",
                catalog.files[i],
                catalog.path(row),
                catalog.content[i],
                catalog.dims[i],
                catalog.stars[i],
                catalog.tags_of(row),
                values
            )
        })
        .collect()
}

#[test]
fn looking_up_and_walking_give_the_same() {
    let (_dir, store) = fresh();
    let s = store.scorer_id("s", "1").unwrap();
    let t = store.scorer_id("t", "1").unwrap();
    fill_synthetic(&store, Path::new("/big"), 12_000, &[(s, 2), (t, 1)]).unwrap();
    let (_, content) = file(&store, "/big/00/フォルダ 00003/extra.png", 1);
    put(&store, vec![(s, content, vec![1.0, 2.0])]);
    let marked = vec![content, super::ContentId(3456)];
    store.edit_marks(marked, MarkEdit::Stars(2), NOW).unwrap();
    let columns = [(s, vec![spec("s1"), spec("s2")]), (t, vec![spec("t1")])];
    let one = "/big/00/フォルダ 00003";
    let all = store.load_catalog(&["/big".into()], &columns).unwrap();
    let few = store.load_catalog(&[one.into()], &columns).unwrap();
    assert_eq!((all.len(), few.len()), (12_001, 1001));
    assert_eq!(dump(&few, one), dump(&all, one));
    let n_starred: u32 = few.stars.iter().map(|&stars| u32::from(stars == 2)).sum();
    assert_eq!(n_starred, 2);
    assert!(few.columns[2].values.iter().filter(|v| v.is_nan()).count() == 1);
}
