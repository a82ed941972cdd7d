//! From weight files to a network that an engine can load: ONNX as it is, checkpoints through the
//! description of their architecture, the weights left where they lie.
//!
//! Must not know: engines, pictures.

use std::path::Path;
use std::sync::Arc;

use crate::base::Problem;
use crate::engine::backend::{Backend, Use};
use crate::engine::infer::{Device, ModelSource};
use crate::engine::models::{self, Installed};
use crate::zoo::arch;
use crate::zoo::checkpoint::Checkpoint;
use crate::zoo::graph::Network;
use crate::zoo::manifest::Manifest;
use crate::zoo::reading::tables::Tables;

/// Weights of an exported network that stay inside its file; protobuf ends at 2 GiB.
const INLINE_BYTES: u64 = 1 << 30;

/// The network of these weights.
pub(crate) fn network(installed: &Installed) -> Result<ModelSource, Problem> {
    let variant = installed.variant();
    match &variant.architecture {
        None => Ok(ModelSource::File(installed.network().to_path_buf())),
        Some(architecture) => {
            let network = assemble(installed, architecture)?;
            Ok(ModelSource::Built(Arc::new(network)))
        }
    }
}

/// The tables that the scorer's reading looks things up in.
pub(crate) fn tables(manifest: &Manifest, installed: &Installed) -> Result<Tables, Problem> {
    let open = |name: &str| {
        let file = installed.files.iter().find(|file| file.name == name);
        let file = file.ok_or_else(|| format!("`{name}` is not here"))?;
        models::map(&file.path).map_err(|problem| problem.to_string())
    };
    Tables::read(&manifest.output, open)
        .map_err(|why| Problem::usage(format!("can't run '{}'", manifest.key), why))
}

/// The network of these weights in the precision that it is to have on that device; ONNX files
/// stay as they are.
pub(crate) fn network_on(
    installed: &Installed,
    device: Device,
    backend: &Backend,
    wishes: &Use,
) -> Result<ModelSource, Problem> {
    let keeps = installed.variant().half;
    let on_card = device != Device::Cpu;
    Ok(match network(installed)? {
        ModelSource::Built(network) if on_card && (keeps || wishes.half) => {
            built_of(network, Network::into_half)
        }
        // The engine compiled in holds everything in f32, whatever it is given.
        ModelSource::Built(network) if !on_card && keeps && backend.has_onnx() => {
            built_of(network, Network::keep_half)
        }
        other => other,
    })
}

fn built_of(network: Arc<Network>, change: fn(Network) -> Network) -> ModelSource {
    ModelSource::Built(Arc::new(change(Arc::unwrap_or_clone(network))))
}

/// The text tower of these weights; none where they have none.
pub(crate) fn text(installed: &Installed) -> Option<Result<ModelSource, Problem>> {
    let (tower, file) = installed.text()?;
    Some(match &tower.architecture {
        None => Ok(ModelSource::File(file.to_path_buf())),
        // The towers of one model share their activation, which shapes don't tell.
        Some(architecture) => {
            let mut given = installed.parameters.clone();
            given.retain(|name, _| name == "activation");
            built(file, architecture, &given)
        }
    })
}

fn built(file: &Path, architecture: &str, given: &toml::Table) -> Result<ModelSource, Problem> {
    let network = build(&models::open(file)?, file, architecture, given)?;
    Ok(ModelSource::Built(Arc::new(network)))
}

/// Builds the network `architecture` around the weights, whose files stay mapped for as long as
/// the network lives.
fn assemble(installed: &Installed, architecture: &str) -> Result<Network, Problem> {
    let (file, given) = (installed.network(), &installed.parameters);
    build(&installed.checkpoint()?, file, architecture, given)
}

fn build(
    checkpoint: &Checkpoint,
    file: &Path,
    architecture: &str,
    given: &toml::Table,
) -> Result<Network, Problem> {
    let built = arch::weights(architecture, checkpoint, arch::wants_averaged(given))
        .and_then(|weights| arch::build(architecture, &weights, given));
    built.map_err(|error| {
        let why = arch::explain(checkpoint, &error);
        Problem::usage("the weights don't fit the network", why)
            .hint("they may be of another scorer: bandpass models show KEY")
            .at(file)
    })
}

/// Writes the network with its weights as `out`; gives the bytes written.
///
/// An ONNX file is copied. Above protobuf's 2 GiB the large weights go into `out.data` beside it.
/// Both files come to be through a rename.
pub(crate) fn export(installed: &Installed, out: &Path) -> Result<u64, Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        Problem::environment("can't write the network", error).at(out)
    };
    let folder = out
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let new = || tempfile::NamedTempFile::new_in(folder);
    let variant = installed.variant();
    let Some(architecture) = &variant.architecture else {
        let mut graph = new().map_err(|error| failed(&error))?;
        let mut from = std::fs::File::open(installed.network()).map_err(|error| failed(&error))?;
        let bytes = std::io::copy(&mut from, &mut graph).map_err(|error| failed(&error))?;
        graph.persist(out).map_err(|error| failed(&error))?;
        return Ok(bytes);
    };
    let network = assemble(installed, architecture)?;
    let mut graph = new().map_err(|error| failed(&error))?;
    let large: u64 = network.weights().iter().map(|w| w.byte_len() as u64).sum();
    if large < INLINE_BYTES {
        network
            .write_onnx(&mut graph, None)
            .map_err(|error| failed(&error))?;
        graph.persist(out).map_err(|error| failed(&error))?;
        return Ok(large);
    }
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(".data");
    let mut data = new().map_err(|error| failed(&error))?;
    let target = name.to_string_lossy().into_owned();
    network
        .write_onnx(&mut graph, Some((&target, &mut data)))
        .map_err(|error| failed(&error))?;
    data.persist(folder.join(&name))
        .map_err(|error| failed(&error))?;
    graph.persist(out).map_err(|error| failed(&error))?;
    Ok(large)
}
