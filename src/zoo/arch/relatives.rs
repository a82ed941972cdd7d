//! Networks that look like ours and are others: named, so that a refusal says what a file is.
//!
//! Must not know: how anything is built.

use super::{ArchError, RELATIVES, Weights, views};
use crate::zoo::checkpoint::Checkpoint;

/// A network that shares most of its tensors with one of ours.
#[derive(Debug)]
pub(super) struct Relative {
    /// Names of tensors, one of which it has.
    pub(super) landmarks: &'static [&'static str],
    /// What it is, if it is that: `a ConvNeXt of the first version`.
    pub(super) tell: fn(&Weights<'_>) -> Option<String>,
}

/// What a checkpoint is that Bandpass knows and can't build; none where it is no such network.
pub fn relative(checkpoint: &Checkpoint) -> Option<String> {
    let mut told = RELATIVES.iter().flat_map(|relative| {
        let views = views(checkpoint, relative.landmarks);
        views.filter_map(|view| (relative.tell)(&Weights::new(view)))
    });
    told.next()
}

/// Why a network could not be built from a checkpoint, and what that is, where it is known.
pub fn explain(checkpoint: &Checkpoint, error: &ArchError) -> String {
    relative(checkpoint).map_or_else(
        || error.to_string(),
        |what| format!("it is {what}: {error}"),
    )
}
