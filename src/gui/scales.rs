//! A [`Scale`] per column, made anew only when the column's values change.
//!
//! Must not know: widgets' gestures, the engine.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use crate::domain::catalog::Column;
use crate::domain::query::Histogram;

use super::widgets::histogram::{Axis, Scale, sample};

/// Tells whether a shared array is still the one that was looked at.
///
/// A weak pointer: it keeps no values alive and costs the writer no copy.
#[derive(Debug)]
pub struct Seen<T>(Weak<T>);

impl<T> Seen<T> {
    /// Remembers this array.
    pub fn new(array: &Arc<T>) -> Self {
        Self(Arc::downgrade(array))
    }

    /// Whether it is this array.
    pub fn is(&self, array: &Arc<T>) -> bool {
        std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(array))
    }
}

#[derive(Debug)]
struct Entry {
    values: Seen<Vec<f32>>,
    bounds: Option<(f64, f64)>,
    axis: Option<Axis>,
    scale: Arc<Scale>,
}

/// The scales in use, by column key.
#[derive(Debug, Default)]
pub struct Scales {
    entries: BTreeMap<String, Entry>,
}

impl Scales {
    /// The scale of a column; its ends come from the histogram, before one came from a sample.
    pub fn get(
        &mut self,
        column: &Column,
        histogram: Option<&Histogram>,
        axis: Option<Axis>,
    ) -> Arc<Scale> {
        let bounds = histogram.map(|h| (h.low, h.high));
        let key = &column.spec.key;
        if let Some(entry) = self.entries.get(key)
            && entry.values.is(&column.values)
            && entry.bounds == bounds
            && entry.axis == axis
        {
            return Arc::clone(&entry.scale);
        }
        let sample = sample(&column.values);
        let scale = Arc::new(Scale::new(axis, bounds.unwrap_or(ends(&sample)), sample));
        let entry = Entry {
            values: Seen::new(&column.values),
            bounds,
            axis,
            scale: Arc::clone(&scale),
        };
        self.entries.insert(key.clone(), entry);
        scale
    }
}

fn ends(sample: &[f32]) -> (f64, f64) {
    match (sample.first(), sample.last()) {
        (Some(&low), Some(&high)) => (f64::from(low), f64::from(high)),
        _ => (0.0, 1.0),
    }
}
