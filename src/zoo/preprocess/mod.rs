//! From a decoded picture to the tensor that a network sees, as the network's own program does it.
//!
//! A picture is cut ([`Tiles`], mostly not at all), brought to size ([`Fit`], [`Resampler`]) and
//! turned into numbers (scale, mean, deviation). Only the pixels that survive a crop are computed.
//!
//! Must not know: files, decoders, networks, threads.

mod arithmetic;
mod axis;
mod check;
mod filter;
mod fit;
mod look;
mod resample;
mod simd;
mod spec;
mod stencil;
#[cfg(test)]
mod tests;
mod tiles;
mod turn;
mod usual;
mod values;
mod view;
mod warp;

pub use look::Look;
pub use spec::{
    Alpha, BeforeTiles, Channels, Crop, Exif, Fit, Layout, Placing, Position, Preprocess,
    Resampler, Rounding, Tiles,
};
pub use usual::Values;

use crate::domain::picture::Rgb;
use arithmetic::{Area, Exact, Fixed, Float, Fused, Separate};
use axis::{Axis, Pass};
use resample::resample;
use tiles::Cut;
use values::Writer;
use view::View;

/// Why a picture has no tensor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PreprocessError {
    /// The picture breaks its own promise.
    #[error("the pixels don't fill the picture: {bytes} bytes for {width} × {height} RGB")]
    Shape {
        /// Width of the picture, in pixels.
        width: u32,
        /// Height of the picture, in pixels.
        height: u32,
        /// Bytes it holds.
        bytes: usize,
    },
    /// The caller's buffer is not `n_views × n_values` long.
    #[error("the buffer holds {given} values where {needed} are needed")]
    Buffer {
        /// Values that fit.
        given: usize,
        /// Values that are needed.
        needed: usize,
    },
}

impl Preprocess {
    /// Values of one tensor: 3 · height · width.
    pub fn n_values(&self) -> usize {
        self.shape().iter().product()
    }

    /// Shape of one tensor: `[3, height, width]`, or `[height, width, 3]` for [`Layout::Nhwc`].
    pub fn shape(&self) -> [usize; 3] {
        let [width, height] = self.size.map(|side| side as usize);
        match self.layout {
            Layout::Nchw => [3, height, width],
            Layout::Nhwc => [height, width, 3],
        }
    }

    /// Tensors that a picture of this size in pixels gives: 1, or the number of its tiles.
    pub fn n_views(&self, width: u32, height: u32) -> usize {
        self.cuts(width, height).len()
    }

    /// A number that is the same for equal preprocessings, today and tomorrow, and for no others.
    ///
    /// Pictures are preprocessed once for all networks that share it.
    pub fn fingerprint(&self) -> u64 {
        let hash = blake3::hash(format!("{self:?}").as_bytes());
        hash.as_bytes()[..8]
            .iter()
            .fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    /// Writes the tensors of a picture one after another into `out`, which holds exactly
    /// [`n_views`](Self::n_views) · [`n_values`](Self::n_values) values.
    ///
    /// All values are finite. The preprocessing must have passed [`check`](Self::check).
    pub fn apply(&self, picture: &Rgb, out: &mut [f32]) -> Result<(), PreprocessError> {
        let whole = View::new(picture)?;
        let cuts = self.cuts(picture.width, picture.height);
        let needed = cuts.len() * self.n_values();
        if out.len() != needed {
            let given = out.len();
            return Err(PreprocessError::Buffer { given, needed });
        }
        let squashed = self.squash().map(|size| (squashed(whole, size), size));
        let whole = squashed.as_ref().map_or(whole, |(pixels, size)| {
            View::of(pixels, size.map(|side| side as usize))
        });
        for (cut, tensor) in cuts.iter().zip(out.chunks_exact_mut(self.n_values())) {
            self.write_cut(whole, cut, tensor);
        }
        Ok(())
    }

    fn write_cut(&self, whole: View<'_>, cut: &Cut, tensor: &mut [f32]) {
        match cut {
            Cut::Whole => self.write(whole, tensor),
            Cut::Region([x, y], [width, height]) => {
                self.write(whole.region([*x, *y], [*width, *height]), tensor);
            }
            Cut::Resized(axes, filter) => {
                let [x, y] = axes.map(|axis| axis.pillow(*filter));
                let pixels = resample(&Exact, whole, [&x, &y], [0; 3]);
                self.write(View::of(&pixels, axes.map(|axis| axis.n)), tensor);
            }
        }
    }

    /// One tensor of one view.
    fn write(&self, view: View<'_>, tensor: &mut [f32]) {
        let Some([x, y]) = &self.axes(view.width, view.height) else {
            let size = self.size.map(|side| side as usize);
            return Writer::new(self, [0; 2], size).bytes(&self.warp(view), tensor);
        };
        let writer = Writer::new(self, [x.at, y.at], [x.n, y.n]);
        writer.fill_border(self.pad, tensor);
        if x.keeps_size() && y.keeps_size() {
            let (corner, size) = ([x.from, y.from], [x.n, y.n]);
            let part = view.region(corner.map(|at| at as u32), size.map(|n| n as u32));
            return writer.part(part, tensor);
        }
        let (size, pad) = ([x.resized, y.resized], self.pad);
        match self.resampler {
            Resampler::Cv2Bilinear if view.halves_to(size) => {
                let axes = [&x.pairs(1), &y.pairs(1)];
                writer.bytes(&resample(&Area, view, axes, pad), tensor);
            }
            Resampler::Cv2Bilinear => {
                let axes = [&x.cv2_fixed(Pass::Across), &y.cv2_fixed(Pass::Down)];
                writer.bytes(&resample(&Fixed, view, axes, pad), tensor);
            }
            Resampler::Cv2BilinearFloat => {
                let levels = Float::<Separate>::new(self.scale);
                let axes = if view.halves_to(size) {
                    [x.pairs(0.5), y.pairs(0.5)]
                } else {
                    [x.cv2_float(Pass::Across), y.cv2_float(Pass::Down)]
                };
                writer.floats(&resample(&levels, view, [&axes[0], &axes[1]], pad), tensor);
            }
            Resampler::TorchBilinear => {
                let levels = Float::<Fused>::new(self.scale);
                let axes = [&x.torch(), &y.torch()];
                writer.floats(&resample(&levels, view, axes, pad), tensor);
            }
            pillow => {
                let axes = [&x.pillow(pillow), &y.pillow(pillow)];
                writer.bytes(&resample(&Exact, view, axes, pad), tensor);
            }
        }
    }
}

/// The pixels of a picture squashed to this width and height by Pillow's bilinear.
fn squashed(whole: View<'_>, size: [u32; 2]) -> Vec<u8> {
    let axis = |source: u32, resized: u32| {
        Axis::whole(source.into(), resized.into()).pillow(Resampler::Bilinear)
    };
    let (x, y) = (axis(whole.width, size[0]), axis(whole.height, size[1]));
    resample(&Exact, whole, [&x, &y], [0; 3])
}
