//! What is in a file of weights, and for which scorers it could be.
//!
//! Must not know: hashes, downloads.

use std::path::Path;
use std::sync::Arc;

use super::map::map;
use super::opened::{is_index, open};
use crate::zoo::arch::{self, Recognised};
use crate::zoo::checkpoint::Checkpoint;
use crate::zoo::graph::{Network, Port};
use crate::zoo::manifest::{Manifest, Norm, Output, Variant};

/// What a file holds.
#[derive(Debug)]
pub(super) enum Contents {
    /// Named tensors.
    Checkpoint(Checkpoint),
    /// An ONNX graph.
    Onnx,
    /// Neither; why it is no checkpoint.
    Other(String),
}

/// Looks into a file, or into the shards beside it if it is an index.
pub(super) fn look(path: &Path) -> Contents {
    if is_index(path) {
        return match open(path) {
            Ok(checkpoint) => Contents::Checkpoint(checkpoint),
            Err(problem) => Contents::Other(problem.to_string()),
        };
    }
    let bytes = match map(path) {
        Ok(bytes) => bytes,
        Err(problem) => return Contents::Other(problem.to_string()),
    };
    // An ONNX file begins with the version of its format: field 1, a small number.
    if matches!((*bytes).as_ref(), [0x08, 1..=64, ..]) {
        return Contents::Onnx;
    }
    match Checkpoint::read(bytes) {
        Ok(checkpoint) => Contents::Checkpoint(checkpoint),
        Err(error) => Contents::Other(error.to_string()),
    }
}

/// What the networks in a checkpoint are, in words.
pub(super) fn describe(found: &[Recognised]) -> String {
    let words: Vec<&str> = found.iter().map(|r| r.description.as_str()).collect();
    words.join("; ")
}

/// Whether a checkpoint that was recognised as `found` fits a variant of a scorer; none where that
/// is another kind of network.
pub(super) fn candidate(
    manifest: &Manifest,
    variant: &Variant,
    found: &[Recognised],
    checkpoint: &Checkpoint,
    all: &[Arc<Manifest>],
) -> Option<Result<(), String>> {
    let architecture = variant.architecture.as_deref()?;
    let same = found.iter().find(|r| r.architecture == architecture)?;
    prepares_alike(manifest, same).then(|| fit(manifest, variant, checkpoint, all))
}

/// Whether the scorer prepares its vector as heads of this kind want it: LAION's and Simulacra's
/// differ in nothing else. Those that take it as it comes are about with either preparation.
fn prepares_alike(manifest: &Manifest, found: &Recognised) -> bool {
    let norm = match found.parameters.get("input").and_then(toml::Value::as_str) {
        Some("unit") => Norm::Unit,
        Some("unit-sqrt") => Norm::UnitSqrtDim,
        _ => return true,
    };
    let mut vectors = manifest.inputs.iter().filter(|i| i.embedding.is_some());
    vectors.all(|input| input.norm == norm)
}

/// Whether the network of a variant can be built from a checkpoint and has the sizes that the
/// manifest says; the error names the tensor or the size.
pub(super) fn fit(
    manifest: &Manifest,
    variant: &Variant,
    checkpoint: &Checkpoint,
    all: &[Arc<Manifest>],
) -> Result<(), String> {
    let Some(architecture) = &variant.architecture else {
        return Err("its weights are an ONNX graph, and this is a checkpoint".to_owned());
    };
    let told = |error: arch::ArchError| arch::explain(checkpoint, &error);
    let mut parameters = variant.parameters.clone();
    parameters.extend(manifest.parameters.clone());
    let averaged = arch::wants_averaged(&parameters);
    let weights = arch::weights(architecture, checkpoint, averaged).map_err(told)?;
    let network = arch::build(architecture, &weights, &parameters).map_err(told)?;
    check_sizes(manifest, &network, all)
}

fn check_sizes(
    manifest: &Manifest,
    network: &Network,
    all: &[Arc<Manifest>],
) -> Result<(), String> {
    let given = network.outputs().first().and_then(width);
    if let Output::Embedding { dims } = manifest.output
        && given.is_some_and(|given| given != dims as usize)
    {
        let given = given.unwrap_or_default();
        return Err(format!(
            "it gives vectors of {given} numbers, and not of {dims}"
        ));
    }
    for (input, port) in manifest.inputs.iter().zip(network.inputs()) {
        let Some(key) = &input.embedding else {
            continue;
        };
        let encoder = all.iter().find(|m| m.key == *key);
        if let (Some(Output::Embedding { dims }), Some(taken)) =
            (encoder.map(|m| &m.output), width(port))
            && taken != *dims as usize
        {
            return Err(format!(
                "it is for vectors of {taken} numbers, and {key} gives {dims}"
            ));
        }
    }
    let last = (manifest.columns.iter().enumerate())
        .map(|(i, column)| column.index.map_or(i, |index| index as usize))
        .max();
    match (last, given, manifest.output.n_values()) {
        (Some(last), Some(given), None) if last >= given => Err(format!(
            "it gives {given} numbers, and number {} is a column",
            last + 1
        )),
        _ => Ok(()),
    }
}

fn width(port: &Port) -> Option<usize> {
    port.shape.last().copied().flatten()
}
