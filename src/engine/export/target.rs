//! The file that a list goes to: whole or not at all.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::error::ExportError;

/// Fills a file through `write`; it appears under its name only when it is complete and synced.
///
/// A list that is there is replaced only with `replace`; an image, never.
pub fn write_file<T, E: From<ExportError>>(
    to: &Path,
    replace: bool,
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    let mut part = prepare(to, replace)?;
    let answer = write(part.as_file_mut())?;
    keep(part, to, replace)?;
    Ok(answer)
}

fn prepare(to: &Path, replace: bool) -> Result<NamedTempFile, ExportError> {
    if has_image_ending(to) || is_picture(to)? {
        return Err(ExportError::IsImage);
    }
    let taken = to.symlink_metadata().is_ok();
    if taken && !replace {
        return Err(ExportError::Exists);
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let part = tempfile::Builder::new()
        .prefix(".bandpass-")
        .suffix(".part")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    Ok(part)
}

fn keep(part: NamedTempFile, to: &Path, replace: bool) -> Result<(), ExportError> {
    set_rights(part.as_file(), to);
    part.as_file().sync_all()?;
    let kept = if replace {
        part.persist(to)
    } else {
        part.persist_noclobber(to)
    };
    kept.map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => ExportError::Exists,
        _ => ExportError::Io(failed.error),
    })?;
    Ok(())
}

/// Those of the list that it replaces. Temporary files are for their owner only; a new list is for
/// whom other files are.
fn set_rights(part: &File, to: &Path) {
    let rights = to.metadata().map(|old| old.permissions()).ok();
    // Best effort: FAT and network shares have permissions of their own.
    if let Some(rights) = rights.or_else(usual_rights) {
        part.set_permissions(rights).ok();
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn usual_rights() -> Option<std::fs::Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn usual_rights() -> Option<std::fs::Permissions> {
    None
}

fn has_image_ending(path: &Path) -> bool {
    const ENDINGS: [&str; 17] = [
        "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic",
        "heif", "jxl", "tga", "qoi", "ico",
    ];
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    })
}

/// Whether a file that is there begins like a picture, whatever its name.
fn is_picture(path: &Path) -> Result<bool, ExportError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    let mut head = Vec::new();
    file.take(64).read_to_end(&mut head)?;
    Ok(image::guess_format(&head).is_ok() || head.get(4..8) == Some(b"ftyp"))
}
