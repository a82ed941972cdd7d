//! Paths and their stamps.

use std::collections::HashMap;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Row, params};

use crate::base::paths;
use crate::domain::image::{ContentId, FileId, Stamp};

use super::{Result, Store};

/// A file of the database that is not gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Its id.
    pub id: FileId,
    /// Absolute path.
    pub path: PathBuf,
    /// Size and time when it was last seen.
    pub stamp: Stamp,
    /// Its content, once hashed with that stamp.
    pub content: Option<ContentId>,
}

/// A file as the scanner found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Size and time.
    pub stamp: Stamp,
}

impl Store {
    /// Notes that a root was looked at; `at` in seconds since 1970 UTC.
    ///
    /// An offline root keeps the time of its last scan, and all of its files. Where a root is there,
    /// so are the folders above it, and it is now known what there is below it: roots noted as
    /// offline at both are so no longer.
    pub fn root_seen(&self, root: &Path, offline: bool, at: i64) -> Result<()> {
        let path = paths::to_bytes(root);
        let root = root.to_path_buf();
        self.write(move |conn| {
            let sql = "INSERT INTO root(path, offline, last_scan)
                VALUES (?1, ?2, CASE WHEN ?2 THEN NULL ELSE ?3 END)
                ON CONFLICT(path) DO UPDATE SET offline = excluded.offline,
                    last_scan = coalesce(excluded.last_scan, last_scan)";
            conn.prepare_cached(sql)?
                .execute(params![path, offline, at])?;
            if !offline {
                online_around(conn, &root)?;
            }
            Ok(())
        })
    }

    /// Every folder or file that was ever opened as a root.
    pub fn roots(&self) -> Result<Vec<PathBuf>> {
        self.read(|conn| {
            let mut query = conn.prepare_cached("SELECT path FROM root ORDER BY path")?;
            let read = |row: &Row<'_>| Ok(paths::from_bytes(row.get_ref(0)?.as_blob()?).into());
            let roots = query.query_map([], read)?;
            Ok(roots.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Every file at or below `root` that is not gone, in no particular order.
    pub fn files_below(&self, root: &Path) -> Result<Vec<KnownFile>> {
        self.read(|conn| {
            let mut known = Vec::new();
            for (id, folder) in folders_below(conn, root)? {
                files_in(conn, id, &folder, &mut known)?;
            }
            known.extend(file_at(conn, root)?);
            Ok(known)
        })
    }

    /// Takes in what a scan found; ids in the order given.
    ///
    /// A new path gets a row. With the same stamp nothing changes; with another, the content is
    /// to be hashed again, a failure is dropped, and the marks of the old content may follow
    /// ([`Store::set_content`]). A file that was gone is there again; if its stamp differs it
    /// counts as new.
    pub fn upsert_files(&self, seen: Vec<SeenFile>) -> Result<Vec<FileId>> {
        self.write(move |conn| {
            let mut upsert = Upsert::new(conn)?;
            let mut folders = Folders::default();
            let id = |seen: &SeenFile| {
                let (folder, name) = split(&seen.path);
                upsert.file(folders.id(conn, folder)?, &name, seen.stamp)
            };
            seen.iter().map(id).collect()
        })
    }

    /// These files are no longer at their paths; what is known of them stays.
    pub fn mark_gone(&self, files: Vec<FileId>) -> Result<()> {
        self.write(move |conn| {
            let mut gone = conn.prepare_cached("UPDATE file SET gone = 1 WHERE id = ?1")?;
            for file in &files {
                gone.execute([file.0])?;
            }
            Ok(())
        })
    }

    /// Gives files other paths after our own moves, and revives them if they were gone.
    ///
    /// Another row that has such a path, gone or stale, is removed; the ids of these are returned.
    /// Files may trade places.
    pub fn relocate(&self, moves: Vec<(FileId, PathBuf)>) -> Result<Vec<FileId>> {
        self.write(move |conn| relocate(conn, &moves))
    }
}

/// The roots above and below a root that is there are not offline.
fn online_around(conn: &Connection, root: &Path) -> Result<()> {
    let (low, high) = range_below(&paths::to_bytes(root));
    let sql = "UPDATE root SET offline = 0 WHERE offline AND path >= ?1 AND path < ?2";
    conn.prepare_cached(sql)?.execute(params![low, high])?;
    let sql = "UPDATE root SET offline = 0 WHERE offline AND path = ?1";
    let mut above = conn.prepare_cached(sql)?;
    for folder in root.ancestors().skip(1) {
        above.execute([paths::to_bytes(folder)])?;
    }
    Ok(())
}

fn relocate(conn: &Connection, moves: &[(FileId, PathBuf)]) -> Result<Vec<FileId>> {
    // No real name holds a zero byte, so parking never hits a taken name.
    let mut park =
        conn.prepare_cached("UPDATE file SET name = CAST(x'00' || id AS BLOB) WHERE id = ?1")?;
    let clear = "DELETE FROM file WHERE folder_id = ?1 AND name = ?2 AND id <> ?3 RETURNING id";
    let mut clear = conn.prepare_cached(clear)?;
    let sql = "UPDATE file SET folder_id = ?1, name = ?2, gone = 0 WHERE id = ?3";
    let mut place = conn.prepare_cached(sql)?;
    for (file, _) in moves {
        park.execute([file.0])?;
    }
    let mut folders = Folders::default();
    let mut removed = Vec::new();
    for (file, path) in moves {
        let (folder, name) = split(path);
        let folder = folders.id(conn, folder)?;
        for id in clear.query_map(params![folder, name, file.0], |row| row.get(0))? {
            removed.push(FileId(id?));
        }
        place.execute(params![folder, name, file.0])?;
    }
    Ok(removed)
}

fn split(path: &Path) -> (&Path, Vec<u8>) {
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = paths::to_bytes(path.file_name().unwrap_or_default());
    (folder, name)
}

/// Ids of folders, remembered within one call.
#[derive(Default)]
struct Folders {
    ids: HashMap<PathBuf, i64>,
    last: Option<(PathBuf, i64)>,
}

impl Folders {
    fn id(&mut self, conn: &Connection, folder: &Path) -> Result<i64> {
        // Files come folder by folder; comparing strings is cheaper than hashing a path.
        if let Some((last, id)) = &self.last
            && last.as_os_str() == folder.as_os_str()
        {
            return Ok(*id);
        }
        let id = match self.ids.get(folder) {
            Some(&id) => id,
            None => folder_id(conn, folder)?,
        };
        self.ids.insert(folder.to_path_buf(), id);
        self.last = Some((folder.to_path_buf(), id));
        Ok(id)
    }
}

fn folder_id(conn: &Connection, folder: &Path) -> Result<i64> {
    let path = paths::to_bytes(folder);
    let mut known = conn.prepare_cached("SELECT id FROM folder WHERE path = ?1")?;
    if let Some(id) = known.query_row([&path], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    let mut insert = conn.prepare_cached("INSERT INTO folder(path) VALUES (?1)")?;
    Ok(insert.insert([&path])?)
}

struct Upsert<'a> {
    known: CachedStatement<'a>,
    insert: CachedStatement<'a>,
    change: CachedStatement<'a>,
    revive: CachedStatement<'a>,
    unfail: CachedStatement<'a>,
}

impl<'a> Upsert<'a> {
    fn new(conn: &'a Connection) -> Result<Self> {
        let known = "SELECT id, size, mtime_ns, gone FROM file WHERE folder_id = ?1 AND name = ?2";
        let insert = "INSERT INTO file(folder_id, name, size, mtime_ns) VALUES (?1, ?2, ?3, ?4)";
        let change = "UPDATE file SET size = ?2, mtime_ns = ?3, content_id = NULL, gone = 0,
            was_content = CASE WHEN gone THEN NULL ELSE coalesce(content_id, was_content) END
            WHERE id = ?1";
        Ok(Self {
            known: conn.prepare_cached(known)?,
            insert: conn.prepare_cached(insert)?,
            change: conn.prepare_cached(change)?,
            revive: conn.prepare_cached("UPDATE file SET gone = 0 WHERE id = ?1")?,
            unfail: conn.prepare_cached("DELETE FROM failure WHERE file_id = ?1")?,
        })
    }

    fn file(&mut self, folder: i64, name: &[u8], stamp: Stamp) -> Result<FileId> {
        let read = |row: &Row<'_>| Ok((row.get(0)?, stamp_at(row, 1)?, row.get(3)?));
        let key = params![folder, name];
        let known: Option<(i64, Stamp, bool)> = self.known.query_row(key, read).optional()?;
        let Some((id, old, gone)) = known else {
            let new = params![folder, name, stamp.size as i64, stamp.mtime_ns];
            return Ok(FileId(self.insert.insert(new)?));
        };
        if old != stamp {
            let change = params![id, stamp.size as i64, stamp.mtime_ns];
            self.change.execute(change)?;
            self.unfail.execute([id])?;
        } else if gone {
            self.revive.execute([id])?;
        }
        Ok(FileId(id))
    }
}

/// The stamp in the columns `idx` (size) and `idx + 1` (time).
pub(super) fn stamp_at(row: &Row<'_>, idx: usize) -> rusqlite::Result<Stamp> {
    Ok(Stamp {
        size: row.get::<_, i64>(idx)? as u64,
        mtime_ns: row.get(idx + 1)?,
    })
}

/// The folders at or below `root` that the database knows.
pub(super) fn folders_below(conn: &Connection, root: &Path) -> Result<Vec<(i64, PathBuf)>> {
    let exact = paths::to_bytes(root);
    let (low, high) = range_below(&exact);
    let sql = "SELECT id, path FROM folder WHERE path = ?1
        UNION SELECT id, path FROM folder WHERE path >= ?2 AND path < ?3";
    let mut query = conn.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let path = paths::from_bytes(row.get_ref(1)?.as_blob()?);
        Ok((row.get(0)?, path.into()))
    };
    let found = query.query_map(params![exact, low, high], read)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Bounds of the byte strings that begin with the folder and a separator.
fn range_below(folder: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let separator = MAIN_SEPARATOR as u8;
    let mut low = folder.to_vec();
    if low.last() != Some(&separator) {
        low.push(separator);
    }
    let mut high = low.clone();
    if let Some(last) = high.last_mut() {
        *last = separator + 1;
    }
    (low, high)
}

fn files_in(conn: &Connection, id: i64, folder: &Path, into: &mut Vec<KnownFile>) -> Result<()> {
    let sql = "SELECT id, size, mtime_ns, content_id, name FROM file
        WHERE folder_id = ?1 AND gone = 0";
    let mut query = conn.prepare_cached(sql)?;
    for file in query.query_map([id], |row| known_file(row, folder))? {
        into.push(file?);
    }
    Ok(())
}

/// The file whose path is `path` itself, if it is one and not gone.
pub(super) fn file_at(conn: &Connection, path: &Path) -> Result<Option<KnownFile>> {
    let (folder, name) = split(path);
    let sql = "SELECT file.id, size, mtime_ns, content_id, name
        FROM file JOIN folder ON folder.id = folder_id
        WHERE path = ?1 AND name = ?2 AND gone = 0";
    let mut query = conn.prepare_cached(sql)?;
    let key = params![paths::to_bytes(folder), name];
    let file = query.query_row(key, |row| known_file(row, folder));
    Ok(file.optional()?)
}

fn known_file(row: &Row<'_>, folder: &Path) -> rusqlite::Result<KnownFile> {
    Ok(KnownFile {
        id: FileId(row.get(0)?),
        path: folder.join(paths::from_bytes(row.get_ref(4)?.as_blob()?)),
        stamp: stamp_at(row, 1)?,
        content: row.get::<_, Option<i64>>(3)?.map(ContentId),
    })
}
