//! The numbers in which the originals interpolate; they round differently, and so must we.
//!
//! Must not know: pictures, geometry.

use std::marker::PhantomData;

use super::axis::PILLOW_BITS;
use super::stencil::Weight;
use super::values::{Levels, scaled};

/// Sums of weighted samples: levels across, their sums down.
pub(super) trait Arithmetic {
    /// What samples are multiplied with.
    type Weight: Weight;
    /// A level, as the horizontal pass takes it.
    type Source: Copy + Default;
    /// A sum while it grows.
    type Sum: Copy;
    /// What the horizontal pass makes and the vertical one takes.
    type Middle: Copy + Default;
    /// What the vertical pass makes.
    type Out: Copy + Default;

    /// A byte of the picture.
    fn level(&self, byte: u8) -> Self::Source;
    /// What the horizontal pass makes of a row of nothing but this level.
    fn border(&self, byte: u8) -> Self::Middle;

    fn start_across(&self) -> Self::Sum;
    fn across(&self, sum: Self::Sum, weight: Self::Weight, sample: Self::Source) -> Self::Sum;
    fn end_across(&self, sum: Self::Sum) -> Self::Middle;

    fn start_down(&self) -> Self::Sum;
    fn down(&self, sum: Self::Sum, weight: Self::Weight, sample: Self::Middle) -> Self::Sum;
    fn end_down(&self, sum: Self::Sum) -> Self::Out;
}

/// Pillow's: fixed point, rounded to bytes after each pass.
pub(super) struct Exact;

impl Exact {
    #[inline]
    fn clip(sum: i32) -> u8 {
        (sum >> PILLOW_BITS).clamp(0, 255) as u8
    }
}

impl Arithmetic for Exact {
    type Weight = i32;
    type Source = u8;
    type Sum = i32;
    type Middle = u8;
    type Out = u8;

    #[inline]
    fn level(&self, byte: u8) -> u8 {
        byte
    }
    #[inline]
    fn border(&self, byte: u8) -> u8 {
        byte
    }
    #[inline]
    fn start_across(&self) -> i32 {
        1 << (PILLOW_BITS - 1)
    }
    #[inline]
    fn across(&self, sum: i32, weight: i32, sample: u8) -> i32 {
        sum.wrapping_add(weight.wrapping_mul(i32::from(sample)))
    }
    #[inline]
    fn end_across(&self, sum: i32) -> u8 {
        Self::clip(sum)
    }
    #[inline]
    fn start_down(&self) -> i32 {
        self.start_across()
    }
    #[inline]
    fn down(&self, sum: i32, weight: i32, sample: u8) -> i32 {
        self.across(sum, weight, sample)
    }
    #[inline]
    fn end_down(&self, sum: i32) -> u8 {
        Self::clip(sum)
    }
}

/// OpenCV's on bytes: 11 digits a weight, sums cut to 7 digits and products to 2 on the way.
pub(super) struct Fixed;

impl Arithmetic for Fixed {
    type Weight = i32;
    type Source = u8;
    type Sum = i32;
    type Middle = i32;
    type Out = u8;

    #[inline]
    fn level(&self, byte: u8) -> u8 {
        byte
    }
    #[inline]
    fn border(&self, byte: u8) -> i32 {
        i32::from(byte) << 11
    }
    #[inline]
    fn start_across(&self) -> i32 {
        0
    }
    #[inline]
    fn across(&self, sum: i32, weight: i32, sample: u8) -> i32 {
        sum + weight * i32::from(sample)
    }
    #[inline]
    fn end_across(&self, sum: i32) -> i32 {
        sum
    }
    #[inline]
    fn start_down(&self) -> i32 {
        2
    }
    #[inline]
    fn down(&self, sum: i32, weight: i32, sample: i32) -> i32 {
        sum + ((weight * (sample >> 4)) >> 16)
    }
    #[inline]
    fn end_down(&self, sum: i32) -> u8 {
        (sum >> 2).clamp(0, 255) as u8
    }
}

/// OpenCV's on bytes when both sides halve: the rounded mean of four.
pub(super) struct Area;

impl Arithmetic for Area {
    type Weight = i32;
    type Source = u8;
    type Sum = i32;
    type Middle = i32;
    type Out = u8;

    #[inline]
    fn level(&self, byte: u8) -> u8 {
        byte
    }
    #[inline]
    fn border(&self, byte: u8) -> i32 {
        2 * i32::from(byte)
    }
    #[inline]
    fn start_across(&self) -> i32 {
        0
    }
    #[inline]
    fn across(&self, sum: i32, weight: i32, sample: u8) -> i32 {
        sum + weight * i32::from(sample)
    }
    #[inline]
    fn end_across(&self, sum: i32) -> i32 {
        sum
    }
    #[inline]
    fn start_down(&self) -> i32 {
        2
    }
    #[inline]
    fn down(&self, sum: i32, weight: i32, sample: i32) -> i32 {
        sum + weight * sample
    }
    #[inline]
    fn end_down(&self, sum: i32) -> u8 {
        (sum >> 2) as u8
    }
}

/// Binary32 on scaled levels, in PyTorch's or OpenCV's way of adding up.
pub(super) struct Float<M> {
    levels: Levels,
    adds: PhantomData<M>,
}

/// How a product joins a sum.
pub(super) trait Adds {
    fn add(sum: f32, weight: f32, sample: f32) -> f32;
}

/// Rounded once, as PyTorch's loops are compiled.
pub(super) struct Fused;
impl Adds for Fused {
    #[inline]
    fn add(sum: f32, weight: f32, sample: f32) -> f32 {
        weight.mul_add(sample, sum)
    }
}

/// Rounded after the product and after the sum.
pub(super) struct Separate;
impl Adds for Separate {
    #[inline]
    fn add(sum: f32, weight: f32, sample: f32) -> f32 {
        sum + weight * sample
    }
}

impl<M> Float<M> {
    /// Levels times the scale.
    pub(super) fn new(scale: f64) -> Self {
        let adds = PhantomData;
        let levels = scaled(scale);
        Self { levels, adds }
    }
}

impl<M: Adds> Arithmetic for Float<M> {
    type Weight = f32;
    type Source = f32;
    type Sum = f32;
    type Middle = f32;
    type Out = f32;

    #[inline]
    fn level(&self, byte: u8) -> f32 {
        self.levels[usize::from(byte)]
    }
    #[inline]
    fn border(&self, byte: u8) -> f32 {
        self.level(byte)
    }
    #[inline]
    fn start_across(&self) -> f32 {
        0.0
    }
    #[inline]
    fn across(&self, sum: f32, weight: f32, sample: f32) -> f32 {
        M::add(sum, weight, sample)
    }
    #[inline]
    fn end_across(&self, sum: f32) -> f32 {
        sum
    }
    #[inline]
    fn start_down(&self) -> f32 {
        0.0
    }
    #[inline]
    fn down(&self, sum: f32, weight: f32, sample: f32) -> f32 {
        M::add(sum, weight, sample)
    }
    #[inline]
    fn end_down(&self, sum: f32) -> f32 {
        sum
    }
}
