//! The weight files of a manifest.

use serde::Deserialize;

use super::Source;

/// One way to have the weights: a set of files that belong together.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Name among the variants, e.g. `f32`, `int8`.
    pub name: String,
    /// How it differs from the others, for people; may be empty.
    #[serde(default)]
    pub about: String,
    /// The files; the network is in the first unless `text` says otherwise.
    pub files: Vec<WeightFile>,
    /// Name of the network to build around a checkpoint; none for ONNX, which holds its own.
    pub architecture: Option<String>,
    /// Parameters of that architecture, checked against the shapes.
    #[serde(default)]
    pub parameters: toml::Table,
    /// Whether weights of half precision stay so, for networks too large to be held in f32: graphics
    /// cards then compute in half precision, the processor in f32.
    #[serde(default)]
    pub half: bool,
    /// Name of the graph's input, where it has several.
    pub input: Option<String>,
    /// Name of the graph's output, where it has several.
    pub output: Option<String>,
    /// Names of the graph's outputs, where several are read; their order is that of the manifest's
    /// places.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// The text tower, for encoders that have one.
    pub text: Option<TextTower>,
}

impl Variant {
    /// An ONNX file of which no more is known than its name.
    pub fn of_file(name: &str) -> Self {
        Self {
            name: "own".to_owned(),
            about: String::new(),
            files: vec![WeightFile {
                name: name.to_owned(),
                sha256: None,
                bytes: None,
                sources: Vec::new(),
            }],
            architecture: None,
            parameters: toml::Table::new(),
            half: false,
            input: None,
            output: None,
            outputs: Vec::new(),
            text: None,
        }
    }

    /// Names of the outputs that are read; none where the graph has one.
    pub fn output_names(&self) -> Vec<&str> {
        let named = self.output.iter().chain(&self.outputs);
        named.map(String::as_str).collect()
    }
}

/// The network that turns texts into vectors of the same space.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextTower {
    /// Name of the file it is in; the first if left out.
    pub file: Option<String>,
    /// Name of the network to build around a checkpoint; none for ONNX.
    pub architecture: Option<String>,
    /// Name of the graph's output, where it has several.
    pub output: Option<String>,
}

/// A file with trained weights.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightFile {
    /// Name of the file on disk.
    pub name: String,
    /// SHA-256, 64 lower-case hexadecimal digits; none where its publisher states none.
    pub sha256: Option<String>,
    /// Size in bytes, where known.
    pub bytes: Option<u64>,
    /// Where it can be had, tried in turn; none: the user brings it.
    #[serde(default)]
    pub sources: Vec<Source>,
}
