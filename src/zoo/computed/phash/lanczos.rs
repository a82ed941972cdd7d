//! Pillow's 8-bit Lanczos resampling in one direction (scorers.md §1.2).
//!
//! Must not know: two dimensions.

use std::f64::consts::PI;

/// Reach of the filter in output pixels when shrinking, in input pixels when growing.
const REACH: f64 = 3.0;
/// Weights are whole numbers in 2⁻²².
const PRECISION: u32 = 22;
/// Weights are split as `high · 2¹¹ + low`, so that products are made of 16-bit factors, which
/// processors multiply and add eight at a time.
const SPLIT: u32 = 11;

/// What one output pixel takes from the input.
#[derive(Debug)]
struct Kernel {
    /// First input pixel.
    start: usize,
    high: Vec<i16>,
    low: Vec<i16>,
}

impl Kernel {
    fn new(weights: &[f64], start: usize) -> Self {
        let whole: Vec<i32> = weights
            .iter()
            .map(|&w| (w * f64::from(1u32 << PRECISION)).round() as i32)
            .collect();
        Self {
            start,
            high: whole.iter().map(|w| (w >> SPLIT) as i16).collect(),
            low: whole
                .iter()
                .map(|w| (w & ((1 << SPLIT) - 1)) as i16)
                .collect(),
        }
    }
}

/// The kernels of all output pixels.
#[derive(Debug)]
pub(super) struct Kernels(Vec<Kernel>);

impl Kernels {
    /// From `from` pixels to `to` pixels.
    pub(super) fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let widening = scale.max(1.0);
        let kernel = |out: usize| {
            let centre = (out as f64 + 0.5) * scale;
            let reach = REACH * widening;
            // A cast of a negative number gives 0.
            let start = (centre - reach + 0.5) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from);
            let weights: Vec<f64> = (start..end)
                .map(|x| lanczos((x as f64 - centre + 0.5) * (1.0 / widening)))
                .collect();
            let sum: f64 = weights.iter().sum();
            let shares: Vec<f64> = weights.iter().map(|w| w / sum).collect();
            Kernel::new(&shares, start)
        };
        Self((0..to).map(kernel).collect())
    }

    /// Output pixel `out` of a row of grey levels.
    pub(super) fn along(&self, out: usize, row: &[i16]) -> u8 {
        let kernel = &self.0[out];
        let levels = &row[kernel.start..][..kernel.high.len()];
        rounded(dot(levels, &kernel.high), dot(levels, &kernel.low))
    }

    /// Output row `out` of a grey picture of that width.
    pub(super) fn across(&self, out: usize, levels: &[u8], width: usize) -> Vec<u8> {
        let kernel = &self.0[out];
        let rows = levels[kernel.start * width..].chunks_exact(width);
        let (mut high, mut low) = (vec![0i32; width], vec![0i32; width]);
        for ((row, &h), &l) in rows.zip(&kernel.high).zip(&kernel.low) {
            for x in 0..width {
                high[x] += i32::from(h) * i32::from(row[x]);
                low[x] += i32::from(l) * i32::from(row[x]);
            }
        }
        high.iter()
            .zip(&low)
            .map(|(&h, &l)| rounded(h, l))
            .collect()
    }
}

fn dot(levels: &[i16], weights: &[i16]) -> i32 {
    levels
        .iter()
        .zip(weights)
        .map(|(&level, &weight)| i32::from(level) * i32::from(weight))
        .sum()
}

/// The grey level of the two halves of a weighted sum.
fn rounded(high: i32, low: i32) -> u8 {
    let sum = (i64::from(high) << SPLIT) + i64::from(low) + (1 << (PRECISION - 1));
    (sum >> PRECISION).clamp(0, 255) as u8
}

fn lanczos(x: f64) -> f64 {
    if (-REACH..REACH).contains(&x) {
        sinc(x) * sinc(x / REACH)
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (x * PI).sin() / (x * PI)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_levels_stay_equal() {
        for from in [1, 2, 31, 32, 33, 100, 4001] {
            let kernels = Kernels::new(from, 32);
            for out in 0..32 {
                assert_eq!(
                    kernels.along(out, &vec![200; from]),
                    200,
                    "{from} → 32, {out}"
                );
            }
        }
    }

    #[test]
    fn the_same_size_changes_nothing() {
        let row: Vec<i16> = (0..32).map(|x| x * 53 % 256).collect();
        let kernels = Kernels::new(32, 32);
        for (out, level) in row.iter().enumerate() {
            assert_eq!(i16::from(kernels.along(out, &row)), *level);
        }
    }

    #[test]
    fn rows_and_columns_are_treated_alike() {
        let column: Vec<u8> = (0..100).map(|y| (y * 37 % 256) as u8).collect();
        let row: Vec<i16> = column.iter().map(|&v| i16::from(v)).collect();
        let kernels = Kernels::new(100, 32);
        for out in 0..32 {
            assert_eq!(kernels.across(out, &column, 1), [kernels.along(out, &row)]);
        }
    }
}
