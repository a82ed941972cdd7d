//! CityAesthetics and CityClassifiers, and Enferlain's variant with layer normalisation.
//!
//! Widen, one residual block, narrow down in four steps. One output is a score in 0..1, several
//! are classes. The embedding is not normalised.
//!
//! Sources: city96/CityClassifiers ea4be0f and Enferlain/CityClassifiers dace737, `model.py`.
//!
//! Must not know: labels, tiles.

use super::{Head, Rows, matrix, recognised};
use crate::zoo::arch::{ArchError, Architecture, Parameters, Recognised, Weights};
use crate::zoo::graph::{Attribute, Gelu, Network};

/// `head-city`.
pub(in crate::zoo::arch) const CITY: Architecture = Architecture {
    name: "head-city",
    landmarks: &["up.0.weight"],
    build,
    recognise,
};

/// Slope below zero in the residual block.
const BLOCK_SLOPE: f32 = 0.1;
/// Slope below zero on the way down.
const DOWN_SLOPE: f32 = 0.01;

/// Only the variant has a normalisation here; the original's residual block has no such tensor.
fn is_variant(weights: &Weights<'_>) -> bool {
    weights.has("up.1.weight")
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let mut head = Head::new(CITY.name, weights);
    let x = head.embedding("embedding", "up.0", parameters)?;
    let x = head.linear("up.0", x)?;
    let z = if is_variant(weights) {
        variant(&mut head, x)?
    } else {
        original(&mut head, x)?
    };
    parameters.check("outputs", z.width)?;
    let scores = if z.width == 1 {
        zero_to_one(&mut head, z)
    } else {
        head.softmax(z)
    };
    Ok(head.finish(scores))
}

fn original(head: &mut Head<'_, '_>, x: Rows) -> Result<Rows, ArchError> {
    let mut y = head.linear("up.1.long.0", x)?;
    y = leaky_relu(head, y, BLOCK_SLOPE);
    y = head.linear("up.1.long.2", y)?;
    y = leaky_relu(head, y, BLOCK_SLOPE);
    y = head.linear("up.1.long.4", y)?;
    let sum = head.graph().add(x.value, y.value);
    let mut z = head.relu(y.with(sum));
    z = head.linear("down.0", z)?;
    z = head.linear("down.1", z)?;
    z = leaky_relu(head, z, DOWN_SLOPE);
    z = head.linear("down.4", z)?;
    head.linear("down.5", z)
}

fn variant(head: &mut Head<'_, '_>, x: Rows) -> Result<Rows, ArchError> {
    let x = head.layer_norm("up.1", x)?;
    let x = gelu(head, x);
    let mut y = head.layer_norm("up.3.norm", x)?;
    y = head.linear("up.3.long.0", y)?;
    y = gelu(head, y);
    y = head.linear("up.3.long.2", y)?;
    y = gelu(head, y);
    y = head.linear("up.3.long.4", y)?;
    let mut z = y.with(head.graph().add(x.value, y.value));
    for (linear, norm) in [
        ("down.0", "down.1"),
        ("down.3", "down.4"),
        ("down.7", "down.8"),
    ] {
        z = head.linear(linear, z)?;
        z = head.layer_norm(norm, z)?;
        z = gelu(head, z);
    }
    head.linear("down.10", z)
}

fn leaky_relu(head: &mut Head<'_, '_>, x: Rows, slope: f32) -> Rows {
    let slope = [("alpha", Attribute::Float(slope))];
    x.with(head.graph().node("LeakyRelu", &[x.value], &slope))
}

fn gelu(head: &mut Head<'_, '_>, x: Rows) -> Rows {
    x.with(head.graph().gelu(x.value, Gelu::Exact))
}

/// (tanh z + 1)/2.
fn zero_to_one(head: &mut Head<'_, '_>, z: Rows) -> Rows {
    let tanh = head.graph().node("Tanh", &[z.value], &[]);
    let one = head.graph().scalar(1.0);
    let sum = head.graph().add(tanh, one);
    z.with(head.graph().scale(sum, 0.5))
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let [_, embedding] = matrix(weights, "up.0.weight")?;
    let (what, last) = if is_variant(weights) {
        ("CityClassifiers with layer normalisation", "down.10.weight")
    } else {
        ("CityAesthetics or CityClassifiers", "down.5.weight")
    };
    let [outputs, _] = matrix(weights, last)?;
    Some(recognised(CITY.name, what, [outputs, embedding], "raw"))
}
