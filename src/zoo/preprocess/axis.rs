//! How one side of a picture becomes one side of a tensor, and the weights for it.
//!
//! Must not know: pixels, the other side.

use super::Resampler;
use super::filter::Filter;
use super::stencil::{Stencil, Weight};

/// Fixed-point digits of Pillow's weights: 32 bits less 8 of a level and 2 to spare.
pub(super) const PILLOW_BITS: u32 = 22;
/// Fixed-point digits of OpenCV's bilinear weights on bytes.
const CV2_BITS: u32 = 11;

/// One side. A canvas of `canvas` pixels, of which the picture covers `source` from `offset` on, is
/// resized to `resized`; of that the `n` pixels from `from` on are wanted, and lie at `at` in the
/// tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) canvas: u64,
    pub(super) offset: u64,
    pub(super) source: u64,
    pub(super) resized: u64,
    pub(super) from: u64,
    pub(super) n: usize,
    pub(super) at: usize,
}

/// Which of the two passes weights are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Across,
    Down,
}

impl Axis {
    /// A whole side to another length.
    pub(super) fn whole(source: u64, resized: u64) -> Self {
        Self {
            canvas: source,
            offset: 0,
            source,
            resized,
            from: 0,
            n: resized as usize,
            at: 0,
        }
    }

    /// Whether pixels stay as they are: every resampler then gives back what it gets.
    pub(super) fn keeps_size(&self) -> bool {
        self.canvas == self.source && self.source == self.resized
    }

    /// The wanted pixels of the resized canvas.
    fn wanted(&self) -> std::ops::Range<u64> {
        self.from..self.from + self.n as u64
    }

    /// Pillow's weights: normalised in binary64, then rounded to fixed point
    /// (`precompute_coeffs`, `normalize_coeffs_8bpc`).
    pub(super) fn pillow(&self, resampler: Resampler) -> Stencil<i32> {
        if resampler == Resampler::Nearest {
            return self.nearest();
        }
        let filter = Filter::of(resampler);
        let scale = self.canvas as f64 / self.resized as f64;
        let stretch = scale.max(1.0);
        let support = filter.support * stretch;
        let mut stencil = Stencil::new(self);
        let mut weights = Vec::new();
        for i in self.wanted() {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - support + 0.5).max(0.0) as u64;
            let end = ((centre + support + 0.5) as u64).min(self.canvas);
            weights.clear();
            weights.extend((first..end).map(|j| {
                let x = (j as f64 - centre + 0.5) * (1.0 / stretch);
                (filter.weight)(x)
            }));
            let sum: f64 = weights.iter().sum();
            let divisor = if sum == 0.0 { 1.0 } else { sum };
            stencil.push(first as i64, weights.iter().map(|w| fixed(w / divisor)));
        }
        stencil
    }

    /// Pillow's nearest pixel; it adds up steps, so that rounding errors do too (`Geometry.c`).
    fn nearest(&self) -> Stencil<i32> {
        let step = self.canvas as f64 / self.resized as f64;
        let mut x = step * 0.5;
        let mut stencil = Stencil::new(self);
        for i in 0..self.wanted().end {
            if i >= self.from {
                let pixel = (x as u64).min(self.canvas - 1);
                stencil.push(pixel as i64, [1 << PILLOW_BITS]);
            }
            x += step;
        }
        stencil
    }

    /// PyTorch's antialiased bilinear weights in binary32 (`UpSampleKernel.cpp`).
    pub(super) fn torch(&self) -> Stencil<f32> {
        let scale = self.canvas as f32 / self.resized as f32;
        let support = scale.max(1.0);
        let shrink = if scale >= 1.0 { 1.0 / scale } else { 1.0 };
        let longest = support.ceil() as u64 * 2 + 1;
        let mut stencil = Stencil::new(self);
        let mut weights = Vec::new();
        for i in self.wanted() {
            // Upstream adds its binary64 halves before the result is cut to binary32.
            let centre = (f64::from(scale) * (i as f64 + 0.5)) as f32;
            let near = f64::from(centre - support) + 0.5;
            let first = near.max(0.0) as u64;
            let end = ((f64::from(centre + support) + 0.5) as u64).min(self.canvas);
            let end = end.min(first + longest);
            weights.clear();
            weights.extend((first..end).map(|j| {
                let x = ((j as f32 - centre) as f64 + 0.5) * f64::from(shrink);
                1.0 - (x as f32).abs().min(1.0)
            }));
            let sum = weights.iter().fold(0.0_f32, |sum, w| sum + w);
            let divisor = if sum == 0.0 { 1.0 } else { sum };
            stencil.push(first as i64, weights.iter().map(|w| w / divisor));
        }
        stencil
    }

    /// OpenCV's bilinear weights as integers of 11 digits (`resize.cpp`).
    pub(super) fn cv2_fixed(&self, pass: Pass) -> Stencil<i32> {
        let one = (1 << CV2_BITS) as f32;
        self.cv2(pass, |weight| (weight * one).round_ties_even() as i32)
    }

    /// OpenCV's bilinear weights on floats.
    pub(super) fn cv2_float(&self, pass: Pass) -> Stencil<f32> {
        self.cv2(pass, |weight| weight)
    }

    /// Two neighbours each. Beyond the edge, a column counts once, a row twice with both weights.
    fn cv2<W: Weight>(&self, pass: Pass, weight: impl Fn(f32) -> W) -> Stencil<W> {
        let scale = 1.0 / (self.resized as f64 / self.canvas as f64);
        let mut stencil = Stencil::new(self);
        for i in self.wanted() {
            let x = ((i as f64 + 0.5) * scale - 0.5) as f32;
            let (first, part) = (x.floor() as i64, x - x.floor());
            let last = self.canvas as i64 - 1;
            if pass == Pass::Across && !(0..last).contains(&first) {
                stencil.push(first.clamp(0, last), [weight(1.0)]);
            } else {
                stencil.push(first, [weight(1.0 - part), weight(part)]);
            }
        }
        stencil
    }

    /// Pairs of neighbours, each with the same weight: half the length.
    pub(super) fn pairs<W: Weight>(&self, weight: W) -> Stencil<W> {
        let mut stencil = Stencil::new(self);
        for i in self.wanted() {
            stencil.push(2 * i as i64, [weight, weight]);
        }
        stencil
    }
}

/// Away from zero at the half, as Pillow rounds.
fn fixed(weight: f64) -> i32 {
    (weight * f64::from(1 << PILLOW_BITS) + 0.5_f64.copysign(weight)) as i32
}
