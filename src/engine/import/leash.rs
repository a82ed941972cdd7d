//! A reader that gives only so many bytes for one row, so that no row can fill the memory.
//!
//! Must not know: formats.

use std::cell::Cell;
use std::io::{Error, Read, Result};
use std::rc::Rc;

/// Bytes of one row.
pub(super) const MAX_ROW: u64 = 16 << 20;

/// The reader.
pub(super) struct Leash<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

/// Lets a reader go on.
pub(super) struct Slack(Rc<Cell<u64>>);

impl<R: Read> Leash<R> {
    /// Around a reader, and what is to be told after every row.
    pub(super) fn new(inner: R) -> (Self, Slack) {
        let left = Rc::new(Cell::new(MAX_ROW));
        let slack = Slack(Rc::clone(&left));
        (Self { inner, left }, slack)
    }
}

impl Slack {
    /// A row was read.
    pub(super) fn give(&self) {
        self.0.set(MAX_ROW);
    }
}

impl<R: Read> Read for Leash<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.left.get() == 0 {
            return Err(Error::other("a row is longer than 16 MiB"));
        }
        let n = self.inner.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(n as u64));
        Ok(n)
    }
}
