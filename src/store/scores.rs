//! Scores by scorer version and content, and why files have none.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::domain::image::{ContentId, Facts, Failure, FileId, Stamp};
use crate::domain::score::Scores;

use super::contents::write_facts;
use super::known::versions;
use super::{Result, Store, StoreError};

/// One version of one scorer in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScorerId(pub i64);

/// What computed a score, e.g. `onnxruntime 1.31.1, cuda:0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlacementId(pub i64);

/// The scores of one scorer for one content.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScores {
    /// The scorer.
    pub scorer: ScorerId,
    /// The content.
    pub content: ContentId,
    /// Its values.
    pub scores: Scores,
    /// What computed them; none for our own code.
    pub placement: Option<PlacementId>,
}

impl NewScores {
    /// Scores of our own code.
    pub fn computed(scorer: ScorerId, content: ContentId, scores: Scores) -> Self {
        Self {
            scorer,
            content,
            scores,
            placement: None,
        }
    }
}

/// What a scoring run found since its last batch.
#[derive(Debug, Clone, Default)]
pub struct ScoreBatch {
    /// Formats and pixel sizes.
    pub facts: Vec<(ContentId, Facts)>,
    /// Scores; those of the same scorer and content are replaced.
    pub scores: Vec<NewScores>,
    /// Files that failed, each with the stamp that it had then; left out where it has another now.
    pub failures: Vec<(FileId, Stamp, Failure)>,
    /// Files that went well. Their earlier failure is over, unless it was one of scoring by another
    /// scorer than [`ScoreBatch::keys`].
    pub cleared: Vec<FileId>,
    /// Keys of the scorers that were run; the reason of a failed scoring begins with such a key.
    pub keys: Vec<String>,
}

impl Store {
    /// The id of a scorer's version, made at its first use.
    pub fn scorer_id(&self, key: &str, version: &str) -> Result<ScorerId> {
        let (key, version) = (key.to_owned(), version.to_owned());
        self.write(move |conn| {
            let known = "SELECT id FROM scorer WHERE key = ?1 AND version = ?2";
            let mut known = conn.prepare_cached(known)?;
            let id = known.query_row([&key, &version], |row| row.get(0));
            if let Some(id) = id.optional()? {
                return Ok(ScorerId(id));
            }
            let insert = "INSERT INTO scorer(key, version) VALUES (?1, ?2)";
            let mut insert = conn.prepare_cached(insert)?;
            Ok(ScorerId(insert.insert([&key, &version])?))
        })
    }

    /// The ids of scorers' versions, made at their first use: key, version, and the keys of the
    /// columns that it fills, in order.
    pub fn scorer_ids(&self, scorers: &[(String, String, String)]) -> Result<Vec<ScorerId>> {
        let scorers = scorers.to_vec();
        self.write(move |conn| {
            let sql = "INSERT INTO scorer(key, version, columns) VALUES (?1, ?2, ?3)
                ON CONFLICT(key, version) DO UPDATE SET columns = excluded.columns
                RETURNING id";
            let mut upsert = conn.prepare_cached(sql)?;
            let id = |(key, version, columns): &(String, String, String)| {
                let id = upsert.query_row([key, version, columns], |row| row.get(0))?;
                Ok(ScorerId(id))
            };
            scorers.iter().map(id).collect()
        })
    }

    /// The id of an engine on a device, made at its first use.
    pub fn placement_id(&self, name: &str) -> Result<PlacementId> {
        let name = name.to_owned();
        self.write(move |conn| {
            let insert = "INSERT OR IGNORE INTO placement(name) VALUES (?1)";
            conn.prepare_cached(insert)?.execute([&name])?;
            let known = "SELECT id FROM placement WHERE name = ?1";
            let mut known = conn.prepare_cached(known)?;
            Ok(PlacementId(known.query_row([&name], |row| row.get(0))?))
        })
    }

    /// What computed the scores of one content, by scorer; our own code is left out.
    pub fn placements_of(&self, content: ContentId) -> Result<Vec<(ScorerId, String)>> {
        self.read(|conn| {
            let sql = "SELECT score.scorer_id, placement.name
                FROM scorer JOIN score ON score.scorer_id = scorer.id
                JOIN placement ON placement.id = score.placement_id
                WHERE score.content_id = ?1";
            let mut query = conn.prepare_cached(sql)?;
            let read = |row: &Row<'_>| Ok((ScorerId(row.get(0)?), row.get(1)?));
            let found = query.query_map([content.0], read)?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The contents that this version of the scorer has scored, ascending.
    pub fn scored(&self, scorer: ScorerId) -> Result<Vec<ContentId>> {
        self.read(|conn| {
            let sql = "SELECT content_id FROM score WHERE scorer_id = ?1 ORDER BY content_id";
            let mut query = conn.prepare_cached(sql)?;
            let ids = query.query_map([scorer.0], |row| Ok(ContentId(row.get(0)?)))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Writes a batch in one transaction; it is committed on return.
    pub fn put_scores(&self, batch: ScoreBatch) -> Result<()> {
        self.write(move |conn| {
            write_facts(conn, &batch.facts)?;
            write_scores(conn, &batch.scores)?;
            delete_failures(conn, &batch.cleared, &batch.keys)?;
            write_failures(conn, &batch.failures)
        })
    }

    /// The scores of one content, exactly as they were put.
    pub fn scores_of(&self, scorer: ScorerId, content: ContentId) -> Result<Option<Scores>> {
        self.read(|conn| read_scores(conn, scorer, content))
    }

    /// All scores of this version of the scorer.
    pub fn all_scores(&self, scorer: ScorerId) -> Result<HashMap<ContentId, Scores>> {
        self.read(|conn| {
            let sql = "SELECT vals, signature, content_id FROM score WHERE scorer_id = ?1";
            let mut query = conn.prepare_cached(sql)?;
            let one = |row: &Row<'_>| Ok((ContentId(row.get(2)?), scores_in(row)?));
            let all = query.query_map([scorer.0], one)?;
            Ok(all.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The scores of many contents as the catalog shows them: an entry a content, and in it one a
    /// scorer, in the orders given. Where a version has none, those of the newest other version
    /// with these columns.
    pub fn scores_for(
        &self,
        scorers: &[ScorerId],
        contents: &[ContentId],
    ) -> Result<Vec<Vec<Option<Scores>>>> {
        self.read(|conn| {
            let all = scorers.iter().map(|scorer| versions(conn, *scorer));
            let all: Vec<Vec<ScorerId>> = all.collect::<Result<_>>()?;
            let one = |content: &ContentId| {
                let of = |versions: &Vec<ScorerId>| newest(conn, versions, *content);
                all.iter().map(of).collect()
            };
            contents.iter().map(one).collect()
        })
    }

    /// Notes why files failed, each with the stamp that it had then. A note holds as long as the
    /// file's stamp stays the same; none is made where it is another already.
    pub fn put_failures(&self, failures: Vec<(FileId, Stamp, Failure)>) -> Result<()> {
        self.write(move |conn| write_failures(conn, &failures))
    }
}

fn write_scores(conn: &Connection, scores: &[NewScores]) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO score(scorer_id, content_id, vals, signature, placement_id)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = conn.prepare_cached(sql)?;
    let mut bytes = Vec::new();
    for new in scores {
        bytes.clear();
        let values = new.scores.values.iter();
        bytes.extend(values.flat_map(|value| value.to_le_bytes()));
        let signature = new.scores.signature.map(|bits| bits as i64);
        let placement = new.placement.map(|placement| placement.0);
        insert.execute(params![
            new.scorer.0,
            new.content.0,
            bytes,
            signature,
            placement
        ])?;
    }
    Ok(())
}

fn read_scores(conn: &Connection, scorer: ScorerId, content: ContentId) -> Result<Option<Scores>> {
    let sql = "SELECT vals, signature FROM score WHERE scorer_id = ?1 AND content_id = ?2";
    let mut query = conn.prepare_cached(sql)?;
    let found = query.query_row([scorer.0, content.0], scores_in);
    Ok(found.optional()?)
}

/// The scores of a row that begins with values and signature.
fn scores_in(row: &Row<'_>) -> rusqlite::Result<Scores> {
    let signature: Option<i64> = row.get(1)?;
    Ok(Scores {
        values: values(row.get_ref(0)?.as_blob()?).collect(),
        signature: signature.map(|bits| bits as u64),
    })
}

/// The scores of the last of these versions that has any.
fn newest(conn: &Connection, versions: &[ScorerId], content: ContentId) -> Result<Option<Scores>> {
    for version in versions.iter().rev() {
        if let Some(found) = read_scores(conn, *version, content)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The values in a blob of little-endian f64; a rest of less than eight bytes is left out.
pub(super) fn values(blob: &[u8]) -> impl Iterator<Item = f64> + '_ {
    let (values, _rest) = blob.as_chunks::<8>();
    values.iter().map(|bytes| f64::from_le_bytes(*bytes))
}

fn write_failures(conn: &Connection, failures: &[(FileId, Stamp, Failure)]) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO failure(file_id, stage, reason, size, mtime_ns)
        SELECT id, ?2, ?3, size, mtime_ns FROM file
        WHERE id = ?1 AND size = ?4 AND mtime_ns = ?5";
    let mut insert = conn.prepare_cached(sql)?;
    for (file, stamp, failure) in failures {
        insert.execute(params![
            file.0,
            failure.stage.name(),
            failure.reason,
            stamp.size as i64,
            stamp.mtime_ns,
        ])?;
    }
    Ok(())
}

fn delete_failures(conn: &Connection, files: &[FileId], keys: &[String]) -> Result<()> {
    let keys = serde_json::to_string(keys).map_err(StoreError::other)?;
    let sql = "DELETE FROM failure WHERE file_id = ?1 AND (stage <> 'score'
        OR substr(reason, 1, instr(reason, ':') - 1) IN (SELECT value FROM json_each(?2)))";
    let mut delete = conn.prepare_cached(sql)?;
    for file in files {
        delete.execute(params![file.0, keys])?;
    }
    Ok(())
}
