//! Network scorers as data: one TOML file names the weights, the input, the output and the columns.
//!
//! A manifest that does not parse is a visible notice, never a silent skip; hence every error names
//! the field.
//!
//! Must not know: where manifests lie, networks, downloads.

mod check;
#[cfg(test)]
mod tests;

use serde::Deserialize;

use super::preprocess::Preprocess;
use crate::domain::score::Better;

/// Raised whenever preprocessing changes what networks see; part of every version.
pub const PREPROCESSING: u32 = 1;

/// Why a text is no manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, an unknown or missing field, or a value of the wrong type; with place and field.
    #[error("{0}")]
    Syntax(String),
    /// A value that can't be meant.
    #[error("`{field}` {why}")]
    Value {
        /// The field, e.g. `input.size`.
        field: String,
        /// What is wrong with it and what is expected.
        why: String,
    },
}

/// A network scorer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name in `--with` and of the file: lower-case letters, digits, `_`, `-`.
    pub key: String,
    /// Title for people.
    pub label: String,
    /// What it measures and where it comes from, in a sentence.
    pub about: String,
    /// What pictures it was trained on.
    #[serde(default)]
    pub field: Field,
    /// Licence of the weights; shown before a download.
    pub licence: String,
    /// The file with the weights.
    pub weights: Weights,
    /// What the network sees.
    pub input: Preprocess,
    /// How its answer becomes numbers.
    pub output: Output,
    /// The columns it fills, in the order of the output.
    pub columns: Vec<Column>,
    /// Pictures run together, at least 1.
    #[serde(default = "one")]
    pub batch: u32,
    /// Largest distance from the original's values that passes as equal.
    pub tolerance: f64,
    /// The text it was read from; the version depends on it.
    #[serde(skip)]
    text: String,
}

fn one() -> u32 {
    1
}

/// What pictures a scorer was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Photographs and everything else.
    #[default]
    General,
    /// Drawings in the style of anime.
    Anime,
}

/// A file with trained weights.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Name of the file on disk.
    pub file: String,
    /// Where it can be had: an address, or `hf:owner/repo/path@revision`. None: the user brings it.
    pub source: Option<String>,
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// What kind of file it is.
    pub format: Format,
    /// Name of the network to build around a checkpoint; none for ONNX, which holds its own.
    pub architecture: Option<String>,
    /// Parameters of that architecture.
    #[serde(default)]
    pub parameters: toml::Table,
}

/// Kinds of weight files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A whole network.
    Onnx,
    /// Named tensors.
    Safetensors,
    /// A PyTorch checkpoint.
    Torch,
}

/// How the network's answer becomes numbers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "read", deny_unknown_fields)]
pub enum Output {
    /// One number a column, as it is.
    Raw {},
    /// The logistic function of one number a column.
    Sigmoid {},
    /// Softmax over the answer; the column is the share of this class.
    Class {
        /// Index of the class.
        index: u32,
    },
    /// Softmax over the answer, then the mean of these weights.
    Expected {
        /// One weight a class.
        weights: Vec<f64>,
    },
}

/// One column of a network scorer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name in exports and queries.
    pub key: String,
    /// Title for people.
    pub label: String,
    /// Native range; `inf` where open.
    pub range: [f64; 2],
    /// Direction of quality: `higher`, `lower` or `neutral`.
    #[serde(deserialize_with = "better")]
    pub better: Better,
    /// What it measures, in a sentence.
    pub about: String,
    /// Intervals with a meaning.
    #[serde(default)]
    pub bands: Vec<BandText>,
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

impl Manifest {
    /// Reads and checks a manifest.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut manifest: Self =
            toml::from_str(text).map_err(|e| ManifestError::Syntax(e.to_string()))?;
        text.clone_into(&mut manifest.text);
        manifest.check()?;
        Ok(manifest)
    }

    /// Changes whenever the scores may: with the text, the weights or the preprocessing.
    ///
    /// 16 hexadecimal digits.
    pub fn version(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.text.as_bytes());
        hasher.update(self.weights.sha256.as_bytes());
        hasher.update(&PREPROCESSING.to_le_bytes());
        hasher.finalize().to_hex()[..16].to_owned()
    }
}
