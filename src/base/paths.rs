//! Paths as bytes: names that are not UTF-8 survive the database and JSON.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The bytes of a path or name; the same file gives the same bytes on every run.
#[cfg(unix)]
pub fn to_bytes(name: impl AsRef<OsStr>) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt as _;
    name.as_ref().as_bytes().to_vec()
}

/// The name that [`to_bytes`] was given.
#[cfg(unix)]
pub fn from_bytes(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).to_os_string()
}

/// The bytes of a path or name, with unpaired surrogates replaced.
#[cfg(not(unix))]
pub fn to_bytes(name: impl AsRef<OsStr>) -> Vec<u8> {
    name.as_ref().to_string_lossy().into_owned().into_bytes()
}

/// The name that [`to_bytes`] was given, up to replaced surrogates.
#[cfg(not(unix))]
pub fn from_bytes(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// The path made absolute and free of `.` and `..`, without asking the disk.
///
/// Links are not followed, so that a dataset keeps the name its user gave it.
pub fn absolute(path: &Path) -> PathBuf {
    use std::path::Component;
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut out = PathBuf::new();
    for part in full.components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_steps_are_folded() {
        assert_eq!(absolute(Path::new("/a/b/../c/./d")), Path::new("/a/c/d"));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_not_utf8_survive() {
        let bytes = b"\xff\xfe broken \xe3\x82";
        assert_eq!(to_bytes(from_bytes(bytes)), bytes);
    }
}
