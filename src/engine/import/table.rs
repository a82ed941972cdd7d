//! A table of any format, told by its first bytes; and the lines of CSV.
//!
//! Must not know: the library.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::base::{CancelToken, Problem};
use crate::domain::import::{ImportOptions, KeyKind, Table};
use crate::engine::scan::has_image_ending;

use super::builder::{Builder, Cell, cant};
use super::leash::Leash;
use super::{json, parquet};

/// Bytes from which the format is told.
const HEAD: u64 = 64 << 10;
/// Rows between two looks whether the job is cancelled.
pub(super) const LOOK: usize = 4096;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads a table.
pub(super) fn read(
    file: &Path,
    options: &ImportOptions,
    token: &CancelToken,
) -> Result<Table, Problem> {
    let open = || {
        let mut source = File::open(file)?;
        let mut head = Vec::new();
        (&mut source).take(HEAD).read_to_end(&mut head)?;
        source.seek(SeekFrom::Start(0))?;
        Ok((source, head))
    };
    let (mut source, head) = open().map_err(|error: std::io::Error| {
        Problem::environment("can't read the table", error).at(file)
    })?;
    let told = || -> Result<Table, Problem> {
        let mut builder = Builder::new(options);
        let text = head.strip_prefix(BOM).unwrap_or(&head);
        if head.starts_with(b"PAR1") {
            parquet::read(&source, &mut builder, token)?;
            return builder.finish();
        }
        if text.len() < head.len() {
            let start = SeekFrom::Start(BOM.len() as u64);
            source.seek(start).map_err(cant)?;
        }
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => return Err(cant("it is empty")),
            Some(b'[') => json::read_array(&source, &mut builder, token)?,
            Some(b'{') => json::read_lines(&source, &mut builder, token)?,
            Some(0xff | 0xfe | 0) => {
                return Err(cant("it is not UTF-8").hint("save it as CSV in UTF-8, or as Parquet"));
            }
            Some(_) => read_csv(&source, text, &mut builder, token)?,
        }
        builder.finish()
    };
    let mut told = told;
    told().map_err(|problem| problem.at(file))
}

fn read_csv(
    source: &File,
    head: &[u8],
    builder: &mut Builder<'_>,
    token: &CancelToken,
) -> Result<(), Problem> {
    let (leash, slack) = Leash::new(BufReader::new(source));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(head))
        .from_reader(leash);
    let mut record = csv::ByteRecord::new();
    let mut n_fields = 0;
    for nth in 0.. {
        if nth % LOOK == 0 {
            token.checkpoint()?;
        }
        if !reader.read_byte_record(&mut record).map_err(cant)? {
            return Ok(());
        }
        slack.give();
        let line = record.position().map_or(0, csv::Position::line);
        if nth == 0 {
            n_fields = record.len();
            if !header(&record, builder)? {
                continue;
            }
        }
        if record.len() == n_fields {
            for (at, field) in record.iter().enumerate() {
                if builder.is_key(at) {
                    builder.cell(at, Cell::Text(field), line);
                } else if builder.needs(at) {
                    builder.cell(at, Cell::of_text(field), line);
                }
            }
            builder.end_row(line)?;
        } else {
            builder.broken(
                line,
                &format!("{} cells instead of {n_fields}", record.len()),
            );
        }
    }
    Ok(())
}

/// Takes the first line; whether it is a row of values already.
fn header(record: &csv::ByteRecord, builder: &mut Builder<'_>) -> Result<bool, Problem> {
    let is_image =
        |field: &[u8]| has_image_ending(&crate::base::paths::from_bytes(field.trim_ascii()));
    let image = record.iter().position(is_image);
    let has_number = record.iter().any(|field| Cell::of_text(field).is_number());
    if let (Some(key), true) = (image, has_number) {
        for n in 1..=record.len() {
            builder.add_column(&format!("column_{n}"))?;
        }
        builder.set_key(key, KeyKind::Path);
        return Ok(true);
    }
    for name in record {
        builder.add_column(&String::from_utf8_lossy(name))?;
    }
    builder.choose_key()?;
    Ok(false)
}

/// The sign that parts most cells of the first line, quoted ones left out.
fn delimiter(head: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for &byte in head {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some((_, count)) = counts.iter_mut().find(|(sign, _)| *sign == byte) {
                    *count += 1;
                }
            }
        }
    }
    // The first of equals: a comma.
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(sign, _)| *sign)
}

#[cfg(test)]
mod tests;
