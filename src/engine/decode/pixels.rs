//! Decoded pixels with or without alpha, before they become RGB.

use crate::domain::picture::{Orientation, Rgb};

/// Side of a square of the checkerboard behind transparent pixels.
const SQUARE: usize = 16;
/// Its two neutral greys: visible against dark and light drawings.
const GREYS: [u8; 2] = [0x99, 0x66];

/// 8-bit pixels as stored in the file: RGB, or RGBA (not premultiplied) where the file has alpha.
pub(super) struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    /// 3 or 4 bytes a pixel, no padding.
    pub(super) data: Vec<u8>,
    pub(super) alpha: bool,
}

impl Pixels {
    pub(super) fn rgb((width, height): (u32, u32), data: Vec<u8>) -> Self {
        Self {
            width,
            height,
            data,
            alpha: false,
        }
    }

    pub(super) fn rgba((width, height): (u32, u32), data: Vec<u8>) -> Self {
        Self {
            width,
            height,
            data,
            alpha: true,
        }
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Whether the buffer has the length that its size asks for.
    pub(super) fn is_whole(&self) -> bool {
        let channels = if self.alpha { 4 } else { 3 };
        self.data.len() as u64 == u64::from(self.width) * u64::from(self.height) * channels
    }

    /// Alpha is dropped, as Pillow's `convert("RGB")` does.
    pub(super) fn without_alpha(self) -> Rgb {
        let data = if self.alpha {
            drop_alpha(self.data)
        } else {
            self.data
        };
        Rgb {
            width: self.width,
            height: self.height,
            data,
        }
    }

    /// Colours as [`Pixels::without_alpha`] gives them, and the alpha where some pixel is not opaque.
    pub(super) fn split(self) -> (Rgb, Option<Vec<u8>>) {
        let alphas = || self.data.iter().skip(3).step_by(4);
        let seen_through = self.alpha && alphas().any(|&alpha| alpha != 255);
        let alpha = seen_through.then(|| alphas().copied().collect());
        (self.without_alpha(), alpha)
    }

    /// Turned upright, and laid over the checkerboard where there is alpha.
    pub(super) fn for_eyes(self, orientation: Orientation) -> Rgb {
        if !self.alpha {
            return self.without_alpha().oriented(orientation);
        }
        let alpha = Rgb {
            width: self.width,
            height: self.height,
            data: self.data.chunks_exact(4).flat_map(|p| [p[3]; 3]).collect(),
        }
        .oriented(orientation);
        let mut rgb = self.without_alpha().oriented(orientation);
        over_checkerboard(&mut rgb, &alpha);
        rgb
    }
}

fn drop_alpha(mut data: Vec<u8>) -> Vec<u8> {
    let pixels = data.len() / 4;
    for i in 1..pixels {
        data.copy_within(i * 4..i * 4 + 3, i * 3);
    }
    data.truncate(pixels * 3);
    data
}

/// `alpha` holds the alpha of each pixel three times.
fn over_checkerboard(rgb: &mut Rgb, alpha: &Rgb) {
    let width = rgb.width as usize;
    let pixels = rgb.data.chunks_exact_mut(3).zip(alpha.data.chunks_exact(3));
    for (i, (pixel, alpha)) in pixels.enumerate() {
        let (x, y) = (i % width, i / width);
        let back = GREYS[(x / SQUARE + y / SQUARE) % 2];
        for channel in pixel {
            *channel = mix(*channel, back, alpha[0]);
        }
    }
}

fn mix(front: u8, back: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(front) * alpha + u32::from(back) * (255 - alpha) + 127) / 255) as u8
}

/// Each grey value three times.
pub(super) fn from_grey(grey: &[u8]) -> Vec<u8> {
    let mut out = vec![0; grey.len() * 3];
    for (pixel, value) in out.chunks_exact_mut(3).zip(grey) {
        pixel.fill(*value);
    }
    out
}

/// Grey and alpha to RGBA.
pub(super) fn from_grey_alpha(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; data.len() * 2];
    for (pixel, from) in out.chunks_exact_mut(4).zip(data.chunks_exact(2)) {
        pixel.copy_from_slice(&[from[0], from[0], from[0], from[1]]);
    }
    out
}

/// CMYK (255 is full ink) to RGB by Pillow's formula: `(255 − K) · (255 − ink) / 255` as
/// `255 − K − MULDIV255(ink, 255 − K)`, with its rounding.
pub(super) fn from_cmyk(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; data.len() / 4 * 3];
    for (pixel, ink) in out.chunks_exact_mut(3).zip(data.chunks_exact(4)) {
        let light = 255 - u32::from(ink[3]);
        for (channel, ink) in pixel.iter_mut().zip(ink) {
            let product = u32::from(*ink) * light + 128;
            let taken = (product + (product >> 8)) >> 8;
            *channel = light.saturating_sub(taken) as u8;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_dropped_or_shows_the_checkerboard() {
        let pixels = || Pixels::rgba((2, 1), vec![10, 20, 30, 255, 40, 50, 60, 0]);
        assert_eq!(pixels().without_alpha().data, [10, 20, 30, 40, 50, 60]);
        assert_eq!(
            pixels().for_eyes(Orientation::Upright).data,
            [10, 20, 30, 0x99, 0x99, 0x99]
        );
        assert_eq!(
            pixels().for_eyes(Orientation::FlipX).data,
            [0x99, 0x99, 0x99, 10, 20, 30]
        );
    }

    #[test]
    fn alpha_is_kept_where_something_shows_through() {
        let through = Pixels::rgba((2, 1), vec![10, 20, 30, 255, 40, 50, 60, 7]).split();
        assert_eq!(through.0.data, [10, 20, 30, 40, 50, 60]);
        assert_eq!(through.1, Some(vec![255, 7]));
        assert_eq!(Pixels::rgba((1, 1), vec![10, 20, 30, 255]).split().1, None);
        assert_eq!(Pixels::rgb((1, 1), vec![10, 20, 30]).split().1, None);
    }

    #[test]
    fn squares_alternate() {
        let clear = Pixels::rgba((40, 40), vec![0; 40 * 40 * 4]);
        let seen = clear.for_eyes(Orientation::Upright).data;
        let grey = |x: usize, y: usize| seen[(y * 40 + x) * 3];
        assert_eq!(
            [grey(0, 0), grey(16, 0), grey(0, 16), grey(16, 16)],
            [0x99, 0x66, 0x66, 0x99]
        );
    }

    #[test]
    fn cmyk_without_ink_is_white_and_full_ink_is_black() {
        assert_eq!(
            from_cmyk(&[0, 0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 255, 0, 0, 0]),
            [255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 255, 255]
        );
    }

    #[test]
    fn mixing_keeps_the_ends() {
        for front in [0, 1, 127, 255] {
            assert_eq!(mix(front, 0x99, 255), front);
            assert_eq!(mix(front, 0x99, 0), 0x99);
        }
    }
}
