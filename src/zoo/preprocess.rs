//! From picture to tensor.
//!
//! Must not know: files, networks.

use serde::Deserialize;

/// Largest side of a network's input, in pixels; larger ones are slips.
const MAX_SIDE: u32 = 4096;

/// From picture to tensor.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preprocess {
    /// Width and height in pixels.
    pub size: [u32; 2],
    /// How a picture is brought to that size.
    pub fit: Fit,
    /// Interpolation.
    pub resampler: Resampler,
    /// Factor on the levels 0–255 before mean and deviation, e.g. 1/255.
    pub scale: f64,
    /// Subtracted from each channel after scaling.
    pub mean: [f64; 3],
    /// Divides each channel after that; not 0.
    pub std: [f64; 3],
}

/// How a picture is brought to the input size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Both sides to the size, without regard to shape.
    Squash,
    /// The shortest side to the size, then the centre.
    ShortestSide,
}

/// Interpolation, antialiased as in Pillow unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resampler {
    /// Pillow's bilinear.
    Bilinear,
    /// Pillow's bicubic (a = −0.5).
    Bicubic,
}

impl Preprocess {
    /// Whether every value can be meant; else the field and why not.
    pub fn check(&self) -> Result<(), (String, String)> {
        let demand = |holds: bool, field: &str, why: &str| {
            if holds {
                Ok(())
            } else {
                Err((field.to_owned(), why.to_owned()))
            }
        };
        let sides = self.size.iter().all(|side| (1..=MAX_SIDE).contains(side));
        demand(sides, "size", "must be two sides of 1 to 4096 pixels")?;
        let scale = self.scale.is_finite() && self.scale > 0.0;
        demand(scale, "scale", "must be a number above 0")?;
        let mean = self.mean.iter().all(|m| m.is_finite());
        demand(mean, "mean", "must be finite numbers")?;
        let std = self.std.iter().all(|s| s.is_finite() && *s > 0.0);
        demand(std, "std", "must be numbers above 0")
    }
}
