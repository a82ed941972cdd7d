//! EfficientNet-B3 (Tan and Le 2019) with three linear layers behind it: LAION's watermark detector.
//!
//! The tensors are called as in timm's `efficientnet_b3`, with LAION's `classifier` of
//! LAION-5B-WatermarkDetection. timm pads evenly (`tf_efficientnet_b3`, which has the same tensors
//! and another network, does not), so only this classifier is taken for it.
//!
//! Must not know: preprocessing, what the classes mean.

use super::relatives::Relative;
use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights, table};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Network, Value, Window};

/// Pixels `[N, 3, H, W]` to logits `[N, labels]`; H and W are multiples of 32.
pub(super) const WATERMARK: Architecture = Architecture {
    name: "efficientnet-b3-watermark",
    landmarks: &[STEM],
    build,
    recognise,
};

/// EfficientNets of other sizes, or with another classifier.
pub(super) const OTHERS: Relative = Relative {
    landmarks: &[STEM],
    tell: other,
};

const STEM: &str = "conv_stem.weight";
const LAST: &str = "classifier.5.weight";

/// Added to variances.
const EPS: f32 = 1e-5;
/// Channels of the stem.
const FIRST: usize = 40;
/// Channels before the mean.
const FEATURES: usize = 1536;
/// Widths of the classifier's inner layers.
const HIDDEN: [usize; 2] = [625, 256];
/// How many times wider the inside of a block is.
const EXPANSION: usize = 6;
/// How many times narrower the inside of a gate is than its block's input.
const SQUEEZE: usize = 4;

/// Blocks of the same width behind each other.
struct Stage {
    blocks: usize,
    width: usize,
    /// Side of the depthwise windows.
    side: usize,
    /// Step of the first block's window.
    stride: usize,
}

const fn stage(blocks: usize, width: usize, side: usize, stride: usize) -> Stage {
    Stage {
        blocks,
        width,
        side,
        stride,
    }
}

/// B3: B0's widths times 1.2, rounded to eights, and its depths times 1.4.
const STAGES: [Stage; 7] = [
    stage(2, 24, 3, 1),
    stage(3, 32, 3, 2),
    stage(3, 48, 5, 2),
    stage(5, 96, 3, 2),
    stage(5, 136, 5, 1),
    stage(6, 232, 5, 2),
    stage(2, 384, 3, 1),
];

/// One block: where its tensors are, and its sizes.
struct Block {
    name: String,
    inside: usize,
    outside: usize,
    window: Window,
}

impl Block {
    fn part(&self, part: &str) -> String {
        format!("{}.{part}", self.name)
    }

    /// The blocks of the first stage don't widen before the window.
    fn narrow(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let y = self.window(a, x, self.inside, "bn1")?;
        let y = self.gate(a, y, self.inside)?;
        let sizes = [self.inside, self.outside];
        let y = normed(a, y, [&self.part("conv_pw"), &self.part("bn2")], sizes, ONE)?;
        Ok(self.around(a, x, y))
    }

    /// Widen, window, gate, narrow down.
    fn wide(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let width = EXPANSION * self.inside;
        let names = ["conv_pw", "bn1"].map(|part| self.part(part));
        let y = normed(a, x, names.each_ref(), [self.inside, width], ONE)?;
        let y = a.graph.silu(y);
        let y = self.window(a, y, width, "bn2")?;
        let y = self.gate(a, y, width)?;
        let names = ["conv_pwl", "bn3"].map(|part| self.part(part));
        let y = normed(a, y, names.each_ref(), [width, self.outside], ONE)?;
        Ok(self.around(a, x, y))
    }

    /// The depthwise convolution.
    fn window(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        width: usize,
        norm: &str,
    ) -> Result<Value, ArchError> {
        let names = ["conv_dw", norm].map(|part| self.part(part));
        let window = self.window.grouped(width);
        let x = normed(a, x, names.each_ref(), [width, width], window)?;
        Ok(a.graph.silu(x))
    }

    /// Squeeze and excitation (Hu et al. 2018): each channel times a share that follows from the
    /// means of all.
    fn gate(&self, a: &mut Assembler<'_, '_>, x: Value, width: usize) -> Result<Value, ArchError> {
        let narrow = self.inside / SQUEEZE;
        let means = a.graph.mean_kept(x, &[2, 3]);
        let gate = a.conv_bias(means, &self.part("se.conv_reduce"), [width, narrow], ONE)?;
        let gate = a.graph.silu(gate);
        let gate = a.conv_bias(gate, &self.part("se.conv_expand"), [narrow, width], ONE)?;
        let gate = a.graph.sigmoid(gate);
        Ok(a.graph.mul(x, gate))
    }

    /// x + y where they are of one size.
    fn around(&self, a: &mut Assembler<'_, '_>, x: Value, y: Value) -> Value {
        let same = self.inside == self.outside && self.window.stride == 1;
        if same { a.graph.add(y, x) } else { y }
    }
}

/// A window of one pixel.
const ONE: Window = Window::tiles(1);

/// A convolution without bias and its batch norm.
fn normed(
    a: &mut Assembler<'_, '_>,
    x: Value,
    [conv, norm]: [&String; 2],
    [inside, outside]: [usize; 2],
    window: Window,
) -> Result<Value, ArchError> {
    let x = a.conv(x, conv, [inside, outside], window)?;
    a.batch_norm(x, norm, outside, EPS)
}

/// All blocks on the stem's `FIRST` channels.
fn blocks(a: &mut Assembler<'_, '_>, mut x: Value) -> Result<Value, ArchError> {
    let mut inside = FIRST;
    for (number, stage) in STAGES.iter().enumerate() {
        for block in 0..stage.blocks {
            let stride = if block == 0 { stage.stride } else { 1 };
            let one = Block {
                name: format!("blocks.{number}.{block}"),
                inside,
                outside: stage.width,
                window: Window::strided(stage.side, stride),
            };
            x = if number == 0 {
                one.narrow(a, x)?
            } else {
                one.wide(a, x)?
            };
            inside = stage.width;
        }
        a.weights
            .refuse(&format!("blocks.{number}.{}.conv_dw.weight", stage.blocks))?;
        a.graph.label(x, &format!("stage{number}"));
    }
    Ok(x)
}

/// Features `[N, FEATURES]` to logits.
fn classify(a: &mut Assembler<'_, '_>, x: Value, labels: usize) -> Result<Value, ArchError> {
    let [first, second] = HIDDEN;
    let x = a.linear(x, "classifier.0", [first, FEATURES])?;
    a.graph.label(x, "hidden");
    let x = a.graph.relu(x);
    let x = a.linear(x, "classifier.3", [second, first])?;
    let x = a.graph.relu(x);
    a.linear(x, "classifier.5", [labels, second])
}

fn build(weights: &Weights<'_>, parameters: &Parameters<'_>) -> Result<Network, ArchError> {
    let mut a = Assembler::new(WATERMARK.name, weights);
    let pixels = [None, Some(3), None, None];
    let x = a.graph.input("pixel_values", Dtype::F32, &pixels);
    let names = ["conv_stem", "bn1"].map(str::to_owned);
    let x = normed(
        &mut a,
        x,
        names.each_ref(),
        [3, FIRST],
        Window::strided(3, 2),
    )?;
    let x = a.graph.silu(x);
    a.graph.label(x, "stem");
    let x = blocks(&mut a, x)?;
    let last = STAGES[STAGES.len() - 1].width;
    let names = ["conv_head", "bn2"].map(str::to_owned);
    let x = normed(&mut a, x, names.each_ref(), [last, FEATURES], ONE)?;
    let x = a.graph.silu(x);
    let x = a.graph.global_mean(x);
    a.graph.label(x, "pooled");
    let [found, width] = weights.extents(LAST)?;
    let labels = parameters.number("labels")?.unwrap_or(found);
    weights.get(LAST, &[labels, width])?;
    let logits = classify(&mut a, x, labels)?;
    let shape = [None, Some(labels)];
    a.graph.output("logits", logits, Dtype::F32, &shape);
    Ok(a.graph.finish())
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    if !is_b3(weights) || weights.shape("classifier.0.weight")? != [HIDDEN[0], FEATURES] {
        return None;
    }
    let [labels, _] = weights.extents(LAST).ok()?;
    Some(Recognised {
        architecture: WATERMARK.name,
        description: format!("EfficientNet-B3 with LAION's classifier, {labels} classes"),
        parameters: table(&[("labels", labels)]),
    })
}

/// By the stem and the features, which no two sizes share.
fn is_b3(weights: &Weights<'_>) -> bool {
    let first = |name: &str| weights.shape(name).and_then(|shape| shape.first().copied());
    first(STEM) == Some(FIRST) && first("conv_head.weight") == Some(FEATURES)
}

fn other(weights: &Weights<'_>) -> Option<String> {
    weights.shape("blocks.0.0.conv_dw.weight")?;
    if recognise(weights).is_some() {
        return None;
    }
    // MobileNetV3 has the same names, and a bias where EfficientNets have a batch norm.
    if !weights.has("bn2.weight") || weights.has("conv_head.bias") {
        return Some("a network of timm's mobile family".to_owned());
    }
    let of = if is_b3(weights) {
        "with another classifier than LAION's"
    } else {
        "of another size than B3"
    };
    Some(format!("an EfficientNet {of}"))
}
