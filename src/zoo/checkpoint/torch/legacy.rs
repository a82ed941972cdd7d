//! What `torch.save` wrote before zip archives: five pickles (a magic number, the protocol, facts
//! of the machine, the object, the keys of its storages), then each storage behind its length.
//!
//! Must not know: opcodes.

use std::collections::HashMap;

use super::{Wanted, gather};
use crate::zoo::checkpoint::CheckpointError;
use crate::zoo::checkpoint::budget::Budget;
use crate::zoo::checkpoint::error::brief;
use crate::zoo::checkpoint::found::Found;
use crate::zoo::checkpoint::pickle::{self, Pickle, StorageRef, Value};
use crate::zoo::checkpoint::tensor::{Bytes, Storage};

/// The first pickle's number, 0x1950a86a20f9469cfc6c, little endian.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// The second pickle's number.
const PROTOCOL: i64 = 1001;

/// What one storage's entry takes in the hash tables at their worst.
const STORAGE_ENTRY: usize = 256;

/// Reads the tensors of a legacy torch file.
pub(in crate::zoo::checkpoint) fn read_legacy(
    file: &Bytes,
    budget: &mut Budget,
) -> Result<Found, CheckpointError> {
    let data: &[u8] = (**file).as_ref();
    let mut at = 0;
    let mut next = |budget: &mut Budget| {
        let pickle = pickle::read(&data[at..], budget)?;
        at += pickle.len;
        Ok::<_, CheckpointError>(pickle)
    };
    let magic = next(budget)?;
    if !matches!(magic.root, Value::Long(number) if magic.bytes(number) == MAGIC) {
        return Err(broken("it is a pickle, but none that torch wrote"));
    }
    if next(budget)?.root != Value::Int(PROTOCOL) {
        return Err(broken("its protocol isn't 1001"));
    }
    check_machine(&next(budget)?)?;
    let object = next(budget)?;
    let keys = next(budget)?;
    let described = described(&object, budget)?;
    let storages = storages(file, at, &keys, &described, budget)?;
    gather(&object, budget, |wanted, _| {
        find(&object, &storages, wanted)
    })
}

/// Refuses what a big-endian machine wrote.
fn check_machine(facts: &Pickle<'_>) -> Result<(), CheckpointError> {
    let mut items = facts.entries(facts.root);
    let big = items.any(|(key, value)| key == "little_endian" && value == Value::Bool(false));
    if big {
        return Err(broken("a big-endian machine wrote it"));
    }
    Ok(())
}

/// The storages that the object describes, by key.
fn described<'a>(
    object: &Pickle<'a>,
    budget: &mut Budget,
) -> Result<HashMap<&'a str, StorageRef>, CheckpointError> {
    let mut described = HashMap::new();
    for storage in object.storages() {
        budget.spend(STORAGE_ENTRY, "its storages")?;
        described.insert(object.text(storage.key), storage);
    }
    Ok(described)
}

/// The storages behind the last pickle, which lists their keys.
fn storages<'a>(
    file: &Bytes,
    mut at: usize,
    keys: &Pickle<'a>,
    described: &HashMap<&str, StorageRef>,
    budget: &mut Budget,
) -> Result<HashMap<&'a str, Storage>, CheckpointError> {
    let data: &[u8] = (**file).as_ref();
    let list = keys.items(keys.root);
    let list = list.ok_or_else(|| broken("it has no list of storages"))?;
    let mut storages = HashMap::new();
    for key in list {
        let Value::Text(key) = *key else {
            return Err(broken("a storage's key isn't text"));
        };
        let key = keys.text(key);
        let size = described.get(key).and_then(|storage| storage.dtype.ok());
        let size = size.ok_or_else(|| broken(&format!("storage {} is of no type", brief(key))))?;
        let cut = || broken(&format!("storage {} reaches past its end", brief(key)));
        let (len, _) = data[at..].split_first_chunk().ok_or_else(cut)?;
        let start = at + len.len();
        let end = usize::try_from(i64::from_le_bytes(*len))
            .ok()
            .and_then(|len| len.checked_mul(size.size())?.checked_add(start))
            .filter(|&end| end <= data.len())
            .ok_or_else(cut)?;
        budget.spend(STORAGE_ENTRY, "its storages")?;
        storages.insert(key, Storage::new(file.clone(), start..end));
        at = end;
    }
    Ok(storages)
}

fn find(
    object: &Pickle<'_>,
    storages: &HashMap<&str, Storage>,
    wanted: &Wanted<'_>,
) -> Result<Storage, CheckpointError> {
    let key = object.text(wanted.storage.key);
    let Some(storage) = storages.get(key) else {
        return Err(wanted.refuse(&format!("there is no storage {}", brief(key))));
    };
    wanted.check(storage.data().len())?;
    Ok(storage.clone())
}

fn broken(why: &str) -> CheckpointError {
    CheckpointError::Torch {
        why: why.to_owned(),
    }
}
