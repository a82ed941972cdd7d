//! A bound on the memory that pictures in flight take together.

use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes that workers may hold at a time.
#[derive(Debug)]
pub(crate) struct Budget {
    free: Mutex<u64>,
    returned: Condvar,
    total: u64,
}

/// A share of the budget; returned when dropped.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Budget {
    /// A budget of `total` bytes.
    pub(crate) fn new(total: u64) -> Self {
        Self {
            free: Mutex::new(total),
            returned: Condvar::new(),
            total,
        }
    }

    /// Waits until `bytes` are free. A wish above the total gets the whole budget, alone.
    pub(crate) fn take(&self, bytes: u64) -> Share<'_> {
        let bytes = bytes.min(self.total);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .returned
            .wait_while(free, |free| *free < bytes)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= bytes;
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

impl Drop for Share<'_> {
    fn drop(&mut self) {
        *self
            .budget
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.budget.returned.notify_all();
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
        assert_eq!(*budget.free.lock().unwrap(), 100);
    }
}
