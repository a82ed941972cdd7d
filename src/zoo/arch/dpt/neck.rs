//! DPT's decoder: maps of four scales are fused from the smallest up, then become depths.
//!
//! Must not know: where the maps come from.

use crate::zoo::arch::{ArchError, Assembler};
use crate::zoo::graph::{Corners, Gelu, Value, Window};

/// Channels while fusing.
const FUSED: usize = 256;

/// Tokens `[N·(T + 1), width]` with a class token to a map `[N, width, side, side]`: every token is
/// seen together with the class token. Number 3 is brought to half its side.
///
/// W·(token, class) is W₁·token + W₂·class, of which the second is computed once a picture.
pub(super) fn reassemble(
    a: &mut Assembler<'_, '_>,
    x: Value,
    number: usize,
    [side, width]: [usize; 2],
) -> Result<Value, ArchError> {
    let name = format!("neck.reassemble_stage.readout_projects.{number}.0");
    let (tokens, wide) = (side * side, width as i64);
    let weight = a.weight(&format!("{name}.weight"), &[width, 2 * width])?;
    let bias = a.weight(&format!("{name}.bias"), &[width])?;
    let [of_token, of_class] = a.graph.split(weight, 1);
    let x = a.graph.reshape(x, &[-1, tokens as i64 + 1, wide]);
    let class = a.graph.slice(x, 1, 0, 1);
    let class = a.graph.reshape(class, &[-1, wide]);
    let class = a.graph.gemm(class, of_class, Some(bias));
    let class = a.graph.reshape(class, &[-1, 1, wide]);
    let x = a.graph.slice(x, 1, 1, tokens as i64 + 1);
    let x = a.graph.gemm(x, of_token, None);
    let x = a.graph.add(x, class);
    let x = a.graph.gelu(x, Gelu::Exact);
    let x = a.graph.transpose(x, &[0, 2, 1]);
    let x = a.graph.reshape(x, &[-1, wide, side as i64, side as i64]);
    let name = format!("neck.reassemble_stage.layers.{number}");
    let mut x = a.conv_bias(
        x,
        &format!("{name}.projection"),
        [width; 2],
        Window::same(1),
    )?;
    if number == 3 {
        let window = Window::strided(3, 2);
        x = a.conv_bias(x, &format!("{name}.resize"), [width; 2], window)?;
    }
    a.graph.label(x, &format!("reassemble{number}"));
    Ok(x)
}

/// A map `[N, channels, height, width]`.
pub(super) struct Map {
    pub(super) value: Value,
    pub(super) channels: usize,
}

/// Fuses maps, each half as wide as the one before, from the last to the first:
/// `[N, 256, 2·side, 2·side]` of the first.
///
/// The first half of the last one's fusion layer has no second map to work on: the file has its
/// weights, the network no use for them.
pub(super) fn fuse(
    a: &mut Assembler<'_, '_>,
    [first, second, third, last]: [Map; 4],
) -> Result<Value, ArchError> {
    let mut fused = narrow(a, &last, 3)?;
    fused = enlarge(a, fused, 0)?;
    for (layer, map) in [(1, third), (2, second), (3, first)] {
        let next = narrow(a, &map, 3 - layer)?;
        let name = format!("neck.fusion_stage.layers.{layer}.residual_layer1");
        let next = residual(a, next, &name)?;
        fused = a.graph.add(fused, next);
        fused = enlarge(a, fused, layer)?;
    }
    Ok(fused)
}

/// A map brought to the channels of fusion.
fn narrow(a: &mut Assembler<'_, '_>, map: &Map, number: usize) -> Result<Value, ArchError> {
    let name = format!("neck.convs.{number}");
    a.conv(map.value, &name, [map.channels, FUSED], Window::same(3))
}

/// The second half of a fusion layer: the map in twice its side.
fn enlarge(a: &mut Assembler<'_, '_>, x: Value, layer: usize) -> Result<Value, ArchError> {
    let name = format!("neck.fusion_stage.layers.{layer}.");
    let x = residual(a, x, &format!("{name}residual_layer2"))?;
    // The original enlarges first. Both are linear: in this order it is a quarter of the work.
    let x = a.conv_bias(x, &format!("{name}projection"), [FUSED; 2], Window::same(1))?;
    let x = a.graph.resize_bilinear(x, 2.0, Corners::Aligned);
    a.graph.label(x, &format!("fused{layer}"));
    Ok(x)
}

/// x + two convolutions, each behind a ReLU.
fn residual(a: &mut Assembler<'_, '_>, x: Value, name: &str) -> Result<Value, ArchError> {
    let mut y = x;
    for layer in [1, 2] {
        y = a.graph.relu(y);
        let name = format!("{name}.convolution{layer}");
        y = a.conv_bias(y, &name, [FUSED; 2], Window::same(3))?;
    }
    Ok(a.graph.add(x, y))
}

/// The fused map `[N, 256, side, side]` to depths `[N, 2·side, 2·side]`, from 0 up.
pub(super) fn depths(a: &mut Assembler<'_, '_>, x: Value, side: usize) -> Result<Value, ArchError> {
    let x = a.conv_bias(x, "head.head.0", [FUSED, FUSED / 2], Window::same(3))?;
    a.graph.label(x, "head0");
    let x = a.graph.resize_bilinear(x, 2.0, Corners::Aligned);
    let x = a.conv_bias(x, "head.head.2", [FUSED / 2, 32], Window::same(3))?;
    let x = a.graph.relu(x);
    let x = a.conv_bias(x, "head.head.4", [32, 1], Window::same(1))?;
    let x = a.graph.relu(x);
    let [height, width] = [2 * side as i64; 2];
    Ok(a.graph.reshape(x, &[-1, height, width]))
}
