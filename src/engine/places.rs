//! Which folders Bandpass keeps its own things in. Never inside a dataset.

use std::path::{Path, PathBuf};

use crate::base::{Problem, paths};

/// The program's own folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Database and backups.
    pub data: PathBuf,
    /// Thumbnails; may be deleted at any time.
    pub cache: PathBuf,
    /// Settings.
    pub config: PathBuf,
}

impl Places {
    /// Everything below `data_dir` if given, else the platform's usual folders.
    pub fn find(data_dir: Option<&Path>) -> Result<Self, Problem> {
        if let Some(dir) = data_dir {
            let dir = paths::absolute(dir);
            return Ok(Self {
                cache: dir.join("cache"),
                config: dir.clone(),
                data: dir,
            });
        }
        let dirs = directories::ProjectDirs::from("", "", "bandpass").ok_or_else(|| {
            Problem::environment(
                "can't tell where to keep the database",
                "no home folder is set",
            )
            .hint("set HOME, or pass --data-dir DIR")
        })?;
        Ok(Self {
            data: dirs.data_dir().to_path_buf(),
            cache: dirs.cache_dir().to_path_buf(),
            config: dirs.config_dir().to_path_buf(),
        })
    }

    /// The settings file.
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.toml")
    }
}
