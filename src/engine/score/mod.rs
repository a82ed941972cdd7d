//! The scoring pipeline: read once, decode once, every scorer asked for, results in batches.
//!
//! Workers take files over a bounded channel, decode, run computed scorers and make one tensor a
//! preprocessing; a thread a device runs the networks on batches; one collector runs the heads and
//! writes. After a kill at most the batch in the collector's hands is lost. A score depends on the
//! file alone, never on batch or thread.

pub(crate) mod bench;
mod collect;
mod computed;
mod heads;
mod load;
mod looks;
mod needs;
mod net;
mod plan;
mod route;
mod rulings;
pub(crate) mod source;
mod stage;
mod text;

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::base::Problem;
use crate::domain::catalog::{Catalog, Row};
use crate::domain::detail::Detail;
use crate::domain::image::{ContentHash, ContentId, Facts, Failure, FileId, Stage, Stamp};
use crate::domain::picture::Picture;
use crate::domain::score::Scores;
use crate::store::KnownFile;
use crate::zoo::Computed;
use crate::zoo::preprocess::Preprocess;

use super::budget::{Budget, Lift};
use super::decode::{self, Limits};
use super::job::Job;
use super::read;
use looks::Looks;
use plan::Needs;
use stage::{Item, Seen};

pub(crate) use collect::Collector;
pub(crate) use load::{Loaded, Loader};
pub(crate) use plan::{How, Plan, Running, with_needed};
pub use route::Routed;
pub(crate) use route::{KeptOut, Ruling};
pub(crate) use rulings::Known;
pub(crate) use stage::Device;

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
    /// The hash of that content, where vectors may be found by it.
    pub hash: Option<ContentHash>,
    /// Which of the run's scorers it lacks.
    pub missing: Vec<bool>,
    /// What the run's rules need to know of it.
    pub ruling: Ruling,
}

impl Target {
    /// A file as the database knows it.
    pub(crate) fn known(file: KnownFile) -> Self {
        Self {
            file: file.id,
            path: file.path,
            stamp: file.stamp,
            content: file.content,
            hash: None,
            missing: Vec::new(),
            ruling: Ruling::default(),
        }
    }

    /// A file of the catalog that has no content yet.
    pub(crate) fn unhashed(catalog: &Catalog, row: Row, file: FileId, stamp: Stamp) -> Self {
        Self {
            file,
            path: catalog.path(row),
            stamp,
            content: None,
            hash: None,
            missing: Vec::new(),
            ruling: Ruling::default(),
        }
    }
}

/// The scores of one scorer for an image, and what computed them.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Place of the scorer in [`Plan::parts`].
    pub part: usize,
    /// Its values.
    pub scores: Scores,
    /// What it found beside them.
    pub detail: Option<Detail>,
    /// Engine and device; none for our own code.
    pub placement: Option<Arc<str>>,
}

impl Found {
    /// A scorer that was tried and has no values.
    fn nothing(part: usize, n_columns: usize) -> Self {
        Self {
            part,
            scores: Scores {
                values: vec![f64::NAN; n_columns],
                signature: None,
            },
            detail: None,
            placement: None,
        }
    }
}

/// The vector of an encoder for an image, and what computed it.
#[derive(Debug, Clone)]
pub(crate) struct Vector {
    /// Place of the encoder in [`Plan::nets`].
    pub net: usize,
    /// All views end to end.
    pub values: Vec<f32>,
    /// Engine and device.
    pub placement: Arc<str>,
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
    /// The hash of that content, if it is at hand.
    pub known_hash: Option<ContentHash>,
    /// Its content, as read now.
    pub hash: Option<ContentHash>,
    /// What decoding told.
    pub facts: Option<Facts>,
    /// Which of the run's scorers it lacked and is not kept out of.
    pub missing: Vec<bool>,
    /// What rules know of it, and what they said.
    pub ruling: Ruling,
    /// What scorers found.
    pub scores: Vec<Found>,
    /// What encoders found.
    pub vectors: Vec<Vector>,
    /// What failed, in order; rules may yet drop what failed on a scorer.
    pub failures: Vec<Failure>,
    /// Its content was scored before, under another name.
    pub reused: bool,
}

impl Outcome {
    fn of(target: &Target) -> Self {
        Self {
            file: target.file,
            stamp: target.stamp,
            content: target.content,
            known_hash: target.hash,
            hash: None,
            facts: None,
            missing: target.missing.clone(),
            ruling: target.ruling.clone(),
            scores: Vec::new(),
            vectors: Vec::new(),
            failures: Vec::new(),
            reused: false,
        }
    }

    /// The first thing that failed.
    fn failure(&self) -> Option<&Failure> {
        self.failures.first()
    }

    /// Whether its pixels could not be had.
    fn is_unseen(&self) -> bool {
        let unseen = |failure: &Failure| failure.stage != Stage::Score;
        self.failures.iter().any(unseen)
    }
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
    /// Pictures that were decoded; those whose vectors were kept need none for a new head.
    pub decoded: usize,
    /// Scorers were run whose columns the catalog did not have; it is to be read anew.
    pub new_columns: bool,
    /// Scorers that were not named and can't run here, one line each.
    pub left_out: Vec<String>,
    /// What the networks ran on, one line each; empty for runs without networks.
    pub placements: Vec<String>,
    /// Images that rules kept out of scorers.
    pub routed: Vec<Routed>,
}

/// All that the workers share.
pub(crate) struct Run<'a> {
    /// What is computed.
    pub plan: &'a Plan,
    /// Contents that have every score of this run.
    pub complete: &'a HashMap<ContentHash, ContentId>,
    /// Contents that this run has scored, for files of the same bytes that come later.
    pub done: Mutex<HashSet<ContentHash>>,
    /// Contents that failed in this run.
    pub failed: Mutex<HashMap<ContentHash, Failure>>,
    /// Bounds for the decoder.
    pub limits: Limits,
    /// Worker threads, at least 1.
    pub n_workers: usize,
    /// Stops, holds, counts.
    pub job: &'a Job,
}

/// Where a worker sends what it made.
struct Ways<'b> {
    /// Images for the networks; none where the run has none.
    networks: Option<Sender<Item<'b>>>,
    /// Images that are ready.
    collector: Sender<Outcome>,
}

impl Run<'_> {
    /// Scores the targets; what the collector is given is on disk when this returns.
    ///
    /// `devices` run the networks of the plan, a thread each.
    pub(crate) fn run(
        &self,
        targets: Vec<Target>,
        devices: &mut [Device],
        collector: &mut Collector<'_>,
    ) -> Result<ScoreReport, Problem> {
        let (to_workers, targets_in) = bounded::<Target>(self.n_workers * 2);
        let (to_collector, outcomes) = bounded::<Outcome>(BATCH);
        let chunk = devices.iter().map(|device| device.chunk(self.plan)).max();
        let chunk = chunk.unwrap_or(1);
        let budget = Budget::new(BUDGET);
        let (to_networks, items) = bounded::<Item<'_>>(chunk * devices.len().max(1) * 2);
        let fatal: Mutex<Option<Problem>> = Mutex::default();
        let has_networks = !devices.is_empty();
        std::thread::scope(|scope| {
            let spawn_error = |error| Problem::environment("can't start a worker", error);
            for n in 0..self.n_workers {
                let (targets, budget) = (targets_in.clone(), &budget);
                let ways = Ways {
                    networks: has_networks.then(|| to_networks.clone()),
                    collector: to_collector.clone(),
                };
                std::thread::Builder::new()
                    .name(format!("decode-{n}"))
                    .spawn_scoped(scope, move || self.work(&targets, &ways, budget))
                    .map_err(spawn_error)?;
            }
            for (n, device) in devices.iter_mut().enumerate() {
                let (items, out, fatal) = (items.clone(), to_collector.clone(), &fatal);
                let lift = Lift(&budget);
                std::thread::Builder::new()
                    .name(format!("infer-{n}"))
                    .spawn_scoped(scope, move || {
                        let _lift = lift;
                        let token = &self.job.token;
                        if let Err(problem) = device.serve(self.plan, &items, &out, token) {
                            lock(fatal).get_or_insert(problem);
                        }
                    })
                    .map_err(spawn_error)?;
            }
            drop((targets_in, to_collector, to_networks, items));
            let feeder = std::thread::Builder::new()
                .name("score-feed".to_owned())
                .spawn_scoped(scope, {
                    let fatal = &fatal;
                    move || self.feed(targets, &to_workers, fatal)
                })
                .map_err(spawn_error)?;
            let collected = self.collect(&outcomes, collector);
            // After an error nobody collects any more: let the workers end.
            drop(outcomes);
            feeder.join().ok();
            collected
        })
        .and_then(|report| match lock(&fatal).take() {
            Some(problem) => Err(problem),
            None => Ok(report),
        })
    }

    /// Feeds the workers until the run is cancelled or a device has failed.
    fn feed(&self, targets: Vec<Target>, out: &Sender<Target>, fatal: &Mutex<Option<Problem>>) {
        for target in targets {
            let over = self.job.token.checkpoint().is_err() || lock(fatal).is_some();
            if over || out.send(target).is_err() {
                return;
            }
        }
    }

    fn work<'b>(&self, targets: &Receiver<Target>, ways: &Ways<'b>, budget: &'b Budget) {
        for target in targets {
            if self.job.token.checkpoint().is_err() {
                return;
            }
            let item = self.examine(&target, budget);
            let sent = match &ways.networks {
                Some(networks) if item.wants.contains(&true) => networks.send(item).is_ok(),
                _ => ways.collector.send(item.outcome).is_ok(),
            };
            if !sent {
                return;
            }
        }
    }

    fn examine<'b>(&self, target: &Target, budget: &'b Budget) -> Item<'b> {
        let mut item = Item {
            outcome: Outcome::of(target),
            tensors: Vec::new(),
            wants: Vec::new(),
            seen: Seen::default(),
            share: None,
        };
        // Heads alone find what they need among the vectors.
        let needs = self.plan.needs(&target.missing, target.hash.as_ref());
        if !needs.pixels && target.content.is_some() {
            return item;
        }
        let filled = catch_unwind(AssertUnwindSafe(|| self.fill(target, budget, &mut item)));
        match filled {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => item.outcome.failures.push(failure),
            Err(_panic) => {
                item.wants.clear();
                item.outcome.failures.push(Failure {
                    stage: Stage::Score,
                    reason: "something went wrong inside Bandpass on this image".to_owned(),
                });
            }
        }
        item
    }

    fn fill<'b>(
        &self,
        target: &Target,
        budget: &'b Budget,
        item: &mut Item<'b>,
    ) -> Result<(), Failure> {
        let out = &mut item.outcome;
        let share = budget.take(target.stamp.size);
        let bytes = read::read(&target.path, target.stamp)?;
        out.hash = Some(bytes.hash);
        let known = target.content.is_none() && self.complete.contains_key(&bytes.hash);
        if known || lock(&self.done).contains(&bytes.hash) {
            out.reused = true;
            return Ok(());
        }
        if out.missing.is_empty() {
            out.missing = vec![true; self.plan.parts.len()];
        }
        let sides = decode::probe(&bytes.data).unwrap_or((0, 0));
        let pixels = u64::from(sides.0) * u64::from(sides.1);
        // RGB and alpha as decoded, and about as much again for the decoder's and scorers' own
        // buffers; RGB once more for each look.
        let a_pixel = 7 + 3 * self.plan.n_looks() as u64;
        let pictures = pixels.min(self.limits.max_pixels) * a_pixel;
        let wanted = self.plan.needs(&out.missing, out.hash.as_ref());
        let mut share = share.grow(pictures + self.plan.tensor_bytes(&wanted, sides));
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
        item.seen = Seen {
            size: (picture.rgb.width, picture.rgb.height),
            orientation: picture.orientation,
        };
        self.compute(&picture, out);
        self.plan.narrow(out, 0);
        let needs = self.plan.needs(&out.missing, out.hash.as_ref());
        item.tensors = self.tensors(&picture, &needs)?;
        item.wants = needs.nets;
        // What waits for a device counts until it was there; it needs none of the budget to go on.
        drop(picture);
        share.shrink(bytes_of(&item.tensors));
        item.share = Some(share);
        if item.outcome.failures.is_empty() {
            lock(&self.done).extend(item.outcome.hash);
        }
        Ok(())
    }

    /// Runs our own code on the pixels.
    fn compute(&self, picture: &Picture, out: &mut Outcome) {
        for (part, wanted) in self
            .plan
            .parts
            .iter()
            .zip(&out.missing)
            .enumerate()
            .filter_map(|(i, (part, missing))| missing.then_some((i, part)))
        {
            let How::Computed(computed) = &wanted.how else {
                continue;
            };
            match guarded(computed, picture) {
                Ok(scores) => out.scores.push(Found {
                    part,
                    scores,
                    detail: None,
                    placement: None,
                }),
                Err(failure) => {
                    let n_columns = wanted.running.scorer.spec.columns.len();
                    out.scores.push(Found::nothing(part, n_columns));
                    out.failures.push(failure);
                }
            }
        }
    }

    /// One tensor for each preprocessing that a wanted network sees.
    fn tensors(&self, picture: &Picture, needs: &Needs) -> Result<Vec<Vec<f32>>, Failure> {
        let mut looks = Looks::new(picture);
        let make = |(i, input): (usize, &Preprocess)| {
            if !self.plan.wants_tensor(needs, i) {
                return Ok(Vec::new());
            }
            let pixels = looks.pixels(input.look());
            let n_views = input.n_views(pixels.width, pixels.height);
            let mut values = vec![0.0; n_views * input.n_values()];
            let made = input.apply(pixels, &mut values);
            made.map(|()| values).map_err(|error| Failure {
                stage: Stage::Score,
                reason: error.to_string(),
            })
        };
        self.plan.tensors.iter().enumerate().map(make).collect()
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
                self.write(&mut batch, collector)?;
                due = Instant::now() + LINGER;
            }
        }
        self.write(&mut batch, collector)?;
        let mut report = collector.report();
        report.cancelled = self.job.token.is_cancelled();
        Ok(report)
    }
}

impl Run<'_> {
    /// Writes a batch and empties it. What failed on a network fails for files of the same bytes.
    fn write(
        &self,
        batch: &mut Vec<Outcome>,
        collector: &mut Collector<'_>,
    ) -> Result<(), Problem> {
        let mut failed = lock(&self.failed);
        for outcome in &*batch {
            failed.extend(outcome.hash.zip(outcome.failure().cloned()));
        }
        for outcome in batch.iter_mut().filter(|outcome| outcome.reused) {
            let twin = outcome.hash.and_then(|hash| failed.get(&hash));
            if outcome.failures.is_empty() {
                outcome.failures.extend(twin.cloned());
            }
        }
        drop(failed);
        collector.write(batch)?;
        batch.clear();
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn bytes_of(tensors: &[Vec<f32>]) -> u64 {
    let values: usize = tensors.iter().map(Vec::len).sum();
    (values * size_of::<f32>()) as u64
}

/// A scorer's own fault must not end the run.
fn guarded(scorer: &Arc<dyn Computed>, picture: &Picture) -> Result<Scores, Failure> {
    let key = &scorer.spec().key;
    let failed = |reason: String| Failure {
        stage: Stage::Score,
        reason,
    };
    match catch_unwind(AssertUnwindSafe(|| scorer.score(picture))) {
        Ok(Ok(scores)) => Ok(scores),
        Ok(Err(error)) => Err(failed(format!("{key}: {error}"))),
        Err(_panic) => Err(failed(format!("{key}: the scorer failed on this image"))),
    }
}
