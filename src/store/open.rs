//! Opening: folder, lock, check, copies, format.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OpenFlags};

use super::error::{Result, StoreError};
use super::writer::Writer;
use super::{Inner, Store, backup, migrations};

/// Name of the database in the data folder.
pub(super) const FILE: &str = "bandpass.db";
const LOCK: &str = "bandpass.lock";

/// Up to this size a full check takes no time; above, only after an unclean end.
const CHECK_MAX_BYTES: u64 = 64 << 20;
const MMAP_BYTES: i64 = 1 << 30;
const N_STATEMENTS: usize = 64;

pub(super) fn open(dir: &Path, now: i64) -> Result<Store> {
    std::fs::create_dir_all(dir)?;
    let lock = lock(dir)?;
    let file = dir.join(FILE);
    inspect(dir)?;
    let backup_due = backup::daily_is_due(dir, &file, now);
    let mut conn = Connection::open(&file)?;
    prepare(&conn)?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "journal_size_limit", 64 << 20)?;
    conn.pragma_update(None, "cache_size", -64 * 1024)?;
    migrations::migrate(&mut conn, migrations::ALL, |conn, found| {
        backup::before_migration(conn, dir, found, now)
    })?;
    let backup = backup_due.then(|| backup::start_daily(dir, now));
    let inner = Inner {
        dir: dir.to_path_buf(),
        writer: Writer::start(conn)?,
        readers: Mutex::default(),
        backup: Mutex::new(backup.transpose()?),
        _lock: lock,
    };
    Ok(Store {
        inner: Arc::new(inner),
    })
}

/// A connection that only reads.
pub(super) fn reader(dir: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(dir.join(FILE), flags)?;
    prepare(&conn)?;
    Ok(conn)
}

fn prepare(conn: &Connection) -> Result<()> {
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    conn.set_prepared_statement_cache_capacity(N_STATEMENTS);
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update_and_check(None, "mmap_size", MMAP_BYTES, |_| Ok(()))?;
    Ok(())
}

fn lock(dir: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true);
    let file = file.open(dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
            dir: PathBuf::new(),
        }),
        Err(TryLockError::Error(error)) => Err(StoreError::other(format!(
            "can't lock the data folder, which must be on a local disk: {error}"
        ))),
    }
}

/// Looks at an existing database without changing it.
fn inspect(dir: &Path) -> Result<()> {
    let Ok(meta) = dir.join(FILE).metadata() else {
        return Ok(());
    };
    let log = dir.join(format!("{FILE}-wal")).metadata();
    let unclean = log.is_ok_and(|log| log.len() > 0);
    let conn = reader(dir)?;
    migrations::check(migrations::version(&conn)?, migrations::ALL)?;
    if !unclean && meta.len() > CHECK_MAX_BYTES {
        return Ok(());
    }
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(StoreError::corrupt(verdict))
    }
}
