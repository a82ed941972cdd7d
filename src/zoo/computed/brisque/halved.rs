//! The picture at half its size, as OpenCV's bicubic `resize` makes it: four taps a direction
//! (A = −0.75), no low-pass filter, borders repeated.
//!
//! The order of additions is that of the library which OpenCV uses for it on x86.
//!
//! Must not know: what the rows are for.

use super::gray::{Gray, unit};
use super::rows::{Ring, Rows};

/// Rows of `⌊width/2⌋ × ⌊height/2⌋` pixels.
#[derive(Debug)]
pub(super) struct Halved<'a> {
    gray: &'a Gray,
    across: Taps,
    down: Taps,
    /// Rows at full height and half width.
    narrow: Ring<4>,
    /// How many of these were made.
    made: usize,
    columns: Columns,
}

impl<'a> Halved<'a> {
    /// None where nothing would be left.
    pub(super) fn of(gray: &'a Gray) -> Option<Self> {
        let (width, height) = (gray.width / 2, gray.height / 2);
        (width > 0 && height > 0).then(|| Self {
            gray,
            across: Taps::new(gray.width),
            down: Taps::new(gray.height),
            narrow: Ring::new(width),
            made: 0,
            columns: Columns::new(width),
        })
    }
}

impl Rows for Halved<'_> {
    fn size(&self) -> (usize, usize) {
        (self.gray.width / 2, self.gray.height / 2)
    }

    #[inline(always)]
    fn next_row(&mut self, y: usize, row: &mut [f32]) {
        let last = self.gray.height - 1;
        let first = 2 * y + usize::from(y >= self.down.split);
        while self.made <= last.min(first + 2) {
            self.columns.fill(self.gray.levels(self.made));
            let to = self.narrow.slot(self.made);
            self.columns.narrow(&self.across, to);
            self.made += 1;
        }
        let narrow = &self.narrow;
        let (a, b) = (narrow.row(first.saturating_sub(1)), narrow.row(first));
        let (c, d) = (
            narrow.row(last.min(first + 1)),
            narrow.row(last.min(first + 2)),
        );
        let (a, b) = (&a[..row.len()], &b[..row.len()]);
        let (c, d) = (&c[..row.len()], &d[..row.len()]);
        let [p, q, r, s] = &self.down.weights;
        let (p, q, r, s) = (p[y], q[y], r[y], s[y]);
        for (x, to) in row.iter_mut().enumerate() {
            *to = a[x].mul_add(p, b[x] * q) + c[x].mul_add(r, d[x] * s);
        }
    }
}

/// Which pixels make pixel `i` of the half: the four from `2i − 1` on, or for `i ≥ split` (only
/// where a side is odd) from `2i` on; and their weights.
#[derive(Debug)]
struct Taps {
    split: usize,
    weights: [Vec<f32>; 4],
}

impl Taps {
    fn new(full: usize) -> Self {
        let half = full / 2;
        let scale = full as f64 / half as f64;
        let centre = |i: usize| (i as f64 + 0.5) * scale - 0.5;
        let split = (0..half)
            .position(|i| centre(i) >= (2 * i + 1) as f64)
            .unwrap_or(half);
        let fractions: Vec<[f32; 4]> = (0..half)
            .map(|i| cubic(centre(i) - centre(i).floor()))
            .collect();
        Self {
            split,
            weights: std::array::from_fn(|tap| fractions.iter().map(|w| w[tap]).collect()),
        }
    }
}

/// Weights of the four pixels around a point `x` (0–1) right of the second (Keys, 1981).
fn cubic(x: f64) -> [f32; 4] {
    const A: f64 = -0.75;
    let near = |x: f64| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let first = ((A * (x + 1.0) - 5.0 * A) * (x + 1.0) + 8.0 * A) * (x + 1.0) - 4.0 * A;
    let (second, third) = (near(x), near(1.0 - x));
    [first, second, third, 1.0 - first - second - third].map(|weight| weight as f32)
}

/// The even and the odd pixels of a row from pixel −2 on, its ends repeated.
#[derive(Debug)]
struct Columns {
    even: Vec<f32>,
    odd: Vec<f32>,
}

impl Columns {
    fn new(half: usize) -> Self {
        Self {
            even: vec![0.0; half + 2],
            odd: vec![0.0; half + 2],
        }
    }

    #[inline(always)]
    fn fill(&mut self, levels: &[u8]) {
        let half = self.even.len() - 2;
        let inner = self.even[1..=half].iter_mut().zip(&mut self.odd[1..=half]);
        for ((even, odd), &[left, right]) in inner.zip(levels.as_chunks::<2>().0) {
            (*even, *odd) = (unit(left), unit(right));
        }
        let first = unit(levels[0]);
        (self.even[0], self.odd[0]) = (first, first);
        // The last pixel, which is even where the width is odd, and what lies beyond.
        let last = unit(levels[levels.len() - 1]);
        (self.even[half + 1], self.odd[half + 1]) = (last, last);
    }

    #[inline(always)]
    fn narrow(&self, taps: &Taps, out: &mut [f32]) {
        let (even, odd) = (&self.even, &self.odd);
        let (before, after) = out.split_at_mut(taps.split);
        combine([odd, &even[1..], &odd[1..], &even[2..]], taps, 0, before);
        let at = taps.split;
        if !after.is_empty() {
            let four = [
                &even[at + 1..],
                &odd[at + 1..],
                &even[at + 2..],
                &odd[at + 2..],
            ];
            combine(four, taps, at, after);
        }
    }
}

/// `out[i]` from the i-th of each of the four, with the weights from `at` on.
#[inline(always)]
fn combine(four: [&[f32]; 4], taps: &Taps, at: usize, out: &mut [f32]) {
    let [a, b, c, d] = four;
    let (a, b, c, d) = (
        &a[..out.len()],
        &b[..out.len()],
        &c[..out.len()],
        &d[..out.len()],
    );
    let [p, q, r, s] = &taps.weights;
    let (p, q) = (&p[at..][..out.len()], &q[at..][..out.len()]);
    let (r, s) = (&r[at..][..out.len()], &s[at..][..out.len()]);
    for (i, to) in out.iter_mut().enumerate() {
        *to = (a[i] * p[i] + b[i] * q[i]) + (c[i] * r[i] + d[i] * s[i]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::picture::Rgb;

    fn halved(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> Vec<Vec<f32>> {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let data = pixels.flat_map(|(x, y)| [level(x, y); 3]).collect();
        let gray = Gray::of(&Rgb {
            width,
            height,
            data,
        });
        let mut halved = Halved::of(&gray).unwrap();
        let (width, height) = halved.size();
        let mut rows = vec![vec![0.0; width]; height];
        for (y, row) in rows.iter_mut().enumerate() {
            halved.next_row(y, row);
        }
        rows
    }

    #[test]
    fn even_sides_weigh_four_pixels_alike_everywhere() {
        assert_eq!(cubic(0.5), [-0.09375, 0.59375, 0.59375, -0.09375]);
        assert_eq!(Taps::new(8).split, 4);
    }

    #[test]
    fn odd_sides_start_one_pixel_later_in_their_second_half() {
        // Centres of 7 → 3: 0.67, 3, 5.33.
        let taps = Taps::new(7);
        assert_eq!(taps.split, 1);
        let middle = [0, 1, 2, 3].map(|tap| taps.weights[tap][1]);
        assert_eq!(middle, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn a_ramp_stays_a_ramp_away_from_the_ends() {
        for width in [20, 21] {
            let rows = halved(width, width, |x, y| (5 * x + 3 * y) as u8);
            let scale = f64::from(width) / f64::from(width / 2);
            for (y, row) in rows.iter().enumerate().take(8).skip(2) {
                for (x, &value) in row.iter().enumerate().take(8).skip(2) {
                    let [x, y] = [x, y].map(|i| (i as f64 + 0.5) * scale - 0.5);
                    let expected = (5.0 * x + 3.0 * y) / 255.0;
                    // Cubic weights with A = −0.75 bend a ramp between pixels a little.
                    let error = f64::from(value) - expected;
                    assert!(error.abs() < 0.003, "{width}: {x},{y} {error}");
                }
            }
        }
    }

    #[test]
    fn flat_stays_flat_up_to_the_ends() {
        for (width, height) in [(2, 2), (3, 3), (7, 4), (64, 5)] {
            for value in halved(width, height, |_, _| 51).concat() {
                assert!((value - 0.2).abs() < 1e-6, "{width}×{height}: {value}");
            }
        }
    }

    #[test]
    fn less_than_two_pixels_have_no_half() {
        for (width, height) in [(1, 9), (9, 1)] {
            let data = vec![0; 27];
            assert!(
                Halved::of(&Gray::of(&Rgb {
                    width,
                    height,
                    data
                }))
                .is_none()
            );
        }
    }
}
