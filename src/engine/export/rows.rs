//! One row in each format.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::error::ExportError;
use crate::base::paths;
use crate::domain::image::Failure;
use crate::domain::marks::Marks;

/// One image of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExportRow {
    /// Absolute path.
    pub path: PathBuf,
    /// BLAKE3 of its bytes in hexadecimal; none before it was hashed.
    pub blake3: Option<String>,
    /// Width in pixels after EXIF orientation; none before it was decoded.
    pub width: Option<u32>,
    /// Height in pixels after EXIF orientation; none before it was decoded.
    pub height: Option<u32>,
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970 UTC.
    pub mtime_ns: i64,
    /// What the person says of it.
    pub marks: Marks,
    /// Scores, one for each column asked for; none where there is no score.
    pub values: Vec<Option<f64>>,
    /// Perceptual hashes by name; none where there is none.
    pub signatures: Vec<(String, Option<u64>)>,
    /// Why it has no scores.
    pub failure: Option<Failure>,
    /// Keys of the columns whose values are outside their scorer's scope; none in lists where no
    /// image has any.
    pub outside: Option<Vec<String>>,
    /// Key points and tags by name; none where the image has none. In CSV they are JSON.
    pub lists: Vec<(String, Option<Value>)>,
}

/// What every list has beside scores.
const OWN: [&str; 8] = [
    "path",
    "path_bytes",
    "blake3",
    "stars",
    "flag",
    "tags",
    "mtime",
    "error",
];

/// Whether a list has something else of that name, so that no column should have it.
pub fn is_own(name: &str) -> bool {
    OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Size and shape under the names of scorer `basics`, for lists that don't have that scorer.
const SHAPE: [&str; 3] = ["width", "height", "file_size"];

/// Name of the columns whose values are outside their scope.
const OUTSIDE: &str = "outside_field";

impl ExportRow {
    fn shape(&self) -> [Option<u64>; 3] {
        [
            self.width.map(u64::from),
            self.height.map(u64::from),
            Some(self.size),
        ]
    }

    /// Modification time in seconds since 1970 UTC.
    fn mtime(&self) -> f64 {
        self.mtime_ns as f64 / 1e9
    }

    fn error(&self) -> Option<String> {
        let failure = self.failure.as_ref()?;
        Some(format!("{}: {}", failure.stage.name(), failure.reason))
    }
}

/// The parts of [`SHAPE`] that the columns don't have.
fn missing_shape(columns: &[String]) -> Vec<usize> {
    (0..SHAPE.len())
        .filter(|&i| !columns.iter().any(|column| column == SHAPE[i]))
        .collect()
}

pub(super) fn write_csv(
    rows: impl Iterator<Item = ExportRow>,
    columns: &[String],
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    let shape = missing_shape(columns);
    let mut csv = csv::Writer::from_writer(out);
    let mut rows = rows.peekable();
    let mut header = vec!["path", "blake3"];
    header.extend(shape.iter().map(|&i| SHAPE[i]));
    header.extend(columns.iter().map(String::as_str));
    let signatures = rows.peek().map_or(Vec::new(), |row| row.signatures.clone());
    header.extend(signatures.iter().map(|(name, _)| name.as_str()));
    header.extend(["stars", "flag", "tags", "mtime", "error"]);
    header.extend(
        rows.peek()
            .and_then(|row| row.outside.as_ref())
            .map(|_| OUTSIDE),
    );
    let lists = rows.peek().map_or(Vec::new(), |row| row.lists.clone());
    header.extend(lists.iter().map(|(name, _)| name.as_str()));
    csv.write_record(&header)?;
    let mut n_rows = 0;
    for row in rows {
        csv.write_field(paths::to_bytes(&row.path))?;
        csv.write_field(row.blake3.as_deref().unwrap_or_default())?;
        let numbers = row.shape();
        for &i in &shape {
            csv.write_field(numbers[i].map_or(String::new(), |n| n.to_string()))?;
        }
        for i in 0..columns.len() {
            let value = row.values.get(i).copied().flatten();
            csv.write_field(value.map_or(String::new(), number))?;
        }
        for (name, _) in &signatures {
            csv.write_field(signature(&row, name).unwrap_or_default())?;
        }
        csv.write_field(row.marks.stars.to_string())?;
        csv.write_field(row.marks.flag.name())?;
        csv.write_field(row.marks.tags.join(", "))?;
        csv.write_field(number(row.mtime()))?;
        csv.write_field(row.error().unwrap_or_default())?;
        if let Some(outside) = &row.outside {
            csv.write_field(outside.join(", "))?;
        }
        for (_, list) in &row.lists {
            csv.write_field(list.as_ref().map_or(String::new(), Value::to_string))?;
        }
        csv.write_record(None::<&[u8]>)?;
        n_rows += 1;
    }
    csv.flush()?;
    Ok(n_rows)
}

pub(super) fn write_jsonl(
    rows: impl Iterator<Item = ExportRow>,
    columns: &[String],
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let shape = missing_shape(columns);
    let mut n_rows = 0;
    for row in rows {
        serde_json::to_writer(&mut out, &object(&row, columns, &shape))
            .map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
        n_rows += 1;
    }
    out.flush()?;
    Ok(n_rows)
}

pub(super) fn write_paths(
    rows: impl Iterator<Item = ExportRow>,
    out: &mut dyn Write,
) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let mut n_rows = 0;
    for row in rows {
        let line = paths::to_bytes(&row.path);
        if line.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return Err(ExportError::LineBreak { path: row.path });
        }
        out.write_all(&line)?;
        out.write_all(b"\n")?;
        n_rows += 1;
    }
    out.flush()?;
    Ok(n_rows)
}

fn object(row: &ExportRow, columns: &[String], shape: &[usize]) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("path", json!(row.path.to_string_lossy()));
    if row.path.to_str().is_none() {
        put("path_bytes", json!(hex(&paths::to_bytes(&row.path))));
    }
    put("blake3", json!(row.blake3));
    let numbers = row.shape();
    for &i in shape {
        put(SHAPE[i], json!(numbers[i]));
    }
    for (i, column) in columns.iter().enumerate() {
        put(column, json!(row.values.get(i).copied().flatten()));
    }
    for (name, _) in &row.signatures {
        put(name, json!(signature(row, name)));
    }
    put("stars", json!(row.marks.stars));
    put("flag", json!(row.marks.flag.name()));
    put("tags", json!(row.marks.tags));
    put("mtime", json!(row.mtime()));
    put("error", json!(row.error()));
    if let Some(outside) = &row.outside {
        put(OUTSIDE, json!(outside));
    }
    for (name, list) in &row.lists {
        put(name, json!(list));
    }
    object
}

/// Sixteen hexadecimal digits: as a number, readers that know only f64 would round it.
fn signature(row: &ExportRow, name: &str) -> Option<String> {
    let (_, bits) = row.signatures.iter().find(|(known, _)| known == name)?;
    bits.map(|bits| format!("{bits:016x}"))
}

/// The shortest text that reads back as the same f64; very large and small ones with exponent.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && size.is_finite() && !(1e-5..1e16).contains(&size) {
        return format!("{value:e}");
    }
    value.to_string()
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(out, "{byte:02x}").ok();
    }
    out
}
