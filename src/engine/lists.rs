//! The rows of a list: what the database knows of each image, exact to the last bit.

use std::collections::HashMap;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::base::Problem;
use crate::curation::scope::outside_columns;
use crate::domain::catalog::{Catalog, Row};
use crate::domain::image::{ContentHash, ContentId};
use crate::domain::score::Scores;
use crate::store::ScorerId;

use super::command::ListForm;
use super::core::Core;
use super::export::{self, ExportError, ExportRow};

/// Images whose scores are read from the database at a time.
const CHUNK: usize = 4096;

impl Core {
    /// Writes the rows in their order; gives how many.
    pub fn export(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        form: ListForm,
        out: &mut dyn Write,
    ) -> Result<u64, Problem> {
        let columns: Vec<String> = catalog.columns.iter().map(|c| c.spec.key.clone()).collect();
        let marked = rows
            .iter()
            .any(|row| !outside_columns(catalog, *row).is_empty());
        let outside = |row: Row| {
            let keys = outside_columns(catalog, row).into_iter();
            marked.then(|| keys.map(str::to_owned).collect())
        };
        let lists = if form.details {
            self.list_names()?
        } else {
            Vec::new()
        };
        let mut failed = None;
        let all = rows.chunks(CHUNK).map_while(|chunk| {
            self.export_rows(catalog, chunk, &lists, &outside)
                .map_err(|problem| failed = Some(problem))
                .ok()
        });
        let written = export::write_list(all.flatten(), &columns, form.format, out);
        match (failed, written) {
            (Some(problem), _) => Err(problem),
            // Whoever was reading has seen enough, as in `bandpass query … | head`.
            (None, Err(ExportError::Io(error))) if error.kind() == ErrorKind::BrokenPipe => Ok(0),
            (None, written) => Ok(written?),
        }
    }

    /// Writes the rows to a file, through a temporary file beside it; gives how many.
    pub fn export_file(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        form: ListForm,
        file: &Path,
    ) -> Result<u64, Problem> {
        export::write_file(file, true, |out| self.export(catalog, rows, form, out))
    }

    /// Writes the images that failed as CSV: path, stage, reason; gives how many.
    pub fn export_failures(&self, catalog: &Catalog, file: &Path) -> Result<u64, Problem> {
        export::write_file(file, true, |out| Ok(write_failures(catalog, out)?))
    }

    fn export_rows(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        lists: &[String],
        outside: &dyn Fn(Row) -> Option<Vec<String>>,
    ) -> Result<Vec<ExportRow>, Problem> {
        let content = |row: &Row| catalog.content.get(row.idx()).copied().flatten();
        let contents: Vec<ContentId> = rows.iter().filter_map(content).collect();
        let shelf = self.shelf();
        let ids: Vec<ScorerId> = shelf.running.iter().map(|running| running.id).collect();
        let scores = self.store.scores_for(&ids, &contents)?;
        let scores: HashMap<ContentId, Vec<Option<Scores>>> =
            contents.iter().copied().zip(scores).collect();
        let hashes: HashMap<ContentId, ContentHash> =
            self.store.hashes(&contents)?.into_iter().collect();
        let row = |row: &Row| {
            let content = content(row);
            let scores = content.and_then(|content| scores.get(&content));
            let hash = content.and_then(|content| hashes.get(&content));
            let scores = scores.map_or(&[][..], Vec::as_slice);
            Ok(ExportRow {
                outside: outside(*row),
                lists: self.named_lists(hash, lists)?,
                ..self.export_row(catalog, *row, hash, scores)
            })
        };
        rows.iter().map(row).collect()
    }

    fn export_row(
        &self,
        catalog: &Catalog,
        row: Row,
        hash: Option<&ContentHash>,
        scores: &[Option<Scores>],
    ) -> ExportRow {
        let i = row.idx();
        let mut values = Vec::with_capacity(catalog.columns.len());
        let mut signatures = Vec::new();
        for (k, running) in self.shelf().running.iter().enumerate() {
            let spec = &running.scorer.spec;
            let found = scores.get(k).and_then(Option::as_ref);
            let value = |c: usize| found.and_then(|scores| scores.values.get(c).copied());
            values.extend((0..spec.columns.len()).map(value));
            let signature = found.and_then(|scores| scores.signature);
            signatures.extend(spec.signature.iter().map(|name| (name.clone(), signature)));
        }
        let dims = catalog.dims.get(i).copied().filter(|dims| dims.width > 0);
        ExportRow {
            path: catalog.path(row),
            blake3: hash.map(ContentHash::hex),
            width: dims.map(|dims| dims.width),
            height: dims.map(|dims| dims.height),
            size: catalog.size.get(i).copied().unwrap_or_default(),
            mtime_ns: catalog.mtime_ns.get(i).copied().unwrap_or_default(),
            marks: catalog.marks(row),
            values,
            signatures,
            failure: catalog.failures.get(&row).cloned(),
            outside: None,
            lists: Vec::new(),
        }
    }
}

fn write_failures(catalog: &Catalog, out: &mut dyn Write) -> Result<u64, ExportError> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["path", "stage", "reason"])?;
    let mut n = 0;
    for (&row, failure) in catalog
        .failures
        .iter()
        .filter(|(row, _)| catalog.exists(**row))
    {
        let path = catalog.path(row);
        writer.write_record([
            &path.to_string_lossy(),
            failure.stage.name(),
            &failure.reason,
        ])?;
        n += 1;
    }
    writer.flush()?;
    Ok(n)
}
