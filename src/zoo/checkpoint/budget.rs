//! How much memory reading one file may take.
//!
//! Must not know: formats.

use super::CheckpointError;

/// What any file may take: enough for the names and the pickle of any network.
const BASE: usize = 8 << 20;

/// Bytes that reading one file may still allocate.
///
/// Spending is never given back, so the sum bounds the peak, whatever is freed on the way. Tensor
/// data isn't paid for here: it stays in the file.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
    file_bytes: usize,
}

impl Budget {
    /// The budget of a file of `file_bytes`.
    pub(super) fn new(file_bytes: usize) -> Self {
        Self {
            left: (file_bytes / 2).saturating_add(BASE),
            file_bytes,
        }
    }

    /// Pays for `bytes`, before they are allocated; `what` they are for goes into the error.
    pub(super) fn spend(
        &mut self,
        bytes: usize,
        what: &'static str,
    ) -> Result<(), CheckpointError> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or(CheckpointError::TooLarge {
                what,
                file_bytes: self.file_bytes,
            })?;
        Ok(())
    }

    /// Pushes `item`, and pays when `list` grows.
    pub(super) fn push<T>(
        &mut self,
        list: &mut Vec<T>,
        item: T,
        what: &'static str,
    ) -> Result<(), CheckpointError> {
        if list.len() == list.capacity() {
            let more = list.len().max(4);
            // The old and the new block live side by side for a moment.
            let block = list.len().saturating_add(more);
            self.spend(block.saturating_mul(size_of::<T>()), what)?;
            list.reserve_exact(more);
        }
        list.push(item);
        Ok(())
    }

    /// How large the file is that is being read.
    pub(super) fn file_bytes(&self) -> usize {
        self.file_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{BASE, Budget};

    #[test]
    fn what_is_spent_is_gone() {
        let mut budget = Budget::new(100);
        assert!(budget.spend(BASE, "it").is_ok());
        assert!(budget.spend(50, "it").is_ok());
        let refused = budget.spend(1, "the names").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the names would take more memory than a file of 100 bytes has a reason to"
        );
    }

    #[test]
    fn a_growing_list_pays_for_what_it_holds() {
        let mut budget = Budget::new(0);
        let mut list = Vec::new();
        while budget.push(&mut list, 0u64, "the list").is_ok() {}
        assert!(list.capacity() * size_of::<u64>() <= BASE);
        assert!(list.len() > BASE / 64);
    }
}
