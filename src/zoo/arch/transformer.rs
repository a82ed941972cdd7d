//! A pre-norm transformer encoder: what CLIP's, SigLIP's and DPT's towers have in common.
//!
//! Each layer is x += Attention(LN(x)); x += MLP(LN(x)) (Dosovitskiy et al. 2021).
//!
//! Must not know: what is embedded before it and pooled after it.

use super::attention::{Heads, Projections};
use super::{ArchError, Assembler, Parameters, Weights};
use crate::zoo::graph::{Gelu, Value};

/// What the tensors of a layer are called, after `PREFIX.N.`.
#[derive(Debug)]
pub(super) struct LayerNames {
    norm1: &'static str,
    attention: Projections,
    out: &'static str,
    norm2: &'static str,
    mlp: [&'static str; 2],
}

/// As in Hugging Face's `CLIPModel` and `SiglipModel`.
pub(super) const HUGGING_FACE: LayerNames = LayerNames {
    norm1: "layer_norm1",
    attention: Projections::Separate(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    out: "self_attn.out_proj",
    norm2: "layer_norm2",
    mlp: ["mlp.fc1", "mlp.fc2"],
};

/// As in Hugging Face's `ViTModel` and `DPTModel`.
pub(super) const HUGGING_FACE_VIT: LayerNames = LayerNames {
    norm1: "layernorm_before",
    attention: Projections::Separate([
        "attention.attention.query",
        "attention.attention.key",
        "attention.attention.value",
    ]),
    out: "attention.output.dense",
    norm2: "layernorm_after",
    mlp: ["intermediate.dense", "output.dense"],
};

/// As in OpenAI's CLIP and in open_clip.
pub(super) const OPEN_AI: LayerNames = LayerNames {
    norm1: "ln_1",
    attention: Projections::Joined("attn.in_proj"),
    out: "attn.out_proj",
    norm2: "ln_2",
    mlp: ["mlp.c_fc", "mlp.c_proj"],
};

/// The words for activations in manifests.
pub(super) const ACTIVATIONS: [(&str, Gelu); 3] = [
    ("gelu", Gelu::Exact),
    ("gelu_tanh", Gelu::Tanh),
    ("quick_gelu", Gelu::Quick),
];

/// An encoder as its tensors describe it.
#[derive(Debug)]
pub(super) struct Encoder {
    /// Names of the layers' tensors up to the layer's number.
    pub(super) prefix: &'static str,
    pub(super) names: &'static LayerNames,
    pub(super) depth: usize,
    pub(super) width: usize,
    /// Width inside the MLPs.
    pub(super) inner: usize,
    pub(super) heads: usize,
    pub(super) gelu: Gelu,
    /// Added to variances in layer norms.
    pub(super) eps: f32,
}

impl Encoder {
    /// Reads depth and widths from the shapes. `heads`, `activation` are the usual ones.
    pub(super) fn infer(
        weights: &Weights<'_>,
        prefix: &'static str,
        names: &'static LayerNames,
    ) -> Result<Self, ArchError> {
        let first = format!("{prefix}0.{}.weight", names.mlp[0]);
        let [inner, width] = weights.extents(&first)?;
        Ok(Self {
            prefix,
            names,
            // A missing first layer is named when it is built.
            depth: weights
                .depth(prefix, &format!(".{}.weight", names.norm1))?
                .max(1),
            width,
            inner,
            heads: usual_heads(width),
            gelu: Gelu::Quick,
            eps: 1e-5,
        })
    }

    /// Compares with what the manifest states, and takes from it what shapes don't tell: `heads`
    /// and `activation`.
    pub(super) fn apply(&mut self, parameters: &Parameters<'_>) -> Result<(), ArchError> {
        parameters.check("width", self.width)?;
        parameters.check("depth", self.depth)?;
        parameters.check("inner", self.inner)?;
        if let Some(gelu) = parameters.word("activation", &ACTIVATIONS)? {
            self.gelu = gelu;
        }
        if let Some(heads) = parameters.number("heads")? {
            self.heads = heads;
        }
        if self.heads == 0 || !self.width.is_multiple_of(self.heads) {
            return Err(ArchError::Parameter {
                name: "heads".to_owned(),
                value: self.heads.to_string(),
                why: format!("a divisor of the width {} is expected", self.width),
            });
        }
        Ok(())
    }

    /// What the shapes say, for a manifest.
    pub(super) fn describe(&self) -> [(&'static str, usize); 3] {
        [
            ("width", self.width),
            ("depth", self.depth),
            ("heads", self.heads),
        ]
    }

    /// All layers on rows `[N·tokens, width]`; labels the values after the first and the last
    /// `layer0` and `layer_last`.
    pub(super) fn build(
        &self,
        a: &mut Assembler<'_, '_>,
        mut x: Value,
        tokens: usize,
        mask: Option<Value>,
    ) -> Result<Value, ArchError> {
        for layer in 0..self.depth {
            x = self.layer(a, x, layer, tokens, mask)?;
            match layer {
                0 => a.graph.label(x, "layer0"),
                n if n + 1 == self.depth => a.graph.label(x, "layer_last"),
                _ => {}
            }
        }
        Ok(x)
    }

    /// The layer of that number, from 0, on rows `[N·tokens, width]`.
    pub(super) fn layer(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        layer: usize,
        tokens: usize,
        mask: Option<Value>,
    ) -> Result<Value, ArchError> {
        let Self {
            width,
            heads,
            names,
            ..
        } = *self;
        let layer = format!("{}{layer}.", self.prefix);
        let name = |part: &str| format!("{layer}{part}");
        let y = a.layer_norm(x, &name(names.norm1), width, self.eps)?;
        let qkv = a.projections(y, &layer, names.attention, width)?;
        let y = a.attend(
            qkv,
            tokens,
            Heads {
                tokens,
                width,
                count: heads,
            },
            mask,
        );
        let y = a.linear(y, &name(names.out), [width, width])?;
        let x = a.graph.add(x, y);
        let y = a.layer_norm(x, &name(names.norm2), width, self.eps)?;
        let [up, down] = names.mlp.map(name);
        let y = a.mlp(y, [&up, &down], [width, self.inner], self.gelu)?;
        Ok(a.graph.add(x, y))
    }
}

/// Heads of the published networks of a width: 64 values a head, but for the large ones.
fn usual_heads(width: usize) -> usize {
    match width {
        1152 | 1280 | 1408 | 1536 | 1664 => 16,
        _ => (width / 64).max(1),
    }
}
