//! SQLite and nothing else: what was seen, hashed, scored, marked and done.
//!
//! Identity of an image is its content hash; paths point at it, so scores and marks survive moves
//! made outside Bandpass. One thread writes (`writer`), readers have their own connections. The
//! database lives in the user's data folder on a local disk: WAL and the advisory lock are not
//! reliable on network shares.
//!
//! Must not know: image formats, what a scorer computes, how files are moved. It touches no file
//! of the user's.

mod backup;
mod beside;
mod catalog;
mod contents;
mod details;
mod embeddings;
mod error;
mod files;
mod imports;
mod journal;
mod known;
mod load;
mod marks;
mod migrations;
mod open;
mod scores;
mod synthetic;
mod thumbs;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

pub use details::{DetailStore, NewDetail};
pub use embeddings::{EmbeddingStore, EncoderId, NewEmbedding};
pub use error::{Result, StoreError};
pub use files::{KnownFile, SeenFile};
pub use journal::{JournalEntry, StepState};
pub use scores::{NewScores, PlacementId, ScoreBatch, ScorerId};
#[doc(hidden)]
pub use synthetic::fill_synthetic;
pub use thumbs::{ThumbKey, ThumbStore};

use writer::Writer;

const N_IDLE_READERS: usize = 4;

/// The open database; clones share it. The last clone to go closes it.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    backup: Mutex<Option<JoinHandle<Result<()>>>>,
    _lock: File,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The writer goes last: only a connection that writes can fold the log into the file.
        self.readers
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.end_backup().ok();
        self.writer.stop();
    }
}

impl Inner {
    fn end_backup(&self) -> Result<()> {
        let backup = self
            .backup
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(backup) = backup else { return Ok(()) };
        backup
            .join()
            .unwrap_or_else(|_panic| Err(StoreError::other("a fault in the backup")))
    }
}

impl Store {
    /// Opens the database in `dir`, made if absent; `now` in seconds since 1970 UTC.
    ///
    /// Checks it, saves a copy before changing an older one, and starts a daily copy in the
    /// background.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another Bandpass uses it, [`StoreError::TooNew`],
    /// [`StoreError::Corrupt`], [`StoreError::ReadOnly`], [`StoreError::DiskFull`]. The file is
    /// left as it is in each case.
    pub fn open(dir: &Path, now: i64) -> Result<Self> {
        open::open(dir, now).map_err(|error| error.at(dir))
    }

    /// Waits until everything queued is committed and on the disk.
    pub fn flush(&self) -> Result<()> {
        self.write_durably(|_| Ok(()))
    }

    /// Waits for the daily copy, if one is being made; tells why it could not be made.
    ///
    /// Only the first call after a failure does.
    pub fn end_backup(&self) -> Result<()> {
        let ended = self.inner.end_backup();
        ended.map_err(|error| error.at(&self.inner.dir))
    }

    /// Runs `work` on the writing thread and returns after its transaction is committed.
    ///
    /// `work` may run a second time, after a rollback.
    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let done = self.inner.writer.run(false, work);
        done.map_err(|error| error.at(&self.inner.dir))
    }

    /// As [`Store::write`], and what was committed so far is on the disk when it returns.
    fn write_durably<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let done = self.inner.writer.run(true, work);
        done.map_err(|error| error.at(&self.inner.dir))
    }

    /// Runs `work` on a connection that only reads, on the caller's thread.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.readers().pop();
        let run = || {
            let conn = idle.map_or_else(|| open::reader(&self.inner.dir), Ok)?;
            let done = work(&conn);
            let mut readers = self.readers();
            if readers.len() < N_IDLE_READERS {
                readers.push(conn);
            }
            done
        };
        run().map_err(|error| error.at(&self.inner.dir))
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        let readers = self.inner.readers.lock();
        readers.unwrap_or_else(PoisonError::into_inner)
    }
}
