//! Thumbnails in a file of their own, deletable at any time.
//!
//! A cache: errors read as absence, a damaged file is made anew, and where there can be no file,
//! memory takes its place.
//!
//! Must not know: how thumbnails are made.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _};

use super::{Result, StoreError, beside};

const FILE: &str = "thumbs.db";
const FORMAT: u32 = 1;
const N_IDLE_READERS: usize = 8;
const N_PRUNED: i64 = 1000;
const MMAP_BYTES: i64 = 1 << 30;
/// Most that is kept where there is no file, bytes.
const MEMORY_BYTES: u64 = 128 << 20;

const TABLE: &str = "
CREATE TABLE thumb(
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    bytes INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX thumb_bytes ON thumb(id, bytes);
PRAGMA user_version = 1;
";

/// Names a thumbnail: a hash of path, stamp and edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThumbKey(pub [u8; 16]);

/// The thumbnail file. Shared between threads; each reading thread gets its own connection.
#[derive(Debug)]
pub struct ThumbStore {
    /// None in memory, where the writer reads too.
    file: Option<PathBuf>,
    readers: Mutex<Vec<Connection>>,
    writer: Mutex<Connection>,
}

impl ThumbStore {
    /// Opens the file in `dir`, both made if absent; a damaged file is replaced by an empty one.
    ///
    /// Where that can't be, thumbnails are kept in memory until the program ends, the newest
    /// 128 MiB of them.
    ///
    /// # Errors
    /// Only where there is no memory left either.
    pub fn open(dir: &Path) -> Result<Self> {
        let file = dir.join(FILE);
        let (file, writer) = match on_disk(dir, &file) {
            Ok(writer) => (Some(file), writer),
            Err(_unwritable) => (None, in_memory().map_err(|error| error.at(dir))?),
        };
        Ok(Self {
            file,
            readers: Mutex::default(),
            writer: Mutex::new(writer),
        })
    }

    /// The bytes of a thumbnail, if it is there.
    pub fn get(&self, key: &ThumbKey) -> Option<Vec<u8>> {
        let Some(file) = &self.file else {
            return read(&guard(&self.writer), key).unwrap_or_default();
        };
        let idle = guard(&self.readers).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => reader(file).ok()?,
        };
        let data = read(&conn, key).unwrap_or_default();
        let mut readers = guard(&self.readers);
        if readers.len() < N_IDLE_READERS {
            readers.push(conn);
        }
        data
    }

    /// Keeps thumbnails; one that can't be written is simply not kept.
    pub fn put(&self, thumbs: Vec<(ThumbKey, Vec<u8>)>) {
        let mut conn = guard(&self.writer);
        if let Err(error) = write(&mut conn, thumbs) {
            reset_if_damaged(&conn, &error);
        }
        if self.file.is_none() {
            prune(&conn, MEMORY_BYTES).ok();
        }
    }

    /// Drops the oldest thumbnails until the rest has at most `max_bytes`.
    pub fn prune(&self, max_bytes: u64) -> Result<()> {
        let conn = guard(&self.writer);
        prune(&conn, max_bytes).map_err(|error| {
            reset_if_damaged(&conn, &error);
            StoreError::from(error).at(self.file.as_deref().unwrap_or(Path::new("")))
        })
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn on_disk(dir: &Path, file: &Path) -> Result<Connection> {
    std::fs::create_dir_all(dir)?;
    writer(file).or_else(|_damaged| {
        beside::remove(file, &["", "-wal", "-shm"])?;
        writer(file)
    })
}

fn in_memory() -> Result<Connection> {
    let conn = Connection::open_in_memory()?;
    conn.execute_batch(TABLE)?;
    Ok(conn)
}

fn writer(file: &Path) -> Result<Connection> {
    let conn = Connection::open(file)?;
    conn.busy_timeout(std::time::Duration::from_secs(5))?;
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    conn.pragma_update(None, "journal_size_limit", 16 << 20)?;
    let format: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match format {
        0 => conn.execute_batch(TABLE)?,
        FORMAT => {}
        _ => return Err(StoreError::other("thumbnails of another format")),
    }
    // The table must be there and its first page whole.
    conn.prepare_cached("SELECT key, bytes, data FROM thumb LIMIT 1")?
        .query_row([], |_| Ok(()))
        .optional()?;
    Ok(conn)
}

fn reader(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags)?;
    conn.busy_timeout(std::time::Duration::from_secs(1))?;
    conn.pragma_update_and_check(None, "mmap_size", MMAP_BYTES, |_| Ok(()))?;
    Ok(conn)
}

fn read(conn: &Connection, key: &ThumbKey) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut query = conn.prepare_cached("SELECT data FROM thumb WHERE key = ?1")?;
    query.query_row([key.0], |row| row.get(0)).optional()
}

fn write(conn: &mut Connection, thumbs: Vec<(ThumbKey, Vec<u8>)>) -> rusqlite::Result<()> {
    let tx = conn.transaction()?;
    let sql = "INSERT OR REPLACE INTO thumb(key, bytes, data) VALUES (?1, ?2, ?3)";
    let mut insert = tx.prepare_cached(sql)?;
    for (key, data) in thumbs {
        insert.execute(rusqlite::params![key.0, data.len() as i64, data])?;
    }
    drop(insert);
    tx.commit()
}

fn prune(conn: &Connection, max_bytes: u64) -> rusqlite::Result<()> {
    let sum = "SELECT coalesce(sum(bytes), 0) FROM thumb";
    let delete = "DELETE FROM thumb WHERE id IN (SELECT id FROM thumb ORDER BY id LIMIT ?1)";
    loop {
        let total: i64 = conn.query_row(sum, [], |row| row.get(0))?;
        if total as u64 <= max_bytes {
            break;
        }
        conn.execute(delete, [N_PRUNED])?;
    }
    // One step frees one page.
    let mut free = conn.prepare("PRAGMA incremental_vacuum")?;
    let mut pages = free.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

/// Empties a damaged file in place, for other connections hold it open.
fn reset_if_damaged(conn: &Connection, error: &rusqlite::Error) {
    let damaged = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase];
    if !error
        .sqlite_error_code()
        .is_some_and(|code| damaged.contains(&code))
    {
        return;
    }
    let reset = || -> rusqlite::Result<()> {
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, true)?;
        let emptied = conn.execute_batch("VACUUM");
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_RESET_DATABASE, false)?;
        emptied?;
        conn.execute_batch(TABLE)
    };
    // If even that fails, the next start makes the file anew.
    reset().ok();
}
