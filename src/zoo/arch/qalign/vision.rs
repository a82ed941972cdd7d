//! The image tower: a ViT with a class token, whose queries, keys and values lie interleaved.
//!
//! Must not know: what its tokens are for.

use crate::zoo::arch::assembler::Patch;
use crate::zoo::arch::attention::Heads;
use crate::zoo::arch::{ArchError, Assembler, Weights, grid};
use crate::zoo::graph::{Gelu, Value};

const PREFIX: &str = "model.vision_model";
/// Added to variances in layer norms.
const EPS: f32 = 1e-6;

/// The tower as its tensors describe it.
pub(super) struct Tower {
    /// Values of a token.
    pub(super) width: usize,
    /// Width inside the MLPs.
    inner: usize,
    depth: usize,
    pub(super) heads: usize,
    /// Side of a patch in pixels.
    pub(super) patch: usize,
    /// Patches along a side.
    grid: usize,
}

impl Tower {
    /// Reads sizes from the shapes; `heads` is to be set.
    pub(super) fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let layers = format!("{PREFIX}.encoder.layers.");
        let position = format!("{PREFIX}.embeddings.position_embedding");
        let [inner, width] = weights.extents(&format!("{layers}0.mlp.fc1.weight"))?;
        let patch = format!("{PREFIX}.embeddings.patch_embed.weight");
        let [_, _, patch, _] = weights.extents(&patch)?;
        let [_, positions, _] = weights.extents(&position)?;
        Ok(Self {
            width,
            inner,
            depth: weights.depth(&layers, ".input_layernorm.weight")?,
            heads: 1,
            patch,
            grid: grid(&position, positions - 1)?,
        })
    }

    /// Side of the picture in pixels.
    pub(super) fn image(&self) -> usize {
        self.grid * self.patch
    }

    /// Tokens of a picture, the class token included.
    pub(super) fn tokens(&self) -> usize {
        self.grid * self.grid + 1
    }

    /// Pixels `[N, 3, S, S]` to rows `[N·tokens, width]`.
    pub(super) fn build(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let width = self.width;
        let name = |part: &str| format!("{PREFIX}.{part}");
        let patch = Patch {
            width,
            size: self.patch,
            tokens: self.grid * self.grid,
            bias: false,
        };
        let x = a.patches(x, &name("embeddings.patch_embed"), &patch)?;
        let around = ["cls_token", "position_embedding"].map(|n| name(&format!("embeddings.{n}")));
        let around = [&*around[0], &*around[1]];
        let x = a.with_class(x, around, [patch.tokens, width])?;
        let mut x = a.layer_norm(x, &name("embeddings.pre_layernorm"), width, EPS)?;
        a.graph.label(x, "vision_embeddings");
        for layer in 0..self.depth {
            x = self.layer(a, x, &name(&format!("encoder.layers.{layer}.")))?;
            if layer == 0 {
                a.graph.label(x, "vision_layer0");
            }
        }
        let x = a.layer_norm(x, &name("post_layernorm"), width, EPS)?;
        a.graph.label(x, "vision_out");
        Ok(x)
    }

    fn layer(&self, a: &mut Assembler<'_, '_>, x: Value, layer: &str) -> Result<Value, ArchError> {
        let Self {
            width,
            inner,
            heads,
            ..
        } = *self;
        let tokens = self.tokens();
        let name = |part: &str| format!("{layer}{part}");
        let y = a.layer_norm(x, &name("input_layernorm"), width, EPS)?;
        let qkv = a.linear(y, &name("self_attn.query_key_value"), [3 * width, width])?;
        let qkv = self.parted(a, qkv);
        let heads = Heads {
            tokens,
            width,
            count: heads,
        };
        let y = a.attend(qkv, tokens, heads, None);
        let y = a.linear(y, &name("self_attn.dense"), [width, width])?;
        let x = a.graph.add(x, y);
        let y = a.layer_norm(x, &name("post_attention_layernorm"), width, EPS)?;
        let [up, down] = ["mlp.fc1", "mlp.fc2"].map(name);
        let y = a.mlp(y, [&up, &down], [width, inner], Gelu::Quick)?;
        Ok(a.graph.add(x, y))
    }

    /// Queries, keys and values of rows in which each head has its three behind each other.
    fn parted(&self, a: &mut Assembler<'_, '_>, qkv: Value) -> [Value; 3] {
        let depth = (self.width / self.heads) as i64;
        let qkv = a.graph.reshape(qkv, &[-1, self.heads as i64, 3, depth]);
        let parts: [Value; 3] = a.graph.split(qkv, 2);
        parts.map(|part| a.graph.reshape(part, &[-1, self.width as i64]))
    }
}
