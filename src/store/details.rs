//! What scorers found beside numbers, in a file of its own beside the database.
//!
//! Kept by scorer version and content hash; safe to delete. What can't be read is not there.
//!
//! Must not know: how a detail is found or drawn.

mod blob;

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::Result;
use super::beside::{Beside, Layout};
use crate::domain::detail::Detail;
use crate::domain::image::ContentHash;

const LAYOUT: Layout = Layout {
    name: "details.db",
    what: "maps, key points and tags",
    format: 1,
    tables: "
BEGIN;
CREATE TABLE scorer(
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    version TEXT NOT NULL,
    UNIQUE(key, version)
);
CREATE TABLE tag(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE detail(
    hash BLOB NOT NULL CHECK(length(hash) = 32),
    scorer_id INTEGER NOT NULL REFERENCES scorer(id),
    data BLOB NOT NULL,
    PRIMARY KEY(hash, scorer_id)
);
CREATE INDEX detail_scorer ON detail(scorer_id);
PRAGMA user_version = 1;
COMMIT;
",
    probes: &[
        "SELECT id, key, version FROM scorer LIMIT 1",
        "SELECT id, name FROM tag LIMIT 1",
        "SELECT hash, scorer_id, data FROM detail LIMIT 1",
    ],
};

/// What a version of a scorer found in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDetail {
    /// Key of the scorer.
    pub key: String,
    /// Its version.
    pub version: String,
    /// The picture.
    pub hash: ContentHash,
    /// What was found.
    pub detail: Detail,
}

/// The file of details; shared between threads.
#[derive(Debug)]
pub struct DetailStore(Beside);

impl DetailStore {
    /// Opens the file in `dir`, made if absent. A damaged one is renamed to `details.db.bad`.
    ///
    /// # Errors
    /// Where the folder can't be written.
    pub fn open(dir: &Path) -> Result<Self> {
        Beside::open(dir, &LAYOUT).map(Self)
    }

    /// Keeps details, in one transaction; those of the same version and picture are replaced.
    pub fn put(&self, new: &[NewDetail]) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        self.0.with(|conn| {
            let tx = conn.transaction()?;
            let sql = "INSERT OR REPLACE INTO detail(hash, scorer_id, data) VALUES (?1, ?2, ?3)";
            for item in new {
                let scorer = scorer_id(&tx, &item.key, &item.version)?;
                let data = blob::encode(&item.detail, &mut |tag| tag_id(&tx, tag))?;
                let mut insert = tx.prepare_cached(sql)?;
                insert.execute(params![item.hash.0, scorer, data])?;
            }
            Ok(tx.commit()?)
        })
    }

    /// What the scorers found in a picture, by key: each in its version given here, else in the
    /// one that was kept last.
    pub fn of(
        &self,
        hash: &ContentHash,
        scorers: &[(&str, &str)],
    ) -> Result<Vec<(String, Detail)>> {
        self.0.with(|conn| {
            let sql = "SELECT data FROM detail JOIN scorer ON scorer.id = detail.scorer_id
                WHERE hash = ?1 AND key = ?2 ORDER BY version = ?3 DESC, detail.rowid DESC LIMIT 1";
            let mut found = Vec::new();
            for (key, version) in scorers {
                let detail = read(conn, sql, params![hash.0, key, version])?;
                found.extend(detail.map(|detail| ((*key).to_owned(), detail)));
            }
            Ok(found)
        })
    }

    /// What a scorer found in some picture: all of its details are of one kind.
    pub fn sample(&self, key: &str) -> Result<Option<Detail>> {
        self.0.with(|conn| {
            let sql = "SELECT data FROM detail JOIN scorer ON scorer.id = detail.scorer_id
                WHERE key = ?1 LIMIT 1";
            read(conn, sql, params![key])
        })
    }
}

/// The detail in the first column of the first row; none where it can't be read.
fn read(conn: &Connection, sql: &str, given: impl Params) -> Result<Option<Detail>> {
    let blob = |row: &Row<'_>| Ok(row.get_ref(0)?.as_blob().map_or(Vec::new(), <[u8]>::to_vec));
    let data = conn
        .prepare_cached(sql)?
        .query_row(given, blob)
        .optional()?;
    Ok(data.and_then(|data| blob::decode(&data, &|id| tag_name(conn, id))))
}

fn scorer_id(conn: &Connection, key: &str, version: &str) -> Result<i64> {
    let insert = "INSERT OR IGNORE INTO scorer(key, version) VALUES (?1, ?2)";
    conn.prepare_cached(insert)?.execute([key, version])?;
    let known = "SELECT id FROM scorer WHERE key = ?1 AND version = ?2";
    let mut known = conn.prepare_cached(known)?;
    Ok(known.query_row([key, version], |row| row.get(0))?)
}

/// The number that stands for a tag, made at its first use.
fn tag_id(conn: &Connection, name: &str) -> Result<u32> {
    let known = "SELECT id FROM tag WHERE name = ?1";
    let mut known = conn.prepare_cached(known)?;
    if let Some(id) = known.query_row([name], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let mut insert = conn.prepare_cached("INSERT INTO tag(name) VALUES (?1) RETURNING id")?;
    Ok(insert.query_row([name], |row| row.get(0))?)
}

fn tag_name(conn: &Connection, id: u32) -> Option<Arc<str>> {
    let mut query = conn
        .prepare_cached("SELECT name FROM tag WHERE id = ?1")
        .ok()?;
    query.query_row([id], |row| row.get(0)).ok()
}
