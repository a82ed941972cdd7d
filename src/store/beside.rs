//! A file of its own beside the database: what took hours of computing and may be deleted.
//!
//! A damaged file is put aside and a new one begun.
//!
//! Must not know: what lies in it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _};

use super::{Result, StoreError};

/// What such a file holds.
#[derive(Debug)]
pub(super) struct Layout {
    /// Its name.
    pub(super) name: &'static str,
    /// What lies in it, for messages.
    pub(super) what: &'static str,
    /// Its `user_version`, which `tables` sets.
    pub(super) format: u32,
    /// Makes its tables.
    pub(super) tables: &'static str,
    /// One query a table: they must be there and their first pages whole.
    pub(super) probes: &'static [&'static str],
}

/// The open file; shared between threads.
#[derive(Debug)]
pub(super) struct Beside {
    file: PathBuf,
    conn: Mutex<Connection>,
}

impl Beside {
    /// Opens the file in `dir`, made if absent. A damaged one is renamed to `….db.bad`.
    pub(super) fn open(dir: &Path, layout: &Layout) -> Result<Self> {
        let file = dir.join(layout.name);
        let conn = connect(&file, layout).or_else(|error| {
            if !matches!(error, StoreError::Corrupt { .. }) {
                return Err(error);
            }
            put_aside(&file)?;
            connect(&file, layout)
        });
        Ok(Self {
            conn: Mutex::new(conn.map_err(|error| error.at(&file))?),
            file,
        })
    }

    /// Runs `work` on the only connection.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        let mut conn: MutexGuard<'_, Connection> =
            self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut conn).map_err(|error| error.at(&self.file))
    }
}

fn connect(file: &Path, layout: &Layout) -> Result<Connection> {
    let conn = Connection::open(file)?;
    conn.busy_timeout(std::time::Duration::from_secs(5))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    let format: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format == 0 {
        conn.execute_batch(layout.tables)?;
    } else if format != layout.format {
        let why = format!("{} of a newer Bandpass; update it", layout.what);
        return Err(StoreError::other(why));
    }
    for sql in layout.probes {
        conn.prepare(sql)?.query_row([], |_| Ok(())).optional()?;
    }
    Ok(conn)
}

fn put_aside(file: &Path) -> Result<()> {
    std::fs::rename(file, file.with_extension("db.bad"))?;
    remove(file, &["-wal", "-shm"])
}

/// Removes the files that are called as `file` with one of these endings; some may be absent.
pub(super) fn remove(file: &Path, endings: &[&str]) -> Result<()> {
    for ending in endings {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
