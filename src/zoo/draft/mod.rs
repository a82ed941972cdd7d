//! A manifest from a few answers: for networks that no manifest knows.
//!
//! Must not know: files, how the answers were got.

mod hugging_face;
mod labels;
#[cfg(test)]
mod tests;
mod write;

pub use hugging_face::{Config, ConfigError, input_of};
pub use labels::{MAX_LABELS, clean_key, clean_labels};

use super::preprocess::Preprocess;
use crate::domain::score::Field;

/// Classes of which one holds that get a column each; of more, the likeliest and its share are two
/// columns.
pub const MAX_COLUMNS: usize = 24;

/// What someone says of a network of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Name of the scorer: lower-case letters, digits, `_`, `-`.
    pub key: String,
    /// Title for people; the key if empty.
    pub label: String,
    /// What it measures, in a sentence; may be empty.
    pub about: String,
    /// Licence of the weights; may be empty.
    pub licence: String,
    /// What pictures it was trained on.
    pub field: Field,
    /// Name of the weight file, of letters, digits, `.`, `_`, `+`, `-` and spaces.
    pub file: String,
    /// What is built around a checkpoint; none for ONNX.
    pub architecture: Option<String>,
    /// Parameters of that architecture.
    pub parameters: toml::Table,
    /// Name of the graph's input, where it has several.
    pub port_in: Option<String>,
    /// Name of the graph's output, where it has several.
    pub port_out: Option<String>,
    /// From picture to tensor.
    pub input: Preprocess,
    /// How the answer becomes numbers.
    pub read: Read,
    /// Whether the numbers are shares that add up to 1 already.
    pub adds_up: bool,
    /// Numbers of the answer; at least 1.
    pub width: usize,
    /// What each number is of, in order; empty, or one a number.
    pub labels: Vec<String>,
}

/// How an answer becomes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The numbers as they are.
    Raw,
    /// The logistic function of each: several labels may hold at once.
    Sigmoid,
    /// Shares that add up to 1: one label holds.
    Softmax,
    /// A vector for heads.
    Embedding,
}

impl Read {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Raw, Self::Sigmoid, Self::Softmax, Self::Embedding];

    /// What most networks of so many numbers want; `shares` where they give shares already.
    pub fn usual(width: usize, shares: bool) -> Self {
        if width > 1 && !shares {
            Self::Softmax
        } else {
            Self::Raw
        }
    }

    /// Its word in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Sigmoid => "sigmoid",
            Self::Softmax => "softmax",
            Self::Embedding => "embedding",
        }
    }
}

/// A name that a manifest may give to a weight file, most like this one.
pub fn clean_file(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let clean: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect();
    let clean = clean.trim_matches('.');
    format!("{}{clean}", if clean.is_empty() { "weights" } else { "" })
}
