//! Scorers: what they are and, for the computed ones, how they compute.
//!
//! A computed scorer is one file (or folder) below `computed/` and one line in [`BUILT_IN`].
//!
//! Must not know: files, decoders, databases, threads, windows. A scorer sees one decoded picture.

pub mod arch;
pub mod checkpoint;
pub mod computed;
pub mod draft;
pub mod graph;
pub mod manifest;
pub mod preprocess;
pub mod prompts;
pub mod reading;
mod registry;
pub mod tokenizer;

pub use registry::{BUILT_IN, ON_REQUEST, Registry, Scorer, UnknownScorer, Work};

use crate::domain::picture::Picture;
use crate::domain::score::{ScorerSpec, Scores};

/// Why a scorer has no scores for a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// The picture breaks its own promise; nothing can be computed from it.
    #[error("the pixels don't fill the picture: {bytes} bytes for {width} × {height} RGB")]
    Shape {
        /// Width of the picture, in pixels.
        width: u32,
        /// Height of the picture, in pixels.
        height: u32,
        /// Bytes it holds.
        bytes: usize,
    },
}

/// A scorer in our own code, on pixels.
///
/// The same picture gives the same scores, bit for bit, on any thread and in any order.
pub trait Computed: Send + Sync {
    /// What it is and which columns it fills.
    fn spec(&self) -> &ScorerSpec;

    /// The scores of one picture: as many values as [`ScorerSpec::columns`].
    ///
    /// Fails only on a picture whose pixels don't match its size.
    fn score(&self, picture: &Picture) -> Result<Scores, ScoreError>;
}

/// Refuses pictures that are empty or whose bytes don't fill `width × height` RGB pixels.
fn check_shape(picture: &Picture) -> Result<(), ScoreError> {
    let rgb = &picture.rgb;
    let pixels = u64::from(rgb.width) * u64::from(rgb.height);
    if pixels > 0 && pixels.checked_mul(3) == Some(rgb.data.len() as u64) {
        return Ok(());
    }
    Err(ScoreError::Shape {
        width: rgb.width,
        height: rgb.height,
        bytes: rgb.data.len(),
    })
}
