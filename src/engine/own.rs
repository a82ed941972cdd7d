//! Networks of the user's own: from a file and a few answers to a scorer.
//!
//! Must not know: what is in files of weights.

use std::path::{Path, PathBuf};

use crate::base::Problem;

use super::core::Core;
use super::job::Job;
use super::models::{AddOptions, Added, ModelDraft, NewManifest, OwnModel, look};

impl Core {
    /// Looks at the file of a network that no manifest knows, or at a checkpoint's folder.
    ///
    /// The draft is right as it stands, but for what [`ModelDraft::open`] names.
    pub fn look_at_model(&self, path: &Path) -> Result<ModelDraft, Problem> {
        let mut draft = look(path)?;
        let key = &mut draft.own.answers.key;
        if key.is_empty() {
            "own".clone_into(key);
        }
        *key = self.free_key(key);
        Ok(draft)
    }

    /// Makes a scorer: writes `<config>/models/KEY.toml`, where none may be yet, and uses the
    /// weights where they lie.
    ///
    /// Where the weights can't be used the manifest goes again.
    pub fn add_own(&self, own: &OwnModel, job: &Job) -> Result<Added, Problem> {
        let key = own.manifest()?.key;
        let models = self.shelf().models.clone();
        if models.manifest(&key).is_ok() {
            let what = format!("there is a scorer '{key}' already");
            return Err(Problem::usage(what, "").hint("choose another key"));
        }
        let text = own.answers.manifest(&[]);
        models.check(&key, &text)?;
        let file = NewManifest::write(&self.manifest_file(&key), &text)?;
        let options = AddOptions {
            as_key: Some(key),
            ..AddOptions::default()
        };
        match self.add_model(&own.file, &options, job) {
            Ok(added) => {
                file.keep();
                Ok(added)
            }
            Err(problem) => {
                drop(file);
                self.refresh_scorers()?;
                Err(problem)
            }
        }
    }

    /// The key itself, or with a number behind it, so that no scorer has it.
    fn free_key(&self, key: &str) -> String {
        let shelf = self.shelf();
        let taken = |key: &String| {
            shelf.registry.get(key).is_some()
                || shelf.models.manifest(key).is_ok()
                || shelf.registry.of_column(key).is_some()
                || self.manifest_file(key).exists()
        };
        let numbered = |n: usize| match n {
            1 => key.to_owned(),
            n => format!("{key}_{n}"),
        };
        let mut free = (1..).map(numbered).filter(|key| !taken(key));
        free.next().unwrap_or_default()
    }

    /// Where the manifest of a scorer of the user's own lies.
    pub fn manifest_file(&self, key: &str) -> PathBuf {
        let folder = self.places().config.join("models");
        folder.join(format!("{key}.toml"))
    }
}
