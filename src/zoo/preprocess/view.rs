//! Borrowed pixels.
//!
//! Must not know: interpolation, tensors.

use std::ops::Range;

use super::PreprocessError;
use crate::domain::picture::Rgb;

/// RGB pixels of a picture or of a part of one.
#[derive(Clone, Copy)]
pub(super) struct View<'p> {
    data: &'p [u8],
    /// Bytes from row to row.
    stride: usize,
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
}

impl<'p> View<'p> {
    /// A whole picture, if its bytes fill it.
    pub(super) fn new(picture: &'p Rgb) -> Result<Self, PreprocessError> {
        let (width, height) = (picture.width, picture.height);
        let bytes = picture.data.len();
        let pixels = u64::from(width) * u64::from(height);
        if pixels == 0 || pixels.checked_mul(3) != Some(bytes as u64) {
            return Err(PreprocessError::Shape {
                width,
                height,
                bytes,
            });
        }
        Ok(Self::of(&picture.data, [width as usize, height as usize]))
    }

    /// Pixels without gaps between the rows.
    pub(super) fn of(data: &'p [u8], [width, height]: [usize; 2]) -> Self {
        Self {
            data,
            stride: width * 3,
            width: width as u32,
            height: height as u32,
        }
    }

    /// A part, which must lie inside.
    pub(super) fn region(self, [x, y]: [u32; 2], [width, height]: [u32; 2]) -> Self {
        let start = y as usize * self.stride + x as usize * 3;
        Self {
            data: &self.data[start..],
            width,
            height,
            ..self
        }
    }

    /// Its rows, top to bottom.
    pub(super) fn lines(self) -> impl Iterator<Item = &'p [u8]> {
        let rows = self.data.chunks(self.stride).take(self.height as usize);
        rows.map(move |row| &row[..self.width as usize * 3])
    }

    /// A pixel; none outside.
    pub(super) fn pixel(self, x: i64, y: i64) -> Option<[u8; 3]> {
        let inside = x >= 0 && y >= 0 && x < i64::from(self.width) && y < i64::from(self.height);
        inside.then(|| {
            let start = y as usize * self.stride + x as usize * 3;
            [0, 1, 2].map(|channel| self.data[start + channel])
        })
    }

    /// Whether both sides become exactly half as long.
    pub(super) fn halves_to(self, [width, height]: [u64; 2]) -> bool {
        u64::from(self.width) == 2 * width && u64::from(self.height) == 2 * height
    }

    /// `N` rows from `y` on, within `columns`; rows beyond an edge repeat it.
    #[inline]
    pub(super) fn rows<const N: usize>(self, y: i64, columns: &Range<i64>) -> [&'p [u8]; N] {
        std::array::from_fn(|i| {
            let y = (y + i as i64).clamp(0, i64::from(self.height) - 1) as usize;
            let start = y * self.stride;
            &self.data[start + columns.start as usize * 3..start + columns.end as usize * 3]
        })
    }
}
