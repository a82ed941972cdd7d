//! CLIP's image tower (a ViT with a class token and a norm before the layers).
//!
//! Must not know: the text tower.

use super::Projection;
use crate::zoo::arch::assembler::Patch;
use crate::zoo::arch::transformer::{Encoder, HUGGING_FACE, LayerNames, OPEN_AI};
use crate::zoo::arch::{ArchError, Assembler, Parameters, Recognised, Weights, grid, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Network, Value};

/// What the tensors outside the layers are called.
struct Names {
    layers: &'static str,
    layer: &'static LayerNames,
    class: &'static str,
    patch: &'static str,
    position: &'static str,
    before: &'static str,
    after: &'static str,
    projection: Projection,
}

static LAYOUTS: [Names; 2] = [
    Names {
        layers: "vision_model.encoder.layers.",
        layer: &HUGGING_FACE,
        class: "vision_model.embeddings.class_embedding",
        patch: "vision_model.embeddings.patch_embedding",
        position: "vision_model.embeddings.position_embedding.weight",
        before: "vision_model.pre_layrnorm",
        after: "vision_model.post_layernorm",
        projection: Projection::Linear("visual_projection.weight"),
    },
    Names {
        layers: "visual.transformer.resblocks.",
        layer: &OPEN_AI,
        class: "visual.class_embedding",
        patch: "visual.conv1",
        position: "visual.positional_embedding",
        before: "visual.ln_pre",
        after: "visual.ln_post",
        projection: Projection::Matrix("visual.proj"),
    },
];

/// A tower as its tensors describe it.
struct Tower {
    names: &'static Names,
    encoder: Encoder,
    patch: usize,
    /// Patches along a side.
    grid: usize,
    embedding: usize,
}

impl Tower {
    fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let [hugging_face, open_ai] = &LAYOUTS;
        let names = if weights.has(open_ai.class) {
            open_ai
        } else {
            hugging_face
        };
        let encoder = Encoder::infer(weights, names.layers, names.layer)?;
        let [_, _, patch, _] = weights.extents(&format!("{}.weight", names.patch))?;
        let [positions, _] = weights.extents(names.position)?;
        Ok(Self {
            encoder,
            patch,
            grid: grid(names.position, positions - 1)?,
            embedding: names
                .projection
                .embedding(weights.extents(names.projection.name())?),
            names,
        })
    }

    fn image(&self) -> usize {
        self.grid * self.patch
    }
}

pub(super) fn build(
    weights: &Weights<'_>,
    parameters: &Parameters<'_>,
) -> Result<Network, ArchError> {
    let mut tower = Tower::infer(weights)?;
    tower.encoder.apply(parameters)?;
    parameters.check("patch", tower.patch)?;
    parameters.check("image", tower.image())?;
    parameters.check("embedding", tower.embedding)?;
    let Tower {
        names,
        ref encoder,
        embedding,
        ..
    } = tower;
    let (width, tokens) = (encoder.width, tower.grid * tower.grid + 1);

    let mut a = Assembler::new("clip-vision", weights);
    let side = Some(tower.image());
    let x = a
        .graph
        .input("pixel_values", Dtype::F32, &[None, Some(3), side, side]);
    let x = embed(&mut a, x, &tower)?;
    let x = a.layer_norm(x, names.before, width, encoder.eps)?;
    a.graph.label(x, "pre_norm");
    let x = encoder.build(&mut a, x, tokens, None)?;
    let x = a.graph.reshape(x, &[-1, tokens as i64, width as i64]);
    let first = a.graph.slice(x, 1, 0, 1);
    let x = a.graph.reshape(first, &[-1, width as i64]);
    let x = a.layer_norm(x, names.after, width, encoder.eps)?;
    a.graph.label(x, "pooled");
    let x = names.projection.build(&mut a, x, width, embedding)?;
    a.graph
        .output("image_embeds", x, Dtype::F32, &[None, Some(embedding)]);
    Ok(a.graph.finish())
}

/// Patches with a class token before them, plus positions; rows `[N·tokens, width]`.
fn embed(a: &mut Assembler<'_, '_>, x: Value, tower: &Tower) -> Result<Value, ArchError> {
    let names = tower.names;
    let (width, patches) = (tower.encoder.width, tower.grid * tower.grid);
    let patch = Patch {
        width,
        size: tower.patch,
        tokens: patches,
        bias: false,
    };
    let x = a.patches(x, names.patch, &patch)?;
    let x = a.with_class(x, [names.class, names.position], [patches, width])?;
    a.graph.label(x, "embeddings");
    Ok(x)
}

pub(super) fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let tower = Tower::infer(weights).ok()?;
    let Tower {
        patch, embedding, ..
    } = tower;
    let size = match tower.encoder.width {
        768 => format!("ViT-B/{patch}"),
        1024 => format!("ViT-L/{patch}"),
        1280 => format!("ViT-H/{patch}"),
        1664 => format!("ViT-bigG/{patch}"),
        width => format!("of width {width}, patch {patch}"),
    };
    let image = tower.image();
    let mut parameters = table(&tower.encoder.describe());
    parameters.extend(table(&[
        ("patch", patch),
        ("image", image),
        ("embedding", embedding),
    ]));
    Some(Recognised {
        architecture: super::VISION.name,
        description: format!("CLIP image tower {size}, {image} px, {embedding} values"),
        parameters,
    })
}
