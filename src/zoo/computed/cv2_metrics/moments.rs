//! Mean and variance from exact integer sums.
//!
//! Must not know: what is summed.

/// Sum and sum of squares of integers. Exact: no picture that fits in memory overflows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Moments {
    sum: i64,
    squares: u64,
}

impl Moments {
    /// Adds the sum and the sum of squares of further numbers.
    pub(super) fn add(&mut self, sum: i64, squares: u64) {
        self.sum += sum;
        self.squares += squares;
    }

    /// Mean of `count` numbers.
    pub(super) fn mean(&self, count: u64) -> f64 {
        self.sum as f64 / count as f64
    }

    /// Population variance of `count` numbers: `(n·Σx² − (Σx)²) / n²`, rounded only at the end, so
    /// equal numbers have exactly 0.
    pub(super) fn variance(&self, count: u64) -> f64 {
        let sum = u128::from(self.sum.unsigned_abs());
        let spread = u128::from(count) * u128::from(self.squares) - sum * sum;
        spread as f64 / count as f64 / count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[i64]) -> Moments {
        let mut moments = Moments::default();
        for &x in numbers {
            moments.add(x, (x * x) as u64);
        }
        moments
    }

    #[test]
    fn variance_is_the_textbook_one() {
        assert_eq!(of(&[2, 4, 4, 4, 5, 5, 7, 9]).variance(8), 4.0);
        assert_eq!(of(&[-3, 3]).variance(2), 9.0);
        assert_eq!(of(&[-3, 3]).mean(2), 0.0);
    }

    #[test]
    fn equal_numbers_have_none() {
        assert_eq!(of(&[113; 999]).variance(999), 0.0);
    }
}
