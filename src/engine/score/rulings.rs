//! What earlier runs found that rules ask for, read before a run.
//!
//! Must not know: how a rule is decided.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::base::{CancelToken, Problem};
use crate::domain::image::{ContentId, Facts};
use crate::domain::score::Scores;
use crate::store::{ScorerId, Store};

use super::plan::Plan;
use super::route::{Gate, Ruling};
use super::{Found, Outcome, Target};

/// What the database says of images, read once however often the plan changes before a run.
pub(crate) struct Known<'a> {
    store: &'a Store,
    scores: HashMap<ScorerId, HashMap<ContentId, Scores>>,
    facts: HashMap<ContentId, Option<Facts>>,
}

impl<'a> Known<'a> {
    /// Nothing is read yet.
    pub(crate) fn of(store: &'a Store) -> Self {
        Self {
            store,
            scores: HashMap::new(),
            facts: HashMap::new(),
        }
    }

    /// Takes from the targets what rules keep them out of, by what is known of them already. What
    /// is left is decided in the run.
    pub(crate) fn apply_rules(
        &mut self,
        plan: &Plan,
        targets: &mut [Target],
        token: &CancelToken,
    ) -> Result<(), Problem> {
        for target in targets {
            target.ruling = Ruling::default();
            if !plan.has_rules() {
                continue;
            }
            token.checkpoint()?;
            if let Some(content) = target.content {
                target.ruling = self.ruling(content, plan, &target.missing)?;
            }
            let mut outcome = Outcome::of(target);
            plan.narrow(&mut outcome, 0);
            (target.missing, target.ruling) = (outcome.missing, outcome.ruling);
        }
        Ok(())
    }

    /// What the rules of the parts that an image lacks read of it, and this run won't compute.
    fn ruling(
        &mut self,
        content: ContentId,
        plan: &Plan,
        missing: &[bool],
    ) -> Result<Ruling, Problem> {
        let mut ruling = Ruling::default();
        let gates = plan.parts.iter().zip(missing);
        let gates = gates.filter_map(|(part, missing)| part.gate.as_ref().filter(|_| *missing));
        for gate in gates {
            if gate.reads_size() && ruling.facts.is_none() {
                ruling.facts = self.facts(content)?;
            }
            self.add_known(gate, content, (plan, missing), &mut ruling.known)?;
        }
        Ok(ruling)
    }

    fn add_known(
        &mut self,
        gate: &Gate,
        content: ContentId,
        (plan, missing): (&Plan, &[bool]),
        known: &mut Vec<Found>,
    ) -> Result<(), Problem> {
        for part in gate.parts() {
            let is_coming = missing.get(part) == Some(&true);
            if is_coming || known.iter().any(|found| found.part == part) {
                continue;
            }
            let Some(running) = plan.parts.get(part).map(|part| &part.running) else {
                continue;
            };
            if let Some(scores) = self.scores(running.id, content)? {
                known.push(Found {
                    part,
                    scores,
                    detail: None,
                    placement: None,
                });
            }
        }
        Ok(())
    }

    fn scores(&mut self, scorer: ScorerId, content: ContentId) -> Result<Option<Scores>, Problem> {
        let all = match self.scores.entry(scorer) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread.insert(self.store.all_scores(scorer)?),
        };
        Ok(all.get(&content).cloned())
    }

    fn facts(&mut self, content: ContentId) -> Result<Option<Facts>, Problem> {
        let facts = match self.facts.entry(content) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread.insert(self.store.facts_of(content)?),
        };
        Ok(facts.clone())
    }
}
