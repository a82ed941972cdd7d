//! What touches the user's files, marks, lists and settings, one task after the other.
//!
//! There are two desks, each a thread: one for files, and one for all that should not wait for a
//! long move.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Receiver;

use crate::base::{Kind, Problem, format};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::marks::MarkEdit;
use crate::domain::op::{Confirmed, Intent, OpId};
use crate::domain::settings::Settings;

use super::command::ListFormat;
use super::core::Core;
use super::event::{Event, JobState, Level};
use super::job::Job;
use super::session::Out;
use super::settings;
use super::tagging::{self, TagWish};

/// Told once how a job ended.
pub(crate) type End = Box<dyn FnOnce(JobState) + Send>;

/// One piece of work, and the catalog that its rows belong to.
pub(crate) struct Work {
    pub catalog: Arc<Catalog>,
    pub task: Task,
    /// Stops it; for tasks without a job of their own, when the program ends.
    pub job: Job,
    pub end: Option<End>,
}

/// What is to be done.
pub(crate) enum Task {
    /// Change marks.
    Mark { rows: Vec<Row>, edit: MarkEdit },
    /// Plan a file operation.
    Plan { rows: Vec<Row>, intent: Intent },
    /// Carry out a plan.
    Apply(Box<Confirmed>),
    /// Undo an operation.
    Undo(Option<OpId>),
    /// Tell the history.
    History,
    /// Write a list.
    Export {
        rows: Vec<Row>,
        format: ListFormat,
        to: PathBuf,
    },
    /// Tell the scorers with weights.
    Models,
    /// Tell what networks run on.
    Runtime,
    /// Use this ONNX Runtime from the next start on.
    UseRuntime(PathBuf),
    /// Make tags that a tagger saw the user's own.
    TakeTags {
        /// The images.
        rows: Vec<Row>,
        /// Whose tags.
        wish: TagWish,
    },
    /// Tell what computed an image's scores.
    Placements(Row),
    /// Tell what scorers found in an image beside numbers.
    Details(Row),
    /// Keep settings.
    SaveSettings(Box<Settings>),
}

/// One desk.
pub(crate) struct Desk {
    pub core: Arc<Core>,
    pub out: Out,
    /// Shared by both desks; held for the moment of a copy.
    pub settings: Arc<Mutex<Settings>>,
}

impl Desk {
    /// Works until the channel closes. A task that is cancelled before its turn is not begun.
    pub(crate) fn run(&self, queue: &Receiver<Work>) {
        for mut work in queue {
            let end = work.end.take();
            let state = if work.job.token.is_cancelled() && work.task.may_be_dropped() {
                JobState::Cancelled
            } else {
                self.guarded(work)
            };
            if let Some(end) = end {
                end(state);
            }
        }
    }

    /// A fault of ours ends one task, not the desk.
    fn guarded(&self, work: Work) -> JobState {
        let token = work.job.token.clone();
        let done = catch_unwind(AssertUnwindSafe(|| self.act(work)));
        let done = done.unwrap_or_else(|_panic| {
            Err(Problem::internal(
                "something went wrong inside Bandpass",
                "the task was stopped",
            ))
        });
        match done {
            Ok(()) if token.is_cancelled() => JobState::Cancelled,
            Ok(()) => JobState::Done,
            Err(problem) if problem.kind == Kind::Cancelled => JobState::Cancelled,
            Err(problem) => {
                self.out.problem(&problem);
                JobState::Failed
            }
        }
    }

    fn act(&self, work: Work) -> Result<(), Problem> {
        let Work {
            catalog, task, job, ..
        } = work;
        match task {
            Task::Mark { rows, edit } => self.mark(&catalog, &rows, edit, &job),
            Task::TakeTags { rows, wish } => {
                let taken = self.core.take_tags(&catalog, &rows, &wish, &job)?;
                self.tell(tagging::words_of(&taken, &wish.from))
            }
            Task::Plan { rows, intent } => {
                let sidecars = self.settings().sidecars;
                let plan = self.core.plan(&catalog, &rows, &intent, &sidecars);
                self.out.send(Event::Planned(plan.map(Box::new)));
                Ok(())
            }
            Task::Apply(confirmed) => {
                let done = self.core.apply(&confirmed, &job)?;
                self.tell(done.words())
            }
            Task::Undo(op) => {
                let told = self.core.undo(op, &job)?;
                self.tell(told)
            }
            Task::History => self.tell_history(),
            Task::Export { rows, format, to } => {
                let n = self.core.export_file(&catalog, &rows, format.into(), &to)?;
                let text = format!("wrote {}: {}", format::count(n, "image"), to.display());
                self.out.notice(Level::Info, text);
                Ok(())
            }
            Task::SaveSettings(wanted) => {
                // Which folders were open last is the engine's to know, not the window's.
                let kept = self.settings();
                self.save(&Settings {
                    last_roots: kept.last_roots,
                    onnxruntime: kept.onnxruntime,
                    ..*wanted
                })
            }
            Task::Models => {
                self.out.send(Event::Models(self.core.models().into()));
                Ok(())
            }
            Task::Runtime => {
                let status = Box::new(self.core.runtime_status());
                self.out.send(Event::Runtime(status));
                Ok(())
            }
            Task::UseRuntime(library) => {
                let (path, version) = self.core.usable_runtime(&library)?;
                let mut settings = self.settings();
                settings.onnxruntime = Some(path);
                self.save(&settings)?;
                let text = format!("ONNX Runtime {version} is used from the next start on");
                self.out.notice(Level::Info, text);
                Ok(())
            }
            Task::Details(row) => {
                let result = self.core.details(&catalog, row);
                let result = result.map_err(|problem| problem.to_string());
                self.out.send(Event::Details { row, result });
                Ok(())
            }
            Task::Placements(row) => {
                let content = catalog.content.get(row.idx()).copied().flatten();
                let found = content.map(|content| self.core.placements(content));
                self.out.send(Event::Placements {
                    row,
                    placements: found.transpose()?.unwrap_or_default(),
                });
                Ok(())
            }
        }
    }

    fn mark(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        edit: MarkEdit,
        job: &Job,
    ) -> Result<(), Problem> {
        let marked = self.core.mark(catalog, rows, edit, job)?;
        if marked.n_unread > 0 {
            let images = format::count(marked.n_unread as u64, "image");
            let text = format!("{images} can't be read and got no mark");
            self.out.notice(Level::Warning, text);
        }
        self.tell_history()
    }

    fn tell(&self, (level, text): (Level, String)) -> Result<(), Problem> {
        self.out.notice(level, text);
        self.tell_history()
    }

    fn tell_history(&self) -> Result<(), Problem> {
        self.out.send(Event::History(self.core.history(200)?));
        Ok(())
    }

    fn settings(&self) -> Settings {
        self.settings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn save(&self, wanted: &Settings) -> Result<(), Problem> {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = wanted.clone();
        settings::save(&self.core.places().settings_file(), wanted)
    }
}

impl Task {
    /// Whether nothing is lost if it is never begun. Marks and settings were given and are kept.
    fn may_be_dropped(&self) -> bool {
        !matches!(
            self,
            Self::Mark { .. } | Self::SaveSettings(_) | Self::UseRuntime(_)
        )
    }
}
