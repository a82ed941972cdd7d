//! image-quality-fusion: BRISQUE, LAION's score and the CLIP embedding in one score, 1..10.
//!
//! Inputs: `brisque` `[N, 1]` = clamp(score, 0, 100)/100, `laion` `[N, 1]` = (clamp(score, 1, 10) −
//! 1)/9, `clip` `[N, 512]` the ViT-B/32 embedding. It was trained on raw embeddings, while the
//! original's own prediction of a picture normalises: `input` chooses.
//!
//! Source: mattkyuan/image-quality-fusion 78873ad `fusion_model.py`.
//!
//! Must not know: where its three inputs come from.

use super::{Head, Rows, matrix, part, recognised};
use crate::zoo::arch::{ArchError, Architecture, Parameters, Recognised, Weights};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::Network;

/// `fusion`: deep, weighted, or both.
pub(in crate::zoo::arch) const FUSION: Architecture = Architecture {
    name: "fusion",
    landmarks: &[ENSEMBLE, DEEP, WEIGHTED],
    build,
    recognise,
};

/// A tensor of each kind that the others have only below a further name, if at all.
const ENSEMBLE: &str = "ensemble_weights";
const DEEP: &str = "brisque_net.0.weight";
const WEIGHTED: &str = "clip_reducer.0.weight";

/// The three kinds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Ensemble,
    Deep,
    Weighted,
}

/// What goes in, in the order of the graph's inputs.
#[derive(Debug, Clone, Copy)]
struct Inputs {
    brisque: Rows,
    laion: Rows,
    clip: Rows,
}

fn kind(weights: &Weights<'_>) -> Option<Kind> {
    let kinds = [
        (ENSEMBLE, Kind::Ensemble),
        (DEEP, Kind::Deep),
        (WEIGHTED, Kind::Weighted),
    ];
    let mut there = kinds.into_iter().filter(|(key, _)| weights.has(key));
    there.next().map(|(_, kind)| kind)
}

/// The layer that takes the embedding.
fn first(kind: Kind) -> &'static str {
    match kind {
        Kind::Ensemble => "deep_fusion.clip_net.0",
        Kind::Deep => "clip_net.0",
        Kind::Weighted => "clip_reducer.0",
    }
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let kind = kind(weights).unwrap_or(Kind::Deep);
    let mut head = Head::new(FUSION.name, weights);
    let [brisque, laion] = ["brisque", "laion"].map(|name| Rows {
        value: head.net.graph.input(name, Dtype::F32, &[None, Some(1)]),
        width: 1,
    });
    let clip = head.embedding("clip", first(kind), parameters)?;
    let inputs = Inputs {
        brisque,
        laion,
        clip,
    };
    let scores = match kind {
        Kind::Ensemble => ensemble(&mut head, inputs)?,
        Kind::Deep => deep(&mut head, "", inputs)?,
        Kind::Weighted => weighted(&mut head, "", inputs)?,
    };
    parameters.check("outputs", scores.width)?;
    Ok(head.finish(scores))
}

/// A net per input, their results side by side, and a net over that.
fn deep(head: &mut Head<'_, '_>, prefix: &str, inputs: Inputs) -> Result<Rows, ArchError> {
    let brisque = relu_pair(head, &format!("{prefix}brisque_net."), inputs.brisque)?;
    let laion = relu_pair(head, &format!("{prefix}laion_net."), inputs.laion)?;
    let clip = relu_pair(head, &format!("{prefix}clip_net."), inputs.clip)?;
    let all = side_by_side(head, &[brisque, laion, clip]);
    let fused = relu_pair(head, &format!("{prefix}fusion_net."), all)?;
    let z = head.linear(&format!("{prefix}fusion_net.6"), fused)?;
    Ok(one_to_ten(head, z))
}

/// Linear, ReLU, dropout, linear, ReLU.
fn relu_pair(head: &mut Head<'_, '_>, net: &str, x: Rows) -> Result<Rows, ArchError> {
    let mut y = head.linear(&format!("{net}0"), x)?;
    y = head.relu(y);
    y = head.linear(&format!("{net}3"), y)?;
    Ok(head.relu(y))
}

/// The embedding as one number in 0..1, three learned factors, and a net over the three.
fn weighted(head: &mut Head<'_, '_>, prefix: &str, inputs: Inputs) -> Result<Rows, ArchError> {
    let clip = linear_relu_linear(head, &format!("{prefix}clip_reducer."), inputs.clip)?;
    let clip = clip.with(head.graph().sigmoid(clip.value));
    let mut parts = [inputs.brisque, inputs.laion, clip];
    for (part, name) in parts.iter_mut().zip(["brisque", "laion", "clip"]) {
        let factor = head.net.weight(&format!("{prefix}{name}_weight"), &[])?;
        *part = part.with(head.graph().mul(part.value, factor));
    }
    let all = side_by_side(head, &parts);
    let z = linear_relu_linear(head, &format!("{prefix}final_layer."), all)?;
    Ok(one_to_ten(head, z))
}

fn linear_relu_linear(head: &mut Head<'_, '_>, net: &str, x: Rows) -> Result<Rows, ArchError> {
    let y = head.linear(&format!("{net}0"), x)?;
    let y = head.relu(y);
    head.linear(&format!("{net}2"), y)
}

/// Both, by two learned shares.
fn ensemble(head: &mut Head<'_, '_>, inputs: Inputs) -> Result<Rows, ArchError> {
    let shares = head.net.weight(ENSEMBLE, &[2])?;
    let shares = head.graph().softmax(shares);
    let [of_deep, of_weighted] = head.graph().split(shares, 0);
    let deep = deep(head, "deep_fusion.", inputs)?;
    let weighted = weighted(head, "weighted_fusion.", inputs)?;
    let a = head.graph().mul(deep.value, of_deep);
    let b = head.graph().mul(weighted.value, of_weighted);
    Ok(deep.with(head.graph().add(a, b)))
}

fn side_by_side(head: &mut Head<'_, '_>, parts: &[Rows]) -> Rows {
    let values: Vec<_> = parts.iter().map(|p| p.value).collect();
    Rows {
        value: head.graph().concat(&values, 1),
        width: parts.iter().map(|p| p.width).sum(),
    }
}

/// 1 + 9·σ(z).
fn one_to_ten(head: &mut Head<'_, '_>, z: Rows) -> Rows {
    let share = head.graph().sigmoid(z.value);
    let nine = head.graph().scale(share, 9.0);
    let one = head.graph().scalar(1.0);
    z.with(head.graph().add(nine, one))
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let kind = kind(weights)?;
    let [_, embedding] = matrix(weights, &part(first(kind), "weight"))?;
    let what = match kind {
        Kind::Ensemble => "image-quality-fusion (ensemble)",
        Kind::Deep => "image-quality-fusion (deep)",
        Kind::Weighted => "image-quality-fusion (weighted)",
    };
    Some(recognised(FUSION.name, what, [1, embedding], "raw"))
}
