//! Interpolation kernels, as Pillow's `Resample.c` defines them.
//!
//! Must not know: pictures.

use std::f64::consts::PI;

use super::Resampler;

/// A kernel and how far it reaches from its centre, in samples of the coarser grid.
#[derive(Clone, Copy)]
pub(super) struct Filter {
    pub(super) support: f64,
    pub(super) weight: fn(f64) -> f64,
}

impl Filter {
    /// The kernel of a resampler; a triangle for those of PyTorch and OpenCV.
    pub(super) fn of(resampler: Resampler) -> Self {
        let (support, weight): (f64, fn(f64) -> f64) = match resampler {
            Resampler::Box => (0.5, boxed),
            Resampler::Hamming => (1.0, hamming),
            Resampler::Bicubic => (2.0, bicubic),
            Resampler::Lanczos => (3.0, lanczos),
            _ => (1.0, triangle),
        };
        Self { support, weight }
    }
}

fn boxed(x: f64) -> f64 {
    if x > -0.5 && x <= 0.5 { 1.0 } else { 0.0 }
}

fn triangle(x: f64) -> f64 {
    let x = x.abs();
    if x < 1.0 { 1.0 - x } else { 0.0 }
}

fn hamming(x: f64) -> f64 {
    let x = x.abs();
    if x == 0.0 {
        1.0
    } else if x >= 1.0 {
        0.0
    } else {
        let x = x * PI;
        // Upstream writes these two in binary32.
        x.sin() / x * (f64::from(0.54_f32) + f64::from(0.46_f32) * x.cos())
    }
}

/// Keys' cubic convolution (1981) with a = −0.5.
fn bicubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    if (-3.0..3.0).contains(&x) {
        sinc(x) * sinc(x / 3.0)
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * PI;
    x.sin() / x
}
