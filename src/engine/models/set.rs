//! What a user points at to have it added: a file, an index with its shards, or a folder with one.
//!
//! Must not know: scorers, hashes.

use std::path::{Path, PathBuf};

use super::opened::{is_index, read_index};
use crate::base::{Problem, paths};
use crate::zoo::checkpoint::Index;
use crate::zoo::manifest::Variant;

/// A file, or an index and the files that it names.
#[derive(Debug)]
pub(super) struct Set {
    /// The file, or the index.
    pub main: PathBuf,
    /// Names of the shards, which lie beside the index.
    pub shards: Vec<String>,
}

impl Set {
    /// The set that a path stands for: a folder stands for the only index in it.
    pub(super) fn of(path: &Path) -> Result<Self, Problem> {
        let mut main = paths::absolute(path);
        if main.is_dir() {
            main = index_in(&main)?;
        }
        let shards = if is_index(&main) {
            read_index(&main)?.files().to_vec()
        } else {
            Vec::new()
        };
        Ok(Self { main, shards })
    }

    /// Whether a variant is published in this form: one file, or an index, whose shards are named
    /// alike where the manifest names them.
    pub(super) fn suits(&self, variant: &Variant) -> bool {
        let mut files = variant.files.iter();
        let first = files.next().is_some_and(|file| Index::is_name(&file.name));
        match (first, self.shards.is_empty()) {
            (true, false) => files.all(|file| self.shards.contains(&file.name)),
            (first, none) => first != none,
        }
    }

    /// What it is, for those who need another form.
    pub(super) fn form(&self) -> &'static str {
        if self.shards.is_empty() {
            "its weights are several files with an index, and this is one: add the index"
        } else {
            "its weights are one file, and this is an index of several"
        }
    }

    /// Where a shard lies.
    pub(super) fn shard(&self, name: &str) -> PathBuf {
        self.main.with_file_name(name)
    }
}

fn index_in(folder: &Path) -> Result<PathBuf, Problem> {
    let failed = |error| Problem::environment("can't read the folder", error).at(folder);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_index(&path) {
            found.push(path);
        }
    }
    // Of the same weights in two forms, the one that can't hold anything else.
    let is_safe = |path: &PathBuf| path.to_string_lossy().ends_with(".safetensors.index.json");
    if found.iter().any(is_safe) {
        found.retain(is_safe);
    }
    found.sort();
    let why = match found.as_slice() {
        [index] => return Ok(index.clone()),
        [] => "it has no index of a checkpoint, as model.safetensors.index.json".to_owned(),
        several => {
            let names = several.iter().filter_map(|path| path.file_name()?.to_str());
            format!("it has several: {}", names.collect::<Vec<_>>().join(", "))
        }
    };
    Err(
        Problem::usage("can't tell which file of the folder to add", why)
            .hint("name the file: bandpass models add FILE")
            .at(folder),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_stands_for_the_only_index_of_the_safest_form() {
        let folder = tempfile::tempdir().unwrap();
        let told = || index_in(folder.path()).map_err(|problem| problem.to_string());
        let put = |name: &str| std::fs::write(folder.path().join(name), "{}").unwrap();
        assert!(told().unwrap_err().contains("no index"));
        put("pytorch_model.bin.index.json");
        assert!(told().unwrap().ends_with("pytorch_model.bin.index.json"));
        put("model.safetensors.index.json");
        assert!(told().unwrap().ends_with("model.safetensors.index.json"));
        put("half.safetensors.index.json");
        let several = "half.safetensors.index.json, model.safetensors.index.json";
        assert!(told().unwrap_err().contains(several));
    }
}
