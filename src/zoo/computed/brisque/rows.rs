//! Pictures that come a row at a time.
//!
//! Must not know: where the rows come from.

/// A picture of floats whose rows are asked for once each, from top to bottom.
pub(super) trait Rows {
    /// Width and height.
    fn size(&self) -> (usize, usize);

    /// Writes row `y`; `row` is as long as the picture is wide.
    fn next_row(&mut self, y: usize, row: &mut [f32]);
}

/// The last `N` rows of a picture, or of something computed from its rows.
#[derive(Debug)]
pub(super) struct Ring<const N: usize> {
    rows: [Vec<f32>; N],
}

impl<const N: usize> Ring<N> {
    /// Rows of `len` zeros.
    pub(super) fn new(len: usize) -> Self {
        Self {
            rows: std::array::from_fn(|_| vec![0.0; len]),
        }
    }

    /// The place of row `y`, to be written.
    #[inline(always)]
    pub(super) fn slot(&mut self, y: usize) -> &mut [f32] {
        &mut self.rows[y % N]
    }

    /// Row `y`, one of the last `N` written.
    #[inline(always)]
    pub(super) fn row(&self, y: usize) -> &[f32] {
        &self.rows[y % N]
    }
}
