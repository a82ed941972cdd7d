//! Columns that other programs wrote: a table is read, matched with the library, and kept.
//!
//! Must not know: how rows and images are matched, tables of the database.

mod builder;
mod json;
mod leash;
mod parquet;
mod plan;
mod table;

use std::path::Path;
use std::sync::Arc;

use crate::base::{Problem, paths};
use crate::domain::import::{Import, ImportPlan};

use super::core::Core;
use super::export::{self, ExportError};
use super::job::Job;

impl Core {
    /// Every import, in the order of their names.
    pub fn imports(&self) -> Vec<Import> {
        self.shelf().imports.clone()
    }

    /// Keeps what a plan shows; the values of an import of the same name go. The library is to be
    /// read anew.
    pub fn import(&self, plan: &ImportPlan, job: &Job) -> Result<(), Problem> {
        job.token.checkpoint()?;
        let import = plan.import.clone();
        let (table, rows) = (Arc::clone(&plan.table), Arc::clone(&plan.matched));
        self.store.put_import(import, table, rows)?;
        self.refresh_scorers()
    }

    /// Writes the rows that fit several images, with some of those images, as CSV.
    pub fn export_ambiguous(&self, plan: &ImportPlan, file: &Path) -> Result<(), Problem> {
        export::write_file(file, true, |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(["key", "image"])?;
            for row in &plan.ambiguous {
                for image in &row.images {
                    csv.write_record([row.key.as_bytes(), &paths::to_bytes(image)])?;
                }
            }
            Ok::<_, ExportError>(csv.flush()?)
        })?;
        Ok(())
    }

    /// Writes the keys of the rows that fit no image, one a line.
    pub fn export_unmatched(&self, plan: &ImportPlan, file: &Path) -> Result<(), Problem> {
        export::write_file(file, true, |out| {
            let mut lines = plan.unmatched.iter();
            lines.try_for_each(|key| writeln!(out, "{key}"))?;
            Ok::<_, ExportError>(())
        })?;
        Ok(())
    }

    /// Forgets an import and its values.
    pub fn remove_import(&self, name: &str) -> Result<(), Problem> {
        if !self.store.remove_import(name)? {
            let known: Vec<String> = self
                .imports()
                .into_iter()
                .map(|import| import.name)
                .collect();
            let hint = match known.as_slice() {
                [] => "there are no imports".to_owned(),
                known => format!("there are: {}", known.join(", ")),
            };
            return Err(Problem::usage(format!("there is no import '{name}'"), "").hint(hint));
        }
        self.refresh_scorers()
    }
}
