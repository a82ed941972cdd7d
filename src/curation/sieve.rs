//! Answers views: which rows, in which order, and what each rule hides.
//!
//! Every rule has its own mask, kept while the rule and the arrays it reads stay the same: a tick of
//! a slider is one pass over one column, a few word-wise ANDs, and one branchless walk over the
//! cached order. There is no limit on the number of rules.
//!
//! Must not know: who asks, or when.

use std::collections::VecDeque;
use std::sync::Arc;

use rayon::prelude::*;

use crate::base::Generation;
use crate::domain::catalog::{Catalog, Row};
use crate::domain::query::{Histogram, Keep, SortBy, ViewResult, ViewSpec};

use super::eval;
use super::facts::Facts;
use super::mask::Mask;
use super::stamp::Stamp;

/// Rows walked by one task.
const PIECE: usize = 131_072;

/// Lists remembered: one on screen, one on its way, one to fill.
const KEPT_LISTS: usize = 3;

/// A rule's mask and what it was made from.
#[derive(Debug)]
struct Sifted {
    keep: Keep,
    inputs: Stamp,
    passing: Mask,
}

/// The filter and sort of one view, with everything worth remembering between two answers.
#[derive(Debug, Default)]
pub struct Sieve {
    facts: Facts,
    rules: Vec<Sifted>,
    catalog: Option<Arc<Catalog>>,
    scratch: Vec<Row>,
    /// Lists given out before: those that nobody looks at any more are filled again, which saves the
    /// system the work of handing out fresh memory at every tick.
    lists: VecDeque<Arc<Vec<Row>>>,
}

impl Sieve {
    /// A sieve that remembers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The rows that the view shows of the catalog, and what each rule hides.
    ///
    /// The caller sets [`ViewResult::generation`].
    pub fn update(&mut self, catalog: &Arc<Catalog>, spec: &ViewSpec) -> ViewResult {
        self.catalog = Some(Arc::clone(catalog));
        self.set_guard(spec.guard);
        self.sift(catalog, spec);
        let alive = self.facts.alive(catalog);
        let mut kept = self.kept(&alive, |_| true);
        let outside = self.outside(catalog, spec, &mut kept);
        let order = self.facts.order(catalog, &spec.sort);
        let rows = self.walk(&order, &kept, spec.top.unwrap_or(usize::MAX));
        let hidden = self.rules.iter();
        let hidden = hidden.map(|rule| alive.count_without(&rule.passing));
        let hidden = hidden.collect();
        let mut failed = (*self.facts.failed(catalog)).clone();
        let mut unscored = (*alive).clone();
        unscored.and_not(&failed);
        failed.and(&alive);
        ViewResult {
            generation: Generation::default(),
            rows,
            total: alive.count(),
            hidden,
            unscored: unscored.count_without(&self.facts.scored(catalog)),
            failed: failed.count(),
            outside,
        }
    }

    /// The histograms of these columns for the last [`Sieve::update`]; unknown keys are left out.
    ///
    /// Each counts the rows that every rule keeps except the bands on that very column.
    pub fn histograms(&mut self, keys: &[String]) -> Vec<Histogram> {
        let Some(catalog) = self.catalog.clone() else {
            return Vec::new();
        };
        let alive = self.facts.alive(&catalog);
        let mut wanted = Vec::new();
        for key in keys {
            if let Some(at) = catalog.column_index(key) {
                wanted.push((key, self.facts.bins(&catalog, &catalog.columns[at])));
            }
        }
        let made = wanted.into_par_iter().map(|(key, bins)| {
            let others = |keep: &Keep| !matches!(keep, Keep::Band { column, .. } if column == key);
            Histogram {
                column: key.clone(),
                low: bins.low,
                high: bins.high,
                all: bins.all.clone(),
                kept: bins.count(&self.kept(&alive, others)),
                missing: bins.missing,
            }
        });
        made.collect()
    }

    /// Percentiles depend on the guard, and rules on percentiles.
    fn set_guard(&mut self, guard: bool) {
        if self.facts.guard != guard {
            self.facts.guard = guard;
            self.rules.clear();
        }
    }

    /// How many of the rows kept are outside the scope of a column that is sorted by; those that
    /// the guard keeps out of a top list are taken out.
    fn outside(&mut self, catalog: &Catalog, spec: &ViewSpec, kept: &mut Mask) -> usize {
        let mut outside: Option<Mask> = None;
        for key in &spec.sort {
            let SortBy::Column(column) = &key.by else {
                continue;
            };
            let column = catalog.column(column);
            if let Some(mask) = column.and_then(|column| self.facts.outside(catalog, column)) {
                let all = outside.get_or_insert_with(|| Mask::none(catalog.len()));
                all.or(&mask);
            }
        }
        let Some(outside) = outside else { return 0 };
        let n_inside = kept.count_without(&outside);
        let n_outside = kept.count() - n_inside;
        if spec.guard && spec.top.is_some() {
            kept.and_not(&outside);
        }
        n_outside
    }

    /// Makes the masks of the rules, those from before where they still hold.
    fn sift(&mut self, catalog: &Catalog, spec: &ViewSpec) {
        let mut old = std::mem::take(&mut self.rules);
        for rule in &spec.rules {
            let inputs = eval::inputs(&rule.keep, catalog);
            let known = old
                .iter()
                .position(|old| old.keep == rule.keep && old.inputs == inputs);
            self.rules.push(match known {
                Some(at) => old.swap_remove(at),
                None => Sifted {
                    passing: eval::keep(&rule.keep, catalog, &mut self.facts),
                    keep: rule.keep.clone(),
                    inputs,
                },
            });
        }
    }

    /// The rows that pass the rules chosen.
    fn kept(&self, alive: &Mask, chosen: impl Fn(&Keep) -> bool) -> Mask {
        let mut kept = alive.clone();
        for rule in self.rules.iter().filter(|rule| chosen(&rule.keep)) {
            kept.and(&rule.passing);
        }
        kept
    }

    /// The kept rows in order. Without a branch on the mask, which no processor could predict.
    fn walk(&mut self, order: &[u32], kept: &Mask, top: usize) -> Arc<Vec<Row>> {
        self.scratch.resize(order.len(), Row(0));
        let pieces = self.scratch.par_chunks_mut(PIECE);
        let pieces = pieces.zip(order.par_chunks(PIECE));
        let found: Vec<&[Row]> = pieces
            .map(|(out, order)| {
                let mut n = 0;
                for &row in order {
                    out[n] = Row(row);
                    n += kept.bit(row as usize);
                }
                &out[..n]
            })
            .collect();
        let total = found.iter().map(|piece| piece.len()).sum::<usize>();
        let unused = (self.lists.iter()).position(|list| Arc::strong_count(list) == 1);
        let mut list = unused
            .and_then(|at| self.lists.remove(at))
            .unwrap_or_default();
        let rows = Arc::make_mut(&mut list);
        rows.clear();
        rows.reserve(total.min(top));
        for piece in found {
            let room = top - rows.len();
            rows.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        self.lists.push_back(Arc::clone(&list));
        if self.lists.len() > KEPT_LISTS {
            self.lists.pop_front();
        }
        list
    }
}

#[cfg(test)]
mod tests;
