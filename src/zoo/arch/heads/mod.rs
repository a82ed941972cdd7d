//! Heads: small networks that turn a cached embedding into scores.
//!
//! All take `embedding` f32 `[N, size]` and give `scores` f32 `[N, outputs]`; the fusion nets take
//! `brisque` `[N, 1]`, `laion` `[N, 1]` and `clip` `[N, size]`. What stands after the last layer in
//! the original's forward pass is in the graph; what the original's pipeline does afterwards (the
//! clamp of waifu-scorer to 0..10) is the manifest's.
//!
//! | architecture | networks | told by |
//! |---|---|---|
//! | `head-linear` | LAION v1, Simulacra | `weight` or `linear.weight` alone |
//! | `head-mlp` | LAION v2, its reluMSE, procslib's classifiers, aesthetic-predictor-v2.5, waifu-scorer MLP | numbered layers below `layers.` or `scoring_head.` |
//! | `head-resmlp` | waifu-scorer ResMLP | `layers.0.linear.weight` |
//! | `head-city` | CityAesthetics, CityClassifiers, Enferlain's variant | `up.0.weight`; `up.1.weight` in the variant |
//! | `fusion` | image-quality-fusion deep, weighted, ensemble | `brisque_net.*`, `clip_reducer.*`, `ensemble_weights` |
//!
//! Parameters that a manifest may state:
//!
//! | parameter | of | means |
//! |---|---|---|
//! | `embedding` | all | size of the embedding; another one in the file is an error that names the tensor |
//! | `outputs` | all | columns of `scores`; compared with the file |
//! | `input` | all | `raw` (as it comes, the default), `unit` (divided by its length in the graph), `unit-sqrt` (then times √size, as Simulacra) |
//! | `activation` | `head-mlp` | `none` or `relu`, where the numbering doesn't tell (see `mlp`) |
//! | `output` | `head-mlp` | `raw` (default of one output) or `softmax` (default of several) |
//!
//! Must not know: which scorer uses a head, encoders, files.

mod city;
mod fusion;
mod linear;
mod mlp;
mod resmlp;

pub(super) use city::CITY;
pub(super) use fusion::FUSION;
pub(super) use linear::LINEAR;
pub(super) use mlp::MLP;
pub(super) use resmlp::RESMLP;

use super::{ArchError, Assembler, Parameters, Recognised, Weights};
use crate::zoo::checkpoint::{Dtype, Tensor};
use crate::zoo::graph::{Builder, Network, Value};

/// Added to the variance by torch's batch and layer normalisation, unless told otherwise.
const EPS: f32 = 1e-5;

/// The least length that an embedding is divided by (torch's `normalize`): zero stays zero.
const LEAST_LENGTH: f32 = 1e-12;

/// Rows of the same width: `[N, width]`.
#[derive(Debug, Clone, Copy)]
struct Rows {
    value: Value,
    width: usize,
}

impl Rows {
    /// Other values of the same shape.
    fn with(self, value: Value) -> Self {
        Self { value, ..self }
    }
}

/// How an embedding is prepared before the first layer.
#[derive(Debug, Clone, Copy)]
enum Input {
    Raw,
    Unit,
    UnitSqrt,
}

const INPUTS: [(&str, Input); 3] = [
    ("raw", Input::Raw),
    ("unit", Input::Unit),
    ("unit-sqrt", Input::UnitSqrt),
];

/// A head under construction.
struct Head<'w, 'a> {
    net: Assembler<'w, 'a>,
}

impl<'w, 'a> Head<'w, 'a> {
    fn new(name: &str, weights: &'w Weights<'a>) -> Self {
        Self {
            net: Assembler::new(name, weights),
        }
    }

    fn weights(&self) -> &'w Weights<'a> {
        self.net.weights
    }

    fn graph(&mut self) -> &mut Builder {
        &mut self.net.graph
    }

    /// The embedding as the input `name`, as wide as the layer `first` is, and prepared as the
    /// manifest says; the manifest may insist on a width.
    fn embedding(
        &mut self,
        name: &str,
        first: &str,
        parameters: &Parameters<'_>,
    ) -> Result<Rows, ArchError> {
        let key = part(first, "weight");
        let [rows, width] = self.weights().extents(&key)?;
        if let Some(stated) = parameters.number("embedding")? {
            self.weights().get(&key, &[rows, stated])?;
        }
        let input = parameters.word("input", &INPUTS)?;
        let graph = self.graph();
        let raw = graph.input(name, Dtype::F32, &[None, Some(width)]);
        let value = match input.unwrap_or(Input::Raw) {
            Input::Raw => raw,
            Input::Unit => graph.l2_normalise(raw, LEAST_LENGTH),
            Input::UnitSqrt => {
                let unit = graph.l2_normalise(raw, LEAST_LENGTH);
                graph.scale(unit, (width as f32).sqrt())
            }
        };
        Ok(Rows { value, width })
    }

    /// x·Wᵀ + b with `weight` `[out, in]` and `bias` `[out]` of `layer`; as wide as those are.
    fn linear(&mut self, layer: &str, x: Rows) -> Result<Rows, ArchError> {
        let key = part(layer, "weight");
        let [width, _] = self.weights().extents(&key)?;
        let weight = self.net.weight(&key, &[width, x.width])?;
        let bias = self.net.weight(&part(layer, "bias"), &[width])?;
        let value = self.graph().gemm(x.value, weight, Some(bias));
        Ok(Rows { value, width })
    }

    /// Batch normalisation by the running statistics (Ioffe and Szegedy 2015), as one factor and
    /// one summand per column.
    fn batch_norm(&mut self, layer: &str, x: Rows) -> Result<Rows, ArchError> {
        let of = |name: &str| {
            let tensor = self.weights().get(&part(layer, name), &[x.width]);
            tensor.map(Tensor::to_f32)
        };
        let (weight, bias) = (of("weight")?, of("bias")?);
        let (mean, variance) = (of("running_mean")?, of("running_var")?);
        let scale: Vec<f32> = (weight.iter().zip(variance))
            .map(|(w, v)| w / (v + EPS).sqrt())
            .collect();
        let shift: Vec<f32> = (bias.iter().zip(mean).zip(&scale))
            .map(|((b, m), s)| b - m * s)
            .collect();
        let [scale, shift] = [("scale", scale), ("shift", shift)].map(|(name, values)| {
            let tensor = Tensor::from_f32([x.width], values);
            self.graph().weight(&part(layer, name), &tensor)
        });
        let scaled = self.graph().mul(x.value, scale);
        Ok(x.with(self.graph().add(scaled, shift)))
    }

    /// Layer normalisation over the columns.
    fn layer_norm(&mut self, layer: &str, x: Rows) -> Result<Rows, ArchError> {
        Ok(x.with(self.net.layer_norm(x.value, layer, x.width, EPS)?))
    }

    fn relu(&mut self, x: Rows) -> Rows {
        x.with(self.graph().relu(x.value))
    }

    fn softmax(&mut self, x: Rows) -> Rows {
        x.with(self.graph().softmax(x.value))
    }

    /// The finished network, whose output is `scores`.
    fn finish(mut self, scores: Rows) -> Network {
        let shape = [None, Some(scores.width)];
        self.graph()
            .output("scores", scores.value, Dtype::F32, &shape);
        self.net.graph.finish()
    }
}

/// The name of a layer's tensor; a file of one layer has no name for it.
fn part(layer: &str, name: &str) -> String {
    let dot = if layer.is_empty() { "" } else { "." };
    format!("{layer}{dot}{name}")
}

/// What a recognised network is told as; `input` is what its original does with the embedding.
fn recognised(
    architecture: &'static str,
    what: &str,
    [outputs, embedding]: [usize; 2],
    input: &str,
) -> Recognised {
    let outputs_words = match outputs {
        1 => "one score".to_owned(),
        n => format!("{n} classes"),
    };
    let mut parameters = toml::Table::new();
    parameters.insert("embedding".into(), (embedding as i64).into());
    parameters.insert("outputs".into(), (outputs as i64).into());
    parameters.insert("input".into(), input.into());
    Recognised {
        architecture,
        description: format!("{what}: {outputs_words} from an embedding of {embedding} values"),
        parameters,
    }
}

/// The two extents of a matrix, if the tensor is one.
fn matrix(weights: &Weights<'_>, name: &str) -> Option<[usize; 2]> {
    weights.shape(name)?.try_into().ok()
}
