//! The engine behind the window: takes commands, runs jobs on threads, sends events.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, tick};

use crate::base::{Generation, Kind, Problem};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::query::ViewSpec;
use crate::store::ThumbStore;

use super::command::Command;
use super::core::{Core, outermost};
use super::desk::{self, Task};
use super::event::{Event, JobKind, JobState, Level, Notice};
use super::job::{Change, Job};
use super::jobs::Jobs;
use super::library;
use super::loupe;
use super::thumbs::{Thumbs, Wanted};
use super::view;

/// Called after every event, so that a sleeping window looks at its channel.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A running engine. Dropping it stops the jobs and waits for the batch in flight.
#[derive(Debug)]
pub struct Engine {
    commands: Option<Sender<Command>>,
    events: Receiver<Event>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts the threads.
    pub fn start(core: Arc<Core>, wake: Wake) -> Result<Self, Problem> {
        let (commands, command_queue) = bounded(1024);
        let (event_sender, events) = bounded(1024);
        let out = Out {
            events: event_sender,
            wake,
        };
        let session = Session::new(core, out)?;
        let thread = spawn("engine", move || session.run(&command_queue))?;
        Ok(Self {
            commands: Some(commands),
            events,
            thread: Some(thread),
        })
    }

    /// Where commands go.
    pub fn commands(&self) -> Sender<Command> {
        self.commands.clone().unwrap_or_else(|| bounded(0).0)
    }

    /// Where events come from.
    pub fn events(&self) -> Receiver<Event> {
        self.events.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.commands = None;
        // Nobody looks at events any more; they must not hold up the end.
        let events = std::mem::replace(&mut self.events, never());
        let drain = spawn("engine-drain", move || events.iter().for_each(drop));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        if let Ok(drain) = drain {
            drain.join().ok();
        }
    }
}

/// Sends events and wakes the window.
#[derive(Clone)]
pub(crate) struct Out {
    events: Sender<Event>,
    wake: Wake,
}

impl Out {
    /// Sends one event; once the window is gone it goes nowhere.
    pub(crate) fn send(&self, event: Event) {
        self.events.send(event).ok();
        (self.wake)();
    }

    /// Tells the user something.
    pub(crate) fn notice(&self, level: Level, text: impl Into<String>) {
        self.send(Event::Notice(Notice {
            level,
            text: text.into(),
        }));
    }

    /// Tells the user what failed.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.notice(Level::Error, problem.to_string());
    }
}

/// A named thread.
pub(crate) fn spawn(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, Problem> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Problem::environment("can't start a thread", error))
}

/// How a job thread ended.
type Ended = (crate::base::JobId, JobState);

struct Session {
    core: Arc<Core>,
    out: Out,
    catalog: Arc<Mutex<Arc<Catalog>>>,
    changes: Sender<Change>,
    views: Sender<(Generation, ViewSpec)>,
    thumbs: Thumbs,
    loupe: loupe::Loupe,
    desk: Sender<Task>,
    jobs: Jobs,
    ended: (Sender<Ended>, Receiver<Ended>),
    roots: Vec<PathBuf>,
    helpers: Vec<JoinHandle<()>>,
}

impl Session {
    fn new(core: Arc<Core>, out: Out) -> Result<Self, Problem> {
        let catalog = Arc::new(Mutex::new(Arc::new(Catalog::default())));
        let (changes, change_queue) = bounded::<Change>(64);
        let (catalogs, catalog_queue) = bounded::<Arc<Catalog>>(1);
        let (views, view_queue) = bounded(64);
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
        let cache = Arc::new(ThumbStore::open(&core.places().cache)?);
        let thumbs = Thumbs::start(super::core::default_jobs().max(2), &cache, {
            let out = out.clone();
            move |thumb| out.send(Event::Thumbs(vec![thumb]))
        })?;
        let loupe = loupe::Loupe::start(out.clone())?;
        let limit = core.settings().thumb_cache_mib << 20;
        helpers.push(spawn("thumbs-prune", move || {
            cache.prune(limit).ok();
        })?);
        let (desk, tasks) = bounded::<Task>(256);
        helpers.push({
            let desk = desk::Desk::new(Arc::clone(&core), out.clone(), changes.clone());
            spawn("files", move || desk.run(&tasks))?
        });
        Ok(Self {
            core,
            out,
            catalog,
            changes,
            views,
            thumbs,
            loupe,
            desk,
            jobs: Jobs::default(),
            ended: bounded(64),
            roots: Vec::new(),
            helpers,
        })
    }

    /// Until the front end drops its sender.
    fn run(mut self, commands: &Receiver<Command>) {
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
            Command::Mark { rows, edit } => self.task(Task::Mark { rows, edit }),
            Command::Plan { rows, intent } => self.task(Task::Plan { rows, intent }),
            Command::Apply(confirmed) => {
                self.work_on_files("Moving files", |job, end| Task::Apply {
                    confirmed: Box::new(confirmed),
                    job,
                    end,
                });
            }
            Command::Undo(op) => {
                self.work_on_files("Undoing", |job, end| Task::Undo { op, job, end });
            }
            Command::History => self.task(Task::History),
            Command::Export { rows, format, to } => self.task(Task::Export { rows, format, to }),
            Command::SaveSettings(settings) => self.task(Task::SaveSettings(settings)),
        }
    }

    fn catalog(&self) -> Arc<Catalog> {
        Arc::clone(&self.catalog.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wanted(&self, rows: &[Row], edge: u32) -> Vec<Wanted> {
        let catalog = self.catalog();
        let wanted = |&row: &Row| {
            let i = row.idx();
            let (size, mtime_ns) = (*catalog.size.get(i)?, *catalog.mtime_ns.get(i)?);
            let stamp = crate::domain::image::Stamp { size, mtime_ns };
            Some(Wanted {
                row,
                path: catalog.path(row),
                stamp,
                edge,
            })
        };
        rows.iter().filter_map(wanted).collect()
    }

    fn with_job(&mut self, id: crate::base::JobId, act: impl FnOnce(&Job)) {
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

    fn finish(&mut self, id: crate::base::JobId, state: JobState) {
        if let Some(status) = self.jobs.end(id, state, Instant::now()) {
            self.out.send(Event::Job(status));
        }
    }

    fn task(&self, task: Task) {
        let snapshot = self.catalog();
        self.desk.send(Task::Fresh(snapshot)).ok();
        self.desk.send(task).ok();
    }

    fn work_on_files(&mut self, title: &str, task: impl FnOnce(Job, desk::End) -> Task) {
        let job = self.new_job();
        let id = self.jobs.add(JobKind::Files, title.to_owned(), job.clone());
        let ended = self.ended.0.clone();
        let task = task(
            job,
            Box::new(move |state| {
                ended.send((id, state)).ok();
            }),
        );
        self.task(task);
        self.tell_jobs();
    }

    fn new_job(&self) -> Job {
        Job {
            changes: Some(self.changes.clone()),
            ..Job::default()
        }
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
        let (core, out, ended) = (
            Arc::clone(&self.core),
            self.out.clone(),
            self.ended.0.clone(),
        );
        let thread = spawn("job", move || {
            let state = match work(&core, &job, &out) {
                Ok(()) if job.token.is_cancelled() => JobState::Cancelled,
                Ok(()) => JobState::Done,
                Err(problem) if problem.kind == Kind::Cancelled => JobState::Cancelled,
                Err(problem) => {
                    out.problem(&problem);
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
        self.roots = outermost(roots);
        self.desk.send(Task::Opened(self.roots.clone())).ok();
        let roots = self.roots.clone();
        self.start(
            JobKind::Scan,
            "Looking for images",
            move |core, job, out| {
                job.tell(Change::Open(Box::new(core.catalog(&roots)?)));
                rescan(core, &roots, job, out)
            },
        );
    }

    fn scan(&mut self) {
        self.jobs.cancel(&[JobKind::Scan, JobKind::Identify]);
        let roots = self.roots.clone();
        self.start(
            JobKind::Scan,
            "Looking for images",
            move |core, job, out| rescan(core, &roots, job, out),
        );
    }

    fn score(&mut self, request: super::command::ScoreRequest) {
        self.jobs.cancel(&[JobKind::Identify, JobKind::Score]);
        let catalog = self.catalog();
        let only = request.rows.map(|rows| {
            rows.iter()
                .filter_map(|row| catalog.files.get(row.idx()).copied())
                .collect()
        });
        let options = super::core::ScoreOptions {
            scorers: request.scorers,
            only,
            retry_failed: request.retry_failed,
            jobs: None,
        };
        let roots = self.roots.clone();
        self.start(JobKind::Score, "Scoring", move |core, job, out| {
            let report = core.score(&roots, &options, job)?;
            out.notice(Level::Info, super::words::scored(&report));
            Ok(())
        });
    }

    fn close(mut self) {
        let all = [
            JobKind::Scan,
            JobKind::Identify,
            JobKind::Score,
            JobKind::Files,
            JobKind::Export,
        ];
        self.jobs.cancel(&all);
        self.thumbs.close();
        let helpers = std::mem::take(&mut self.helpers);
        let core = Arc::clone(&self.core);
        // Dropping the session closes every channel, and with it every helper's loop.
        drop(self);
        for helper in helpers {
            helper.join().ok();
        }
        core.store.flush().ok();
    }
}

/// Scans, then hashes what is new.
fn rescan(core: &Core, roots: &[PathBuf], job: &Job, out: &Out) -> Result<(), Problem> {
    let report = core.scan(roots, job)?;
    for notice in super::words::scanned(&report) {
        out.send(Event::Notice(notice));
    }
    core.identify(roots, job)
}
