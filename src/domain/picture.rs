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
        let (w, h) = (self.width as usize, self.height as usize);
        let (out_w, out_h) = if orientation.swaps_sides() {
            (h, w)
        } else {
            (w, h)
        };
        let mut data = Vec::with_capacity(self.data.len());
        for y in 0..out_h {
            for x in 0..out_w {
                let (sx, sy) = match orientation {
                    Orientation::Upright => (x, y),
                    Orientation::FlipX => (w - 1 - x, y),
                    Orientation::Rotate180 => (w - 1 - x, h - 1 - y),
                    Orientation::FlipY => (x, h - 1 - y),
                    Orientation::Transpose => (y, x),
                    Orientation::Rotate90 => (y, h - 1 - x),
                    Orientation::Transverse => (w - 1 - y, h - 1 - x),
                    Orientation::Rotate270 => (w - 1 - y, x),
                };
                let at = (sy * w + sx) * 3;
                data.extend_from_slice(&self.data[at..at + 3]);
            }
        }
        Self {
            width: out_w as u32,
            height: out_h as u32,
            data,
        }
    }
}

/// A decoded image file with what scorers may ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Pixels as stored in the file, bit for bit as Pillow's `convert("RGB")` gives them.
    pub rgb: Rgb,
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
        let (w, h) = (self.rgb.width, self.rgb.height);
        if self.orientation.swaps_sides() {
            (h, w)
        } else {
            (w, h)
        }
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
}
