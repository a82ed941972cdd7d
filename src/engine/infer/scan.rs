//! What an ONNX file declares, read without loading its weights: inputs, outputs, operators.
//!
//! The form is protobuf; field numbers are those of `onnx.proto3` of the ONNX project. Every length
//! is checked against the bytes that there are, so a file that is cut short is refused here.
//!
//! Must not know: engines.

mod graph;
mod weights;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Cursor};

use super::{Element, InferError, ModelSource, Port};
use wire::{Fault, Wire};

/// What a network declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What it takes, weights excluded.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
    /// Its operators and how often each stands in it, those of subgraphs included; operators
    /// outside of ONNX's own domain as `domain:name`.
    pub operators: BTreeMap<String, usize>,
    /// The version of ONNX's own operators that it is written in; 0 if it doesn't say.
    pub opset: i64,
    /// Other files that weights lie in, relative to the model's folder, with the bytes that each
    /// must have at least.
    pub external: BTreeMap<String, u64>,
    /// The operator that gives each output, by its name; as in `operators`.
    pub ends: BTreeMap<String, String>,
    /// Names of the weights, which old files list among the inputs too.
    initializers: BTreeSet<String>,
    /// Texts of attributes and how often they stand in the graph, as `Resize mode=cubic`.
    modes: BTreeMap<String, usize>,
    /// Names of the weights with one axis.
    vectors: BTreeSet<String>,
    /// Names of what matrix products multiply by.
    multipliers: BTreeSet<String>,
}

impl Facts {
    /// Number of operators.
    pub fn nodes(&self) -> usize {
        self.operators.values().sum()
    }

    /// How often the operator stands in the graph.
    pub fn count(&self, operator: &str) -> usize {
        self.operators.get(operator).copied().unwrap_or(0)
    }

    /// How often an operator has an attribute of that text, as `Resize mode=cubic`.
    pub fn count_mode(&self, mode: &str) -> usize {
        self.modes.get(mode).copied().unwrap_or(0)
    }

    /// Whether a matrix is multiplied by a weight with one axis.
    pub fn multiplies_by_vector(&self) -> bool {
        !self.multipliers.is_disjoint(&self.vectors)
    }

    /// Whether a batch shares one scale of dynamic quantisation.
    pub fn couples_batch(&self) -> bool {
        let bare = |name: &String| name.rsplit(':').next().unwrap_or_default().to_owned();
        let mut names = self.operators.keys().map(bare);
        names.any(|name| name.starts_with("DynamicQuantize"))
    }
}

/// Reads what the network declares.
///
/// Fails if it can't be read, is no ONNX, is cut short, or has weights whose bytes don't fit their
/// shape or that lie outside of the model's folder.
pub fn scan(source: &ModelSource) -> Result<Facts, InferError> {
    let facts = match source {
        ModelSource::File(path) => {
            let read = |source| InferError::Read {
                path: path.clone(),
                source,
            };
            let file = File::open(path).map_err(read)?;
            let meta = file.metadata().map_err(read)?;
            if meta.is_dir() {
                return Err(read(std::io::ErrorKind::IsADirectory.into()));
            }
            graph::model(&mut Wire::new(BufReader::new(file), meta.len()))
        }
        ModelSource::Bytes(bytes) => from_bytes(bytes),
        ModelSource::Built(network) => from_bytes(&network.skeleton()),
    };
    let mut facts = facts.map_err(|fault| InferError::NotAModel(fault.to_string()))?;
    if let ModelSource::Built(network) = source {
        let fed = |port: &Port| network.fed_weights().any(|w| w.name() == port.name);
        facts.inputs.retain(|port| !fed(port));
    }
    check_external(source, &facts)?;
    if let Some(port) = facts
        .inputs
        .iter()
        .chain(&facts.outputs)
        .find(|p| p.name.is_empty())
    {
        return Err(InferError::NotAModel(format!("a port has no name: {port}")));
    }
    if facts.outputs.is_empty() {
        return Err(InferError::NotAModel("it has no outputs".to_owned()));
    }
    Ok(facts)
}

fn from_bytes(bytes: &[u8]) -> Result<Facts, Fault> {
    graph::model(&mut Wire::new(Cursor::new(bytes), bytes.len() as u64))
}

/// Weights in other files must be there, in full; a built network brings its own.
fn check_external(source: &ModelSource, facts: &Facts) -> Result<(), InferError> {
    if matches!(source, ModelSource::Built(_)) {
        return Ok(());
    }
    for (location, &needed) in &facts.external {
        let ModelSource::File(model) = source else {
            let why = format!("its weights are in another file: `{location}`");
            return Err(InferError::NotAModel(why));
        };
        let path = model.with_file_name(location);
        let has = std::fs::metadata(&path).map_err(|source| InferError::Read {
            path: path.clone(),
            source,
        })?;
        if has.len() < needed {
            return Err(InferError::NotAModel(format!(
                "its weights in `{location}` are cut short: {} of {needed} bytes",
                has.len()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
