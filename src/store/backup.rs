//! Copies of the database: before each change of format, and once a day.
//!
//! A copy is written under another name, then renamed, so that a half-written one never counts.

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::base::paths;

use super::error::Result;
use super::open;

/// The folder of the copies, below the data folder.
pub(super) const FOLDER: &str = "backups";

const N_KEPT: usize = 3;
const DAY_S: i64 = 24 * 60 * 60;
const DAILY: &str = "daily-";
/// Above this size a daily copy would cost more than it is worth.
const DAILY_MAX_BYTES: u64 = 500_000_000;

/// A copy of a database of an older format.
pub(super) fn before_migration(conn: &Connection, dir: &Path, found: u32, now: i64) -> Result<()> {
    save(conn, dir, &format!("format{found}-"), now)?;
    rotate(dir, "format")
}

/// Whether the newest daily copy is older than a day, and the database not too large for one.
pub(super) fn daily_is_due(dir: &Path, database: &Path, now: i64) -> bool {
    let bytes = database.metadata().map_or(0, |meta| meta.len());
    let newest = list(dir, DAILY).pop().map(|(at, _)| at);
    bytes > 0 && bytes < DAILY_MAX_BYTES && newest.is_none_or(|at| now.saturating_sub(at) > DAY_S)
}

/// Makes the daily copy in a thread of its own.
///
/// A damaged database gives an error, and the older copies stay.
pub(super) fn start_daily(dir: &Path, now: i64) -> Result<JoinHandle<Result<()>>> {
    // Reads only, but SQLite lets a read-only connection write no copy.
    let conn = Connection::open(dir.join(open::FILE))?;
    let dir = dir.to_path_buf();
    let thread = std::thread::Builder::new().name("store-backup".to_owned());
    Ok(thread.spawn(move || {
        save(&conn, &dir, DAILY, now)?;
        rotate(&dir, DAILY)
    })?)
}

fn save(conn: &Connection, dir: &Path, prefix: &str, now: i64) -> Result<()> {
    let folder = dir.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    let part = folder.join("unfinished.part");
    remove(&part)?;
    conn.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    let written = std::fs::OpenOptions::new().write(true).open(&part)?;
    written.sync_all()?;
    std::fs::rename(&part, folder.join(format!("{prefix}{now}.db")))?;
    Ok(())
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

fn rotate(dir: &Path, prefix: &str) -> Result<()> {
    let mut copies = list(dir, prefix);
    let n_old = copies.len().saturating_sub(N_KEPT);
    for (_, old) in copies.drain(..n_old) {
        remove(&old)?;
    }
    Ok(())
}

/// The copies with that prefix and when they were made, oldest first.
fn list(dir: &Path, prefix: &str) -> Vec<(i64, PathBuf)> {
    let entries = std::fs::read_dir(dir.join(FOLDER)).into_iter().flatten();
    let mut copies: Vec<_> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = paths::to_bytes(path.file_name()?);
            let name = String::from_utf8(name).ok()?;
            let stem = name.strip_suffix(".db")?;
            let at = stem
                .starts_with(prefix)
                .then(|| stem.rsplit('-').next())??;
            Some((at.parse().ok()?, path))
        })
        .collect();
    copies.sort();
    copies
}
