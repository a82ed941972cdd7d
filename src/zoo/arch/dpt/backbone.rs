//! BiT's ResNet (Kolesnikov et al. 2020) without pre-activation, as Hugging Face's `BitBackbone`: its
//! kernels are standardised, its norms are of groups of channels.
//!
//! Must not know: what the maps are for.

use crate::zoo::arch::{ArchError, Assembler, Weights};
use crate::zoo::checkpoint::Tensor;
use crate::zoo::graph::{Value, Window};

const PREFIX: &str = "dpt.embeddings.backbone.bit.";
/// Added to the variances of kernels.
const KERNEL_EPS: f64 = 1e-8;
/// Added to the variances of groups.
const EPS: f32 = 1e-5;
const GROUPS: usize = 32;
/// Channels of the first map.
const WIDTH: usize = 64;

/// A backbone of three stages as its tensors describe it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Backbone {
    /// Blocks of each stage.
    blocks: [usize; 3],
}

impl Backbone {
    /// Counts the blocks.
    pub(super) fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        weights.extents::<4>(&format!("{PREFIX}embedder.convolution.weight"))?;
        let mut blocks = [0; 3];
        for (stage, blocks) in blocks.iter_mut().enumerate() {
            let layers = format!("{PREFIX}encoder.stages.{stage}.layers.");
            // A missing first block is named when it is built.
            *blocks = weights.depth(&layers, ".conv1.weight")?.max(1);
        }
        Ok(Self { blocks })
    }

    /// Channels of the map behind `stage`, from 0.
    pub(super) fn channels(stage: usize) -> usize {
        (4 * WIDTH) << stage
    }

    /// Pixels `[N, 3, S, S]` to the maps behind the stages: 256, 512 and 1024 channels of a 4th, an
    /// 8th and a 16th of the size.
    pub(super) fn build(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        image: usize,
    ) -> Result<[Value; 3], ArchError> {
        let window = Window::same_upper(7, 2);
        let name = format!("{PREFIX}embedder.");
        let x = standard_conv(a, x, &format!("{name}convolution"), [3, WIDTH], window)?;
        let x = group_norm(a, x, &format!("{name}norm"), [WIDTH, image / 2])?;
        let x = a.graph.relu(x);
        // Behind a ReLU it makes no difference that zeros are around the original's windows.
        let x = a.graph.max_pool(x, Window::same_upper(3, 2));
        a.graph.label(x, "bit_stem");
        let first = self.stage(a, x, 0, image / 4)?;
        let second = self.stage(a, first, 1, image / 8)?;
        let third = self.stage(a, second, 2, image / 16)?;
        Ok([first, second, third])
    }

    /// The map behind `stage`, from 0, whose side is `side` pixels.
    fn stage(
        &self,
        a: &mut Assembler<'_, '_>,
        mut x: Value,
        stage: usize,
        side: usize,
    ) -> Result<Value, ArchError> {
        for block in 0..self.blocks[stage] {
            x = bottleneck(a, x, [stage, block], side)?;
        }
        a.graph.label(x, &format!("bit_stage{}", stage + 1));
        Ok(x)
    }
}

/// 1×1, 3×3 and 1×1 convolutions, then the shortcut is added. The first block of a stage brings the
/// map to the stage's `side` and channels.
fn bottleneck(
    a: &mut Assembler<'_, '_>,
    x: Value,
    [stage, block]: [usize; 2],
    side: usize,
) -> Result<Value, ArchError> {
    let name = format!("{PREFIX}encoder.stages.{stage}.layers.{block}.");
    let (inner, outside) = (WIDTH << stage, Backbone::channels(stage));
    let (inside, stride) = match (stage, block) {
        (0, 0) => (WIDTH, 1),
        (_, 0) => (outside / 2, 2),
        _ => (outside, 1),
    };
    let mut shortcut = x;
    if block == 0 {
        let window = Window::same_upper(1, stride);
        let conv = format!("{name}downsample.conv");
        shortcut = standard_conv(a, x, &conv, [inside, outside], window)?;
        let norm = format!("{name}downsample.norm");
        shortcut = group_norm(a, shortcut, &norm, [outside, side])?;
    }
    let layers = [
        (1, [inside, inner], Window::same(1), side * stride),
        (2, [inner, inner], Window::same_upper(3, stride), side),
        (3, [inner, outside], Window::same(1), side),
    ];
    let mut x = x;
    for (layer, channels, window, side) in layers {
        x = standard_conv(a, x, &format!("{name}conv{layer}"), channels, window)?;
        x = group_norm(a, x, &format!("{name}norm{layer}"), [channels[1], side])?;
        if layer == 3 {
            x = a.graph.add(x, shortcut);
        }
        x = a.graph.relu(x);
    }
    Ok(x)
}

/// Group normalisation of maps `[channels, side, side]` by `name.weight` and `name.bias`.
fn group_norm(
    a: &mut Assembler<'_, '_>,
    x: Value,
    name: &str,
    [channels, side]: [usize; 2],
) -> Result<Value, ArchError> {
    let mut part = |part: &str| {
        let name = format!("{name}.{part}");
        let tensor = a.weights.get(&name, &[channels])?;
        Ok(a.graph.weight_as(&name, tensor, &[channels, 1, 1]))
    };
    let parts = [part("weight")?, part("bias")?];
    Ok(a.graph
        .group_norm(x, parts, GROUPS, [channels, side, side], EPS))
}

/// Convolution with the kernels of `name.weight`, standardised.
///
/// These are the only weights that are copied: 34 MB of the 490 MB of the published network.
fn standard_conv(
    a: &mut Assembler<'_, '_>,
    x: Value,
    name: &str,
    [inside, outside]: [usize; 2],
    window: Window,
) -> Result<Value, ArchError> {
    let name = format!("{name}.weight");
    let shape = [outside, inside, window.side, window.side];
    let mut kernels = a.weights.get(&name, &shape)?.to_f32();
    kernels
        .chunks_exact_mut(shape[1..].iter().product())
        .for_each(standardise);
    let kernels = Tensor::from_f32(shape, kernels);
    let kernels = a.graph.weight(&name, &kernels);
    Ok(a.graph.conv(x, kernels, None, window))
}

/// Brings a kernel to mean 0 and variance 1 (Qiao et al. 2019).
fn standardise(kernel: &mut [f32]) {
    let n = kernel.len() as f64;
    let mean = kernel.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let squares = kernel.iter().map(|&v| (f64::from(v) - mean).powi(2));
    let deviation = (squares.sum::<f64>() / n + KERNEL_EPS).sqrt();
    for value in kernel {
        *value = ((f64::from(*value) - mean) / deviation) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::standardise;

    #[test]
    fn a_kernel_gets_mean_zero_and_variance_one() {
        let mut kernel = [1.0, 2.0, 3.0, 6.0];
        standardise(&mut kernel);
        let mean = kernel.iter().sum::<f32>() / 4.0;
        let variance = kernel.iter().map(|v| v * v).sum::<f32>() / 4.0;
        assert!(
            mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-6,
            "{kernel:?}"
        );
        let mut flat = [0.5; 3];
        standardise(&mut flat);
        assert_eq!(flat, [0.0; 3]);
    }
}
