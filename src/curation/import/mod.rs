//! Which row of another program's table is about which image.
//!
//! A row fits an image where the table's path ends with the image's path below its opened folder
//! (the table was written elsewhere), or the image's path ends with the whole of the table's (which
//! is relative). Of several, the longest agreement wins; where that leaves more than one image, the
//! row is ambiguous. Nothing is guessed.
//!
//! Must not know: files, databases, formats of tables.

mod index;
mod mounts;
mod names;
mod path;
mod settle;

use std::path::Path;

use crate::domain::import::{KeyKind, Keys};

pub use names::{column_keys, import_name, key_kind};
pub use settle::{Settled, settle};

use index::Index;
use mounts::Mounts;
use path::Normal;

/// Images named of one ambiguous row.
const N_NAMED: usize = 8;

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// It is about this file, by place in the list.
    File(u32),
    /// It fits several: some of them, and how many there are. Without any, several rows under
    /// different folders fit the same file.
    Ambiguous(Vec<u32>, usize),
    /// It fits none.
    None,
}

/// What became of the rows of a table.
#[derive(Debug, Default)]
pub struct Matches {
    /// One a row.
    pub rows: Vec<Match>,
    /// Folders of the table taken for opened ones: as written, place of the root, rows.
    pub mounts: Vec<(String, usize, usize)>,
}

/// Finds the file of each row by its path or name. `files` are bytes of absolute paths with the
/// place of their root among `roots`; none where a file is below no root.
pub fn match_paths<'a>(
    kind: KeyKind,
    keys: &Keys,
    files: impl Iterator<Item = (&'a Path, Option<usize>)>,
    roots: &[std::path::PathBuf],
) -> Matches {
    let roots: Vec<Normal> = roots.iter().map(|root| Normal::of_path(root)).collect();
    let mut index = Index::new(files, &roots);
    let keys: Vec<Normal> = (0..keys.len())
        .map(|row| Normal::of_key(keys.get(row)))
        .collect();
    index.add_tails(keys.iter().filter(|key| !key.absolute).map(Normal::depth));
    let mut mounts = Mounts::new(&roots);
    let rows = keys
        .iter()
        .enumerate()
        .map(|(row, key)| one(kind, key, row, &index, &mut mounts))
        .collect();
    let mut matches = Matches {
        rows,
        mounts: Vec::new(),
    };
    mounts.decide(&mut matches);
    matches
}

fn one(kind: KeyKind, key: &Normal, row: usize, index: &Index, mounts: &mut Mounts<'_>) -> Match {
    if key.text.is_empty() {
        return Match::None;
    }
    if key.absolute {
        if let Some(file) = index.at(&key.text) {
            return Match::File(file);
        }
    } else if let Some(found) = relative(kind, key, index) {
        return found;
    }
    let Some((len, files)) = index.below_root(&key.text) else {
        return Match::None;
    };
    let from = key.text.get(..key.text.len() - len).unwrap_or_default();
    mounts.nearest(row, from, &files, index)
}

/// The files whose path ends with the whole key. One that lies just there below a root is meant
/// if the key is a path.
fn relative(kind: KeyKind, key: &Normal, index: &Index) -> Option<Match> {
    let (named, n) = index.ending(key, N_NAMED);
    match (n, named.first()) {
        (0, _) | (_, None) => None,
        (1, Some(&file)) => Some(Match::File(file)),
        _ => {
            let exact = index.below_root(&key.text);
            let exact = exact.filter(|(len, _)| *len == key.text.len());
            match exact.as_ref().map(|(_, files)| files.as_slice()) {
                Some(&[file]) if kind == KeyKind::Path => Some(Match::File(file)),
                _ => Some(Match::Ambiguous(named, n)),
            }
        }
    }
}

#[cfg(test)]
mod tests;
