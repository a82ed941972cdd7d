//! Scorer `basics`: size, shape and weight of an image.
//!
//! Must not know: pixels.

use super::column;
use crate::domain::picture::Picture;
use crate::domain::score::{Better, ColumnSpec, Field, ScorerKind, ScorerSpec, Scores};
use crate::zoo::{Computed, ScoreError, check_shape};

/// Width, height, megapixels, aspect ratio and file size.
#[derive(Debug)]
pub struct Basics {
    spec: ScorerSpec,
}

impl Default for Basics {
    fn default() -> Self {
        Self::new()
    }
}

impl Basics {
    /// The scorer with its spec.
    pub fn new() -> Self {
        Self {
            spec: ScorerSpec {
                key: "basics".to_owned(),
                label: "Size and shape".to_owned(),
                about: "What the file itself says: pixels, shape and bytes.".to_owned(),
                kind: ScorerKind::Computed,
                field: Field::General,
                licence: String::new(),
                version: "1".to_owned(),
                columns: columns(),
                signature: None,
            },
        }
    }
}

impl Computed for Basics {
    fn spec(&self) -> &ScorerSpec {
        &self.spec
    }

    fn score(&self, picture: &Picture) -> Result<Scores, ScoreError> {
        check_shape(picture)?;
        let (width, height) = picture.upright_size();
        let (width, height) = (f64::from(width), f64::from(height));
        Ok(Scores {
            values: vec![
                width,
                height,
                width * height / 1e6,
                width / height,
                picture.file_size as f64,
            ],
            signature: None,
        })
    }
}

fn columns() -> Vec<ColumnSpec> {
    let open = f64::INFINITY;
    let neutral = Better::Neutral;
    vec![
        with_unit(
            "px",
            column(
                "width",
                "Width",
                (1.0, open),
                neutral,
                "Width as seen, after EXIF orientation.",
            ),
        ),
        with_unit(
            "px",
            column(
                "height",
                "Height",
                (1.0, open),
                neutral,
                "Height as seen, after EXIF orientation.",
            ),
        ),
        with_unit(
            "MP",
            column(
                "megapixels",
                "Megapixels",
                (0.0, open),
                Better::Higher,
                "Width × height in millions of pixels.",
            ),
        ),
        column(
            "aspect_ratio",
            "Aspect ratio",
            (0.0, open),
            neutral,
            "Width divided by height: 1 is square, above 1 landscape, below 1 portrait.",
        ),
        with_unit(
            "bytes",
            column(
                "file_size",
                "File size",
                (0.0, open),
                neutral,
                "Size of the file on disk.",
            ),
        ),
    ]
}

fn with_unit(unit: &str, mut column: ColumnSpec) -> ColumnSpec {
    unit.clone_into(&mut column.unit);
    column
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::picture::{Orientation, Rgb};

    fn values(width: u32, height: u32, orientation: Orientation) -> Vec<f64> {
        let picture = Picture {
            rgb: Rgb {
                width,
                height,
                data: vec![0; (width * height * 3) as usize],
            },
            alpha: None,
            orientation,
            format: "png",
            file_size: 4321,
        };
        Basics::new().score(&picture).unwrap().values
    }

    #[test]
    fn sizes_are_those_of_the_upright_picture() {
        let stored = values(40, 20, Orientation::Upright);
        assert_eq!(stored, [40.0, 20.0, 0.0008, 2.0, 4321.0]);
        let turned = values(40, 20, Orientation::Rotate90);
        assert_eq!(turned, [20.0, 40.0, 0.0008, 0.5, 4321.0]);
    }
}
