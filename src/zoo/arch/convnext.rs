//! ConvNeXt V2 (Woo et al. 2023): the image classifier, or with one label a score.
//!
//! In Hugging Face's layout (`ConvNextV2ForImageClassification`) and in that of
//! facebookresearch/ConvNeXt-V2. Depths, widths and labels are read from the shapes.
//!
//! Linear layers take the weight on the left and `[N, channels, places]` on the right, so that lengths
//! and factors run along a channel: half the CPU time of channels last on both engines, and no
//! engine makes a copy of its own of the weights.
//!
//! Must not know: preprocessing, what the scores mean.

use super::relatives::Relative;
use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Gelu, Network, Value, Window};

/// Pixels `[N, 3, H, W]` to logits `[N, labels]`; H and W are multiples of 32.
pub(super) const CONVNEXT_V2: Architecture = Architecture {
    name: "convnextv2",
    landmarks: &[HUGGING_FACE_STEM, REFERENCE_STEM],
    build,
    recognise,
};

/// ConvNeXt (Liu et al. 2022), which scales its blocks instead of norming their response.
pub(super) const FIRST_VERSION: Relative = Relative {
    landmarks: &[FIRST_VERSION_STEM, REFERENCE_STEM],
    tell: first_version,
};

const HUGGING_FACE_STEM: &str = "convnextv2.embeddings.patch_embeddings.weight";
const FIRST_VERSION_STEM: &str = "convnext.embeddings.patch_embeddings.weight";
const REFERENCE_STEM: &str = "downsample_layers.0.0.weight";

/// Added to variances but in the last norm, and to the mean length in the response norm.
const EPS: f32 = 1e-6;

/// Side of the stem's patches, in pixels.
const PATCH: usize = 4;
const STAGES: usize = 4;

/// What the tensors are called.
struct Layout {
    /// Convolution and norm of the stem.
    stem: [&'static str; 2],
    /// Before and after the number of the stage: its norm `.0` and convolution `.1` that halve.
    halving: [&'static str; 2],
    /// Before and after the number of the stage, in front of a block's number.
    block: [&'static str; 2],
    /// Norm of a block.
    norm: &'static str,
    /// Factor and summand of a block's response norm.
    response: [&'static str; 2],
    /// Norm of the mean over the picture.
    last_norm: &'static str,
    /// Added to the variance in that.
    last_eps: f32,
    /// The linear layer behind it.
    head: &'static str,
}

const HUGGING_FACE: Layout = Layout {
    stem: [
        "convnextv2.embeddings.patch_embeddings",
        "convnextv2.embeddings.layernorm",
    ],
    halving: ["convnextv2.encoder.stages.", ".downsampling_layer"],
    block: ["convnextv2.encoder.stages.", ".layers."],
    norm: "layernorm",
    response: ["grn.weight", "grn.bias"],
    last_norm: "convnextv2.layernorm",
    last_eps: 1e-12,
    head: "classifier",
};

const REFERENCE: Layout = Layout {
    stem: ["downsample_layers.0.0", "downsample_layers.0.1"],
    halving: ["downsample_layers.", ""],
    block: ["stages.", "."],
    norm: "norm",
    response: ["grn.gamma", "grn.beta"],
    last_norm: "norm",
    last_eps: EPS,
    head: "head",
};

impl Layout {
    fn of(weights: &Weights<'_>) -> &'static Self {
        if weights.has(REFERENCE_STEM) {
            &REFERENCE
        } else {
            &HUGGING_FACE
        }
    }

    fn halving(&self, stage: usize, part: usize) -> String {
        let [before, after] = self.halving;
        format!("{before}{stage}{after}.{part}")
    }

    fn blocks(&self, stage: usize) -> String {
        let [before, after] = self.block;
        format!("{before}{stage}{after}")
    }
}

/// A network as its tensors describe it.
struct Shape {
    layout: &'static Layout,
    /// Channels of each stage.
    widths: [usize; STAGES],
    /// Blocks of each stage.
    depths: [usize; STAGES],
    labels: usize,
}

impl Shape {
    fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let layout = Layout::of(weights);
        let [first, _, _, _] = weights.extents(&format!("{}.weight", layout.stem[0]))?;
        let mut widths = [first; STAGES];
        let mut depths = [0; STAGES];
        for stage in 0..STAGES {
            if stage > 0 {
                let key = format!("{}.weight", layout.halving(stage, 1));
                [widths[stage], _, _, _] = weights.extents(&key)?;
            }
            depths[stage] = weights.depth(&layout.blocks(stage), ".dwconv.weight")?;
        }
        let [labels, _] = weights.extents(&format!("{}.weight", layout.head))?;
        Ok(Self {
            layout,
            widths,
            depths,
            labels,
        })
    }

    fn build(&self, a: &mut Assembler<'_, '_>) -> Result<Value, ArchError> {
        let layout = self.layout;
        let pixels = [None, Some(3), None, None];
        let x = a.graph.input("pixel_values", Dtype::F32, &pixels);
        let [conv, norm] = layout.stem;
        let width = self.widths[0];
        let x = a.conv_bias(x, conv, [3, width], Window::tiles(PATCH))?;
        let mut x = channel_norm(a, x, norm, width, ORDERS)?;
        a.graph.label(x, "stem");
        for stage in 0..STAGES {
            if stage > 0 {
                x = self.halve(a, x, stage)?;
            }
            for block in 0..self.depths[stage] {
                let name = format!("{}{block}", layout.blocks(stage));
                x = self.block(a, x, &name, self.widths[stage])?;
            }
            a.graph.label(x, &format!("stage{stage}"));
        }
        let width = self.widths[STAGES - 1];
        let x = a.graph.global_mean(x);
        let x = a.layer_norm(x, layout.last_norm, width, layout.last_eps)?;
        a.graph.label(x, "pooled_norm");
        a.linear(x, layout.head, [self.labels, width])
    }

    /// To half the sides and the channels of `stage`.
    fn halve(&self, a: &mut Assembler<'_, '_>, x: Value, stage: usize) -> Result<Value, ArchError> {
        let [inside, outside] = [self.widths[stage - 1], self.widths[stage]];
        let x = channel_norm(a, x, &self.layout.halving(stage, 0), inside, ORDERS)?;
        let conv = self.layout.halving(stage, 1);
        a.conv_bias(x, &conv, [inside, outside], Window::tiles(2))
    }

    /// x + Linear(Response(GELU(Linear(LN(DepthwiseConv(x)))))).
    fn block(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        name: &str,
        width: usize,
    ) -> Result<Value, ArchError> {
        let part = |part: &str| format!("{name}.{part}");
        let inner = 4 * width;
        let window = Window::same(7).grouped(width);
        let y = a.conv_bias(x, &part("dwconv"), [width, width], window)?;
        let y = a.graph.reshape(y, &[0, width as i64, -1]);
        let y = channel_norm(a, y, &part(self.layout.norm), width, [&[0, 2, 1]; 2])?;
        let bias = column(a, &part("pwconv1.bias"), &[inner])?;
        let y = pointwise(a, y, &part("pwconv1.weight"), bias, [inner, width])?;
        let y = a.graph.gelu(y, Gelu::Exact);
        let [gamma, beta] = self.layout.response.map(part);
        let y = response(a, y, &gamma, inner)?;
        // β is the same everywhere, so it joins the bias of the layer behind it as W·β + b, which
        // engines compute once: a pass over the largest tensor is saved.
        let beta = column(a, &beta, &[1, 1, 1, inner])?;
        let bias = column(a, &part("pwconv2.bias"), &[width])?;
        let (name, sizes) = (part("pwconv2.weight"), [width, inner]);
        let bias = pointwise(a, beta, &name, bias, sizes)?;
        let y = pointwise(a, y, &name, bias, sizes)?;
        let shape = a.graph.shape(x);
        let y = a.graph.reshape_to(y, shape);
        Ok(a.graph.add(x, y))
    }

    /// Compares with what the manifest states; the error names the tensor that differs.
    fn check(&self, weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<(), ArchError> {
        if let Some(width) = parameters.number("width")? {
            let key = format!("{}.weight", self.layout.stem[0]);
            weights.get(&key, &[width, 3, PATCH, PATCH])?;
        }
        if let Some(labels) = parameters.number("labels")? {
            let key = format!("{}.weight", self.layout.head);
            weights.get(&key, &[labels, self.widths[STAGES - 1]])?;
        }
        parameters.check("depth", self.depths.iter().sum())
    }

    fn parameters(&self) -> [(&'static str, usize); 3] {
        [
            ("width", self.widths[0]),
            ("depth", self.depths.iter().sum()),
            ("labels", self.labels),
        ]
    }

    fn size(&self) -> &'static str {
        match (self.widths[0], self.depths[2]) {
            (40, 6) => "Atto",
            (48, 6) => "Femto",
            (64, 6) => "Pico",
            (80, 8) => "Nano",
            (96, 9) => "Tiny",
            (128, 27) => "Base",
            (192, 27) => "Large",
            (352, 27) => "Huge",
            _ => "of its own size",
        }
    }
}

/// Orders of axes that bring the channels of a picture to the end and back.
const ORDERS: [&[i64]; 2] = [&[0, 2, 3, 1], &[0, 3, 1, 2]];

/// Layer normalisation over the channels; `orders` bring them to the end and back.
fn channel_norm(
    a: &mut Assembler<'_, '_>,
    x: Value,
    name: &str,
    width: usize,
    [last, second]: [&[i64]; 2],
) -> Result<Value, ArchError> {
    let x = a.graph.transpose(x, last);
    let x = a.layer_norm(x, name, width, EPS)?;
    Ok(a.graph.transpose(x, second))
}

/// One number a channel, as `[channels, 1]`; in the file it has `shape`.
fn column(a: &mut Assembler<'_, '_>, name: &str, shape: &[usize]) -> Result<Value, ArchError> {
    let tensor = a.weights.get(name, shape)?;
    Ok(a.graph.weight_as(name, tensor, &[tensor.len(), 1]))
}

/// A linear layer on channels: W·x + b for x `[N, in, places]` and b `[out, 1]`.
fn pointwise(
    a: &mut Assembler<'_, '_>,
    x: Value,
    weight: &str,
    bias: Value,
    [outside, inside]: [usize; 2],
) -> Result<Value, ArchError> {
    let weight = a.weight(weight, &[outside, inside])?;
    let y = a.graph.matmul(weight, x);
    Ok(a.graph.add(y, bias))
}

/// Global response normalisation without its summand: x·(γ·g/(mean of g + ε) + 1), where g is each
/// channel's length over all places.
fn response(
    a: &mut Assembler<'_, '_>,
    x: Value,
    gamma: &str,
    width: usize,
) -> Result<Value, ArchError> {
    let gamma = column(a, gamma, &[1, 1, 1, width])?;
    let graph = &mut a.graph;
    let length = graph.length(x, &[2]);
    let mean = graph.mean_kept(length, &[1]);
    let (eps, one) = (graph.scalar(EPS), graph.scalar(1.0));
    let mean = graph.add(mean, eps);
    let share = graph.div(length, mean);
    let share = graph.mul(share, gamma);
    let factor = graph.add(share, one);
    Ok(graph.mul(x, factor))
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let shape = Shape::infer(weights)?;
    shape.check(weights, parameters)?;
    let mut a = Assembler::new(CONVNEXT_V2.name, weights);
    let logits = shape.build(&mut a)?;
    let shape = [None, Some(shape.labels)];
    a.graph.output("logits", logits, Dtype::F32, &shape);
    Ok(a.graph.finish())
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    let shape = Shape::infer(weights).ok()?;
    let first = format!("{}0.{}", shape.layout.blocks(0), shape.layout.response[0]);
    weights.shape(&first)?;
    let kind = match shape.labels {
        1 => "one score".to_owned(),
        n => format!("{n} classes"),
    };
    Some(Recognised {
        architecture: CONVNEXT_V2.name,
        description: format!("ConvNeXt V2 {}, {kind}", shape.size()),
        parameters: table(&shape.parameters()),
    })
}

fn first_version(weights: &Weights<'_>) -> Option<String> {
    let scaled = [
        "convnext.encoder.stages.0.layers.0.layer_scale_parameter",
        "stages.0.0.gamma",
    ];
    let scaled = scaled.iter().any(|name| weights.has(name));
    scaled.then(|| "a ConvNeXt of the first version".to_owned())
}
