//! OpenCV's `warpAffine` on bytes, for a zoom around the picture's centre.
//!
//! OpenCV rounds places to 1/32 of a pixel and weights to integers, so the weights of one side are
//! 32 parts and the two sides stay apart (`imgwarp.cpp`). Only where a place lies on half of 1/1024
//! is OpenCV's rounding left to the noise of its solver; no width that 512 doesn't divide has such.
//!
//! Must not know: tensors, key points.

use super::view::View;
use super::{Placing, Preprocess};

/// How much larger than the picture the box around it is.
const PADDING: f64 = 1.25;

/// Fixed-point digits of a place within the row.
const PLACE_BITS: u32 = 10;
/// Digits of a place that remain for its weight.
const PART_BITS: u32 = 5;

/// A pixel and how many 32nds of the next one are mixed in.
type Tap = (i64, u32);

impl Placing {
    /// Width and height, in pixels, of the box around a picture of this size for a tensor of this
    /// size: what mmpose calls the scale.
    pub fn sides(self, picture: (u32, u32), [width, height]: [u32; 2]) -> [f64; 2] {
        let w = f64::from(picture.0) * PADDING;
        let h = f64::from(picture.1) * PADDING;
        let aspect = f64::from(width) / f64::from(height);
        match self {
            Self::WholeImage => [w, h],
            Self::FixedAspect if w > h * aspect => [w, w / aspect],
            Self::FixedAspect => [h * aspect, h],
        }
    }
}

impl Preprocess {
    /// The pixels of the size, RGB, row by row without gaps.
    pub(super) fn warp(&self, view: View<'_>) -> Vec<u8> {
        let [width, _] = self.placing.sides((view.width, view.height), self.size);
        let step = width / f64::from(self.size[0]);
        let taps = |side: u32, n: u32| taps(f64::from(side) / 2.0, step, n);
        let columns = taps(view.width, self.size[0]);
        let rows = taps(view.height, self.size[1]);
        let mut pixels = Vec::with_capacity(columns.len() * rows.len() * 3);
        for &(y, down) in &rows {
            for &(x, across) in &columns {
                let corners = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
                let corners = corners.map(|(x, y)| view.pixel(x, y).unwrap_or(self.pad));
                pixels.extend(mixed(corners, across, down));
            }
        }
        pixels
    }
}

/// The places of `n` pixels, `step` apart, around the centre of a side.
fn taps(centre: f64, step: f64, n: u32) -> Vec<Tap> {
    let digits = |place: f64| (place * f64::from(1 << PLACE_BITS)).round_ties_even() as i64;
    let half = 1 << (PLACE_BITS - PART_BITS - 1);
    let first = digits(centre - step * f64::from(n) / 2.0) + half;
    let tap = |i: u32| {
        let place = (first + digits(step * f64::from(i))) >> (PLACE_BITS - PART_BITS);
        let part = place & ((1 << PART_BITS) - 1);
        (place >> PART_BITS, part as u32)
    };
    (0..n).map(tap).collect()
}

/// Four neighbours, mixed by 32nds, rounded to the nearest.
fn mixed(corners: [[u8; 3]; 4], across: u32, down: u32) -> [u8; 3] {
    let one = 1 << PART_BITS;
    let mix = |a: u32, b: u32, part: u32| a * (one - part) + b * part;
    std::array::from_fn(|channel| {
        let [a, b, c, d] = corners.map(|pixel| u32::from(pixel[channel]));
        let sum = mix(mix(a, b, across), mix(c, d, across), down);
        ((sum + one * one / 2) >> (2 * PART_BITS)) as u8
    })
}
