//! The places where an ONNX Runtime may lie, best first.
//!
//! Must not know: how libraries are loaded.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{LibraryError, LibraryInfo, in_folder, inspect, python};

/// Where a candidate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The user's setting.
    Setting,
    /// `ORT_DYLIB_PATH`.
    Environment,
    /// Beside the program.
    Program,
    /// What `bandpass runtime install` put into the data folder.
    Installed,
    /// A Python package `onnxruntime`.
    Python,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Setting => "setting",
            Self::Environment => "ORT_DYLIB_PATH",
            Self::Program => "beside the program",
            Self::Installed => "installed",
            Self::Python => "Python package",
        })
    }
}

/// A library that was found, or was to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it comes from.
    pub origin: Origin,
    /// The library's file.
    pub path: PathBuf,
    /// What its file says, or why it can't be used.
    pub state: Result<LibraryInfo, LibraryError>,
}

impl Candidate {
    fn new(origin: Origin, path: &Path) -> Self {
        let path = if path.is_dir() {
            in_folder(path).unwrap_or_else(|| path.join(super::LIBRARY_NAME))
        } else {
            path.to_path_buf()
        };
        Self {
            origin,
            state: inspect(&path),
            path,
        }
    }
}

/// Every candidate, best first: the user's `setting` (a file or its folder), `ORT_DYLIB_PATH`,
/// beside the program, below `data` (newest first), Python packages.
///
/// Nothing is loaded and no program is run. The first whose state is good is the one to use.
pub fn find(setting: Option<&Path>, data: &Path) -> Vec<Candidate> {
    let environment = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    let program = std::env::current_exe()
        .ok()
        .and_then(|program| in_folder(program.parent()?));
    let mut found: Vec<Candidate> = Vec::new();
    let mut add = |origin, path: &Path| {
        let candidate = Candidate::new(origin, path);
        if found.iter().all(|other| other.path != candidate.path) {
            found.push(candidate);
        }
    };
    if let Some(path) = setting {
        add(Origin::Setting, path);
    }
    if let Some(path) = environment {
        add(Origin::Environment, Path::new(&path));
    }
    if let Some(path) = program {
        add(Origin::Program, &path);
    }
    for path in installed(data) {
        add(Origin::Installed, &path);
    }
    for path in python::libraries() {
        add(Origin::Python, &path);
    }
    found
}

/// Libraries in `<data>/onnxruntime/<version>-<flavour>/`, newest version first and flavours with a
/// graphics card before `cpu`.
fn installed(data: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(data.join("onnxruntime")) else {
        return Vec::new();
    };
    let mut folders: Vec<(bool, Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?;
            let (version, flavour) = name.split_once('-')?;
            let parts: Result<Vec<u32>, _> = version.split('.').map(str::parse).collect();
            Some((flavour != "cpu", parts.ok()?, path.clone()))
        })
        .collect();
    folders.sort_by(|a, b| b.cmp(a));
    folders
        .into_iter()
        .filter_map(|(_, _, folder)| in_folder(&folder))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn installed_versions_come_newest_first_and_half_unpacked_ones_never() {
        let data = tempfile::tempdir().unwrap();
        let base = data.path().join("onnxruntime");
        for folder in [
            "1.9.0-cpu",
            "1.31.1-cpu",
            "1.24.4-cuda",
            ".partial-1.32.0-cpu",
            "x-cpu",
        ] {
            fs::create_dir_all(base.join(folder)).unwrap();
            fs::write(base.join(folder).join(super::super::LIBRARY_NAME), "").unwrap();
        }
        fs::create_dir_all(base.join("1.40.0-cpu")).unwrap();
        let names: Vec<String> = installed(data.path())
            .iter()
            .map(|p| {
                p.parent()
                    .unwrap()
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        assert_eq!(names, ["1.24.4-cuda", "1.31.1-cpu", "1.9.0-cpu"]);
    }

    #[test]
    fn a_setting_that_is_not_there_is_named() {
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("none.so");
        let found = find(Some(&path), data.path());
        assert_eq!(found[0].origin, Origin::Setting);
        assert_eq!(found[0].state, Err(LibraryError::Missing(path)));
    }
}
