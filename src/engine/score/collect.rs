//! Runs the heads on outcomes, writes them in batches, and tells the open library.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::Problem;
use crate::domain::image::{ContentHash, ContentId, Failure, FileId, Stage, Stamp};
use crate::engine::core::Core;
use crate::engine::job::{Change, Job, Knowledge};
use crate::store::{EmbeddingStore, NewDetail, NewEmbedding, NewScores, PlacementId, ScoreBatch};

use super::heads::{Head, Larder, Verdict};
use super::plan::{How, Plan};
use super::{Found, Outcome, ScoreReport, Vector};

/// The one writer of a scoring run.
pub(crate) struct Collector<'a> {
    core: &'a Core,
    plan: &'a Plan,
    embeddings: Option<&'a EmbeddingStore>,
    heads: Vec<Head>,
    placements: HashMap<Arc<str>, PlacementId>,
    job: &'a Job,
    report: ScoreReport,
}

impl<'a> Collector<'a> {
    /// A collector with an empty report.
    pub(crate) fn new(
        core: &'a Core,
        plan: &'a Plan,
        embeddings: Option<&'a EmbeddingStore>,
        heads: Vec<Head>,
        job: &'a Job,
    ) -> Self {
        Self {
            core,
            plan,
            embeddings,
            heads,
            placements: HashMap::new(),
            job,
            report: ScoreReport::default(),
        }
    }

    /// What was written so far.
    pub(crate) fn report(&self) -> ScoreReport {
        self.report.clone()
    }

    /// Writes a batch; when this returns it is on disk.
    pub(crate) fn write(&mut self, batch: &mut [Outcome]) -> Result<(), Problem> {
        if batch.is_empty() {
            return Ok(());
        }
        let contents = self.contents(batch)?;
        let content_of = |outcome: &Outcome| contents.get(&outcome.file).copied();
        self.run_heads(batch, &content_of)?;
        self.keep_vectors(batch)?;
        self.keep_details(batch)?;
        let mut scores = ScoreBatch::default();
        for outcome in &*batch {
            let Some(content) = content_of(outcome) else {
                continue;
            };
            scores
                .facts
                .extend(outcome.facts.clone().map(|facts| (content, facts)));
            for found in &outcome.scores {
                if let Some(part) = self.plan.parts.get(found.part) {
                    scores.scores.push(NewScores {
                        scorer: part.running.id,
                        content,
                        scores: found.scores.clone(),
                        placement: self.placement(found.placement.as_ref())?,
                    });
                }
            }
        }
        let (failed, fine): (Vec<&Outcome>, Vec<&Outcome>) = batch
            .iter()
            .partition(|outcome| outcome.failure().is_some());
        scores.failures = failed
            .iter()
            .filter_map(|outcome| Some((outcome.file, outcome.stamp, outcome.failure()?.clone())))
            .collect();
        scores.cleared = fine.iter().map(|outcome| outcome.file).collect();
        let parts = self.plan.parts.iter();
        scores.keys = parts.map(|part| part.running.key().to_owned()).collect();
        self.core.store.put_scores(scores)?;
        self.count(batch);
        self.tell(batch, content_of)
    }

    fn placement(&mut self, name: Option<&Arc<str>>) -> Result<Option<PlacementId>, Problem> {
        let Some(name) = name else { return Ok(None) };
        if let Some(id) = self.placements.get(name) {
            return Ok(Some(*id));
        }
        let id = self.core.store.placement_id(name)?;
        self.placements.insert(Arc::clone(name), id);
        Ok(Some(id))
    }

    /// Runs every head on the images that lack it, each head after what it builds on.
    fn run_heads(
        &mut self,
        batch: &mut [Outcome],
        content_of: &impl Fn(&Outcome) -> Option<ContentId>,
    ) -> Result<(), Problem> {
        let mut heads = std::mem::take(&mut self.heads);
        for head in &mut heads {
            self.narrow(batch, head.part);
            self.run_head(head, batch, content_of)?;
        }
        self.narrow(batch, self.plan.parts.len());
        self.heads = heads;
        Ok(())
    }

    fn narrow(&self, batch: &mut [Outcome], done: usize) {
        for outcome in batch {
            self.plan.narrow(outcome, done);
        }
    }

    fn run_head(
        &self,
        head: &mut Head,
        batch: &mut [Outcome],
        content_of: &impl Fn(&Outcome) -> Option<ContentId>,
    ) -> Result<(), Problem> {
        let lacks = |outcome: &Outcome| {
            let missing = outcome.missing.get(head.part).copied().unwrap_or(false);
            missing && !outcome.reused && !outcome.is_unseen()
        };
        let wanted: Vec<usize> = (0..batch.len()).filter(|&i| lacks(&batch[i])).collect();
        let mut images = Vec::with_capacity(wanted.len());
        for &i in &wanted {
            let stored = self.stored(head, &batch[i], content_of(&batch[i]))?;
            images.push(Image {
                outcome: &batch[i],
                stored,
            });
        }
        let placements: Vec<Option<Arc<str>>> =
            images.iter().map(|image| image.placement(head)).collect();
        let images: Vec<&dyn Larder> = images.iter().map(|image| image as &dyn Larder).collect();
        let verdicts = head.score(&images)?;
        for ((i, verdict), placement) in wanted.into_iter().zip(verdicts).zip(placements) {
            settle(head, &mut batch[i], verdict, placement, self.plan);
        }
        Ok(())
    }

    /// What the head needs that this run did not make: vectors and columns of earlier runs.
    fn stored(
        &self,
        head: &Head,
        outcome: &Outcome,
        content: Option<ContentId>,
    ) -> Result<Stored, Problem> {
        let mut stored = Stored::default();
        for (net, dims) in head.vectors() {
            let made = outcome.vectors.iter().any(|vector| vector.net == net);
            let (Some(hash), Some(embeddings), Some(vectors), false) = (
                outcome.hash.or(outcome.known_hash),
                self.embeddings,
                &self.plan.nets[net].vectors,
                made,
            ) else {
                continue;
            };
            if let Some((values, placement)) = embeddings.get(vectors.id, &hash)?
                && !values.is_empty()
                && values.len() % dims == 0
            {
                let placement = placement.into();
                stored.vectors.push(Vector {
                    net,
                    values,
                    placement,
                });
            }
        }
        for part in head.column_parts() {
            let made = outcome.scores.iter().any(|found| found.part == part);
            if let (Some(content), false) = (content, made)
                && let Some(scores) = self
                    .core
                    .store
                    .scores_of(self.plan.parts[part].running.id, content)?
            {
                stored.scores.push(Found {
                    part,
                    scores,
                    detail: None,
                    placement: None,
                });
            }
        }
        Ok(stored)
    }

    fn keep_vectors(&self, batch: &[Outcome]) -> Result<(), Problem> {
        let Some(embeddings) = self.embeddings else {
            return Ok(());
        };
        let mut new = Vec::new();
        for outcome in batch {
            for vector in &outcome.vectors {
                if let (Some(hash), Some(vectors)) =
                    (outcome.hash, &self.plan.nets[vector.net].vectors)
                {
                    new.push(NewEmbedding {
                        encoder: vectors.id,
                        hash,
                        values: vector.values.clone(),
                        placement: vector.placement.to_string(),
                    });
                }
            }
        }
        Ok(embeddings.put(&new)?)
    }

    fn keep_details(&self, batch: &mut [Outcome]) -> Result<(), Problem> {
        let mut new = Vec::new();
        for outcome in batch {
            let Some(hash) = outcome.hash else { continue };
            for found in &mut outcome.scores {
                let spec = &self.plan.parts[found.part].running.scorer.spec;
                new.extend(found.detail.take().map(|detail| NewDetail {
                    key: spec.key.clone(),
                    version: spec.version.clone(),
                    hash,
                    detail,
                }));
            }
        }
        if new.is_empty() {
            return Ok(());
        }
        Ok(self.core.detail_store()?.put(&new)?)
    }

    /// The content of every outcome as it was read now, new ones written.
    fn contents(&self, batch: &[Outcome]) -> Result<HashMap<FileId, ContentId>, Problem> {
        let known = batch.iter().filter_map(|o| Some((o.file, o.content?)));
        let mut contents: HashMap<FileId, ContentId> = known.collect();
        let new: Vec<(FileId, Stamp, ContentHash)> = batch
            .iter()
            .filter_map(|outcome| Some((outcome.file, outcome.stamp, outcome.hash?)))
            .collect();
        let ids = self.core.store.set_content(new.clone())?;
        contents.extend(new.iter().map(|(file, ..)| *file).zip(ids));
        Ok(contents)
    }

    fn count(&mut self, batch: &[Outcome]) {
        for outcome in batch {
            let kept_out = &outcome.ruling.kept_out;
            self.plan.add_routed(kept_out, &mut self.report.routed);
            self.report.decoded += usize::from(outcome.facts.is_some());
            if outcome.failure().is_some() {
                self.report.failed += 1;
                self.job.progress.add_failed();
            } else if outcome.reused {
                self.report.reused += 1;
                self.job.progress.add_reused(1);
            } else {
                self.report.scored += 1;
                self.job.progress.add_done(1);
            }
        }
    }

    fn tell(
        &self,
        batch: &[Outcome],
        content_of: impl Fn(&Outcome) -> Option<ContentId>,
    ) -> Result<(), Problem> {
        if !self.job.is_watched() {
            return Ok(());
        }
        let mut known = Vec::with_capacity(batch.len());
        for outcome in batch {
            let Some(content) = content_of(outcome) else {
                continue;
            };
            // A content met under a new name brings its marks and older scores along.
            let knowledge = if outcome.content != Some(content) || outcome.reused {
                self.core.knowledge(content)?
            } else {
                self.fresh(outcome, content)
            };
            known.push((outcome.file, knowledge));
        }
        let failures: Vec<(FileId, Option<Failure>)> = batch
            .iter()
            .map(|outcome| (outcome.file, outcome.failure().cloned()))
            .collect();
        self.job.tell(Change::Known(known));
        let keys = self
            .plan
            .parts
            .iter()
            .map(|part| part.running.key().to_owned());
        self.job.tell(Change::Failures(failures, keys.collect()));
        Ok(())
    }

    fn fresh(&self, outcome: &Outcome, content: ContentId) -> Knowledge {
        let mut values = Vec::new();
        for found in &outcome.scores {
            if let Some(part) = self.plan.parts.get(found.part) {
                let columns = part.running.columns.iter().cloned();
                values.extend(columns.zip(found.scores.values.iter().copied()));
            }
        }
        Knowledge {
            content,
            facts: outcome.facts.clone(),
            marks: None,
            values,
        }
    }
}

/// What earlier runs left for a head.
#[derive(Default)]
struct Stored {
    vectors: Vec<Vector>,
    scores: Vec<Found>,
}

/// An image as a head sees it.
struct Image<'a> {
    outcome: &'a Outcome,
    stored: Stored,
}

impl Image<'_> {
    fn found(&self, net: usize) -> Option<&Vector> {
        let mut all = self.outcome.vectors.iter().chain(&self.stored.vectors);
        all.find(|vector| vector.net == net)
    }

    /// What computed the vectors that the head feeds on, and where the head itself ran.
    fn placement(&self, head: &Head) -> Option<Arc<str>> {
        let vectors = head.vectors().filter_map(|(net, _)| self.found(net));
        let mut names: Vec<&str> = vectors.map(|vector| &*vector.placement).collect();
        names.extend(head.placement());
        names.dedup();
        (!names.is_empty()).then(|| names.join("; head: ").into())
    }
}

impl Larder for Image<'_> {
    fn vector(&self, net: usize) -> Option<&[f32]> {
        self.found(net).map(|vector| vector.values.as_slice())
    }

    fn column(&self, part: usize, column: usize) -> f64 {
        let mut all = self.outcome.scores.iter().chain(&self.stored.scores);
        all.find(|found| found.part == part)
            .and_then(|found| found.scores.values.get(column).copied())
            .unwrap_or(f64::NAN)
    }
}

fn settle(
    head: &Head,
    outcome: &mut Outcome,
    verdict: Verdict,
    placement: Option<Arc<str>>,
    plan: &Plan,
) {
    let Some(part) = plan.parts.get(head.part) else {
        return;
    };
    debug_assert!(matches!(part.how, How::Head(_)), "only heads are settled");
    let n_columns = part.running.scorer.spec.columns.len();
    match verdict {
        Verdict::Scores(scores) => outcome.scores.push(Found {
            part: head.part,
            scores,
            detail: None,
            placement,
        }),
        Verdict::Hungry => outcome.scores.push(Found::nothing(head.part, n_columns)),
        Verdict::Failed(why) => {
            outcome.scores.push(Found::nothing(head.part, n_columns));
            outcome.failures.push(Failure {
                stage: Stage::Score,
                reason: format!("{}: {why}", part.running.key()),
            });
        }
    }
}
