//! Folders to files: a recursive walk that ends in spite of link loops and never forgets a file
//! that it merely couldn't reach.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::Metadata;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::{DirEntry, WalkDir};

use crate::base::{Cancelled, Problem};
use crate::domain::image::{FileId, Stamp};
use crate::store::{KnownFile, SeenFile, Store};

use super::decode;
use super::job::{Change, Job, Seen};

/// Size of the first batch, small so that something is on screen at once.
const FIRST_BATCH: usize = 256;
/// Size of every other batch.
const BATCH: usize = 4096;

/// Endings that are taken for images without a look inside.
const IMAGE_ENDINGS: [&str; 24] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "bmp", "dib", "tif", "tiff",
    "avif", "jxl", "ppm", "pgm", "pbm", "pnm", "pam", "tga", "ico", "qoi", "heic", "heif",
];

/// Endings of files that lie beside images and are never looked into.
const OTHER_ENDINGS: [&str; 40] = [
    "txt",
    "caption",
    "json",
    "jsonl",
    "npz",
    "npy",
    "xmp",
    "csv",
    "tsv",
    "parquet",
    "toml",
    "yaml",
    "yml",
    "md",
    "html",
    "htm",
    "xml",
    "log",
    "py",
    "sh",
    "rs",
    "js",
    "css",
    "safetensors",
    "ckpt",
    "pt",
    "pth",
    "onnx",
    "bin",
    "db",
    "sqlite",
    "zip",
    "tar",
    "gz",
    "7z",
    "rar",
    "mp4",
    "webm",
    "mkv",
    "mp3",
];

/// What a scan found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanReport {
    /// Images there now.
    pub found: usize,
    /// Images that were known and are there no more.
    pub gone: usize,
    /// Roots that can't be reached; their images stay as they are.
    pub offline: Vec<PathBuf>,
    /// Folders and files that can't be read, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Walks the roots and brings the database up to date.
///
/// A root that isn't there is marked offline if the database knows files of it, and is an error
/// otherwise. Nothing below an unreadable folder is taken for gone.
pub(crate) fn scan(
    store: &Store,
    roots: &[PathBuf],
    now: i64,
    job: &Job,
) -> Result<ScanReport, Problem> {
    let mut report = ScanReport::default();
    for root in roots {
        let known = store.files_below(root)?;
        if let Err(error) = look_at(root, !known.is_empty()) {
            if known.is_empty() {
                return Err(no_root(root, &error));
            }
            store.root_seen(root, true, now)?;
            job.tell(Change::Status(
                known.iter().map(|file| file.id).collect(),
                |status| {
                    status.offline = true;
                },
            ));
            report.offline.push(root.clone());
            continue;
        }
        store.root_seen(root, false, now)?;
        job.tell(Change::Status(
            known.iter().map(|file| file.id).collect(),
            |status| {
                status.offline = false;
            },
        ));
        Walk::new(store, job, known).run(root, &mut report)?;
    }
    Ok(report)
}

/// Whether a root is there. An empty folder that once held images is the mount point of a drive
/// that isn't plugged in.
fn look_at(root: &Path, held_images: bool) -> std::io::Result<()> {
    if !std::fs::metadata(root)?.is_dir() {
        return Ok(());
    }
    let is_empty = std::fs::read_dir(root)?.next().is_none();
    if is_empty && held_images {
        return Err(std::io::Error::other("the folder is empty"));
    }
    Ok(())
}

/// Whether a root can be looked into.
pub(crate) fn is_reachable(root: &Path) -> bool {
    look_at(root, true).is_ok()
}

fn no_root(root: &Path, error: &std::io::Error) -> Problem {
    if error.kind() == std::io::ErrorKind::NotFound {
        Problem::environment("there is no such file or folder", "").at(root)
    } else {
        Problem::environment("can't read the folder", error).at(root)
    }
}

/// One root's walk.
struct Walk<'a> {
    store: &'a Store,
    job: &'a Job,
    known: Vec<KnownFile>,
    seen: HashSet<FileId>,
    batch: Vec<SeenFile>,
    limit: usize,
}

impl<'a> Walk<'a> {
    fn new(store: &'a Store, job: &'a Job, known: Vec<KnownFile>) -> Self {
        let seen = HashSet::with_capacity(known.len());
        Self {
            store,
            job,
            known,
            seen,
            batch: Vec::new(),
            limit: FIRST_BATCH,
        }
    }

    fn run(mut self, root: &Path, report: &mut ScanReport) -> Result<(), Problem> {
        let walk = WalkDir::new(root).follow_links(true).into_iter();
        for entry in walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry)) {
            if self.job.token.checkpoint() == Err(Cancelled) {
                self.flush()?;
                return Err(Problem::cancelled());
            }
            match entry {
                Ok(entry) if entry.file_type().is_file() => self.file(&entry, report)?,
                Ok(_) => {}
                // A link to a folder above itself: the walk has been there, nothing is missing.
                Err(error) if error.loop_ancestor().is_some() => {}
                // It went while we looked, or it is a link to nothing.
                Err(error) if error.depth() > 0 && is_not_found(&error) => {}
                Err(error) => report.unreadable.push(unreadable(root, &error)),
            }
        }
        self.flush()?;
        self.forget_missing(root, report)
    }

    fn file(&mut self, entry: &DirEntry, report: &mut ScanReport) -> Result<(), Problem> {
        if !may_be_image(entry.path()) {
            return Ok(());
        }
        let Ok(metadata) = entry.metadata() else {
            return Ok(());
        };
        report.found += 1;
        self.batch.push(SeenFile {
            path: entry.path().to_path_buf(),
            stamp: stamp(&metadata),
        });
        if self.batch.len() >= self.limit {
            self.limit = BATCH;
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Problem> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.job.progress.add_total(batch.len() as u64);
        let ids = self.store.upsert_files(batch.clone())?;
        self.seen.extend(ids.iter().copied());
        let seen = ids.into_iter().zip(batch).map(|(file, found)| Seen {
            file,
            path: found.path,
            stamp: found.stamp,
        });
        let seen: Vec<Seen> = seen.collect();
        self.job.progress.add_done(seen.len() as u64);
        self.job.tell(Change::Seen(seen));
        Ok(())
    }

    /// Marks known files that the walk did not meet as gone: those that are really not there, and
    /// whose folder could be read. A file that was moved meanwhile has another path by now.
    fn forget_missing(self, root: &Path, report: &mut ScanReport) -> Result<(), Problem> {
        let hidden_from_us = |path: &Path| {
            report
                .unreadable
                .iter()
                .any(|(folder, _)| path.starts_with(folder))
        };
        let is_away = |path: &Path| {
            std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
        };
        let mut missing = self.known;
        missing.retain(|file| !self.seen.contains(&file.id));
        missing.retain(|file| !hidden_from_us(&file.path) && is_away(&file.path));
        if missing.is_empty() {
            return Ok(());
        }
        let now: HashMap<FileId, PathBuf> = self
            .store
            .files_below(root)?
            .into_iter()
            .map(|file| (file.id, file.path))
            .collect();
        missing.retain(|file| now.get(&file.id) == Some(&file.path));
        let gone: Vec<FileId> = missing.iter().map(|file| file.id).collect();
        report.gone += gone.len();
        self.store.mark_gone(gone.clone())?;
        self.job.tell(Change::Gone(gone));
        Ok(())
    }
}

fn is_not_found(error: &walkdir::Error) -> bool {
    error
        .io_error()
        .is_some_and(|error| error.kind() == ErrorKind::NotFound)
}

fn unreadable(root: &Path, error: &walkdir::Error) -> (PathBuf, String) {
    let reason = error
        .io_error()
        .map_or_else(|| error.to_string(), ToString::to_string);
    (error.path().unwrap_or(root).to_path_buf(), reason)
}

/// Files and folders whose name begins with a dot are the system's, not the user's.
fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// By its ending where that is clear, by its first bytes where not.
fn may_be_image(path: &Path) -> bool {
    match ending(path).as_deref() {
        Some(ending) if IMAGE_ENDINGS.contains(&ending) => true,
        Some(ending) if OTHER_ENDINGS.contains(&ending) => false,
        _ => looks_like_image(path),
    }
}

/// Whether a file of this name would be taken for an image without a look inside.
pub(crate) fn has_image_ending(name: &OsStr) -> bool {
    ending(Path::new(name)).is_some_and(|ending| IMAGE_ENDINGS.contains(&ending.as_str()))
}

fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

fn looks_like_image(path: &Path) -> bool {
    let mut head = Vec::with_capacity(64);
    let read = std::fs::File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    read.is_ok() && decode::sniff(&head).is_some()
}

/// Size and modification time of a file.
pub(crate) fn stamp(metadata: &Metadata) -> Stamp {
    let mtime_ns = metadata
        .modified()
        .map_or(0, |time| match time.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i64,
            Err(before) => -(before.duration().as_nanos() as i64),
        });
    Stamp {
        size: metadata.len(),
        mtime_ns,
    }
}
