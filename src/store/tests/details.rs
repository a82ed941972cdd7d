//! Details come back as they were kept, by scorer, version and content.

use super::super::{DetailStore, NewDetail};
use super::hash;
use crate::domain::detail::{Detail, KeyPoint, Map, Pose, TagKind, TagShare};

fn map(level: u8) -> Detail {
    Detail::Map(Map {
        width: 2,
        height: 1,
        low: 0.0,
        high: 1.0,
        levels: vec![level, 255],
    })
}

fn pose() -> Detail {
    let (x, y, score) = (1.5, -2.0, 0.75);
    let points = vec![KeyPoint { x, y, score }];
    Detail::Pose(Pose { points })
}

fn tags(names: &[&str]) -> Detail {
    let tag = |name: &&str| TagShare {
        tag: (*name).into(),
        kind: TagKind::General,
        share: 0.5,
    };
    Detail::Tags(names.iter().map(tag).collect())
}

fn new(key: &str, version: &str, byte: u8, detail: Detail) -> NewDetail {
    NewDetail {
        key: key.to_owned(),
        version: version.to_owned(),
        hash: hash(byte),
        detail,
    }
}

#[test]
fn details_outlive_the_program_and_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    DetailStore::open(dir.path())
        .unwrap()
        .put(&[
            new("depth", "1", 1, map(7)),
            new("depth", "1", 2, map(8)),
            new("pose", "1", 1, pose()),
            new("tags", "1", 1, tags(&["sky", "\u{732b}"])),
            new("tags", "1", 2, tags(&["\u{732b}"])),
        ])
        .unwrap();
    let store = DetailStore::open(dir.path()).unwrap();
    let found = store.of(&hash(1), &[("pose", "1"), ("depth", "1"), ("none", "1")]);
    let expected = vec![("pose".to_owned(), pose()), ("depth".to_owned(), map(7))];
    assert_eq!(found.unwrap(), expected);
    let found = store.of(&hash(2), &[("tags", "1"), ("pose", "1")]).unwrap();
    assert_eq!(found, [("tags".to_owned(), tags(&["\u{732b}"]))]);
    assert_eq!(store.of(&hash(3), &[("tags", "1")]).unwrap(), []);
    assert_eq!(store.sample("pose").unwrap(), Some(pose()));
    assert_eq!(store.sample("none").unwrap(), None);
}

#[test]
fn another_version_is_shown_until_this_one_has_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let store = DetailStore::open(dir.path()).unwrap();
    let of = |version| {
        store.of(&hash(1), &[("depth", version)]).unwrap()[0]
            .1
            .clone()
    };
    store
        .put(&[new("depth", "1", 1, map(1)), new("depth", "2", 1, map(2))])
        .unwrap();
    assert_eq!(of("1"), map(1));
    assert_eq!(of("2"), map(2));
    assert_eq!(of("3"), map(2), "the last kept");
    store.put(&[new("depth", "1", 1, map(3))]).unwrap();
    assert_eq!(of("1"), map(3));
    assert_eq!(of("3"), map(3));
}

#[test]
fn what_cant_be_read_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = DetailStore::open(dir.path()).unwrap();
    store
        .put(&[
            new("depth", "1", 1, map(1)),
            new("tags", "1", 1, tags(&["sky"])),
        ])
        .unwrap();
    let other = rusqlite::Connection::open(dir.path().join("details.db")).unwrap();
    for data in ["x'0102'", "x''", "'text'", "7"] {
        let sql = format!("UPDATE detail SET data = {data} WHERE scorer_id = 1");
        other.execute(&sql, []).unwrap();
        assert_eq!(store.of(&hash(1), &[("depth", "1")]).unwrap(), [], "{data}");
    }
    other.execute("DELETE FROM tag", []).unwrap();
    assert_eq!(store.of(&hash(1), &[("tags", "1")]).unwrap(), []);
}

#[test]
fn a_damaged_file_is_put_aside() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("details.db"), vec![7u8; 9000]).unwrap();
    let store = DetailStore::open(dir.path()).unwrap();
    assert_eq!(store.of(&hash(1), &[("depth", "1")]).unwrap(), []);
    assert!(dir.path().join("details.db.bad").exists());
}
