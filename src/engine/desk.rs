//! The one thread that touches the user's files, marks and settings, in the order of the commands.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use crate::base::{Kind, Problem, format};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::marks::MarkEdit;
use crate::domain::op::{Confirmed, Intent, OpId};
use crate::domain::settings::Settings;

use super::command::ListFormat;
use super::core::Core;
use super::event::{Event, JobState, Level};
use super::job::{Change, Job};
use super::session::Out;
use super::settings;

/// Told once how a job ended.
pub(crate) type End = Box<dyn FnOnce(JobState) + Send>;

/// One piece of work.
pub(crate) enum Task {
    /// The catalog that the rows of the next task belong to.
    Fresh(Arc<Catalog>),
    /// The folders opened now.
    Opened(Vec<PathBuf>),
    /// Change marks.
    Mark { rows: Vec<Row>, edit: MarkEdit },
    /// Plan a file operation.
    Plan { rows: Vec<Row>, intent: Intent },
    /// Carry out a plan.
    Apply {
        confirmed: Box<Confirmed>,
        job: Job,
        end: End,
    },
    /// Undo an operation.
    Undo {
        op: Option<OpId>,
        job: Job,
        end: End,
    },
    /// Tell the history.
    History,
    /// Write a list.
    Export {
        rows: Vec<Row>,
        format: ListFormat,
        to: PathBuf,
    },
    /// Keep settings.
    SaveSettings(Box<Settings>),
}

/// The worker's state.
pub(crate) struct Desk {
    core: Arc<Core>,
    out: Out,
    changes: Sender<Change>,
    catalog: Arc<Catalog>,
    roots: Vec<PathBuf>,
    settings: Settings,
}

impl Desk {
    /// A desk with nothing on it.
    pub(crate) fn new(core: Arc<Core>, out: Out, changes: Sender<Change>) -> Self {
        let settings = core.settings().clone();
        Self {
            core,
            out,
            changes,
            catalog: Arc::default(),
            roots: Vec::new(),
            settings,
        }
    }

    /// Works until the channel closes.
    pub(crate) fn run(mut self, tasks: &Receiver<Task>) {
        for task in tasks {
            if let Err(problem) = self.act(task) {
                self.out.problem(&problem);
            }
        }
    }

    fn act(&mut self, task: Task) -> Result<(), Problem> {
        match task {
            Task::Fresh(catalog) => self.catalog = catalog,
            Task::Opened(roots) => {
                self.settings.last_roots.clone_from(&roots);
                self.roots = roots;
                settings::save(&self.core.places().settings_file(), &self.settings)?;
            }
            Task::Mark { rows, edit } => self.mark(&rows, edit)?,
            Task::Plan { rows, intent } => {
                let plan = self
                    .core
                    .plan(&self.catalog, &rows, &intent, &self.settings.sidecars);
                self.out.send(Event::Planned(plan.map(Box::new)));
            }
            Task::Apply {
                confirmed,
                job,
                end,
            } => {
                let done = self.core.apply(&confirmed, &job);
                let told = done.map(|done| done.words());
                self.finish(told, &job, end);
            }
            Task::Undo { op, job, end } => {
                let told = self.core.undo(op, &job);
                self.finish(told, &job, end);
            }
            Task::History => self.tell_history()?,
            Task::Export { rows, format, to } => {
                let n = self.core.export_file(&self.catalog, &rows, format, &to)?;
                let text = format!("wrote {}: {}", format::count(n, "image"), to.display());
                self.out.notice(Level::Info, text);
            }
            Task::SaveSettings(wanted) => {
                self.settings = Settings {
                    last_roots: self.roots.clone(),
                    ..*wanted
                };
                settings::save(&self.core.places().settings_file(), &self.settings)?;
            }
        }
        Ok(())
    }

    fn mark(&self, rows: &[Row], edit: MarkEdit) -> Result<(), Problem> {
        let job = Job {
            changes: Some(self.changes.clone()),
            ..Job::default()
        };
        let unread = self.core.mark(&self.catalog, rows, edit, &job)?;
        if unread > 0 {
            let images = format::count(unread as u64, "image");
            self.out.notice(
                Level::Warning,
                format!("{images} can't be read and got no mark"),
            );
        }
        self.tell_history()
    }

    fn finish(&self, told: Result<(Level, String), Problem>, job: &Job, end: End) {
        match told {
            Ok((level, text)) => {
                self.out.notice(level, text);
                let cancelled = job.token.is_cancelled();
                end(if cancelled {
                    JobState::Cancelled
                } else {
                    JobState::Done
                });
            }
            Err(problem) => {
                self.out.problem(&problem);
                let cancelled = problem.kind == Kind::Cancelled;
                end(if cancelled {
                    JobState::Cancelled
                } else {
                    JobState::Failed
                });
            }
        }
        if let Err(problem) = self.tell_history() {
            self.out.problem(&problem);
        }
    }

    fn tell_history(&self) -> Result<(), Problem> {
        self.out.send(Event::History(self.core.history(200)?));
        Ok(())
    }
}
