//! The network of the self-test: two convolutions, one block of attention, a head of eight scores.
//!
//! Must not know: engines.

use crate::engine::infer::Tensor;
use crate::zoo::checkpoint::{self, Dtype};
use crate::zoo::graph::{Attribute, Builder, Gelu, Network, Value};

/// Channels and width of the block.
const WIDTH: usize = 32;
/// Side of the picture, in pixels.
const SIDE: usize = 32;

/// What [`network`] gives for [`picture`], computed by numpy in double precision.
pub const EXPECTED: [f64; 8] = [
    0.929_185_451_522,
    0.489_726_350_872,
    0.040_047_154_408,
    0.588_487_982_309,
    0.916_086_149_988,
    0.670_518_311_207,
    0.187_018_090_717,
    0.108_285_823_558,
];

/// Numbers in −0.5..0.5 by a rule: the upper 24 bits of (i + 1000·seed + 1)·2654435761 mod 2³².
fn rule(seed: u32, count: usize) -> Vec<f32> {
    let at = |i: u32| {
        (seed * 1000 + 1)
            .wrapping_add(i)
            .wrapping_mul(2_654_435_761)
            >> 8
    };
    (0..count as u32)
        .map(|i| at(i) as f32 / 16_777_216.0 - 0.5)
        .collect()
}

/// The picture: one of 3 × 32 × 32, values −0.5..0.5.
pub fn picture() -> Tensor {
    Tensor::f32(&[1, 3, SIDE, SIDE], rule(9, 3 * SIDE * SIDE))
}

struct Weights {
    builder: Builder,
    seed: u32,
}

impl Weights {
    fn next(&mut self, name: &str, shape: &[usize]) -> Value {
        self.seed += 1;
        let values = rule(self.seed, shape.iter().product());
        let tensor = checkpoint::Tensor::from_f32(shape, values);
        self.builder.weight(name, &tensor)
    }
}

/// A convolution; rten wants every attribute spelt out.
fn conv(b: &mut Builder, inputs: [Value; 3], stride: i64, pad: i64) -> Value {
    let attributes = [
        ("strides", Attribute::Ints(&[stride, stride])),
        ("pads", Attribute::Ints(&[pad; 4])),
        ("dilations", Attribute::Ints(&[1, 1])),
    ];
    b.node("Conv", &inputs, &attributes)
}

/// The network: `picture` f32 [N, 3, 32, 32] → `scores` f32 [N, 8].
pub fn network() -> Network {
    let mut w = Weights {
        builder: Builder::new("self-test"),
        seed: 0,
    };
    let x = w.builder.input(
        "picture",
        Dtype::F32,
        &[None, Some(3), Some(SIDE), Some(SIDE)],
    );
    let (stem, stem_bias) = (w.next("stem", &[16, 3, 3, 3]), w.next("stem.bias", &[16]));
    let (patch, patch_bias) = (
        w.next("patch", &[WIDTH, 16, 4, 4]),
        w.next("patch.bias", &[WIDTH]),
    );
    let (scale, shift) = (w.next("norm", &[WIDTH]), w.next("norm.bias", &[WIDTH]));
    let [query, key, value] = ["query", "key", "value"].map(|name| w.next(name, &[WIDTH, WIDTH]));
    let (head, head_bias) = (w.next("head", &[8, WIDTH]), w.next("head.bias", &[8]));

    let b = &mut w.builder;
    let x = conv(b, [x, stem, stem_bias], 2, 1);
    let x = b.relu(x);
    let x = conv(b, [x, patch, patch_bias], 4, 0);
    let x = b.reshape(x, &[-1, WIDTH as i64, 16]);
    let x = b.transpose(x, &[0, 2, 1]);
    let normed = b.layer_norm(x, scale, shift, 1e-5);
    let [q, k, v] = [query, key, value].map(|weight| b.matmul(normed, weight));
    let k = b.transpose(k, &[0, 2, 1]);
    let scores = b.matmul(q, k);
    let weights = b.softmax(scores);
    let mixed = b.matmul(weights, v);
    let x = b.add(x, mixed);
    let x = b.gelu(x, Gelu::Exact);
    let x = b.mean(x, &[1]);
    let x = b.gemm(x, head, Some(head_bias));
    let x = b.sigmoid(x);
    b.output("scores", x, Dtype::F32, &[None, Some(8)]);
    w.builder.finish()
}
