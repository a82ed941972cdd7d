//! Histograms as drawn: where a value lies along the width, and how high the bars stand.
//!
//! Must not know: filters, the engine. Works on one column at a time.

use egui::{Color32, Painter, Rect, pos2};

use crate::domain::query::Histogram;

/// Most values a [`Scale`] looks at; enough for a smooth shape, few enough for any frame.
pub const SAMPLE: usize = 4096;

/// A column is called skewed when its median lies in this lowest part of its range.
const SKEWED_BELOW: f64 = 0.12;

/// How values are laid along the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Axis {
    /// Equal widths for equal differences.
    Linear,
    /// Small values get more room: `ln(1 + v/knee)`, which also takes zero and negative values.
    Log,
    /// Equal widths for equal numbers of images.
    Percentile,
}

/// Where values lie along a width, from 0 (smallest) to 1 (largest).
#[derive(Debug, Clone)]
pub struct Scale {
    axis: Axis,
    low: f64,
    high: f64,
    knee: f64,
    sample: Vec<f32>,
    units: Vec<f32>,
}

/// One bar: how many images it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bar {
    /// Of the library.
    pub all: f32,
    /// Of those that every other rule keeps.
    pub kept: f32,
}

/// At most [`SAMPLE`] finite values of a column, evenly strided, ascending.
pub fn sample(values: &[f32]) -> Vec<f32> {
    let stride = values.len().div_ceil(SAMPLE).max(1);
    let mut sample: Vec<f32> = values
        .iter()
        .step_by(stride)
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sample.sort_by(f32::total_cmp);
    sample
}

impl Scale {
    /// A scale from the smallest to the largest value, over a sorted [`sample`] of them.
    ///
    /// Without an axis, skewed columns get a logarithmic one.
    pub fn new(axis: Option<Axis>, (low, high): (f64, f64), sample: Vec<f32>) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let median = sample
            .get(sample.len() / 2)
            .map_or(f64::midpoint(low, high), |&v| f64::from(v));
        let skewed = median - low < SKEWED_BELOW * (high - low);
        let automatic = if skewed { Axis::Log } else { Axis::Linear };
        let mut scale = Self {
            axis: axis.unwrap_or(automatic),
            low,
            high,
            knee: knee((low, high), &sample),
            sample,
            units: Vec::new(),
        };
        scale.units = scale
            .sample
            .iter()
            .map(|&v| scale.unit(f64::from(v)) as f32)
            .collect();
        scale
    }

    /// The axis in use.
    pub fn axis(&self) -> Axis {
        self.axis
    }

    /// Smallest and largest value of the column.
    pub fn bounds(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Place of a value, 0–1; infinite and outlying values lie at the ends.
    pub fn unit(&self, value: f64) -> f64 {
        if value <= self.low {
            return 0.0;
        }
        if value >= self.high {
            return 1.0;
        }
        match self.axis {
            Axis::Linear => (value - self.low) / (self.high - self.low),
            Axis::Log => self.curve(value - self.low) / self.curve(self.high - self.low),
            Axis::Percentile => self.rank(value),
        }
    }

    /// The value at a place; the inverse of [`Scale::unit`].
    pub fn value(&self, unit: f64) -> f64 {
        let unit = unit.clamp(0.0, 1.0);
        match self.axis {
            Axis::Linear => self.low + unit * (self.high - self.low),
            Axis::Log => {
                let curved = unit * self.curve(self.high - self.low);
                self.low + self.knee * curved.exp_m1()
            }
            Axis::Percentile => self.quantile(unit),
        }
    }

    /// The value at a place, rounded as far as `step` (in places) cannot tell the difference.
    pub fn round_value(&self, unit: f64, step: f64) -> f64 {
        let value = self.value(unit);
        let width = (self.value(unit + step) - self.value(unit - step)).abs() / 2.0;
        if width <= 0.0 {
            return value;
        }
        let digits = -width.log10().floor();
        let factor = 10_f64.powf(digits);
        (value * factor).round() / factor
    }

    /// Percentile rank of a value within the sample, 0–100.
    pub fn percentile(&self, value: f64) -> f64 {
        if self.sample.is_empty() {
            return 0.0;
        }
        let below = self.sample.partition_point(|&v| f64::from(v) < value);
        let upto = self.sample.partition_point(|&v| f64::from(v) <= value);
        100.0 * (below + upto) as f64 / 2.0 / self.sample.len() as f64
    }

    fn curve(&self, above: f64) -> f64 {
        (above / self.knee).ln_1p()
    }

    fn rank(&self, value: f64) -> f64 {
        let at = self.sample.partition_point(|&v| f64::from(v) < value);
        let last = self.sample.len().saturating_sub(1).max(1) as f64;
        let (Some(&right), Some(&left)) = (
            self.sample.get(at),
            at.checked_sub(1).and_then(|i| self.sample.get(i)),
        ) else {
            return (at as f64 / last).clamp(0.0, 1.0);
        };
        let gap = f64::from(right) - f64::from(left);
        let part = (value - f64::from(left)) / gap;
        ((at as f64 - 1.0 + part) / last).clamp(0.0, 1.0)
    }

    fn quantile(&self, unit: f64) -> f64 {
        if unit >= 1.0 {
            return self.high;
        }
        let at = unit * self.sample.len().saturating_sub(1) as f64;
        let left = self.sample.get(at as usize);
        let right = self.sample.get(at as usize + 1).or(left);
        match (left, right) {
            (Some(&left), Some(&right)) if unit > 0.0 => {
                f64::from(left) + at.fract() * (f64::from(right) - f64::from(left))
            }
            _ => self.low + unit * (self.high - self.low),
        }
    }

    /// The histogram as `n` bars along this scale.
    ///
    /// The engine counts in equal intervals; where an interval spans several bars, the sample
    /// tells how its images spread over them.
    pub fn bars(&self, histogram: &Histogram, n: usize) -> Vec<Bar> {
        let mut bars = vec![Bar::default(); n];
        let bins = histogram.all.len();
        let width = (histogram.high - histogram.low) / bins.max(1) as f64;
        let mut rest = self.sample.iter().zip(&self.units).peekable();
        for (i, (&all, &kept)) in histogram.all.iter().zip(&histogram.kept).enumerate() {
            let left = histogram.low + width * i as f64;
            let right = if i + 1 == bins {
                f64::INFINITY
            } else {
                left + width
            };
            let mut inside = Vec::new();
            while let Some((_, unit)) = rest.next_if(|(v, _)| f64::from(**v) < right) {
                inside.push(*unit);
            }
            if all > 0 {
                let span = (self.unit(left), self.unit(left + width));
                spread(&mut bars, (all as f32, kept as f32), span, &inside);
            }
        }
        bars
    }
}

/// Where the logarithmic axis bends: at the lowest tenth of the values, so that their bulk lies in
/// the part that is truly logarithmic.
fn knee((low, high): (f64, f64), sample: &[f32]) -> f64 {
    let least = (high - low) * 1e-5;
    let above = |part: usize| {
        sample
            .get(sample.len() * part / 20)
            .map(|&v| f64::from(v) - low)
    };
    let parts = [2, 5, 10, 15].into_iter().filter_map(above);
    parts.into_iter().find(|&v| v > least).unwrap_or(least)
}

/// Puts one interval's counts into the bars: by its sampled values, or evenly.
fn spread(bars: &mut [Bar], (all, kept): (f32, f32), span: (f64, f64), inside: &[f32]) {
    let last = bars.len().saturating_sub(1);
    let (left, right) = (span.0 * bars.len() as f64, span.1 * bars.len() as f64);
    let mut put = |at: usize, share: f32| {
        if let Some(bar) = bars.get_mut(at.min(last)) {
            bar.all += all * share;
            bar.kept += kept * share;
        }
    };
    let (first, end) = (
        left as usize,
        (right.ceil() as usize).max(left as usize + 1),
    );
    let n_bars = end - first;
    if n_bars > 2 && inside.len() >= n_bars {
        let share = 1.0 / inside.len() as f32;
        for &unit in inside {
            put((unit * (last + 1) as f32) as usize, share);
        }
        return;
    }
    let width = right - left;
    for at in first..end {
        let covered = right.min(at as f64 + 1.0) - left.max(at as f64);
        let share = if width > 0.0 { covered / width } else { 1.0 };
        put(at, share as f32);
    }
}

/// Colours of the bars.
#[derive(Debug, Clone, Copy)]
pub struct Ink {
    /// The whole library.
    pub all: Color32,
    /// What the other rules keep, inside the band.
    pub kept: Color32,
    /// What the other rules keep, outside the band.
    pub outside: Color32,
}

/// Draws the bars into `rect`; those between `band` (in places) are bright.
pub fn paint(painter: &Painter, rect: Rect, bars: &[Bar], band: (f64, f64), ink: (Ink, bool)) {
    let (ink, log_heights) = ink;
    let height = |count: f32| if log_heights { count.ln_1p() } else { count };
    let tallest = bars.iter().map(|bar| height(bar.all)).fold(0.0, f32::max);
    if tallest <= 0.0 {
        return;
    }
    let step = rect.width() / bars.len() as f32;
    let gap = if step >= 2.5 { 1.0 } else { 0.0 };
    // Whole pixels: bars of equal width, without a moiré of half-filled gaps.
    let edge = |i: usize| painter.round_to_pixel_center(rect.left() + step * i as f32) - 0.5;
    for (i, bar) in bars.iter().enumerate() {
        let (left, right) = (edge(i), edge(i + 1) - gap);
        let center = (i as f64 + 0.5) / bars.len() as f64;
        let inside = center >= band.0 && center <= band.1;
        let kept = if inside { ink.kept } else { ink.outside };
        for (count, color) in [(bar.all, ink.all), (bar.kept, kept)] {
            if count <= 0.0 {
                continue;
            }
            let tall = (height(count) / tallest * rect.height()).clamp(1.0, rect.height());
            let top = pos2(left, rect.bottom() - tall);
            let end = pos2(right, rect.bottom());
            painter.rect_filled(Rect::from_min_max(top, end), 0.0, color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skewed() -> Vec<f32> {
        (0..1000).map(|i| (i as f32 / 100.0).exp()).collect()
    }

    #[test]
    fn places_and_values_are_inverse_on_every_axis() {
        let values = skewed();
        let bounds = (1.0, f64::from(values[999]));
        for axis in [Axis::Linear, Axis::Log, Axis::Percentile] {
            let scale = Scale::new(Some(axis), bounds, sample(&values));
            for i in 0..=20 {
                let unit = f64::from(i) / 20.0;
                let back = scale.unit(scale.value(unit));
                assert!((back - unit).abs() < 1e-3, "{axis:?} {unit} {back}");
            }
            assert!(scale.unit(f64::NEG_INFINITY).abs() < f64::EPSILON);
            assert!((scale.unit(f64::INFINITY) - 1.0).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn skewed_columns_get_a_logarithmic_axis() {
        let values = skewed();
        let scale = Scale::new(None, (1.0, 22_000.0), sample(&values));
        assert_eq!(scale.axis(), Axis::Log);
        let even: Vec<f32> = (0..100).map(|i| i as f32).collect();
        let scale = Scale::new(None, (0.0, 99.0), sample(&even));
        assert_eq!(scale.axis(), Axis::Linear);
    }

    #[test]
    fn bars_keep_the_number_of_images_on_every_axis() {
        let values = skewed();
        let high = f64::from(values[999]);
        let mut all = vec![0; 64];
        for &v in &values {
            let bin = (f64::from(v) - 1.0) / (high - 1.0) * 64.0;
            all[(bin as usize).min(63)] += 1;
        }
        let kept = all.iter().map(|n| n / 2).collect();
        let histogram = Histogram {
            column: "x".into(),
            low: 1.0,
            high,
            all,
            kept,
            missing: 0,
        };
        for axis in [Axis::Linear, Axis::Log, Axis::Percentile] {
            let scale = Scale::new(Some(axis), (1.0, high), sample(&values));
            let bars = scale.bars(&histogram, 50);
            let total: f32 = bars.iter().map(|bar| bar.all).sum();
            assert!((total - 1000.0).abs() < 0.5, "{axis:?} {total}");
            assert!(bars.iter().all(|bar| bar.kept <= bar.all));
        }
    }

    #[test]
    fn empty_and_constant_columns_have_a_width() {
        for values in [vec![], vec![f32::NAN], vec![3.0; 10]] {
            for axis in [None, Some(Axis::Log), Some(Axis::Percentile)] {
                let scale = Scale::new(axis, (3.0, 3.0), sample(&values));
                assert!(scale.value(0.5).is_finite());
                assert!(scale.unit(3.5).is_finite());
            }
        }
    }

    #[test]
    fn dragged_values_are_round() {
        let scale = Scale::new(Some(Axis::Linear), (0.0, 255.0), Vec::new());
        let value = scale.round_value(0.501_23, 1.0 / 200.0);
        assert!((value - 128.0).abs() < 1e-9, "{value}");
    }
}
