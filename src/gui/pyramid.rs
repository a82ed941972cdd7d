//! A picture at full size and at halved sizes, so that any zoom draws from about as many pixels as
//! the screen has.
//!
//! Must not know: windows, textures.

use std::sync::Arc;

use crate::domain::picture::Rgb;

/// Longest edge at which halving stops.
const SMALLEST: u32 = 512;

/// Level 0 is the picture; each further level has half the edges.
#[derive(Debug, Clone)]
pub(super) struct Pyramid {
    levels: Vec<Arc<Rgb>>,
}

impl Pyramid {
    /// Halves the picture until it is small. Takes some 5 ms a megapixel.
    pub(super) fn new(picture: Arc<Rgb>) -> Self {
        let mut levels = vec![picture];
        while let Some(last) = levels.last()
            && last.width.max(last.height) > SMALLEST
        {
            levels.push(Arc::new(halved(last)));
        }
        Self { levels }
    }

    /// Width and height of the picture, pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        self.level(0).map_or((1, 1), |rgb| (rgb.width, rgb.height))
    }

    /// The pixels of a level.
    pub(super) fn level(&self, level: usize) -> Option<&Arc<Rgb>> {
        self.levels.get(level)
    }

    /// The smallest level that still has a pixel for each screen pixel, when one pixel of the
    /// picture covers `scale` screen pixels.
    pub(super) fn level_for(&self, scale: f32) -> usize {
        let wanted = (1.0 / scale.max(f32::MIN_POSITIVE)).log2().floor().max(0.0);
        (wanted as usize).min(self.levels.len() - 1)
    }
}

/// Each pixel the mean of 2×2; an odd last row or column is repeated.
fn halved(rgb: &Rgb) -> Rgb {
    let (w, h) = (rgb.width as usize, rgb.height as usize);
    let (out_w, out_h) = (w.div_ceil(2), h.div_ceil(2));
    let mut data = Vec::with_capacity(out_w * out_h * 3);
    let row_of = |y: usize| {
        let start = y.min(h - 1) * w * 3;
        rgb.data.get(start..start + w * 3).unwrap_or_default()
    };
    for y in 0..out_h {
        let (upper, lower) = (row_of(2 * y), row_of(2 * y + 1));
        for (a, b) in upper.chunks(6).zip(lower.chunks(6)) {
            for channel in 0..3 {
                let right = if a.len() == 6 { channel + 3 } else { channel };
                let at = |row: &[u8], i: usize| u16::from(row.get(i).copied().unwrap_or(0));
                let sum = at(a, channel) + at(a, right) + at(b, channel) + at(b, right);
                data.push(((sum + 2) / 4) as u8);
            }
        }
    }
    Rgb {
        width: out_w as u32,
        height: out_h as u32,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_averages_and_repeats_odd_edges() {
        let rgb = Rgb {
            width: 3,
            height: 1,
            data: vec![10, 0, 0, 20, 0, 0, 40, 7, 0],
        };
        let half = halved(&rgb);
        assert_eq!((half.width, half.height), (2, 1));
        assert_eq!(half.data, [15, 0, 0, 40, 7, 0]);
    }

    #[test]
    fn levels_fit_the_zoom() {
        let rgb = Rgb {
            width: 4000,
            height: 16,
            data: vec![9; 4000 * 16 * 3],
        };
        let pyramid = Pyramid::new(Arc::new(rgb));
        let widths: Vec<u32> = pyramid.levels.iter().map(|rgb| rgb.width).collect();
        assert_eq!(widths, [4000, 2000, 1000, 500]);
        for (scale, level) in [
            (2.0, 0),
            (1.0, 0),
            (0.6, 0),
            (0.5, 1),
            (0.3, 1),
            (0.1, 3),
            (0.001, 3),
        ] {
            assert_eq!(pyramid.level_for(scale), level, "at {scale}");
        }
    }
}
