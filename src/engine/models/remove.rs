//! Forgetting weights, and deleting those that Bandpass has put there itself.
//!
//! Must not know: downloads.

use std::path::Path;

use super::Models;
use super::http::remove_if_there;
use super::ledger::{Ledger, Record};
use crate::base::Problem;

impl Models {
    /// Takes all variants of a scorer out of use; gives the bytes that were freed.
    ///
    /// Deletes what Bandpass has put into its own folder for this scorer, half downloads included.
    /// Files that the user brought stay where they are, in that folder too.
    pub fn remove(&mut self, key: &str) -> Result<u64, Problem> {
        let manifest = self.manifest(key)?;
        if let Some(owner) = &manifest.weights_of {
            let why = format!("its weights are those of {owner}");
            return Err(Problem::usage(format!("can't remove {key}"), why)
                .hint(format!("bandpass models remove {owner}")));
        }
        self.reload();
        let gone = self.ledger.take(key);
        self.ledger.save(&self.ledger_file())?;
        let folder = self.folder.join(key);
        let records = || gone.iter().flat_map(|entry| &entry.files);
        let users = |path: &Path| {
            self.ledger.is_users(path) || records().any(|r| !r.ours && r.path == path)
        };
        let ours = |path: &Path| {
            let noted = records().any(|r| r.ours && r.path == path);
            (noted || is_left_over(path)) && !users(path)
        };
        delete(&folder, &ours)
            .map_err(|error| Problem::environment("can't delete the weights", error).at(&folder))
    }

    /// Puts files of a variant into use.
    pub(super) fn note(
        &mut self,
        key: &str,
        variant: &str,
        files: Vec<Record>,
    ) -> Result<(), Problem> {
        self.reload();
        self.ledger.put(key, variant, files);
        self.ledger.save(&self.ledger_file())
    }

    /// Puts a set of files into use as all there is of a variant.
    pub(super) fn note_set(
        &mut self,
        key: &str,
        variant: &str,
        files: Vec<Record>,
    ) -> Result<(), Problem> {
        self.reload();
        self.ledger.forget(key, variant);
        self.ledger.put(key, variant, files);
        self.ledger.save(&self.ledger_file())
    }

    /// Reads again what is installed: another process may have added something.
    pub fn reload(&mut self) {
        let (ledger, notice) = Ledger::load(&self.ledger_file());
        if notice.is_none() {
            self.ledger = ledger;
        }
    }
}

/// Whether a file is what a pull leaves when it is cut.
fn is_left_over(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    ending == "part" || ending == "etag"
}

/// Deletes the files of ours below a folder, and folders that are empty then; gives their bytes.
fn delete(folder: &Path, ours: &dyn Fn(&Path) -> bool) -> std::io::Result<u64> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut freed = 0;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            freed += delete(&entry.path(), ours)?;
        } else if ours(&entry.path()) {
            freed += entry.metadata()?.len();
            remove_if_there(&entry.path())?;
        }
    }
    if std::fs::read_dir(folder)?.next().is_none() {
        std::fs::remove_dir(folder)?;
    }
    Ok(freed)
}
