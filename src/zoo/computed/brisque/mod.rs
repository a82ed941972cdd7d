//! Scorer `brisque`: natural-scene statistics as OpenCV's quality module computes them
//! (scorers.md §6; Mittal, Moorthy, Bovik: "No-Reference Image Quality Assessment in the Spatial
//! Domain", 2012). Other BRISQUE programs differ by up to 20 points and can't share its model.
//!
//! A picture at two sizes → 18 features each ([`features`]) → a support vector machine ([`Svr`]),
//! whose numbers come from OpenCV's two model files.
//!
//! Must not know: files, and where the model's come from.

#![expect(
    clippy::inline_always,
    reason = "what isn't inlined is compiled without its caller's processor features"
)]

mod aggd;
mod gray;
mod halved;
mod measure;
mod mscn;
mod parse;
mod rows;
mod spec;
mod svr;
#[cfg(test)]
mod tests;

pub use parse::{MAX_BYTES, ParseError, Reason};
pub use spec::spec;
pub use svr::Svr;

use std::sync::Arc;

use crate::domain::picture::{Orientation, Picture, Rgb};
use crate::domain::score::{ScorerSpec, Scores};
use crate::zoo::{Computed, ScoreError, check_shape};

/// Features of a picture: 18 at full size, then 18 at half size.
pub const FEATURES: usize = 36;

/// How unnatural a picture's local contrast is: 0 (best) to 100.
#[derive(Debug)]
pub struct Brisque {
    spec: ScorerSpec,
    model: Arc<Svr>,
}

impl Brisque {
    /// The scorer with OpenCV's model.
    pub fn new(model: Arc<Svr>) -> Self {
        let spec = spec();
        Self { spec, model }
    }
}

impl Computed for Brisque {
    fn spec(&self) -> &ScorerSpec {
        &self.spec
    }

    /// On the upright picture, as the original reads files; NaN where [`Svr::score`] is.
    fn score(&self, picture: &Picture) -> Result<Scores, ScoreError> {
        check_shape(picture)?;
        let features = if picture.orientation == Orientation::Upright {
            features(&picture.rgb)
        } else {
            features(&picture.rgb.clone().oriented(picture.orientation))
        };
        Ok(Scores {
            values: vec![f64::from(self.model.score(&features))],
            signature: None,
        })
    }
}

/// The features of an upright picture whose bytes fill `width × height` RGB pixels.
///
/// For each size: shape and variance of the normalised pixels, then shape, mean, left and right
/// variance of their products with the neighbour to the right, below, below right, above right.
/// NaN where there is nothing to fit: no positive or no negative values, no pixels at half size.
pub fn features(rgb: &Rgb) -> [f32; FEATURES] {
    let [full, half] = measure::measure(rgb).map(|scale| scale.features());
    std::array::from_fn(|i| {
        if i < full.len() {
            full[i]
        } else {
            half[i - full.len()]
        }
    })
}
