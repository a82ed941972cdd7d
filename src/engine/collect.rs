//! Writes outcomes to the database in batches and tells the open library.

use std::collections::HashMap;

use crate::base::Problem;
use crate::domain::image::{ContentHash, ContentId, Failure, FileId, Stamp};
use crate::store::ScoreBatch;

use super::core::Core;
use super::job::{Change, Job, Knowledge};
use super::score::{Outcome, Running, ScoreReport};

/// The one writer of a scoring run.
pub(crate) struct Collector<'a> {
    core: &'a Core,
    scorers: &'a [Running],
    job: &'a Job,
    report: ScoreReport,
}

impl<'a> Collector<'a> {
    /// A collector with an empty report.
    pub(crate) fn new(core: &'a Core, scorers: &'a [Running], job: &'a Job) -> Self {
        Self {
            core,
            scorers,
            job,
            report: ScoreReport::default(),
        }
    }

    /// What was written so far.
    pub(crate) fn report(&self) -> ScoreReport {
        self.report.clone()
    }

    /// Writes a batch; when this returns it is on disk.
    pub(crate) fn write(&mut self, batch: &[Outcome]) -> Result<(), Problem> {
        if batch.is_empty() {
            return Ok(());
        }
        let contents = self.contents(batch)?;
        let content_of = |outcome: &Outcome| contents.get(&outcome.file).copied();
        let mut scores = ScoreBatch::default();
        for outcome in batch {
            let Some(content) = content_of(outcome) else {
                continue;
            };
            scores
                .facts
                .extend(outcome.facts.clone().map(|facts| (content, facts)));
            for (i, found) in &outcome.scores {
                if let Some(running) = self.scorers.get(*i) {
                    scores.scores.push((running.id, content, found.clone()));
                }
            }
        }
        let (failed, fine): (Vec<&Outcome>, Vec<&Outcome>) =
            batch.iter().partition(|outcome| outcome.failure.is_some());
        scores.failures = failed
            .iter()
            .filter_map(|outcome| Some((outcome.file, outcome.stamp, outcome.failure.clone()?)))
            .collect();
        scores.cleared = fine.iter().map(|outcome| outcome.file).collect();
        self.core.store.put_scores(scores)?;
        self.count(batch);
        self.tell(batch, content_of)
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
            if outcome.failure.is_some() {
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
            .map(|outcome| (outcome.file, outcome.failure.clone()))
            .collect();
        self.job.tell(Change::Known(known));
        self.job.tell(Change::Failures(failures));
        Ok(())
    }

    fn fresh(&self, outcome: &Outcome, content: ContentId) -> Knowledge {
        let mut values = Vec::new();
        for (i, scores) in &outcome.scores {
            let first = self
                .scorers
                .get(*i)
                .map_or(0, |running| running.first_column);
            values.extend(
                scores
                    .values
                    .iter()
                    .enumerate()
                    .map(|(k, &v)| (first + k, v)),
            );
        }
        Knowledge {
            content,
            facts: outcome.facts.clone(),
            marks: None,
            values,
        }
    }
}
