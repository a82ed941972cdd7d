//! The scoring pipeline: read once, decode once, every scorer asked for, results in batches.
//!
//! Workers take files over a bounded channel; one collector writes. After a kill at most the batch
//! in the collector's hands is lost. A score depends on the file alone, never on batch or thread.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::base::Problem;
use crate::domain::catalog::{Catalog, Row};
use crate::domain::image::{ContentHash, ContentId, Facts, Failure, FileId, Stage, Stamp};
use crate::domain::picture::Picture;
use crate::domain::score::Scores;
use crate::store::ScorerId;
use crate::zoo::Computed;

use super::budget::Budget;
use super::collect::Collector;
use super::decode::{self, Limits};
use super::job::Job;
use super::read;

/// Outcomes written together at most.
const BATCH: usize = 64;
/// Longest wait of a finished score for its batch.
const LINGER: Duration = Duration::from_millis(500);
/// Memory for pictures being decoded and scored.
const BUDGET: u64 = 3 << 30;

/// A file to be scored.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Its id.
    pub file: FileId,
    /// Absolute path.
    pub path: PathBuf,
    /// As the scan found it.
    pub stamp: Stamp,
    /// Its content, if it was hashed before.
    pub content: Option<ContentId>,
    /// Which of the run's scorers it lacks.
    pub missing: Vec<bool>,
}

impl Target {
    /// A file of the catalog that has no content yet.
    pub(crate) fn unhashed(catalog: &Catalog, row: Row, file: FileId, stamp: Stamp) -> Self {
        Self {
            file,
            path: catalog.path(row),
            stamp,
            content: None,
            missing: Vec::new(),
        }
    }
}

/// A scorer of this run.
#[derive(Clone)]
pub(crate) struct Running {
    /// Its id in the database.
    pub id: ScorerId,
    /// The code.
    pub scorer: Arc<dyn Computed>,
    /// Where its columns begin in the catalog.
    pub first_column: usize,
}

/// What became of a file.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The file.
    pub file: FileId,
    /// Its size and time when it was read.
    pub stamp: Stamp,
    /// Its content, if it was known before.
    pub content: Option<ContentId>,
    /// Its content, as read now.
    pub hash: Option<ContentHash>,
    /// What decoding told.
    pub facts: Option<Facts>,
    /// Results by position of the run's scorers.
    pub scores: Vec<(usize, Scores)>,
    /// The first thing that failed.
    pub failure: Option<Failure>,
    /// Its content was scored before, under another name.
    pub reused: bool,
}

/// What a run did, in files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScoreReport {
    /// Scored now.
    pub scored: usize,
    /// Had their scores already, under this name or another.
    pub reused: usize,
    /// Failed now.
    pub failed: usize,
    /// Failed before and were not tried again.
    pub known_failures: usize,
    /// The user stopped the run.
    pub cancelled: bool,
}

/// All that the workers share.
pub(crate) struct Run<'a> {
    /// The scorers asked for.
    pub scorers: &'a [Running],
    /// Contents that have every score of this run.
    pub complete: &'a HashMap<ContentHash, ContentId>,
    /// Contents that this run has scored, for files of the same bytes that come later.
    pub done: Mutex<HashSet<ContentHash>>,
    /// Bounds for the decoder.
    pub limits: Limits,
    /// Worker threads, at least 1.
    pub n_workers: usize,
    /// Stops, holds, counts.
    pub job: &'a Job,
}

impl Run<'_> {
    /// Scores the targets; what the collector is given is on disk when this returns.
    pub(crate) fn run(
        &self,
        targets: Vec<Target>,
        collector: &mut Collector<'_>,
    ) -> Result<ScoreReport, Problem> {
        let (to_workers, targets_in) = bounded::<Target>(self.n_workers * 2);
        let (to_collector, outcomes) = bounded::<Outcome>(BATCH);
        let budget = Budget::new(BUDGET);
        std::thread::scope(|scope| {
            for n in 0..self.n_workers {
                let (targets, out, budget) = (targets_in.clone(), to_collector.clone(), &budget);
                std::thread::Builder::new()
                    .name(format!("decode-{n}"))
                    .spawn_scoped(scope, move || self.work(&targets, &out, budget))
                    .map_err(|error| Problem::environment("can't start a worker", error))?;
            }
            drop((targets_in, to_collector));
            let feeder = std::thread::Builder::new()
                .name("score-feed".to_owned())
                .spawn_scoped(scope, move || self.feed(targets, &to_workers))
                .map_err(|error| Problem::environment("can't start a worker", error))?;
            let collected = self.collect(&outcomes, collector);
            // After an error nobody collects any more: let the workers end.
            drop(outcomes);
            feeder.join().ok();
            collected
        })
    }

    fn feed(&self, targets: Vec<Target>, out: &Sender<Target>) {
        for target in targets {
            if self.job.token.checkpoint().is_err() || out.send(target).is_err() {
                return;
            }
        }
    }

    fn work(&self, targets: &Receiver<Target>, out: &Sender<Outcome>, budget: &Budget) {
        for target in targets {
            if self.job.token.checkpoint().is_err() {
                return;
            }
            if out.send(self.examine(&target, budget)).is_err() {
                return;
            }
        }
    }

    fn examine(&self, target: &Target, budget: &Budget) -> Outcome {
        let mut outcome = Outcome {
            file: target.file,
            stamp: target.stamp,
            content: target.content,
            hash: None,
            facts: None,
            scores: Vec::new(),
            failure: None,
            reused: false,
        };
        if let Err(failure) = self.fill(target, budget, &mut outcome) {
            outcome.failure = Some(failure);
        }
        outcome
    }

    fn fill(&self, target: &Target, budget: &Budget, out: &mut Outcome) -> Result<(), Failure> {
        let share = budget.take(target.stamp.size);
        let bytes = read::read(&target.path, target.stamp)?;
        out.hash = Some(bytes.hash);
        let known = target.content.is_none() && self.complete.contains_key(&bytes.hash);
        if known || self.done().contains(&bytes.hash) {
            out.reused = true;
            return Ok(());
        }
        let pixels = decode::probe(&bytes.data).map_or(0, |(w, h)| u64::from(w) * u64::from(h));
        // RGB as decoded, and about as much again for the decoder's and scorers' own buffers.
        let _share = share.grow(pixels.min(self.limits.max_pixels) * 6);
        let picture = decode::decode(&bytes.data, &self.limits).map_err(|error| Failure {
            stage: Stage::Decode,
            reason: error.to_string(),
        })?;
        drop(bytes);
        let (width, height) = picture.upright_size();
        out.facts = Some(Facts {
            format: picture.format.to_owned(),
            width,
            height,
        });
        let mut first_failure = None;
        for (i, running) in self.scorers.iter().enumerate() {
            if !target.missing.get(i).copied().unwrap_or(true) {
                continue;
            }
            match guarded(running, &picture) {
                Ok(scores) => out.scores.push((i, scores)),
                Err(failure) => {
                    first_failure.get_or_insert(failure);
                }
            }
        }
        if let Some(failure) = first_failure {
            return Err(failure);
        }
        self.done().extend(out.hash);
        Ok(())
    }

    fn done(&self) -> MutexGuard<'_, HashSet<ContentHash>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn collect(
        &self,
        outcomes: &Receiver<Outcome>,
        collector: &mut Collector<'_>,
    ) -> Result<ScoreReport, Problem> {
        let mut batch = Vec::with_capacity(BATCH);
        let mut due = Instant::now() + LINGER;
        loop {
            match outcomes.recv_deadline(due) {
                Ok(outcome) => batch.push(outcome),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if batch.len() >= BATCH || Instant::now() >= due {
                collector.write(&batch)?;
                batch.clear();
                due = Instant::now() + LINGER;
            }
        }
        collector.write(&batch)?;
        let mut report = collector.report();
        report.cancelled = self.job.token.is_cancelled();
        Ok(report)
    }
}

/// A scorer's own fault must not end the run.
fn guarded(running: &Running, picture: &Picture) -> Result<Scores, Failure> {
    let key = &running.scorer.spec().key;
    let failed = |reason: String| Failure {
        stage: Stage::Score,
        reason,
    };
    match catch_unwind(AssertUnwindSafe(|| running.scorer.score(picture))) {
        Ok(Ok(scores)) => Ok(scores),
        Ok(Err(error)) => Err(failed(format!("{key}: {error}"))),
        Err(_panic) => Err(failed(format!("{key}: the scorer failed on this image"))),
    }
}
