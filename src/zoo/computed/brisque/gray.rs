//! The grey picture that everything is measured on.
//!
//! Must not know: sizes other than the picture's own.

use super::rows::Rows;
use crate::domain::picture::Rgb;

/// Red, green and blue weights in 1/32768 (OpenCV's 8-bit `BGR2GRAY`).
const WEIGHTS: [u32; 3] = [9798, 19235, 3735];

/// Grey levels 0–255, `width` a row.
#[derive(Debug)]
pub(super) struct Gray {
    pub(super) width: usize,
    pub(super) height: usize,
    levels: Vec<u8>,
}

impl Gray {
    #[inline(always)]
    pub(super) fn of(rgb: &Rgb) -> Self {
        let mut levels = vec![0; rgb.data.len() / 3];
        for (&[r, g, b], level) in rgb.data.as_chunks::<3>().0.iter().zip(&mut levels) {
            let [r, g, b] = [r, g, b].map(u32::from);
            let sum = WEIGHTS[0] * r + WEIGHTS[1] * g + WEIGHTS[2] * b;
            *level = ((sum + (1 << 14)) >> 15) as u8;
        }
        Self {
            width: rgb.width as usize,
            height: rgb.height as usize,
            levels,
        }
    }

    /// One row of levels.
    #[inline(always)]
    pub(super) fn levels(&self, y: usize) -> &[u8] {
        &self.levels[y * self.width..][..self.width]
    }
}

/// A level as a float 0–1.
#[inline(always)]
pub(super) fn unit(level: u8) -> f32 {
    // The original multiplies: for many levels that isn't the float next to level / 255.
    f32::from(level) * (1.0 / 255.0)
}

impl Rows for &Gray {
    fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    #[inline(always)]
    fn next_row(&mut self, y: usize, row: &mut [f32]) {
        for (to, &level) in row.iter_mut().zip(self.levels(y)) {
            *to = unit(level);
        }
    }
}
