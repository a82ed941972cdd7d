//! The operators of convolutional networks, by name.
//!
//! Pictures are `[N, channels, height, width]`; kernels lie as torch has them,
//! `[out, in / groups, k, k]`.
//!
//! Must not know: weights' names, architectures.

use super::builder::{Attribute, Builder, Value};
use Attribute::{Float, Int, Ints, Text};

/// How a square window moves over a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Side of the window, in pixels.
    pub side: usize,
    /// Pixels from one place to the next.
    pub stride: usize,
    /// Zeros (for pooling: nothing) before and after the picture along either axis, in pixels.
    pub pad: [usize; 2],
    /// Parts of the channels that are convolved apart; 1 for pooling.
    pub groups: usize,
}

impl Window {
    /// A window that keeps the size of the picture: odd `side`, stride 1.
    pub fn same(side: usize) -> Self {
        Self::strided(side, 1)
    }

    /// A window with half of its side around the picture.
    pub fn strided(side: usize, stride: usize) -> Self {
        Self {
            side,
            stride,
            pad: [side / 2; 2],
            groups: 1,
        }
    }

    /// A window padded as TensorFlow's `SAME`, the odd zero last; the stride divides the picture.
    pub fn same_upper(side: usize, stride: usize) -> Self {
        let all = side.saturating_sub(stride);
        Self {
            pad: [all / 2, all - all / 2],
            ..Self::strided(side, stride)
        }
    }

    /// A window that cuts the picture into squares without a rest or an overlap.
    pub const fn tiles(side: usize) -> Self {
        Self {
            side,
            stride: side,
            pad: [0; 2],
            groups: 1,
        }
    }

    /// The same, each part of the channels apart.
    #[must_use]
    pub fn grouped(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    fn sides(self) -> [i64; 2] {
        [self.side as i64; 2]
    }

    fn strides(self) -> [i64; 2] {
        [self.stride as i64; 2]
    }

    fn pads(self) -> [i64; 4] {
        let [before, after] = self.pad.map(|n| n as i64);
        [before, before, after, after]
    }
}

/// Where the samples of a bilinear resize lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corners {
    /// The outermost samples on the outermost pixels (torch's `align_corners=True`).
    Aligned,
    /// Pixels as areas (torch's `align_corners=False`).
    Areas,
}

impl Builder {
    /// Convolution with zeros around the picture.
    pub fn conv(&mut self, x: Value, kernel: Value, bias: Option<Value>, window: Window) -> Value {
        let mut inputs = vec![x, kernel];
        inputs.extend(bias);
        let attributes = [
            ("kernel_shape", Ints(&window.sides())),
            ("strides", Ints(&window.strides())),
            ("pads", Ints(&window.pads())),
            ("group", Int(window.groups as i64)),
        ];
        self.node("Conv", &inputs, &attributes)
    }

    /// Batch normalisation as in inference (Ioffe and Szegedy 2015): weight, bias, running mean and
    /// running variance, each `[channels]`. Behind a convolution both engines fold it into that when
    /// they load the graph, so the weights stay where they lie.
    pub fn batch_norm(&mut self, x: Value, parts: [Value; 4], eps: f32) -> Value {
        let [weight, bias, mean, var] = parts;
        let inputs = [x, weight, bias, mean, var];
        self.node("BatchNormalization", &inputs, &[("epsilon", Float(eps))])
    }

    /// Group normalisation (Wu and He 2018) of `[channels, height, width]` in `groups` parts: weight
    /// and bias are `[channels, 1, 1]`.
    pub fn group_norm(
        &mut self,
        x: Value,
        [weight, bias]: [Value; 2],
        groups: usize,
        [channels, height, width]: [usize; 3],
        eps: f32,
    ) -> Value {
        let part = (channels / groups * height * width) as i64;
        let x = self.reshape(x, &[-1, groups as i64, part]);
        let (ones, zeros) = (
            self.floats(&vec![1.0; groups]),
            self.floats(&vec![0.0; groups]),
        );
        let attributes = [("epsilon", Float(eps))];
        let x = self.node("InstanceNormalization", &[x, ones, zeros], &attributes);
        let x = self.reshape(x, &[-1, channels as i64, height as i64, width as i64]);
        let x = self.mul(x, weight);
        self.add(x, bias)
    }

    /// The largest value of each window.
    pub fn max_pool(&mut self, x: Value, window: Window) -> Value {
        let attributes = [
            ("kernel_shape", Ints(&window.sides())),
            ("strides", Ints(&window.strides())),
            ("pads", Ints(&window.pads())),
        ];
        self.node("MaxPool", &[x], &attributes)
    }

    /// The mean of each window; windows lie within the picture.
    pub fn avg_pool(&mut self, x: Value, window: Window) -> Value {
        let attributes = [
            ("kernel_shape", Ints(&window.sides())),
            ("strides", Ints(&window.strides())),
        ];
        self.node("AveragePool", &[x], &attributes)
    }

    /// The mean of each channel, `[N, channels]`.
    pub fn global_mean(&mut self, x: Value) -> Value {
        self.mean(x, &[2, 3])
    }

    /// Bilinear interpolation to `factor` times the height and the width.
    ///
    /// Told by factors for all four axes: rten refuses `axes`, and the number of pictures is free.
    pub fn resize_bilinear(&mut self, x: Value, factor: f32, corners: Corners) -> Value {
        let corners = match corners {
            Corners::Aligned => "align_corners",
            Corners::Areas => "half_pixel",
        };
        let factors = self.floats(&[1.0, 1.0, factor, factor]);
        // An empty name stands for an input that is left out: regions.
        let none = self.absent();
        let attributes = [
            ("mode", Text("linear")),
            ("coordinate_transformation_mode", Text(corners)),
        ];
        self.node("Resize", &[x, none, factors], &attributes)
    }

    /// x·σ(x) (`SiLU`, Swish).
    pub fn silu(&mut self, x: Value) -> Value {
        let gate = self.sigmoid(x);
        self.mul(x, gate)
    }

    /// max(0, min(1, x/6 + 1/2)), torch's `Hardsigmoid`.
    pub fn hard_sigmoid(&mut self, x: Value) -> Value {
        let attributes = [("alpha", Float(1.0 / 6.0)), ("beta", Float(0.5))];
        self.node("HardSigmoid", &[x], &attributes)
    }
}
