//! The abstractor: a few learned queries look at the tower's tokens and become words.
//!
//! Must not know: where the tokens come from, what is made of the words.

use super::vision::Tower;
use crate::zoo::arch::attention::Heads;
use crate::zoo::arch::{ArchError, Assembler, Weights};
use crate::zoo::graph::Value;

const PREFIX: &str = "model.visual_abstractor";
/// Queries of a picture: mPLUG-Owl2 has 64; the language model's mask grows with the square.
const MOST: usize = 1024;
/// Added to variances in layer norms.
const EPS: f32 = 1e-5;
/// The same, within the MLP.
const EPS_INSIDE: f32 = 1e-6;

/// The abstractor as its tensors describe it.
pub(super) struct Abstractor {
    /// Words of a picture.
    pub(super) queries: usize,
    /// Values of a query.
    pub(super) width: usize,
    /// Width inside the MLPs.
    inner: usize,
    depth: usize,
    pub(super) heads: usize,
}

impl Abstractor {
    /// Reads sizes from the shapes; `heads` is to be set.
    pub(super) fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let queries_of = format!("{PREFIX}.query_embeds");
        let [_, queries, width] = weights.extents(&queries_of)?;
        if queries > MOST {
            return Err(ArchError::WrongShape {
                key: queries_of,
                found: format!("{queries} queries"),
                expected: "about mPLUG-Owl2's 64".to_owned(),
            });
        }
        let layers = format!("{PREFIX}.encoder.layers.");
        let first = format!("{layers}0.crossattention.output.mlp.w1.weight");
        let [inner, _] = weights.extents(&first)?;
        Ok(Self {
            queries,
            width,
            inner,
            depth: weights.depth(&layers, ".crossattention.norm1.weight")?,
            heads: 1,
        })
    }

    /// The tower's rows `[N·tokens, width]` to words `[N, queries, words]`.
    pub(super) fn build(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        tower: &Tower,
        words: usize,
    ) -> Result<Value, ArchError> {
        let seen = Seen {
            tokens: tower.tokens(),
            values: x,
            width: tower.width,
        };
        let (queries, width) = (self.queries, self.width);
        let mut q = a.weight(&format!("{PREFIX}.query_embeds"), &[1, queries, width])?;
        for layer in 0..self.depth {
            let layer = format!("{PREFIX}.encoder.layers.{layer}.crossattention.");
            q = self.layer(a, q, &seen, &layer)?;
            if layer.contains(".0.") {
                a.graph.label(q, "abstractor_layer0");
            }
        }
        let x = self.rows(a, q);
        let x = a.linear(x, &format!("{PREFIX}.visual_fc"), [words, width])?;
        a.graph.label(x, "visual_fc");
        Ok(a.graph.reshape(x, &[-1, queries as i64, words as i64]))
    }

    /// Queries `[1 or N, queries, width]` to `[N, queries, width]`.
    fn layer(
        &self,
        a: &mut Assembler<'_, '_>,
        q: Value,
        seen: &Seen,
        layer: &str,
    ) -> Result<Value, ArchError> {
        let width = self.width;
        let name = |part: &str| format!("{layer}{part}");
        let q = a.layer_norm(q, &name("norm1"), width, EPS)?;
        let y = self.look(a, q, seen, layer)?;
        let y = a.linear(y, &name("output.out_proj"), [width, width])?;
        let y = self.sequence(a, y);
        // The residual is the normalised query.
        let x = a.graph.add(q, y);
        let x = self.rows(a, x);
        let y = a.layer_norm(x, &name("output.norm2"), width, EPS)?;
        let y = self.gated(a, y, &name("output.mlp."))?;
        let x = a.graph.add(x, y);
        Ok(self.sequence(a, x))
    }

    /// What the queries find in themselves and in the tower's tokens; rows `[N·queries, width]`.
    fn look(
        &self,
        a: &mut Assembler<'_, '_>,
        q: Value,
        seen: &Seen,
        layer: &str,
    ) -> Result<Value, ArchError> {
        let (queries, width) = (self.queries, self.width);
        let tokens = queries + seen.tokens;
        let name = |part: &str| format!("{layer}attention.{part}");
        let found = a.layer_norm(seen.values, &format!("{layer}normk"), seen.width, EPS)?;
        let found = a
            .graph
            .reshape(found, &[-1, seen.tokens as i64, seen.width as i64]);
        // Behind each other, as a sum of padded halves: the queries may still be the same for all.
        let before = a.graph.pad(found, &[0, queries as i64, 0, 0, 0, 0]);
        let behind = a.graph.pad(q, &[0, 0, 0, 0, seen.tokens as i64, 0]);
        let both = a.graph.add(before, behind);
        let q_places = a.weight(&name("q_pos_embed"), &[queries, width])?;
        let k_places = a.weight(&name("k_pos_embed"), &[seen.tokens, seen.width])?;
        let places = a.graph.concat(&[q_places, k_places], 0);
        let placed = a.graph.add(both, places);
        let q = a.graph.add(q, q_places);
        let mut project = |x: Value, part: &str| {
            let x = self.rows(a, x);
            a.linear(x, &name(part), [width, width])
        };
        let qkv = [
            project(q, "query")?,
            project(placed, "key")?,
            project(both, "value")?,
        ];
        let heads = Heads {
            tokens,
            width,
            count: self.heads,
        };
        Ok(a.attend(qkv, queries, heads, None))
    }

    /// w2(norm(silu(w1·x) · w3·x)).
    fn gated(&self, a: &mut Assembler<'_, '_>, x: Value, mlp: &str) -> Result<Value, ArchError> {
        let (width, inner) = (self.width, self.inner);
        let gate = a.linear(x, &format!("{mlp}w1"), [inner, width])?;
        let gate = a.graph.silu(gate);
        let x = a.linear(x, &format!("{mlp}w3"), [inner, width])?;
        let x = a.graph.mul(gate, x);
        let x = a.layer_norm(x, &format!("{mlp}ffn_ln"), inner, EPS_INSIDE)?;
        a.linear(x, &format!("{mlp}w2"), [width, inner])
    }

    fn rows(&self, a: &mut Assembler<'_, '_>, x: Value) -> Value {
        a.graph.reshape(x, &[-1, self.width as i64])
    }

    fn sequence(&self, a: &mut Assembler<'_, '_>, x: Value) -> Value {
        a.graph
            .reshape(x, &[-1, self.queries as i64, self.width as i64])
    }
}

/// What the queries look at.
struct Seen {
    tokens: usize,
    /// Rows `[N·tokens, width]`.
    values: Value,
    width: usize,
}
