//! Decoded pixels.

/// EXIF orientation, as the values 1–8 of TIFF tag 0x0112.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// 1: as stored.
    #[default]
    Upright,
    /// 2: mirrored left to right.
    FlipX,
    /// 3: turned by 180°.
    Rotate180,
    /// 4: mirrored top to bottom.
    FlipY,
    /// 5: mirrored along the main diagonal.
    Transpose,
    /// 6: must be turned clockwise by 90° to stand upright.
    Rotate90,
    /// 7: mirrored along the other diagonal.
    Transverse,
    /// 8: must be turned counter-clockwise by 90° to stand upright.
    Rotate270,
}

impl Orientation {
    /// From the EXIF value; anything but 2–8 is upright, as in Pillow.
    pub fn from_exif(value: u32) -> Self {
        match value {
            2 => Self::FlipX,
            3 => Self::Rotate180,
            4 => Self::FlipY,
            5 => Self::Transpose,
            6 => Self::Rotate90,
            7 => Self::Transverse,
            8 => Self::Rotate270,
            _ => Self::Upright,
        }
    }

    /// Where the pixel at `(x, y)` of the upright picture lies in one stored with these sides.
    fn stored(self, (x, y): (usize, usize), (w, h): (usize, usize)) -> (usize, usize) {
        match self {
            Self::Upright => (x, y),
            Self::FlipX => (w - 1 - x, y),
            Self::Rotate180 => (w - 1 - x, h - 1 - y),
            Self::FlipY => (x, h - 1 - y),
            Self::Transpose => (y, x),
            Self::Rotate90 => (y, h - 1 - x),
            Self::Transverse => (w - 1 - y, h - 1 - x),
            Self::Rotate270 => (w - 1 - y, x),
        }
    }

    /// Where a point of a picture stored with these sides comes to lie upright. Whole numbers are
    /// the centres of pixels.
    pub fn upright(self, (x, y): (f32, f32), (width, height): (u32, u32)) -> (f32, f32) {
        let (right, lower) = (width as f32 - 1.0, height as f32 - 1.0);
        match self {
            Self::Upright => (x, y),
            Self::FlipX => (right - x, y),
            Self::Rotate180 => (right - x, lower - y),
            Self::FlipY => (x, lower - y),
            Self::Transpose => (y, x),
            Self::Rotate90 => (lower - y, x),
            Self::Transverse => (lower - y, right - x),
            Self::Rotate270 => (y, right - x),
        }
    }

    /// Width and height after turning upright.
    pub fn sides(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps_sides() {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Pixels of `N` bytes turned upright; `sides` are width and height as stored, which the bytes
    /// must fill.
    pub(super) fn turn<const N: usize>(self, pixels: &[u8], sides: (u32, u32)) -> Vec<u8> {
        let whole = |(w, h): (u32, u32)| (w as usize, h as usize);
        let (stored, turned) = (whole(sides), whole(self.sides(sides)));
        let mut data = Vec::with_capacity(pixels.len());
        for y in 0..turned.1 {
            for x in 0..turned.0 {
                let (sx, sy) = self.stored((x, y), stored);
                let at = (sy * stored.0 + sx) * N;
                data.extend_from_slice(&pixels[at..at + N]);
            }
        }
        data
    }

    /// Whether width and height change places.
    pub fn swaps_sides(self) -> bool {
        matches!(
            self,
            Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270
        )
    }
}

/// An 8-bit RGB image, rows top to bottom, 3 bytes a pixel, no padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rgb {
    /// Width in pixels, at least 1.
    pub width: u32,
    /// Height in pixels, at least 1.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub data: Vec<u8>,
}

impl Rgb {
    /// The same picture turned upright. Costs nothing for [`Orientation::Upright`].
    #[must_use]
    pub fn oriented(self, orientation: Orientation) -> Self {
        if orientation == Orientation::Upright {
            return self;
        }
        self.turned(orientation)
    }

    /// A copy turned upright.
    #[must_use]
    pub fn turned(&self, orientation: Orientation) -> Self {
        let (width, height) = orientation.sides((self.width, self.height));
        Self {
            width,
            height,
            data: orientation.turn::<3>(&self.data, (self.width, self.height)),
        }
    }

    /// The same picture over white, `alpha` being the opacity of each pixel: as Pillow pastes it
    /// with itself as the mask, `(level·alpha + 255·(255 − alpha)) / 255` to the nearest.
    #[must_use]
    pub fn over_white(&self, alpha: &[u8]) -> Self {
        let mut data = self.data.clone();
        for (pixel, &alpha) in data.chunks_exact_mut(3).zip(alpha) {
            for level in pixel {
                let sum = u32::from(*level) * u32::from(alpha) + 255 * u32::from(255 - alpha) + 128;
                *level = ((sum + (sum >> 8)) >> 8) as u8;
            }
        }
        Self { data, ..*self }
    }
}

/// A decoded image file with what scorers may ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels as stored in the file, bit for bit as Pillow's `convert("RGB")` gives them.
    pub rgb: Rgb,
    /// Opacity of each pixel, 0–255, as Pillow's `convert("RGBA")` gives it; none where all are
    /// opaque.
    pub alpha: Option<Vec<u8>>,
    /// How to turn [`Picture::rgb`] upright.
    pub orientation: Orientation,
    /// Format by content, e.g. `jpeg`, `png`, `webp`, `gif`, `bmp`, `tiff`, `avif`.
    pub format: &'static str,
    /// Size of the file in bytes.
    pub file_size: u64,
}

impl Picture {
    /// Width and height after EXIF orientation, in pixels.
    pub fn upright_size(&self) -> (u32, u32) {
        self.orientation.sides((self.rgb.width, self.rgb.height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2×3 picture whose red channel numbers the pixels `0 1 / 2 3 / 4 5`.
    fn numbered() -> Rgb {
        Rgb {
            width: 2,
            height: 3,
            data: (0..6).flat_map(|i| [i, 0, 0]).collect(),
        }
    }

    #[test]
    fn every_orientation_places_the_pixels() {
        let cases = [
            (1, vec![0, 1, 2, 3, 4, 5]),
            (2, vec![1, 0, 3, 2, 5, 4]),
            (3, vec![5, 4, 3, 2, 1, 0]),
            (4, vec![4, 5, 2, 3, 0, 1]),
            (5, vec![0, 2, 4, 1, 3, 5]),
            (6, vec![4, 2, 0, 5, 3, 1]),
            (7, vec![5, 3, 1, 4, 2, 0]),
            (8, vec![1, 3, 5, 0, 2, 4]),
        ];
        for (exif, expected) in cases {
            let turned = numbered().oriented(Orientation::from_exif(exif));
            let red: Vec<u8> = turned.data.chunks(3).map(|p| p[0]).collect();
            assert_eq!(red, expected, "EXIF orientation {exif}");
        }
    }

    #[test]
    fn points_go_where_their_pixels_go() {
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif);
            let turned = numbered().oriented(orientation);
            for (i, (x, y)) in [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
                .into_iter()
                .enumerate()
            {
                let (x, y) = orientation.upright((x as f32, y as f32), (2, 3));
                let at = y as usize * turned.width as usize + x as usize;
                assert_eq!(turned.data[at * 3], i as u8, "EXIF orientation {exif}");
            }
        }
    }
}
