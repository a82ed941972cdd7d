//! waifu-scorer's ResMLP: residual blocks, then two linear layers.
//!
//! Source: Eugeoter/waifu-scorer `mlp.py`, `ResidualBlock` and `ResMLP`.
//!
//! Must not know: the clamp to 0..10, which the original's pipeline does.

use super::{Head, Rows, matrix, recognised};
use crate::zoo::arch::{ArchError, Architecture, Parameters, Recognised, Weights};
use crate::zoo::graph::Network;

/// `head-resmlp`.
pub(in crate::zoo::arch) const RESMLP: Architecture = Architecture {
    name: "head-resmlp",
    landmarks: &["layers.0.linear.weight"],
    build,
    recognise,
};

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let mut head = Head::new(RESMLP.name, weights);
    let mut x = head.embedding("embedding", "layers.0.linear", parameters)?;
    let n_blocks = n_blocks(weights);
    for block in 0..n_blocks {
        x = residual(&mut head, &format!("layers.{block}"), x)?;
    }
    x = head.linear(&format!("layers.{n_blocks}"), x)?;
    x = head.relu(x);
    x = head.linear(&format!("layers.{}", n_blocks + 2), x)?;
    parameters.check("outputs", x.width)?;
    Ok(head.finish(x))
}

/// relu(norm(relu(linear(x))) + adjust(x)); a block as wide as its input adjusts nothing, and one
/// may be without normalisation.
fn residual(head: &mut Head<'_, '_>, block: &str, x: Rows) -> Result<Rows, ArchError> {
    let mut y = head.linear(&format!("{block}.linear"), x)?;
    y = head.relu(y);
    if head.weights().has(&format!("{block}.batch_norm.weight")) {
        y = head.batch_norm(&format!("{block}.batch_norm"), y)?;
    }
    let identity = if x.width == y.width {
        x
    } else {
        head.linear(&format!("{block}.adjust_dims"), x)?
    };
    let sum = head.graph().add(y.value, identity.value);
    Ok(head.relu(y.with(sum)))
}

fn n_blocks(weights: &Weights<'_>) -> usize {
    weights.count("layers.", ".linear.weight")
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let [_, embedding] = matrix(weights, "layers.0.linear.weight")?;
    let last = n_blocks(weights) + 2;
    let [outputs, _] = matrix(weights, &format!("layers.{last}.weight"))?;
    let size = [outputs, embedding];
    Some(recognised(RESMLP.name, "waifu-scorer ResMLP", size, "unit"))
}
