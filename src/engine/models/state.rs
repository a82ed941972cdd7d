//! Whether the weights of a scorer are there.
//!
//! Must not know: how they get there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ledger::{Entry, Record};
use super::{Models, opened, references};
use crate::base::Problem;
use crate::zoo::checkpoint::{Checkpoint, Index};
use crate::zoo::manifest::{Manifest, TextTower, Variant, WeightFile};

/// The weights of a scorer on this machine.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// None of them is here.
    Missing {
        /// Size of what a pull would take, in bytes, where known.
        bytes: Option<u64>,
        /// Whether a pull knows where to look; else the user has to bring the file.
        obtainable: bool,
    },
    /// Some of them are here: a pull goes on from there.
    Partial {
        /// Bytes that are here.
        have: u64,
        /// Size of the whole, in bytes, where known.
        bytes: Option<u64>,
    },
    /// They are all here.
    Ready(Installed),
    /// A file is gone, or no longer what it was when it was added; with what to do.
    Broken(String),
}

/// Weights that are here.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// The manifest that names them: the scorer's own, or the one whose weights it borrows.
    pub owner: Arc<Manifest>,
    /// Position of the variant among the owner's weights.
    pub index: usize,
    /// Parameters of its architecture: the variant's, and over them those of the scorer that
    /// borrows it.
    pub parameters: toml::Table,
    /// The files, in the order of the variant's, then shards that only their index names; a text
    /// tower's may be missing.
    pub files: Vec<InstalledFile>,
}

/// A weight file that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledFile {
    /// Its name in the manifest.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Whether Bandpass put it there, and a removal deletes it.
    pub ours: bool,
}

impl InstalledFile {
    fn of(record: &Record) -> Self {
        Self {
            name: record.name.clone(),
            path: record.path.clone(),
            sha256: record.sha256.clone(),
            bytes: record.bytes,
            ours: record.ours,
        }
    }
}

impl Installed {
    /// The variant that is in use.
    pub fn variant(&self) -> &Variant {
        &self.owner.weights[self.index]
    }

    /// The file with the network: the variant's first.
    pub fn network(&self) -> &Path {
        &self.files[0].path
    }

    /// Whether the network's tensors lie in several files that an index names.
    pub fn is_set(&self) -> bool {
        Index::is_name(&self.files[0].name)
    }

    /// Names and places of the network's tensors, in one file or in several.
    pub fn checkpoint(&self) -> Result<Checkpoint, Problem> {
        if !self.is_set() {
            return opened::open(self.network());
        }
        opened::open_set(self.network(), |name| {
            let noted = self.files.iter().find(|file| file.name == name);
            noted.map_or_else(
                || self.network().with_file_name(name),
                |file| file.path.clone(),
            )
        })
    }

    /// The text tower and its file, where the variant has one and the file is here.
    pub fn text(&self) -> Option<(&TextTower, &Path)> {
        let tower = self.variant().text.as_ref()?;
        let name = text_file(self.variant())?;
        let file = self.files.iter().find(|file| file.name == *name)?;
        Some((tower, &file.path))
    }
}

impl Models {
    /// Whether the weights of a scorer are there; asks the disk for size and time of each file.
    pub fn state(&self, key: &str) -> State {
        let Some(manifest) = self.find(key) else {
            let (bytes, obtainable) = (None, false);
            return State::Missing { bytes, obtainable };
        };
        let owner = self.weights_owner(manifest);
        let Some(owner) = self.find(&owner.key) else {
            let (bytes, obtainable) = (None, false);
            return State::Missing { bytes, obtainable };
        };
        let network = references::network_of(manifest, &self.manifests);
        let will_do = |entry: &Entry| {
            let variant = owner.weights.iter().find(|v| v.name == entry.variant);
            variant.is_some_and(|v| is_complete(v, entry) && !builds_otherwise(network, v))
        };
        match self.ledger.current(&owner.key, will_do) {
            Some(entry) => self.entry_state(manifest, owner, entry),
            None => self.missing(owner),
        }
    }

    /// The weights of a scorer; the problem says what to do to have them.
    pub fn installed(&self, key: &str) -> Result<Installed, Problem> {
        let manifest = self.manifest(key)?;
        let owner = self.weights_owner(manifest);
        let what = format!("{key} can't be used");
        match self.state(key) {
            State::Ready(installed) => Ok(installed),
            State::Broken(why) => Err(Problem::environment(what, why)),
            State::Partial { .. } => Err(Problem::environment(what, "its weights are incomplete")
                .hint(format!("bandpass models pull {}", owner.key))),
            State::Missing { obtainable, .. } => {
                let (key, first) = (&owner.key, "its weights are not on this machine");
                let hint = if obtainable {
                    format!("bandpass models pull {key}, or bandpass models add FILE")
                } else {
                    format!("bandpass models add FILE; its authors: {}", owner.origin)
                };
                Err(Problem::environment(what, first).hint(hint))
            }
        }
    }

    fn entry_state(&self, manifest: &Manifest, owner: &Arc<Manifest>, entry: &Entry) -> State {
        let named = |variant: &Variant| variant.name == entry.variant;
        let Some(index) = owner.weights.iter().position(named) else {
            return self.missing(owner);
        };
        let variant = &owner.weights[index];
        let mut records = Vec::new();
        for wanted in &variant.files {
            if let Some(record) = entry.files.iter().find(|r| r.name == wanted.name) {
                records.push(record);
                continue;
            }
            let with_text = manifest.prompts.is_some();
            if with_text || text_only(variant).is_none_or(|name| *name != wanted.name) {
                let have = entry.files.iter().map(|r| r.bytes).sum();
                let bytes = total(variant);
                return State::Partial { have, bytes };
            }
        }
        records.extend(shards_beside(variant, entry));
        if let Some(fault) = records.iter().find_map(|record| record.fault()) {
            let key = &owner.key;
            return State::Broken(format!("{fault} (bandpass models add FILE --as {key})"));
        }
        let files = records.into_iter().map(InstalledFile::of).collect();
        let network = references::network_of(manifest, &self.manifests);
        if builds_otherwise(network, variant) {
            let (key, name) = (&owner.key, &variant.name);
            return State::Broken(format!(
                "{} builds its network otherwise, and {name} of {key} is a finished graph \
                 (bandpass models pull {key} --variant NAME of a checkpoint)",
                network.key
            ));
        }
        let mut parameters = variant.parameters.clone();
        parameters.extend(network.parameters.clone());
        let owner = Arc::clone(owner);
        State::Ready(Installed {
            owner,
            index,
            parameters,
            files,
        })
    }

    fn missing(&self, owner: &Manifest) -> State {
        let bytes = owner.weights.first().and_then(total);
        for variant in &owner.weights {
            let have = half_loads(&self.variant_folder(&owner.key, &variant.name));
            if have > 0 {
                let bytes = total(variant);
                return State::Partial { have, bytes };
            }
        }
        let obtainable = owner.weights.iter().any(is_obtainable);
        State::Missing { bytes, obtainable }
    }
}

/// Files of an index that the manifest doesn't name.
fn shards_beside<'a>(variant: &Variant, entry: &'a Entry) -> impl Iterator<Item = &'a Record> {
    let first = variant.files.first();
    let set = first.is_some_and(|file| Index::is_name(&file.name));
    let stated: Vec<String> = variant.files.iter().map(|f| f.name.clone()).collect();
    let beside = move |record: &&Record| set && !stated.contains(&record.name);
    entry.files.iter().filter(beside)
}

/// Whether every file of a variant has a source.
pub(super) fn is_obtainable(variant: &Variant) -> bool {
    variant.files.iter().all(|file| !file.sources.is_empty())
}

/// Whether all files are noted that pictures need.
fn is_complete(variant: &Variant, entry: &Entry) -> bool {
    let needed = |file: &&WeightFile| text_only(variant) != Some(&file.name);
    let noted = |file: &WeightFile| entry.files.iter().any(|r| r.name == file.name);
    variant.files.iter().filter(needed).all(noted)
}

/// Whether a scorer builds its network otherwise than a finished graph is.
fn builds_otherwise(network: &Manifest, variant: &Variant) -> bool {
    variant.architecture.is_none() && !network.parameters.is_empty()
}

/// Size of all files of a variant in bytes, where all are known.
pub(super) fn total(variant: &Variant) -> Option<u64> {
    variant.files.iter().map(|file| file.bytes).sum()
}

/// Name of the file that holds the text tower.
fn text_file(variant: &Variant) -> Option<&String> {
    let tower = variant.text.as_ref()?;
    let first = variant.files.first().map(|file: &WeightFile| &file.name);
    tower.file.as_ref().or(first)
}

/// Name of a file that holds the text tower and nothing else: pictures can be scored without it.
pub(super) fn text_only(variant: &Variant) -> Option<&String> {
    let first = variant.files.first().map(|file| &file.name);
    text_file(variant).filter(|name| Some(*name) != first)
}

/// Bytes of the half downloads in a folder.
fn half_loads(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let parts = entries.flatten().filter(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|ending| ending == "part")
    });
    parts
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}
