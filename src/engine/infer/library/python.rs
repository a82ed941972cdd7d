//! ONNX Runtimes inside of Python's package folders, found by where those usually are.
//!
//! Must not know: how libraries are loaded. Runs no Python.

use std::env;
use std::path::{Path, PathBuf};

use super::in_folder;

/// The libraries of all `onnxruntime` packages: the active environment's first, then those of the
/// Pythons on PATH, the user's own, and the system's.
pub(super) fn libraries() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in package_folders() {
        let library = in_folder(&folder.join("onnxruntime").join("capi"));
        found.extend(library.filter(|library| !found.contains(library)));
    }
    found
}

/// The folders of CUDA's and cuDNN's libraries, where packages hold them.
pub(in crate::engine::infer) fn nvidia_folders() -> (Option<PathBuf>, Option<PathBuf>) {
    let below = if cfg!(windows) { "bin" } else { "lib" };
    let first = |name: &str| {
        let folders = package_folders().into_iter();
        let mut folders = folders.map(|folder| folder.join("nvidia").join(name).join(below));
        folders.find(|folder| folder.is_dir())
    };
    (first("cu13"), first("cudnn"))
}

/// Folders that packages are in. Most of them don't exist.
fn package_folders() -> Vec<PathBuf> {
    let mut prefixes: Vec<PathBuf> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .iter()
        .filter_map(env::var_os)
        .map(PathBuf::from)
        .collect();
    let path = env::var_os("PATH").unwrap_or_default();
    prefixes.extend(env::split_paths(&path).flat_map(|folder| prefixes_of(&folder)));
    let home = env::home_dir().unwrap_or_default();
    if let Ok(versions) = std::fs::read_dir(home.join(".pyenv/versions")) {
        prefixes.extend(versions.filter_map(|entry| Some(entry.ok()?.path())));
    }
    let own = [".local", "miniconda3", "anaconda3", "miniforge3"];
    prefixes.extend(own.iter().map(|name| home.join(name)));
    let system = ["/usr/local", "/usr", "/opt/homebrew", "/opt/conda"];
    prefixes.extend(system.iter().map(PathBuf::from));
    let mut folders: Vec<PathBuf> = prefixes.iter().flat_map(|p| below_prefix(p)).collect();
    folders.extend(user_folders(&home));
    folders
}

/// The prefixes of the Pythons in a folder of PATH: as they are called, and where links lead.
fn prefixes_of(folder: &Path) -> Vec<PathBuf> {
    let names: &[&str] = if cfg!(windows) {
        &["python.exe"]
    } else {
        &["python3", "python"]
    };
    let pythons = names.iter().map(|name| folder.join(name));
    let mut prefixes = Vec::new();
    for python in pythons.filter(|python| python.is_file()) {
        let real = python.canonicalize().unwrap_or_else(|_| python.clone());
        for python in [python, real] {
            let prefix = if cfg!(windows) {
                python.parent()
            } else {
                python.parent().and_then(Path::parent)
            };
            prefixes.extend(prefix.map(Path::to_path_buf));
        }
    }
    prefixes
}

/// Package folders below a prefix: `lib/python3.X/site-packages`, Debian's `dist-packages`, Windows'
/// `Lib\site-packages`.
fn below_prefix(prefix: &Path) -> Vec<PathBuf> {
    if cfg!(windows) {
        return vec![
            prefix.join("Lib").join("site-packages"),
            prefix.join("..").join("Lib").join("site-packages"),
        ];
    }
    let lib = prefix.join("lib");
    versions_in(&lib)
        .into_iter()
        .flat_map(|python| [python.join("site-packages"), python.join("dist-packages")])
        .collect()
}

/// Folders called `python3…` (`Python3…`), newest first.
fn versions_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().to_ascii_lowercase());
            name.is_some_and(|name| name.starts_with("python3"))
        })
        .collect();
    found.sort_by_key(|path| std::cmp::Reverse((path.as_os_str().len(), path.clone())));
    found
}

/// Where `pip install --user` puts packages on Windows and macOS.
fn user_folders(home: &Path) -> Vec<PathBuf> {
    if cfg!(windows) {
        let roaming = env::var_os("APPDATA")
            .map(PathBuf::from)
            .unwrap_or_default();
        let versions = versions_in(&roaming.join("Python"));
        return versions.iter().map(|v| v.join("site-packages")).collect();
    }
    let Ok(versions) = std::fs::read_dir(home.join("Library/Python")) else {
        return Vec::new();
    };
    versions
        .filter_map(|entry| Some(entry.ok()?.path().join("lib/python/site-packages")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    #[cfg_attr(windows, ignore = "folders as Unix has them")]
    fn packages_are_found_below_a_prefix_and_through_links() {
        let dir = tempfile::tempdir().unwrap();
        let prefix = dir.path().join("venv");
        let packages = prefix.join("lib/python3.12/site-packages");
        let capi = packages.join("onnxruntime/capi");
        fs::create_dir_all(&capi).unwrap();
        fs::create_dir_all(prefix.join("lib/python3.9/site-packages")).unwrap();
        fs::create_dir_all(prefix.join("bin")).unwrap();
        fs::write(prefix.join("bin/python3.12"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("python3.12", prefix.join("bin/python3")).unwrap();
        assert!(prefixes_of(&prefix.join("bin")).contains(&prefix));
        let folders = below_prefix(&prefix);
        assert_eq!(folders[0], packages);
        assert_eq!(folders.len(), 4);
        assert_eq!(in_folder(&capi), None);
    }
}
