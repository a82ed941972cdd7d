//! What a scoring run needs to know beforehand, so as to compute nothing twice.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _};

use crate::domain::image::{ContentHash, ContentId, Facts, FileId, Stage};

use super::{Result, ScorerId, Store};

impl Store {
    /// Format and pixel size of a content, once it was decoded.
    pub fn facts_of(&self, content: ContentId) -> Result<Option<Facts>> {
        self.read(|conn| {
            let sql = "SELECT format, width, height FROM content
                WHERE id = ?1 AND format IS NOT NULL AND width IS NOT NULL";
            let mut query = conn.prepare_cached(sql)?;
            let facts = query.query_row([content.0], |row| {
                Ok(Facts {
                    format: row.get(0)?,
                    width: row.get(1)?,
                    height: row.get(2)?,
                })
            });
            Ok(facts.optional()?)
        })
    }

    /// Whether the scorer has scored anything, in this version or in another with these columns.
    pub fn has_scores(&self, scorer: ScorerId) -> Result<bool> {
        self.read(|conn| {
            let sql = "SELECT EXISTS(SELECT 1 FROM score WHERE scorer_id = ?1)";
            let mut query = conn.prepare_cached(sql)?;
            for version in versions(conn, scorer)? {
                if query.query_row([version.0], |row| row.get(0))? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// The contents that all of these scorers have scored, by hash.
    pub fn complete_contents(
        &self,
        scorers: &[ScorerId],
    ) -> Result<HashMap<ContentHash, ContentId>> {
        let Some((first, others)) = scorers.split_first() else {
            return Ok(HashMap::new());
        };
        let mut all: HashSet<ContentId> = self.scored(*first)?.into_iter().collect();
        for other in others {
            let scored: HashSet<ContentId> = self.scored(*other)?.into_iter().collect();
            all.retain(|content| scored.contains(content));
        }
        self.read(|conn| hashes_of(conn, &all))
    }

    /// Files that failed at this stage and did not change since.
    pub fn failed_at(&self, stage: Stage) -> Result<HashSet<FileId>> {
        self.read(|conn| {
            let sql = "SELECT file.id FROM failure JOIN file ON file.id = failure.file_id
                WHERE failure.stage = ?1 AND failure.size = file.size
                AND failure.mtime_ns = file.mtime_ns";
            let mut query = conn.prepare_cached(sql)?;
            let ids = query.query_map([stage.name()], |row| Ok(FileId(row.get(0)?)))?;
            Ok(ids.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// The versions of a scorer that fill the same columns, oldest first, the given one last.
pub(super) fn versions(conn: &Connection, scorer: ScorerId) -> Result<Vec<ScorerId>> {
    let sql = "SELECT other.id FROM scorer this JOIN scorer other ON other.key = this.key
        AND (other.id = this.id OR other.columns = this.columns)
        WHERE this.id = ?1 ORDER BY other.id = this.id, other.id";
    let mut query = conn.prepare_cached(sql)?;
    let ids = query.query_map([scorer.0], |row| Ok(ScorerId(row.get(0)?)))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

fn hashes_of(
    conn: &Connection,
    wanted: &HashSet<ContentId>,
) -> Result<HashMap<ContentHash, ContentId>> {
    let mut query = conn.prepare_cached("SELECT id, hash FROM content")?;
    let mut rows = query.query([])?;
    let mut found = HashMap::with_capacity(wanted.len());
    while let Some(row) = rows.next()? {
        let id = ContentId(row.get(0)?);
        if wanted.contains(&id) {
            found.insert(ContentHash(row.get(1)?), id);
        }
    }
    Ok(found)
}
