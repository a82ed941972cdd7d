//! From weight files to a network that an engine can load: ONNX as it is, checkpoints through the
//! description of their architecture, the weights left where they lie.
//!
//! Must not know: engines, pictures.

use std::path::Path;
use std::sync::Arc;

use crate::base::Problem;
use crate::engine::infer::ModelSource;
use crate::engine::models::{self, Installed};
use crate::zoo::arch;
use crate::zoo::checkpoint::Checkpoint;
use crate::zoo::graph::Network;

/// Where a checkpoint holds averaged weights beside the last ones, the averaged are its best.
const AVERAGED: bool = true;

/// The network of these weights.
pub(crate) fn network(installed: &Installed) -> Result<ModelSource, Problem> {
    let variant = installed.variant();
    match &variant.architecture {
        None => Ok(ModelSource::File(installed.network().to_path_buf())),
        Some(architecture) => built(installed.network(), architecture, &variant.parameters),
    }
}

/// The text tower of these weights; none where they have none.
pub(crate) fn text(installed: &Installed) -> Option<Result<ModelSource, Problem>> {
    let (tower, file) = installed.text()?;
    Some(match &tower.architecture {
        None => Ok(ModelSource::File(file.to_path_buf())),
        Some(architecture) => built(file, architecture, &toml::Table::new()),
    })
}

fn built(file: &Path, architecture: &str, given: &toml::Table) -> Result<ModelSource, Problem> {
    let network = build(file, architecture, given)?;
    Ok(ModelSource::Built(Arc::new(network)))
}

/// Builds the network `architecture` around the checkpoint in `file`, which stays mapped for as
/// long as the network lives.
pub(crate) fn build(
    file: &Path,
    architecture: &str,
    given: &toml::Table,
) -> Result<Network, Problem> {
    let checkpoint = open(file)?;
    let built = arch::weights(architecture, &checkpoint, AVERAGED)
        .and_then(|weights| arch::build(architecture, &weights, given));
    built.map_err(|error| {
        Problem::usage("the weights don't fit the network", error)
            .hint("they may be of another scorer: bandpass models show KEY")
            .at(file)
    })
}

/// Reads the names and places of the tensors in a checkpoint.
pub(crate) fn open(file: &Path) -> Result<Checkpoint, Problem> {
    Checkpoint::read(models::map(file)?)
        .map_err(|error| Problem::usage("this checkpoint can't be read", error).at(file))
}
