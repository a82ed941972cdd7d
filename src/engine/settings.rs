//! The settings file: read with tolerance, written through a rename.

use std::path::Path;

use serde::Serialize;

use crate::base::Problem;
use crate::domain::settings::Settings;

use super::whole;

/// Reads the settings. A missing file gives the defaults; a broken one the defaults and a warning.
pub(super) fn load(file: &Path) -> (Settings, Option<String>) {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Default::default(),
        Err(error) => {
            let warning = format!("settings not read, using the defaults: {error}");
            return (Settings::default(), Some(warning));
        }
    };
    match toml::from_str(&text) {
        Ok(settings) => (settings, None),
        Err(error) => {
            let why = error.message().to_owned();
            let warning = format!(
                "settings not understood, using the defaults: {why}: {}",
                file.display()
            );
            (Settings::default(), Some(warning))
        }
    }
}

/// Writes the settings.
pub(super) fn save(file: &Path, settings: &Settings) -> Result<(), Problem> {
    write_toml(file, settings)
        .map_err(|error| Problem::environment("can't save the settings", error).at(file))
}

/// Writes a value as TOML.
pub(super) fn write_toml(file: &Path, value: &impl Serialize) -> std::io::Result<()> {
    let text = toml::to_string_pretty(value).map_err(std::io::Error::other)?;
    whole::replace(file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_read_and_broken_files_warn() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/settings.toml");
        assert_eq!(load(&file), (Settings::default(), None));
        let odd = crate::base::paths::from_bytes(b"/odd \xff name").into();
        let changed = Settings {
            thumb_size: 99.0,
            last_roots: vec!["/\u{7d75}".into(), odd],
            ..Settings::default()
        };
        save(&file, &changed).unwrap();
        assert_eq!(load(&file), (changed, None));
        std::fs::write(&file, "thumb_size = \"big\"").unwrap();
        let (settings, warning) = load(&file);
        assert_eq!(settings, Settings::default());
        assert!(warning.unwrap().contains("not understood"));
    }
}
