//! Bytes of an image file, read once and hashed.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::domain::image::{ContentHash, Failure, Stage, Stamp};

use super::scan::stamp;

/// Files above this are refused: no picture is that large.
pub(crate) const MAX_BYTES: u64 = 2 << 30;

/// A file's bytes and their identity.
#[derive(Debug)]
pub(crate) struct Bytes {
    /// All of them.
    pub data: Vec<u8>,
    /// Their BLAKE3.
    pub hash: ContentHash,
}

/// Reads a file whole. Fails if it changed since it was scanned or while it is read.
pub(crate) fn read(path: &Path, expected: Stamp) -> Result<Bytes, Failure> {
    let data = read_stable(path, expected).map_err(|error| failed(&error))?;
    let hash = ContentHash(*blake3::hash(&data).as_bytes());
    Ok(Bytes { data, hash })
}

/// Reads a file whole, whatever happened to it since the scan: for looking at it, not for scoring.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = || {
        let mut data = Vec::new();
        File::open(path)?.take(MAX_BYTES).read_to_end(&mut data)?;
        Ok(data)
    };
    read().map_err(|error: std::io::Error| failed(&error))
}

/// The identity of a file's bytes, without holding them.
pub(crate) fn hash(path: &Path, expected: Stamp) -> Result<ContentHash, Failure> {
    let hash = || {
        let mut file = open(path, expected)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(&mut file)?;
        unchanged(&file, expected)?;
        Ok(ContentHash(*hasher.finalize().as_bytes()))
    };
    hash().map_err(|error: std::io::Error| failed(&error))
}

fn read_stable(path: &Path, expected: Stamp) -> std::io::Result<Vec<u8>> {
    let mut file = open(path, expected)?;
    let mut data = Vec::with_capacity(expected.size as usize + 1);
    (&mut file).take(MAX_BYTES).read_to_end(&mut data)?;
    unchanged(&file, expected)?;
    Ok(data)
}

fn open(path: &Path, expected: Stamp) -> std::io::Result<File> {
    if expected.size > MAX_BYTES {
        return Err(std::io::Error::other("the file is larger than 2 GiB"));
    }
    let file = File::open(path)?;
    unchanged(&file, expected)?;
    Ok(file)
}

fn unchanged(file: &File, expected: Stamp) -> std::io::Result<()> {
    if stamp(&file.metadata()?) == expected {
        Ok(())
    } else {
        Err(std::io::Error::other(
            "it changed since it was found; it is tried again next time",
        ))
    }
}

fn failed(error: &std::io::Error) -> Failure {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "the file has vanished".to_owned(),
        std::io::ErrorKind::PermissionDenied => "no permission to read the file".to_owned(),
        _ => error.to_string(),
    };
    Failure {
        stage: Stage::Read,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_since_the_scan_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let seen = stamp(&std::fs::metadata(&path).unwrap());
        assert_eq!(read(&path, seen).unwrap().hash, hash(&path, seen).unwrap());
        std::fs::write(&path, "three").unwrap();
        assert!(read(&path, seen).unwrap_err().reason.contains("changed"));
        std::fs::remove_file(&path).unwrap();
        assert!(hash(&path, seen).unwrap_err().reason.contains("vanished"));
    }
}
