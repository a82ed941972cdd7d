//! Sorts of the whole library, as lists of rows.
//!
//! Every sort key becomes one or two arrays of 32-bit codes whose order is the wanted one; a stable
//! radix sort goes over them, least significant first. Ties therefore stay in row order.
//!
//! Must not know: which rows a view shows.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::base::paths;
use crate::domain::catalog::{Catalog, Column, Row};
use crate::domain::query::{SortBy, SortKey};

use super::facts::Facts;
use super::scope;
use super::stamp::Stamp;
use super::text::natural_key;

/// An order by text, kept so that the next one starts from it.
#[derive(Debug)]
pub(super) struct Ranking {
    order: Vec<u32>,
    /// Position of each row among the distinct texts.
    ranks: Vec<u32>,
}

/// The arrays that names and paths come from.
pub(super) fn text_stamp(catalog: &Catalog) -> Stamp {
    Stamp::of(&catalog.names)
        .with(&catalog.folder)
        .with(&catalog.folders)
}

/// The arrays that the sort depends on.
pub(super) fn stamp(catalog: &Catalog, sort: &[SortKey]) -> Stamp {
    let mut stamp = Stamp::of(&catalog.files);
    for key in sort {
        match &key.by {
            SortBy::Name | SortBy::Path => {
                stamp.push(&catalog.names);
                stamp.push(&catalog.folder);
                stamp.push(&catalog.folders);
            }
            SortBy::Date => stamp.push(&catalog.mtime_ns),
            SortBy::Size => stamp.push(&catalog.size),
            SortBy::Stars => stamp.push(&catalog.stars),
            SortBy::Column(column) => {
                if let Some(at) = catalog.column_index(column) {
                    stamp.append(scope::stamp(catalog, &catalog.columns[at]));
                }
            }
        }
    }
    stamp
}

/// Every row, the gone ones included, in the order of the sort.
pub(super) fn sorted(catalog: &Catalog, sort: &[SortKey], facts: &mut Facts) -> Vec<u32> {
    let mut order: Vec<u32> = (0..catalog.len() as u32).collect();
    for key in sort.iter().rev() {
        for codes in key_codes(catalog, key, facts) {
            radix(&mut order, &codes);
        }
        if let SortBy::Column(column) = &key.by
            && let Some(column) = catalog.column(column)
        {
            set_apart(&mut order, catalog, column, facts);
        }
    }
    order
}

/// The codes of one key, the less significant half first.
fn key_codes(catalog: &Catalog, key: &SortKey, facts: &mut Facts) -> Vec<Vec<u32>> {
    let flip = if key.descending { u32::MAX } else { 0 };
    let flipped = |ranks: &[u32]| vec![ranks.iter().map(|rank| rank ^ flip).collect()];
    let halves = |codes: &mut dyn Iterator<Item = u64>| {
        let (low, high) = codes
            .map(|code| (code as u32 ^ flip, (code >> 32) as u32 ^ flip))
            .unzip();
        vec![low, high]
    };
    match &key.by {
        SortBy::Name => flipped(&facts.names(catalog).ranks),
        SortBy::Path => flipped(&facts.paths(catalog).ranks),
        SortBy::Date => halves(&mut catalog.mtime_ns.iter().map(|&t| t as u64 ^ 1 << 63)),
        SortBy::Size => halves(&mut catalog.size.iter().copied()),
        SortBy::Stars => {
            let codes = catalog.stars.iter().map(|&stars| u32::from(stars) ^ flip);
            vec![codes.collect()]
        }
        SortBy::Column(column) => match catalog.column_index(column) {
            Some(at) => vec![codes(&catalog.columns[at].values, key.descending)],
            None => Vec::new(),
        },
    }
}

/// Under the guard, puts what is outside the scope of a column that was just sorted by after all
/// its other values, before the rows without one.
fn set_apart(order: &mut [u32], catalog: &Catalog, column: &Column, facts: &mut Facts) {
    let outside = facts.guarded(catalog, column);
    let Some(outside) = outside.filter(|mask| mask.count() > 0) else {
        return;
    };
    let mut apart = Vec::with_capacity(outside.count());
    let mut n_kept = 0;
    for at in 0..order.len() {
        let row = order[at];
        order[n_kept] = row;
        if outside.get(row as usize) {
            apart.push(row);
        } else {
            n_kept += 1;
        }
    }
    order[n_kept..].copy_from_slice(&apart);
    let n_valued = column.values.iter().filter(|value| !value.is_nan()).count();
    let n_without = order.len() - n_valued;
    order[n_kept - n_without..].rotate_left(n_without);
}

/// Codes in the order of the values, `-0.0` equal to `0.0`, NaN last in both directions.
pub(super) fn codes(values: &[f32], descending: bool) -> Vec<u32> {
    let flip = if descending { u32::MAX } else { 0 };
    let code = |&value: &f32| {
        if value.is_nan() {
            return u32::MAX;
        }
        let bits = (value + 0.0).to_bits();
        let ascending = bits ^ ((bits as i32 >> 31) as u32 | 1 << 31);
        ascending ^ flip
    };
    values.par_iter().map(code).collect()
}

/// Sorts rows by their codes, stably.
pub(super) fn radix(order: &mut [u32], codes: &[u32]) {
    let code = |row: u32| codes.get(row as usize).copied().unwrap_or(u32::MAX);
    let words = order.iter().map(|&row| word(code(row), row)).collect();
    for (row, word) in order.iter_mut().zip(by_code(words)) {
        *row = word as u32;
    }
}

/// A code and a row in one word, so that every pass of a sort reads straight through.
pub(super) fn word(code: u32, row: u32) -> u64 {
    u64::from(code) << 32 | u64::from(row)
}

/// Words in the order of their codes, stably: three passes of 11 bits, those that would change
/// nothing left out.
pub(super) fn by_code(words: Vec<u64>) -> Vec<u64> {
    const DIGITS: usize = 1 << 11;
    let mut from = words;
    let mut to = vec![0; from.len()];
    for shift in [32, 43, 54] {
        let digit = |word: u64| (word >> shift) as usize & (DIGITS - 1);
        let mut starts = [0_usize; DIGITS];
        for &word in &from {
            starts[digit(word)] += 1;
        }
        if starts.contains(&from.len()) {
            continue;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        for &word in &from {
            let at = &mut starts[digit(word)];
            to[*at] = word;
            *at += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    from
}

/// Texts as one buffer of keys whose byte order is the natural order.
struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    fn new<T: AsRef<[u8]>>(texts: impl Iterator<Item = T>) -> Self {
        let mut keys = Self {
            bytes: Vec::new(),
            ends: vec![0],
        };
        let mut scratch = String::new();
        for text in texts {
            natural_key(text.as_ref(), &mut scratch, &mut keys.bytes);
            keys.ends.push(keys.bytes.len());
        }
        keys
    }

    fn get(&self, at: u32) -> &[u8] {
        let at = at as usize;
        match (self.ends.get(at), self.ends.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.bytes[start..end],
            _ => &[],
        }
    }

    /// Length of what all keys begin with.
    fn common(&self) -> usize {
        let first = self.get(0);
        let alike = |key: &[u8]| first.iter().zip(key).take_while(|(a, b)| a == b).count();
        let keys = 0..self.ends.len() as u32 - 1;
        keys.map(|at| alike(self.get(at))).min().unwrap_or(0)
    }

    /// Eight bytes of a key after what is common, as a number that never contradicts the order of
    /// the keys.
    fn lead(&self, at: u32, skip: usize) -> u64 {
        let mut lead = [0; 8];
        let rest = self.get(at).get(skip..).unwrap_or_default();
        for (byte, &known) in lead.iter_mut().zip(rest) {
            *byte = known;
        }
        u64::from_be_bytes(lead)
    }

    fn of_names(catalog: &Catalog) -> Self {
        let rows = 0..catalog.len() as u32;
        Self::new(rows.map(|row| catalog.names.get(Row(row))))
    }

    fn of_folders(catalog: &Catalog) -> Self {
        Self::new(catalog.folders.iter().map(|f| paths::to_bytes(&**f)))
    }
}

/// Natural order of the file names, then of the folders.
pub(super) fn by_name(catalog: &Catalog, old: Option<&Ranking>) -> Ranking {
    let (names, folders) = (Keys::of_names(catalog), Keys::of_folders(catalog));
    let skip = names.common();
    rank(
        catalog,
        old,
        |row| names.lead(row, skip),
        |a, b| {
            let by_folder = || {
                folders
                    .get(folder(catalog, a))
                    .cmp(folders.get(folder(catalog, b)))
            };
            names.get(a).cmp(names.get(b)).then_with(by_folder)
        },
    )
}

/// Natural order of the full paths.
pub(super) fn by_path(catalog: &Catalog, old: Option<&Ranking>) -> Ranking {
    let (names, folders) = (Keys::of_names(catalog), Keys::of_folders(catalog));
    rank(
        catalog,
        old,
        |_| 0,
        |a, b| {
            let (fa, fb) = (folder(catalog, a), folder(catalog, b));
            if fa == fb {
                return names.get(a).cmp(names.get(b));
            }
            let full = |folder, name| {
                folders
                    .get(folder)
                    .iter()
                    .chain(b"/")
                    .chain(names.get(name))
            };
            full(fa, a).cmp(full(fb, b))
        },
    )
}

fn folder(catalog: &Catalog, row: u32) -> u32 {
    catalog.folder.get(row as usize).copied().unwrap_or(0)
}

/// Orders the rows, from an outdated order if there is one: the standard sort is fast on input that
/// is nearly sorted, as when a scan appends files. `lead` must not contradict `compare`; it decides
/// most comparisons without a look at the texts.
fn rank(
    catalog: &Catalog,
    old: Option<&Ranking>,
    lead: impl Fn(u32) -> u64 + Sync,
    compare: impl Fn(u32, u32) -> Ordering + Sync,
) -> Ranking {
    let len = catalog.len() as u32;
    let in_order = |a: &u32, b: &u32| compare(*a, *b).then(a.cmp(b));
    let mut order: Vec<u32> = Vec::new();
    let mut sorted = 0;
    if let Some(old) = old.filter(|old| old.order.len() <= len as usize) {
        order.clone_from(&old.order);
        sorted = order.len() as u32;
    }
    let mut new: Vec<(u64, u32)> = (sorted..len).map(|row| (lead(row), row)).collect();
    new.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| in_order(&a.1, &b.1)));
    order.extend(new.iter().map(|(_, row)| row));
    if sorted > 0 {
        order.sort_by(in_order);
    }
    let mut ranks = vec![0; order.len()];
    let runs = order.chunk_by(|&a, &b| compare(a, b) == Ordering::Equal);
    for (rank, run) in runs.enumerate() {
        for &row in run {
            ranks[row as usize] = rank as u32;
        }
    }
    Ranking { order, ranks }
}
