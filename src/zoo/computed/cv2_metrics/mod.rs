//! Scorer `cv2_metrics`: eight classical measures, equal to procslib 0.7.1's (scorers.md §2.5).
//!
//! One pass over the picture with three grey rows in hand. All sums are exact integers, so values
//! don't depend on the order of summation.
//!
//! Must not know: EXIF orientation (the original ignores it), columns of other scorers.

mod canny;
mod corrected;
mod gray;
mod histogram;
mod hysteresis;
mod laplacian;
mod lbp;
mod moments;
mod rows;
mod spec;
#[cfg(test)]
mod tests;
mod ties;

use crate::domain::picture::{Picture, Rgb};
use crate::domain::score::{ScorerSpec, Scores};
use crate::zoo::{Computed, ScoreError, check_shape};
use canny::Canny;
pub use corrected::Cv2MetricsRgb;
use histogram::Histogram;
use lbp::Patterns;
use moments::Moments;
use rows::{Border, GrayRows};

/// Edge density, focus, texture, noise, saturation, contrast, brightness, dynamic range.
#[derive(Debug)]
pub struct Cv2Metrics {
    spec: ScorerSpec,
}

impl Default for Cv2Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Cv2Metrics {
    /// The scorer with its spec.
    pub fn new() -> Self {
        Self { spec: spec::spec() }
    }
}

impl Computed for Cv2Metrics {
    fn spec(&self) -> &ScorerSpec {
        &self.spec
    }

    fn score(&self, picture: &Picture) -> Result<Scores, ScoreError> {
        check_shape(picture)?;
        Ok(Scores {
            values: measure(&picture.rgb).values(),
            signature: None,
        })
    }
}

/// What one pass over a picture finds.
#[derive(Debug)]
struct Measures {
    /// Number of pixels, at least 1.
    pixels: u64,
    /// Edge pixels.
    edges: u64,
    /// Sum of the HSV saturations.
    saturation: u64,
    laplacian: Moments,
    patterns: Patterns,
    levels: Histogram,
}

impl Measures {
    /// The columns in the order of the spec.
    fn values(&self) -> Vec<f64> {
        let pixels = self.pixels as f64;
        let focus = self.laplacian.variance(self.pixels);
        let levels = self.levels.moments();
        vec![
            255.0 * self.edges as f64 / pixels,
            focus,
            self.patterns.variance(self.pixels),
            focus.sqrt(),
            self.saturation as f64 / pixels,
            levels.variance(self.pixels).sqrt(),
            levels.mean(self.pixels),
            self.levels.dynamic_range(),
        ]
    }
}

fn measure(rgb: &Rgb) -> Measures {
    let (width, height) = (rgb.width as usize, rgb.height as usize);
    let mut gray = GrayRows::new(width);
    let mut canny = Canny::new(width, height);
    let mut patterns = Patterns::new(width);
    let mut laplacian = Moments::default();
    let mut levels = Histogram::new();
    let mut saturation = 0;
    for y in 0..height {
        let first_new = if y == 0 { 0 } else { y + 1 };
        for next in first_new..height.min(y + 2) {
            let pixels = &rgb.data[next * width * 3..][..width * 3];
            saturation += gray::saturation_sum(pixels);
            levels.add(gray.push(next, pixels));
        }
        let [up, mid, down] = gray.around(y, height, Border::Reflect);
        laplacian::laplacian_row(up, mid, down, &mut laplacian);
        let [up, mid, down] = gray.around(y, height, Border::Replicate);
        canny.row(up, mid, down);
        let [up, mid, down] = gray.around(y, height, Border::Zero);
        patterns.row(up, mid, down);
    }
    Measures {
        pixels: width as u64 * height as u64,
        edges: canny.finish(),
        saturation,
        laplacian,
        patterns,
        levels,
    }
}
