//! Numbered layers of a `torch.nn.Sequential`: linear ones, batch normalisation, and what has no
//! tensors and so shows only as a gap in the numbering.
//!
//! Two linear layers in a row have nothing between them; a gap of one may be a dropout or an
//! activation; a wider one holds both. So a head with a wider gap anywhere has ReLU in every gap
//! (reluMSE: 0, 3, 6, 9, 11; waifu-scorer: 0, 4, 8, 12, 16, 18), and one without has none (LAION
//! v2: 0, 2, 4, 6, 7; v2.5: 0, 2, 4, 6, 8). Where a file is otherwise, the manifest states
//! `activation`: the keys can't.
//!
//! Sources: christophschuhmann/improved-aesthetic-predictor `simple_inference.py`,
//! discus0434/aesthetic-predictor-v2-5 `siglip_v2_5.py`, Eugeoter/waifu-scorer `mlp.py`.
//!
//! Must not know: residual blocks; what an output means.

use std::collections::BTreeSet;

use super::{Head, Rows, matrix, recognised};
use crate::zoo::arch::{ArchError, Architecture, Parameters, Recognised, Weights};
use crate::zoo::graph::Network;

/// `head-mlp`: linear layers one after the other.
pub(in crate::zoo::arch) const MLP: Architecture = Architecture {
    name: "head-mlp",
    landmarks: &["layers.0.weight", "scoring_head.0.weight"],
    build,
    recognise,
};

/// What comes before the numbers.
const PREFIXES: [&str; 2] = ["layers.", "scoring_head."];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activation {
    None,
    Relu,
}

#[derive(Debug, Clone, Copy)]
enum Output {
    Raw,
    Softmax,
}

const ACTIVATIONS: [(&str, Activation); 2] =
    [("none", Activation::None), ("relu", Activation::Relu)];
const OUTPUTS: [(&str, Output); 2] = [("raw", Output::Raw), ("softmax", Output::Softmax)];

/// The layers that have tensors, by their numbers.
#[derive(Debug)]
struct Layers {
    prefix: &'static str,
    linear: BTreeSet<usize>,
    norms: BTreeSet<usize>,
}

impl Layers {
    /// Below the first prefix that has any; as LAION has them if there are none.
    fn find(weights: &Weights<'_>) -> Self {
        let [usual, other] = PREFIXES.map(|prefix| Self::below(prefix, weights));
        if usual.linear.is_empty() && !other.linear.is_empty() {
            other
        } else {
            usual
        }
    }

    fn below(prefix: &'static str, weights: &Weights<'_>) -> Self {
        let (mut linear, mut norms) = (BTreeSet::new(), BTreeSet::new());
        for name in weights.names() {
            let layer = name.strip_prefix(prefix);
            let layer = layer.and_then(|n| n.strip_suffix(".weight"));
            let Some(number) = layer.and_then(|n| n.parse().ok()) else {
                continue;
            };
            if matrix(weights, name).is_some() {
                linear.insert(number);
            } else {
                norms.insert(number);
            }
        }
        Self {
            prefix,
            linear,
            norms,
        }
    }

    fn name(&self, number: usize) -> String {
        format!("{}{number}", self.prefix)
    }

    /// Each linear layer and the next.
    fn pairs(&self) -> impl Iterator<Item = [usize; 2]> {
        let next = self.linear.iter().skip(1);
        self.linear.iter().zip(next).map(|(&a, &b)| [a, b])
    }

    /// What the gaps tell.
    fn activation(&self) -> Activation {
        if self.pairs().any(|[from, to]| to - from > 2) {
            Activation::Relu
        } else {
            Activation::None
        }
    }
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let layers = Layers::find(weights);
    let stated = parameters.word("activation", &ACTIVATIONS)?;
    let activation = stated.unwrap_or_else(|| layers.activation());
    let first = layers.name(layers.linear.first().copied().unwrap_or(0));
    let mut head = Head::new(MLP.name, weights);
    let mut x = head.embedding("embedding", &first, parameters)?;
    x = head.linear(&first, x)?;
    for pair in layers.pairs() {
        x = between(&mut head, x, &layers, pair, activation)?;
        x = head.linear(&layers.name(pair[1]), x)?;
    }
    parameters.check("outputs", x.width)?;
    let stated = parameters.word("output", &OUTPUTS)?;
    let scores = match stated {
        Some(Output::Softmax) => head.softmax(x),
        None if x.width > 1 => head.softmax(x),
        _ => x,
    };
    Ok(head.finish(scores))
}

/// What stands between two linear layers: the activation in the first place that is free, and the
/// normalisation where its number says.
fn between(
    head: &mut Head<'_, '_>,
    mut x: Rows,
    layers: &Layers,
    [from, to]: [usize; 2],
    activation: Activation,
) -> Result<Rows, ArchError> {
    let norm = layers.norms.range(from + 1..to).next();
    let n_free = to - from - 1 - usize::from(norm.is_some());
    let activate = activation == Activation::Relu && n_free > 0;
    let norm_first = norm == Some(&(from + 1));
    if activate && !norm_first {
        x = head.relu(x);
    }
    if let Some(&norm) = norm {
        x = head.batch_norm(&layers.name(norm), x)?;
    }
    if activate && norm_first {
        x = head.relu(x);
    }
    Ok(x)
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let layers = Layers::find(weights);
    let (&first, &last) = (layers.linear.first()?, layers.linear.last()?);
    let is_ours = |name: &str| {
        let number = name.strip_prefix(layers.prefix)?.split('.').next()?;
        let number = number.parse().ok()?;
        Some(layers.linear.contains(&number) || layers.norms.contains(&number))
    };
    if first == last || !weights.names().all(|name| is_ours(name) == Some(true)) {
        return None;
    }
    let [_, embedding] = matrix(weights, &format!("{}.weight", layers.name(first)))?;
    let [outputs, _] = matrix(weights, &format!("{}.weight", layers.name(last)))?;
    let what = format!("head of {} linear layers", layers.linear.len());
    let mut found = recognised(MLP.name, &what, [outputs, embedding], "unit");
    let activation = match layers.activation() {
        Activation::None => "none",
        Activation::Relu => "relu",
    };
    let parameters = &mut found.parameters;
    parameters.insert("activation".into(), activation.into());
    Some(found)
}
