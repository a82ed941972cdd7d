//! The format of the database: a list that is only ever appended to.
//!
//! `user_version` is the number of migrations that were applied. A released migration is never
//! changed; the next change is the next entry.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::{Result, StoreError};

/// Every migration, oldest first.
pub(super) const ALL: &[&str] = &[V1, V2, V3];

const V1: &str = "
CREATE TABLE root(
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE,
    offline INTEGER NOT NULL DEFAULT 0,
    last_scan INTEGER
);
CREATE TABLE folder(
    id INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
);
CREATE TABLE content(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE CHECK(length(hash) = 32),
    format TEXT,
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    stars INTEGER NOT NULL DEFAULT 0,
    flag INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE file(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    folder_id INTEGER NOT NULL REFERENCES folder(id),
    name BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    content_id INTEGER REFERENCES content(id),
    was_content INTEGER REFERENCES content(id),
    gone INTEGER NOT NULL DEFAULT 0,
    UNIQUE(folder_id, name)
);
CREATE TABLE tag(
    content_id INTEGER NOT NULL REFERENCES content(id),
    position INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY(content_id, position)
) WITHOUT ROWID;
CREATE TABLE scorer(
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    UNIQUE(key, version)
);
CREATE TABLE score(
    scorer_id INTEGER NOT NULL REFERENCES scorer(id),
    content_id INTEGER NOT NULL REFERENCES content(id),
    vals BLOB NOT NULL,
    signature INTEGER,
    PRIMARY KEY(scorer_id, content_id)
) WITHOUT ROWID;
CREATE TABLE failure(
    file_id INTEGER PRIMARY KEY REFERENCES file(id) ON DELETE CASCADE,
    stage TEXT NOT NULL,
    reason TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL
);
CREATE TABLE op(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK(kind IN ('files', 'marks')),
    title TEXT NOT NULL,
    intent TEXT NOT NULL,
    at INTEGER NOT NULL,
    state INTEGER NOT NULL
);
CREATE TABLE step(
    op_id INTEGER NOT NULL REFERENCES op(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    item INTEGER NOT NULL,
    file_id INTEGER,
    src BLOB NOT NULL,
    dst BLOB,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    state INTEGER NOT NULL,
    detail TEXT,
    PRIMARY KEY(op_id, seq)
) WITHOUT ROWID;
CREATE TABLE mark_step(
    op_id INTEGER NOT NULL REFERENCES op(id) ON DELETE CASCADE,
    content_id INTEGER NOT NULL REFERENCES content(id),
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY(op_id, content_id)
) WITHOUT ROWID;
";

/// What computed a score: engine, device. Which columns a version of a scorer filled.
const V2: &str = "
CREATE TABLE placement(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
ALTER TABLE score ADD COLUMN placement_id INTEGER REFERENCES placement(id);
ALTER TABLE scorer ADD COLUMN columns TEXT;
";

/// Columns from files that other programs wrote; their values lie among the scores.
const V3: &str = "
CREATE TABLE import(
    scorer_id INTEGER PRIMARY KEY REFERENCES scorer(id),
    name TEXT NOT NULL UNIQUE,
    file BLOB NOT NULL,
    at INTEGER NOT NULL,
    columns TEXT NOT NULL
);
";

/// The format of an open database; 0 for an empty one.
pub(super) fn version(conn: &Connection) -> Result<u32> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Refuses a format that `steps` does not reach.
pub(super) fn check(found: u32, steps: &[&str]) -> Result<()> {
    let known = steps.len() as u32;
    if found > known {
        let dir = std::path::PathBuf::new();
        return Err(StoreError::TooNew { found, known, dir });
    }
    Ok(())
}

/// Brings the database to the newest format, each step in a transaction of its own.
///
/// `save` is called once before the first change to a database that is not empty, with its format.
pub(super) fn migrate(
    conn: &mut Connection,
    steps: &[&str],
    save: impl FnOnce(&Connection, u32) -> Result<()>,
) -> Result<()> {
    let found = version(conn)?;
    check(found, steps)?;
    if found as usize == steps.len() {
        return Ok(());
    }
    if found > 0 {
        save(conn, found)?;
    }
    for (idx, step) in steps.iter().enumerate().skip(found as usize) {
        let tx = Transaction::new(conn, TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", idx as i64 + 1)?;
        tx.commit()?;
    }
    Ok(())
}
