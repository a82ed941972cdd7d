//! What the user chose of scorers' settings: `<config>/settings/KEY.toml`, a line a setting.
//!
//! Must not know: what a setting does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::zoo::manifest::{Chosen, Manifest, text_of};

/// Where the choices for a scorer lie.
pub(crate) fn file(config: &Path, key: &str) -> PathBuf {
    config.join("settings").join(format!("{key}.toml"))
}

/// The choices as the file holds them.
pub(crate) fn to_text(chosen: &Chosen) -> String {
    let values = chosen.iter();
    let table: toml::Table = values
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect();
    table.to_string()
}

/// The manifest with what the user chose. A choice that can't be used is told of, and the default
/// holds for it.
pub(super) fn apply(
    manifest: Arc<Manifest>,
    config: &Path,
    notices: &mut Vec<String>,
) -> Arc<Manifest> {
    let (key, file) = (&manifest.key, file(config, &manifest.key));
    let chosen = match read(&file) {
        Ok(chosen) => chosen,
        Err(why) => {
            let told = format!("the settings of {key} are left at their defaults: {why}");
            notices.push(format!("{told}: {}", file.display()));
            return manifest;
        }
    };
    let (adjusted, faults) = usable(&manifest, &chosen);
    for why in faults {
        let told = format!("a setting of {key} is left at its default: {why}");
        notices.push(format!("{told}: {}", file.display()));
    }
    adjusted.map_or(manifest, Arc::new)
}

/// The manifest with as many of these choices as go together, if there are any, and what is wrong
/// with the others.
pub(crate) fn usable(manifest: &Manifest, chosen: &Chosen) -> (Option<Manifest>, Vec<String>) {
    let (mut best, mut kept) = (None, Chosen::new());
    let mut open: Vec<_> = chosen.iter().collect();
    loop {
        let (before, mut faults) = (open.len(), Vec::new());
        // One that doesn't go with the defaults of others may go with what was chosen for them.
        open.retain(|(name, value)| {
            let mut more = kept.clone();
            more.insert((*name).clone(), (*value).clone());
            match manifest.adjusted(&more) {
                Ok(adjusted) => (best, kept) = (Some(adjusted), more),
                Err(error) => {
                    faults.push(error.to_string());
                    return true;
                }
            }
            false
        });
        if open.is_empty() || open.len() == before {
            return (best, faults);
        }
    }
}

/// What a file holds; nothing where there is none.
pub(crate) fn read(file: &Path) -> Result<Chosen, String> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Chosen::new()),
        other => other.map_err(|error| error.to_string())?,
    };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let why = error.to_string();
        why.trim_end().to_owned()
    })?;
    let values = table.into_iter();
    Ok(values
        .map(|(name, value)| (name, text_of(&value)))
        .collect())
}
