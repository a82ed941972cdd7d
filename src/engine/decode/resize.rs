//! Shrinking for the eyes. Scorers have their own, bit-exact resampling.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use super::DecodeError;
use super::pixels::Pixels;

/// The size of a picture whose longest side is at most `edge`; never larger than it is.
pub(super) fn fit((width, height): (u32, u32), edge: u32) -> (u32, u32) {
    let longest = width.max(height);
    let edge = edge.max(1);
    if longest <= edge {
        return (width, height);
    }
    let shrink = |side: u32| {
        let scaled =
            (u64::from(side) * u64::from(edge) + u64::from(longest) / 2) / u64::from(longest);
        (scaled as u32).max(1)
    };
    (shrink(width), shrink(height))
}

/// Shrinks to exactly that size; alpha is weighed in, so that transparent colours don't bleed.
pub(super) fn shrink(pixels: Pixels, (width, height): (u32, u32)) -> Result<Pixels, DecodeError> {
    if pixels.size() == (width, height) {
        return Ok(pixels);
    }
    let kind = if pixels.alpha {
        PixelType::U8x4
    } else {
        PixelType::U8x3
    };
    let encode = |error: &dyn std::fmt::Display| DecodeError::Encode(error.to_string());
    let source = ImageRef::new(pixels.width, pixels.height, &pixels.data, kind)
        .map_err(|error| encode(&error))?;
    let mut target = Image::new(width, height, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|error| encode(&error))?;
    Ok(Pixels {
        width,
        height,
        data: target.into_vec(),
        alpha: pixels.alpha,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sizes() {
        assert_eq!(fit((4000, 3000), 256), (256, 192));
        assert_eq!(fit((3000, 4000), 256), (192, 256));
        assert_eq!(fit((100, 50), 256), (100, 50));
        assert_eq!(fit((65000, 1), 256), (256, 1));
        assert_eq!(fit((10, 10), 0), (1, 1));
    }

    proptest! {
        #[test]
        fn aspect_holds_within_a_pixel(w in 1_u32..70_000, h in 1_u32..70_000, edge in 1_u32..3000) {
            let (tw, th) = fit((w, h), edge);
            prop_assert!(tw >= 1 && th >= 1 && tw <= w && th <= h);
            prop_assert!(tw.max(th) <= edge.max(1) || (tw, th) == (w, h) && w.max(h) <= edge);
            let scale = f64::from(tw.max(th)) / f64::from(w.max(h));
            prop_assert!((f64::from(tw) - f64::from(w) * scale).abs() <= 1.0);
            prop_assert!((f64::from(th) - f64::from(h) * scale).abs() <= 1.0);
        }
    }
}
