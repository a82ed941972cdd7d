//! The language model: Llama-2, in which pictures have norms, keys and values of their own.
//!
//! Text comes first here and the picture behind it, whatever their order in the question, so that
//! each is one piece: attention doesn't mind where a token lies, only which place it is given.
//!
//! Must not know: how a picture becomes words.

use super::prompt::{LEVELS, Prompt};
use crate::zoo::arch::attention::Heads;
use crate::zoo::arch::{ArchError, Assembler, Weights};
use crate::zoo::checkpoint::Tensor;
use crate::zoo::graph::Value;

const LAYERS: &str = "model.layers.";
const WORDS: &str = "model.embed_tokens.weight";
const HEAD: &str = "lm_head.weight";
/// The last word of every picture.
const END: &str = "model.visual_abstractor.vit_eos";
/// Added to mean squares in norms.
const EPS: f32 = 1e-5;
/// Base of the angles by which queries and keys are turned (Su et al. 2021).
const ROTATION: f64 = 10_000.0;

/// The language model as its tensors describe it.
pub(super) struct Llama {
    pub(super) width: usize,
    /// Width inside the MLPs.
    inner: usize,
    pub(super) depth: usize,
    pub(super) heads: usize,
}

impl Llama {
    /// Reads sizes from the shapes; `heads` is to be set.
    pub(super) fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let [inner, width] = weights.extents(&format!("{LAYERS}0.mlp.gate_proj.weight"))?;
        weights.extents::<1>(&format!("{LAYERS}0.input_layernorm.multiway.1.weight"))?;
        Ok(Self {
            width,
            inner,
            depth: weights.depth(LAYERS, ".self_attn.q_proj.weight")?,
            heads: 1,
        })
    }

    /// Values of a head are turned in pairs.
    pub(super) fn check_rotation(&self) -> Result<(), ArchError> {
        if (self.width / self.heads).is_multiple_of(2) {
            return Ok(());
        }
        Err(ArchError::Parameter {
            name: "heads".to_owned(),
            value: self.heads.to_string(),
            why: "an even number of values for each is expected".to_owned(),
        })
    }

    /// The picture's words `[N, queries, width]` in their question to levels `[N, 5]`.
    pub(super) fn build(
        &self,
        a: &mut Assembler<'_, '_>,
        picture: Value,
        queries: usize,
        prompt: &Prompt,
    ) -> Result<Value, ArchError> {
        let width = self.width;
        let order = Order::new(prompt, queries + 1);
        let text = order.text as i64;
        let question = self.question(a, prompt, queries)?;
        let picture = a.graph.pad(picture, &[0, text, 0, 0, 1, 0]);
        let mut x = a.graph.add(picture, question);
        let depth = width / self.heads;
        let turn = order
            .rotation(depth)
            .map(|(name, table)| a.graph.weight(name, &table));
        let mask = a.graph.weight("causal_mask", &order.mask());
        for layer in 0..self.depth {
            let layer = Layer {
                llama: self,
                name: format!("{LAYERS}{layer}."),
                order: &order,
                turn,
                mask,
            };
            x = layer.build(a, x)?;
        }
        let last = a.graph.slice(x, 1, text - 1, text);
        let last = a.graph.reshape(last, &[-1, width as i64]);
        let norm = a.weight("model.norm.weight", &[width])?;
        let last = a.graph.rms_norm(last, norm, EPS);
        let levels = a.weights.rows(HEAD, width, &LEVELS)?;
        let levels = a.graph.weight(HEAD, &levels);
        Ok(a.graph.gemm(last, levels, None))
    }

    /// All words that are the same for every picture, `[tokens, width]`, zeros for the others.
    fn question(
        &self,
        a: &mut Assembler<'_, '_>,
        prompt: &Prompt,
        queries: usize,
    ) -> Result<Value, ArchError> {
        let ids = [&prompt.before[..], &prompt.after].concat();
        let mut values = a.weights.rows(WORDS, self.width, &ids)?.to_f32();
        values.resize(values.len() + queries * self.width, 0.0);
        values.extend(a.weights.get(END, &[1, 1, self.width])?.to_f32());
        let shape = [ids.len() + queries + 1, self.width];
        Ok(a.graph.weight("question", &Tensor::from_f32(shape, values)))
    }
}

/// Which place in the question each token has; text first, the picture behind it.
struct Order {
    places: Vec<usize>,
    /// Tokens of text.
    text: usize,
}

impl Order {
    fn new(prompt: &Prompt, picture: usize) -> Self {
        let (before, after) = (prompt.before.len(), prompt.after.len());
        let text = (0..before).chain(before + picture..before + picture + after);
        Self {
            places: text.chain(before..before + picture).collect(),
            text: before + after,
        }
    }

    fn tokens(&self) -> usize {
        self.places.len()
    }

    /// 0 where a token may look: at itself and what comes before it; −∞ elsewhere.
    fn mask(&self) -> Tensor {
        let n = self.tokens();
        let row = |from: &usize| -> Vec<f32> {
            let sees = |to: &usize| if to > from { f32::NEG_INFINITY } else { 0.0 };
            self.places.iter().map(sees).collect()
        };
        let values: Vec<f32> = self.places.iter().flat_map(row).collect();
        Tensor::from_f32([n, n], values)
    }

    /// Cosines and sines `[tokens, 1, depth]` of the angles that value pairs `i`, `i + depth/2`
    /// are turned by; the sine of the first half is negative.
    fn rotation(&self, depth: usize) -> [(&'static str, Tensor); 2] {
        let half = depth / 2;
        let angle = |place: usize, i: usize| {
            // In f32 where the original computes in f32.
            let frequency = 1.0 / ROTATION.powf((i * 2) as f64 / depth as f64) as f32;
            place as f32 * frequency
        };
        let table = |value: &dyn Fn(f32, bool) -> f32| {
            let cell = |place: usize, i: usize| value(angle(place, i % half), i < half);
            let row = |&place: &usize| (0..depth).map(move |i| cell(place, i));
            let values: Vec<f32> = self.places.iter().flat_map(row).collect();
            Tensor::from_f32([self.tokens(), 1, depth], values)
        };
        let sine = |angle: f32, first: bool| if first { -angle.sin() } else { angle.sin() };
        [
            ("rotation_cos", table(&|angle, _first| angle.cos())),
            ("rotation_sin", table(&sine)),
        ]
    }
}

/// One layer; x += attention(norm(x)); x += mlp(norm(x)).
struct Layer<'l> {
    llama: &'l Llama,
    name: String,
    order: &'l Order,
    /// Cosines and sines.
    turn: [Value; 2],
    mask: Value,
}

impl Layer<'_> {
    /// `[N, tokens, width]`, in and out.
    fn build(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let y = self.normed(a, x, "input_layernorm")?;
        let y = self.attention(a, y)?;
        let y = self.sequence(a, y);
        let x = a.graph.add(x, y);
        let y = self.normed(a, x, "post_attention_layernorm")?;
        let y = a.graph.concat(&y, 1);
        let y = self.rows(a, y);
        let y = self.gated(a, y)?;
        let y = self.sequence(a, y);
        Ok(a.graph.add(x, y))
    }

    /// Text and picture, each normalised in its own way.
    fn normed(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        norm: &str,
    ) -> Result<[Value; 2], ArchError> {
        let (text, tokens) = (self.order.text as i64, self.order.tokens() as i64);
        let mut part = |way: usize, from: i64, to: i64| {
            let name = format!("{}{norm}.multiway.{way}.weight", self.name);
            let weight = a.weight(&name, &[self.llama.width])?;
            let x = a.graph.slice(x, 1, from, to);
            Ok(a.graph.rms_norm(x, weight, EPS))
        };
        Ok([part(0, 0, text)?, part(1, text, tokens)?])
    }

    /// Rows `[N·tokens, width]`.
    fn attention(&self, a: &mut Assembler<'_, '_>, parts: [Value; 2]) -> Result<Value, ArchError> {
        let all = a.graph.concat(&parts, 1);
        let q = self.project(a, all, "q_proj")?;
        let q = self.turned(a, q);
        let k = self.multiway(a, parts, "k_proj")?;
        let k = self.turned(a, k);
        let v = self.multiway(a, parts, "v_proj")?;
        let tokens = self.order.tokens();
        let heads = Heads {
            tokens,
            width: self.llama.width,
            count: self.llama.heads,
        };
        let y = a.attend([q, k, v], tokens, heads, Some(self.mask));
        self.project(a, y, "o_proj")
    }

    /// Text and picture, each by its own matrix; `[N, tokens, width]`.
    fn multiway(
        &self,
        a: &mut Assembler<'_, '_>,
        [text, picture]: [Value; 2],
        name: &str,
    ) -> Result<Value, ArchError> {
        let (n_text, width) = (self.order.text, self.llama.width as i64);
        let n_picture = self.order.tokens() - n_text;
        let mut part = |x: Value, way: usize, tokens: usize| {
            let x = self.project(a, x, &format!("{name}.multiway.{way}"))?;
            Ok(a.graph.reshape(x, &[-1, tokens as i64, width]))
        };
        let parts = [part(text, 0, n_text)?, part(picture, 1, n_picture)?];
        Ok(a.graph.concat(&parts, 1))
    }

    /// x·Wᵀ of the rows of x.
    fn project(&self, a: &mut Assembler<'_, '_>, x: Value, name: &str) -> Result<Value, ArchError> {
        let width = self.llama.width;
        let x = self.rows(a, x);
        let weight = format!("{}self_attn.{name}.weight", self.name);
        let weight = a.weight(&weight, &[width, width])?;
        Ok(a.graph.gemm(x, weight, None))
    }

    /// Queries or keys turned by the angles of their places; `[N, tokens, heads, depth]`.
    fn turned(&self, a: &mut Assembler<'_, '_>, x: Value) -> Value {
        let Llama { width, heads, .. } = *self.llama;
        let shape = [self.order.tokens(), heads, width / heads].map(|n| n as i64);
        let x = a.graph.reshape(x, &[-1, shape[0], shape[1], shape[2]]);
        let [first, second] = a.graph.split(x, 3);
        let swapped = a.graph.concat(&[second, first], 3);
        let [cos, sin] = self.turn;
        let x = a.graph.mul(x, cos);
        let swapped = a.graph.mul(swapped, sin);
        a.graph.add(x, swapped)
    }

    /// down(silu(gate·x) · up·x).
    fn gated(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let Llama { width, inner, .. } = *self.llama;
        let linear = |a: &mut Assembler<'_, '_>, x: Value, name: &str, shape: [usize; 2]| {
            let weight = a.weight(&format!("{}mlp.{name}.weight", self.name), &shape)?;
            Ok::<_, ArchError>(a.graph.gemm(x, weight, None))
        };
        let gate = linear(a, x, "gate_proj", [inner, width])?;
        let gate = a.graph.silu(gate);
        let up = linear(a, x, "up_proj", [inner, width])?;
        let x = a.graph.mul(gate, up);
        linear(a, x, "down_proj", [width, inner])
    }

    fn rows(&self, a: &mut Assembler<'_, '_>, x: Value) -> Value {
        a.graph.reshape(x, &[-1, self.llama.width as i64])
    }

    fn sequence(&self, a: &mut Assembler<'_, '_>, x: Value) -> Value {
        let shape = [-1, self.order.tokens() as i64, self.llama.width as i64];
        a.graph.reshape(x, &shape)
    }
}
