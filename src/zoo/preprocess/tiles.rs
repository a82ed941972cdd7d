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
    /// Views of a picture that is large enough to be cut; at least 1.
    pub fn max_views(&self) -> usize {
        let n = match &self.tiles {
            None => 1,
            Some(Tiles::FiveCrop { .. }) => 5,
            Some(Tiles::Grid { n, .. }) => (*n as usize).saturating_pow(2),
            Some(Tiles::Random { n, .. }) => *n as usize,
        };
        n.max(1)
    }

    /// Views of nearly every picture. Five tiles are for large ones, so that many have one view.
    pub fn usual_views(&self) -> usize {
        match &self.tiles {
            Some(Tiles::FiveCrop { .. }) => 1,
            _ => self.max_views(),
        }
    }

    /// The size to which every picture is squashed before it is cut.
    pub(super) fn squash(&self) -> Option<[u32; 2]> {
        match self.tiles {
            Some(Tiles::Grid { squash, .. } | Tiles::Random { squash, .. }) => squash,
            _ => None,
        }
    }

    /// The views of a picture of this size in pixels, of the squashed one where it is squashed; at
    /// least one.
    pub(super) fn cuts(&self, width: u32, height: u32) -> Vec<Cut> {
        let [width, height] = self.squash().unwrap_or([width, height]);
        match &self.tiles {
            Some(Tiles::FiveCrop {
                side,
                above,
                before,
            }) if width.min(height) > *above => five(*side, before.as_ref(), [width, height]),
            Some(Tiles::Grid { n, side, .. }) if width.min(height) >= *side => {
                grid(u64::from(*n), *side, [width, height])
            }
            Some(Tiles::Random { n, side, seed, .. }) if width.min(height) >= *side => {
                random(*n, *side, *seed, [width, height])
            }
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

/// `n` × `n` squares, row by row, as the fixtures of hyperIQA lay them; the picture is no smaller
/// than a square.
fn grid(n: u64, side: u32, picture: [u32; 2]) -> Vec<Cut> {
    let margin = picture.map(|length| u64::from(length - side));
    let at = |i: u64, margin: u64| (i * margin / (n - 1)) as u32;
    (0..n * n)
        .map(|i| [at(i % n, margin[0]), at(i / n, margin[1])])
        .map(|corner| Cut::Region(corner, [side; 2]))
        .collect()
}

/// `n` squares by chance; the picture is no smaller than a square.
///
/// Places come from the seed, the width and the height alone: numbers of SplitMix64, for each square
/// the row first, as torchvision draws them, brought into range by a product of 128 bits.
fn random(n: u32, side: u32, seed: u64, picture: [u32; 2]) -> Vec<Cut> {
    let mut state = picture.iter().fold(seed, |mut state, &length| {
        split_mix(&mut state) ^ u64::from(length)
    });
    let mut draw = |length: u32| {
        let places = u128::from(length - side) + 1;
        ((u128::from(split_mix(&mut state)) * places) >> 64) as u32
    };
    (0..n)
        .map(|_| {
            let y = draw(picture[1]);
            Cut::Region([draw(picture[0]), y], [side; 2])
        })
        .collect()
}

/// The next number of the generator (Steele, Lea and Flood 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
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
