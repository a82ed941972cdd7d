//! How a network's answer becomes numbers.

use serde::Deserialize;

use crate::zoo::reading::depth::DepthSpread;
use crate::zoo::reading::simcc::SimCc;

/// How the answer, a row of numbers a view, becomes the values of the columns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "read", deny_unknown_fields)]
pub enum Output {
    /// The row is the picture's vector (kind `encoder`).
    Embedding {
        /// Its length.
        dims: u32,
    },
    /// The numbers as they are, times `scale`, plus `offset`.
    Raw {
        /// Factor.
        #[serde(default = "unit")]
        scale: f64,
        /// Summand.
        #[serde(default)]
        offset: f64,
    },
    /// The logistic function of each number.
    Sigmoid {},
    /// Softmax over the row.
    Softmax {},
    /// The mean of these weights by the shares of the row: one number.
    Expected {
        /// One weight a class.
        weights: Vec<f64>,
        /// Take the softmax first; otherwise the row holds shares already.
        #[serde(default = "yes")]
        softmax: bool,
        /// Name of the weight file with a table from that number to the share of pictures below
        /// it, which is a second number.
        percentiles: Option<String>,
    },
    /// The class with the largest share: its index, then its share.
    Label {
        /// Name of each class, in order.
        names: Vec<String>,
        /// Take the softmax first; otherwise the row holds shares already.
        softmax: bool,
    },
    /// Shares of tags: the number of tags that count, then the share of each rating. The tags
    /// themselves are kept beside the numbers.
    Tags {
        /// Name of the weight file with the table of tags.
        names: String,
        /// Above which share a general tag counts.
        #[serde(default = "general")]
        general: f64,
        /// Above which share a character counts.
        #[serde(default = "character")]
        character: f64,
        /// From which share a tag is kept.
        #[serde(default = "floor")]
        floor: f64,
    },
    /// The answers are shares over columns and rows for each key point: the number of bones, the
    /// mean score, and the points themselves.
    #[serde(rename = "simcc")]
    SimCc(SimCc),
    /// The answer is a map of depths, `[height, width]`: how far they spread, one number.
    DepthSpread(DepthSpread),
}

/// An output that holds a value for every place of the picture.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapOutput {
    /// What it shows, for people.
    pub label: String,
    /// Its place among the outputs of the network.
    pub output: u32,
    /// Values of the lowest and the highest level; those of each picture's own map if left out.
    pub range: Option<[f64; 2]>,
    /// How it is drawn.
    #[serde(default)]
    pub colours: Colours,
}

/// How a map is drawn over its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colours {
    /// From black over red to light yellow.
    #[default]
    Heat,
    /// From black to white.
    Grey,
}

fn unit() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

fn general() -> f64 {
    0.35
}

fn character() -> f64 {
    0.85
}

fn floor() -> f64 {
    0.1
}

impl Output {
    /// The numbers that columns may pick from, for one view.
    ///
    /// A row of another length than `Expected`'s weights or `Label`'s names gives NaN, as does one
    /// where its shape counts.
    pub fn values(&self, row: &[f32]) -> Vec<f64> {
        let row: Vec<f64> = row.iter().map(|&v| f64::from(v)).collect();
        match self {
            Self::Embedding { .. } => row,
            Self::Raw { scale, offset } => row.iter().map(|v| v * scale + offset).collect(),
            Self::Sigmoid {} => row.iter().map(|v| 1.0 / (1.0 + (-v).exp())).collect(),
            Self::Softmax {} => softmax(&row),
            Self::Expected {
                weights,
                softmax: s,
                ..
            } if weights.len() == row.len() => {
                let shares = if *s { softmax(&row) } else { row };
                vec![shares.iter().zip(weights).map(|(p, w)| p * w).sum()]
            }
            Self::Label { names, softmax: s } if names.len() == row.len() => {
                label(&if *s { softmax(&row) } else { row })
            }
            Self::Expected { .. } | Self::DepthSpread(_) => vec![f64::NAN],
            Self::Label { .. } | Self::SimCc(_) => vec![f64::NAN; 2],
            // What they are is in a table.
            Self::Tags { .. } => Vec::new(),
        }
    }

    /// Name of the weight file that holds a table and no network.
    pub fn table(&self) -> Option<&String> {
        match self {
            Self::Expected { percentiles, .. } => percentiles.as_ref(),
            Self::Tags { names, .. } => Some(names),
            _ => None,
        }
    }

    /// Whether a softmax is taken of the answer.
    pub(super) fn has_softmax(&self) -> bool {
        match self {
            Self::Softmax {} => true,
            Self::Expected { softmax, .. } | Self::Label { softmax, .. } => *softmax,
            _ => false,
        }
    }

    /// Between which bounds a column lies that states none.
    pub(super) fn range(&self) -> [f64; 2] {
        match self {
            Self::Sigmoid {} | Self::Softmax {} => [0.0, 1.0],
            _ => [f64::NEG_INFINITY, f64::INFINITY],
        }
    }

    /// How many numbers [`Output::values`] gives; none where the graph decides.
    pub fn n_values(&self) -> Option<usize> {
        match self {
            Self::Expected { percentiles, .. } => Some(1 + usize::from(percentiles.is_some())),
            Self::DepthSpread(_) => Some(1),
            Self::Label { .. } | Self::SimCc(_) => Some(2),
            Self::Embedding { dims } => Some(*dims as usize),
            Self::Raw { .. } | Self::Sigmoid {} | Self::Softmax {} | Self::Tags { .. } => None,
        }
    }
}

/// Shares that add up to 1, computed in f64 from the largest number down.
fn softmax(row: &[f64]) -> Vec<f64> {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = row.iter().map(|v| (v - top).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}

fn label(shares: &[f64]) -> Vec<f64> {
    if shares.iter().any(|p| p.is_nan()) {
        return vec![f64::NAN; 2];
    }
    // The first of equals, as argmax in the original code.
    let best = shares
        .iter()
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, (i, &p)| {
            if p > best.1 { (i, p) } else { best }
        });
    vec![best.0 as f64, best.1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(weights: Vec<f64>, softmax: bool) -> Output {
        Output::Expected {
            weights,
            softmax,
            percentiles: None,
        }
    }

    #[test]
    fn each_way_of_reading_follows_its_formula() {
        let row = [0.0, 1.0];
        let e = std::f64::consts::E;
        let raw = Output::Raw {
            scale: 2.0,
            offset: 1.0,
        };
        assert_eq!(raw.values(&row), [1.0, 3.0]);
        let near = |a: &[f64], b: &[f64]| {
            assert_eq!(a.len(), b.len());
            assert!(
                a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12),
                "{a:?} {b:?}"
            );
        };
        near(&Output::Sigmoid {}.values(&row), &[0.5, e / (1.0 + e)]);
        near(
            &Output::Softmax {}.values(&row),
            &[1.0 / (1.0 + e), e / (1.0 + e)],
        );
        let weights = vec![1.0, 3.0];
        near(
            &expected(weights.clone(), true).values(&row),
            &[(1.0 + 3.0 * e) / (1.0 + e)],
        );
        assert_eq!(expected(weights, false).values(&row), [3.0]);
        let names = vec!["SFW".to_owned(), "NSFW".to_owned()];
        let label = Output::Label {
            names,
            softmax: true,
        };
        near(&label.values(&row), &[1.0, e / (1.0 + e)]);
        assert!(label.values(&[1.0]).iter().all(|v| v.is_nan()));
        assert!(label.values(&[1.0, f32::NAN]).iter().all(|v| v.is_nan()));
    }

    #[test]
    fn softmax_does_not_overflow() {
        assert_eq!(Output::Softmax {}.values(&[1000.0, -1000.0]), [1.0, 0.0]);
    }
}
