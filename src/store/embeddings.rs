//! Vectors of encoders, in a file of their own beside the database.
//!
//! A cache that took hours of computing: kept with the data, safe to delete, found again by content
//! hash even if the database is made anew.
//!
//! Must not know: what a vector means, how heads use it.

use std::path::Path;

use rusqlite::{OptionalExtension as _, params};

use super::Result;
use super::beside::{Beside, Layout};
use crate::domain::image::ContentHash;

const LAYOUT: Layout = Layout {
    name: "embeddings.db",
    what: "vectors",
    format: 1,
    tables: "
BEGIN;
CREATE TABLE encoder(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE vector(
    encoder_id INTEGER NOT NULL REFERENCES encoder(id),
    hash BLOB NOT NULL CHECK(length(hash) = 32),
    vals BLOB NOT NULL,
    placement TEXT NOT NULL,
    PRIMARY KEY(encoder_id, hash)
);
CREATE TABLE text(
    encoder_id INTEGER NOT NULL REFERENCES encoder(id),
    text TEXT NOT NULL,
    vals BLOB NOT NULL,
    PRIMARY KEY(encoder_id, text)
);
PRAGMA user_version = 1;
COMMIT;
",
    probes: &[
        "SELECT encoder_id, hash, vals, placement FROM vector LIMIT 1",
        "SELECT encoder_id, text, vals FROM text LIMIT 1",
    ],
};

/// One version of one encoder in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EncoderId(i64);

/// The vector of a picture: one row of numbers a view, end to end.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEmbedding {
    /// The encoder.
    pub encoder: EncoderId,
    /// The picture.
    pub hash: ContentHash,
    /// Raw values as the encoder gave them, not normalised.
    pub values: Vec<f32>,
    /// What computed it, e.g. `rten 0.27, cpu`.
    pub placement: String,
}

/// The file of vectors; shared between threads.
#[derive(Debug)]
pub struct EmbeddingStore(Beside);

impl EmbeddingStore {
    /// Opens the file in `dir`, made if absent. A damaged one is renamed to `embeddings.db.bad`.
    ///
    /// # Errors
    /// Where the folder can't be written.
    pub fn open(dir: &Path) -> Result<Self> {
        Beside::open(dir, &LAYOUT).map(Self)
    }

    /// The id of an encoder's version, made at its first use.
    pub fn encoder(&self, name: &str) -> Result<EncoderId> {
        self.0.with(|conn| {
            let insert = "INSERT OR IGNORE INTO encoder(name) VALUES (?1)";
            conn.prepare_cached(insert)?.execute([name])?;
            let known = "SELECT id FROM encoder WHERE name = ?1";
            let mut known = conn.prepare_cached(known)?;
            Ok(EncoderId(known.query_row([name], |row| row.get(0))?))
        })
    }

    /// Keeps vectors, in one transaction; those of the same encoder and picture are replaced.
    pub fn put(&self, new: &[NewEmbedding]) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        self.0.with(|conn| {
            let tx = conn.transaction()?;
            let sql = "INSERT OR REPLACE INTO vector(encoder_id, hash, vals, placement)
                VALUES (?1, ?2, ?3, ?4)";
            let mut insert = tx.prepare_cached(sql)?;
            for item in new {
                insert.execute(params![
                    item.encoder.0,
                    item.hash.0,
                    to_bytes(&item.values),
                    item.placement
                ])?;
            }
            drop(insert);
            Ok(tx.commit()?)
        })
    }

    /// The vector of a picture with what computed it.
    pub fn get(
        &self,
        encoder: EncoderId,
        hash: &ContentHash,
    ) -> Result<Option<(Vec<f32>, String)>> {
        self.0.with(|conn| {
            let sql = "SELECT vals, placement FROM vector WHERE encoder_id = ?1 AND hash = ?2";
            let mut query = conn.prepare_cached(sql)?;
            let found = query.query_row(params![encoder.0, hash.0], |row| {
                Ok((from_bytes(row.get_ref(0)?.as_blob()?), row.get(1)?))
            });
            Ok(found.optional()?)
        })
    }

    /// The pictures whose vector of `dims` numbers a view is there, ascending.
    pub fn known(&self, encoder: EncoderId, dims: u32) -> Result<Vec<ContentHash>> {
        self.0.with(|conn| {
            let sql = "SELECT hash FROM vector WHERE encoder_id = ?1 AND length(vals) > 0
                AND length(vals) % (?2 * 4) = 0 ORDER BY hash";
            let mut query = conn.prepare_cached(sql)?;
            let hashes = query.query_map([encoder.0, i64::from(dims)], |row| {
                Ok(ContentHash(row.get(0)?))
            })?;
            Ok(hashes.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The vector of a text, if it was computed before.
    pub fn text(&self, encoder: EncoderId, text: &str) -> Result<Option<Vec<f32>>> {
        self.0.with(|conn| {
            let sql = "SELECT vals FROM text WHERE encoder_id = ?1 AND text = ?2";
            let mut query = conn.prepare_cached(sql)?;
            let read = |row: &rusqlite::Row<'_>| Ok(from_bytes(row.get_ref(0)?.as_blob()?));
            Ok(query.query_row(params![encoder.0, text], read).optional()?)
        })
    }

    /// Keeps the vector of a text.
    pub fn put_text(&self, encoder: EncoderId, text: &str, values: &[f32]) -> Result<()> {
        self.0.with(|conn| {
            let sql = "INSERT OR REPLACE INTO text(encoder_id, text, vals) VALUES (?1, ?2, ?3)";
            let mut insert = conn.prepare_cached(sql)?;
            insert.execute(params![encoder.0, text, to_bytes(values)])?;
            Ok(())
        })
    }

    /// Forgets every vector of an encoder; gives how many there were.
    pub fn forget(&self, encoder: EncoderId) -> Result<usize> {
        self.0.with(|conn| {
            conn.execute("DELETE FROM text WHERE encoder_id = ?1", [encoder.0])?;
            Ok(conn.execute("DELETE FROM vector WHERE encoder_id = ?1", [encoder.0])?)
        })
    }
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// A rest of less than four bytes is left out.
fn from_bytes(blob: &[u8]) -> Vec<f32> {
    let (values, _rest) = blob.as_chunks::<4>();
    values
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}
