//! Finding the ONNX Runtime library and telling, before it is loaded, why it wouldn't do.
//!
//! A library that is cut short kills the process when it is loaded, so its file is read first.
//!
//! Must not know: sessions, networks, downloads.

mod find;
mod header;
mod python;

use std::path::{Path, PathBuf};

pub use find::{Candidate, Origin, find};
pub use header::inspect;
pub(super) use python::nvidia_folders;

/// The oldest ONNX Runtime that can be used, as the minor version of 1.x.
pub const OLDEST: u32 = 24;

/// Names of the library on this platform begin and end like this.
pub(super) const LIBRARY_NAME: &str = if cfg!(windows) {
    "onnxruntime.dll"
} else if cfg!(target_os = "macos") {
    "libonnxruntime.dylib"
} else {
    "libonnxruntime.so"
};

/// Why a library can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    /// No library was found at any place.
    #[error("no ONNX Runtime is installed")]
    NoneFound,
    /// There is no such file.
    #[error("there is no file {path}", path = .0.display())]
    Missing(PathBuf),
    /// The file can't be read.
    #[error("can't read {path}: {why}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The file is no library of this platform.
    #[error("{path} is no library for {platform}: {why}", path = path.display())]
    NotALibrary {
        /// The file.
        path: PathBuf,
        /// This platform.
        platform: &'static str,
        /// What it is instead.
        why: String,
    },
    /// The file ends before the library does.
    #[error("{path} is cut short: {has} of {needed} bytes", path = path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes in the file.
        has: u64,
        /// Bytes that its header speaks of.
        needed: u64,
    },
    /// A library, but not ONNX Runtime.
    #[error("{path} is not ONNX Runtime", path = .0.display())]
    NotOnnxRuntime(PathBuf),
    /// Older than [`OLDEST`].
    #[error("{path} is ONNX Runtime {version}; 1.{OLDEST} or newer is needed", path = path.display())]
    TooOld {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: String,
    },
    /// The system refused to load it, or it refused to start.
    #[error("can't load {path}: {why}", path = path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Another library is in use; a process can have one only.
    #[error("{loaded} is in use already", loaded = .0.display())]
    InUse(PathBuf),
}

impl LibraryError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InUse(_) => "restart Bandpass to change it",
            Self::Truncated { .. } => "install it again: `bandpass runtime install`",
            _ => "`bandpass runtime install`, or `bandpass runtime use PATH`",
        }
    }
}

/// What a library's file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryInfo {
    /// Its version, e.g. "1.31.1"; "1.x" where the file doesn't tell.
    pub version: String,
}

/// Whether a file's name is that of the library itself, versioned or not, and not of one of its
/// providers.
fn is_library_name(name: &str) -> bool {
    if cfg!(windows) {
        name.eq_ignore_ascii_case(LIBRARY_NAME)
    } else if cfg!(target_os = "macos") {
        let inner = name.strip_prefix("libonnxruntime.");
        inner.is_some_and(|rest| rest.rsplit('.').next() == Some("dylib"))
    } else {
        name.strip_prefix(LIBRARY_NAME)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// The library in a folder: the one with the longest name, which is the one that isn't a link.
pub(super) fn in_folder(folder: &Path) -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(is_library_name) && path.is_file()
        })
        .collect();
    found.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
    found.pop()
}
