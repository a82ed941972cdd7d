//! Moving and copying one file without ever overwriting or losing one.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use filetime::FileTime;

use super::error::FileError;
use crate::base::paths;
use crate::domain::image::Stamp;

/// Size and modification time of a plain file. Links are not followed.
pub fn stamp(path: &Path) -> Result<Stamp, FileError> {
    let meta = fs::symlink_metadata(path).map_err(FileError::io("look at it"))?;
    if meta.is_file() {
        Ok(stamp_of(&meta))
    } else {
        Err(FileError::NotPlain)
    }
}

/// Size and modification time as the system gave them.
pub fn stamp_of(meta: &fs::Metadata) -> Stamp {
    let time = FileTime::from_last_modification_time(meta);
    Stamp {
        size: meta.len(),
        mtime_ns: time.unix_seconds() * 1_000_000_000 + i64::from(time.nanoseconds()),
    }
}

/// Whether nothing has that name: no file, folder or broken link. Unreadable counts as taken.
pub fn is_free(path: &Path) -> bool {
    fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Moves a file. What is at `to` is never overwritten; the folder must exist.
///
/// Across volumes the original goes only after its copy was synced, verified and renamed into
/// place. After an error the original is where it was.
pub fn move_file(from: &Path, to: &Path) -> Result<(), FileError> {
    match rename_new(from, to) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => move_across(from, to),
        other => other.map_err(FileError::io("move it")),
    }
}

/// Copies a file with its time and permissions. What is at `to` is never overwritten.
///
/// The copy appears under its name only when it is complete, synced and equal to the original by
/// BLAKE3.
pub fn copy_file(from: &Path, to: &Path) -> Result<(), FileError> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let part = tempfile::Builder::new()
        .prefix(&part_prefix(to))
        .suffix(PART_SUFFIX)
        .tempfile_in(folder)
        .map_err(in_folder)?;
    fill(from, part.as_file())?;
    if hash(from)? != hash(part.path())? {
        return Err(FileError::Differs);
    }
    rename_new(part.path(), to).map_err(FileError::io("name the copy"))?;
    sync_folder(folder).map_err(|source| {
        fs::remove_file(to).ok();
        let what = "sync the folder";
        FileError::Io { what, source }
    })
}

/// Removes what an interrupted copy to `to` left behind. Only temporary names are touched.
pub fn remove_parts(to: &Path) {
    let prefix = part_prefix(to).into_bytes();
    let entries = to.parent().and_then(|folder| fs::read_dir(folder).ok());
    for entry in entries.into_iter().flatten().flatten() {
        let name = paths::to_bytes(entry.file_name());
        if name.starts_with(&prefix) && name.ends_with(PART_SUFFIX.as_bytes()) {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// Whether both files have the same bytes, by BLAKE3.
pub fn same_content(a: &Path, b: &Path) -> Result<bool, FileError> {
    Ok(stamp(a)?.size == stamp(b)?.size && hash(a)? == hash(b)?)
}

/// Whether two paths lead to one file, by links or mounts on the way; false where one leads to
/// none. Two hard links are two files: one can go without the other.
pub fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(real_a), Ok(real_b)) => {
            real_a == real_b
                || only_name(&real_a, &real_b)
                || (real_a.file_name() == real_b.file_name() && same_folder(&real_a, &real_b))
        }
        _ => false,
    }
}

/// Whether the folders that two paths lie in are one, by links or mounts on the way; false where
/// one is missing.
pub fn same_folder(a: &Path, b: &Path) -> bool {
    match (a.parent(), b.parent()) {
        (Some(a), Some(b)) => a == b || is_one(a, b),
        _ => false,
    }
}

#[cfg(unix)]
fn is_one(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path: &Path| fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()));
    id(a).is_some_and(|a| Some(a) == id(b))
}

#[cfg(not(unix))]
fn is_one(a: &Path, b: &Path) -> bool {
    a.canonicalize()
        .is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b))
}

/// Whether both are one file that has no second hard link: a file system that ignores case.
#[cfg(unix)]
fn only_name(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    is_one(a, b) && fs::metadata(a).is_ok_and(|meta| meta.nlink() == 1)
}

#[cfg(not(unix))]
fn only_name(_a: &Path, _b: &Path) -> bool {
    false
}

/// The folders that are missing on the way to `folder`, deepest first.
pub fn missing_folders(folder: &Path) -> Vec<PathBuf> {
    folder
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && is_free(path))
        .map(Path::to_path_buf)
        .collect()
}

/// Makes a folder and those above it.
pub fn make_folder(folder: &Path) -> Result<(), FileError> {
    fs::create_dir_all(folder).map_err(|source| {
        let what = "make the folder";
        FileError::Io { what, source }
    })
}

/// Removes the `n` folders above `path`, deepest first, as long as they are empty.
pub fn remove_folders_above(path: &Path, n: usize) {
    for folder in path.ancestors().skip(1).take(n) {
        if fs::remove_dir(folder).is_err() && !is_free(folder) {
            return;
        }
    }
}

/// Sets the modification time, in nanoseconds since 1970 UTC; does nothing where it is right.
pub fn set_mtime(path: &Path, mtime_ns: i64) -> Result<(), FileError> {
    if stamp(path)?.mtime_ns == mtime_ns {
        return Ok(());
    }
    let seconds = mtime_ns.div_euclid(1_000_000_000);
    let rest = mtime_ns.rem_euclid(1_000_000_000) as u32;
    filetime::set_file_mtime(path, FileTime::from_unix_time(seconds, rest))
        .map_err(FileError::io("set its time"))
}

const PART_SUFFIX: &str = ".part";

/// The same for the same final name, so that leftovers can be told from other people's files.
fn part_prefix(to: &Path) -> String {
    let name = paths::to_bytes(to.file_name().unwrap_or_default());
    let hash = blake3::hash(&name).to_hex();
    format!(".bandpass-{}-", &hash[..16])
}

fn move_across(from: &Path, to: &Path) -> Result<(), FileError> {
    copy_file(from, to)?;
    fs::remove_file(from).map_err(|source| {
        fs::remove_file(to).ok();
        let what = "remove the original after copying";
        FileError::Io { what, source }
    })
}

/// Renames, refusing where the new name is taken, in one step of the file system where it can.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::NOSYS | Errno::INVAL | Errno::NOTSUP) => rename_by_link(from, to),
        other => other.map_err(io::Error::from),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    rename_by_link(from, to)
}

/// For file systems without an exclusive rename: a second name, then the first is dropped.
fn rename_by_link(from: &Path, to: &Path) -> io::Result<()> {
    use io::ErrorKind::{AlreadyExists, CrossesDevices, NotFound};
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from).inspect_err(|_| {
            fs::remove_file(to).ok();
        }),
        Err(error) if matches!(error.kind(), AlreadyExists | CrossesDevices | NotFound) => {
            Err(error)
        }
        Err(_) => rename_by_claim(from, to),
    }
}

/// For file systems without hard links either: claims the name with an empty file of ours.
fn rename_by_claim(from: &Path, to: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(to)?;
    fs::rename(from, to).inspect_err(|_| {
        fs::remove_file(to).ok();
    })
}

/// Bytes, permissions and times, down to the disk.
fn fill(from: &Path, part: &File) -> Result<(), FileError> {
    let mut source = File::open(from).map_err(FileError::io("read it"))?;
    let meta = source.metadata().map_err(FileError::io("look at it"))?;
    let mut sink = part;
    io::copy(&mut source, &mut sink).map_err(FileError::io("write the copy"))?;
    // Best effort: FAT and network shares have permissions of their own.
    part.set_permissions(meta.permissions()).ok();
    let read = FileTime::from_last_access_time(&meta);
    let changed = FileTime::from_last_modification_time(&meta);
    filetime::set_file_handle_times(part, Some(read), Some(changed))
        .map_err(FileError::io("set the time of the copy"))?;
    part.sync_all().map_err(FileError::io("sync the copy"))?;
    forget_cached(part);
    Ok(())
}

/// Lets the check read what the disk has, not what memory has.
#[cfg(target_os = "linux")]
fn forget_cached(file: &File) {
    rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed).ok();
}

#[cfg(not(target_os = "linux"))]
fn forget_cached(_file: &File) {}

fn hash(path: &Path) -> Result<blake3::Hash, FileError> {
    let file = File::open(path).map_err(FileError::io("read it"))?;
    let mut hasher = blake3::Hasher::new();
    hasher
        .update_reader(file)
        .map_err(FileError::io("read it"))?;
    Ok(hasher.finalize())
}

/// Makes a new name in a folder durable, where the file system can.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn in_folder(source: io::Error) -> FileError {
    let what = "write into the folder";
    FileError::Io { what, source }
}

#[cfg(test)]
mod tests;
