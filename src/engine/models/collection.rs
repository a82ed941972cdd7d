//! All manifests: those that come with Bandpass and the user's own.
//!
//! Must not know: weights, downloads.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{choices, references};
use crate::zoo::manifest::Manifest;

/// Reads all manifests. Each that can't be used is left out and told of; the others stay.
///
/// `builtin` are names and texts; the user's own are `<config>/models/*.toml`, and what the user
/// chose of their settings is `<config>/settings/*.toml`. All of these may be absent.
pub(super) fn load(builtin: &[(&str, &str)], config: &Path) -> (Vec<Arc<Manifest>>, Vec<String>) {
    let (mut manifests, mut notices) = (Vec::new(), Vec::new());
    for (name, text) in builtin {
        take(name, text, &mut manifests, &mut notices);
    }
    for file in user_files(&config.join("models"), &mut notices) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        match std::fs::read_to_string(&file) {
            Ok(text) => take(&name, &text, &mut manifests, &mut notices),
            Err(error) => notices.push(format!(
                "can't read a manifest: {error}: {}",
                file.display()
            )),
        }
    }
    drop_faulty(&mut manifests, &mut notices);
    let chosen = |manifest| choices::apply(manifest, config, &mut notices);
    let manifests = manifests.into_iter().map(chosen).collect();
    (manifests, notices)
}

fn take(name: &str, text: &str, manifests: &mut Vec<Arc<Manifest>>, notices: &mut Vec<String>) {
    let fault = match Manifest::parse(text) {
        Ok(manifest) if manifest.key != name => {
            format!(
                "its key is '{}': key and file name must be the same",
                manifest.key
            )
        }
        Ok(manifest) if manifests.iter().any(|m| m.key == manifest.key) => {
            "a scorer of this key comes with Bandpass: choose another key".to_owned()
        }
        Ok(manifest) => {
            manifests.push(Arc::new(manifest));
            return;
        }
        Err(error) => error.to_string(),
    };
    notices.push(format!("{name}.toml is left out: {}", fault.trim_end()));
}

/// Leaves out what builds on something that isn't there, and then what built on that.
///
/// Later ones go first: where two clash, it is the user's that goes.
fn drop_faulty(manifests: &mut Vec<Arc<Manifest>>, notices: &mut Vec<String>) {
    loop {
        let faulty = manifests
            .iter()
            .enumerate()
            .rev()
            .find_map(|(i, manifest)| references::fault(manifest, manifests).map(|why| (i, why)));
        let Some((index, why)) = faulty else {
            return;
        };
        notices.push(format!("{}.toml is left out: {why}", manifests[index].key));
        manifests.remove(index);
    }
}

fn user_files(folder: &Path, notices: &mut Vec<String>) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            notices.push(format!(
                "can't read your manifests: {error}: {}",
                folder.display()
            ));
            return Vec::new();
        }
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}
