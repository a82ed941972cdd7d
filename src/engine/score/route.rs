//! Rules in a run: which scorers an image is kept out of.
//!
//! A rule is asked again whenever more of an image is known: before it is opened, after our own
//! code, before each network, before each head. Knowing more never changes an answer, so that the
//! outcome depends on the image alone; asking early only spares work.
//!
//! Must not know: files, databases, threads.

use std::cmp::Reverse;

use crate::curation::condition::{columns_of, decide};
use crate::domain::image::{Facts, Stage};
use crate::domain::query::{Expr, Quantity};

use super::plan::{How, Part, Plan, Running};
use super::stage::Item;
use super::{Found, Outcome};

/// The rule of a part, with the places of the columns that it reads.
pub(crate) struct Gate {
    condition: Expr,
    /// Key of each column, its part, and its place among the part's columns.
    reads: Vec<(String, usize, usize)>,
}

/// What rules need to know of an image beside what the run finds, and what they said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ruling {
    /// Scores of earlier runs, of the parts that rules read.
    pub known: Vec<Found>,
    /// What earlier runs found out by decoding.
    pub facts: Option<Facts>,
    /// The parts that the image is kept out of.
    pub kept_out: Vec<KeptOut>,
}

/// A part that an image is kept out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeptOut {
    /// Its place.
    pub part: usize,
    /// Whether the rule could not be decided, for a column that it reads has no value.
    pub undecided: bool,
}

/// How many images the rules kept out of one scorer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Routed {
    /// Its key.
    pub scorer: String,
    /// Images for which its rule does not hold.
    pub outside: usize,
    /// Images for which that can't be told: a column that the rule reads has no value.
    pub undecided: usize,
}

/// What a rule says of an image at the moment.
enum Answer {
    Runs,
    Later,
    Out { undecided: bool },
}

impl Gate {
    /// The rule of a scorer that comes after these parts; none where it has none.
    pub(crate) fn of(running: &Running, before: &[Part]) -> Option<Self> {
        let condition = running.only.clone()?;
        let place = |key: &str| {
            before.iter().enumerate().find_map(|(part, p)| {
                let columns = &p.running.scorer.spec.columns;
                let column = columns.iter().position(|column| column.key == key)?;
                Some((key.to_owned(), part, column))
            })
        };
        let reads = columns_of(&condition)
            .into_iter()
            .filter_map(place)
            .collect();
        Some(Self { condition, reads })
    }

    /// The parts whose columns it reads.
    pub(crate) fn parts(&self) -> impl Iterator<Item = usize> + '_ {
        self.reads.iter().map(|(_, part, _)| *part)
    }

    /// Whether it needs the picture's size in pixels.
    pub(crate) fn reads_size(&self) -> bool {
        let asked = std::cell::Cell::new(false);
        decide(&self.condition, &|quantity| {
            asked.set(asked.get() || !matches!(quantity, Quantity::Column(_)));
            None
        });
        asked.get()
    }

    fn answer(&self, image: &Image<'_>) -> Answer {
        let number = |quantity: &Quantity| self.number(quantity, image);
        match decide(&self.condition, &number) {
            Some(true) => Answer::Runs,
            Some(false) => Answer::Out { undecided: false },
            None if self.is_pending(image) => Answer::Later,
            None => Answer::Out { undecided: true },
        }
    }

    /// Whether something that it reads may still come.
    fn is_pending(&self, image: &Image<'_>) -> bool {
        let unopened = image.done == 0 && image.facts().is_none();
        self.parts().any(|part| image.awaits(part)) || (unopened && self.reads_size())
    }

    /// None for what is not known yet.
    fn number(&self, quantity: &Quantity, image: &Image<'_>) -> Option<f64> {
        let (width, height) = (
            |f: &Facts| f64::from(f.width),
            |f: &Facts| f64::from(f.height),
        );
        match quantity {
            Quantity::Column(key) => {
                let mut reads = self.reads.iter();
                let read = reads.find(|(known, ..)| known == key);
                read.map_or(Some(f64::NAN), |(_, part, column)| {
                    image.value(*part, *column)
                })
            }
            Quantity::Size => Some(image.outcome.stamp.size as f64),
            Quantity::Width => image.facts().map(width),
            Quantity::Height => image.facts().map(height),
            Quantity::Aspect => image.facts().map(|f| width(f) / height(f)),
            Quantity::Percentile(_) | Quantity::Stars => None,
        }
    }
}

/// An image as rules see it.
struct Image<'a> {
    outcome: &'a Outcome,
    /// The parts before this place have had their turn.
    done: usize,
    /// For the parts up to now, whether the run may still find values of them, or drop them.
    awaited: &'a [bool],
}

impl Image<'_> {
    fn facts(&self) -> Option<&Facts> {
        let earlier = self.outcome.ruling.facts.as_ref();
        self.outcome.facts.as_ref().or(earlier)
    }

    fn found(&self, part: usize) -> Option<&Found> {
        let earlier = &self.outcome.ruling.known;
        let mut all = self.outcome.scores.iter().chain(earlier);
        all.find(|found| found.part == part)
    }

    fn wants(&self, part: usize) -> bool {
        self.outcome.missing.get(part) == Some(&true)
    }

    fn awaits(&self, part: usize) -> bool {
        self.awaited.get(part) == Some(&true)
    }

    /// NaN where there is none, none where it is not known yet.
    fn value(&self, part: usize, column: usize) -> Option<f64> {
        if self.awaits(part) {
            return None;
        }
        let values = self.found(part).map(|found| found.scores.values.as_slice());
        Some(
            values
                .and_then(|values| values.get(column).copied())
                .unwrap_or(f64::NAN),
        )
    }
}

impl Plan {
    /// Whether any scorer has a rule.
    pub(crate) fn has_rules(&self) -> bool {
        self.parts.iter().any(|part| part.gate.is_some())
    }

    /// Takes from the image what rules keep it out of, as far as they can be decided now. The parts
    /// before place `done` have had their turn; 0 while it is on its way.
    pub(crate) fn narrow(&self, outcome: &mut Outcome, done: usize) {
        if outcome.reused || outcome.is_unseen() || !self.has_rules() {
            return;
        }
        let mut awaited = Vec::with_capacity(self.parts.len());
        for (part, of) in self.parts.iter().enumerate() {
            let image = Image {
                outcome,
                done,
                awaited: &awaited,
            };
            let wanted = image.wants(part);
            let gate = of.gate.as_ref().filter(|_| wanted);
            let answer = gate.map_or(Answer::Runs, |gate| gate.answer(&image));
            let comes = match answer {
                Answer::Runs => wanted && part >= done && image.found(part).is_none(),
                // It may have run already, and what it found may be dropped again.
                Answer::Later => true,
                Answer::Out { .. } => false,
            };
            awaited.push(comes);
            if let Answer::Out { undecided } = answer {
                self.keep_out(KeptOut { part, undecided }, outcome);
            }
        }
    }

    /// A network whose rule waits for a head has run already: its answer is dropped.
    fn keep_out(&self, out: KeptOut, outcome: &mut Outcome) {
        if let Some(missing) = outcome.missing.get_mut(out.part) {
            *missing = false;
        }
        outcome.scores.retain(|found| found.part != out.part);
        let key = self
            .parts
            .get(out.part)
            .map_or("", |part| part.running.key());
        outcome.failures.retain(|failure| {
            let of = failure.reason.split_once(':').map(|(of, _)| of);
            failure.stage != Stage::Score || of != Some(key)
        });
        outcome.ruling.kept_out.push(out);
    }

    /// Takes from images on their way what rules keep them out of.
    pub(crate) fn narrow_items(&self, items: &mut [Item<'_>]) {
        if !self.has_rules() {
            return;
        }
        for item in items {
            self.narrow(&mut item.outcome, 0);
            let hash = item.outcome.hash.as_ref();
            let needs = self.needs(&item.outcome.missing, hash);
            let wants = item.wants.iter_mut().zip(needs.nets);
            wants.for_each(|(wanted, needed)| *wanted &= needed);
        }
    }

    /// Places of the networks in the order in which they run: those that rules read come before
    /// those that the rules hold back.
    pub(crate) fn order(&self) -> Vec<usize> {
        let mut depths: Vec<usize> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let below = part.gate.iter().flat_map(Gate::parts);
            let below = below.filter_map(|part| depths.get(part)).max();
            depths.push(below.map_or(0, |depth| depth + 1));
        }
        let runs = |part: &Part, net: usize| match &part.how {
            How::Computed(_) => false,
            How::Network(own) | How::Encoder(own) => *own == net,
            How::Head(encoders) => encoders.contains(&net),
        };
        let depth = |net: usize| {
            let users = self
                .parts
                .iter()
                .zip(&depths)
                .filter(|(part, _)| runs(part, net));
            users.map(|(_, depth)| *depth).min()
        };
        let mut order: Vec<usize> = (0..self.nets.len()).collect();
        order.sort_by_key(|&net| depth(net));
        order
    }

    /// Adds up what rules kept out, scorer by scorer in the order of the plan.
    pub(crate) fn add_routed(&self, all: &[KeptOut], report: &mut Vec<Routed>) {
        for out in all {
            let key = self
                .parts
                .get(out.part)
                .map_or("", |part| part.running.key());
            let at = report.iter().position(|routed| routed.scorer == key);
            let at = at.unwrap_or_else(|| {
                report.push(Routed {
                    scorer: key.to_owned(),
                    outside: 0,
                    undecided: 0,
                });
                report.len() - 1
            });
            if let Some(routed) = report.get_mut(at) {
                routed.outside += usize::from(!out.undecided);
                routed.undecided += usize::from(out.undecided);
            }
        }
        report.sort_by_key(|routed| Reverse(routed.outside + routed.undecided));
    }
}

#[cfg(test)]
mod tests;
