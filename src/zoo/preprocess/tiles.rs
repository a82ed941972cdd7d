//! Which parts of a picture become views of their own.
//!
//! Must not know: pixels, tensors.

use super::axis::Axis;
use super::fit::in_proportion;
use super::{BeforeTiles, Crop, Preprocess, Resampler, Rounding, Tiles};

/// One view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The picture as it is.
    Whole,
    /// A part of the picture: left and top, width and height, in pixels.
    Region([u32; 2], [u32; 2]),
    /// A part of the picture resized with one of Pillow's resamplers.
    Resized([Axis; 2], Resampler),
}

impl Preprocess {
    /// The views of a picture of this size in pixels; at least one.
    pub(super) fn cuts(&self, width: u32, height: u32) -> Vec<Cut> {
        match &self.tiles {
            Some(Tiles::FiveCrop {
                side,
                above,
                before,
            }) if width.min(height) > *above => five(*side, before.as_ref(), [width, height]),
            _ => vec![Cut::Whole],
        }
    }
}

/// City96's classifiers (`inference.py`) and Enferlain's embeddings both end in `five_crop`.
fn five(side: u32, before: Option<&BeforeTiles>, picture: [u32; 2]) -> Vec<Cut> {
    let longest = picture[0].max(picture[1]);
    let before = before.filter(|before| longest > before.above);
    let source = picture.map(u64::from);
    let size = before.map_or(source, |before| before.size(source));
    let margin = size.map(|length| length.saturating_sub(u64::from(side)));
    let [right, bottom] = margin;
    let centre = margin.map(|m| Crop::Torchvision.before(m));
    let corners = [[0, 0], [right, 0], [0, bottom], [right, bottom], centre];
    let cut = |[x, y]: [u64; 2]| match before {
        None => Cut::Region([x as u32, y as u32], [side, side]),
        Some(before) => {
            let axis = |i: usize, from: u64| Axis {
                from,
                n: side as usize,
                ..Axis::whole(source[i], size[i])
            };
            Cut::Resized([axis(0, x), axis(1, y)], before.resampler)
        }
    };
    corners.map(cut).to_vec()
}

impl BeforeTiles {
    /// The size to which a picture is resized.
    fn size(&self, picture: [u64; 2]) -> [u64; 2] {
        let shortest = u64::from(self.shortest);
        match self.rounding {
            Rounding::Down => in_proportion(picture, shortest),
            Rounding::Nearest => {
                let scale = shortest as f64 / picture[0].min(picture[1]) as f64;
                picture.map(|side| (side as f64 * scale).round_ties_even() as u64)
            }
        }
    }
}
