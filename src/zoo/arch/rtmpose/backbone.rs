//! CSPNeXt (Lyu et al. 2022): four stages, each half of the size before it and split into a long
//! and a short way.
//!
//! Must not know: heads.

use crate::zoo::arch::{ArchError, Assembler, Weights};
use crate::zoo::graph::{Value, Window};

/// mmpose's `BN`, unlike mmdetection's.
const EPS: f32 = 1e-5;
const STEM: &str = "backbone.stem";
/// Sides of the windows of the pyramid of maxima.
const PYRAMID: [usize; 3] = [5, 9, 13];
/// Side of the windows of a block's second convolution.
const WIDE: usize = 5;

/// A stage as its tensors describe it.
struct Stage {
    /// Name of its parts, with the dot.
    name: String,
    /// Channels that come out.
    width: usize,
    /// Channels of each of its two ways.
    inner: usize,
    blocks: usize,
    /// The last stage looks at larger windows first, and adds nothing to its blocks.
    last: bool,
}

/// The backbone as its tensors describe it.
pub(super) struct Backbone {
    /// Channels within the stem and behind it.
    stem: [usize; 2],
    stages: [Stage; 4],
}

impl Backbone {
    pub(super) fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let [half, ..] = weights.extents::<4>(&format!("{STEM}.0.conv.weight"))?;
        let [whole, ..] = weights.extents::<4>(&format!("{STEM}.2.conv.weight"))?;
        Ok(Self {
            stem: [half, whole],
            stages: [
                Stage::infer(weights, 1)?,
                Stage::infer(weights, 2)?,
                Stage::infer(weights, 3)?,
                Stage::infer(weights, 4)?,
            ],
        })
    }

    /// Channels that come out.
    pub(super) fn width(&self) -> usize {
        self.stages[3].width
    }

    /// What mmpose calls a network of this width.
    pub(super) fn size(&self) -> String {
        match self.width() {
            384 => "-t".to_owned(),
            512 => "-s".to_owned(),
            768 => "-m".to_owned(),
            1024 => "-l".to_owned(),
            1280 => "-x".to_owned(),
            width => format!(" of width {width}"),
        }
    }

    /// A 32nd of both sides.
    pub(super) fn build(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let [half, whole] = self.stem;
        let stem = |n: usize| format!("{STEM}.{n}");
        let x = a.unit(x, &stem(0), [3, half], Window::strided(3, 2))?;
        let x = a.unit(x, &stem(1), [half, half], Window::same(3))?;
        let mut x = a.unit(x, &stem(2), [half, whole], Window::same(3))?;
        a.graph.label(x, "stem");
        let mut width = whole;
        for (stage, label) in self
            .stages
            .iter()
            .zip(["stage1", "stage2", "stage3", "stage4"])
        {
            x = stage.build(a, x, width)?;
            a.graph.label(x, label);
            width = stage.width;
        }
        Ok(x)
    }
}

impl Stage {
    fn infer(weights: &Weights<'_>, n: usize) -> Result<Self, ArchError> {
        let last = n == 4;
        let before = format!("backbone.stage{n}.");
        let name = format!("{before}{}.", if last { 2 } else { 1 });
        let [width, ..] = weights.extents::<4>(&format!("{before}0.conv.weight"))?;
        let [inner, ..] = weights.extents::<4>(&format!("{name}main_conv.conv.weight"))?;
        let blocks = weights.depth(&format!("{name}blocks."), ".conv1.conv.weight")?;
        Ok(Self {
            name: before,
            width,
            inner,
            blocks,
            last,
        })
    }

    fn build(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        before: usize,
    ) -> Result<Value, ArchError> {
        let name = |part: &str| format!("{}{part}", self.name);
        let x = a.unit(x, &name("0"), [before, self.width], Window::strided(3, 2))?;
        if !self.last {
            return self.split(a, x, &name("1."));
        }
        let x = self.pyramid(a, x, &name("1."))?;
        self.split(a, x, &name("2."))
    }

    /// The picture beside the largest values of ever larger windows.
    fn pyramid(&self, a: &mut Assembler<'_, '_>, x: Value, name: &str) -> Result<Value, ArchError> {
        let half = self.width / 2;
        let (one, conv1, conv2) = (
            Window::same(1),
            name.to_owned() + "conv1",
            name.to_owned() + "conv2",
        );
        let x = a.unit(x, &conv1, [self.width, half], one)?;
        let pooled = PYRAMID.map(|side| a.graph.max_pool(x, Window::same(side)));
        let [small, middle, large] = pooled;
        let x = a.graph.concat(&[x, small, middle, large], 1);
        a.unit(x, &conv2, [4 * half, self.width], one)
    }

    /// Blocks on one way, none on the other, both weighed by channel.
    fn split(&self, a: &mut Assembler<'_, '_>, x: Value, name: &str) -> Result<Value, ArchError> {
        let part = |part: &str| format!("{name}{part}");
        let (one, inner) = (Window::same(1), self.inner);
        let short = a.unit(x, &part("short_conv"), [self.width, inner], one)?;
        let mut x = a.unit(x, &part("main_conv"), [self.width, inner], one)?;
        for n in 0..self.blocks {
            x = self.block(a, x, &part(&format!("blocks.{n}.")))?;
        }
        let x = a.graph.concat(&[x, short], 1);
        let x = attention(a, x, &part("attention.fc"), 2 * inner)?;
        a.graph.label(x, &part("attention"));
        a.unit(x, &part("final_conv"), [2 * inner, self.width], one)
    }

    fn block(&self, a: &mut Assembler<'_, '_>, x: Value, name: &str) -> Result<Value, ArchError> {
        let (n, wide) = (self.inner, Window::same(WIDE).grouped(self.inner));
        let part = |part: &str| format!("{name}{part}");
        let y = a.unit(x, &part("conv1"), [n, n], Window::same(3))?;
        let y = a.unit(y, &part("conv2.depthwise_conv"), [n, n], wide)?;
        let y = a.unit(y, &part("conv2.pointwise_conv"), [n, n], Window::same(1))?;
        Ok(if self.last { y } else { a.graph.add(y, x) })
    }
}

/// Each channel times a weight that comes from the means of all.
fn attention(
    a: &mut Assembler<'_, '_>,
    x: Value,
    name: &str,
    width: usize,
) -> Result<Value, ArchError> {
    let mean = a.graph.global_mean(x);
    let mean = a.graph.reshape(mean, &[-1, width as i64, 1, 1]);
    let gate = a.conv_bias(mean, name, [width, width], Window::same(1))?;
    let gate = a.graph.hard_sigmoid(gate);
    Ok(a.graph.mul(x, gate))
}

impl Assembler<'_, '_> {
    /// mmcv's `ConvModule`: `name.conv`, `name.bn`, and `SiLU`.
    fn unit(
        &mut self,
        x: Value,
        name: &str,
        channels: [usize; 2],
        window: Window,
    ) -> Result<Value, ArchError> {
        let x = self.conv(x, &format!("{name}.conv"), channels, window)?;
        let x = self.batch_norm(x, &format!("{name}.bn"), channels[1], EPS)?;
        Ok(self.graph.silu(x))
    }
}
