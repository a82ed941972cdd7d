//! Every operation of the program, blocking and without a window: what both front ends stand on.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::base::{Problem, paths};
use crate::domain::catalog::Catalog;
use crate::domain::image::{ContentId, FileId};
use crate::domain::op::OpId;
use crate::domain::score::ScorerSpec;
use crate::domain::settings::Settings;
use crate::store::{ScorerId, Store};
use crate::zoo::{Computed, Registry};

use super::collect::Collector;
use super::decode::Limits;
use super::identify;
use super::job::{Job, Knowledge};
use super::places::Places;
use super::scan::{self, ScanReport};
use super::score::{Run, Running, ScoreReport, Target};
use super::settings;

/// The open database, the scorers and the settings.
pub struct Core {
    pub(crate) store: Store,
    places: Places,
    registry: Registry,
    running: Vec<Running>,
    settings: Settings,
    warnings: Vec<String>,
    /// Operations that could not be undone whole in this session.
    stuck: Mutex<BTreeSet<OpId>>,
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

/// Which scores a run computes.
#[derive(Debug, Clone, Default)]
pub struct ScoreOptions {
    /// Scorer keys; empty for all.
    pub scorers: Vec<String>,
    /// Only these files; none for everything below the roots.
    pub only: Option<Vec<FileId>>,
    /// Try again what failed to decode or score before.
    pub retry_failed: bool,
    /// Worker threads; none for one a core.
    pub jobs: Option<usize>,
}

impl Core {
    /// Opens the database in `places`, finishing what a kill interrupted.
    pub fn open(places: Places) -> Result<Self, Problem> {
        let store = Store::open(&places.data, now())?;
        let registry = Registry::built_in();
        let mut running: Vec<Running> = Vec::new();
        let mut first_column = 0;
        for scorer in registry.scorers() {
            let spec = scorer.spec();
            let id = store.scorer_id(&spec.key, &spec.version)?;
            let n_columns = spec.columns.len();
            running.push(Running {
                id,
                scorer: Arc::clone(scorer),
                first_column,
            });
            first_column += n_columns;
        }
        let (settings, warning) = settings::load(&places.settings_file());
        let mut core = Self {
            store,
            places,
            registry,
            running,
            settings,
            warnings: Vec::new(),
            stuck: Mutex::default(),
        };
        core.warnings = core.recover()?;
        core.warnings.extend(warning);
        Ok(core)
    }

    /// The settings as they were at the start.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the user should know about the start: settings not understood, work interrupted.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The folders in use.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Every scorer, in the order of its columns.
    pub fn scorers(&self) -> Vec<ScorerSpec> {
        self.registry.specs().cloned().collect()
    }

    /// Walks the roots and brings the database up to date.
    pub fn scan(&self, roots: &[PathBuf], job: &Job) -> Result<ScanReport, Problem> {
        scan::scan(&self.store, roots, now(), job)
    }

    /// Hashes the files below the roots that are not hashed yet.
    pub fn identify(&self, roots: &[PathBuf], job: &Job) -> Result<(), Problem> {
        identify::identify(self, self.targets(roots)?, default_jobs(), job).map(drop)
    }

    /// The library below the roots as the database knows it.
    pub fn catalog(&self, roots: &[PathBuf]) -> Result<Catalog, Problem> {
        let columns: Vec<_> = self
            .running
            .iter()
            .map(|running| {
                let specs = &running.scorer.spec().columns;
                (
                    running.id,
                    specs.iter().map(|spec| Arc::new(spec.clone())).collect(),
                )
            })
            .collect();
        Ok(self.store.load_catalog(roots, &columns)?)
    }

    /// Whether a run with these options could begin: the scorers exist.
    pub fn check(&self, options: &ScoreOptions) -> Result<(), Problem> {
        self.chosen(&options.scorers).map(drop)
    }

    /// Scores what lacks scores below the roots.
    pub fn score(
        &self,
        roots: &[PathBuf],
        options: &ScoreOptions,
        job: &Job,
    ) -> Result<ScoreReport, Problem> {
        let scorers = self.chosen(&options.scorers)?;
        let mut targets = self.targets(roots)?;
        if let Some(only) = &options.only {
            let only: std::collections::HashSet<FileId> = only.iter().copied().collect();
            targets.retain(|target| only.contains(&target.file));
        }
        job.progress.add_total(targets.len() as u64);
        let mut known_failures = 0;
        if !options.retry_failed {
            let stuck = self.store.lasting_failures()?;
            let before = targets.len();
            targets.retain(|target| !stuck.contains(&target.file));
            known_failures = before - targets.len();
        }
        let complete = mark_missing(&self.store, &scorers, &mut targets)?;
        let n_todo = targets.len();
        targets.retain(|target| target.missing.iter().any(|&missing| missing));
        let n_reused = n_todo - targets.len();
        job.progress.add_reused((n_reused + known_failures) as u64);
        let run = Run {
            scorers: &scorers,
            complete: &complete,
            done: Mutex::default(),
            limits: Limits::default(),
            n_workers: options.jobs.unwrap_or_else(default_jobs).max(1),
            job,
        };
        let mut report = run.run(targets, &mut Collector::new(self, &scorers, job))?;
        report.reused += n_reused;
        report.known_failures = known_failures;
        Ok(report)
    }

    /// All that the database knows of a content.
    pub(crate) fn knowledge(&self, content: ContentId) -> Result<Knowledge, Problem> {
        let mut values = Vec::new();
        for running in &self.running {
            if let Some(scores) = self.store.scores_of(running.id, content)? {
                let columns = running.first_column..;
                values.extend(columns.zip(scores.values));
            }
        }
        let facts = self.store.facts_of(content)?;
        let marks = self.store.marks_of(&[content])?.pop();
        Ok(Knowledge {
            content,
            facts,
            marks,
            values,
        })
    }

    /// Operations that could not be undone whole in this session.
    pub(super) fn stuck(&self) -> MutexGuard<'_, BTreeSet<OpId>> {
        self.stuck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The scorers with their ids, in registry order.
    pub(crate) fn running(&self) -> &[Running] {
        &self.running
    }

    /// The scorers with these keys; all for none.
    fn chosen(&self, keys: &[String]) -> Result<Vec<Running>, Problem> {
        if keys.is_empty() {
            return Ok(self.running.clone());
        }
        let wanted: Vec<Arc<dyn Computed>> = self
            .registry
            .resolve(keys)
            .map_err(|error| Problem::usage(error.to_string(), ""))?;
        let is_wanted = |running: &&Running| {
            wanted
                .iter()
                .any(|scorer| scorer.spec().key == running.scorer.spec().key)
        };
        Ok(self.running.iter().filter(is_wanted).cloned().collect())
    }

    fn targets(&self, roots: &[PathBuf]) -> Result<Vec<Target>, Problem> {
        let mut targets = Vec::new();
        // What lies on a root that can't be reached is neither hashed nor scored, nor failed.
        for root in outermost(roots)
            .iter()
            .filter(|root| scan::is_reachable(root))
        {
            targets.extend(
                self.store
                    .files_below(root)?
                    .into_iter()
                    .map(|file| Target {
                        file: file.id,
                        path: file.path,
                        stamp: file.stamp,
                        content: file.content,
                        missing: Vec::new(),
                    }),
            );
        }
        Ok(targets)
    }
}

/// Fills in which scorers each target lacks; gives the contents that lack none.
fn mark_missing(
    store: &Store,
    scorers: &[Running],
    targets: &mut [Target],
) -> Result<HashMap<crate::domain::image::ContentHash, ContentId>, Problem> {
    for target in targets.iter_mut() {
        target.missing = vec![true; scorers.len()];
    }
    for (i, running) in scorers.iter().enumerate() {
        let scored = store.scored(running.id)?;
        for target in targets.iter_mut() {
            if target
                .content
                .is_some_and(|content| scored.binary_search(&content).is_ok())
            {
                target.missing[i] = false;
            }
        }
    }
    let ids: Vec<ScorerId> = scorers.iter().map(|running| running.id).collect();
    Ok(store.complete_contents(&ids)?)
}

/// The given roots, absolute, without those that lie inside another.
pub fn outermost(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = roots.iter().map(|root| paths::absolute(root)).collect();
    // Paths sort by their parts, so that what lies below a folder follows it.
    all.sort();
    all.dedup_by(|later, kept| later.starts_with(&*kept));
    all
}

/// Seconds since 1970 UTC.
pub(crate) fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

/// One worker a core.
pub(crate) fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_and_repeated_roots_are_walked_once() {
        let roots = ["/a/b", "/a", "/c", "/a/../c", "/ab"].map(PathBuf::from);
        assert_eq!(outermost(&roots), ["/a", "/ab", "/c"].map(PathBuf::from));
    }
}
