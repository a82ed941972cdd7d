//! The scorers in our own code.
//!
//! Must not know: the registry that lists them.

pub mod basics;
pub mod brisque;
pub mod cv2_metrics;
pub mod phash;

use crate::domain::score::{Band, Better, ColumnSpec};

/// A column without unit and bands; `about` is a sentence for people.
fn column(key: &str, label: &str, range: (f64, f64), better: Better, about: &str) -> ColumnSpec {
    ColumnSpec {
        key: key.to_owned(),
        label: label.to_owned(),
        range,
        better,
        unit: String::new(),
        readable: None,
        about: about.to_owned(),
        bands: Vec::new(),
    }
}

/// A named interval, both ends inclusive.
fn band(low: f64, high: f64, meaning: &str) -> Band {
    Band {
        low,
        high,
        meaning: meaning.to_owned(),
    }
}
