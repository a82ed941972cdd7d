//! Finding and restoring by the freedesktop.org trash specification 1.0: `info/N.trashinfo` says
//! where `files/N` came from.
//!
//! The `trash` crate puts files there but doesn't say under which name, and listing everything
//! for each file would take a million reads for a thousand files, so the name is looked up here.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{FileError, not_found};
use crate::base::paths;
use crate::domain::image::Stamp;
use crate::engine::files::fsops;

/// Names tried beyond the last one found: earlier ones may have been restored since.
const MISSES: usize = 16;

pub(super) fn find(original: &Path, stamp: Stamp) -> Option<String> {
    let original = canonical(original);
    folders(&original)
        .iter()
        .flat_map(|folder| candidates(folder, &original))
        .filter(|info| holds(info, &original, stamp))
        .max_by_key(|info| trashed_at(info))
        .map(|info| encode(&info))
}

pub(super) fn restore(detail: &str, original: &Path, stamp: Stamp) -> Result<(), FileError> {
    let known = decode(detail).filter(|info| holds(info, &canonical(original), stamp));
    let info = known
        .or_else(|| decode(&find(original, stamp)?))
        .ok_or_else(not_found)?;
    let file = trashed_file(&info).ok_or_else(not_found)?;
    fsops::move_file(&file, original)?;
    // The file is back; an orphaned note in the trash harms nobody.
    fs::remove_file(&info).ok();
    Ok(())
}

/// Trash folders that may hold a file from there: the home trash, and those of its volume.
fn folders(original: &Path) -> Vec<PathBuf> {
    let uid = rustix::process::getuid().as_raw();
    let mut all: Vec<PathBuf> = home().into_iter().collect();
    for above in original.ancestors().skip(1) {
        all.push(above.join(".Trash").join(uid.to_string()));
        all.push(above.join(format!(".Trash-{uid}")));
    }
    all
}

fn home() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    set("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/share")))
        .map(|data| data.join("Trash"))
}

/// Notes that may be about a file of that name: `a.png`, `a.png.2`, `a.png.3`, …
fn candidates(folder: &Path, original: &Path) -> Vec<PathBuf> {
    let info = folder.join("info");
    let Some(name) = original.file_name().filter(|_| info.is_dir()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut misses = 0;
    for n in 1_u64.. {
        let mut note = name.to_os_string();
        if n > 1 {
            note.push(format!(".{n}"));
        }
        note.push(".trashinfo");
        let note = info.join(note);
        misses = if fsops::is_free(&note) { misses + 1 } else { 0 };
        if misses > MISSES {
            break;
        }
        if misses == 0 {
            found.push(note);
        }
    }
    found
}

/// Whether the note says that path and the file beside it has that size and time.
fn holds(info: &Path, original: &Path, stamp: Stamp) -> bool {
    let same_file = trashed_file(info)
        .and_then(|file| fsops::stamp(&file).ok())
        .is_some_and(|found| found.size == stamp.size && close(found.mtime_ns, stamp.mtime_ns));
    same_file && value(info, "Path").is_some_and(|path| unescape(&path) == *original.as_os_str())
}

/// Trashes on another volume may have lost the time; only a whole different one tells files apart.
fn close(a: i64, b: i64) -> bool {
    a.abs_diff(b) < 2_000_000_000
}

fn trashed_at(info: &Path) -> (String, usize) {
    let date = value(info, "DeletionDate").unwrap_or_default();
    (date, info.as_os_str().len())
}

fn trashed_file(info: &Path) -> Option<PathBuf> {
    let name = info.file_stem()?;
    Some(info.parent()?.parent()?.join("files").join(name))
}

fn value(info: &Path, key: &str) -> Option<String> {
    let text = fs::read_to_string(info).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
        .map(str::to_owned)
}

/// `%41` as `A`.
fn unescape(text: &str) -> OsString {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let code = bytes.get(i + 1..i + 3).and_then(|hex| {
            let hex = std::str::from_utf8(hex).ok()?;
            u8::from_str_radix(hex, 16).ok()
        });
        match (bytes[i], code) {
            (b'%', Some(byte)) => {
                out.push(byte);
                i += 3;
            }
            (byte, _) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    paths::from_bytes(&out)
}

/// The trash notes paths with the links in their folders resolved.
fn canonical(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_path_buf(),
    }
}

/// A path as text: itself, or `hex:` and its bytes where it isn't UTF-8.
fn encode(path: &Path) -> String {
    path.to_str().map_or_else(
        || {
            let bytes = paths::to_bytes(path);
            let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("hex:{}", hex.concat())
        },
        str::to_owned,
    )
}

fn decode(text: &str) -> Option<PathBuf> {
    let Some(hex) = text.strip_prefix("hex:") else {
        return Some(PathBuf::from(text)).filter(|path| path.is_absolute());
    };
    let bytes: Option<Vec<u8>> = (0..hex.len())
        .step_by(2)
        .map(|i| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok())
        .collect();
    Some(PathBuf::from(paths::from_bytes(&bytes?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_any_name_come_back() {
        for bytes in [&b"/t/info/a.trashinfo"[..], b"/t/info/\xff\x01.trashinfo"] {
            let path = PathBuf::from(paths::from_bytes(bytes));
            assert_eq!(decode(&encode(&path)), Some(path));
        }
        assert_eq!(decode(""), None);
    }

    #[test]
    fn percent_codes_are_bytes() {
        let want = paths::from_bytes(b"/a b/\xe7\x8c\xab\xff%");
        assert_eq!(unescape("/a%20b/%E7%8C%AB%FF%"), want);
    }

    #[test]
    fn a_note_holds_only_for_its_path_and_its_file() {
        let trash = tempfile::tempdir().unwrap();
        fs::create_dir(trash.path().join("info")).unwrap();
        fs::create_dir(trash.path().join("files")).unwrap();
        let file = trash.path().join("files/a.png.2");
        fs::write(&file, "abc").unwrap();
        let stamp = fsops::stamp(&file).unwrap();
        let info = trash.path().join("info/a.png.2.trashinfo");
        fs::write(
            &info,
            "[Trash Info]\nPath=/x/a.png\nDeletionDate=2026-01-01T00:00:00\n",
        )
        .unwrap();

        assert_eq!(
            candidates(trash.path(), Path::new("/x/a.png")),
            std::slice::from_ref(&info)
        );
        assert!(holds(&info, Path::new("/x/a.png"), stamp));
        assert!(!holds(&info, Path::new("/y/a.png"), stamp));
        assert!(!holds(
            &info,
            Path::new("/x/a.png"),
            Stamp { size: 4, ..stamp }
        ));
        fs::remove_file(&file).unwrap();
        assert!(!holds(&info, Path::new("/x/a.png"), stamp));
    }
}
