//! Mean-subtracted contrast-normalised pixels and their products with their neighbours.
//!
//! `m = (I − µ) / (σ + 1/255)` with Gaussian means µ of I and µ' of I² (7×7, standard deviation
//! 7/6, borders repeated), σ = √(µ' − µ²). Sums are those of OpenCV's fused multiply-add filters,
//! bit for bit: where a picture is clipped to black or white, rounding alone decides the sign of m
//! and whether σ is NaN.
//!
//! Must not know: what is fitted to the values.

use super::aggd::{LANES, Sums};
use super::rows::{Ring, Rows};

/// Pixels on either side that a mean takes in.
const REACH: usize = 3;
const TAPS: usize = 2 * REACH + 1;

/// The Gaussian, as floats; symmetric.
const KERNEL: [f32; TAPS] = [
    0.012_560_201,
    0.078_827_96,
    0.237_296_07,
    0.342_631_52,
    0.237_296_07,
    0.078_827_96,
    0.012_560_201,
];

/// What is summed at one size: the pixels, then their products with the neighbour to the right,
/// below, below right, above right.
pub(super) type Maps = [Sums; 5];

/// Sums over a whole picture.
#[inline(always)]
pub(super) fn sums(mut rows: impl Rows) -> Maps {
    let (width, height) = rows.size();
    let mut blur = Blur::new(width);
    let mut maps = Maps::default();
    // Zeros beyond the end: a product with them counts for nothing, as in the original.
    let padded = width.next_multiple_of(LANES);
    let [mut above, mut row] = [(); 2].map(|()| vec![0.0; padded + LANES]);
    let ones = vec![1.0; padded];
    for y in 0..height {
        blur.load(&mut rows, y);
        blur.normalise(y, height, &mut row[..width]);
        let [values, right] = [&row[..padded], &row[1..=padded]];
        let [values_above, right_above] = [&above[..padded], &above[1..=padded]];
        maps[0].add_products(values, &ones);
        maps[1].add_products(values, right);
        // Row −1 is zeros too.
        maps[2].add_products(values_above, values);
        maps[3].add_products(values_above, right);
        maps[4].add_products(values, right_above);
        std::mem::swap(&mut above, &mut row);
    }
    maps
}

/// The rows around one row, and their horizontal means.
struct Blur {
    /// The row being loaded, its ends repeated, and its squares.
    padded: Vec<f32>,
    squared: Vec<f32>,
    pixels: Ring<TAPS>,
    /// Horizontal means of the pixels and of their squares.
    means: Ring<TAPS>,
    square_means: Ring<TAPS>,
    /// Means of the row being normalised and of its squares.
    mean: Vec<f32>,
    square_mean: Vec<f32>,
    /// How many rows were loaded.
    loaded: usize,
}

impl Blur {
    fn new(width: usize) -> Self {
        Self {
            padded: vec![0.0; width + 2 * REACH],
            squared: vec![0.0; width + 2 * REACH],
            pixels: Ring::new(width),
            means: Ring::new(width),
            square_means: Ring::new(width),
            mean: vec![0.0; width],
            square_mean: vec![0.0; width],
            loaded: 0,
        }
    }

    /// Loads what row `y` needs and isn't here yet.
    #[inline(always)]
    fn load(&mut self, rows: &mut impl Rows, y: usize) {
        let (width, height) = rows.size();
        while self.loaded < height.min(y + REACH + 1) {
            let pixels = &mut self.padded[REACH..][..width];
            rows.next_row(self.loaded, pixels);
            self.pixels.slot(self.loaded).copy_from_slice(pixels);
            let (first, last) = (pixels[0], pixels[width - 1]);
            self.padded[..REACH].fill(first);
            self.padded[REACH + width..].fill(last);
            for (square, pixel) in self.squared.iter_mut().zip(&self.padded) {
                *square = pixel * pixel;
            }
            blur_row(&self.padded, self.means.slot(self.loaded));
            blur_row(&self.squared, self.square_means.slot(self.loaded));
            self.loaded += 1;
        }
    }

    /// The normalised pixels of row `y`.
    #[inline(always)]
    fn normalise(&mut self, y: usize, height: usize, out: &mut [f32]) {
        let mut around = [0; TAPS];
        for (i, row) in around.iter_mut().enumerate() {
            *row = (y + i).saturating_sub(REACH).min(height - 1);
        }
        blur_columns(&self.means, around, &mut self.mean);
        blur_columns(&self.square_means, around, &mut self.square_mean);
        let pixels = self.pixels.row(y).iter();
        let means = self.mean.iter().zip(&self.square_mean);
        for ((to, pixel), (mean, square_mean)) in out.iter_mut().zip(pixels).zip(means) {
            let variance = square_mean - mean * mean;
            *to = (pixel - mean) / (variance.sqrt() + 1.0 / 255.0);
        }
    }
}

/// Horizontal means of a row with [`REACH`] pixels more on either side than `out`.
#[inline(always)]
fn blur_row(row: &[f32], out: &mut [f32]) {
    for (around, to) in row.array_windows::<TAPS>().zip(out) {
        let mut sum = around[0] * KERNEL[0];
        for i in 1..TAPS {
            sum = around[i].mul_add(KERNEL[i], sum);
        }
        *to = sum;
    }
}

/// Vertical means of the seven rows `around`.
#[inline(always)]
fn blur_columns(rows: &Ring<TAPS>, around: [usize; TAPS], out: &mut [f32]) {
    let len = out.len();
    let [a, b, c, d, e, f, g] = around;
    let [a, b, c] = [
        &rows.row(a)[..len],
        &rows.row(b)[..len],
        &rows.row(c)[..len],
    ];
    let [d, e] = [&rows.row(d)[..len], &rows.row(e)[..len]];
    let [f, g] = [&rows.row(f)[..len], &rows.row(g)[..len]];
    for (x, to) in out.iter_mut().enumerate() {
        let mut sum = d[x] * KERNEL[REACH];
        sum = (e[x] + c[x]).mul_add(KERNEL[REACH + 1], sum);
        sum = (f[x] + b[x]).mul_add(KERNEL[REACH + 2], sum);
        *to = (g[x] + a[x]).mul_add(KERNEL[REACH + 3], sum);
    }
}
