//! Columns that another program wrote: its table, and what importing it would do.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::format::count;

use super::image::ContentId;
use super::score::Better;

/// Keys that a line names at most.
const SHOWN: usize = 5;

/// What the rows of a table say which image they are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// A path, absolute or relative, perhaps of another machine.
    Path,
    /// A file name without its folder.
    Name,
    /// BLAKE3 of the bytes in hexadecimal.
    Blake3,
    /// SHA-256 of the bytes in hexadecimal.
    Sha256,
}

/// A table: a key and numbers in every row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the keys are.
    pub kind: KeyKind,
    /// Name of the column that they stand in.
    pub key_column: String,
    /// One a row.
    pub keys: Keys,
    /// The columns with numbers, each as long as the keys.
    pub columns: Vec<TableColumn>,
    /// What was left out and why: columns of text, rows that are broken.
    pub notices: Vec<String>,
    /// Rows that can't be read.
    pub n_broken: usize,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    /// As the file names it.
    pub name: String,
    /// One value a row; NaN where the cell is empty.
    pub values: Vec<f64>,
}

/// Keys in one buffer: a million without a million allocations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// Appends the key of the next row.
    pub fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    /// The key of a row.
    pub fn get(&self, row: usize) -> &[u8] {
        let start = match row.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// How a file is to be imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Name of the import; that of the file if none.
    pub name: Option<String>,
    /// The column with paths, names or hashes; found out if none.
    pub key: Option<String>,
    /// Only these columns; all with numbers if empty.
    pub columns: Vec<String>,
    /// Columns in which more is better.
    pub higher: Vec<String>,
    /// Columns in which less is better.
    pub lower: Vec<String>,
}

/// A column of an import, as the database keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedColumn {
    /// Its key in queries and exports.
    pub key: String,
    /// Its name in the file.
    pub name: String,
    /// Smallest and largest finite value, if there is one.
    pub range: Option<(f64, f64)>,
    /// Whether more is better.
    pub better: Better,
}

/// An import as the database keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Its name.
    pub name: String,
    /// The file that it came from.
    pub file: PathBuf,
    /// When, in seconds since 1970 UTC.
    pub at: i64,
    /// Its columns, in order.
    pub columns: Vec<ImportedColumn>,
}

/// A folder of the table that was taken for an opened one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// As the table writes it.
    pub from: String,
    /// The folder here.
    pub to: PathBuf,
    /// Rows.
    pub n_rows: usize,
}

/// A row that fits several images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguity {
    /// Its key.
    pub key: String,
    /// Some of the images.
    pub images: Vec<PathBuf>,
    /// How many there are, counted up to a hundred; 0 where several rows of different folders fit one image.
    pub n_images: usize,
}

/// What importing a table would do. Nothing is written before it is confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPlan {
    /// Name, file, and columns.
    pub import: Import,
    /// Whether an import of this name is there, whose values go.
    pub replaces: bool,
    /// Rows of the table, broken ones left out.
    pub n_rows: usize,
    /// Images that get values: contents, each with its row.
    pub matched: Arc<Vec<(ContentId, u32)>>,
    /// Rows that say the same as another one of the same image.
    pub n_repeated: usize,
    /// Keys of rows that differ from another one of the same image; none of them is imported.
    pub conflicting: Vec<String>,
    /// Rows that fit several images; none of them is imported.
    pub ambiguous: Vec<Ambiguity>,
    /// Keys of the rows that fit no image.
    pub unmatched: Vec<String>,
    /// Rows of images that can't be read.
    pub n_unread: usize,
    /// Folders of the table that were taken for opened ones.
    pub mounts: Vec<Mount>,
    /// The table.
    pub table: Arc<Table>,
}

impl ImportPlan {
    /// One line: what it would do.
    pub fn title(&self) -> String {
        let columns = count(self.import.columns.len() as u64, "column");
        let images = count(self.matched.len() as u64, "image");
        let replaces = if self.replaces {
            ", replacing what it had"
        } else {
            ""
        };
        format!(
            "Import {columns} for {images} as '{}'{replaces}",
            self.import.name
        )
    }

    /// What is to be known of it, a line each.
    pub fn lines(&self) -> Vec<String> {
        let rows = |n: usize| count(n as u64, "row");
        let mut lines: Vec<String> = self.import.columns.iter().map(column).collect();
        lines.extend(self.mounts.iter().map(|mount| {
            let from = match mount.from.as_str() {
                "" => "its relative paths",
                from => from,
            };
            let n = rows(mount.n_rows);
            format!("{n}: {from} taken for {}", mount.to.display())
        }));
        lines.extend(self.table.notices.iter().cloned());
        if self.n_repeated > 0 {
            lines.push(format!(
                "{} repeat what another one says",
                rows(self.n_repeated)
            ));
        }
        if self.n_unread > 0 {
            let n = rows(self.n_unread);
            lines.push(format!("{n} are about images that can't be read"));
        }
        let ambiguous: Vec<&str> = self.ambiguous.iter().map(|row| row.key.as_str()).collect();
        let conflicting: Vec<&str> = self.conflicting.iter().map(String::as_str).collect();
        let unmatched: Vec<&str> = self.unmatched.iter().map(String::as_str).collect();
        for (keys, what) in [
            (conflicting, "contradict each other and are left out"),
            (ambiguous, "fit several images and are left out"),
            (unmatched, "fit no image"),
        ] {
            lines.extend(some(&keys, what));
        }
        lines
    }
}

fn column(column: &ImportedColumn) -> String {
    if column.key == column.name {
        return format!("column {}", column.key);
    }
    format!("column '{}' as {}", column.name, column.key)
}

/// "1,204 rows fit no image: a.png, b.png, …".
fn some(keys: &[&str], what: &str) -> Option<String> {
    if keys.is_empty() {
        return None;
    }
    let rows = count(keys.len() as u64, "row");
    let shown = keys.get(..SHOWN).unwrap_or(keys).join(", ");
    let more = if keys.len() > SHOWN { ", …" } else { "" };
    Some(format!("{rows} {what}: {shown}{more}"))
}
