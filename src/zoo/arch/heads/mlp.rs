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

/// The numbers of the layers that have tensors, ascending.
#[derive(Debug, Default, PartialEq, Eq)]
struct Numbers {
    linear: Vec<usize>,
    norms: Vec<usize>,
}

impl Numbers {
    fn below(prefix: &str, weights: &Weights<'_>) -> Self {
        let mut numbers = Self::default();
        for name in weights.names() {
            let layer = name
                .strip_prefix(prefix)
                .and_then(|n| n.strip_suffix(".weight"));
            let Some(number) = layer.and_then(|n| n.parse().ok()) else {
                continue;
            };
            if matrix(weights, name).is_some() {
                numbers.linear.push(number);
            } else if weights.has(&format!("{prefix}{number}.running_mean")) {
                numbers.norms.push(number);
            }
        }
        numbers.linear.sort_unstable();
        numbers.norms.sort_unstable();
        numbers
    }

    /// What the gaps tell.
    fn activation(&self) -> Activation {
        let wide = self.linear.windows(2).any(|pair| pair[1] - pair[0] > 2);
        if wide {
            Activation::Relu
        } else {
            Activation::None
        }
    }
}

/// Where the numbered layers are; as LAION has them if there are none.
fn find(weights: &Weights<'_>) -> (&'static str, Numbers) {
    let all = PREFIXES
        .into_iter()
        .map(|p| (p, Numbers::below(p, weights)));
    let mut with_layers = all.filter(|(_, numbers)| !numbers.linear.is_empty());
    with_layers
        .next()
        .unwrap_or((PREFIXES[0], Numbers::default()))
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let (prefix, numbers) = find(weights);
    let activation = parameters.word("activation", &ACTIVATIONS)?;
    let activation = activation.unwrap_or_else(|| numbers.activation());
    let layer = |number: usize| format!("{prefix}{number}");
    let first = numbers.linear.first().copied().unwrap_or(0);
    let mut head = Head::new(MLP.name, weights);
    let embedding = head.embedding(&layer(first), parameters)?;
    let mut x = head.linear(&layer(first), embedding)?;
    for pair in numbers.linear.windows(2) {
        x = between(
            &mut head,
            x,
            prefix,
            &numbers.norms,
            (pair[0], pair[1]),
            activation,
        )?;
        x = head.linear(&layer(pair[1]), x)?;
    }
    parameters.check("outputs", x.width)?;
    let usual = if x.width > 1 {
        Output::Softmax
    } else {
        Output::Raw
    };
    let scores = match parameters.word("output", &OUTPUTS)?.unwrap_or(usual) {
        Output::Raw => x,
        Output::Softmax => head.softmax(x),
    };
    Ok(head.finish(scores))
}

/// What stands between two linear layers: the activation in the first place that is free, and the
/// normalisation where its number says.
fn between(
    head: &mut Head<'_, '_>,
    x: Rows,
    prefix: &str,
    norms: &[usize],
    (from, to): (usize, usize),
    activation: Activation,
) -> Result<Rows, ArchError> {
    let norm = norms.iter().copied().find(|n| (from + 1..to).contains(n));
    let places = to - from - 1 - usize::from(norm.is_some());
    let activate = activation == Activation::Relu && places > 0;
    let norm_first = norm == Some(from + 1);
    let mut x = x;
    if activate && !norm_first {
        x = head.relu(x);
    }
    if let Some(norm) = norm {
        x = head.batch_norm(&format!("{prefix}{norm}"), x)?;
    }
    if activate && norm_first {
        x = head.relu(x);
    }
    Ok(x)
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let (prefix, numbers) = find(weights);
    let (first, last) = (numbers.linear.first()?, numbers.linear.last()?);
    let is_ours = |name: &str| {
        let number = name.strip_prefix(prefix).and_then(|n| n.split('.').next());
        let number = number.and_then(|n| n.parse().ok());
        number.is_some_and(|n| numbers.linear.contains(&n) || numbers.norms.contains(&n))
    };
    if first == last || !weights.names().all(is_ours) {
        return None;
    }
    let [_, embedding] = matrix(weights, &format!("{prefix}{first}.weight"))?;
    let [outputs, _] = matrix(weights, &format!("{prefix}{last}.weight"))?;
    let what = format!("head of {} linear layers", numbers.linear.len());
    let mut found = recognised(MLP.name, &what, [outputs, embedding], "unit");
    let activation = match numbers.activation() {
        Activation::None => "none",
        Activation::Relu => "relu",
    };
    let parameters = &mut found.parameters;
    parameters.insert("activation".into(), activation.into());
    Some(found)
}
