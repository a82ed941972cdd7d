//! Architectures: from the tensors of a checkpoint to a network.
//!
//! One file per family; [`ARCHITECTURES`] is the list. To add one: a file here and one line there.
//! What shapes tell is inferred from them and compared with what the manifest states.
//!
//! Must not know: files, runtimes, pictures, manifests beyond their table of parameters.

mod error;
mod parameters;
mod weights;

pub use error::ArchError;
pub use parameters::Parameters;
pub use weights::Weights;

use crate::zoo::graph::Network;

/// A kind of network that Bandpass can build.
#[derive(Debug)]
pub struct Architecture {
    /// Its name in manifests.
    pub name: &'static str,
    /// Builds it; every tensor it takes is checked.
    pub build: fn(&Weights<'_>, &Parameters<'_>) -> Result<Network, ArchError>,
    /// Says whether the tensors are such a network, by names and shapes alone.
    pub recognise: fn(&Weights<'_>) -> Option<Recognised>,
}

/// What a checkpoint turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// Name of the architecture.
    pub architecture: &'static str,
    /// For people: `CLIP image tower ViT-B/32, 224 px, 512 values`.
    pub description: String,
    /// What the shapes say, as a manifest would state it.
    pub parameters: toml::Table,
}

/// Everything that can be built.
pub const ARCHITECTURES: &[Architecture] = &[];

/// Builds the network `architecture` from `weights`.
///
/// `parameters` are what the manifest states; what contradicts the shapes is an error that names
/// the parameter. [`Weights::unused`] then tells which tensors the network had no use for.
pub fn build(
    architecture: &str,
    weights: &Weights<'_>,
    parameters: &toml::Table,
) -> Result<Network, ArchError> {
    let known = || ARCHITECTURES.iter().map(|a| a.name).collect::<Vec<_>>();
    let found = ARCHITECTURES.iter().find(|a| a.name == architecture);
    let entry = found.ok_or_else(|| ArchError::UnknownArchitecture {
        name: architecture.to_owned(),
        known: known().join(", "),
    })?;
    let own = weights.for_architecture(architecture);
    let parameters = Parameters::new(parameters);
    let network = (entry.build)(&own, &parameters)?;
    parameters.finish()?;
    weights.merge_used(own);
    Ok(network)
}

/// Everything that these tensors could be built into, by names and shapes alone.
pub fn recognise(weights: &Weights<'_>) -> Vec<Recognised> {
    let all = ARCHITECTURES.iter();
    all.filter_map(|a| (a.recognise)(weights)).collect()
}
