//! One picture at two sizes, on the fastest path that the processor has.
//!
//! All paths are the same code and give the same bits: nothing reorders floats, and a fused
//! multiply-add is exact also where a library function does it.
//!
//! Must not know: the model.

use super::gray::Gray;
use super::halved::Halved;
use super::mscn::{self, Maps};
use crate::domain::picture::Rgb;

/// What a picture adds up to at one size.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Scale {
    pixels: usize,
    maps: Maps,
}

impl Scale {
    /// 18 features in the order of [`super::features`].
    pub(super) fn features(&self) -> [f32; 18] {
        let [values, products @ ..] = self.maps.map(|sums| sums.fit(self.pixels));
        let mut features = [0.0; 18];
        let [left, right] = [values.left, values.right].map(|spread| spread * spread);
        features[0] = values.shape as f32;
        features[1] = f64::midpoint(left, right) as f32;
        for (four, fit) in features[2..].as_chunks_mut().0.iter_mut().zip(products) {
            *four = [
                fit.shape,
                fit.mean(),
                fit.left * fit.left,
                fit.right * fit.right,
            ]
            .map(|feature| feature as f32);
        }
        features
    }
}

/// The picture at full and at half size.
pub(super) fn measure(rgb: &Rgb) -> [Scale; 2] {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        #[expect(
            unsafe_code,
            reason = "fused multiply-adds, where the processor has them"
        )]
        // SAFETY: the processor was asked for both features.
        return unsafe { with_avx2(rgb) };
    }
    portable(rgb)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn with_avx2(rgb: &Rgb) -> [Scale; 2] {
    portable(rgb)
}

/// Compiled for whatever calls it.
#[inline(always)]
pub(super) fn portable(rgb: &Rgb) -> [Scale; 2] {
    let gray = Gray::of(rgb);
    let full = Scale {
        pixels: gray.width * gray.height,
        maps: mscn::sums(&gray),
    };
    // No closure: it would be compiled without its caller's features.
    let half = match Halved::of(&gray) {
        Some(halved) => Scale {
            pixels: (gray.width / 2) * (gray.height / 2),
            maps: mscn::sums(halved),
        },
        None => Scale::default(),
    };
    [full, half]
}
