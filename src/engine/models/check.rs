//! Looking a manifest over before it is used: `bandpass models check FILE.toml`.
//!
//! Must not know: downloads.

use std::sync::Arc;

use super::contents::{self, Contents};
use super::{Models, State, references};
use crate::base::Problem;
use crate::zoo::manifest::Manifest;

/// A manifest that is sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The manifest.
    pub manifest: Arc<Manifest>,
    /// Whether the installed weights were looked at, too: they fit.
    pub weights: bool,
}

impl Models {
    /// Checks a manifest: its text, what it builds on, and the weights if they are installed.
    ///
    /// `name` is the file's name without ending. A manifest of the same key is taken as replaced.
    /// The problem is the first fault and names the field, the scorer or the tensor.
    pub fn check(&self, name: &str, text: &str) -> Result<Checked, Problem> {
        let faulty = |why: &dyn std::fmt::Display| {
            Problem::usage("the manifest is not right", why.to_string().trim_end())
                .hint("docs/manifest.md shows every field")
        };
        let manifest = Manifest::parse(text).map_err(|error| faulty(&error))?;
        if manifest.key != name {
            return Err(faulty(&format!(
                "its key is '{}' and its file is '{name}.toml': they must be the same",
                manifest.key
            )));
        }
        let manifest = Arc::new(manifest);
        let mut all = self.manifests.clone();
        all.retain(|known| known.key != manifest.key);
        all.push(Arc::clone(&manifest));
        if let Some(fault) = references::fault(&manifest, &all) {
            return Err(faulty(&fault));
        }
        let trial = Self {
            manifests: all,
            ..self.clone()
        };
        let weights = trial.weights_fit(&manifest).map_err(|why| faulty(&why))?;
        Ok(Checked { manifest, weights })
    }

    /// Whether the installed weights were looked at; the error is what doesn't fit.
    fn weights_fit(&self, manifest: &Manifest) -> Result<bool, String> {
        let State::Ready(installed) = self.state(&manifest.key) else {
            return Ok(false);
        };
        let variant = installed.variant();
        if variant.architecture.is_none() {
            return Ok(false);
        }
        if installed.is_set() {
            let checkpoint = installed.checkpoint();
            let checkpoint = checkpoint.map_err(|problem| problem.to_string())?;
            return contents::fit(manifest, variant, &checkpoint, &self.manifests).map(|()| true);
        }
        match contents::look(installed.network()) {
            Contents::Checkpoint(checkpoint) => {
                contents::fit(manifest, variant, &checkpoint, &self.manifests).map(|()| true)
            }
            Contents::Onnx => {
                Err("an `architecture` is given, and the file is an ONNX graph".to_owned())
            }
            Contents::Other(why) => Err(why),
        }
    }
}
