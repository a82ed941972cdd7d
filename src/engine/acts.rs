//! What changes marks and files: each act with its words for the user.

use std::collections::HashMap;
use std::path::PathBuf;

use crate::base::{CancelToken, Problem, format};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::image::ContentId;
use crate::domain::marks::MarkEdit;
use crate::domain::op::{Confirmed, Intent, OpId, OpState, OpSummary, Plan};

use super::core::{Core, default_jobs, now};
use super::event::Level;
use super::files;
use super::identify;
use super::job::{Change, Job};
use super::scan::has_image_ending;
use super::score::Target;

/// Files that are hashed for a mark whatever happens.
const QUICK: usize = 64;

/// What became of an edit of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// Contents whose marks are others now; files with the same bytes count once.
    pub n_changed: usize,
    /// Files that could not be read.
    pub n_unread: usize,
}

/// What became of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What it was.
    pub title: String,
    /// Images handled, with their sidecars.
    pub n_done: u64,
    /// Files that could not be handled, and why. They are where they were.
    pub failed: Vec<(PathBuf, String)>,
    /// Whether the user stopped it.
    pub cancelled: bool,
}

impl Done {
    /// One line for the user, and how serious it is.
    pub fn words(&self) -> (Level, String) {
        let done = format::count(self.n_done, "image");
        let mut parts = vec![format!("{}: {done} done", self.title)];
        if let Some((path, reason)) = self.failed.first() {
            let files = format::count(self.failed.len() as u64, "file");
            parts.push(format!("{files} stayed ({reason}: {})", path.display()));
        }
        if self.cancelled {
            parts.push("cancelled before the end".to_owned());
        }
        let level = if self.failed.is_empty() {
            Level::Info
        } else {
            Level::Error
        };
        (level, parts.join(", "))
    }
}

/// The opened root that a file lies under; its own folder if none.
fn root_of(catalog: &Catalog, path: &std::path::Path) -> PathBuf {
    let above = catalog
        .roots
        .iter()
        .filter(|root| path.starts_with(root) && *root != path);
    let nearest = above.max_by_key(|root| root.as_os_str().len());
    nearest.map_or_else(|| path.parent().unwrap_or(path).to_path_buf(), Clone::clone)
}

impl Core {
    /// Changes the marks of images.
    ///
    /// A file that can't be read has no identity to hang a mark on. Where nothing changes, nothing
    /// is journalled.
    pub fn mark(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        edit: MarkEdit,
        job: &Job,
    ) -> Result<Marked, Problem> {
        let known = self.contents_of(catalog, rows, job)?;
        let mut contents: Vec<ContentId> = known.values().copied().collect();
        contents.sort_unstable();
        contents.dedup();
        let (_op, changed) = self.store.edit_marks(contents, edit, now())?;
        let n_changed = changed.len();
        job.tell(Change::Marks(changed));
        Ok(Marked {
            n_changed,
            n_unread: rows.len() - known.len(),
        })
    }

    /// What the operation would do, file by file. Touches nothing.
    pub fn plan(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        intent: &Intent,
        sidecars: &[String],
    ) -> Result<Plan, Problem> {
        let wanted: Vec<files::Wanted> = rows
            .iter()
            .filter(|&&row| catalog.exists(row))
            .filter_map(|&row| {
                let path = catalog.path(row);
                let file = *catalog.files.get(row.idx())?;
                Some(files::Wanted {
                    file: Some(file),
                    root: root_of(catalog, &path),
                    path,
                })
            })
            .collect();
        files::make_plan(intent, files::sources(&wanted, sidecars, &has_image_ending))
    }

    /// Carries out a plan that was shown and agreed to.
    pub fn apply(&self, confirmed: &Confirmed, job: &Job) -> Result<Done, Problem> {
        let at = now();
        let applied = files::apply(&self.store, confirmed, &job.token, &job.progress, at)?;
        self.relocated(applied.moved, job)?;
        self.gone(applied.gone, job)?;
        Ok(Done {
            title: confirmed.plan().title(),
            n_done: applied.n_done,
            failed: applied.failed,
            cancelled: applied.cancelled,
        })
    }

    /// Undoes an operation, or the newest one that can be undone; what to tell the user.
    pub fn undo(&self, op: Option<OpId>, job: &Job) -> Result<(Level, String), Problem> {
        let op = match op {
            Some(op) => op,
            None => self.newest_undoable()?,
        };
        let entry = self.store.journal_load(op)?;
        if entry.intent.is_none() {
            return self.undo_marks(op, &entry.summary, job);
        }
        let undone = files::undo(&self.store, op, &job.token, &job.progress)?;
        self.relocated(undone.moved, job)?;
        for path in undone.removed {
            let known = self.store.files_below(&path)?;
            self.gone(known.into_iter().map(|file| file.id).collect(), job)?;
        }
        let images = format::count(undone.n_undone, "image");
        let mut parts = vec![format!("undone: {} ({images})", entry.summary.title)];
        for (path, reason) in undone.failed.iter().take(5) {
            parts.push(format!("left as it is: {reason}: {}", path.display()));
        }
        if !undone.complete && !undone.cancelled {
            // The next Ctrl+Z goes on to what lies before it; by its number it can be tried again.
            self.stuck().insert(op);
        }
        let whole = undone.complete || undone.cancelled;
        Ok((
            if whole { Level::Info } else { Level::Error },
            parts.join("; "),
        ))
    }

    /// Settles what a kill interrupted; what to tell the user.
    pub(super) fn recover(&self) -> Result<Vec<String>, Problem> {
        let job = Job::default();
        let mut told = Vec::new();
        for recovered in files::recover(&self.store)? {
            self.relocated(recovered.moved, &job)?;
            self.gone(recovered.gone, &job)?;
            told.push(recovered.text);
        }
        Ok(told)
    }

    fn undo_marks(
        &self,
        op: OpId,
        summary: &OpSummary,
        job: &Job,
    ) -> Result<(Level, String), Problem> {
        if summary.state == OpState::Undone {
            return Err(Problem::usage("nothing to undo", "that was undone before"));
        }
        let changed = self.store.undo_marks(op)?;
        let images = format::count(changed.len() as u64, "image");
        job.tell(Change::Marks(changed));
        Ok((Level::Info, format!("undone: {} ({images})", summary.title)))
    }

    fn newest_undoable(&self) -> Result<OpId, Problem> {
        let history = self.store.journal_list(1000)?;
        let stuck = self.stuck().clone();
        let newest = history
            .iter()
            .find(|op| op.state == OpState::Done && op.n_done > 0 && !stuck.contains(&op.id));
        newest.map(|op| op.id).ok_or_else(|| {
            Problem::usage("nothing to undo", "").hint("bandpass history lists what was done")
        })
    }

    fn relocated(
        &self,
        moved: Vec<(crate::domain::image::FileId, PathBuf)>,
        job: &Job,
    ) -> Result<(), Problem> {
        if !moved.is_empty() {
            let replaced = self.store.relocate(moved.clone())?;
            job.tell(Change::Gone(replaced));
            job.tell(Change::Relocated(moved));
        }
        Ok(())
    }

    fn gone(&self, gone: Vec<crate::domain::image::FileId>, job: &Job) -> Result<(), Problem> {
        if !gone.is_empty() {
            self.store.mark_gone(gone.clone())?;
            job.tell(Change::Gone(gone));
        }
        Ok(())
    }

    /// The operations of the journal, newest first.
    pub fn history(&self, limit: usize) -> Result<Vec<OpSummary>, Problem> {
        Ok(self.store.journal_list(limit)?)
    }

    /// The contents of rows; files that are not hashed yet are hashed now.
    pub(super) fn contents_of(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        job: &Job,
    ) -> Result<HashMap<Row, ContentId>, Problem> {
        let mut known = HashMap::new();
        let mut unknown = HashMap::new();
        let mut targets = Vec::new();
        for &row in rows {
            let i = row.idx();
            let (Some(&file), Some(&content), Some(stamp)) = (
                catalog.files.get(i),
                catalog.content.get(i),
                catalog.stamp(row),
            ) else {
                continue;
            };
            if let Some(content) = content {
                known.insert(row, content);
                continue;
            }
            unknown.insert(file, row);
            targets.push(Target::unhashed(catalog, row, file, stamp));
        }
        // A mark given just before the window closes is kept; hashing a whole library for it can
        // be stopped.
        let is_quick = targets.len() <= QUICK;
        let job = Job {
            token: if is_quick {
                CancelToken::new()
            } else {
                job.token.clone()
            },
            ..job.quiet()
        };
        let hashed = identify::identify(self, targets, default_jobs(), &job)?;
        job.token.checkpoint()?;
        for (file, content) in hashed {
            if let Some(&row) = unknown.get(&file) {
                known.insert(row, content);
            }
        }
        Ok(known)
    }
}
