//! The library in memory: one array per property, shared by snapshot.
//!
//! Cloning a [`Catalog`] clones pointers; an edit copies only the arrays it touches. Rows are only
//! appended, and a removed file leaves its row marked [`Status::gone`], so a row number means the
//! same image for as long as the program runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{Generation, paths};

use super::image::{ContentId, Failure, FileId, Stamp};
use super::marks::{Flag, Marks};
use super::scope::{Said, Scope};
use super::score::{ColumnSpec, Field};

/// Position of an image in the catalog; stable while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row(pub u32);

impl Row {
    /// As an index into the arrays.
    pub fn idx(self) -> usize {
        self.0 as usize
    }
}

/// Whether the file is there and whether it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// Reading, decoding or scoring failed; the reason is in [`Catalog::failures`].
    pub failed: bool,
    /// Its root is not reachable at the moment; what is known of it stays.
    pub offline: bool,
    /// It was moved out or deleted; shown nowhere, kept so that row numbers hold.
    pub gone: bool,
}

/// Pixel size after EXIF orientation; zero while unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dims {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// One column of scores.
#[derive(Debug, Clone)]
pub struct Column {
    /// What it means.
    pub spec: Arc<ColumnSpec>,
    /// One value a row; NaN where there is none.
    pub values: Arc<Vec<f32>>,
    /// Which images they are meant for.
    pub scope: Arc<Scope>,
}

/// File names in one buffer: a million names without a million allocations.
#[derive(Debug, Clone, Default)]
pub struct Names {
    bytes: Vec<u8>,
    spans: Vec<(u32, u16)>,
}

impl Names {
    /// Appends the name of the next row; what exceeds 65,535 bytes is cut off.
    pub fn push(&mut self, name: &[u8]) {
        let span = self.append(name);
        self.spans.push(span);
    }

    fn set(&mut self, row: Row, name: &[u8]) {
        let span = self.append(name);
        if let Some(old) = self.spans.get_mut(row.idx()) {
            *old = span;
        }
    }

    fn append(&mut self, name: &[u8]) -> (u32, u16) {
        let start = self.bytes.len() as u32;
        let name = &name[..name.len().min(u16::MAX as usize)];
        self.bytes.extend_from_slice(name);
        (start, name.len() as u16)
    }

    /// The bytes of a row's file name.
    pub fn get(&self, row: Row) -> &[u8] {
        let (start, len) = self.spans.get(row.idx()).copied().unwrap_or_default();
        self.bytes
            .get(start as usize..start as usize + len as usize)
            .unwrap_or_default()
    }
}

/// A file to be put into the catalog.
#[derive(Debug, Clone)]
pub struct NewRow<'a> {
    /// Its id in the database.
    pub file: FileId,
    /// Index into [`Catalog::folders`].
    pub folder: u32,
    /// File name in bytes ([`paths::to_bytes`]).
    pub name: &'a [u8],
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970 UTC.
    pub mtime_ns: i64,
    /// Its content, once hashed.
    pub content: Option<ContentId>,
}

/// The library as arrays of equal length.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// Grows with every published change.
    pub generation: Generation,
    /// Every folder that holds images, absolute.
    pub folders: Arc<Vec<Arc<Path>>>,
    /// The folders the user opened, absolute.
    pub roots: Arc<Vec<PathBuf>>,
    /// Database ids.
    pub files: Arc<Vec<FileId>>,
    /// Index into [`Catalog::folders`].
    pub folder: Arc<Vec<u32>>,
    /// File names.
    pub names: Arc<Names>,
    /// Sizes in bytes.
    pub size: Arc<Vec<u64>>,
    /// Modification times, nanoseconds since 1970 UTC.
    pub mtime_ns: Arc<Vec<i64>>,
    /// Contents; none while a file is not hashed.
    pub content: Arc<Vec<Option<ContentId>>>,
    /// Pixel sizes.
    pub dims: Arc<Vec<Dims>>,
    /// There, failed, offline, gone.
    pub status: Arc<Vec<Status>>,
    /// Stars, 0–5.
    pub stars: Arc<Vec<u8>>,
    /// Pick, reject or none.
    pub flags: Arc<Vec<Flag>>,
    /// Tags of the rows that have any.
    pub tags: Arc<BTreeMap<Row, Arc<[Arc<str>]>>>,
    /// Why rows failed.
    pub failures: Arc<BTreeMap<Row, Failure>>,
    /// What is known of the rows' fields ([`Catalog::tell_fields`]).
    pub fields: Arc<Vec<Option<Field>>>,
    /// What the user says of the fields of folders.
    pub said: Arc<Said>,
    /// Score columns: of the scorers in the order of their registry, imported, composite.
    pub columns: Vec<Column>,
    /// How many of the last columns no scoring fills: the imported and the composite ones.
    pub n_extra: usize,
}

impl Catalog {
    /// An empty catalog with these columns.
    pub fn new(columns: impl IntoIterator<Item = Arc<ColumnSpec>>) -> Self {
        let columns = columns
            .into_iter()
            .map(|spec| Column {
                spec,
                values: Arc::new(Vec::new()),
                scope: Arc::default(),
            })
            .collect();
        Self {
            columns,
            ..Self::default()
        }
    }

    /// Number of rows, the gone ones included.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Appends a file.
    pub fn push(&mut self, new: &NewRow<'_>) -> Row {
        let row = Row(self.len() as u32);
        Arc::make_mut(&mut self.files).push(new.file);
        Arc::make_mut(&mut self.folder).push(new.folder);
        Arc::make_mut(&mut self.names).push(new.name);
        Arc::make_mut(&mut self.size).push(new.size);
        Arc::make_mut(&mut self.mtime_ns).push(new.mtime_ns);
        Arc::make_mut(&mut self.content).push(new.content);
        Arc::make_mut(&mut self.dims).push(Dims::default());
        Arc::make_mut(&mut self.status).push(Status::default());
        Arc::make_mut(&mut self.stars).push(0);
        Arc::make_mut(&mut self.flags).push(Flag::None);
        Arc::make_mut(&mut self.fields).push(None);
        for column in &mut self.columns {
            Arc::make_mut(&mut column.values).push(f32::NAN);
        }
        row
    }

    /// Index of a folder, added if it is new.
    pub fn folder_index(&mut self, folder: &Path) -> u32 {
        if let Some(at) = self.folders.iter().rposition(|known| **known == *folder) {
            return at as u32;
        }
        Arc::make_mut(&mut self.folders).push(folder.into());
        (self.folders.len() - 1) as u32
    }

    /// Gives a row another place, after a move or rename: index of the folder and name in bytes.
    pub fn relocate(&mut self, row: Row, folder: u32, name: &[u8]) {
        if let Some(at) = Arc::make_mut(&mut self.folder).get_mut(row.idx()) {
            *at = folder;
        }
        Arc::make_mut(&mut self.names).set(row, name);
    }

    /// The folder of a row.
    pub fn folder_of(&self, row: Row) -> &Path {
        let folder = self
            .folder
            .get(row.idx())
            .and_then(|&i| self.folders.get(i as usize));
        folder.map_or(Path::new(""), |path| &**path)
    }

    /// The full path of a row.
    pub fn path(&self, row: Row) -> PathBuf {
        self.folder_of(row)
            .join(paths::from_bytes(self.names.get(row)))
    }

    /// The file name of a row for display; bytes that are not UTF-8 are replaced.
    pub fn name(&self, row: Row) -> String {
        String::from_utf8_lossy(self.names.get(row)).into_owned()
    }

    /// Whether the row is still a file of the library.
    pub fn exists(&self, row: Row) -> bool {
        self.status
            .get(row.idx())
            .is_some_and(|status| !status.gone)
    }

    /// The number of files of the library: rows that are not gone.
    pub fn n_files(&self) -> usize {
        self.status.iter().filter(|status| !status.gone).count()
    }

    /// Every row that is not gone.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        (0..self.len() as u32)
            .map(Row)
            .filter(|&row| self.exists(row))
    }

    /// The columns that scoring fills: an image without a value there is not scored yet.
    pub fn scored_columns(&self) -> &[Column] {
        let n = self.columns.len().saturating_sub(self.n_extra);
        self.columns.get(..n).unwrap_or_default()
    }

    /// Position of the column with that key.
    pub fn column_index(&self, key: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.spec.key == key)
    }

    /// The column with that key.
    pub fn column(&self, key: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.spec.key == key)
    }

    /// Size and modification time of a row's file as they were last seen.
    pub fn stamp(&self, row: Row) -> Option<Stamp> {
        let size = *self.size.get(row.idx())?;
        let mtime_ns = *self.mtime_ns.get(row.idx())?;
        Some(Stamp { size, mtime_ns })
    }

    /// The value of a column for a row; NaN where there is none.
    pub fn value(&self, column: usize, row: Row) -> f32 {
        let column = self.columns.get(column);
        column
            .and_then(|c| c.values.get(row.idx()).copied())
            .unwrap_or(f32::NAN)
    }

    /// What the person says of a row.
    pub fn marks(&self, row: Row) -> Marks {
        Marks {
            stars: self.stars.get(row.idx()).copied().unwrap_or_default(),
            flag: self.flags.get(row.idx()).copied().unwrap_or_default(),
            tags: self.tags_of(row).iter().map(ToString::to_string).collect(),
        }
    }

    /// The tags of a row.
    pub fn tags_of(&self, row: Row) -> &[Arc<str>] {
        self.tags.get(&row).map_or(&[], |tags| &**tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_do_not_see_later_edits() {
        let mut catalog = Catalog::new([]);
        let folder = catalog.folder_index(Path::new("/a"));
        let new = NewRow {
            file: FileId(7),
            folder,
            name: "x.png".as_bytes(),
            size: 10,
            mtime_ns: 0,
            content: None,
        };
        let row = catalog.push(&new);
        let before = catalog.clone();
        let folder = catalog.folder_index(Path::new("/b"));
        catalog.relocate(row, folder, "絵.png".as_bytes());
        assert_eq!(before.path(row), Path::new("/a/x.png"));
        assert_eq!(catalog.path(row), Path::new("/b/絵.png"));
    }
}
