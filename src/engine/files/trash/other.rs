//! Finding and restoring where the trash is not freedesktop's.

use std::path::Path;

use super::{FileError, not_found};
use crate::domain::image::Stamp;

#[cfg(target_os = "windows")]
pub(super) fn find(original: &Path, _stamp: Stamp) -> Option<String> {
    item(|item| item.original_path() == original).map(|item| item.id.to_string_lossy().into_owned())
}

#[cfg(target_os = "windows")]
pub(super) fn restore(detail: &str, original: &Path, _stamp: Stamp) -> Result<(), FileError> {
    let found = item(|item| {
        item.original_path() == original
            && (detail.is_empty() || item.id.to_string_lossy() == detail)
    });
    let found = found.ok_or_else(not_found)?;
    match ::trash::os_limited::restore_all([found]) {
        Err(::trash::Error::RestoreCollision { .. }) => Err(FileError::Taken),
        other => other.map_err(|error| super::refused(&error)),
    }
}

/// The newest item of the recycle bin that fits.
#[cfg(target_os = "windows")]
fn item(fits: impl Fn(&::trash::TrashItem) -> bool) -> Option<::trash::TrashItem> {
    let all = ::trash::os_limited::list().ok()?;
    all.into_iter()
        .filter(|item| fits(item))
        .max_by_key(|item| item.time_deleted)
}

#[cfg(not(target_os = "windows"))]
pub(super) fn find(_original: &Path, _stamp: Stamp) -> Option<String> {
    None
}

#[cfg(not(target_os = "windows"))]
pub(super) fn restore(_detail: &str, _original: &Path, _stamp: Stamp) -> Result<(), FileError> {
    not_found();
    Err(FileError::Trash(
        "this system lets only its file manager bring files back from the trash".to_owned(),
    ))
}
