//! What changes marks, files and lists: each act with its words for the user.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::base::{Problem, format};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::image::{ContentId, FileId};
use crate::domain::marks::MarkEdit;
use crate::domain::op::OpSummary;

use super::core::{Core, default_jobs, now};
use super::identify;
use super::job::{Change, Job};
use super::score::Target;

impl Core {
    /// Changes the marks of images; gives how many could not be read, and so have no identity to
    /// hang a mark on.
    pub fn mark(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        edit: MarkEdit,
        job: &Job,
    ) -> Result<usize, Problem> {
        let known = self.contents_of(catalog, rows, job)?;
        let mut contents: Vec<ContentId> = known.values().copied().collect();
        contents.sort_unstable();
        contents.dedup();
        let (_op, changed) = self.store.edit_marks(contents, edit, now())?;
        job.tell(Change::Marks(changed));
        Ok(rows.len() - known.len())
    }

    /// The operations of the journal, newest first.
    pub fn history(&self, limit: usize) -> Result<Vec<OpSummary>, Problem> {
        Ok(self.store.journal_list(limit)?)
    }

    /// The contents of rows; files that are not hashed yet are hashed now.
    fn contents_of(
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
            let (Some(&file), Some(&content)) = (catalog.files.get(i), catalog.content.get(i))
            else {
                continue;
            };
            if let Some(content) = content {
                known.insert(row, content);
                continue;
            }
            unknown.insert(file, row);
            targets.push(Target::unhashed(catalog, row, file));
        }
        for (file, content) in identify::identify(self, targets, default_jobs(), job)? {
            if let Some(&row) = unknown.get(&file) {
                known.insert(row, content);
            }
        }
        Ok(known)
    }
}
