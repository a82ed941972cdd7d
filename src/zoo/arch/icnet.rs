//! ICNet (Feng et al. 2023): how complex a picture is, and where.
//!
//! Two ResNet-18, the deeper one on half the side, joined before two heads; layers are gated by what
//! lies where in each channel. tinglyfeng/IC9600, `ICNet.py`.
//!
//! Must not know: preprocessing, how the map is shown.

use super::relatives::Relative;
use super::{ArchError, Architecture, Assembler, Parameters, Recognised, Weights};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::{Corners, Network, Value, Window};

/// Pixels `[N, 3, 512, 512]` to `score` `[N, 1]` and `map` `[N, 1, 64, 64]`, both 0–1.
pub(super) const ICNET: Architecture = Architecture {
    name: "icnet",
    landmarks: &[GATE],
    build,
    recognise,
};

/// The same on a deeper ResNet.
pub(super) const DEEPER: Relative = Relative {
    landmarks: &[GATE],
    tell: deeper,
};

const GATE: &str = "b1_1_slam.linear.0.weight";

/// Added to variances.
const EPS: f32 = 1e-5;
/// Side of the picture, and of what the deeper branch sees.
const SIDES: [usize; 2] = [512, 256];
/// Side of the map.
const MAP: usize = SIDES[0] / 8;
/// Channels of what both branches give to the heads.
const JOINED: usize = 512;
/// Width inside a gate and inside the score's head.
const HIDDEN: usize = 512;
/// Blocks of each layer of a ResNet-18.
const BLOCKS: usize = 2;

/// Channels and side of a picture between the layers.
#[derive(Debug, Clone, Copy)]
struct Plane {
    value: Value,
    channels: usize,
    side: usize,
}

/// A network under construction.
struct Net<'w, 'a> {
    a: Assembler<'w, 'a>,
}

impl Net<'_, '_> {
    /// A convolution and its batch norm, each by name.
    fn normed(
        &mut self,
        x: Plane,
        [conv, norm]: [&str; 2],
        outside: usize,
        window: Window,
    ) -> Result<Plane, ArchError> {
        let value = self.a.conv(x.value, conv, [x.channels, outside], window)?;
        Ok(Plane {
            value: self.a.batch_norm(value, norm, outside, EPS)?,
            channels: outside,
            side: x.side / window.stride,
        })
    }

    fn relu(&mut self, x: Plane) -> Plane {
        Plane {
            value: self.a.graph.relu(x.value),
            ..x
        }
    }

    /// Up to the first layer of a ResNet: sides to a quarter, 64 channels.
    fn stem(&mut self, x: Plane, name: &str) -> Result<Plane, ArchError> {
        let part = |part: &str| format!("{name}.{part}");
        let x = self.normed(x, [&part("0"), &part("1")], 64, Window::strided(7, 2))?;
        let x = self.relu(x);
        let x = Plane {
            value: self.a.graph.max_pool(x.value, Window::strided(3, 2)),
            side: x.side / 2,
            ..x
        };
        self.layer(x, &part("4"), 64)
    }

    /// The blocks of one layer of a ResNet; the first halves the sides where the channels change.
    fn layer(&mut self, mut x: Plane, name: &str, channels: usize) -> Result<Plane, ArchError> {
        for block in 0..BLOCKS {
            x = self.block(x, &format!("{name}.{block}"), channels)?;
        }
        let next = format!("{name}.{BLOCKS}.conv1.weight");
        self.a.weights.refuse(&next)?;
        self.a.graph.label(x.value, name.trim_end_matches(".4"));
        Ok(x)
    }

    /// Two convolutions beside a shortcut (He et al. 2016).
    fn block(&mut self, x: Plane, name: &str, channels: usize) -> Result<Plane, ArchError> {
        let part = |part: &str| format!("{name}.{part}");
        let stride = if x.channels == channels { 1 } else { 2 };
        let first = [&*part("conv1"), &part("bn1")];
        let y = self.normed(x, first, channels, Window::strided(3, stride))?;
        let y = self.relu(y);
        let y = self.normed(y, [&part("conv2"), &part("bn2")], channels, Window::same(3))?;
        let around = if stride == 1 {
            x
        } else {
            let names = [&*part("downsample.0"), &part("downsample.1")];
            self.normed(x, names, channels, Window::strided(1, stride))?
        };
        let sum = self.a.graph.add(y.value, around.value);
        Ok(self.relu(Plane { value: sum, ..y }))
    }

    /// Each channel times a share that follows from where it is active, seen on a grid of
    /// `grid` × `grid` (SLAM).
    fn gate(&mut self, x: Plane, name: &str, grid: usize) -> Result<Plane, ArchError> {
        let seen = self.resized(x, grid);
        let rows = self
            .a
            .graph
            .reshape(seen.value, &[-1, (grid * grid) as i64]);
        let part = |n: usize| format!("{name}.linear.{n}");
        let y = self.a.linear(rows, &part(0), [HIDDEN, grid * grid])?;
        let y = self.a.graph.relu(y);
        let y = self.a.linear(y, &part(2), [1, HIDDEN])?;
        let share = self.a.graph.sigmoid(y);
        let share = self.a.graph.reshape(share, &[-1, x.channels as i64, 1, 1]);
        let value = self.a.graph.mul(x.value, share);
        self.a.graph.label(value, name);
        Ok(Plane { value, ..x })
    }

    /// Bilinearly to `side` × `side`, the corners staying corners.
    fn resized(&mut self, x: Plane, side: usize) -> Plane {
        if x.side == side {
            return x;
        }
        let graph = &mut self.a.graph;
        let factor = side as f32 / x.side as f32;
        Plane {
            value: graph.resize_bilinear(x.value, factor, Corners::Aligned),
            side,
            ..x
        }
    }

    /// A convolution with bias, its batch norm, and ReLU, below `name`.
    fn unit(
        &mut self,
        x: Plane,
        name: &str,
        outside: usize,
        window: Window,
    ) -> Result<Plane, ArchError> {
        let conv = format!("{name}.conv");
        let value = self
            .a
            .conv_bias(x.value, &conv, [x.channels, outside], window)?;
        let value = self
            .a
            .batch_norm(value, &format!("{name}.bn"), outside, EPS)?;
        let value = self.a.graph.relu(value);
        self.a.graph.label(value, name);
        Ok(Plane {
            value,
            channels: outside,
            ..x
        })
    }

    /// Both branches on a picture, joined on the map's grid: `JOINED` channels.
    fn branches(&mut self, x: Plane) -> Result<Plane, ArchError> {
        let small = self.resized(x, SIDES[1]);
        let x = self.stem(x, "b1_1")?;
        let x = self.gate(x, "b1_1_slam", 32)?;
        let x = self.layer(x, "b1_2", 128)?;
        let x = self.gate(x, "b1_2_slam", 32)?;
        let y = self.stem(small, "b2_1")?;
        let y = self.gate(y, "b2_1_slam", 32)?;
        let y = self.layer(y, "b2_2", 128)?;
        let y = self.gate(y, "b2_2_slam", 32)?;
        let y = self.layer(y, "b2_3", 256)?;
        let y = self.gate(y, "b2_3_slam", 16)?;
        let y = self.layer(y, "b2_4", 512)?;
        let y = self.gate(y, "b2_4_slam", 8)?;
        let x = self.widened(x, "up1")?;
        let y = self.widened(y, "up2")?;
        Ok(Plane {
            value: self.a.graph.concat(&[x.value, y.value], 1),
            channels: JOINED,
            side: MAP,
        })
    }

    /// To half of the joined channels on the map's grid.
    fn widened(&mut self, x: Plane, name: &str) -> Result<Plane, ArchError> {
        let x = self.resized(x, MAP);
        self.unit(x, name, JOINED / 2, Window::same(1))
    }

    /// The map `[N, 1, 64, 64]`.
    fn map(&mut self, x: Plane) -> Result<Value, ArchError> {
        let x = self.unit(x, "to_map_f", JOINED, Window::same(3))?;
        let x = self.gate(x, "to_map_f_slam", 32)?;
        let one = Window::same(1);
        let map = self
            .a
            .conv_bias(x.value, "to_map.to_map.0", [JOINED, 1], one)?;
        Ok(self.a.graph.sigmoid(map))
    }

    /// The score `[N, 1]`.
    fn score(&mut self, x: Plane) -> Result<Value, ArchError> {
        let x = self.unit(x, "to_score_f", JOINED, Window::same(3))?;
        let x = self.gate(x, "to_score_f_slam", 32)?;
        let x = self.a.graph.global_mean(x.value);
        let x = self.a.linear(x, "head.0", [HIDDEN, JOINED])?;
        self.a.graph.label(x, "score_hidden");
        let x = self.a.graph.relu(x);
        let x = self.a.linear(x, "head.2", [1, HIDDEN])?;
        Ok(self.a.graph.sigmoid(x))
    }
}

fn build(weights: &Weights<'_>, _: &Parameters<'_>) -> Result<Network, ArchError> {
    let mut net = Net {
        a: Assembler::new(ICNET.name, weights),
    };
    let [side, _] = SIDES;
    let pixels = [None, Some(3), Some(side), Some(side)];
    let x = Plane {
        value: net.a.graph.input("pixel_values", Dtype::F32, &pixels),
        channels: 3,
        side,
    };
    let joined = net.branches(x)?;
    let (score, map) = (net.score(joined)?, net.map(joined)?);
    let graph = &mut net.a.graph;
    graph.output("score", score, Dtype::F32, &[None, Some(1)]);
    let shape = [None, Some(1), Some(MAP), Some(MAP)];
    graph.output("map", map, Dtype::F32, &shape);
    Ok(net.a.graph.finish())
}

fn recognise(weights: &Weights<'_>) -> Option<Recognised> {
    if blocks(weights) != BLOCKS || !weights.has("to_score_f.conv.weight") {
        return None;
    }
    Some(Recognised {
        architecture: ICNET.name,
        description: "ICNet, complexity and its map of a picture of 512 px".to_owned(),
        parameters: toml::Table::new(),
    })
}

/// Blocks of the first layer.
fn blocks(weights: &Weights<'_>) -> usize {
    weights.count("b1_1.4.", ".conv1.weight")
}

fn deeper(weights: &Weights<'_>) -> Option<String> {
    let blocks = blocks(weights);
    (blocks > BLOCKS).then(|| {
        format!("an ICNet on a deeper ResNet than 18, with {blocks} blocks in its first layer")
    })
}
