//! The manifest of a network of the user's own, while its weights are being added.
//!
//! Must not know: what is in it.

use std::path::{Path, PathBuf};

use crate::base::Problem;
use crate::engine::whole;

/// A manifest that was written just now; it goes again unless it is kept.
#[derive(Debug)]
pub struct NewManifest(Option<PathBuf>);

impl NewManifest {
    /// Writes a file that must not be there yet.
    pub fn write(file: &Path, text: &str) -> Result<Self, Problem> {
        whole::create(file, text.as_bytes())
            .map_err(|error| Problem::environment("can't write the manifest", error).at(file))?;
        Ok(Self(Some(file.to_path_buf())))
    }

    /// The file stays.
    pub fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for NewManifest {
    fn drop(&mut self) {
        if let Some(file) = &self.0 {
            std::fs::remove_file(file).ok();
        }
    }
}
