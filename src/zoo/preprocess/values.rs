//! From resized pixels to the numbers of a tensor, each in its place.
//!
//! `((level · scale) − mean) / std`: the product in binary64 and rounded once, the rest in binary32,
//! as transformers computes it. For 1/255 the product equals torch's binary32 `level / 255`
//! for every level, so that torchvision's `ToTensor` and `Normalize` come out the same.
//!
//! Must not know: interpolation, how pictures are fitted.

use super::view::View;
use super::{Channels, Layout, Preprocess};

/// All levels, scaled.
pub(super) type Levels = [f32; 256];

/// The 256 levels times the scale.
pub(super) fn scaled(scale: f64) -> Levels {
    std::array::from_fn(|level| (level as f64 * scale) as f32)
}

/// Writes a block of pixels into a tensor.
pub(super) struct Writer<'p> {
    spec: &'p Preprocess,
    /// Left and top of the block in the tensor.
    at: [usize; 2],
    /// Width and height of the block.
    size: [usize; 2],
}

impl<'p> Writer<'p> {
    pub(super) fn new(spec: &'p Preprocess, at: [usize; 2], size: [usize; 2]) -> Self {
        Self { spec, at, size }
    }

    /// Fills what the block doesn't cover, if anything.
    pub(super) fn fill_border(&self, colour: [u8; 3], tensor: &mut [f32]) {
        if self.size == self.spec.size.map(|side| side as usize) {
            return;
        }
        let levels = scaled(self.spec.scale);
        let value = |channel: usize| {
            let level = colour[self.source(channel)];
            self.normalised(channel, levels[usize::from(level)])
        };
        let values = [value(0), value(1), value(2)];
        match self.spec.layout {
            Layout::Nchw => {
                let plane = tensor.len() / 3;
                for (channel, plane) in tensor.chunks_exact_mut(plane).enumerate() {
                    plane.fill(values[channel]);
                }
            }
            Layout::Nhwc => {
                for pixel in tensor.chunks_exact_mut(3) {
                    pixel.copy_from_slice(&values);
                }
            }
        }
    }

    /// Writes RGB bytes, row by row without gaps.
    pub(super) fn bytes(&self, pixels: &[u8], tensor: &mut [f32]) {
        self.part(View::of(pixels, self.size), tensor);
    }

    /// Writes the bytes of a view of the block's size.
    pub(super) fn part(&self, view: View<'_>, tensor: &mut [f32]) {
        let levels = scaled(self.spec.scale);
        let tables: [Levels; 3] =
            std::array::from_fn(|channel| levels.map(|level| self.normalised(channel, level)));
        self.place(view.lines(), tensor, |channel, level| {
            tables[channel][usize::from(level)]
        });
    }

    /// Writes scaled RGB floats, row by row without gaps.
    pub(super) fn floats(&self, pixels: &[f32], tensor: &mut [f32]) {
        let lines = pixels.chunks_exact(self.size[0] * 3);
        self.place(lines, tensor, |channel, level| {
            self.normalised(channel, level)
        });
    }

    fn normalised(&self, channel: usize, level: f32) -> f32 {
        (level - self.spec.mean[channel] as f32) / self.spec.std[channel] as f32
    }

    /// Which of red, green and blue a channel of the tensor holds.
    fn source(&self, channel: usize) -> usize {
        match self.spec.channels {
            Channels::Rgb => channel,
            Channels::Bgr => 2 - channel,
        }
    }

    fn place<'a, T: Copy + 'a>(
        &self,
        lines: impl Iterator<Item = &'a [T]>,
        tensor: &mut [f32],
        value: impl Fn(usize, T) -> f32,
    ) {
        let [width, height] = self.spec.size.map(|side| side as usize);
        // Steps from column to column, row to row and channel to channel.
        let (column, row, plane) = match self.spec.layout {
            Layout::Nchw => (1, width, width * height),
            Layout::Nhwc => (3, width * 3, 1),
        };
        for (y, line) in lines.enumerate() {
            for channel in 0..3 {
                let start = channel * plane + (y + self.at[1]) * row + self.at[0] * column;
                let levels = line[self.source(channel)..].iter().step_by(3);
                let places = tensor[start..].iter_mut().step_by(column);
                for (place, &level) in places.zip(levels) {
                    *place = value(channel, level);
                }
            }
        }
    }
}
