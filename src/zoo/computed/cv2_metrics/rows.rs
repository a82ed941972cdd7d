//! Three grey rows of a picture at a time, with borders as each operator wants them.
//!
//! Must not know: what is computed from them.

use super::gray::gray_row;

/// What lies outside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Border {
    /// The picture mirrored at its outermost pixels, which are not repeated.
    Reflect,
    /// The outermost pixels again.
    Replicate,
    /// Zeros.
    Zero,
}

/// The last three grey rows, each with one pixel of border at either end.
#[derive(Debug)]
pub(super) struct GrayRows {
    width: usize,
    ring: [Vec<i16>; 3],
    zeros: Vec<i16>,
}

impl GrayRows {
    /// For a picture of that width in pixels.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            ring: std::array::from_fn(|_| vec![0; width + 2]),
            zeros: vec![0; width + 2],
        }
    }

    /// Takes row `y`, replacing row `y − 3`; its grey levels.
    pub(super) fn push(&mut self, y: usize, rgb: &[u8]) -> &[i16] {
        let row = &mut self.ring[y % 3][1..=self.width];
        gray_row(rgb, row);
        row
    }

    /// Rows `y − 1`, `y` and `y + 1` of a picture with `height` rows, as the border rule has them.
    pub(super) fn around(&mut self, y: usize, height: usize, border: Border) -> [&[i16]; 3] {
        for row in &mut self.ring {
            pad(row, border);
        }
        let row = |y: usize| self.ring[y % 3].as_slice();
        let outside = |reflected: usize| match border {
            Border::Reflect => row(reflected),
            Border::Replicate => row(y),
            Border::Zero => self.zeros.as_slice(),
        };
        let (first, last) = (y == 0, y + 1 == height);
        let above = if first {
            outside(1.min(height - 1))
        } else {
            row(y - 1)
        };
        let below = if last {
            outside(y.saturating_sub(1))
        } else {
            row(y + 1)
        };
        [above, row(y), below]
    }
}

fn pad(row: &mut [i16], border: Border) {
    let last = row.len() - 1;
    let (left, right) = match border {
        Border::Reflect if last > 2 => (row[2], row[last - 2]),
        Border::Reflect | Border::Replicate => (row[1], row[last - 1]),
        Border::Zero => (0, 0),
    };
    row[0] = left;
    row[last] = right;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows around `y` of a picture whose grey levels are `10 · row + column`.
    fn around(width: usize, height: usize, y: usize, border: Border) -> [Vec<i16>; 3] {
        let mut rows = GrayRows::new(width);
        for next in 0..height.min(y + 2) {
            let pixels: Vec<u8> = (0..width)
                .flat_map(|x| [(10 * next + x) as u8; 3])
                .collect();
            rows.push(next, &pixels);
        }
        rows.around(y, height, border).map(<[i16]>::to_vec)
    }

    #[test]
    fn borders_at_a_corner() {
        let cases = [
            (
                Border::Reflect,
                [[11, 10, 11, 12, 11], [1, 0, 1, 2, 1], [11, 10, 11, 12, 11]],
            ),
            (
                Border::Replicate,
                [[0, 0, 1, 2, 2], [0, 0, 1, 2, 2], [10, 10, 11, 12, 12]],
            ),
            (
                Border::Zero,
                [[0, 0, 0, 0, 0], [0, 0, 1, 2, 0], [0, 10, 11, 12, 0]],
            ),
        ];
        for (border, expected) in cases {
            assert_eq!(
                around(3, 4, 0, border),
                expected.map(Vec::from),
                "{border:?}"
            );
        }
    }

    #[test]
    fn a_single_pixel_reflects_onto_itself() {
        assert_eq!(around(1, 1, 0, Border::Reflect), [[0; 3]; 3].map(Vec::from));
        assert_eq!(
            around(1, 2, 1, Border::Reflect),
            [[0; 3], [10; 3], [0; 3]].map(Vec::from)
        );
    }

    #[test]
    fn the_last_row_has_the_border_below() {
        let [above, _, below] = around(3, 4, 3, Border::Reflect);
        assert_eq!(above, below);
        assert_eq!(around(3, 4, 3, Border::Zero)[2], [0; 5]);
    }
}
