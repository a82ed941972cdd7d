//! Lock, damage, formats, copies.

use std::path::Path;

use rusqlite::Connection;

use super::super::open::FILE;
use super::super::{Store, StoreError, backup, migrations};
use super::{NOW, file, fresh, seen};
use crate::base::Problem;
use crate::domain::image::ContentId;

const DAY: i64 = 24 * 60 * 60;

#[test]
fn a_second_open_is_told_of_the_first() {
    let (dir, store) = fresh();
    let second = Store::open(dir.path(), NOW);
    assert!(
        matches!(second, Err(StoreError::Locked { .. })),
        "{second:?}"
    );
    drop(store);
    Store::open(dir.path(), NOW).unwrap();
}

#[test]
fn the_lock_holds_until_the_last_clone_goes() {
    let (dir, store) = fresh();
    let clone = store.clone();
    drop(store);
    assert!(Store::open(dir.path(), NOW).is_err());
    clone.flush().unwrap();
    drop(clone);
    Store::open(dir.path(), NOW).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let junk = "not a database at all. ".repeat(400);
    std::fs::write(dir.path().join(FILE), &junk).unwrap();
    let error = Store::open(dir.path(), NOW).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(
        std::fs::read(dir.path().join(FILE)).unwrap(),
        junk.as_bytes()
    );
    let problem = Problem::from(error);
    assert!(problem.hint.contains("nothing was deleted"), "{problem}");
    assert!(problem.hint.contains(backup::FOLDER), "{problem}");
}

#[test]
fn damaged_pages_are_found_at_open() {
    let (dir, store) = fresh();
    let files = (0..2000).map(|i| seen(format!("/a/{i}.png"), i)).collect();
    store.upsert_files(files).unwrap();
    drop(store);
    let path = dir.path().join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let len = bytes.len();
    bytes[len / 2..].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();
    let error = Store::open(dir.path(), NOW).unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_newer_format_is_refused_untouched() {
    let (dir, store) = fresh();
    drop(store);
    let path = dir.path().join(FILE);
    let conn = Connection::open(&path).unwrap();
    conn.pragma_update(None, "user_version", 999).unwrap();
    drop(conn);
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(dir.path(), NOW).unwrap_err();
    let known = migrations::ALL.len() as u32;
    assert!(
        matches!(error, StoreError::TooNew { found: 999, known: k, .. } if k == known),
        "{error:?}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_told_as_such() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let set = |mode| {
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o555);
    let opened = Store::open(dir.path(), NOW);
    set(0o755);
    // The administrator may write everywhere.
    if let Err(error) = opened {
        assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    }
}

/// A database as each old format had it, with a row in it; the last entry is today's.
fn old_formats() -> Vec<fn(&Connection)> {
    const ROWS: &str = "INSERT INTO folder VALUES (1, CAST('/a' AS BLOB));
        INSERT INTO file(folder_id, name, size, mtime_ns)
            VALUES (1, CAST('x.png' AS BLOB), 3, 7);
        INSERT INTO content(id, hash) VALUES (1, zeroblob(32));
        INSERT INTO scorer(id, key, version) VALUES (1, 's', '1');
        INSERT INTO score(scorer_id, content_id, vals) VALUES (1, 1, zeroblob(8));";
    fn format(conn: &Connection, n: usize) {
        migrations::ALL[..n]
            .iter()
            .for_each(|step| conn.execute_batch(step).unwrap());
        conn.execute_batch(ROWS).unwrap();
        conn.pragma_update(None, "user_version", n as i64).unwrap();
    }
    let oldest = |conn: &Connection| format(conn, 1);
    vec![oldest, |conn| format(conn, 2), |conn| format(conn, 3)]
}

#[test]
fn every_old_format_opens_twice_with_its_rows() {
    let formats = old_formats();
    assert_eq!(formats.len(), migrations::ALL.len(), "one for each format");
    for make in formats {
        let dir = tempfile::tempdir().unwrap();
        make(&Connection::open(dir.path().join(FILE)).unwrap());
        for _ in 0..2 {
            let store = Store::open(dir.path(), NOW).unwrap();
            let files = store.files_below(Path::new("/a")).unwrap();
            assert_eq!(files.len(), 1);
            assert_eq!(files[0].path, Path::new("/a/x.png"));
            let scorer = store.scorer_id("s", "1").unwrap();
            let scores = store.scores_of(scorer, ContentId(1)).unwrap().unwrap();
            assert_eq!(scores.values, [0.0]);
        }
    }
}

#[test]
fn migrations_run_once_in_order_after_a_copy() {
    const STEPS: &[&str] = &[
        "CREATE TABLE a(x); INSERT INTO a VALUES (1);",
        "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1;",
        "INSERT INTO a VALUES (10, 20);",
    ];
    for n_old in 0..=STEPS.len() {
        let mut conn = Connection::open_in_memory().unwrap();
        let mut saved = Vec::new();
        migrations::migrate(&mut conn, &STEPS[..n_old], |_, _| Ok(())).unwrap();
        for _ in 0..2 {
            migrations::migrate(&mut conn, STEPS, |_, found| {
                saved.push(found);
                Ok(())
            })
            .unwrap();
        }
        let expected = (0 < n_old && n_old < STEPS.len()).then_some(n_old as u32);
        assert_eq!(saved, Vec::from_iter(expected));
        assert_eq!(migrations::version(&conn).unwrap(), 3);
        let sum: i64 = conn
            .query_row("SELECT sum(x * 100 + y) FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sum, 102 + 1020);
    }
}

#[test]
fn a_failed_migration_leaves_the_format_before_it() {
    let mut conn = Connection::open_in_memory().unwrap();
    let steps = &["CREATE TABLE a(x)", "CREATE TABLE b(x); this is no SQL"];
    assert!(migrations::migrate(&mut conn, steps, |_, _| Ok(())).is_err());
    assert_eq!(migrations::version(&conn).unwrap(), 1);
    assert!(conn.execute("INSERT INTO b VALUES (1)", []).is_err());
    conn.execute("INSERT INTO a VALUES (1)", []).unwrap();
}

#[test]
fn without_a_copy_there_is_no_migration() {
    let mut conn = Connection::open_in_memory().unwrap();
    migrations::migrate(&mut conn, &["CREATE TABLE a(x)"], |_, _| Ok(())).unwrap();
    let steps = &["CREATE TABLE a(x)", "DROP TABLE a"];
    let refuse = |_: &Connection, _| Err(StoreError::other("no space"));
    assert!(migrations::migrate(&mut conn, steps, refuse).is_err());
    conn.execute("INSERT INTO a VALUES (1)", []).unwrap();
}

fn copies(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir.join(backup::FOLDER))
        .into_iter()
        .flatten();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn daily_copies_are_whole_and_rotate() {
    let (dir, store) = fresh();
    file(&store, "/a/x.png", 1);
    drop(store);
    assert!(
        copies(dir.path()).is_empty(),
        "nothing to copy at the first start"
    );
    for day in [1, 1, 2, 3, 4, 5] {
        let store = Store::open(dir.path(), NOW + day * 2 * DAY).unwrap();
        store.end_backup().unwrap();
    }
    let kept = copies(dir.path());
    let expected = [3, 4, 5].map(|day| format!("daily-{}.db", NOW + day * 2 * DAY));
    assert_eq!(kept, expected);
    let other = tempfile::tempdir().unwrap();
    let copy = dir.path().join(backup::FOLDER).join(&kept[0]);
    std::fs::copy(copy, other.path().join(FILE)).unwrap();
    let store = Store::open(other.path(), NOW).unwrap();
    assert_eq!(store.files_below(Path::new("/")).unwrap().len(), 1);
}

#[test]
fn copies_before_a_migration_rotate_too() {
    let (dir, _store) = fresh();
    for at in 0..5 {
        let conn = Connection::open(dir.path().join(FILE)).unwrap();
        backup::before_migration(&conn, dir.path(), 1, NOW + at).unwrap();
    }
    let expected = [2, 3, 4].map(|at| format!("format1-{}.db", NOW + at));
    assert_eq!(copies(dir.path()), expected);
}

#[test]
fn a_copy_that_can_not_be_made_is_told() {
    let (dir, store) = fresh();
    drop(store);
    std::fs::write(dir.path().join(backup::FOLDER), "in the way").unwrap();
    let store = Store::open(dir.path(), NOW).unwrap();
    assert!(store.end_backup().is_err());
    assert!(store.end_backup().is_ok());
}
