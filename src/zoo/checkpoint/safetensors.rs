//! `.safetensors`: eight bytes with the header's length, a JSON header, then the tensors without
//! gaps. Format: the README of the safetensors project.
//!
//! The header is parsed here because the crate of that name loses the file's order and lets a
//! second tensor of the same name replace the first.
//!
//! Must not know: other formats.

mod header;

use std::borrow::Cow;

use super::CheckpointError;
use super::budget::Budget;
use super::error::{brief, shortened};
use super::found::{Found, Scalar};
use super::tensor::{Bytes, Storage, Tensor};

use header::{Entry, Header};

/// The largest header that the format allows, in bytes.
const MAX_HEADER: usize = 100_000_000;

/// Reads the header of `file`.
pub(super) fn read(file: &Bytes, budget: &mut Budget) -> Result<Found, CheckpointError> {
    let bytes: &[u8] = (**file).as_ref();
    let (length, rest) = bytes
        .split_first_chunk()
        .ok_or_else(|| broken("it ends within its first eight bytes"))?;
    let length = u64::from_le_bytes(*length);
    let header = usize::try_from(length)
        .ok()
        .filter(|&length| length <= MAX_HEADER)
        .and_then(|length| rest.get(..length))
        .ok_or_else(|| broken(format!("its header of {length} bytes reaches past its end")))?;
    let header = Header::parse(header, budget).map_err(|e| {
        // It quotes what it found, however long that is.
        broken(format!("its header: {}", shortened(&e.to_string(), 200)))
    })?;
    let data_start = bytes.len() - (rest.len() - length as usize);
    check_cover(&header.entries, bytes.len() - data_start)?;

    let mut found = Found::default();
    for (name, entry) in header.entries {
        let layout = entry.layout().map_err(|why| CheckpointError::Tensor {
            name: brief(&name),
            why,
        })?;
        let [start, end] = entry.range();
        let storage = Storage::new(file.clone(), data_start + start..data_start + end);
        found.tensor(&name, Tensor::new(storage, entry.dtype(), layout), budget)?;
    }
    for (name, value) in header.metadata {
        found.scalar(&name, Scalar::Text(value.into_owned()), budget)?;
    }
    Ok(found)
}

/// The tensors must cover the data once: no gaps, no overlaps, nothing left over.
fn check_cover(entries: &[(Cow<'_, str>, Entry)], len: usize) -> Result<(), CheckpointError> {
    let mut order: Vec<&(Cow<'_, str>, Entry)> = entries.iter().collect();
    order.sort_unstable_by_key(|(_, entry)| entry.range());
    let mut covered = 0;
    for (name, entry) in order {
        let [start, end] = entry.range();
        if start != covered || end < start || end > len {
            return Err(CheckpointError::Tensor {
                name: brief(name),
                why: format!(
                    "its data is said to be bytes {start} to {end}; it must begin at byte \
                     {covered} and end within {len}"
                ),
            });
        }
        covered = end;
    }
    if covered == len {
        Ok(())
    } else {
        Err(broken(format!(
            "{} bytes follow the last tensor",
            len - covered
        )))
    }
}

fn broken(why: impl Into<String>) -> CheckpointError {
    CheckpointError::Safetensors { why: why.into() }
}
