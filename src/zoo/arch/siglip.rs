//! SigLIP and SigLIP2 (Zhai et al. 2023): the image tower, pooled by attention or classified.
//!
//! Hugging Face's `SiglipVisionModel` (or a whole `SiglipModel`) and `SiglipForImageClassification`.
//! SigLIP2 of fixed size is the same network.
//!
//! Must not know: preprocessing, what the scores mean.

use super::assembler::Patch;
use super::attention::Heads;
use super::transformer::{Encoder, HUGGING_FACE};
use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights, grid, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Gelu, Network, Value};

/// Pixels `[N, 3, S, S]` to what the pooling head gives, `[N, width]`.
pub(super) const VISION: Architecture = Architecture {
    name: "siglip-vision",
    landmarks: &["vision_model.head.probe"],
    build: build_vision,
    recognise: recognise_vision,
};

/// Pixels `[N, 3, S, S]` to logits `[N, labels]` of the mean token; one label is a regression.
pub(super) const CLASSIFIER: Architecture = Architecture {
    name: "siglip-classifier",
    landmarks: &[PATCH_BIAS],
    build: build_classifier,
    recognise: recognise_classifier,
};

const LAYERS: &str = "vision_model.encoder.layers.";
const PATCH: &str = "vision_model.embeddings.patch_embedding";
/// CLIP's patches have no bias: so this tells the two apart.
const PATCH_BIAS: &str = "vision_model.embeddings.patch_embedding.bias";
const POSITION: &str = "vision_model.embeddings.position_embedding.weight";
const AFTER: &str = "vision_model.post_layernorm";
const HEAD: &str = "vision_model.head.";
const EPS: f32 = 1e-6;

/// A tower as its tensors describe it.
struct Tower {
    encoder: Encoder,
    patch: usize,
    /// Patches along a side.
    grid: usize,
    /// Side of the picture, in pixels.
    image: usize,
}

impl Tower {
    fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let encoder = Encoder {
            gelu: Gelu::Tanh,
            eps: EPS,
            ..Encoder::infer(weights, LAYERS, &HUGGING_FACE)?
        };
        let [_, _, patch, _] = weights.extents(&format!("{PATCH}.weight"))?;
        let [positions, _] = weights.extents(POSITION)?;
        let grid = grid(POSITION, positions)?;
        // so400m takes 384 pixels and leaves six of them out.
        let image = if (grid, patch) == (27, 14) {
            384
        } else {
            grid * patch
        };
        Ok(Self {
            encoder,
            patch,
            grid,
            image,
        })
    }

    /// Compares with what the manifest states; `image` may exceed the patches by a rest.
    fn apply(&mut self, parameters: &Parameters<'_>) -> Result<(), ArchError> {
        self.encoder.apply(parameters)?;
        parameters.check("patch", self.patch)?;
        if let Some(image) = parameters.number("image")? {
            if image / self.patch != self.grid {
                parameters.check("image", self.image)?;
            }
            self.image = image;
        }
        Ok(())
    }

    /// The normed tokens as rows `[N·tokens, width]`.
    fn build(&self, a: &mut Assembler<'_, '_>) -> Result<Value, ArchError> {
        let (width, tokens) = (self.encoder.width, self.grid * self.grid);
        let side = Some(self.image);
        let x = a
            .graph
            .input("pixel_values", Dtype::F32, &[None, Some(3), side, side]);
        let patch = Patch {
            width,
            size: self.patch,
            tokens,
            bias: true,
        };
        let x = a.patches(x, PATCH, &patch)?;
        let positions = a.weight(POSITION, &[tokens, width])?;
        let x = a.graph.add(x, positions);
        let x = a.graph.reshape(x, &[-1, width as i64]);
        a.graph.label(x, "embeddings");
        let x = self.encoder.build(a, x, tokens, None)?;
        let x = a.layer_norm(x, AFTER, width, EPS)?;
        a.graph.label(x, "last_hidden_state");
        Ok(x)
    }

    /// Attention of one learned query over all tokens, then an MLP; rows `[N, width]`.
    fn pool(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let Encoder {
            width,
            heads,
            inner,
            gelu,
            ..
        } = self.encoder;
        let name = |part: &str| format!("{HEAD}{part}");
        let probe = a.weights.get(&name("probe"), &[1, 1, width])?;
        let probe = a.graph.weight_as(&name("probe"), probe, &[1, width]);
        let weights = a.weight(&name("attention.in_proj_weight"), &[3 * width, width])?;
        let biases = a.weight(&name("attention.in_proj_bias"), &[3 * width])?;
        let [wq, wk, wv] = a.graph.split(weights, 0);
        let [bq, bk, bv] = a.graph.split(biases, 0);
        let qkv = [
            a.graph.gemm(probe, wq, Some(bq)),
            a.graph.gemm(x, wk, Some(bk)),
            a.graph.gemm(x, wv, Some(bv)),
        ];
        let tokens = self.grid * self.grid;
        let x = a.attend(
            qkv,
            1,
            Heads {
                tokens,
                width,
                count: heads,
            },
            None,
        );
        let x = a.linear(x, &name("attention.out_proj"), [width, width])?;
        let y = a.layer_norm(x, &name("layernorm"), width, EPS)?;
        let [up, down] = ["mlp.fc1", "mlp.fc2"].map(name);
        let y = a.mlp(y, [&up, &down], [width, inner], gelu)?;
        Ok(a.graph.add(x, y))
    }

    fn describe(&self) -> toml::Table {
        let mut all = table(&self.encoder.describe());
        all.extend(table(&[("patch", self.patch), ("image", self.image)]));
        all
    }

    fn size(&self) -> String {
        match self.encoder.width {
            768 => "base".to_owned(),
            1024 => "large".to_owned(),
            1152 => "so400m".to_owned(),
            1536 => "giant".to_owned(),
            width => format!("of width {width}"),
        }
    }
}

fn build_vision(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let mut tower = Tower::infer(weights)?;
    tower.apply(parameters)?;
    let width = tower.encoder.width;
    parameters.check("embedding", width)?;
    let mut a = Assembler::new("siglip-vision", weights);
    let x = tower.build(&mut a)?;
    let x = tower.pool(&mut a, x)?;
    a.graph
        .output("pooler_output", x, Dtype::F32, &[None, Some(width)]);
    Ok(a.graph.finish())
}

fn build_classifier(
    weights: &Weights<'_>,
    parameters: &Parameters<'_>,
) -> Result<Network, ArchError> {
    let mut tower = Tower::infer(weights)?;
    tower.apply(parameters)?;
    let [labels, width] = weights.extents("classifier.weight")?;
    parameters.check("labels", labels)?;
    let mut a = Assembler::new("siglip-classifier", weights);
    let x = tower.build(&mut a)?;
    let tokens = (tower.grid * tower.grid) as i64;
    let x = a.graph.reshape(x, &[-1, tokens, width as i64]);
    let x = a.graph.mean(x, &[1]);
    a.graph.label(x, "classifier_in");
    let x = a.linear(x, "classifier", [labels, tower.encoder.width])?;
    a.graph
        .output("logits", x, Dtype::F32, &[None, Some(labels)]);
    Ok(a.graph.finish())
}

fn recognise_vision(weights: &Weights<'_>) -> Option<Recognised> {
    let tower = Tower::infer(weights).ok()?;
    // A classifier's file carries the head, too, but has no use for it.
    if weights.has("classifier.weight") {
        return None;
    }
    let Tower { patch, image, .. } = tower;
    let width = tower.encoder.width;
    let mut parameters = tower.describe();
    parameters.extend(table(&[("embedding", width)]));
    Some(Recognised {
        architecture: VISION.name,
        description: format!(
            "SigLIP image tower {}, patch {patch}, {image} px, {width} values",
            tower.size()
        ),
        parameters,
    })
}

fn recognise_classifier(weights: &Weights<'_>) -> Option<Recognised> {
    let tower = Tower::infer(weights).ok()?;
    let [labels, _] = weights.extents("classifier.weight").ok()?;
    let Tower { patch, image, .. } = tower;
    let kind = match labels {
        1 => "one score".to_owned(),
        n => format!("{n} classes"),
    };
    let mut parameters = tower.describe();
    parameters.extend(table(&[("labels", labels)]));
    Some(Recognised {
        architecture: CLASSIFIER.name,
        description: format!(
            "SigLIP classifier {}, patch {patch}, {image} px, {kind}",
            tower.size()
        ),
        parameters,
    })
}
