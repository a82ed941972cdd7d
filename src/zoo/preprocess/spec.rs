//! What a manifest's `[input]` table says.
//!
//! Must not know: pixels.

use serde::{Deserialize, Serialize};

use super::usual::{Values, ones, per_level};

/// From picture to tensor.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// Width and height of the tensor in pixels, 1–4096.
    pub size: [u32; 2],
    /// What becomes of transparent pixels.
    #[serde(default)]
    pub alpha: Alpha,
    /// How a picture is brought to that size.
    #[serde(default)]
    pub fit: Fit,
    /// Interpolation.
    #[serde(default)]
    pub resampler: Resampler,
    /// For `squash` and `shortest-side`: the side in pixels that is resized to before the centre
    /// is cut out; at least both of `size`, which is also what absence means.
    pub resize: Option<u32>,
    /// Where the centre lies when the margin is odd.
    #[serde(default)]
    pub crop: Crop,
    /// Red, green and blue of the border of `letterbox`, `pad-square` and `warp`.
    #[serde(default)]
    pub pad: [u8; 3],
    /// Where the picture lies within that border.
    #[serde(default)]
    pub position: Position,
    /// For `warp`: which box around the picture becomes the tensor.
    #[serde(default)]
    pub placing: Placing,
    /// Several views of one picture instead of one.
    pub tiles: Option<Tiles>,
    /// Order of the colours.
    #[serde(default)]
    pub channels: Channels,
    /// Order of the dimensions.
    #[serde(default)]
    pub layout: Layout,
    /// A usual choice of `scale`, `mean` and `std`, instead of them.
    pub values: Option<Values>,
    /// Factor on the levels 0–255 before mean and deviation; 1/255 if left out.
    #[serde(default = "per_level")]
    pub scale: f64,
    /// Subtracted from each channel of the tensor after scaling, in the tensor's order; 0 if left
    /// out.
    #[serde(default)]
    pub mean: [f64; 3],
    /// Divides each channel after that; above 0, 1 if left out.
    #[serde(default = "ones")]
    pub std: [f64; 3],
    /// Whether the picture is turned upright first, as OpenCV does when it reads a file.
    #[serde(default)]
    pub orientation: Exif,
}

/// What becomes of the orientation that a file states (EXIF).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exif {
    /// The pixels stay as they are stored, as Pillow gives them.
    #[default]
    Ignore,
    /// The pixels are turned upright, as `cv2.imread` gives them.
    Apply,
}

/// What becomes of transparent pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alpha {
    /// They show their colours, as Pillow's `convert("RGB")` does.
    #[default]
    Drop,
    /// White shows through.
    White,
}

/// How a picture is brought to the input size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Both sides to the size, without regard to shape.
    #[default]
    Squash,
    /// The shortest side to the size, the other in proportion (rounded down), then the centre.
    ShortestSide,
    /// As large as fits (sides rounded down, at least 1), then a border.
    Letterbox,
    /// A border that makes it a square, then both sides to the size.
    PadSquare,
    /// Zoomed around the centre until a box around the picture fills the size, by OpenCV's
    /// `warpAffine`; see [`Placing`].
    Warp,
}

/// Which box around a whole picture a network of key points sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placing {
    /// The picture and an eighth of it on each side; only the width counts for the zoom.
    #[default]
    WholeImage,
    /// The same box, made wider or higher to the shape of the tensor.
    FixedAspect,
}

/// Where the centre lies: how half of the margin is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crop {
    /// Down, as in transformers.
    #[default]
    Transformers,
    /// To the nearest, ties to even, as in torchvision and OpenAI's CLIP.
    Torchvision,
}

/// Where a picture lies within its border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// In the middle; an odd pixel of border goes below and to the right.
    #[default]
    Centre,
    /// In the top left corner.
    TopLeft,
}

/// Interpolation. Pillow's are antialiased, in integers, horizontally first, rounded to bytes
/// between the passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resampler {
    /// Pillow's nearest pixel.
    Nearest,
    /// Pillow's box.
    Box,
    /// Pillow's bilinear.
    #[default]
    Bilinear,
    /// Pillow's Hamming.
    Hamming,
    /// Pillow's bicubic (a = −0.5).
    Bicubic,
    /// Pillow's Lanczos (a = 3).
    Lanczos,
    /// PyTorch's bilinear on float tensors, antialiased; levels are scaled before it.
    TorchBilinear,
    /// OpenCV's bilinear on bytes, not antialiased.
    Cv2Bilinear,
    /// OpenCV's bilinear on floats, not antialiased; levels are scaled before it.
    Cv2BilinearFloat,
}

/// Several views of one picture; each is then fitted like a picture of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "cut", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Tiles {
    /// Squares at the corners (top left, top right, bottom left, bottom right) and the centre,
    /// as torchvision's `five_crop`.
    FiveCrop {
        /// Side of the squares in pixels, 1–4096.
        side: u32,
        /// Only pictures whose shortest side is longer than this many pixels are cut; others
        /// are one view.
        #[serde(default)]
        above: u32,
        /// Resizing before the cut.
        before: Option<BeforeTiles>,
    },
    /// Squares on a grid that covers the whole picture, row by row. Pictures with a shorter side
    /// are one view: the whole.
    Grid {
        /// Squares in a row and rows, 2–16. Square `i` begins at `i·(side of the picture −
        /// side)/(n − 1)`, rounded down.
        n: u32,
        /// Side of the squares in pixels, 1–4096.
        side: u32,
        /// Width and height to which the picture is squashed before, by Pillow's bilinear.
        squash: Option<[u32; 2]>,
    },
    /// Squares at places drawn by chance, the same for all pictures of one size, on every machine.
    /// Pictures with a shorter side are one view: the whole.
    Random {
        /// Squares, 1–256.
        n: u32,
        /// Side of the squares in pixels, 1–4096.
        side: u32,
        /// Another number gives other places.
        #[serde(default)]
        seed: u64,
        /// Width and height to which the picture is squashed before, by Pillow's bilinear.
        squash: Option<[u32; 2]>,
    },
}

/// Resizing of pictures that are going to be cut.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeforeTiles {
    /// The shortest side becomes this many pixels, 1–4096.
    pub shortest: u32,
    /// Only pictures whose longest side is longer than this many pixels are resized.
    #[serde(default)]
    pub above: u32,
    /// How the longest side is rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Interpolation, one of Pillow's.
    pub resampler: Resampler,
}

/// How a length in proportion becomes whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// Down, as torchvision does.
    #[default]
    Down,
    /// To the nearest, ties to even, as Python's `round`.
    Nearest,
}

/// Order of the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first.
    Bgr,
}

/// Order of the dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Picture, channel, row, column.
    #[default]
    Nchw,
    /// Picture, row, column, channel.
    Nhwc,
}

impl Resampler {
    /// Whether it is one of Pillow's: bytes in, bytes out, antialiased.
    pub(super) fn is_pillow(self) -> bool {
        !matches!(
            self,
            Self::TorchBilinear | Self::Cv2Bilinear | Self::Cv2BilinearFloat
        )
    }
}
