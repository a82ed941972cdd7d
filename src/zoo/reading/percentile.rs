//! From a score to the share of pictures below it, by a table.
//!
//! As dghs-imgutils 0.19.0 (`metrics/dbaesthetic.py`) does it: between two entries of the table it
//! draws the line on from the two at and behind the score, not from those around it.
//!
//! Must not know: manifests, files.

use crate::zoo::checkpoint::Checkpoint;

/// Entries that a table may have.
const MAX_ENTRIES: usize = 1 << 20;

/// Scores, ascending, and the share of pictures that each is above.
#[derive(Debug, Clone, PartialEq)]
pub struct Percentiles {
    scores: Vec<f64>,
    shares: Vec<f64>,
    /// The smallest and the largest share.
    bounds: [f64; 2],
}

impl Percentiles {
    /// From an `.npz` file whose array `arr_0` holds scores and shares in two rows.
    pub fn read(file: &Checkpoint) -> Result<Self, String> {
        let table = file.get("arr_0").ok_or("it has no array `arr_0`")?;
        let &[2, n] = table.shape() else {
            return Err(format!("`arr_0` is {:?}, and not two rows", table.shape()));
        };
        if n > MAX_ENTRIES {
            return Err(format!("its table has {n} entries: too many"));
        }
        let values = table.to_f64();
        let (scores, shares) = values.split_at(n);
        Self::new(scores.to_vec(), shares.to_vec()).map_err(str::to_owned)
    }

    /// A table of as many scores, ascending, as shares.
    pub fn new(scores: Vec<f64>, shares: Vec<f64>) -> Result<Self, &'static str> {
        if scores.is_empty() || scores.len() != shares.len() {
            return Err("its table needs a share for each score");
        }
        if !scores.iter().chain(&shares).all(|value| value.is_finite()) {
            return Err("its table holds a number that is not finite");
        }
        if !scores.is_sorted() {
            return Err("the scores of its table are not ascending");
        }
        let low = shares.iter().copied().fold(f64::INFINITY, f64::min);
        let high = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Ok(Self {
            scores,
            shares,
            bounds: [low, high],
        })
    }

    /// The share of pictures below that score; NaN for NaN.
    pub fn of(&self, score: f64) -> f64 {
        let (Some(&least), Some(&most)) = (self.scores.first(), self.scores.last()) else {
            return f64::NAN;
        };
        if score.is_nan() {
            return f64::NAN;
        }
        let within = score.clamp(least, most);
        let at = self.scores.partition_point(|&known| known < within);
        let entry = |at: usize| Some((*self.scores.get(at)?, *self.shares.get(at)?));
        let Some((x0, y0)) = entry(at) else {
            return f64::NAN;
        };
        match entry(at + 1) {
            Some((x1, y1)) if !is_close(x1, x0) => {
                let line = (score - x0) / (x1 - x0) * (y1 - y0) + y0;
                let [low, high] = self.bounds;
                line.max(low).min(high)
            }
            _ => y0,
        }
    }
}

/// As numpy's `isclose`.
fn is_close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-8 + 1e-5 * b.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are those of `score_to_percentile` in dghs-imgutils 0.19.0.
    #[test]
    fn scores_become_the_shares_of_the_original() {
        let scores = vec![0.5, 1.0, 1.0, 2.0, 4.0, 5.5];
        let table = Percentiles::new(scores, vec![0.0, 0.1, 0.3, 0.35, 0.9, 1.0]).unwrap();
        for (score, share) in [
            (-1.0, 0.0),
            (0.2, 0.0),
            (0.5, 0.0),
            (0.6, 0.1),
            (1.0, 0.1),
            (1.5, 0.212_5),
            (2.0, 0.35),
            (3.0, 0.833_333_333_333_333_4),
            (4.0, 0.9),
            (4.5, 1.0),
            (7.0, 1.0),
        ] {
            let found = table.of(score);
            assert!(
                (found - share).abs() < 1e-12,
                "{score}: {found} for {share}"
            );
        }
        assert!(table.of(f64::NAN).is_nan());
    }

    #[test]
    fn tables_that_say_nothing_are_refused() {
        for (scores, shares) in [
            (vec![], vec![]),
            (vec![1.0], vec![]),
            (vec![1.0, 0.0], vec![0.0, 1.0]),
            (vec![0.0, f64::NAN], vec![0.0, 1.0]),
        ] {
            assert!(Percentiles::new(scores, shares).is_err());
        }
    }
}
