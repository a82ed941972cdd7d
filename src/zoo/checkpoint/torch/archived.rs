//! What `torch.save` writes since 2020: a zip archive with one folder, which holds `data.pkl` and a
//! file for each storage. TorchScript archives are the same with code beside it, which is ignored.
//!
//! Must not know: opcodes.

use std::collections::HashMap;

use super::{Wanted, gather};
use crate::zoo::checkpoint::CheckpointError;
use crate::zoo::checkpoint::archive::Archive;
use crate::zoo::checkpoint::budget::Budget;
use crate::zoo::checkpoint::error::brief;
use crate::zoo::checkpoint::found::Found;
use crate::zoo::checkpoint::pickle::{self, Pickle, StorageRef};
use crate::zoo::checkpoint::tensor::Storage;

const PICKLE: &[u8] = b"data.pkl";

/// What a storage that was found takes in a hash table at its worst.
const STORAGE_ENTRY: usize = 256;

/// Reads the tensors of a torch archive.
pub(in crate::zoo::checkpoint) fn read_zip(
    archive: &mut Archive<'_>,
    budget: &mut Budget,
) -> Result<Found, CheckpointError> {
    let folder = folder(archive)?;
    let big_endian = is_big_endian(archive, folder)?;
    let source = archive.read(&[folder, PICKLE].concat())?;
    let source = source.ok_or_else(|| broken("it has no data.pkl"))?;
    let pickle = pickle::read(source.data(), budget)?;
    let mut storages = Storages {
        archive,
        pickle: &pickle,
        folder,
        big_endian,
        found: HashMap::new(),
    };
    gather(&pickle, budget, |wanted, budget| {
        storages.find(wanted, budget)
    })
}

/// The folder of the archive with its slash: whose `data.pkl` there is.
fn folder<'a>(archive: &Archive<'a>) -> Result<&'a [u8], CheckpointError> {
    let mut folders = archive
        .names()
        .filter_map(|name| name.strip_suffix(PICKLE))
        .filter(|folder| folder.is_empty() || folder.ends_with(b"/"));
    match (folders.next(), folders.next()) {
        (Some(folder), None) => Ok(folder),
        (None, _) => Err(broken("the zip archive has neither data.pkl nor arrays")),
        (Some(_), Some(_)) => Err(broken("the zip archive has several data.pkl")),
    }
}

fn is_big_endian(archive: &mut Archive<'_>, folder: &[u8]) -> Result<bool, CheckpointError> {
    match archive.read(&[folder, b"byteorder"].concat())? {
        None => Ok(false),
        Some(order) => match order.data() {
            b"little" => Ok(false),
            b"big" => Ok(true),
            _ => Err(broken("its byte order is neither little nor big")),
        },
    }
}

struct Storages<'s, 'a> {
    archive: &'s mut Archive<'a>,
    pickle: &'s Pickle<'s>,
    folder: &'a [u8],
    big_endian: bool,
    /// By key, as they were first described.
    found: HashMap<&'s str, (StorageRef, Storage)>,
}

impl Storages<'_, '_> {
    fn find(
        &mut self,
        wanted: &Wanted<'_>,
        budget: &mut Budget,
    ) -> Result<Storage, CheckpointError> {
        let key = self.pickle.text(wanted.storage.key);
        if let Some((first, storage)) = self.found.get(key) {
            if (first.dtype, first.len) != (wanted.storage.dtype, wanted.storage.len) {
                return Err(wanted.refuse("its storage is described in two ways"));
            }
            return Ok(storage.clone());
        }
        let name = [self.folder, b"data/", key.as_bytes()].concat();
        let Some(len) = self.archive.len_of(&name) else {
            return Err(wanted.refuse(&format!("there is no storage {}", brief(key))));
        };
        wanted.check(len)?;
        budget.spend(STORAGE_ENTRY, "its storages")?;
        let storage = self.archive.read(&name)?;
        let storage = storage.ok_or_else(|| wanted.refuse("its storage is gone"))?;
        let storage = storage.with_order(self.big_endian);
        self.found.insert(key, (wanted.storage, storage.clone()));
        Ok(storage)
    }
}

fn broken(why: &str) -> CheckpointError {
    CheckpointError::Torch {
        why: why.to_owned(),
    }
}
