//! The rows of a list: what the database knows of each image, exact to the last bit.

use std::collections::HashMap;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use crate::base::Problem;
use crate::curation::scope::outside_columns;
use crate::domain::catalog::{Catalog, Row};
use crate::domain::image::{ContentHash, ContentId};
use crate::domain::score::Scores;
use crate::store::ScorerId;

use super::command::ListForm;
use super::core::Core;
use super::details::ListName;
use super::export::{self, ExportError, ExportRow};
use super::shelf::{Shelf, Stored};

/// Images whose scores are read from the database at a time.
const CHUNK: usize = 4096;

/// Whence the columns of a list have their values: the scorers of one moment, for the ones there
/// are may change while a list waits or is written.
struct Sources {
    shelf: Arc<Shelf>,
    /// For each column of the catalog, its scorer and the place among that scorer's values; none
    /// for one that the catalog alone has, as composite columns are.
    places: Vec<Option<(usize, usize)>>,
}

impl Sources {
    fn new(shelf: Arc<Shelf>, catalog: &Catalog) -> Self {
        let mut known: HashMap<&str, (usize, usize)> = HashMap::new();
        for (k, stored) in shelf.stored.iter().enumerate() {
            let keys = stored.columns.iter().enumerate();
            known.extend(keys.map(|(c, key)| (&**key, (k, c))));
        }
        let columns = catalog.columns.iter();
        let places = columns.map(|column| known.get(column.spec.key.as_str()).copied());
        let places = places.collect();
        Self { shelf, places }
    }

    /// What the database has of each column, in the order of the catalog.
    fn values(&self, catalog: &Catalog, row: Row, scores: &[Option<Scores>]) -> Vec<Option<f64>> {
        let value = |(column, place): (usize, &Option<(usize, usize)>)| match place {
            Some((k, c)) => scores.get(*k)?.as_ref()?.values.get(*c).copied(),
            None => shortest(catalog.value(column, row)),
        };
        self.places.iter().enumerate().map(value).collect()
    }
}

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
        let sources = Sources::new(self.shelf(), catalog);
        let mut failed = None;
        let all = rows.chunks(CHUNK).map_while(|chunk| {
            self.export_rows(catalog, chunk, &sources, &lists, &outside)
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
        sources: &Sources,
        lists: &[ListName],
        outside: &dyn Fn(Row) -> Option<Vec<String>>,
    ) -> Result<Vec<ExportRow>, Problem> {
        let content = |row: &Row| catalog.content.get(row.idx()).copied().flatten();
        let contents: Vec<ContentId> = rows.iter().filter_map(content).collect();
        let stored = &sources.shelf.stored;
        let ids: Vec<ScorerId> = stored.iter().map(|stored| stored.id).collect();
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
                values: sources.values(catalog, *row, scores),
                signatures: signatures(stored, scores),
                outside: outside(*row),
                lists: self.named_lists(hash, lists)?,
                ..export_row(catalog, *row, hash)
            })
        };
        rows.iter().map(row).collect()
    }
}

/// A row without its scores.
fn export_row(catalog: &Catalog, row: Row, hash: Option<&ContentHash>) -> ExportRow {
    let i = row.idx();
    let dims = catalog.dims.get(i).copied().filter(|dims| dims.width > 0);
    ExportRow {
        path: catalog.path(row),
        blake3: hash.map(ContentHash::hex),
        width: dims.map(|dims| dims.width),
        height: dims.map(|dims| dims.height),
        size: catalog.size.get(i).copied().unwrap_or_default(),
        mtime_ns: catalog.mtime_ns.get(i).copied().unwrap_or_default(),
        marks: catalog.marks(row),
        failure: catalog.failures.get(&row).cloned(),
        ..ExportRow::default()
    }
}

/// A value of single precision as the shortest number that stands for it.
fn shortest(value: f32) -> Option<f64> {
    if value.is_nan() {
        return None;
    }
    value.to_string().parse().ok()
}

fn signatures(stored: &[Stored], scores: &[Option<Scores>]) -> Vec<(String, Option<u64>)> {
    let signature = |(k, stored): (usize, &Stored)| {
        let name = stored.spec.signature.clone()?;
        let found = scores.get(k).and_then(Option::as_ref);
        Some((name, found.and_then(|scores| scores.signature)))
    };
    stored.iter().enumerate().filter_map(signature).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::{Column, NewRow};
    use crate::domain::image::FileId;
    use crate::engine::Places;

    fn with_one_image(catalog: &mut Catalog) {
        let folder = catalog.folder_index(Path::new("/set"));
        catalog.push(&NewRow {
            file: FileId(1),
            folder,
            name: b"a",
            size: 1,
            mtime_ns: 1,
            content: None,
        });
    }

    #[test]
    fn values_stand_below_their_keys_whatever_scorers_there_are_by_now() {
        let folder = tempfile::tempdir().unwrap();
        let core = Core::open(Places::find(Some(folder.path())).unwrap()).unwrap();
        let mut catalog = core.catalog(&[]).unwrap();
        with_one_image(&mut catalog);
        catalog.columns.reverse();
        let mut gone: Column = catalog.columns[0].clone();
        Arc::make_mut(&mut gone.spec).key = "gone".to_owned();
        gone.values = Arc::new(vec![0.25]);
        catalog.columns.insert(1, gone);

        let sources = Sources::new(core.shelf(), &catalog);
        let mut expected = HashMap::from([("gone", 0.25)]);
        let mut scores = Vec::new();
        for stored in &sources.shelf.stored {
            let first = expected.len();
            let keys = stored.columns.iter().enumerate();
            expected.extend(keys.map(|(c, key)| (&**key, (first + c) as f64)));
            let values = (first..expected.len()).map(|value| value as f64);
            scores.push(Some(Scores {
                values: values.collect(),
                signature: None,
            }));
        }
        let values = sources.values(&catalog, Row(0), &scores);
        let keys = catalog.columns.iter().map(|c| c.spec.key.as_str());
        let wanted: Vec<_> = keys.map(|key| expected.get(key).copied()).collect();
        assert_eq!(values, wanted);
    }
}
