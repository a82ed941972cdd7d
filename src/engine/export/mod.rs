//! Lists of images with their scores and marks, as CSV, JSON lines or plain paths.
//!
//! Numbers are written so that reading them back gives the same f64. Must not know: where rows
//! come from.

mod error;
mod rows;
mod target;
#[cfg(test)]
mod tests;

use std::io::Write;

use super::ListFormat;
pub use error::ExportError;
pub use rows::{ExportRow, is_own};
pub use target::write_file;

/// Writes the rows in their order; the number of rows written.
///
/// `columns` are the score columns, in the order of [`ExportRow::values`]. Width, height and size
/// in bytes come with them (scorer `basics`); only where they don't, they are added from the row.
///
/// # Errors
/// Where `out` can't be written, or, for plain paths, where a name has a line break.
pub fn write_list(
    rows: impl Iterator<Item = ExportRow>,
    columns: &[String],
    format: ListFormat,
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    match format {
        ListFormat::Csv => rows::write_csv(rows, columns, out),
        ListFormat::Jsonl => rows::write_jsonl(rows, columns, out),
        ListFormat::Paths => rows::write_paths(rows, out),
    }
}
