//! `.npy` and `.npz`: numpy's arrays, alone or in a zip archive. Format: numpy.lib.format.
//!
//! Must not know: other formats.

mod header;

use super::CheckpointError;
use super::archive::Archive;
use super::budget::Budget;
use super::error::brief;
use super::found::Found;
use super::pickle;
use super::tensor::{Bytes, Storage, Tensor};

use header::Header;

/// Reads the one array of an `.npy` file; it is called `""`.
pub(super) fn read(file: &Bytes, budget: &mut Budget) -> Result<Found, CheckpointError> {
    let len = (**file).as_ref().len();
    let storage = Storage::new(file.clone(), 0..len);
    let mut found = Found::default();
    found.tensor("", array(storage, budget)?, budget)?;
    Ok(found)
}

/// Reads the arrays of an `.npz` archive by name; other entries are ignored.
pub(super) fn read_npz(
    archive: &mut Archive<'_>,
    budget: &mut Budget,
) -> Result<Found, CheckpointError> {
    let mut found = Found::default();
    let names: Vec<&[u8]> = archive.names().collect();
    for file_name in names {
        let Some(name) = file_name.strip_suffix(b".npy") else {
            continue;
        };
        let name = str::from_utf8(name).map_err(|_not_utf8| broken("a name isn't UTF-8"))?;
        let Some(storage) = archive.read(file_name)? else {
            continue;
        };
        let tensor = array(storage, budget).map_err(|e| named(name, e))?;
        found.tensor(name, tensor, budget)?;
    }
    Ok(found)
}

fn array(storage: Storage, budget: &mut Budget) -> Result<Tensor, CheckpointError> {
    let header = Header::parse(storage.data()).map_err(broken)?;
    let body = storage.skip(header.len);
    let Some(dtype) = header.dtype else {
        // An array of objects is a pickle: its first offence is more telling than its type.
        if header.is_object() {
            pickle::read(body.data(), budget)?;
        }
        return Err(broken(format!(
            "its type {} isn't supported",
            brief(&header.descr)
        )));
    };
    let wanted = header.layout.len() * dtype.size();
    if body.data().len() != wanted {
        return Err(broken(format!(
            "{dtype} of shape {:?} needs {wanted} bytes, it has {}",
            header.layout.shape(),
            body.data().len()
        )));
    }
    Ok(Tensor::new(
        body.with_order(header.big_endian),
        dtype,
        header.layout,
    ))
}

fn named(name: &str, error: CheckpointError) -> CheckpointError {
    match error {
        CheckpointError::Npy { why } => CheckpointError::Tensor {
            name: brief(name),
            why,
        },
        other => other,
    }
}

fn broken(why: impl Into<String>) -> CheckpointError {
    CheckpointError::Npy { why: why.into() }
}
