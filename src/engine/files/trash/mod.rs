//! The desktop's trash. Where there is none, that is an error: nothing is ever deleted instead.

use std::path::Path;

use super::error::{FileError, plain};
use crate::domain::image::Stamp;

#[cfg(all(unix, not(target_os = "macos")))]
#[path = "freedesktop.rs"]
mod platform;
#[cfg(not(all(unix, not(target_os = "macos"))))]
#[path = "other.rs"]
mod platform;

/// A place from which files can be brought back.
pub trait Trash {
    /// Puts a file into the trash. The answer finds it again after a restart.
    fn put(&self, path: &Path) -> Result<String, FileError>;

    /// Looks for a file that was trashed from `original` with this size and time; the newest
    /// where there are several.
    fn find(&self, original: &Path, stamp: Stamp) -> Option<String>;

    /// Brings a file back; what is at `original` is never overwritten. The trashed file must
    /// still have the size and time given.
    fn restore(&self, detail: &str, original: &Path, stamp: Stamp) -> Result<(), FileError>;
}

/// The trash of the desktop: freedesktop's on Linux, the recycle bin on Windows.
///
/// On macOS files can be put there, but only Finder brings them back.
#[derive(Debug, Clone, Copy, Default)]
pub struct DesktopTrash;

impl Trash for DesktopTrash {
    fn put(&self, path: &Path) -> Result<String, FileError> {
        let stamp = super::fsops::stamp(path)?;
        ::trash::delete(path).map_err(|error| refused(&error))?;
        Ok(self.find(path, stamp).unwrap_or_default())
    }

    fn find(&self, original: &Path, stamp: Stamp) -> Option<String> {
        platform::find(original, stamp)
    }

    fn restore(&self, detail: &str, original: &Path, stamp: Stamp) -> Result<(), FileError> {
        platform::restore(detail, original, stamp)
    }
}

/// The trash's refusal in words.
fn refused(error: &::trash::Error) -> FileError {
    let why = match error {
        #[cfg(all(unix, not(target_os = "macos")))]
        ::trash::Error::FileSystem { path, source } => {
            format!("{} ({})", plain(source), path.display())
        }
        ::trash::Error::Unknown { description } | ::trash::Error::Os { description, .. } => {
            description.clone()
        }
        ::trash::Error::CouldNotAccess { target } => format!("can't access {target}"),
        other => other.to_string(),
    };
    FileError::Trash(format!(
        "the desktop's trash can't take it: {why}; nothing was deleted"
    ))
}

fn not_found() -> FileError {
    FileError::Trash("it is no longer in the trash".to_owned())
}
