//! The columns of a manifest.

use serde::Deserialize;

use super::Output;
use crate::domain::scope::Tells;
use crate::domain::score::{Band, Better, ColumnSpec, Readable};

/// One column.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name in exports and queries.
    pub key: String,
    /// Title for people; the key if left out.
    #[serde(default)]
    pub label: String,
    /// Native range; `inf` where open. That of the output's form if left out.
    #[serde(default = "unset")]
    pub range: [f64; 2],
    /// Direction of quality: `higher`, `lower` or `neutral`.
    #[serde(deserialize_with = "better", default = "neutral")]
    pub better: Better,
    /// What it measures, in a sentence; may be empty.
    #[serde(default)]
    pub about: String,
    /// Unit, e.g. `px`; empty for pure numbers.
    #[serde(default)]
    pub unit: String,
    /// What a value says in a unit of everyday life.
    pub readable: Option<Readable>,
    /// Which number of the answer it is; its own place among the columns if left out.
    pub index: Option<u32>,
    /// How the views of a tiled picture become one number.
    #[serde(default)]
    pub combine: Combine,
    /// That number is multiplied by this: the same answer on another scale.
    #[serde(default = "unit")]
    pub scale: f64,
    /// Then this is added.
    #[serde(default)]
    pub offset: f64,
    /// Intervals with a meaning.
    #[serde(default)]
    pub bands: Vec<BandText>,
    /// What the values tell of an image's field, for classifiers of it.
    pub tells: Option<Tells>,
}

fn unit() -> f64 {
    1.0
}

/// How the values of several views of a picture become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Combine {
    /// Arithmetic mean.
    #[default]
    Mean,
    /// Median; the mean of the middle two where their number is even.
    Median,
    /// Largest.
    Max,
    /// Smallest.
    Min,
}

impl Combine {
    /// One value of several; NaN for none, or where one of them is NaN.
    pub fn of(self, values: &mut [f64]) -> f64 {
        if values.is_empty() || values.iter().any(|v| v.is_nan()) {
            return f64::NAN;
        }
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len();
        match self {
            Self::Mean => values.iter().sum::<f64>() / n as f64,
            Self::Median => f64::midpoint(values[(n - 1) / 2], values[n / 2]),
            Self::Max => values[n - 1],
            Self::Min => values[0],
        }
    }
}

/// A named interval of a column.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandText {
    /// Lower bound, inclusive.
    pub low: f64,
    /// Upper bound, inclusive.
    pub high: f64,
    /// What lies in it.
    pub meaning: String,
}

impl Column {
    /// What was left out becomes what is usual for that form of output.
    pub(super) fn spell_out(&mut self, output: &Output) {
        if self.label.is_empty() {
            self.label.clone_from(&self.key);
        }
        if self.range == UNSET {
            self.range = output.range();
        }
    }

    /// The column as the rest of the program knows it.
    pub fn spec(&self) -> ColumnSpec {
        ColumnSpec {
            key: self.key.clone(),
            label: self.label.clone(),
            range: (self.range[0], self.range[1]),
            better: self.better,
            unit: self.unit.clone(),
            readable: self.readable.clone(),
            about: self.about.clone(),
            bands: self.bands.iter().map(BandText::band).collect(),
        }
    }
}

impl BandText {
    fn band(&self) -> Band {
        Band {
            low: self.low,
            high: self.high,
            meaning: self.meaning.clone(),
        }
    }
}

/// A range that nobody means.
const UNSET: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];

fn unset() -> [f64; 2] {
    UNSET
}

fn neutral() -> Better {
    Better::Neutral
}

fn better<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Better, D::Error> {
    match String::deserialize(from)?.as_str() {
        "higher" => Ok(Better::Higher),
        "lower" => Ok(Better::Lower),
        "neutral" => Ok(Better::Neutral),
        other => Err(serde::de::Error::unknown_variant(
            other,
            &["higher", "lower", "neutral"],
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_become_one_number() {
        let of = |combine: Combine, values: &[f64]| combine.of(&mut values.to_vec());
        let values = [4.0, 1.0, 2.0, 3.0, 10.0];
        assert_eq!(of(Combine::Mean, &values), 4.0);
        assert_eq!(of(Combine::Median, &values), 3.0);
        assert_eq!(of(Combine::Median, &values[..4]), 2.5);
        assert_eq!(of(Combine::Max, &values), 10.0);
        assert_eq!(of(Combine::Min, &values), 1.0);
        assert!(of(Combine::Max, &[1.0, f64::NAN]).is_nan());
        assert!(of(Combine::Mean, &[]).is_nan());
    }
}
