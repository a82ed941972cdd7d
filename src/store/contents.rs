//! Contents: hash, facts, and which file has which.

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, params};

use crate::domain::image::{ContentHash, ContentId, Facts, FileId, Stamp};

use super::marks::{read_marks, write_marks};
use super::{Result, Store};

impl Store {
    /// Notes the hashes of files as they were read, each with the stamp that the file had then; ids
    /// of the contents in the order given.
    ///
    /// A file that was seen with another stamp meanwhile does not get the content: it is to be
    /// hashed again. One that does get it could be read, so a failure to read is over.
    ///
    /// A file that was edited in place keeps its marks: where a path's content changed to one never
    /// seen before, the stars, flag and tags of the old content are copied to it. A content that is
    /// known keeps its own marks, so that swapped or renumbered files do not trade theirs.
    pub fn set_content(&self, found: Vec<(FileId, Stamp, ContentHash)>) -> Result<Vec<ContentId>> {
        self.write(move |conn| {
            let mut assign = Assign::new(conn)?;
            let mut ids = Vec::with_capacity(found.len());
            for (file, stamp, hash) in &found {
                let content = assign.content(conn, *file, hash)?;
                assign.link(*file, *stamp, content)?;
                ids.push(content);
            }
            Ok(ids)
        })
    }

    /// Notes formats and pixel sizes.
    pub fn set_facts(&self, facts: Vec<(ContentId, Facts)>) -> Result<()> {
        self.write(move |conn| write_facts(conn, &facts))
    }

    /// The hashes of contents, in the order given; unknown ids are left out.
    pub fn hashes(&self, ids: &[ContentId]) -> Result<Vec<(ContentId, ContentHash)>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached("SELECT hash FROM content WHERE id = ?1")?;
            let mut hashes = Vec::with_capacity(ids.len());
            for &id in ids {
                let hash = query.query_row([id.0], |row| row.get(0)).optional()?;
                hashes.extend(hash.map(|hash| (id, ContentHash(hash))));
            }
            Ok(hashes)
        })
    }
}

/// Writes formats and pixel sizes in the caller's transaction.
pub(super) fn write_facts(conn: &Connection, facts: &[(ContentId, Facts)]) -> Result<()> {
    let sql = "UPDATE content SET format = ?2, width = ?3, height = ?4 WHERE id = ?1";
    let mut update = conn.prepare_cached(sql)?;
    for (id, facts) in facts {
        update.execute(params![id.0, facts.format, facts.width, facts.height])?;
    }
    Ok(())
}

struct Assign<'a> {
    known: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    was: CachedStatement<'a>,
    set: CachedStatement<'a>,
    readable: CachedStatement<'a>,
}

impl<'a> Assign<'a> {
    fn new(conn: &'a Connection) -> Result<Self> {
        let was = "SELECT coalesce(content_id, was_content) FROM file WHERE id = ?1";
        let set = "UPDATE file SET content_id = ?2, was_content = NULL
            WHERE id = ?1 AND size = ?3 AND mtime_ns = ?4";
        let readable = "DELETE FROM failure WHERE file_id = ?1 AND stage = 'read'";
        Ok(Self {
            known: conn.prepare_cached("SELECT id FROM content WHERE hash = ?1")?,
            insert: conn.prepare_cached("INSERT INTO content(hash) VALUES (?1)")?,
            was: conn.prepare_cached(was)?,
            set: conn.prepare_cached(set)?,
            readable: conn.prepare_cached(readable)?,
        })
    }

    fn content(
        &mut self,
        conn: &Connection,
        file: FileId,
        hash: &ContentHash,
    ) -> Result<ContentId> {
        let known = self
            .known
            .query_row([hash.0], |row| row.get(0))
            .optional()?;
        match known {
            Some(id) => Ok(ContentId(id)),
            None => self.first_seen(conn, file, hash),
        }
    }

    fn link(&mut self, file: FileId, stamp: Stamp, content: ContentId) -> Result<()> {
        let key = params![file.0, content.0, stamp.size as i64, stamp.mtime_ns];
        if self.set.execute(key)? > 0 {
            self.readable.execute([file.0])?;
        }
        Ok(())
    }

    // Also for a file that was edited once more meanwhile: its next content may be this one again.
    fn first_seen(
        &mut self,
        conn: &Connection,
        file: FileId,
        hash: &ContentHash,
    ) -> Result<ContentId> {
        let content = ContentId(self.insert.insert([hash.0])?);
        let was: Option<Option<i64>> = self.was.query_row([file.0], |row| row.get(0)).optional()?;
        if let Some(was) = was.flatten() {
            let marks = read_marks(conn, ContentId(was))?.unwrap_or_default();
            write_marks(conn, content, &marks)?;
        }
        Ok(content)
    }
}
