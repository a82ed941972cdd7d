//! Architectures: from the tensors of a checkpoint to a network.
//!
//! One file per family; [`ARCHITECTURES`] is the list. To add one: a file here and one line there.
//! What shapes tell is inferred from them and compared with what the manifest states.
//!
//! Must not know: files, runtimes, pictures, manifests beyond their table of parameters.

mod assembler;
mod attention;
mod clip;
mod convnext;
mod dpt;
mod efficientnet;
mod error;
mod heads;
mod hyperiqa;
mod icnet;
mod parameters;
mod qalign;
mod relatives;
mod resnet;
mod rtmpose;
mod siglip;
mod transformer;
mod weights;

#[cfg(test)]
mod tests;

pub use assembler::Assembler;
pub use error::ArchError;
pub use parameters::Parameters;
pub use relatives::{explain, relative};
pub use weights::Weights;

use crate::zoo::checkpoint::{Checkpoint, View};
use crate::zoo::graph::Network;

/// A kind of network that Bandpass can build.
#[derive(Debug)]
pub struct Architecture {
    /// Its name in manifests.
    pub name: &'static str,
    /// Names of tensors, one of which every such network has: by them it is found inside whatever
    /// a training framework has wrapped around it.
    pub landmarks: &'static [&'static str],
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
pub const ARCHITECTURES: &[Architecture] = &[
    clip::VISION,
    clip::TEXT,
    siglip::VISION,
    siglip::CLASSIFIER,
    hyperiqa::HYPERIQA,
    dpt::HYBRID,
    qalign::QALIGN,
    heads::LINEAR,
    heads::MLP,
    heads::RESMLP,
    heads::CITY,
    heads::FUSION,
    convnext::CONVNEXT_V2,
    efficientnet::WATERMARK,
    icnet::ICNET,
    rtmpose::RTMPOSE,
];

/// What is known and can't be built.
const RELATIVES: &[relatives::Relative] = &[
    convnext::FIRST_VERSION,
    efficientnet::OTHERS,
    icnet::DEEPER,
    rtmpose::OTHERS,
    hyperiqa::OTHERS,
    dpt::LARGE,
];

/// Views that are looked at for a landmark; files of real frameworks hold a few copies.
const MAX_VIEWS: usize = 16;

/// Names of those that take pictures.
pub fn for_pictures() -> impl Iterator<Item = &'static str> {
    let others = |name: &&str| {
        name.starts_with("head-") || [heads::FUSION.name, clip::TEXT.name].contains(name)
    };
    let names = ARCHITECTURES.iter().map(|entry| entry.name);
    names.filter(move |name| !others(name))
}

/// The tensors of `architecture` in a checkpoint: of averaged weights (EMA) if `averaged` and
/// there are any. Where no landmark is found, all tensors, so that building names what is missing.
pub fn weights<'a>(
    architecture: &str,
    checkpoint: &'a Checkpoint,
    averaged: bool,
) -> Result<Weights<'a>, ArchError> {
    let landmarks = find(architecture)?.landmarks.iter();
    let view = landmarks.filter_map(|landmark| checkpoint.view(landmark, averaged));
    let nearest = view.min_by_key(|v| v.prefix().len());
    Ok(Weights::new(
        nearest.unwrap_or_else(|| checkpoint.below("")),
    ))
}

/// Whether a manifest wants averaged weights (EMA) of a file that has both; it does unless it states
/// `ema = false`.
pub fn wants_averaged(parameters: &toml::Table) -> bool {
    parameters.get("ema").and_then(toml::Value::as_bool) != Some(false)
}

/// Builds the network `architecture` from `weights`.
///
/// `parameters` are what the manifest states; what contradicts the shapes is an error that names
/// the parameter. [`Weights::unused`] then tells which tensors the network had no use for.
pub fn build(
    architecture: &str,
    weights: &Weights<'_>,
    parameters: &toml::Table,
) -> Result<Network, ArchError> {
    let entry = find(architecture)?;
    let parameters = Parameters::new(parameters);
    parameters.flag("ema")?;
    let network = (entry.build)(weights, &parameters)?;
    parameters.finish()?;
    Ok(network)
}

/// Everything that a checkpoint can be built into, by names and shapes alone.
pub fn recognise(checkpoint: &Checkpoint) -> Vec<Recognised> {
    let all = ARCHITECTURES.iter();
    all.filter_map(|entry| {
        let mut views = views(checkpoint, entry.landmarks);
        views.find_map(|view| (entry.recognise)(&Weights::new(view)))
    })
    .collect()
}

/// Where the landmarks are: the shortest prefixes of each, a few, for every view costs a look.
fn views<'a>(
    checkpoint: &'a Checkpoint,
    landmarks: &'static [&'static str],
) -> impl Iterator<Item = View<'a>> {
    let views = |landmark: &&str| checkpoint.views(landmark).into_iter().take(MAX_VIEWS);
    landmarks.iter().flat_map(views)
}

fn find(architecture: &str) -> Result<&'static Architecture, ArchError> {
    let found = ARCHITECTURES.iter().find(|a| a.name == architecture);
    found.ok_or_else(|| ArchError::UnknownArchitecture {
        name: architecture.to_owned(),
        known: ARCHITECTURES
            .iter()
            .map(|a| a.name)
            .collect::<Vec<_>>()
            .join(", "),
    })
}

/// Parameters as a manifest would state them.
fn table(pairs: &[(&str, usize)]) -> toml::Table {
    let entry = |&(name, n): &(&str, usize)| (name.to_owned(), toml::Value::Integer(n as i64));
    pairs.iter().map(entry).collect()
}

/// The side of the square that `positions` (of the tensor `key`) fill.
fn grid(key: &str, positions: usize) -> Result<usize, ArchError> {
    let side = positions.isqrt();
    if side > 0 && side * side == positions {
        return Ok(side);
    }
    Err(ArchError::WrongShape {
        key: key.to_owned(),
        found: format!("{positions} patches"),
        expected: "a square number of patches".to_owned(),
    })
}
