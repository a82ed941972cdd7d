//! Local binary patterns: which of eight points around each pixel are at least as bright as it.
//!
//! The original (scikit-image, P = 8, R = 1, `uniform`) mixes the four diagonal points in doubles
//! from the corner pixel `D`, the two side pixels `A`, `B` and the centre `C`, with offsets rounded
//! to 0.70711. Before rounding errors, the point exceeds the centre where
//! `70711·(D−C) + 29289·((A−C)+(B−C)) ≥ 0`. Unless both terms are zero the left side is at least 1,
//! that is 7·10⁻⁶ of a grey level, which no rounding error reaches; so integers decide. Where both
//! are zero, rounding errors alone decide, and [`super::ties`] repeats them.
//!
//! Must not know: pictures; rows come padded with zeros.

use super::moments::Moments;
use super::ties::{self, FlatTies};

/// 0.41425 (the fraction of 70711 / 29289) in 1/65536, so that [`corner_test`] holds for all levels.
const CORNER: i32 = 27148;

/// Bits of the straight points (right, up, left, down) and of the corners (up right, up left, down
/// left, down right).
const STRAIGHT: [i16; 4] = [1 << 0, 1 << 2, 1 << 4, 1 << 6];
const CORNERS: [i16; 4] = [1 << 1, 1 << 3, 1 << 5, 1 << 7];

/// The straight bits of eight pixels.
const STRAIGHT_OF_EIGHT: u64 = u64::from_le_bytes([0x55; 8]);

/// Sum of codes in the low half, of their squares in the high half, by bit pattern.
static CODES: [u64; 256] = codes();

const fn codes() -> [u64; 256] {
    let mut table = [0; 256];
    let mut bits = 0u32;
    while bits < 256 {
        // The original does not compare the last point with the first.
        let changes = ((bits ^ (bits >> 1)) & 0x7f).count_ones();
        let code = if changes <= 2 { bits.count_ones() } else { 9 } as u64;
        table[bits as usize] = code | (code * code) << 32;
        bits += 1;
    }
    table
}

/// The pattern codes of a picture, fed row by row from the top.
#[derive(Debug)]
pub(super) struct Patterns {
    y: usize,
    /// The bits of each pixel of the current row.
    bits: Vec<u8>,
    /// Its undecided corners: all four pixels equal at the corner's bit, else at the bit below.
    ties: Vec<u8>,
    flat: FlatTies,
    moments: Moments,
}

impl Patterns {
    /// For a picture of that width in pixels.
    pub(super) fn new(width: usize) -> Self {
        Self {
            y: 0,
            bits: vec![0; width],
            ties: vec![0; width],
            flat: FlatTies::new(width),
            moments: Moments::default(),
        }
    }

    /// The next row, with its neighbours; each has a zero more at either end, and rows outside the
    /// picture are zeros.
    pub(super) fn row(&mut self, up: &[i16], mid: &[i16], down: &[i16]) {
        compare([up, mid, down], &mut self.bits, &mut self.ties);
        self.settle_flat(mid);
        self.settle_slanted([up, mid, down]);
        for chunk in self.bits.chunks(1 << 16) {
            let sums: u64 = chunk.iter().map(|&bits| CODES[usize::from(bits)]).sum();
            self.moments.add((sums & 0xffff_ffff) as i64, sums >> 32);
        }
        self.y += 1;
    }

    /// Population variance of the codes of `count` pixels.
    pub(super) fn variance(&self, count: u64) -> f64 {
        self.moments.variance(count)
    }

    /// Clears the bits of flat corners that rounding errors put below the centre.
    fn settle_flat(&mut self, mid: &[i16]) {
        for (columns, fails) in self.flat.segments(self.y) {
            let bits = &mut self.bits[columns.clone()];
            let ties = &self.ties[columns.clone()];
            let levels = &mid[columns.start + 1..=columns.end];
            for ((bits, ties), &level) in bits.iter_mut().zip(ties).zip(levels) {
                *bits &= !(ties & fails[usize::from(level as u8)]);
            }
        }
    }

    /// Decides the corners where side pixels differ from the centre by opposite amounts.
    fn settle_slanted(&mut self, rows: [&[i16]; 3]) {
        let (eights, rest) = self.ties.as_chunks::<8>();
        let mut tail = [0; 8];
        tail[..rest.len()].copy_from_slice(rest);
        for (i, &eight) in eights.iter().chain([&tail]).enumerate() {
            let mut slanted = u64::from_le_bytes(eight) & STRAIGHT_OF_EIGHT;
            while slanted != 0 {
                let lane = slanted.trailing_zeros() / 8;
                let asked = ((slanted >> (8 * lane)) as u8) << 1;
                let x = 8 * i + lane as usize;
                self.bits[x] &= !ties::slanted_fails(rows, (x, self.y), asked);
                slanted &= !(0xff << (8 * lane));
            }
        }
    }
}

/// Whether a corner point is at least as bright as the centre, from the differences to the centre of
/// the corner pixel and of both side pixels together.
fn corner_test(corner: i16, sides: i16) -> bool {
    sides + 2 * corner + ((i32::from(corner) * CORNER) >> 16) as i16 >= 0
}

/// Bits of all points of a row, with undecided corners set, and the undecided corners.
fn compare([up, mid, down]: [&[i16]; 3], bits: &mut [u8], ties: &mut [u8]) {
    let width = bits.len();
    let ties = &mut ties[..width];
    let (up_l, up_c, up_r) = (&up[..width], &up[1..=width], &up[2..width + 2]);
    let (left, mid, right) = (&mid[..width], &mid[1..=width], &mid[2..width + 2]);
    let (down_l, down_c, down_r) = (&down[..width], &down[1..=width], &down[2..width + 2]);
    for x in 0..width {
        let centre = mid[x];
        let straight = [right[x], up_c[x], left[x], down_c[x]].map(|level| level - centre);
        let corners = [up_r[x], up_l[x], down_l[x], down_r[x]].map(|level| level - centre);
        let [r, u, l, d] = straight;
        let sides = [(r, u), (u, l), (l, d), (d, r)];
        let (mut all, mut undecided) = (0i16, 0i16);
        for i in 0..4 {
            let ((a, b), corner) = (sides[i], corners[i]);
            all |= if straight[i] >= 0 { STRAIGHT[i] } else { 0 };
            all |= if corner_test(corner, a + b) {
                CORNERS[i]
            } else {
                0
            };
            let flat = if a == 0 { CORNERS[i] } else { STRAIGHT[i] };
            undecided |= if corner | (a + b) == 0 { flat } else { 0 };
        }
        bits[x] = all as u8;
        ties[x] = undecided as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corner_test_is_the_exact_one() {
        for corner in -255..=255i16 {
            for sides in -510..=510i16 {
                let exact = 70711 * i32::from(corner) + 29289 * i32::from(sides) >= 0;
                assert_eq!(corner_test(corner, sides), exact, "{corner} {sides}");
            }
        }
    }

    #[test]
    fn codes_are_those_of_the_uniform_method() {
        let cases = [
            (0, 0),
            (0xff, 8),
            (0x0f, 4),
            (0x81, 2),
            (0x05, 9),
            (0xa0, 9),
            (0x7f, 7),
        ];
        for (bits, code) in cases {
            assert_eq!(CODES[bits] & 0xff, code, "{bits:08b}");
            assert_eq!(CODES[bits] >> 32, code * code, "{bits:08b}");
        }
    }
}
