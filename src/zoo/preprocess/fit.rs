//! Where each part of a picture comes to lie in the tensor.
//!
//! Must not know: pixels, interpolation.

use super::axis::Axis;
use super::{Crop, Fit, Position, Preprocess};

impl Preprocess {
    /// How the two sides of a picture of this size in pixels become those of the tensor; none where
    /// it is warped.
    pub(super) fn axes(&self, width: u32, height: u32) -> Option<[Axis; 2]> {
        let picture = [width, height].map(u64::from);
        let size = self.size.map(u64::from);
        let axes = match self.fit {
            Fit::Squash => {
                let resized = size.map(|side| self.resize.map_or(side, u64::from));
                each(|i| self.cropped(picture[i], resized[i], size[i]))
            }
            Fit::ShortestSide => {
                let shortest = self.resize.map_or(size[0].max(size[1]), u64::from);
                let resized = in_proportion(picture, shortest);
                each(|i| self.cropped(picture[i], resized[i], size[i]))
            }
            Fit::Letterbox => {
                let inner = within(picture, size);
                each(|i| Axis {
                    at: self.border_before(size[i] - inner[i]) as usize,
                    ..Axis::whole(picture[i], inner[i])
                })
            }
            Fit::PadSquare => {
                let canvas = picture[0].max(picture[1]);
                each(|i| Axis {
                    canvas,
                    offset: self.border_before(canvas - picture[i]),
                    source: picture[i],
                    ..Axis::whole(canvas, size[i])
                })
            }
            Fit::Warp => return None,
        };
        Some(axes)
    }

    fn cropped(&self, source: u64, resized: u64, size: u64) -> Axis {
        Axis {
            from: self.crop.before(resized - size),
            n: size as usize,
            ..Axis::whole(source, resized)
        }
    }

    fn border_before(&self, border: u64) -> u64 {
        match self.position {
            Position::Centre => border / 2,
            Position::TopLeft => 0,
        }
    }
}

impl Crop {
    /// What is cut off before the centre when `margin` pixels are too many.
    pub(super) fn before(self, margin: u64) -> u64 {
        match self {
            Self::Transformers => margin / 2,
            Self::Torchvision => (margin as f64 / 2.0).round_ties_even() as u64,
        }
    }
}

fn each<T>(of: impl Fn(usize) -> T) -> [T; 2] {
    [of(0), of(1)]
}

/// The shortest side becomes `shortest`, the other keeps its proportion, rounded down.
pub(super) fn in_proportion(picture: [u64; 2], shortest: u64) -> [u64; 2] {
    let short = picture[0].min(picture[1]).max(1);
    picture.map(|side| shortest * side / short)
}

/// The largest size in proportion that fits, rounded down, at least 1.
fn within(picture: [u64; 2], size: [u64; 2]) -> [u64; 2] {
    let [width, height] = picture;
    if size[0] * height <= size[1] * width {
        [size[0], (size[0] * height / width).max(1)]
    } else {
        [(size[1] * width / height).max(1), size[1]]
    }
}
