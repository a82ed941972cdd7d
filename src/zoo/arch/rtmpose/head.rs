//! RTMPose's head: a feature map a key point, made a vector, attention between the key points, and
//! two rows of values each.
//!
//! Must not know: backbones.

use crate::zoo::arch::{ArchError, Assembler, Weights};
use crate::zoo::graph::{Value, Window};

const MAPS: &str = "head.final_layer";
const MLP: &str = "head.mlp.1.weight";
const UNIT: &str = "head.gau.";
/// Least length that vectors are divided by, per root of their number of values.
const EPS: f32 = 1e-5;
/// Pixels of the picture to one of the backbone's.
const REDUCTION: usize = 32;

/// The head as its tensors describe it.
pub(super) struct Head {
    pub(super) points: usize,
    /// Side of the windows that the maps are made with.
    side: usize,
    /// Places of a map.
    places: usize,
    /// Values of a key point.
    width: usize,
    /// Values within the attention, and those by which key points are compared.
    gate: [usize; 2],
    /// Values of an answer across and down.
    pub(super) bins: [usize; 2],
}

impl Head {
    pub(super) fn infer(weights: &Weights<'_>) -> Result<Self, ArchError> {
        let [points, _, side, _] = weights.extents(&format!("{MAPS}.weight"))?;
        let [width, places] = weights.extents(MLP)?;
        let [_, inner] = weights.extents(&format!("{UNIT}o.weight"))?;
        let [_, shared] = weights.extents(&format!("{UNIT}gamma"))?;
        let [across, _] = weights.extents("head.cls_x.weight")?;
        let [down, _] = weights.extents("head.cls_y.weight")?;
        Ok(Self {
            points,
            side,
            places,
            width,
            gate: [inner, shared],
            bins: [across, down],
        })
    }

    /// Width and height of the picture in pixels, by the parts that a pixel is split into.
    pub(super) fn size(
        &self,
        split: usize,
        weights: &Weights<'_>,
    ) -> Result<[usize; 2], ArchError> {
        let [across, down] = self.bins.map(|bins| bins / split);
        for (name, side) in [("head.cls_x.weight", across), ("head.cls_y.weight", down)] {
            weights.get(name, &[side * split, self.width])?;
        }
        let places = (across / REDUCTION) * (down / REDUCTION);
        weights.get(MLP, &[self.width, places])?;
        Ok([across, down])
    }

    /// What lies where across, and down.
    pub(super) fn build(
        &self,
        a: &mut Assembler<'_, '_>,
        x: Value,
        channels: usize,
    ) -> Result<[Value; 2], ArchError> {
        let (points, width) = (self.points, self.width);
        let x = a.conv_bias(x, MAPS, [channels, points], Window::same(self.side))?;
        a.graph.label(x, "final_layer");
        let x = a.graph.reshape(x, &[-1, points as i64, self.places as i64]);
        let x = norm(a, x, "head.mlp.0.g", self.places)?;
        let x = product(a, x, MLP, [width, self.places])?;
        a.graph.label(x, "mlp");
        let x = self.attend(a, x)?;
        a.graph.label(x, "gau");
        Ok([
            product(a, x, "head.cls_x.weight", [self.bins[0], width])?,
            product(a, x, "head.cls_y.weight", [self.bins[1], width])?,
        ])
    }

    /// A gated attention unit (Hua et al. 2022) over the key points, beside a way past it.
    fn attend(&self, a: &mut Assembler<'_, '_>, x: Value) -> Result<Value, ArchError> {
        let (width, [inner, shared]) = (self.width, self.gate);
        let name = |part: &str| format!("{UNIT}{part}");
        let y = norm(a, x, &name("ln.g"), width)?;
        let y = product(a, y, &name("uv.weight"), [2 * inner + shared, width])?;
        let y = a.graph.silu(y);
        let (first, second) = (inner as i64, 2 * inner as i64);
        let gate = a.graph.slice(y, 2, 0, first);
        let values = a.graph.slice(y, 2, first, second);
        let base = a.graph.slice(y, 2, second, second + shared as i64);
        let gamma = a.weight(&name("gamma"), &[2, shared])?;
        let beta = a.weight(&name("beta"), &[2, shared])?;
        let [by_query, by_key] = a.graph.split(gamma, 0);
        let [to_query, to_key] = a.graph.split(beta, 0);
        let mut turned = |by: Value, to: Value| {
            let scaled = a.graph.mul(base, by);
            a.graph.add(scaled, to)
        };
        let (query, key) = (turned(by_query, to_query), turned(by_key, to_key));
        let key = a.graph.transpose(key, &[0, 2, 1]);
        let near = a.graph.matmul(query, key);
        let near = a.graph.scale(near, 1.0 / (shared as f32).sqrt());
        let near = a.graph.relu(near);
        let near = a.graph.mul(near, near);
        let seen = a.graph.matmul(near, values);
        let y = a.graph.mul(gate, seen);
        let y = product(a, y, &name("o.weight"), [width, inner])?;
        let past = a.weight(&name("res_scale.scale"), &[width])?;
        let past = a.graph.mul(x, past);
        Ok(a.graph.add(past, y))
    }
}

/// x·Wᵀ for W `[out, in]`.
fn product(
    a: &mut Assembler<'_, '_>,
    x: Value,
    name: &str,
    shape: [usize; 2],
) -> Result<Value, ArchError> {
    let weight = a.weight(name, &shape)?;
    Ok(a.graph.gemm(x, weight, None))
}

/// Vectors of `width` values brought to the length √width, times one number (`ScaleNorm`).
fn norm(a: &mut Assembler<'_, '_>, x: Value, name: &str, width: usize) -> Result<Value, ArchError> {
    let factor = a.weight(name, &[1])?;
    let root = (width as f32).sqrt();
    let x = a.graph.l2_normalise(x, EPS * root);
    let x = a.graph.scale(x, root);
    Ok(a.graph.mul(x, factor))
}
