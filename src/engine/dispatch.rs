//! The engine's own thread: obeys commands, starts jobs, keeps the job table.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, tick};

use crate::base::{CancelToken, Generation, JobId, Kind, Problem, format};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::composite::Composite;
use crate::domain::import::{ImportOptions, ImportPlan};
use crate::domain::op::Intent;
use crate::domain::query::ViewSpec;
use crate::domain::settings::Settings;
use crate::store::ThumbStore;

use super::command::{Command, ScoreRequest};
use super::core::{Core, ScoreOptions, default_jobs, outermost};
use super::desk::{Desk, Task, Work};
use super::event::{Event, JobKind, JobState, Level};
use super::infer::install::Flavour;
use super::job::{Change, Job};
use super::jobs::Jobs;
use super::library;
use super::loupe::Loupe;
use super::models::{AddOptions, OwnModel, PullOptions};
use super::session::{Out, spawn};
use super::thumbs::{Thumbs, Wanted};
use super::{view, words};

/// Tasks that may wait for a desk; more than a person can give in a minute.
const WAITING: usize = 256;

/// How a job ended.
type Ended = (JobId, JobState);

/// The engine's state.
pub(crate) struct Dispatch {
    core: Arc<Core>,
    out: Out,
    catalog: Arc<Mutex<Arc<Catalog>>>,
    changes: Sender<Change>,
    views: Sender<(Generation, ViewSpec)>,
    thumbs: Thumbs,
    loupe: Loupe,
    files: Sender<Work>,
    marks: Sender<Work>,
    settings: Arc<Mutex<Settings>>,
    /// Cancelled when the program ends, for work without a job in the table.
    closing: CancelToken,
    jobs: Jobs,
    ended: (Sender<Ended>, Receiver<Ended>),
    /// Copies into the library: looked at again once they are done.
    copies: Vec<JobId>,
    /// The open folders; jobs that read the library anew look what they are by then.
    roots: Arc<Mutex<Vec<PathBuf>>>,
    helpers: Vec<JoinHandle<()>>,
}

impl Dispatch {
    /// Starts the threads around it.
    pub(crate) fn new(core: Arc<Core>, out: Out) -> Result<Self, Problem> {
        let catalog = Arc::new(Mutex::new(Arc::new(Catalog::default())));
        let (changes, change_queue) = bounded::<Change>(64);
        let (catalogs, catalog_queue) = bounded::<Arc<Catalog>>(1);
        let (views, view_queue) = bounded(64);
        let settings = Arc::new(Mutex::new(core.settings().clone()));
        let mut helpers = Vec::new();
        helpers.push({
            let (out, current) = (out.clone(), Arc::clone(&catalog));
            spawn("library", move || {
                library::run(&change_queue, |snapshot| {
                    *current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&snapshot);
                    out.send(Event::Catalog(Arc::clone(&snapshot)));
                    catalogs.send(snapshot).ok();
                });
            })?
        });
        helpers.push({
            let out = out.clone();
            spawn("view", move || {
                view::run(&catalog_queue, &view_queue, |event| out.send(event));
            })?
        });
        let thumbs = start_thumbs(&core, &out, &mut helpers)?;
        let mut desk = |name| {
            let (desk, queue) = bounded::<Work>(WAITING);
            let (core, out, settings) = (Arc::clone(&core), out.clone(), Arc::clone(&settings));
            let worker = Desk {
                core,
                out,
                settings,
            };
            helpers.push(spawn(name, move || worker.run(&queue))?);
            Ok::<_, Problem>(desk)
        };
        let (files, marks) = (desk("files")?, desk("marks")?);
        Ok(Self {
            loupe: Loupe::start(out.clone())?,
            core,
            out,
            catalog,
            changes,
            views,
            thumbs,
            files,
            marks,
            settings,
            closing: CancelToken::new(),
            jobs: Jobs::default(),
            ended: bounded(64),
            copies: Vec::new(),
            roots: Arc::default(),
            helpers,
        })
    }

    /// Until the front end drops its sender.
    pub(crate) fn run(mut self, commands: &Receiver<Command>) {
        self.out.send(Event::Scorers(self.core.scorers().into()));
        for warning in self.core.warnings() {
            self.out.notice(Level::Warning, warning.clone());
        }
        let ended = self.ended.1.clone();
        let clock = tick(Duration::from_millis(100));
        loop {
            let quiet = never();
            let beat = if self.jobs.is_empty() { &quiet } else { &clock };
            select! {
                recv(commands) -> command => match command {
                    Ok(command) => self.obey(command),
                    Err(_closed) => break,
                },
                recv(ended) -> end => if let Ok((id, state)) = end { self.finish(id, state) },
                recv(beat) -> _ => self.tell_jobs(),
            }
        }
        self.close();
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Open(roots) => self.open(&roots),
            Command::Rescan => self.scan(),
            Command::Score(request) => self.score(request),
            Command::Pause(id) => self.with_job(id, |job| job.token.pause()),
            Command::Resume(id) => self.with_job(id, |job| job.token.resume()),
            Command::Cancel(id) => self.with_job(id, |job| job.token.cancel()),
            Command::View { generation, spec } => {
                self.views.send((generation, spec)).ok();
            }
            Command::Thumbs { rows, edge } => self.thumbs.want(self.wanted(&rows, edge)),
            Command::Picture(row) => self.loupe.want(row, self.catalog().path(row)),
            Command::Mark { rows, edit } => self.note(Task::Mark { rows, edit }),
            Command::TakeTags { rows, wish } => {
                self.on_files("Taking over tags", Task::TakeTags { rows, wish });
            }
            Command::Plan { rows, intent } => {
                self.on_files("Planning", Task::Plan { rows, intent });
            }
            Command::Apply(confirmed) => {
                let title = confirmed.plan().title();
                self.on_files(&title, Task::Apply(Box::new(confirmed)));
            }
            Command::Undo(op) => self.on_files("Undoing", Task::Undo(op)),
            Command::History => self.note(Task::History),
            Command::Export { rows, format, to } => {
                self.on_files("Writing a list", Task::Export { rows, format, to });
            }
            Command::Models => self.note(Task::Models),
            Command::Pull { key, variant } => self.pull(key, variant),
            Command::AddModel { file, key } => self.add_model(file, key),
            Command::LookAtModel(path) => self.look_at_model(path),
            Command::AddOwnModel(own) => self.add_own_model(own),
            Command::RemoveModel(key) => self.change_models("Removing weights", move |core, _| {
                let freed = core.remove_model(&key)?;
                Ok(format!("{key}: {} freed", format::bytes(freed)))
            }),
            Command::SetPrompts { key, text } => {
                self.change_models("Keeping prompts", move |core, _| {
                    let n = core.set_prompts(&key, &text)?;
                    Ok(format!("{key}: {}", format::count(n as u64, "prompt")))
                });
            }
            Command::SetScorerSetting { key, name, value } => self.set_setting(key, name, value),
            Command::SetRoute { key, condition } => {
                self.change_models("Keeping a rule", move |core, _| {
                    core.set_route(&key, condition.as_deref())?;
                    Ok(words::route(&key, condition.as_deref()))
                });
            }
            Command::PlanImport { file, options } => self.plan_import(file, options),
            Command::Import(plan) => self.import(plan),
            Command::RemoveImport(name) => self.remove_import(name),
            Command::SetComposite(composite) => self.set_composite(*composite),
            Command::RemoveComposite(key) => self.remove_composite(key),
            Command::Runtime => self.note(Task::Runtime),
            Command::InstallRuntime(flavour) => self.install_runtime(flavour),
            Command::UseRuntime(path) => self.note(Task::UseRuntime(path)),
            Command::Selftest => {
                self.start(JobKind::Models, "Testing devices", |core, job, out| {
                    let outcomes = core.selftest(job)?;
                    let lines = outcomes.iter().map(|o| (words::tested(o), o.is_good()));
                    out.send(Event::Selftest(lines.collect()));
                    Ok(())
                });
            }
            Command::Placements(row) => self.note(Task::Placements(row)),
            Command::Details(row) => self.note(Task::Details(row)),
            Command::SaveSettings(settings) => self.note(Task::SaveSettings(settings)),
        }
    }

    fn roots(&self) -> Vec<PathBuf> {
        lock(&self.roots).clone()
    }

    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wanted(&self, rows: &[Row], edge: u32) -> Vec<Wanted> {
        let catalog = self.catalog();
        let wanted = |&row: &Row| {
            let (path, stamp) = (catalog.path(row), catalog.stamp(row)?);
            Some(Wanted {
                row,
                path,
                stamp,
                edge,
            })
        };
        rows.iter().filter_map(wanted).collect()
    }

    fn with_job(&mut self, id: JobId, act: impl FnOnce(&Job)) {
        if let Some(job) = self.jobs.get(id) {
            act(job);
        }
        self.tell_jobs();
    }

    fn tell_jobs(&mut self) {
        for status in self.jobs.sample(Instant::now()) {
            self.out.send(Event::Job(status));
        }
    }

    fn finish(&mut self, id: JobId, state: JobState) {
        let Some(status) = self.jobs.end(id, state, Instant::now()) else {
            return;
        };
        let kind = status.kind;
        self.out.send(Event::Job(status));
        if kind == JobKind::Scan && state == JobState::Done {
            self.identify();
        }
        if let Some(at) = self.copies.iter().position(|copy| *copy == id) {
            self.copies.remove(at);
            self.scan();
        }
    }

    fn new_job(&self) -> Job {
        Job {
            changes: Some(self.changes.clone()),
            ..Job::default()
        }
    }

    /// Work that no job shows. A desk that is full says so instead of holding up the engine.
    fn note(&self, task: Task) {
        let job = Job {
            token: self.closing.clone(),
            ..self.new_job()
        };
        let work = Work {
            catalog: self.catalog(),
            task,
            job,
            end: None,
        };
        if self.marks.try_send(work).is_err() {
            self.out.notice(
                Level::Error,
                "too much to do at once; that was not done, try again",
            );
        }
    }

    /// A job on the files' desk.
    fn on_files(&mut self, title: &str, task: Task) {
        let job = self.new_job();
        let kind = if matches!(task, Task::Export { .. }) {
            JobKind::Export
        } else {
            JobKind::Files
        };
        let id = self.jobs.add(kind, title.to_owned(), job.clone());
        if self.adds_files(&task) {
            self.copies.push(id);
        }
        let ended = self.ended.0.clone();
        let end = Box::new(move |state| {
            ended.send((id, state)).ok();
        });
        let work = Work {
            catalog: self.catalog(),
            task,
            job,
            end: Some(end),
        };
        if self.files.try_send(work).is_err() {
            self.out.notice(
                Level::Error,
                "too much to do at once; that was not done, try again",
            );
            self.finish(id, JobState::Failed);
        }
        self.tell_jobs();
    }

    /// Whether files will lie in the opened folders that the library does not know yet.
    fn adds_files(&self, task: &Task) -> bool {
        let Task::Apply(confirmed) = task else {
            return false;
        };
        let Intent::Copy(to) = &confirmed.plan().intent else {
            return false;
        };
        self.roots().iter().any(|root| to.folder.starts_with(root))
    }

    /// Runs a job on its own thread.
    fn start(
        &mut self,
        kind: JobKind,
        title: &str,
        work: impl FnOnce(&Core, &Job, &Out) -> Result<(), Problem> + Send + 'static,
    ) {
        let job = self.new_job();
        let id = self.jobs.add(kind, title.to_owned(), job.clone());
        let (core, out) = (Arc::clone(&self.core), self.out.clone());
        let ended = self.ended.0.clone();
        let thread = spawn("job", move || {
            let done = catch_unwind(AssertUnwindSafe(|| work(&core, &job, &out)));
            let state = match done {
                Ok(Ok(())) if job.token.is_cancelled() => JobState::Cancelled,
                Ok(Ok(())) => JobState::Done,
                Ok(Err(problem)) if problem.kind == Kind::Cancelled => JobState::Cancelled,
                Ok(Err(problem)) => {
                    out.problem(&problem);
                    JobState::Failed
                }
                Err(_panic) => {
                    out.notice(
                        Level::Error,
                        "something went wrong inside Bandpass; the job ended",
                    );
                    JobState::Failed
                }
            };
            ended.send((id, state)).ok();
        });
        match thread {
            Ok(thread) => {
                self.helpers.retain(|helper| !helper.is_finished());
                self.helpers.push(thread);
            }
            Err(problem) => {
                self.out.problem(&problem);
                self.finish(id, JobState::Failed);
            }
        }
        self.tell_jobs();
    }

    fn open(&mut self, roots: &[PathBuf]) {
        self.jobs
            .cancel(&[JobKind::Scan, JobKind::Identify, JobKind::Score]);
        let roots = outermost(roots);
        lock(&self.roots).clone_from(&roots);
        let mut settings = self
            .settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        settings.last_roots.clone_from(&roots);
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings.clone();
        self.note(Task::SaveSettings(Box::new(settings)));
        let current = Arc::clone(&self.roots);
        self.start(
            JobKind::Scan,
            "Looking for images",
            move |core, job, out| {
                reopen(core, job, &current)?;
                rescan(core, &roots, job, out)
            },
        );
    }

    fn scan(&mut self) {
        self.jobs.cancel(&[JobKind::Scan, JobKind::Identify]);
        let roots = self.roots();
        let work = move |core: &Core, job: &Job, out: &Out| rescan(core, &roots, job, out);
        self.start(JobKind::Scan, "Looking for images", work);
    }

    fn identify(&mut self) {
        if self.jobs.has(JobKind::Score) {
            return;
        }
        let roots = self.roots();
        self.start(
            JobKind::Identify,
            "Recognising images",
            move |core, job, _out| core.identify(&roots, job),
        );
    }

    fn score(&mut self, request: ScoreRequest) {
        self.jobs
            .cancel(&[JobKind::Scan, JobKind::Identify, JobKind::Score]);
        let catalog = self.catalog();
        let only = request.rows.map(|rows| {
            rows.iter()
                .filter_map(|row| catalog.files.get(row.idx()).copied())
                .collect()
        });
        let options = ScoreOptions {
            scorers: request.scorers,
            only,
            retry_failed: request.retry_failed,
            jobs: None,
            wishes: request.wishes,
        };
        let (roots, current) = (self.roots(), Arc::clone(&self.roots));
        self.start(JobKind::Score, "Scoring", move |core, job, out| {
            // Files that came or changed since the last look are scored as they are now.
            rescan(core, &roots, &job.quiet(), out)?;
            let report = core.score(&roots, &options, job)?;
            for line in &report.left_out {
                out.notice(Level::Warning, line.clone());
            }
            if report.new_columns {
                out.send(Event::Scorers(core.scorers().into()));
                reopen(core, job, &current)?;
            }
            out.notice(Level::Info, words::scored(&report));
            Ok(())
        });
    }

    fn pull(&mut self, key: String, variant: Option<String>) {
        let title = format!("Downloading {key}");
        self.change_models(&title, move |core, job| {
            let options = PullOptions {
                variant,
                accept_licence: true,
                ..PullOptions::from_env()
            };
            let pulled = core.pull(&key, &options, job)?;
            let keys: Vec<&str> = pulled.iter().map(|pulled| pulled.key.as_str()).collect();
            Ok(format!("downloaded: {}", keys.join(", ")))
        });
    }

    fn add_model(&mut self, file: PathBuf, key: Option<String>) {
        self.change_models("Looking at a model file", move |core, job| {
            let options = AddOptions {
                as_key: key,
                ..AddOptions::default()
            };
            let added = core.add_model(&file, &options, job)?;
            Ok(words::added(&added))
        });
    }

    fn add_own_model(&mut self, own: Box<OwnModel>) {
        self.change_models("Adding a network of your own", move |core, job| {
            Ok(words::added(&core.add_own(&own, job)?))
        });
    }

    fn plan_import(&mut self, file: PathBuf, options: ImportOptions) {
        let roots = self.roots();
        self.start(JobKind::Files, "Reading a table", move |core, job, out| {
            let plan = core.plan_import(&file, &options, &roots, job);
            out.send(Event::ImportPlanned(plan.map(Box::new)));
            Ok(())
        });
    }

    fn import(&mut self, plan: Box<ImportPlan>) {
        self.change_models("Importing columns", move |core, job| {
            core.import(&plan, job)?;
            let images = format::count(plan.matched.len() as u64, "image");
            Ok(format!("{}: values for {images}", plan.import.name))
        });
    }

    fn remove_import(&mut self, name: String) {
        self.change_models("Removing an import", move |core, _| {
            core.remove_import(&name)?;
            Ok(format!("{name}: removed"))
        });
    }

    fn set_composite(&mut self, composite: Composite) {
        self.change_models("Keeping a column", move |core, _| {
            let told = format!("{} = {}", composite.key, composite.formula);
            core.set_composite(composite)?;
            Ok(told)
        });
    }

    fn remove_composite(&mut self, key: String) {
        self.change_models("Removing a column", move |core, _| {
            let built_on = core.remove_composite(&key)?;
            Ok(words::removed_composite(&key, &built_on))
        });
    }

    fn look_at_model(&mut self, path: PathBuf) {
        self.start(
            JobKind::Models,
            "Looking at a model file",
            move |core, _, out| {
                let draft = core.look_at_model(&path);
                out.send(Event::ModelDraft(draft.map(Box::new)));
                Ok(())
            },
        );
    }

    fn set_setting(&mut self, key: String, name: String, value: Option<String>) {
        self.change_models("Keeping a setting", move |core, _| {
            let told = value.as_deref().unwrap_or("as it was at first");
            let told = format!("{key}: {name} is {told}");
            core.set_scorer_settings(&key, false, &[(name, value)])?;
            Ok(told)
        });
    }

    fn install_runtime(&mut self, flavour: Flavour) {
        self.start(
            JobKind::Models,
            "Installing ONNX Runtime",
            move |core, job, out| {
                let installed = core.install_runtime(flavour, job)?;
                let text = format!(
                    "ONNX Runtime {} is installed; Bandpass uses it from its next start on. {}",
                    installed.version, installed.note
                );
                out.notice(Level::Info, text.trim_end());
                out.send(Event::Runtime(Box::new(core.runtime_status())));
                Ok(())
            },
        );
    }

    /// A job that changes which scorers are ready; the library is read anew with their columns.
    fn change_models(
        &mut self,
        title: &str,
        work: impl FnOnce(&Core, &Job) -> Result<String, Problem> + Send + 'static,
    ) {
        let current = Arc::clone(&self.roots);
        self.start(JobKind::Models, title, move |core, job, out| {
            let said = work(core, job)?;
            out.send(Event::Scorers(core.scorers().into()));
            out.send(Event::Models(core.models().into()));
            reopen(core, job, &current)?;
            out.notice(Level::Info, said);
            Ok(())
        });
    }

    fn close(mut self) {
        self.closing.cancel();
        self.jobs.cancel_all();
        self.thumbs.close();
        let helpers = std::mem::take(&mut self.helpers);
        let core = Arc::clone(&self.core);
        // Dropping the rest closes every channel, and with it every helper's loop.
        drop(self);
        for helper in helpers {
            helper.join().ok();
        }
        core.store.flush().ok();
    }
}

fn start_thumbs(
    core: &Core,
    out: &Out,
    helpers: &mut Vec<JoinHandle<()>>,
) -> Result<Thumbs, Problem> {
    let cache = Arc::new(ThumbStore::open(&core.places().cache)?);
    let send = out.clone();
    let thumbs = Thumbs::start(default_jobs().max(2), &cache, move |thumb| {
        send.send(Event::Thumbs(vec![thumb]));
    })?;
    let limit = core.settings().thumb_cache_mib << 20;
    helpers.push(spawn("thumbs-prune", move || {
        cache.prune(limit).ok();
    })?);
    Ok(thumbs)
}

fn lock(roots: &Mutex<Vec<PathBuf>>) -> MutexGuard<'_, Vec<PathBuf>> {
    roots.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has the library shown as it is now. Reading it takes a while: where other folders were opened or
/// the scorers changed meanwhile, it is read again.
fn reopen(core: &Core, job: &Job, roots: &Mutex<Vec<PathBuf>>) -> Result<(), Problem> {
    loop {
        let (wanted, shelf) = (lock(roots).clone(), core.shelf());
        let opened = core.opened(&wanted)?;
        // Held while telling, so that no library of other folders is told in between.
        let current = lock(roots);
        if *current == wanted && Arc::ptr_eq(&shelf, &core.shelf()) {
            job.tell(opened);
            return Ok(());
        }
    }
}

/// Brings database and library up to date with the disk, and tells what could not be reached.
fn rescan(core: &Core, roots: &[PathBuf], job: &Job, out: &Out) -> Result<(), Problem> {
    let report = core.scan(roots, job)?;
    for notice in words::scanned(&report) {
        out.send(Event::Notice(notice));
    }
    Ok(())
}
