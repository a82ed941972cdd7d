//! Scorer `cv2_metrics_rgb`: the measures of `cv2_metrics` with the original's slips mended.
//!
//! The original hands RGB pixels to a function that expects BGR, so that red weighs as blue should;
//! and its edge density is 255 times a share (scorers.md §0.3, traps 2 and 3).
//!
//! Must not know: EXIF orientation, as the original.

use super::measure;
use crate::domain::picture::{Picture, Rgb};
use crate::domain::score::{Better, ColumnSpec, Field, ScorerKind, ScorerSpec, Scores};
use crate::zoo::computed::column;
use crate::zoo::{Computed, ScoreError, check_shape};

/// Raised whenever a value may change.
const VERSION: &str = "1";

/// Edge share, focus, texture, noise, contrast, brightness and dynamic range on true grey levels.
#[derive(Debug)]
pub struct Cv2MetricsRgb {
    spec: ScorerSpec,
}

impl Default for Cv2MetricsRgb {
    fn default() -> Self {
        Self::new()
    }
}

impl Cv2MetricsRgb {
    /// The scorer with its spec.
    pub fn new() -> Self {
        Self {
            spec: ScorerSpec {
                key: "cv2_metrics_rgb".to_owned(),
                label: "OpenCV metrics, corrected".to_owned(),
                about: "As cv2_metrics, with red and blue in their places and edges as a share: \
                        not the numbers that procslib gives."
                    .to_owned(),
                kind: ScorerKind::Computed,
                field: Field::General,
                licence: String::new(),
                version: VERSION.to_owned(),
                columns: columns(),
                signature: None,
            },
        }
    }
}

impl Computed for Cv2MetricsRgb {
    fn spec(&self) -> &ScorerSpec {
        &self.spec
    }

    fn score(&self, picture: &Picture) -> Result<Scores, ScoreError> {
        check_shape(picture)?;
        let measures = measure(&swapped(&picture.rgb));
        let all = measures.values();
        let [
            edges,
            focus,
            texture,
            noise,
            _saturation,
            contrast,
            brightness,
            range,
        ] = all[..]
        else {
            return Ok(Scores::default());
        };
        Ok(Scores {
            values: vec![
                edges / 255.0,
                focus,
                texture,
                noise,
                contrast,
                brightness,
                range,
            ],
            signature: None,
        })
    }
}

/// Red and blue in each other's place, which undoes the original's swap.
fn swapped(rgb: &Rgb) -> Rgb {
    let mut rgb = rgb.clone();
    for pixel in rgb.data.as_chunks_mut::<3>().0 {
        pixel.swap(0, 2);
    }
    rgb
}

fn columns() -> Vec<ColumnSpec> {
    let level = (0.0, 255.0);
    let focus = 1020.0 * 1020.0;
    vec![
        column(
            "edge_fraction",
            "Edge share",
            (0.0, 1.0),
            Better::Neutral,
            "Share of pixels on an edge (Canny, thresholds 100 and 200).",
        ),
        column(
            "focus_measure_rgb",
            "Focus, true grey",
            (0.0, focus),
            Better::Higher,
            "Variance of the Laplacian of the true grey levels.",
        ),
        column(
            "texture_score_rgb",
            "Texture, true grey",
            (0.0, 20.25),
            Better::Neutral,
            "Variance of the local binary patterns of the true grey levels.",
        ),
        column(
            "noise_level_rgb",
            "Noise, true grey",
            (0.0, 1020.0),
            Better::Lower,
            "Standard deviation of the Laplacian of the true grey levels.",
        ),
        column(
            "contrast_rgb",
            "Contrast, true grey",
            (0.0, 127.5),
            Better::Neutral,
            "Standard deviation of the true grey levels.",
        ),
        column(
            "brightness_rgb",
            "Brightness, true grey",
            level,
            Better::Neutral,
            "Mean of the true grey levels.",
        ),
        column(
            "dynamic_range_rgb",
            "Dynamic range, true grey",
            level,
            Better::Higher,
            "Levels between the darkest and the brightest twentieth.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::picture::Orientation;
    use crate::zoo::computed::cv2_metrics::Cv2Metrics;

    fn flat(pixel: [u8; 3]) -> Picture {
        Picture {
            rgb: Rgb {
                width: 8,
                height: 8,
                data: pixel.repeat(64),
            },
            alpha: None,
            orientation: Orientation::Upright,
            format: "png",
            file_size: 0,
        }
    }

    #[test]
    fn red_is_brighter_than_blue() {
        let brightness = |pixel| Cv2MetricsRgb::new().score(&flat(pixel)).unwrap().values[5];
        assert_eq!(brightness([255, 0, 0]), 76.0);
        assert_eq!(brightness([0, 0, 255]), 29.0);
        assert_eq!(brightness([0, 255, 0]), 150.0);
    }

    #[test]
    fn on_grey_pictures_only_the_edges_differ() {
        let mut picture = flat([9; 3]);
        for (i, pixel) in picture
            .rgb
            .data
            .as_chunks_mut::<3>()
            .0
            .iter_mut()
            .enumerate()
        {
            *pixel = [if i / 4 % 2 == 0 { 250 } else { 3 }; 3];
        }
        let ours = Cv2MetricsRgb::new().score(&picture).unwrap().values;
        let theirs = Cv2Metrics::new().score(&picture).unwrap().values;
        assert!(ours[0] > 0.0);
        assert_eq!(ours[0] * 255.0, theirs[0]);
        assert_eq!(ours[1..4], theirs[1..4]);
        assert_eq!(ours[4..], theirs[5..]);
    }
}
