//! What earlier runs found that rules ask for, read before a run.
//!
//! Must not know: how a rule is decided.

use crate::base::Problem;
use crate::domain::image::ContentId;
use crate::engine::core::Core;

use super::plan::Plan;
use super::route::{Gate, Ruling};
use super::{Found, Outcome, Target};

impl Core {
    /// Takes from the targets what rules keep them out of, by what is known of them already. What
    /// is left is decided in the run.
    pub(crate) fn apply_rules(&self, plan: &Plan, targets: &mut [Target]) -> Result<(), Problem> {
        for target in targets {
            target.ruling = Ruling::default();
            if !plan.has_rules() {
                continue;
            }
            if let Some(content) = target.content {
                target.ruling = self.known_of(content, plan, &target.missing)?;
            }
            let mut outcome = Outcome::of(target);
            plan.narrow(&mut outcome, 0);
            (target.missing, target.ruling) = (outcome.missing, outcome.ruling);
        }
        Ok(())
    }

    /// What the rules of the parts that an image lacks read of it, and this run won't compute.
    fn known_of(
        &self,
        content: ContentId,
        plan: &Plan,
        missing: &[bool],
    ) -> Result<Ruling, Problem> {
        let mut ruling = Ruling::default();
        let gates = plan.parts.iter().zip(missing);
        let gates = gates.filter_map(|(part, missing)| part.gate.as_ref().filter(|_| *missing));
        for gate in gates {
            if gate.reads_size() && ruling.facts.is_none() {
                ruling.facts = self.store.facts_of(content)?;
            }
            self.add_known(gate, content, (plan, missing), &mut ruling.known)?;
        }
        Ok(ruling)
    }

    fn add_known(
        &self,
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
            if let Some(scores) = self.store.scores_of(running.id, content)? {
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
}
