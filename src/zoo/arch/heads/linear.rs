//! One linear layer: LAION's aesthetic-predictor v1 and Simulacra's aesthetic models.
//!
//! Must not know: which file it is from beyond its keys.

use super::{Head, matrix, recognised};
use crate::zoo::arch::{ArchError, Architecture, Parameters, Recognised, Weights};
use crate::zoo::graph::Network;

/// `head-linear`: w·x + b.
pub(in crate::zoo::arch) const LINEAR: Architecture = Architecture {
    name: "head-linear",
    landmarks: &["linear.weight", "weight"],
    build,
    recognise,
};

/// What Simulacra's files call the layer; LAION's have no name for it.
const NAMED: &str = "linear";

/// A layer without a name is one only where it is all there is: every network has a `weight`.
fn is_bare(weights: &Weights<'_>) -> bool {
    weights.is_whole() && weights.has("weight")
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let layer = if is_bare(weights) { "" } else { NAMED };
    let mut head = Head::new(LINEAR.name, weights);
    let x = head.embedding("embedding", layer, parameters)?;
    let scores = head.linear(layer, x)?;
    parameters.check("outputs", scores.width)?;
    Ok(head.finish(scores))
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    if weights.names().count() != 2 {
        return None;
    }
    if is_bare(weights) {
        let size = matrix(weights, "weight")?;
        return Some(recognised(LINEAR.name, "LAION linear head", size, "unit"));
    }
    let size = matrix(weights, "linear.weight")?;
    let found = recognised(LINEAR.name, "Simulacra linear head", size, "unit-sqrt");
    weights.is_whole().then_some(found)
}
