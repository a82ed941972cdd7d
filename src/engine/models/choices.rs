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

/// The manifest with what the user chose. Choices that can't be used are told of, and the defaults
/// hold.
pub(super) fn apply(
    manifest: Arc<Manifest>,
    config: &Path,
    notices: &mut Vec<String>,
) -> Arc<Manifest> {
    let file = file(config, &manifest.key);
    let adjusted = match read(&file) {
        Ok(chosen) if chosen.is_empty() => return manifest,
        Ok(chosen) => manifest
            .adjusted(&chosen)
            .map_err(|error| error.to_string()),
        Err(why) => Err(why),
    };
    match adjusted {
        Ok(adjusted) => Arc::new(adjusted),
        Err(why) => {
            let (key, why) = (&manifest.key, why.trim_end());
            let told = format!("the settings of {key} are left at their defaults: {why}");
            notices.push(format!("{told}: {}", file.display()));
            manifest
        }
    }
}

/// What a file holds; nothing where there is none.
fn read(file: &Path) -> Result<Chosen, String> {
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Chosen::new()),
        other => other.map_err(|error| error.to_string())?,
    };
    let table: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let values = table.into_iter();
    Ok(values
        .map(|(name, value)| (name, text_of(&value)))
        .collect())
}
