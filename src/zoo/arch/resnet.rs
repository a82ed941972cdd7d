//! Residual networks of bottleneck blocks (He et al. 2016) as torchvision builds and names them: the
//! stride is on the 3×3 convolution.
//!
//! Must not know: what is done with their maps.

use super::{ArchError, Assembler, Weights};
use crate::zoo::graph::{Value, Window};

/// Added to variances in batch norms.
const EPS: f32 = 1e-5;
/// Channels within the blocks of the first stage; each stage has twice those of the one before.
const WIDTH: usize = 64;

/// A network as its tensors describe it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ResNet {
    /// What all its tensors' names begin with.
    prefix: &'static str,
    /// Blocks of each stage.
    blocks: [usize; 4],
}

impl ResNet {
    /// Counts the blocks.
    pub(super) fn infer(weights: &Weights<'_>, prefix: &'static str) -> Result<Self, ArchError> {
        let mut blocks = [0; 4];
        for (stage, blocks) in (1..).zip(&mut blocks) {
            let depth = weights.depth(&format!("{prefix}layer{stage}."), ".conv1.weight")?;
            // A missing first block is named when it is built.
            *blocks = depth.max(1);
        }
        Ok(Self { prefix, blocks })
    }

    /// The number in its name: of convolutions on the way, and the classifier.
    pub(super) fn depth(&self) -> usize {
        3 * self.blocks.iter().sum::<usize>() + 2
    }

    /// Channels of the map behind `stage`, 1 to 4.
    pub(super) fn channels(stage: usize) -> usize {
        4 * inner(stage)
    }

    /// Pixels `[N, 3, H, W]` to the first map, `[N, 64, H/4, W/4]`.
    pub(super) fn stem(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let name = |part: &str| format!("{}{part}", self.prefix);
        let x = a.conv(x, &name("conv1"), [3, WIDTH], Window::strided(7, 2))?;
        let x = a.batch_norm(x, &name("bn1"), WIDTH, EPS)?;
        let x = a.graph.relu(x);
        Ok(a.graph.max_pool(x, Window::strided(3, 2)))
    }

    /// The map behind `stage`, 1 to 4: from the second on at half the size.
    pub(super) fn stage(
        &self,
        a: &mut Assembler<'_, '_>,
        mut x: Value,
        stage: usize,
    ) -> Result<Value, ArchError> {
        let inside = match stage {
            1 => WIDTH,
            later => Self::channels(later - 1),
        };
        let first = if stage == 1 { 1 } else { 2 };
        let blocks = self.blocks.get(stage - 1).copied().unwrap_or(0);
        for block in 0..blocks {
            let name = format!("{}layer{stage}.{block}.", self.prefix);
            x = if block == 0 {
                let shortcut = shortcut(a, x, &name, [inside, Self::channels(stage)], first)?;
                bottleneck(a, [x, shortcut], &name, [inside, inner(stage)], first)?
            } else {
                bottleneck(a, [x, x], &name, [Self::channels(stage), inner(stage)], 1)?
            };
        }
        Ok(x)
    }
}

/// Channels within the blocks of `stage`, 1 to 4.
fn inner(stage: usize) -> usize {
    WIDTH << (stage - 1)
}

/// What is added behind a stage's first block: the map in the new size and channels.
fn shortcut(
    a: &mut Assembler<'_, '_>,
    x: Value,
    name: &str,
    [inside, outside]: [usize; 2],
    stride: usize,
) -> Result<Value, ArchError> {
    let window = Window::strided(1, stride);
    let x = a.conv(x, &format!("{name}downsample.0"), [inside, outside], window)?;
    a.batch_norm(x, &format!("{name}downsample.1"), outside, EPS)
}

/// 1×1, 3×3 and 1×1 convolutions from `inside` channels by `inner` to four times those; then the
/// shortcut is added.
fn bottleneck(
    a: &mut Assembler<'_, '_>,
    [x, shortcut]: [Value; 2],
    name: &str,
    [inside, inner]: [usize; 2],
    stride: usize,
) -> Result<Value, ArchError> {
    let layers = [
        (1, [inside, inner], Window::same(1)),
        (2, [inner, inner], Window::strided(3, stride)),
        (3, [inner, 4 * inner], Window::same(1)),
    ];
    let mut x = x;
    for (layer, channels, window) in layers {
        x = a.conv(x, &format!("{name}conv{layer}"), channels, window)?;
        x = a.batch_norm(x, &format!("{name}bn{layer}"), channels[1], EPS)?;
        if layer == 3 {
            x = a.graph.add(x, shortcut);
        }
        x = a.graph.relu(x);
    }
    Ok(x)
}
