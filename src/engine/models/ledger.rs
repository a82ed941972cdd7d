//! Which weight files are in use: `<data>/models/installed.json`.
//!
//! Must not know: manifests, downloads.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::base::Problem;
use crate::domain::saved_path;
use crate::engine::whole;

const FORMAT: u32 = 1;

/// All weight files that are known, the most recently added last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    format: u32,
    /// One per scorer and variant; of several for one scorer the last complete one is in use.
    pub entries: Vec<Entry>,
    /// Files of ours that others took the place of; they lie there until their scorer is removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left: Vec<Entry>,
}

/// The files of one variant of one scorer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Key of the scorer.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Its files that are there.
    pub files: Vec<Record>,
}

/// One file as it was when it was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Its name in the manifest.
    pub name: String,
    /// Where it lies.
    #[serde(with = "saved_path")]
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// Time of its last change, in nanoseconds since 1970.
    pub modified: u64,
    /// SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// Whether Bandpass put it there, and may delete it.
    pub ours: bool,
}

impl Ledger {
    /// Reads the ledger; a missing one is empty, a broken one is empty with a notice.
    pub(super) fn load(file: &Path) -> (Self, Option<String>) {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Default::default();
            }
            Err(error) => return (Self::default(), Some(unread(file, &error))),
        };
        match serde_json::from_str::<Self>(&text) {
            Ok(ledger) if ledger.format == FORMAT => (ledger, None),
            Ok(_) => (Self::default(), Some(unread(file, &"another format"))),
            Err(error) => (Self::default(), Some(unread(file, &error))),
        }
    }

    /// Writes the ledger. An old one that can't be read stays, with `.bad` behind its name.
    pub(super) fn save(&mut self, file: &Path) -> Result<(), Problem> {
        self.format = FORMAT;
        let unread = Self::load(file).1.is_some();
        let kept = if unread { keep(file) } else { Ok(()) };
        kept.and_then(|()| self.write(file)).map_err(|error| {
            Problem::environment("can't note which models there are", error).at(file)
        })
    }

    fn write(&self, file: &Path) -> std::io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        whole::replace(file, &text)
    }

    /// The entry in use for a scorer: the newest that will do, the newest of all if none does.
    pub(super) fn current(&self, key: &str, will_do: impl Fn(&Entry) -> bool) -> Option<&Entry> {
        let newest = || self.entries.iter().rev().filter(|entry| entry.key == key);
        newest()
            .find(|entry| will_do(entry))
            .or_else(|| newest().next())
    }

    /// Whether a file is noted as one that the user brought.
    pub(super) fn is_users(&self, path: &Path) -> bool {
        let mut files = self.entries.iter().flat_map(|entry| &entry.files);
        files.any(|record| !record.ours && record.path == path)
    }

    /// The entry of a scorer's variant.
    pub(super) fn entry(&self, key: &str, variant: &str) -> Option<&Entry> {
        let wanted = |entry: &&Entry| entry.key == key && entry.variant == variant;
        self.entries.iter().find(wanted)
    }

    /// Puts a variant into use with these files; those it had under other names stay.
    pub(super) fn put(&mut self, key: &str, variant: &str, files: Vec<Record>) {
        let at = |e: &Entry| e.key == key && e.variant == variant;
        let known = self.entries.iter().position(at);
        let mut entry = known.map(|i| self.entries.remove(i)).unwrap_or(Entry {
            key: key.to_owned(),
            variant: variant.to_owned(),
            files: Vec::new(),
        });
        let replaced = |old: &mut Record| files.iter().any(|new| new.name == old.name);
        let replaced: Vec<Record> = entry.files.extract_if(.., replaced).collect();
        entry.files.extend(files);
        self.entries.push(entry);
        self.leave(key, variant, replaced);
    }

    /// Takes a variant out of use.
    pub(super) fn forget(&mut self, key: &str, variant: &str) {
        let at = |e: &Entry| e.key == key && e.variant == variant;
        if let Some(at) = self.entries.iter().position(at) {
            let files = self.entries.remove(at).files;
            self.leave(key, variant, files);
        }
    }

    /// Notes those of ours among files out of use, each once and none that is in use.
    fn leave(&mut self, key: &str, variant: &str, mut files: Vec<Record>) {
        files.retain(|record| record.ours);
        self.left.push(Entry {
            key: key.to_owned(),
            variant: variant.to_owned(),
            files,
        });
        let in_use = self.entries.iter().flat_map(|entry| &entry.files);
        let mut known: HashSet<PathBuf> = in_use.map(|record| record.path.clone()).collect();
        for entry in &mut self.left {
            let is_new = |record: &Record| known.insert(record.path.clone());
            entry.files.retain(is_new);
        }
        self.left.retain(|entry| !entry.files.is_empty());
    }

    /// Takes out all variants of a scorer, and what of ours is left of earlier ones.
    pub(super) fn take(&mut self, key: &str) -> Vec<Entry> {
        let of_key = |entry: &mut Entry| entry.key == key;
        let in_use = self.entries.extract_if(.., of_key);
        in_use.chain(self.left.extract_if(.., of_key)).collect()
    }
}

impl Record {
    /// Notes a file as it is now.
    pub(super) fn of(name: &str, path: &Path, sha256: String, ours: bool) -> std::io::Result<Self> {
        let (bytes, modified) = stamp(path)?;
        Ok(Self {
            name: name.to_owned(),
            path: path.to_path_buf(),
            bytes,
            modified,
            sha256,
            ours,
        })
    }

    /// Why the file can't be relied on any more; none if it is as it was.
    pub(super) fn fault(&self) -> Option<String> {
        let path = self.path.display();
        match stamp(&self.path) {
            Ok(now) if now == (self.bytes, self.modified) => None,
            Ok(_) => Some(format!("the file has changed since it was added: {path}")),
            Err(error) => Some(format!("the file can't be read any more: {error}: {path}")),
        }
    }
}

/// Size in bytes and time of the last change in nanoseconds since 1970.
fn stamp(path: &Path) -> std::io::Result<(u64, u64)> {
    let data = std::fs::metadata(path)?;
    if !data.is_file() {
        return Err(std::io::Error::other("it is no file"));
    }
    let modified = data.modified()?.duration_since(UNIX_EPOCH);
    Ok((
        data.len(),
        modified.map_or(0, |time| time.as_nanos() as u64),
    ))
}

/// Gives a ledger that can't be read another name.
fn keep(file: &Path) -> std::io::Result<()> {
    let mut bad = file.as_os_str().to_owned();
    bad.push(".bad");
    std::fs::rename(file, bad)
}

fn unread(file: &Path, why: &dyn std::fmt::Display) -> String {
    format!(
        "can't read which models are installed, so they must be added again: {why}: {}",
        file.display()
    )
}
