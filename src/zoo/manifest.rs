//! Scorers as data: one TOML file names the weights, the input, the output and the columns.
//!
//! A manifest that does not parse is a visible notice, never a silent skip; hence every error names
//! the field. docs/manifest.md shows the whole schema by example.
//!
//! Must not know: where manifests lie, networks, downloads.

mod check;
mod column;
mod output;
mod read;
mod setting;
mod source;
#[cfg(test)]
mod tests;
mod weights;

use serde::Deserialize;

use crate::domain::score::Field;
use crate::zoo::preprocess::Preprocess;
use crate::zoo::reading::tables::Tables;

pub use column::{BandText, Column, Combine};
pub use output::{Colours, MapOutput, Output};
pub use setting::{Choice, Chosen, Setting, text_of};
pub use source::{Source, SourceError};
pub use weights::{TextTower, Variant, WeightFile};

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

/// A scorer as data.
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
    #[serde(default = "not_stated")]
    pub licence: String,
    /// Where its authors publish it, for people.
    #[serde(default)]
    pub origin: String,
    /// How it gets its values.
    #[serde(default)]
    pub kind: Kind,
    /// Name of the one weight file, where nothing else is to be said of it; it becomes the only
    /// entry of `weights`.
    pub file: Option<String>,
    /// Files with the weights, each entry sufficient; the first is what a pull takes.
    #[serde(default)]
    pub weights: Vec<Variant>,
    /// Use the weights of this scorer instead of own ones.
    pub weights_of: Option<String>,
    /// Parameters of the architecture that differ from those of the scorer in `weights_of`.
    #[serde(default)]
    pub parameters: toml::Table,
    /// What the network sees (kinds `encoder` and `network`).
    pub input: Option<Preprocess>,
    /// What the head sees, in the order of the network's inputs (kind `head`).
    #[serde(default)]
    pub inputs: Vec<HeadInput>,
    /// The texts that pictures are compared with (kind `prompts`).
    pub prompts: Option<Prompts>,
    /// Code of this scorer (kind `computed`), e.g. `brisque`.
    pub code: Option<String>,
    /// How the answer becomes numbers.
    pub output: Output,
    /// An output that is laid over the picture (kind `network`).
    pub map: Option<MapOutput>,
    /// The columns it fills; none for encoders and prompts.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// What it asks of the computer, where that is much.
    pub needs: Option<Needs>,
    /// What its lists are called in exports, before `_keypoints` or `_tags`; its key if left out.
    pub lists: Option<String>,
    /// Pictures a second that its network took on two cores with ONNX Runtime, at full size
    /// (docs/benchmarks.md); told to people.
    pub measured: Option<f64>,
    /// What the user may choose.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Pictures run together, at least 1.
    #[serde(default = "one")]
    pub batch: u32,
    /// Largest distance from the original's values that passes as equal.
    #[serde(default = "usual_tolerance")]
    pub tolerance: f64,
    /// What the user chose.
    #[serde(skip)]
    pub chosen: Chosen,
    /// The text it was read from; the version depends on it.
    #[serde(skip)]
    text: String,
    /// What its reading looks things up in; empty until a network of it is loaded.
    #[serde(skip)]
    tables: Tables,
}

fn one() -> u32 {
    1
}

fn usual_tolerance() -> f64 {
    0.001
}

fn not_stated() -> String {
    "not stated".to_owned()
}

/// How a scorer gets its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A network on pixels whose answer is a cached vector for heads.
    Encoder,
    /// A network on pixels whose answer is numbers.
    #[default]
    Network,
    /// A small network on vectors and columns.
    Head,
    /// Similarity of a vector with texts.
    Prompts,
    /// Our own code, with model files.
    Computed,
}

/// One input of a head: a vector, or a column as a number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadInput {
    /// Key of the encoder whose vector it is.
    pub embedding: Option<String>,
    /// What is done to the vector first.
    #[serde(default)]
    pub norm: Norm,
    /// Key of the column that it is.
    pub column: Option<String>,
    /// The column is brought within these bounds first.
    pub clamp: Option<[f64; 2]>,
    /// Then multiplied by this.
    #[serde(default = "unit")]
    pub scale: f64,
    /// Then this is added.
    #[serde(default)]
    pub offset: f64,
}

fn unit() -> f64 {
    1.0
}

impl HeadInput {
    /// The vector of that encoder as it is.
    pub fn embedding(key: &str) -> Self {
        Self {
            embedding: Some(key.to_owned()),
            norm: Norm::None,
            column: None,
            clamp: None,
            scale: 1.0,
            offset: 0.0,
        }
    }
}

/// What is done to a vector before a head sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    /// Nothing.
    #[default]
    None,
    /// Divided by its Euclidean length.
    Unit,
    /// Divided by its length, times the square root of its number of dimensions.
    UnitSqrtDim,
}

/// What a large network asks of the computer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Memory of the device that it runs on, weights included, in bytes.
    pub memory: u64,
    /// Key of a lighter scorer of the same, for those who have less.
    pub instead: Option<String>,
}

/// The texts of a prompt scorer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompts {
    /// Key of the encoder; its variant must have a text tower.
    pub encoder: String,
    /// Factor on the cosine.
    pub scale: f64,
    /// Texts until the user writes a list of their own.
    pub texts: Vec<String>,
}

impl Manifest {
    /// Reads and checks a manifest.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest = Self::read_text(text)?;
        manifest.check_settings()?;
        Ok(manifest)
    }

    /// Reads a manifest and checks all but its settings.
    fn read_text(text: &str) -> Result<Self, ManifestError> {
        let mut manifest: Self =
            toml::from_str(text).map_err(|e| ManifestError::Syntax(e.to_string()))?;
        text.clone_into(&mut manifest.text);
        manifest.spell_out();
        manifest.check()?;
        Ok(manifest)
    }

    /// Short forms become long ones.
    fn spell_out(&mut self) {
        if let Some(name) = &self.file {
            self.weights.push(Variant::of_file(name));
        }
        if let Some(input) = &mut self.input {
            input.spell_out();
        }
        for column in &mut self.columns {
            column.spell_out(&self.output);
        }
    }

    /// The text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Keys of the encoders whose vectors it needs, each once.
    pub fn encoders(&self) -> Vec<&str> {
        let inputs = self.inputs.iter().filter_map(|i| i.embedding.as_deref());
        let prompts = self.prompts.iter().map(|p| p.encoder.as_str());
        let mut keys: Vec<&str> = inputs.chain(prompts).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Keys of the columns that it needs.
    pub fn needed_columns(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().filter_map(|i| i.column.as_deref())
    }

    /// The part of the text that scores depend on, in one fixed order.
    fn formula(&self) -> String {
        let Ok(mut table) = self.text.parse::<toml::Table>() else {
            return self.text.clone();
        };
        for prose in [
            "label",
            "about",
            "licence",
            "origin",
            "field",
            "batch",
            "tolerance",
            "measured",
            "file",
            "needs",
            "weights",
            "weights_of",
            "parameters",
            "settings",
            "lists",
        ] {
            table.remove(prose);
        }
        let columns = table.get_mut("columns").and_then(toml::Value::as_array_mut);
        for column in columns.into_iter().flatten() {
            if let Some(column) = column.as_table_mut() {
                column.retain(|name, _| {
                    matches!(name, "key" | "index" | "combine" | "scale" | "offset")
                });
            }
        }
        if let Some(map) = table.get_mut("map").and_then(toml::Value::as_table_mut) {
            map.retain(|name, _| matches!(name, "output" | "range"));
        }
        table.to_string()
    }

    /// Changes whenever the scores may: with the formula, the weights, the preprocessing, or a scorer
    /// that it builds on.
    ///
    /// `parts` are the SHA-256 of the weight files in use, what is built around them, and the
    /// versions of those scorers. What is only said to people, and where weights may be had, does
    /// not count. 16 hexadecimal digits.
    pub fn version<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.formula().as_bytes());
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&PREPROCESSING.to_le_bytes());
        hasher.finalize().to_hex()[..16].to_owned()
    }
}
