//! Model files: which scorers there are as data, which of their weights are on this machine, and
//! how to get the others.
//!
//! Everything blocks. A user's own file is used where it lies and never moved, changed or deleted;
//! what Bandpass downloads lies below `<data>/models/`.
//!
//! Must not know: threads of the engine, runtimes, pictures, databases.

mod add;
mod builtin;
mod check;
mod collection;
mod contents;
mod digest;
mod fetch;
mod http;
mod hub;
mod ledger;
mod map;
mod pull;
mod references;
mod remove;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod wheel;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Problem;
use crate::zoo::manifest::Manifest;
use crate::zoo::{Registry, UnknownScorer};
use ledger::Ledger;

pub use add::{AddOptions, Added, Recognition};
pub use builtin::BUILT_IN;
pub use check::Checked;
pub use hub::Hub;
pub use map::map;
pub use pull::{PullOptions, Pulled};
pub use state::{Installed, InstalledFile, State};
pub use table::models_table;
pub use wheel::Pip;

/// All manifests, and the weight files that are there for them.
#[derive(Debug, Clone)]
pub struct Models {
    manifests: Vec<Arc<Manifest>>,
    folder: PathBuf,
    ledger: Ledger,
}

impl Models {
    /// Reads the manifests that come with Bandpass ([`BUILT_IN`]), the user's own
    /// (`<config_dir>/models/*.toml`), and what is installed (`<data_dir>/models/`).
    ///
    /// The texts are notices for the user: each manifest that is left out, with file and reason.
    pub fn open(
        builtin: &[(&str, &str)],
        config_dir: &Path,
        data_dir: &Path,
    ) -> (Self, Vec<String>) {
        let (manifests, mut notices) = collection::load(builtin, &config_dir.join("models"));
        let folder = data_dir.join("models");
        let (ledger, notice) = Ledger::load(&folder.join("installed.json"));
        notices.extend(notice);
        let models = Self {
            manifests,
            folder,
            ledger,
        };
        (models, notices)
    }

    /// All manifests: ours by name, then the user's by name.
    pub fn manifests(&self) -> &[Arc<Manifest>] {
        &self.manifests
    }

    /// The manifest of this key; the problem names the most similar key.
    pub fn manifest(&self, key: &str) -> Result<&Arc<Manifest>, Problem> {
        self.find(key).ok_or_else(|| {
            let keys = self.manifests.iter().map(|m| m.key.as_str());
            let unknown = UnknownScorer::among(key, keys);
            Problem::usage(unknown.to_string(), "").hint("see bandpass models list")
        })
    }

    /// What makes the scores of a scorer what they are: its manifest, its weights, and the
    /// versions of what it builds on. 16 hexadecimal digits; the same on every run.
    ///
    /// Where weights aren't installed, those that a pull would take count. Empty for an unknown key.
    pub fn version(&self, key: &str) -> String {
        let Some(manifest) = self.find(key) else {
            return String::new();
        };
        let owner = self.weights_owner(manifest);
        let mut parts = self.weight_hashes(owner);
        if owner.key != manifest.key {
            // How the lender builds its network counts as well.
            parts = vec![owner.version(parts.iter().map(String::as_str))];
        }
        parts.extend(manifest.encoders().into_iter().map(|key| self.version(key)));
        let columns = manifest.needed_columns();
        parts.extend(columns.map(|column| self.column_version(column)));
        manifest.version(parts.iter().map(String::as_str))
    }

    fn column_version(&self, column: &str) -> String {
        if let Some(scorer) = references::filled_by(column, &self.manifests) {
            return self.version(&scorer.key);
        }
        let registry = Registry::built_in();
        let mut specs = registry.specs();
        let found = specs.find(|spec| spec.columns.iter().any(|c| c.key == column));
        found.map_or_else(String::new, |spec| spec.version.clone())
    }

    /// SHA-256 of the weights in use, else of those that a pull would take.
    fn weight_hashes(&self, manifest: &Manifest) -> Vec<String> {
        if let State::Ready(installed) = self.state(&manifest.key) {
            return installed
                .files
                .into_iter()
                .map(|file| file.sha256)
                .collect();
        }
        let files = manifest.weights.first().into_iter().flat_map(|v| &v.files);
        files.filter_map(|file| file.sha256.clone()).collect()
    }

    fn find(&self, key: &str) -> Option<&Arc<Manifest>> {
        self.manifests.iter().find(|m| m.key == key)
    }

    fn weights_owner<'a>(&'a self, manifest: &'a Manifest) -> &'a Manifest {
        references::weights_owner(manifest, &self.manifests)
    }

    fn ledger_file(&self) -> PathBuf {
        self.folder.join("installed.json")
    }

    /// Where Bandpass keeps the files that it has got itself for a variant.
    fn variant_folder(&self, key: &str, variant: &str) -> PathBuf {
        self.folder.join(key).join(variant)
    }
}
