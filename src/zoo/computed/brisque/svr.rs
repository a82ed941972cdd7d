//! The support vector machine that turns features into a score.
//!
//! Must not know: how its numbers were read, what the features mean.

use super::FEATURES;

/// ε-SVR with a radial kernel, and the ranges that its features are scaled by.
#[derive(Debug, Clone, PartialEq)]
pub struct Svr {
    /// Width of the kernel: `exp(−gamma · distance²)`.
    pub(super) gamma: f64,
    /// Subtracted from the weighted sum.
    pub(super) rho: f64,
    /// Smallest and largest value of each feature in training.
    pub(super) ranges: [[f32; FEATURES]; 2],
    /// Each support vector and its weight.
    pub(super) vectors: Vec<([f32; FEATURES], f64)>,
}

impl Svr {
    /// 0 (best) to 100; NaN if a feature is NaN, where the original says 0.
    pub fn score(&self, features: &[f32; FEATURES]) -> f32 {
        let [low, high] = &self.ranges;
        let scaled: [f32; FEATURES] = std::array::from_fn(|i| {
            let share = (features[i] - low[i]) / (high[i] - low[i]);
            -1.0 + 2.0 * share
        });
        let sum: f64 = self
            .vectors
            .iter()
            .map(|(vector, weight)| weight * self.kernel(vector, &scaled))
            .sum();
        (sum - self.rho).clamp(0.0, 100.0) as f32
    }

    fn kernel(&self, vector: &[f32; FEATURES], at: &[f32; FEATURES]) -> f64 {
        let distances = vector.iter().zip(at).map(|(v, a)| f64::from(v - a).powi(2));
        (-self.gamma * distances.sum::<f64>()).exp()
    }
}
