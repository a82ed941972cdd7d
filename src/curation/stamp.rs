//! Tells whether the arrays something was computed from are still the same ones.
//!
//! Must not know: what is computed from them.

use std::any::Any;
use std::sync::{Arc, Weak};

/// The identity of some shared arrays.
///
/// Holds weak pointers: the data is freed when its owners let go, but the address can't be used
/// again, and `Arc::make_mut` can't change the array in place behind the stamp's back.
#[derive(Debug, Clone, Default)]
pub(super) struct Stamp(Vec<Weak<dyn Any + Send + Sync>>);

impl Stamp {
    /// Adds an array.
    pub(super) fn push<T: Any + Send + Sync>(&mut self, array: &Arc<T>) {
        let weak: Weak<T> = Arc::downgrade(array);
        self.0.push(weak);
    }

    /// Adds the arrays of another stamp.
    pub(super) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// With one more array.
    pub(super) fn with<T: Any + Send + Sync>(mut self, array: &Arc<T>) -> Self {
        self.push(array);
        self
    }

    /// A stamp of one array.
    pub(super) fn of<T: Any + Send + Sync>(array: &Arc<T>) -> Self {
        Self::default().with(array)
    }
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        let address = |weak: &Weak<dyn Any + Send + Sync>| weak.as_ptr().cast::<()>();
        self.0.iter().map(address).eq(other.0.iter().map(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_changes_the_stamp_even_in_place() {
        let mut array = Arc::new(vec![1, 2]);
        let before = Stamp::of(&array);
        assert!(before == Stamp::of(&array));
        Arc::make_mut(&mut array).push(3);
        assert!(before != Stamp::of(&array));
    }
}
