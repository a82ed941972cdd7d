//! From weight files to a network that an engine can load: ONNX as it is, checkpoints through the
//! description of their architecture, the weights left where they lie.
//!
//! Must not know: engines, pictures.

use std::path::Path;
use std::sync::Arc;

use crate::base::Problem;
use crate::engine::infer::ModelSource;
use crate::engine::models::Installed;
use crate::zoo::arch::{self, Weights};
use crate::zoo::checkpoint::{Bytes, Checkpoint};
use crate::zoo::graph::Network;

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
    let weights = Weights::new(&checkpoint);
    arch::build(architecture, &weights, given).map_err(|error| {
        Problem::usage("the weights don't fit the network", error)
            .hint("they may be of another scorer: bandpass models show KEY")
            .at(file)
    })
}

/// Reads the names and places of the tensors in a checkpoint.
pub(crate) fn open(file: &Path) -> Result<Checkpoint, Problem> {
    let bytes = map(file)?;
    Checkpoint::read(bytes)
        .map_err(|error| Problem::usage("this checkpoint can't be read", error).at(file))
}

fn map(file: &Path) -> Result<Bytes, Problem> {
    let failed = |error| Problem::environment("can't read the weights", error).at(file);
    let opened = std::fs::File::open(file).map_err(failed)?;
    #[expect(
        unsafe_code,
        reason = "weights of gigabytes are mapped, not read; no safe call maps a file"
    )]
    // SAFETY: the map is read only. A file that shrinks while it is mapped ends the program, as it
    // does every program that maps; Bandpass itself never writes to a weight file in place.
    let map = unsafe { memmap2::Mmap::map(&opened) }.map_err(failed)?;
    Ok(Arc::new(map))
}
