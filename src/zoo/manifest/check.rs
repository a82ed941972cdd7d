//! Values that parse but can't be meant.
//!
//! Must not know: TOML.

use super::{BandText, Column, Format, Manifest, ManifestError, Output, Weights};

impl Manifest {
    /// Whether every value can be meant; the error names the first field that can't.
    pub fn check(&self) -> Result<(), ManifestError> {
        check_key("key", &self.key)?;
        demand(self.batch >= 1, "batch", "must be at least 1")?;
        let tolerance = self.tolerance.is_finite() && self.tolerance >= 0.0;
        demand(tolerance, "tolerance", "must be a number from 0 up")?;
        for (field, text) in [
            ("label", &self.label),
            ("about", &self.about),
            ("licence", &self.licence),
        ] {
            demand(!text.trim().is_empty(), field, "is empty")?;
        }
        check_weights(&self.weights)?;
        let slip = |(field, why): (String, String)| ManifestError::Value {
            field: format!("input.{field}"),
            why,
        };
        self.input.check().map_err(slip)?;
        self.check_output()?;
        self.columns.iter().enumerate().try_for_each(|(i, column)| {
            check_column(i, column)?;
            let repeated = self.columns[..i].iter().any(|c| c.key == column.key);
            let field = format!("columns[{i}].key");
            demand(!repeated, &field, "is the name of an earlier column")
        })
    }

    fn check_output(&self) -> Result<(), ManifestError> {
        let columns = self.columns.len();
        demand(columns > 0, "columns", "must name at least one column")?;
        match &self.output {
            Output::Raw {} | Output::Sigmoid {} => Ok(()),
            Output::Class { .. } => demand(columns == 1, "columns", "must be one for `class`"),
            Output::Expected { weights } => {
                let field = "output.weights";
                demand(weights.len() >= 2, field, "needs at least two classes")?;
                let finite = weights.iter().all(|w| w.is_finite());
                demand(finite, field, "must be finite numbers")?;
                demand(columns == 1, "columns", "must be one for `expected`")
            }
        }
    }
}

fn check_weights(weights: &Weights) -> Result<(), ManifestError> {
    let plain = !weights.file.contains(['/', '\\']) && !weights.file.starts_with('.');
    let named = plain && !weights.file.is_empty();
    demand(named, "weights.file", "must be a file name without folders")?;
    let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
    let hash = weights.sha256.len() == 64 && weights.sha256.bytes().all(is_hex);
    demand(
        hash,
        "weights.sha256",
        "must be 64 lower-case hexadecimal digits",
    )?;
    demand(weights.bytes > 0, "weights.bytes", "must be at least 1")?;
    let built = weights.architecture.is_some();
    let whole = weights.format == Format::Onnx;
    demand(
        built != whole,
        "weights.architecture",
        "is for checkpoints, which need it; ONNX has none",
    )
}

fn check_column(index: usize, column: &Column) -> Result<(), ManifestError> {
    let field = |name: &str| format!("columns[{index}].{name}");
    check_key(&field("key"), &column.key)?;
    let [low, high] = column.range;
    demand(
        low < high,
        &field("range"),
        "must be two numbers, the lower first",
    )?;
    let ordered = |band: &BandText| band.low < band.high;
    let bands = column.bands.iter().all(ordered);
    demand(bands, &field("bands"), "must have `low` below `high`")
}

fn check_key(field: &str, key: &str) -> Result<(), ManifestError> {
    let allowed = |c: u8| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    let good = !key.is_empty() && key.bytes().all(allowed);
    demand(
        good,
        field,
        "must be lower-case letters, digits, `_` and `-`",
    )
}

fn demand(holds: bool, field: &str, why: &str) -> Result<(), ManifestError> {
    if holds {
        return Ok(());
    }
    Err(ManifestError::Value {
        field: field.to_owned(),
        why: why.to_owned(),
    })
}
