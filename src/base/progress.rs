//! Counters that workers bump and a front end samples a few times a second.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of one job. Cheap to bump from any thread.
#[derive(Debug, Default)]
pub struct Progress {
    total: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    reused: AtomicU64,
}

/// The counters at one moment, in items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgressSnapshot {
    /// Items known so far; 0 while unknown.
    pub total: u64,
    /// Items finished, the failed and reused ones included.
    pub done: u64,
    /// Items that failed.
    pub failed: u64,
    /// Items whose results were already there.
    pub reused: u64,
}

impl Progress {
    /// Raises the number of known items.
    pub fn add_total(&self, n: u64) {
        self.total.fetch_add(n, Relaxed);
    }

    /// Counts finished items.
    pub fn add_done(&self, n: u64) {
        self.done.fetch_add(n, Relaxed);
    }

    /// Counts one failed item, which is also done.
    pub fn add_failed(&self) {
        self.failed.fetch_add(1, Relaxed);
        self.done.fetch_add(1, Relaxed);
    }

    /// Counts items that needed no work, which are also done.
    pub fn add_reused(&self, n: u64) {
        self.reused.fetch_add(n, Relaxed);
        self.done.fetch_add(n, Relaxed);
    }

    /// Samples the counters.
    pub fn snapshot(&self) -> ProgressSnapshot {
        ProgressSnapshot {
            total: self.total.load(Relaxed),
            done: self.done.load(Relaxed),
            failed: self.failed.load(Relaxed),
            reused: self.reused.load(Relaxed),
        }
    }
}
