//! Canny edges, thresholds 100 and 200, as OpenCV finds them (3×3 Sobel, L1 norm).
//!
//! Rows stream through; only one byte a pixel is kept, for [`super::hysteresis`].
//!
//! Must not know: the border rule of the grey rows; they come padded.

use super::hysteresis::EdgeMap;

/// Gradients above this may be part of an edge.
const LOW: i16 = 100;
/// Gradients above this are an edge.
const HIGH: i16 = 200;
/// tan 22.5° in 1/32768, as OpenCV rounds it.
const TAN_22: u32 = 13573;

/// The edge detector, fed row by row from the top.
#[derive(Debug)]
pub(super) struct Canny {
    width: usize,
    /// Rows seen so far.
    rows: usize,
    /// Gradient strengths of the last three rows, with a zero at either end.
    strengths: [Vec<i16>; 3],
    /// Gradient directions of the last two rows.
    directions: [Directions; 2],
    map: EdgeMap,
}

/// The sectors of the gradients of a row, as two masks of 0 or -1 a pixel: even and straight is
/// left to right, odd and straight is up and down, even and slanted is falling to the right, odd and
/// slanted is rising.
#[derive(Debug)]
struct Directions {
    odd: Vec<i16>,
    slanted: Vec<i16>,
}

impl Canny {
    /// For a picture of that size in pixels.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            rows: 0,
            strengths: std::array::from_fn(|_| vec![0; width + 2]),
            directions: std::array::from_fn(|_| Directions {
                odd: vec![0; width],
                slanted: vec![0; width],
            }),
            map: EdgeMap::new(width, height),
        }
    }

    /// The next row, with its neighbours; each has one pixel more at either end.
    pub(super) fn row(&mut self, up: &[i16], mid: &[i16], down: &[i16]) {
        let strengths = &mut self.strengths[self.rows % 3][1..=self.width];
        let directions = &mut self.directions[self.rows % 2];
        gradients([up, mid, down], strengths, directions);
        if self.rows > 0 {
            self.thin(self.rows - 1);
        }
        self.rows += 1;
    }

    /// Number of edge pixels, after the last row.
    pub(super) fn finish(mut self) -> u64 {
        if self.rows == 0 {
            return 0;
        }
        self.strengths[self.rows % 3].fill(0);
        self.thin(self.rows - 1);
        self.map.count_edges()
    }

    /// Keeps of row `y`, whose neighbours are known, what is the strongest across its edge.
    fn thin(&mut self, y: usize) {
        let ring = |y: usize| self.strengths[y % 3].as_slice();
        let directions = &self.directions[y % 2];
        thin_row(
            [ring(y + 2), ring(y), ring(y + 1)],
            directions,
            self.map.row_mut(y),
        );
    }
}

/// Strength `|dx| + |dy|` and direction of the Sobel gradient of each pixel of the middle row.
fn gradients([up, mid, down]: [&[i16]; 3], strengths: &mut [i16], directions: &mut Directions) {
    let width = strengths.len();
    let odd = &mut directions.odd[..width];
    let slanted = &mut directions.slanted[..width];
    let (up_l, up_c, up_r) = (&up[..width], &up[1..=width], &up[2..width + 2]);
    let (mid_l, mid_r) = (&mid[..width], &mid[2..width + 2]);
    let (down_l, down_c, down_r) = (&down[..width], &down[1..=width], &down[2..width + 2]);
    for x in 0..width {
        let dx = (up_r[x] - up_l[x]) + 2 * (mid_r[x] - mid_l[x]) + (down_r[x] - down_l[x]);
        let dy = (down_l[x] - up_l[x]) + 2 * (down_c[x] - up_c[x]) + (down_r[x] - up_r[x]);
        strengths[x] = dx.abs() + dy.abs();
        (odd[x], slanted[x]) = direction_of(dx, dy);
    }
}

/// Which of the four sectors a gradient points into, as in [`Directions`].
///
/// OpenCV compares `|dy| · 2¹⁵` with `|dx| · 13573` and with that plus `|dx| · 2¹⁶`. As 13573 is odd
/// and `|dx|` below 2¹⁵, the quotient `|dx| · 13573 / 2¹⁵` is whole only for `dx = 0`, so comparing
/// with its whole part decides the same wherever there is a gradient at all.
fn direction_of(dx: i16, dy: i16) -> (i16, i16) {
    let (width, height) = (dx.unsigned_abs(), dy.unsigned_abs());
    let slope = ((u32::from(2 * width) * TAN_22) >> 16) as u16;
    let (across, upright) = (height <= slope, height > slope + 2 * width);
    let slanted = !(across | upright);
    let odd = upright | (slanted & (dx ^ dy < 0));
    (-i16::from(odd), -i16::from(slanted))
}

/// Writes 2 for pixels that are edges, 1 for those that are if they touch one, 0 for the rest.
///
/// `strengths` are the rows above, at and below, with a zero at either end.
fn thin_row([up, mid, down]: [&[i16]; 3], directions: &Directions, classes: &mut [u8]) {
    let width = classes.len();
    let (odd, slanted) = (&directions.odd[..width], &directions.slanted[..width]);
    let (up_l, up_c, up_r) = (&up[..width], &up[1..=width], &up[2..width + 2]);
    let (left, mid, right) = (&mid[..width], &mid[1..=width], &mid[2..width + 2]);
    let (down_l, down_c, down_r) = (&down[..width], &down[1..=width], &down[2..width + 2]);
    for x in 0..width {
        // Everything is read before anything is chosen, so that the loop has no branches.
        let (rising, falling) = ((up_r[x], down_l[x]), (up_l[x], down_r[x]));
        // The pixel must exceed both neighbours; of straight ones the second may be as strong.
        let (across, upright) = ((left[x], right[x] - 1), (up_c[x], down_c[x] - 1));
        let rivals = [across, upright, falling, rising].map(|(first, second)| first.max(second));
        let [across, upright, falling, rising] = rivals;
        let straight = choose(odd[x], across, upright);
        let rival = choose(slanted[x], straight, choose(odd[x], falling, rising));
        classes[x] = u8::from(mid[x] > rival.max(LOW)) + u8::from(mid[x] > rival.max(HIGH));
    }
}

/// The first number for the mask 0, the second for -1; a branch would not vectorise.
fn choose(mask: i16, first: i16, second: i16) -> i16 {
    first ^ ((first ^ second) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_match_opencvs_fixed_point_test() {
        for dx in -1020i16..=1020 {
            for dy in (-1020i16..=1020).filter(|dy| dx != 0 || *dy != 0) {
                let (x, y) = (i64::from(dx).abs(), i64::from(dy).abs() << 15);
                let tan_22 = x * 13573;
                let expected = if y < tan_22 {
                    (0, 0)
                } else if y > tan_22 + (x << 16) {
                    (-1, 0)
                } else if (dx ^ dy) < 0 {
                    (-1, -1)
                } else {
                    (0, -1)
                };
                assert_eq!(direction_of(dx, dy), expected, "dx {dx} dy {dy}");
            }
        }
    }
}
