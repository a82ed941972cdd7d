//! What is derived from the catalog's arrays and worth keeping until they change.
//!
//! Must not know: rules or views.

use std::sync::Arc;

use rayon::prelude::*;

use crate::domain::catalog::{Catalog, Column};
use crate::domain::query::SortKey;

use super::mask::Mask;
use super::order::{self, Ranking};
use super::scope;
use super::stamp::Stamp;

/// Intervals of a histogram.
pub(super) const BINS: usize = 100;
/// The bin of rows without a value, and of rows that are gone.
const NO_BIN: u8 = 255;

/// Computed values by key, each valid while its stamp holds; the most recent ones are kept.
#[derive(Debug)]
pub(super) struct Memo<K, V> {
    entries: Vec<(K, Stamp, Arc<V>)>,
    capacity: usize,
}

impl<K: PartialEq + Clone, V> Memo<K, V> {
    fn new(capacity: usize) -> Self {
        Self {
            entries: Vec::new(),
            capacity,
        }
    }

    /// Whether the value is there and still valid.
    fn holds(&self, key: &K, stamp: &Stamp) -> bool {
        let mut entries = self.entries.iter();
        entries.any(|(known, valid, _)| known == key && valid == stamp)
    }

    /// The value, computed from the outdated one (if any) when its stamp no longer holds.
    fn get(&mut self, key: &K, stamp: Stamp, compute: impl FnOnce(Option<&V>) -> V) -> Arc<V> {
        let found = self.entries.iter().position(|(known, ..)| known == key);
        let old = found.map(|at| self.entries.remove(at));
        let entry = match old {
            Some(entry) if entry.1 == stamp => entry,
            old => {
                let value = compute(old.as_ref().map(|(.., value)| &**value));
                (key.clone(), stamp, Arc::new(value))
            }
        };
        let value = Arc::clone(&entry.2);
        self.entries.insert(0, entry);
        self.entries.truncate(self.capacity);
        value
    }
}

/// The interval of each row's value within a column.
#[derive(Debug)]
pub(super) struct Bins {
    /// Smallest finite value.
    pub(super) low: f64,
    /// Largest finite value.
    pub(super) high: f64,
    /// Counts over the whole library.
    pub(super) all: Vec<u32>,
    /// Rows of the library without a value.
    pub(super) missing: u32,
    of_row: Vec<u8>,
}

impl Bins {
    /// Counts over the rows of the mask.
    pub(super) fn count(&self, mask: &Mask) -> Vec<u32> {
        // Four tables, so that equal neighbours don't wait for each other.
        let mut tables = [[0_u32; 256]; 4];
        for (row, &bin) in self.of_row.iter().enumerate() {
            tables[row % 4][bin as usize] += mask.bit(row) as u32;
        }
        (0..BINS)
            .map(|bin| tables.iter().map(|table| table[bin]).sum())
            .collect()
    }

    fn new(values: &[f32], alive: &Mask) -> Self {
        let finite = values
            .par_iter()
            .enumerate()
            .filter(|&(row, value)| value.is_finite() && alive.get(row))
            .map(|(_, &value)| (value, value));
        let span = finite.reduce(
            || (f32::INFINITY, f32::NEG_INFINITY),
            |a, b| (a.0.min(b.0), a.1.max(b.1)),
        );
        let (low, high) = if span.0 <= span.1 { span } else { (0.0, 0.0) };
        let (low, high) = (f64::from(low), f64::from(high));
        let scale = if high > low {
            BINS as f64 / (high - low)
        } else {
            0.0
        };
        let bin_of = |(row, &value): (usize, &f32)| {
            if value.is_nan() || !alive.get(row) {
                return NO_BIN;
            }
            let bin = (f64::from(value) - low) * scale;
            bin.clamp(0.0, (BINS - 1) as f64) as u8
        };
        let mut made = Self {
            low,
            high,
            all: Vec::new(),
            missing: 0,
            of_row: values.par_iter().enumerate().map(bin_of).collect(),
        };
        made.all = made.count(alive);
        made.missing = alive.count() as u32 - made.all.iter().sum::<u32>();
        made
    }
}

/// The caches.
#[derive(Debug)]
pub(super) struct Facts {
    alive: Memo<(), Mask>,
    failed: Memo<(), Mask>,
    has: Memo<String, Mask>,
    outside: Memo<String, Mask>,
    percentiles: Memo<(String, bool), Vec<f32>>,
    bins: Memo<String, Bins>,
    names: Memo<(), Ranking>,
    paths: Memo<(), Ranking>,
    orders: Memo<(Vec<SortKey>, bool), Vec<u32>>,
    /// Whether values outside their scope stand apart: [`ViewSpec::guard`].
    ///
    /// [`ViewSpec::guard`]: crate::domain::query::ViewSpec::guard
    pub(super) guard: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            alive: Memo::new(1),
            failed: Memo::new(1),
            has: Memo::new(256),
            outside: Memo::new(16),
            percentiles: Memo::new(16),
            bins: Memo::new(64),
            names: Memo::new(1),
            paths: Memo::new(1),
            orders: Memo::new(4),
            guard: false,
        }
    }
}

impl Facts {
    /// Rows that are not gone.
    pub(super) fn alive(&mut self, catalog: &Catalog) -> Arc<Mask> {
        let stamp = Stamp::of(&catalog.status);
        let alive = |_: Option<&Mask>| Mask::of(catalog.len(), &catalog.status, |s| !s.gone);
        self.alive.get(&(), stamp, alive)
    }

    /// Rows that failed at any stage.
    pub(super) fn failed(&mut self, catalog: &Catalog) -> Arc<Mask> {
        let stamp = Stamp::of(&catalog.status);
        let failed = |_: Option<&Mask>| Mask::of(catalog.len(), &catalog.status, |s| s.failed);
        self.failed.get(&(), stamp, failed)
    }

    /// Rows with a value in the column.
    pub(super) fn has(&mut self, column: &Column) -> Arc<Mask> {
        let values = &column.values;
        let has = |_: Option<&Mask>| Mask::of(values.len(), values, |v: &f32| !v.is_nan());
        self.has.get(&column.spec.key, Stamp::of(values), has)
    }

    /// Rows with a value in every column that scoring fills.
    pub(super) fn scored(&mut self, catalog: &Catalog) -> Mask {
        let mut scored = Mask::all(catalog.len());
        for column in catalog.scored_columns() {
            scored.and(&self.has(column));
        }
        scored
    }

    /// Rows whose value of the column is outside its scope; none where it has no bounds.
    pub(super) fn outside(&mut self, catalog: &Catalog, column: &Column) -> Option<Arc<Mask>> {
        let outside = |_: Option<&Mask>| scope::mask(catalog, column);
        let stamp = scope::is_bounded(catalog, column).then(|| scope::stamp(catalog, column))?;
        Some(self.outside.get(&column.spec.key, stamp, outside))
    }

    /// The same under the guard; none without it.
    pub(super) fn guarded(&mut self, catalog: &Catalog, column: &Column) -> Option<Arc<Mask>> {
        self.guard.then(|| self.outside(catalog, column)).flatten()
    }

    /// Percentile rank, 0–100, of each row among the library's values; NaN where there is none, and
    /// where the guard leaves it out.
    ///
    /// The smallest value has 0, the largest 100, equal values the mean of their ranks.
    pub(super) fn percentiles(&mut self, catalog: &Catalog, column: &Column) -> Arc<Vec<f32>> {
        let mut ranked = (*self.alive(catalog)).clone();
        let outside = self.guarded(catalog, column);
        let mut stamp = Stamp::of(&column.values).with(&catalog.status);
        if let Some(outside) = &outside {
            ranked.and_not(outside);
            stamp.push(outside);
        }
        let ranks = |_: Option<&Vec<f32>>| percentiles(&column.values, &ranked);
        let key = (column.spec.key.clone(), outside.is_some());
        self.percentiles.get(&key, stamp, ranks)
    }

    /// Makes [`Facts::percentiles`] without the guard ready for several columns, those that are
    /// outdated at once.
    pub(super) fn rank(&mut self, catalog: &Catalog, columns: &[&Column]) {
        let alive = self.alive(catalog);
        let stamp = |column: &Column| Stamp::of(&column.values).with(&catalog.status);
        let key = |column: &Column| (column.spec.key.clone(), false);
        let is_old = |column: &&&Column| !self.percentiles.holds(&key(column), &stamp(column));
        let old: Vec<&Column> = columns.iter().filter(is_old).copied().collect();
        let ranks = old
            .par_iter()
            .map(|column| percentiles(&column.values, &alive));
        let ranks: Vec<Vec<f32>> = ranks.collect();
        for (column, ranks) in old.into_iter().zip(ranks) {
            let (key, stamp) = (key(column), stamp(column));
            self.percentiles.get(&key, stamp, |_| ranks);
        }
    }

    /// The histogram intervals of a column.
    pub(super) fn bins(&mut self, catalog: &Catalog, column: &Column) -> Arc<Bins> {
        let alive = self.alive(catalog);
        let stamp = Stamp::of(&column.values).with(&catalog.status);
        let bins = |_: Option<&Bins>| Bins::new(&column.values, &alive);
        self.bins.get(&column.spec.key, stamp, bins)
    }

    /// The natural order of the names, then of the folders.
    pub(super) fn names(&mut self, catalog: &Catalog) -> Arc<Ranking> {
        let ranking = |old: Option<&Ranking>| order::by_name(catalog, old);
        self.names.get(&(), order::text_stamp(catalog), ranking)
    }

    /// The natural order of the full paths.
    pub(super) fn paths(&mut self, catalog: &Catalog) -> Arc<Ranking> {
        let ranking = |old: Option<&Ranking>| order::by_path(catalog, old);
        self.paths.get(&(), order::text_stamp(catalog), ranking)
    }

    /// Every row in the order of the sort.
    pub(super) fn order(&mut self, catalog: &Catalog, sort: &[SortKey]) -> Arc<Vec<u32>> {
        let stamp = order::stamp(catalog, sort);
        let key = (sort.to_vec(), self.guard);
        // Out and in again: sorting asks the other caches.
        let mut orders = std::mem::replace(&mut self.orders, Memo::new(0));
        let made = orders.get(&key, stamp, |_| order::sorted(catalog, sort, self));
        self.orders = orders;
        made
    }
}

fn percentiles(values: &[f32], alive: &Mask) -> Vec<f32> {
    let codes = order::codes(values, false);
    let rows = codes.iter().zip(values).enumerate();
    let known = rows.filter(|(row, (_, value))| !value.is_nan() && alive.get(*row));
    let words = known.map(|(row, (&code, _))| order::word(code, row as u32));
    let words = order::by_code(words.collect());
    let mut out = vec![f32::NAN; values.len()];
    let last = words.len().saturating_sub(1);
    let mut start = 0;
    for run in words.chunk_by(|a, b| a >> 32 == b >> 32) {
        let middle = start as f64 + (run.len() - 1) as f64 / 2.0;
        let percent = if last == 0 {
            100.0
        } else {
            100.0 * middle / last as f64
        };
        for &word in run {
            out[word as u32 as usize] = percent as f32;
        }
        start += run.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::float_cmp, reason = "the ranks are exact")]
    #[test]
    fn percentiles_span_0_to_100_and_share_ties() {
        let nan = f32::NAN;
        let values = [5.0, nan, 1.0, 3.0, 3.0, 9.0];
        let alive = Mask::all(values.len());
        let got = percentiles(&values, &alive);
        assert!(got[1].is_nan());
        assert_eq!(
            [got[0], got[2], got[3], got[4], got[5]],
            [75.0, 0.0, 37.5, 37.5, 100.0]
        );
        assert_eq!(percentiles(&[nan, 2.0], &Mask::all(2))[1], 100.0);
    }

    #[test]
    fn a_tenth_lies_at_or_above_the_ninetieth() {
        let values: Vec<f32> = (0..1000).map(|i| i as f32).collect();
        let got = percentiles(&values, &Mask::all(1000));
        assert_eq!(got.iter().filter(|&&p| p >= 90.0).count(), 100);
    }

    #[test]
    fn bins_cover_ends_infinities_and_constant_columns() {
        let values = [0.0, 1.0, f32::INFINITY, f32::NAN, 0.5];
        let bins = Bins::new(&values, &Mask::all(5));
        assert_eq!((bins.low, bins.high, bins.missing), (0.0, 1.0, 1));
        assert_eq!((bins.all[0], bins.all[50], bins.all[99]), (1, 1, 2));
        let same = Bins::new(&[7.0; 3], &Mask::all(3));
        assert_eq!((same.low, same.high, same.all[0]), (7.0, 7.0, 3));
    }
}
