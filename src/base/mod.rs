//! What every layer may use: ids, cancellation, progress counters, user-facing problems, formatting.
//!
//! Must not know: anything of images, scores, files or windows. Standard library only.

mod cancel;
pub mod format;
pub mod paths;
mod problem;
mod progress;

pub use cancel::{CancelToken, Cancelled};
pub use problem::{Kind, Problem};
pub use progress::{Progress, ProgressSnapshot};

/// A running or finished job of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Tells fresh results from stale ones: a result carries the generation of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Generation(pub u64);

impl Generation {
    /// The generation after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
