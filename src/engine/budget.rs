//! A bound on the memory that pictures in flight take together.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that workers may hold at a time.
#[derive(Debug)]
pub(crate) struct Budget {
    free: Mutex<Free>,
    returned: Condvar,
    total: u64,
}

#[derive(Debug)]
struct Free {
    bytes: u64,
    /// Nobody waits any more.
    lifted: bool,
}

/// A share of the budget; returned when dropped.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

/// Lifts the bound when dropped, however its thread ends: who would have returned memory is gone,
/// and nobody may wait for it.
#[derive(Debug)]
pub(crate) struct Lift<'a>(pub &'a Budget);

impl Drop for Lift<'_> {
    fn drop(&mut self) {
        self.0.free().lifted = true;
        self.0.returned.notify_all();
    }
}

impl Budget {
    /// A budget of `total` bytes.
    pub(crate) fn new(total: u64) -> Self {
        Self {
            free: Mutex::new(Free {
                bytes: total,
                lifted: false,
            }),
            returned: Condvar::new(),
            total,
        }
    }

    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, bytes: u64) {
        self.free().bytes += bytes;
        self.returned.notify_all();
    }

    /// Waits until `bytes` are free. A wish above the total gets the whole budget, alone.
    pub(crate) fn take(&self, bytes: u64) -> Share<'_> {
        let bytes = bytes.min(self.total);
        let mut free = self
            .returned
            .wait_while(self.free(), |free| free.bytes < bytes && !free.lifted)
            .unwrap_or_else(PoisonError::into_inner);
        let bytes = bytes.min(free.bytes);
        free.bytes -= bytes;
        Share {
            budget: self,
            bytes,
        }
    }
}

impl<'a> Share<'a> {
    /// Trades the share for one larger by `more` bytes.
    ///
    /// It is given back before the wait, so that two growing shares never wait for each other.
    pub(crate) fn grow(self, more: u64) -> Self {
        let (budget, bytes): (&'a Budget, u64) = (self.budget, self.bytes);
        drop(self);
        budget.take(bytes.saturating_add(more))
    }
}

impl Share<'_> {
    /// Gives back all but `bytes`, if it is more.
    pub(crate) fn shrink(&mut self, bytes: u64) {
        let more = self.bytes.saturating_sub(bytes);
        self.bytes -= more;
        self.budget.give_back(more);
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_wish_waits_for_the_whole_budget() {
        let budget = Budget::new(100);
        let small = budget.take(60);
        std::thread::scope(|scope| {
            let large = scope.spawn(|| budget.take(1_000).bytes);
            drop(small);
            assert_eq!(large.join().unwrap(), 100);
        });
        assert_eq!(budget.free().bytes, 100);
    }

    #[test]
    fn nobody_waits_for_those_who_are_gone() {
        let budget = Budget::new(100);
        let kept = budget.take(90);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| budget.take(50).bytes);
            drop(Lift(&budget));
            assert_eq!(waiting.join().unwrap(), 10);
        });
        drop(kept);
        assert_eq!(budget.free().bytes, 100);
    }

    #[test]
    fn what_is_kept_of_a_share_is_not_free() {
        let budget = Budget::new(100);
        let mut share = budget.take(10).grow(80);
        assert_eq!(budget.free().bytes, 10);
        share.shrink(30);
        share.shrink(50);
        assert_eq!(budget.free().bytes, 70);
        drop(share);
        assert_eq!(budget.free().bytes, 100);
    }
}
