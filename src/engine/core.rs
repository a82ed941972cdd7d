//! Every operation of the program, blocking and without a window: what both front ends stand on.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::base::{Problem, paths};
use crate::domain::catalog::Catalog;
use crate::domain::image::{ContentHash, ContentId, FileId, Stage};
use crate::domain::op::OpId;
use crate::domain::score::ScorerSpec;
use crate::domain::settings::Settings;
use crate::store::{DetailStore, EmbeddingStore, Store};

use super::backend::{Backend, Use};
use super::decode::Limits;
use super::identify;
use super::infer::library;
use super::job::{Change, Job, Knowledge};
use super::places::Places;
use super::scan::{self, ScanReport};
use super::scopes;
use super::score::{
    Collector, Device, How, KeptOut, Known, Loaded, Loader, Plan, Run, Running, ScoreReport, Target,
};
use super::settings;
use super::shelf::Shelf;

/// The open database, the scorers and the settings.
pub struct Core {
    pub(crate) store: Store,
    places: Places,
    shelf: RwLock<Arc<Shelf>>,
    embeddings: OnceLock<EmbeddingStore>,
    details: OnceLock<DetailStore>,
    backend: OnceLock<Backend>,
    settings: Settings,
    /// Held from reading a file of the user's choices until it is written and in force.
    choosing: Mutex<()>,
    /// Held while the scorers are looked at again, so that the last look counts.
    looking: Mutex<()>,
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
    /// What networks run on.
    pub wishes: Use,
}

impl Core {
    /// Opens the database in `places`, finishing what a kill interrupted.
    pub fn open(places: Places) -> Result<Self, Problem> {
        let store = Store::open(&places.data, now())?;
        let shelf = Shelf::open(&store, &places)?;
        let (settings, warning) = settings::load(&places.settings_file());
        let mut core = Self {
            store,
            warnings: shelf.notices.clone(),
            places,
            shelf: RwLock::new(Arc::new(shelf)),
            embeddings: OnceLock::new(),
            details: OnceLock::new(),
            backend: OnceLock::new(),
            settings,
            choosing: Mutex::default(),
            looking: Mutex::default(),
            stuck: Mutex::default(),
        };
        let recovered = core.recover()?;
        core.warnings.extend(recovered);
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

    /// Every scorer whose columns the catalog has, in their order.
    pub fn scorers(&self) -> Vec<ScorerSpec> {
        self.shelf().specs()
    }

    /// The scorers and their model files, as they are now.
    pub(crate) fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks again which scorers and model files there are.
    pub fn refresh_scorers(&self) -> Result<(), Problem> {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = Arc::new(Shelf::open(&self.store, &self.places)?);
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = shelf;
        Ok(())
    }

    /// Lets one change of the user's choices at a time be made: they are read, changed and written.
    pub(super) fn choosing(&self) -> MutexGuard<'_, ()> {
        self.choosing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The user's choice of an ONNX Runtime, as the settings file has it now.
    pub(crate) fn onnxruntime(&self) -> Option<PathBuf> {
        settings::load(&self.places.settings_file()).0.onnxruntime
    }

    /// What runs networks here, found at its first use.
    pub(crate) fn backend(&self) -> &Backend {
        let find = || Backend::find(self.onnxruntime().as_deref(), &self.places.data);
        self.backend.get_or_init(find)
    }

    /// What runs networks here, if one was run already.
    pub(crate) fn backend_in_use(&self) -> Option<&Backend> {
        self.backend.get()
    }

    /// Uses this library (or the one in this folder) from the next start on; gives its version.
    ///
    /// Fails where it can't be used here; the choice stays as it was.
    pub fn use_runtime(&self, library: &Path) -> Result<String, Problem> {
        let (path, version) = self.usable_runtime(library)?;
        let file = self.places.settings_file();
        let mut kept = settings::load(&file).0;
        kept.onnxruntime = Some(path);
        settings::save(&file, &kept)?;
        Ok(version)
    }

    /// The library at that path and its version, if it can be used here.
    pub(crate) fn usable_runtime(&self, library: &Path) -> Result<(PathBuf, String), Problem> {
        let library = paths::absolute(library);
        let candidates = library::find(Some(&library), &self.places.data);
        let first = candidates.into_iter().next();
        let candidate = first.ok_or_else(|| Problem::internal("no candidate", "none found"))?;
        match candidate.state {
            Ok(info) => Ok((candidate.path, info.version)),
            Err(error) => {
                let hint = error.hint();
                let problem = Problem::usage("this library can't be used", error);
                Err(problem.hint(hint).at(candidate.path))
            }
        }
    }

    /// What computed the scores of a content, by scorer; our own code is left out.
    pub fn placements(&self, content: ContentId) -> Result<Vec<(String, String)>, Problem> {
        let shelf = self.shelf();
        let found = self.store.placements_of(content)?.into_iter();
        let named = found.filter_map(|(id, placement)| {
            let running = shelf.running.iter().find(|running| running.id == id)?;
            Some((running.key().to_owned(), placement))
        });
        Ok(named.collect())
    }

    /// The vectors of encoders, opened at their first use.
    pub(crate) fn embeddings(&self) -> Result<&EmbeddingStore, Problem> {
        if let Some(store) = self.embeddings.get() {
            return Ok(store);
        }
        let store = EmbeddingStore::open(&self.places.data)?;
        Ok(self.embeddings.get_or_init(|| store))
    }

    /// What scorers found beside numbers, opened at its first use.
    pub(crate) fn detail_store(&self) -> Result<&DetailStore, Problem> {
        if let Some(store) = self.details.get() {
            return Ok(store);
        }
        let store = DetailStore::open(&self.places.data)?;
        Ok(self.details.get_or_init(|| store))
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
        let shelf = self.shelf();
        let columns: Vec<_> = shelf
            .stored
            .iter()
            .map(|stored| {
                let specs = stored.spec.columns.iter().cloned();
                (stored.id, specs.map(Arc::new).collect())
            })
            .collect();
        let mut catalog = self.store.load_catalog(roots, &columns)?;
        let settings = settings::load(&self.places.settings_file()).0;
        scopes::fill(&mut catalog, &shelf.running, settings.said());
        catalog.n_extra = shelf.n_imported();
        shelf.composites.append(&mut catalog);
        Ok(catalog)
    }

    /// The library below the roots, to be opened with the composite columns that it has.
    pub(crate) fn opened(&self, roots: &[PathBuf]) -> Result<Change, Problem> {
        let composites = Arc::clone(&self.shelf().composites);
        Ok(Change::Open(Box::new(self.catalog(roots)?), composites))
    }

    /// Whether a run with these options could begin: the scorers exist and their weights are there.
    pub fn check(&self, options: &ScoreOptions) -> Result<(), Problem> {
        self.shelf().chosen(&options.scorers).map(drop)
    }

    /// Scores what lacks scores below the roots.
    ///
    /// Where no scorer is named, one that can't run here is left out and told; a named one is a
    /// problem.
    pub fn score(
        &self,
        roots: &[PathBuf],
        options: &ScoreOptions,
        job: &Job,
    ) -> Result<ScoreReport, Problem> {
        let shelf = self.shelf();
        let mut chosen = shelf.chosen(&options.scorers)?;
        let mut targets = self.targets(roots)?;
        if let Some(only) = &options.only {
            let only: HashSet<FileId> = only.iter().copied().collect();
            targets.retain(|target| only.contains(&target.file));
        }
        job.progress.add_total(targets.len() as u64);
        let mut known_failures = 0;
        if !options.retry_failed {
            let stuck = self.store.failed_at(Stage::Decode)?;
            let before = targets.len();
            targets.retain(|target| !stuck.contains(&target.file));
            known_failures = before - targets.len();
        }
        let loader = Loader {
            models: &shelf.models,
            backend: &|| self.backend(),
            embeddings: &|| self.embeddings(),
            wishes: options.wishes.clone(),
        };
        let mut left_out = Vec::new();
        let mut known = Known::of(&self.store);
        let (plan, complete, loaded) = loop {
            let plan = loader.plan(&chosen)?;
            let complete = self.mark_missing(&plan, &mut targets, options.retry_failed)?;
            known.apply_rules(&plan, &mut targets, &job.token)?;
            let (needed, wanted) = needed(&plan, &targets);
            match loader.load(&plan, &needed, &wanted) {
                Ok(loaded) => break (plan, complete, loaded),
                Err(unusable) if options.scorers.is_empty() && !unusable.key.is_empty() => {
                    left_out.push(format!("left out: {}", unusable.problem));
                    drop_dependents(&mut chosen, &unusable.key);
                }
                Err(unusable) => return Err(unusable.problem),
            }
        };
        let n_todo = targets.len();
        let mut kept_out = Vec::new();
        targets.retain_mut(|target| {
            let wanted = target.missing.contains(&true);
            if !wanted {
                kept_out.append(&mut target.ruling.kept_out);
            }
            wanted
        });
        let n_reused = n_todo - targets.len();
        job.progress.add_reused((n_reused + known_failures) as u64);
        let ready = Ready {
            plan,
            complete,
            loaded,
            targets,
            kept_out,
        };
        let mut report = self.run(ready, options, job)?;
        report.reused += n_reused;
        report.known_failures = known_failures;
        report.left_out = left_out;
        Ok(report)
    }

    /// Runs a plan. What is to be done after a run is done after one that failed, too.
    fn run(&self, ready: Ready, options: &ScoreOptions, job: &Job) -> Result<ScoreReport, Problem> {
        let Ready {
            ref plan,
            ref complete,
            mut loaded,
            targets,
            ref kept_out,
        } = ready;
        let placements = loaded.placements();
        let run = Run {
            plan,
            complete,
            done: Mutex::default(),
            failed: Mutex::default(),
            limits: Limits::default(),
            n_workers: options.jobs.unwrap_or_else(default_jobs).max(1),
            job,
        };
        let has_vectors = plan.nets.iter().any(|net| net.vectors.is_some());
        let embeddings = has_vectors.then(|| self.embeddings()).transpose()?;
        let mut collector = Collector::new(self, plan, embeddings, loaded.heads, job);
        let ended = run.run(targets, &mut loaded.devices, &mut collector);
        let new_columns = plan.parts.iter().any(|part| !part.running.shown);
        if new_columns {
            self.refresh_scorers()?;
        }
        for (key, speed) in loaded.devices.iter().flat_map(Device::speeds) {
            self.note_speed(&key, speed);
        }
        let mut report = ended?;
        plan.add_routed(kept_out, &mut report.routed);
        report.new_columns = new_columns;
        report.placements = placements;
        Ok(report)
    }

    /// All that the database knows of a content.
    pub(crate) fn knowledge(&self, content: ContentId) -> Result<Knowledge, Problem> {
        let mut values = Vec::new();
        for stored in &self.shelf().stored {
            if let Some(scores) = self.store.scores_of(stored.id, content)? {
                let columns = stored.columns.iter().cloned();
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

    /// Fills in which scorers each target lacks; gives the contents that lack none.
    fn mark_missing(
        &self,
        plan: &Plan,
        targets: &mut [Target],
        retry_failed: bool,
    ) -> Result<HashMap<ContentHash, ContentId>, Problem> {
        for target in targets.iter_mut() {
            target.missing = vec![true; plan.parts.len()];
        }
        self.add_hashes(plan, targets)?;
        let mut scored_by = Vec::new();
        for (i, part) in plan.parts.iter().enumerate() {
            if let How::Encoder(net) = part.how {
                let vectors = plan.nets[net].vectors.as_ref();
                let has = |hash: ContentHash| vectors.is_some_and(|v| v.has(&hash));
                for target in targets.iter_mut() {
                    target.missing[i] = !target.hash.is_some_and(has);
                }
                continue;
            }
            scored_by.push(part.running.id);
            let scored = self.store.scored(part.running.id)?;
            for target in targets.iter_mut() {
                let content = target.content;
                let has = content.is_some_and(|c| scored.binary_search(&c).is_ok());
                target.missing[i] = !has;
            }
        }
        if retry_failed {
            let failed = self.store.failed_at(Stage::Score)?;
            for target in targets.iter_mut().filter(|t| failed.contains(&t.file)) {
                target.missing.fill(true);
            }
        }
        if plan.parts.len() > scored_by.len() {
            return Ok(HashMap::new());
        }
        Ok(self.store.complete_contents(&scored_by)?)
    }

    /// The hashes of the targets, where vectors are to be found by them.
    fn add_hashes(&self, plan: &Plan, targets: &mut [Target]) -> Result<(), Problem> {
        if plan.nets.iter().all(|net| net.vectors.is_none()) {
            return Ok(());
        }
        let contents: Vec<ContentId> = targets.iter().filter_map(|t| t.content).collect();
        let hashes: HashMap<ContentId, ContentHash> =
            self.store.hashes(&contents)?.into_iter().collect();
        for target in targets {
            let content = target.content;
            target.hash = content.and_then(|content| hashes.get(&content).copied());
        }
        Ok(())
    }

    fn targets(&self, roots: &[PathBuf]) -> Result<Vec<Target>, Problem> {
        let mut targets = Vec::new();
        // What lies on a root that can't be reached is neither hashed nor scored, nor failed.
        for root in outermost(roots)
            .iter()
            .filter(|root| scan::is_reachable(root))
        {
            let known = self.store.files_below(root)?;
            targets.extend(known.into_iter().map(Target::known));
        }
        Ok(targets)
    }
}

/// A run that can begin.
struct Ready {
    plan: Plan,
    complete: HashMap<ContentHash, ContentId>,
    loaded: Loaded,
    targets: Vec<Target>,
    /// What rules said of images that lack nothing else.
    kept_out: Vec<KeptOut>,
}

/// Takes out the scorer of this key and all that build on it.
fn drop_dependents(chosen: &mut Vec<Running>, key: &str) {
    let mut gone = vec![key.to_owned()];
    let mut at = 0;
    while let Some(key) = gone.get(at).cloned() {
        let columns: Vec<Arc<str>> = chosen
            .iter()
            .filter(|running| running.key() == key)
            .flat_map(|running| running.columns.iter().cloned())
            .collect();
        chosen.retain(|running| {
            let goes = running.key() == key || running.builds_on(&key, &columns);
            if goes && running.key() != key {
                gone.push(running.key().to_owned());
            }
            !goes
        });
        at += 1;
    }
}

/// Which networks of the plan some target needs, and which of its parts some target lacks.
fn needed(plan: &Plan, targets: &[Target]) -> (Vec<bool>, Vec<bool>) {
    let mut nets = vec![false; plan.nets.len()];
    let mut parts = vec![false; plan.parts.len()];
    for target in targets {
        let needs = plan.needs(&target.missing, target.hash.as_ref());
        nets.iter_mut().zip(needs.nets).for_each(|(n, x)| *n |= x);
        let missing = parts.iter_mut().zip(&target.missing);
        missing.for_each(|(part, missing)| *part |= missing);
    }
    (nets, parts)
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
