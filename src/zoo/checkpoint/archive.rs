//! Entries of a zip archive, found by name, borrowed where they are stored plain.
//!
//! Must not know: what the entries mean.

use std::ops::Range;

use miniz_oxide::inflate::decompress_slice_iter_to_slice;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

use super::CheckpointError;
use super::budget::Budget;
use super::error::brief;
use super::tensor::{Bytes, Storage};

/// All that an archive inflates may be this many times its own size together…
const MAX_INFLATION: usize = 4;
/// … and this much in any case.
const INFLATED_BASE: usize = 4 << 20;

/// Before an entry's name in the central directory (APPNOTE.TXT 4.3.12).
const CENTRAL_HEADER: usize = 46;

/// A zip archive over a file's bytes.
pub(super) struct Archive<'a> {
    file: &'a Bytes,
    /// In the file's order; each name once.
    entries: Vec<Entry<'a>>,
    /// Indices into `entries`, by name.
    sorted: Vec<usize>,
    /// Bytes that may still be inflated.
    inflatable: usize,
}

struct Entry<'a> {
    name: &'a [u8],
    /// The data as it is stored, within the file.
    data: Range<usize>,
    /// Bytes once inflated.
    len: usize,
    deflated: bool,
}

impl<'a> Archive<'a> {
    /// Reads the directory of `file`, and checks that the data of every entry lies within it.
    pub(super) fn open(file: &'a Bytes, budget: &mut Budget) -> Result<Self, CheckpointError> {
        let data: &'a [u8] = (**file).as_ref();
        let archive = ZipArchive::from_slice(data).map_err(|e| damaged(e.to_string()))?;
        let mut entries = Vec::new();
        for record in archive.entries() {
            let record = record.map_err(|e| damaged(e.to_string()))?;
            let entry = Entry::new(data, &archive, &record)?;
            budget.push(&mut entries, entry, "its directory")?;
        }
        if archive.entries_hint() != entries.len() as u64 {
            return Err(damaged(format!(
                "it announces {} entries and has {}",
                archive.entries_hint(),
                entries.len()
            )));
        }
        let mut sorted: Vec<usize> = (0..entries.len()).collect();
        sorted.sort_unstable_by_key(|&i| entries[i].name);
        let twice = |pair: &&[usize]| entries[pair[0]].name == entries[pair[1]].name;
        if let Some(pair) = sorted.windows(2).find(twice) {
            return Err(damaged(format!(
                "{} is in it twice",
                entries[pair[0]].shown()
            )));
        }
        Ok(Self {
            file,
            entries,
            sorted,
            inflatable: data
                .len()
                .saturating_mul(MAX_INFLATION)
                .saturating_add(INFLATED_BASE),
        })
    }

    /// The names of all entries, in the file's order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.entries.iter().map(|entry| entry.name)
    }

    /// The contents of the entry called `name`, in the file's byte order; none if there is none.
    pub(super) fn read(&mut self, name: &[u8]) -> Result<Option<Storage>, CheckpointError> {
        let Some(place) = self.find(name) else {
            return Ok(None);
        };
        let entry = &self.entries[place];
        if !entry.deflated {
            let range = entry.data.clone();
            return Ok(Some(Storage::new(self.file.clone(), range)));
        }
        self.inflatable = self.inflatable.checked_sub(entry.len).ok_or_else(|| {
            damaged(format!(
                "{} inflates to {} bytes, more than a file of this size has a reason to",
                entry.shown(),
                entry.len
            ))
        })?;
        entry
            .inflated((**self.file).as_ref())
            .map(Storage::owned)
            .map(Some)
    }

    /// Bytes of the entry called `name` once read; none if there is none.
    pub(super) fn len_of(&self, name: &[u8]) -> Option<usize> {
        self.find(name).map(|place| self.entries[place].len)
    }

    fn find(&self, name: &[u8]) -> Option<usize> {
        let by_name = |&i: &usize| self.entries[i].name;
        let place = self.sorted.binary_search_by_key(&name, by_name).ok()?;
        Some(self.sorted[place])
    }
}

impl<'a> Entry<'a> {
    fn new(
        data: &'a [u8],
        archive: &ZipSliceArchive<&'a [u8]>,
        record: &ZipFileHeaderRecord<'_>,
    ) -> Result<Self, CheckpointError> {
        let start = record.central_directory_offset() as usize + CENTRAL_HEADER;
        let name = data.get(start..start + record.file_path().len());
        let name = name.ok_or_else(|| damaged("a name is cut off".to_owned()))?;
        let shown = || brief(&String::from_utf8_lossy(name));
        let deflated = match record.compression_method() {
            CompressionMethod::STORE => false,
            CompressionMethod::DEFLATE => true,
            other => return Err(damaged(format!("{} is compressed with {other}", shown()))),
        };
        if record.flags().is_encrypted() {
            return Err(damaged(format!("{} is encrypted", shown())));
        }
        let found = archive.get_entry(record.wayfinder());
        let found = found.map_err(|e| damaged(format!("{}: {e}", shown())))?;
        let (start, end) = found.compressed_data_range();
        let size = record.uncompressed_size_hint();
        if !deflated && size != end - start {
            return Err(damaged(format!("{} has two sizes", shown())));
        }
        Ok(Self {
            name,
            data: start as usize..end as usize,
            len: usize::try_from(size).unwrap_or(usize::MAX),
            deflated,
        })
    }

    fn shown(&self) -> String {
        brief(&String::from_utf8_lossy(self.name))
    }

    /// The inflated data; its length was checked to be affordable.
    fn inflated(&self, file: &[u8]) -> Result<Vec<u8>, CheckpointError> {
        let data = file.get(self.data.clone()).unwrap_or_default();
        let mut out = vec![0; self.len];
        let written = decompress_slice_iter_to_slice(&mut out, std::iter::once(data), false, true);
        if written != Ok(self.len) {
            return Err(damaged(format!(
                "{} doesn't inflate to the {} bytes that it announces",
                self.shown(),
                self.len
            )));
        }
        Ok(out)
    }
}

fn damaged(why: String) -> CheckpointError {
    CheckpointError::Zip { why }
}
