//! DPT-hybrid (Ranftl et al. 2021), Hugging Face's `DPTForDepthEstimation` on a BiT backbone: relative
//! inverse depths.
//!
//! Must not know: preprocessing, what is made of the depths.

mod backbone;
mod neck;

use backbone::Backbone;
use neck::Map;

use super::relatives::Relative;
use super::transformer::{Encoder, HUGGING_FACE_VIT};
use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights, grid, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Gelu, Network, Value, Window};

/// Pixels `[N, 3, S, S]` to depths `[N, S, S]`, more the nearer, from 0 up.
pub(super) const HYBRID: Architecture = Architecture {
    name: "dpt-hybrid",
    landmarks: &["dpt.embeddings.backbone.bit.embedder.convolution.weight"],
    build,
    recognise,
};

/// The same decoder on a plain vision transformer.
pub(super) const LARGE: Relative = Relative {
    landmarks: &["dpt.embeddings.patch_embeddings.projection.weight"],
    tell: |_| Some("a DPT without a ResNet, as DPT-large".to_owned()),
};

const LAYERS: &str = "dpt.encoder.layer.";
const CLASS: &str = "dpt.embeddings.cls_token";
const POSITION: &str = "dpt.embeddings.position_embeddings";
const PROJECTION: &str = "dpt.embeddings.projection";
const EPS: f32 = 1e-12;
/// Pixels along a token's side.
const PATCH: usize = 16;

/// A network as its tensors describe it.
struct Hybrid {
    backbone: Backbone,
    encoder: Encoder,
    /// Tokens along a side.
    grid: usize,
}

impl Hybrid {
    fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let backbone = Backbone::infer(weights)?;
        let [_, positions, _] = weights.extents(POSITION)?;
        let grid = grid(POSITION, positions - 1)?;
        if !grid.is_multiple_of(2) {
            return Err(ArchError::WrongShape {
                key: POSITION.to_owned(),
                found: format!("{grid} × {grid} patches"),
                expected: "an even number of patches along a side".to_owned(),
            });
        }
        let encoder = Encoder {
            gelu: Gelu::Exact,
            eps: EPS,
            ..Encoder::infer(weights, LAYERS, &HUGGING_FACE_VIT)?
        };
        Ok(Self {
            backbone,
            encoder,
            grid,
        })
    }

    /// Side of the picture, in pixels.
    fn image(&self) -> usize {
        self.grid * PATCH
    }

    /// The four maps that depths are made from, the largest first.
    fn maps(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<[Map; 4], ArchError> {
        let (grid, width) = (self.grid, self.encoder.width);
        let [first, second, third] = self.backbone.build(a, x, self.image())?;
        let x = self.embed(a, third)?;
        let [early, late] = self.encode(a, x)?;
        let early = neck::reassemble(a, early, 2, [grid, width])?;
        let late = neck::reassemble(a, late, 3, [grid, width])?;
        let map = |value, channels| Map { value, channels };
        Ok([
            map(first, Backbone::channels(0)),
            map(second, Backbone::channels(1)),
            map(early, width),
            map(late, width),
        ])
    }

    /// The last map as tokens with a class token before them, plus positions.
    fn embed(&self, a: &mut Assembler<'_, '_>, map: Value) -> Result<Value, ArchError> {
        let (width, tokens) = (self.encoder.width, self.grid * self.grid);
        let channels = [Backbone::channels(2), width];
        let x = a.conv_bias(map, PROJECTION, channels, Window::same(1))?;
        a.graph.label(x, "embeddings_projection");
        let x = a.graph.reshape(x, &[-1, width as i64, tokens as i64]);
        let x = a.graph.transpose(x, &[0, 2, 1]);
        a.with_class(x, [CLASS, POSITION], [tokens, width])
    }

    /// The tokens after three quarters of the layers and after all; rows `[N·(T + 1), width]`.
    fn encode(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<[Value; 2], ArchError> {
        let tokens = self.grid * self.grid + 1;
        let depth = self.encoder.depth;
        let (mut x, mut early) = (x, x);
        for layer in 0..depth {
            x = self.encoder.layer(a, x, layer, tokens, None)?;
            a.graph.label(x, &format!("layer{layer}"));
            if layer + 1 == depth * 3 / 4 {
                early = x;
            }
        }
        Ok([early, x])
    }
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let mut hybrid = Hybrid::infer(weights)?;
    hybrid.encoder.apply(parameters)?;
    parameters.check("image", hybrid.image())?;
    let mut a = Assembler::new(HYBRID.name, weights);
    let side = Some(hybrid.image());
    let x = a
        .graph
        .input("pixel_values", Dtype::F32, &[None, Some(3), side, side]);
    let maps = hybrid.maps(&mut a, x)?;
    let x = neck::fuse(&mut a, maps)?;
    let x = neck::depths(&mut a, x, 8 * hybrid.grid)?;
    a.graph
        .output("predicted_depth", x, Dtype::F32, &[None, side, side]);
    Ok(a.graph.finish())
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let hybrid = Hybrid::infer(weights).ok()?;
    weights.extents::<4>("head.head.4.weight").ok()?;
    let image = hybrid.image();
    let mut parameters = table(&hybrid.encoder.describe());
    parameters.extend(table(&[("image", image)]));
    Some(Recognised {
        architecture: HYBRID.name,
        description: format!("DPT-hybrid, depths of {image} px"),
        parameters,
    })
}
