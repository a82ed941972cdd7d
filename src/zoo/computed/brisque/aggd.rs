//! Asymmetric generalised Gaussian distributions: what values add up to, and the shape that fits.
//!
//! The fit is by moments (Lasmar, Stitou, Berthoumieu, 2009), with OpenCV's search in steps of
//! 0.001.
//!
//! Must not know: what the values are.

use std::sync::LazyLock;

use libm::tgamma;

/// Values that are summed side by side: enough for the inner loop to stay a loop, which compilers
/// turn into vectors.
pub(super) const LANES: usize = 64;

/// Sums over the values of one map. Zeros and NaN count for nothing.
///
/// Each lane has its own sums, added up last: the order is the same on any processor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sums {
    negative: Side,
    positive: Side,
    magnitudes: [f64; LANES],
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            negative: Side::NONE,
            positive: Side::NONE,
            magnitudes: [0.0; LANES],
        }
    }
}

/// The values of one sign.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Side {
    count: u64,
    squares: [f64; LANES],
}

impl Side {
    const NONE: Self = Self {
        count: 0,
        squares: [0.0; LANES],
    };

    /// Root mean square; NaN of none.
    fn spread(&self) -> f64 {
        (self.squares() / self.count as f64).sqrt()
    }

    fn squares(&self) -> f64 {
        self.squares.iter().sum()
    }
}

impl Sums {
    /// Adds the products of two rows of one length, a multiple of [`LANES`].
    #[inline(always)]
    pub(super) fn add_products(&mut self, left: &[f32], right: &[f32]) {
        let (left, right) = (left.as_chunks::<LANES>().0, right.as_chunks::<LANES>().0);
        let [mut below, mut above] = [[0u32; LANES]; 2];
        for (left, right) in left.iter().zip(right) {
            for lane in 0..LANES {
                let value = left[lane] * right[lane];
                let low = if value < 0.0 { value } else { 0.0 };
                let high = if value > 0.0 { value } else { 0.0 };
                below[lane] += u32::from(value < 0.0);
                above[lane] += u32::from(value > 0.0);
                let (low, high) = (f64::from(low), f64::from(high));
                self.negative.squares[lane] += low * low;
                self.positive.squares[lane] += high * high;
                self.magnitudes[lane] += high - low;
            }
        }
        self.negative.count += below.iter().copied().map(u64::from).sum::<u64>();
        self.positive.count += above.iter().copied().map(u64::from).sum::<u64>();
    }

    /// The distribution of a map of `values` values, zeros and NaN among them.
    pub(super) fn fit(&self, values: usize) -> Fit {
        let values = values as f64;
        let (left, right) = (self.negative.spread(), self.positive.spread());
        let balance = left / right;
        let mean = self.magnitudes.iter().sum::<f64>() / values;
        let square = (self.negative.squares() + self.positive.squares()) / values;
        let ratio = mean * mean / square * (balance.powi(3) + 1.0) * (balance + 1.0)
            / (balance * balance + 1.0).powi(2);
        Fit {
            shape: shape_of(ratio),
            left,
            right,
        }
    }
}

/// A distribution: its shape γ (0.2–10; 1 is Laplace, 2 Gauss) and the spread of either side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    pub(super) shape: f64,
    pub(super) left: f64,
    pub(super) right: f64,
}

impl Fit {
    /// `(r − l) · Γ(2/γ)/Γ(1/γ) · √(Γ(1/γ)/Γ(3/γ))`.
    pub(super) fn mean(&self) -> f64 {
        let [first, second, third] = [1.0, 2.0, 3.0].map(|k| tgamma(k / self.shape));
        (self.right - self.left) * (second / first) * (first / third).sqrt()
    }
}

/// Shapes in the order of the search, and `Γ(2/γ)² / (Γ(1/γ)·Γ(3/γ))` of each, which rises.
static SHAPES: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    // Steps add up with their rounding errors, as in the original.
    std::iter::successors(Some(0.2), |shape| Some(shape + 0.001))
        .take_while(|shape| *shape < 10.0)
        .map(|shape| {
            let [first, second, third] = [1.0, 2.0, 3.0].map(|k| tgamma(k / shape));
            (shape, second * second / (first * third))
        })
        .collect()
});

/// The shape where the original's search ends: it steps up until the distance to `ratio` grows, and
/// takes the step before. Of NaN it never grows.
fn shape_of(ratio: f64) -> f64 {
    let shapes = &**SHAPES;
    let last = shapes.len() - 1;
    if ratio.is_nan() {
        return shapes[last].0;
    }
    let above = shapes.partition_point(|(_, r)| *r < ratio).min(last);
    let below = above.saturating_sub(1);
    let distance = |at: usize| (shapes[at].1 - ratio).abs();
    if distance(above) > distance(below) {
        shapes[below].0
    } else {
        shapes[above].0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds values, as many zeros behind them as a row needs.
    fn add(sums: &mut Sums, values: &[f32]) {
        let mut row = values.to_vec();
        row.resize(values.len().next_multiple_of(LANES), 0.0);
        let ones = vec![1.0; row.len()];
        sums.add_products(&row, &ones);
    }

    /// OpenCV's own loop.
    fn searched(ratio: f64) -> f64 {
        let (mut shape, mut nearest) = (0.0, 1e10);
        for &(candidate, r) in SHAPES.iter() {
            let distance = (r - ratio).abs();
            if distance > nearest {
                break;
            }
            (shape, nearest) = (candidate, distance);
        }
        shape
    }

    #[test]
    fn the_table_finds_what_the_search_finds() {
        assert!(SHAPES.is_sorted_by(|a, b| a.1 < b.1));
        let ratios = (0..2000).map(|i| f64::from(i) * 5e-4 - 0.1);
        for ratio in ratios.chain(SHAPES.iter().map(|s| s.1)).chain([f64::NAN]) {
            assert_eq!(shape_of(ratio), searched(ratio), "{ratio}");
        }
    }

    #[test]
    fn sums_are_those_of_the_plain_loop() {
        let values: Vec<f32> = (0..64).map(|i| ((i * 37) % 23 - 11) as f32 / 8.0).collect();
        let mut sums = Sums::default();
        add(&mut sums, &values);
        let negative = values.iter().filter(|v| **v < 0.0);
        assert_eq!(sums.negative.count, negative.clone().count() as u64);
        assert_eq!(
            sums.negative.squares(),
            negative.map(|v| f64::from(v * v)).sum::<f64>()
        );
        let magnitudes: f64 = values.iter().map(|v| f64::from(v.abs())).sum();
        assert_eq!(sums.magnitudes.iter().sum::<f64>(), magnitudes);
    }

    #[test]
    fn nan_and_zero_count_for_nothing() {
        let mut sums = Sums::default();
        add(&mut sums, &[f32::NAN, 0.0, -0.0, 2.0, -1.0, f32::NAN]);
        assert_eq!((sums.negative.count, sums.positive.count), (1, 1));
        assert_eq!(
            (sums.negative.squares(), sums.positive.squares()),
            (1.0, 4.0)
        );
    }

    #[test]
    fn a_symmetric_two_point_distribution_is_as_flat_as_can_be() {
        let mut sums = Sums::default();
        add(&mut sums, &[1.0, -1.0, 1.0, -1.0]);
        let fit = sums.fit(4);
        assert_eq!((fit.left, fit.right, fit.mean()), (1.0, 1.0, 0.0));
        assert!(fit.shape > 9.99);
    }

    #[test]
    fn one_side_alone_fits_nothing() {
        let mut sums = Sums::default();
        add(&mut sums, &[1.0; LANES]);
        let fit = sums.fit(LANES);
        assert!(fit.left.is_nan() && fit.mean().is_nan());
        assert_eq!(fit.right, 1.0);
    }
}
