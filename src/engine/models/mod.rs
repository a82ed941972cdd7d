//! Model files: which scorers there are as data, which of their weights are on this machine, and
//! how to get the others.
//!
//! Everything blocks. A user's own file is used where it lies and never moved, changed or deleted;
//! what Bandpass downloads lies below `<data>/models/`.
//!
//! Must not know: threads of the engine, runtimes, pictures, databases.

mod add;
mod archive;
mod builtin;
mod check;
pub(crate) mod choices;
mod collection;
mod contents;
pub(super) mod digest;
mod fetch;
mod http;
mod hub;
mod ledger;
mod map;
mod opened;
mod pull;
mod references;
mod remove;
mod set;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod unknown;
mod wheel;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Problem;
use crate::zoo::manifest::{Manifest, Variant};
use crate::zoo::{Registry, UnknownScorer};
use ledger::Ledger;

pub use crate::engine::pip::Pip;
pub use add::{AddOptions, Added, Recognition};
pub use builtin::BUILT_IN;
pub use check::Checked;
pub use hub::Hub;
pub use map::map;
pub(crate) use opened::open;
pub use pull::{PullOptions, Pulled};
pub use state::{Installed, InstalledFile, State};
pub use table::models_table;
pub use unknown::{ModelDraft, NewManifest, OutputDraft, OwnModel, Question, look};

/// What front ends ask about networks of the user's own.
pub use crate::zoo::draft::{Answers, Read, clean_labels};
pub use crate::zoo::preprocess::{Alpha, Channels, Fit, Preprocess, Resampler, Values};

/// All manifests, and the weight files that are there for them.
#[derive(Debug, Clone)]
pub struct Models {
    manifests: Vec<Arc<Manifest>>,
    folder: PathBuf,
    ledger: Ledger,
}

impl Models {
    /// Reads the manifests that come with Bandpass ([`BUILT_IN`]), the user's own
    /// (`<config_dir>/models/*.toml`), what the user chose of their settings
    /// (`<config_dir>/settings/*.toml`), and what is installed (`<data_dir>/models/`).
    ///
    /// The texts are notices for the user: each manifest that is left out, with file and reason.
    pub fn open(
        builtin: &[(&str, &str)],
        config_dir: &Path,
        data_dir: &Path,
    ) -> (Self, Vec<String>) {
        let (manifests, mut notices) = collection::load(builtin, config_dir);
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
        let mut parts = self.weight_parts(manifest);
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

    /// SHA-256 of the weights in use, else of those that a pull would take, and how a network is
    /// made of them. A text tower's own file counts for prompts alone.
    fn weight_parts(&self, manifest: &Manifest) -> Vec<String> {
        let seen = |variant: &Variant, name: &String| {
            manifest.prompts.is_some() || state::text_only(variant) != Some(name)
        };
        if let State::Ready(installed) = self.state(&manifest.key) {
            let variant = installed.variant();
            let files = installed.files.iter();
            let files = files.filter(|file| seen(variant, &file.name));
            let mut parts: Vec<String> = files.map(|file| file.sha256.clone()).collect();
            parts.push(construction(variant, &installed.parameters));
            return parts;
        }
        let weights = &self.weights_owner(manifest).weights;
        let pulled = weights.iter().find(|v| state::is_obtainable(v));
        let Some(variant) = pulled.or(weights.first()) else {
            return Vec::new();
        };
        let files = variant
            .files
            .iter()
            .filter(|file| seen(variant, &file.name));
        let mut parts: Vec<String> = files.filter_map(|file| file.sha256.clone()).collect();
        let mut parameters = variant.parameters.clone();
        let network = references::network_of(manifest, &self.manifests);
        parameters.extend(network.parameters.clone());
        parts.push(construction(variant, &parameters));
        parts
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

    /// Refuses to put a file where one lies that the user brought.
    fn demand_free(&self, path: &Path) -> Result<(), Problem> {
        if self.ledger.is_users(path) && path.exists() {
            let what = "a file that you added lies where this one belongs";
            return Err(Problem::usage(what, "it is yours and stays as it is")
                .hint("move it elsewhere and add it from there")
                .at(path));
        }
        Ok(())
    }

    /// Where Bandpass keeps the files that it has got itself for a variant.
    fn variant_folder(&self, key: &str, variant: &str) -> PathBuf {
        self.folder.join(key).join(variant)
    }
}

/// How a network is made of a variant's files, in words that differ whenever it does.
fn construction(variant: &Variant, parameters: &toml::Table) -> String {
    let text = |word: &Option<String>| word.clone().unwrap_or_default();
    let words = [
        text(&variant.architecture),
        parameters.to_string(),
        text(&variant.input),
        variant.output_names().join(","),
    ];
    words.join("\n")
}
