//! How often each grey level occurs, and what follows from that alone.
//!
//! Must not know: where in the picture a level occurs.

use super::moments::Moments;

/// Counts of the 256 grey levels.
#[derive(Debug)]
pub(super) struct Histogram {
    /// Four partial counts: neighbouring pixels are often equal, and adding to one place twice in a
    /// row makes the processor wait.
    parts: [[u64; 256]; 4],
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self {
            parts: [[0; 256]; 4],
        }
    }

    /// Counts a row of grey levels 0–255.
    pub(super) fn add(&mut self, gray: &[i16]) {
        let [a, b, c, d] = &mut self.parts;
        let (fours, rest) = gray.as_chunks::<4>();
        for &[i, j, k, l] in fours {
            a[usize::from(i as u8)] += 1;
            b[usize::from(j as u8)] += 1;
            c[usize::from(k as u8)] += 1;
            d[usize::from(l as u8)] += 1;
        }
        for &level in rest {
            a[usize::from(level as u8)] += 1;
        }
    }

    fn counts(&self) -> [u64; 256] {
        std::array::from_fn(|level| self.parts.iter().map(|part| part[level]).sum())
    }

    /// Exact sums of the levels and their squares.
    pub(super) fn moments(&self) -> Moments {
        let mut moments = Moments::default();
        for (level, count) in (0i64..).zip(self.counts()) {
            moments.add(level * count as i64, level as u64 * level as u64 * count);
        }
        moments
    }

    /// Distance of the grey levels below which 95 % and 5 % of the cumulated counts lie, in the
    /// original's double arithmetic (scorers.md §2.5, step 8).
    pub(super) fn dynamic_range(&self) -> f64 {
        let counts = self.counts();
        let highest = counts.iter().copied().max().unwrap_or(0);
        let total: u64 = counts.iter().sum();
        let mut below = 0;
        let cumulated = counts.map(|count| {
            below += count;
            (u128::from(below) * u128::from(highest)) as f64 / total as f64
        });
        let top = cumulated[255];
        let first = |share: f64| cumulated.partition_point(|&n| n < top * share);
        first(0.95) as f64 - first(0.05) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(levels: &[i16]) -> Histogram {
        let mut histogram = Histogram::new();
        histogram.add(levels);
        histogram
    }

    #[test]
    fn one_level_has_no_range() {
        assert_eq!(of(&[77; 13]).dynamic_range(), 0.0);
    }

    #[test]
    fn an_even_ramp_spans_nine_tenths() {
        let ramp: Vec<i16> = (0..256).collect();
        assert_eq!(of(&ramp).dynamic_range(), 231.0);
    }

    #[test]
    fn moments_are_those_of_the_levels() {
        let histogram = of(&[0, 0, 255, 255, 255, 255, 255]);
        assert_eq!(histogram.moments().mean(7), 255.0 * 5.0 / 7.0);
    }
}
