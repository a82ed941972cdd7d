//! How large a picture may be.

use super::DecodeError;

/// How large a picture may be; checked against the header before anything is allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most pixels of one frame. 400 megapixels by default: above every camera and scanner that
    /// people sort with, and where the reference numbers of `golden/decode` put Pillow's limit
    /// against decompression bombs.
    pub max_pixels: u64,
    /// Most bytes of decoded pixels in the decoder's own layout (16-bit RGBA takes 8 a pixel).
    /// 2 GiB by default: 400 megapixels of 8-bit RGBA pass, a corrupt header can't take the
    /// machine's memory. Working memory of a decoder is at most a few times that.
    pub max_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pixels: 400_000_000,
            max_bytes: 2 << 30,
        }
    }
}

impl Limits {
    /// Refuses what the header asks for if it is too large, or has no pixels at all.
    pub(super) fn check(
        &self,
        format: &'static str,
        (width, height): (u32, u32),
        bytes_per_pixel: u64,
    ) -> Result<(), DecodeError> {
        if width == 0 || height == 0 {
            return Err(DecodeError::corrupt(
                format,
                format!("{width}×{height} pixels"),
            ));
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels {
            return Err(DecodeError::TooManyPixels {
                width,
                height,
                limit: self.max_pixels,
            });
        }
        let need = pixels.saturating_mul(bytes_per_pixel);
        if need > self.max_bytes {
            return Err(DecodeError::TooManyBytes {
                need,
                limit: self.max_bytes,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_the_limits() {
        let limits = Limits {
            max_pixels: 100,
            max_bytes: 300,
        };
        assert_eq!(limits.check("PNG", (10, 10), 3), Ok(()));
        assert!(matches!(
            limits.check("PNG", (10, 10), 4),
            Err(DecodeError::TooManyBytes {
                need: 400,
                limit: 300
            })
        ));
        assert!(matches!(
            limits.check("PNG", (101, 1), 1),
            Err(DecodeError::TooManyPixels { .. })
        ));
        assert!(matches!(
            limits.check("PNG", (0, 5), 3),
            Err(DecodeError::Corrupt { .. })
        ));
        assert!(limits.check("PNG", (u32::MAX, u32::MAX), u64::MAX).is_err());
    }
}
