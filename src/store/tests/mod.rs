//! Tests of the store, each on a database of its own.

mod catalog;
mod details;
mod embeddings;
mod files;
mod imports;
mod journal;
mod marks;
mod opening;
mod scores;
mod thumbs;
mod writing;

use std::path::Path;

use tempfile::TempDir;

use super::{SeenFile, Store};
use crate::domain::image::{ContentHash, ContentId, FileId, Stamp};

/// 2023-11-14, seconds.
const NOW: i64 = 1_700_000_000;

fn fresh() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).unwrap();
    (dir, store)
}

fn stamp(size: u64, mtime_ns: i64) -> Stamp {
    Stamp { size, mtime_ns }
}

fn seen(path: impl AsRef<Path>, size: u64) -> SeenFile {
    SeenFile {
        path: path.as_ref().to_path_buf(),
        stamp: stamp(size, 7),
    }
}

fn hash(byte: u8) -> ContentHash {
    ContentHash([byte; 32])
}

/// One file with one content.
fn file(store: &Store, path: impl AsRef<Path>, byte: u8) -> (FileId, ContentId) {
    let seen = seen(path, u64::from(byte));
    let file = store.upsert_files(vec![seen.clone()]).unwrap()[0];
    let found = vec![(file, seen.stamp, hash(byte))];
    let content = store.set_content(found).unwrap()[0];
    (file, content)
}
