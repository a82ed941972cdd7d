//! The thread that owns the catalog: applies changes and publishes snapshots a few times a second.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::base::paths;
use crate::curation::Composer;
use crate::domain::catalog::{Catalog, Column, Dims, NewRow, Row, Status};
use crate::domain::image::{ContentId, Facts, Failure, FileId, Stage, Stamp};
use crate::domain::marks::Marks;

use super::job::{Change, Knowledge, Seen};

/// Shortest time between two snapshots.
const PAUSE: Duration = Duration::from_millis(150);

/// Times as long as computing the composite columns takes, they are left as they are.
const REST: u32 = 10;

/// Runs until every sender is gone. `publish` gets each snapshot.
pub(crate) fn run(changes: &Receiver<Change>, mut publish: impl FnMut(Arc<Catalog>)) {
    let mut library = Library::default();
    let mut due: Option<Instant> = None;
    loop {
        let change = match due {
            Some(at) => changes.recv_deadline(at),
            None => changes
                .recv()
                .map_err(|_closed| RecvTimeoutError::Disconnected),
        };
        let now = Instant::now();
        match change {
            Ok(change) => {
                let pause = if matches!(change, Change::Open(..)) {
                    Duration::ZERO
                } else {
                    PAUSE
                };
                library.apply(change);
                due = Some(due.map_or(now + pause, |at| at.min(now + pause)));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if due.is_some_and(|at| at <= now) {
            due = library.compose(now);
            publish(library.snapshot());
        }
    }
}

/// The catalog with the index that its changes need.
#[derive(Debug, Default)]
struct Library {
    catalog: Catalog,
    rows: HashMap<FileId, Row>,
    folders: HashMap<PathBuf, u32>,
    /// Place of each column by its key.
    columns: HashMap<Arc<str>, usize>,
    first: HashMap<ContentId, Row>,
    twins: BTreeMap<ContentId, Vec<Row>>,
    composer: Composer,
    /// When the composite columns may be computed again.
    rested: Option<Instant>,
}

impl Library {
    /// Brings the composite columns up to date. They are computed whole, so no more of the time than
    /// a small share is spent on them: where that share is used up, tells when to come back.
    fn compose(&mut self, now: Instant) -> Option<Instant> {
        if let Some(rested) = self.rested.filter(|rested| *rested > now) {
            return Some(rested);
        }
        if self.composer.update(&mut self.catalog) {
            self.rested = Some(now + now.elapsed() * REST);
        }
        None
    }

    /// Shows these files from now on. Rows of files shown before keep their numbers.
    fn open(&mut self, opened: Catalog) {
        if self.catalog.is_empty() {
            self.adopt(opened);
            return;
        }
        for status in Arc::make_mut(&mut self.catalog.status) {
            status.gone = true;
        }
        self.catalog.roots = Arc::clone(&opened.roots);
        self.catalog.said = Arc::clone(&opened.said);
        self.take_columns(&opened);
        for from in opened.rows() {
            self.take_over(&opened, from);
        }
        self.catalog.tell_fields();
    }

    /// Has the columns of another catalog, in its order. Those that scoring fills keep the values
    /// they have here: reading the other took a while, and more may have been told meanwhile.
    fn take_columns(&mut self, from: &Catalog) {
        let empty = Arc::new(vec![f32::NAN; self.catalog.files.len()]);
        let old = |column: &Column| {
            let at = *self.columns.get(column.spec.key.as_str())?;
            let old = self.catalog.scored_columns().get(at)?;
            Some(Arc::clone(&old.values))
        };
        let n_scored = from.scored_columns().len();
        let column = |(at, column): (usize, &Column)| {
            let kept = if at < n_scored { old(column) } else { None };
            Column {
                spec: Arc::clone(&column.spec),
                values: kept.unwrap_or_else(|| Arc::clone(&empty)),
                scope: Arc::clone(&column.scope),
            }
        };
        self.catalog.columns = from.columns.iter().enumerate().map(column).collect();
        self.catalog.n_extra = from.n_extra;
        self.index_columns();
    }

    fn index_columns(&mut self) {
        let keys = self.catalog.columns.iter().enumerate();
        self.columns = keys
            .map(|(i, column)| (column.spec.key.as_str().into(), i))
            .collect();
    }

    fn adopt(&mut self, opened: Catalog) {
        let generation = self.catalog.generation;
        self.catalog = opened;
        self.catalog.generation = generation;
        self.index_columns();
        let folders = self.catalog.folders.iter().enumerate();
        self.folders = folders
            .map(|(i, folder)| (folder.to_path_buf(), i as u32))
            .collect();
        let files = self.catalog.files.iter().enumerate();
        self.rows = files.map(|(i, file)| (*file, Row(i as u32))).collect();
        let contents = Arc::clone(&self.catalog.content);
        for (i, content) in contents.iter().enumerate() {
            if let Some(content) = content {
                self.index(*content, Row(i as u32));
            }
        }
    }

    /// Copies a row of another catalog into this one. Values of the same content that the other has
    /// not yet stay.
    fn take_over(&mut self, from: &Catalog, row: Row) {
        let i = row.idx();
        let (Some(&file), Some(&status), Some(stamp)) =
            (from.files.get(i), from.status.get(i), from.stamp(row))
        else {
            return;
        };
        let before = self.content(file);
        self.see(&Seen {
            file,
            path: from.path(row),
            stamp,
        });
        self.fail(file, from.failures.get(&row).cloned());
        self.set_status(&[file], |old| *old = status);
        let Some(Some(content)) = from.content.get(i).copied() else {
            return;
        };
        let dims = from.dims.get(i).copied().unwrap_or_default();
        let facts = Facts {
            format: String::new(),
            width: dims.width,
            height: dims.height,
        };
        let marks = from.marks(row);
        self.know(
            file,
            &Knowledge {
                content,
                facts: Some(facts),
                marks: Some(marks),
                values: Vec::new(),
            },
        );
        let Some(at) = self.row(file) else { return };
        let kept = if before == Some(content) {
            from.scored_columns()
        } else {
            &[]
        };
        for (c, column) in self.catalog.columns.iter_mut().enumerate() {
            let value = from.value(c, row);
            if c >= kept.len() || !value.is_nan() {
                set(&mut column.values, at, value);
            }
        }
    }

    fn snapshot(&mut self) -> Arc<Catalog> {
        self.catalog.generation = self.catalog.generation.next();
        Arc::new(self.catalog.clone())
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Open(catalog, composites) => {
                self.composer = Composer::new(composites);
                self.rested = None;
                self.open(*catalog);
            }
            Change::Seen(files) => files.into_iter().for_each(|seen| self.see(&seen)),
            Change::Gone(files) => self.set_status(&files, |status| status.gone = true),
            Change::Known(known) => known.into_iter().for_each(|(f, k)| self.know(f, &k)),
            Change::Failures(all, keys) => {
                for (file, why) in all {
                    if why.is_some() || !self.failed_otherwise(file, &keys) {
                        self.fail(file, why);
                    }
                }
            }
            Change::Marks(all) => all.into_iter().for_each(|(c, marks)| self.mark(c, &marks)),
            Change::Relocated(moves) => {
                for (file, path) in &moves {
                    self.relocate(*file, path);
                }
            }
            Change::Status(files, edit) => self.set_status(&files, edit),
        }
    }

    fn see(&mut self, seen: &Seen) {
        if !self
            .catalog
            .roots
            .iter()
            .any(|root| seen.path.starts_with(root))
        {
            return;
        }
        if let Some(row) = self.row(seen.file) {
            self.set_status(&[seen.file], |status| status.gone = false);
            if self.restamp(row, seen.stamp) {
                self.fail(seen.file, None);
            }
            return;
        }
        let folder = self.folder(seen.path.parent().unwrap_or(seen.path.as_path()));
        let row = self.catalog.push(&NewRow {
            file: seen.file,
            folder,
            name: &paths::to_bytes(seen.path.file_name().unwrap_or_default()),
            size: seen.stamp.size,
            mtime_ns: seen.stamp.mtime_ns,
            content: None,
        });
        self.rows.insert(seen.file, row);
        self.tell_field(row);
    }

    /// Finds out anew which field the image of a row is of.
    fn tell_field(&mut self, row: Row) {
        let told = self.catalog.told_field(row);
        set(&mut self.catalog.fields, row, told);
    }

    /// The row of a file that was ever shown.
    fn row(&self, file: FileId) -> Option<Row> {
        self.rows.get(&file).copied()
    }

    /// The content of a file that was ever shown, as far as it is known.
    fn content(&self, file: FileId) -> Option<ContentId> {
        let row = self.row(file)?;
        self.catalog.content.get(row.idx()).copied().flatten()
    }

    fn folder(&mut self, path: &std::path::Path) -> u32 {
        if let Some(&known) = self.folders.get(path) {
            return known;
        }
        let index = self.catalog.folders.len() as u32;
        Arc::make_mut(&mut self.catalog.folders).push(path.into());
        self.folders.insert(path.to_path_buf(), index);
        index
    }

    /// A file that moved out of every opened folder is no longer part of the library.
    fn relocate(&mut self, file: FileId, path: &std::path::Path) {
        let Some(row) = self.row(file) else { return };
        let folder = self.folder(path.parent().unwrap_or(path));
        self.catalog.relocate(
            row,
            folder,
            &paths::to_bytes(path.file_name().unwrap_or_default()),
        );
        self.tell_field(row);
        let inside = self.catalog.roots.iter().any(|root| path.starts_with(root));
        self.set_status(&[file], |status| status.gone = !inside);
    }

    /// New bytes under an old name: what was known of the old bytes no longer holds. Whether the
    /// bytes are new.
    fn restamp(&mut self, row: Row, stamp: Stamp) -> bool {
        if self.catalog.stamp(row) == Some(stamp) {
            return false;
        }
        set(&mut self.catalog.size, row, stamp.size);
        set(&mut self.catalog.mtime_ns, row, stamp.mtime_ns);
        if let Some(Some(old)) = self.catalog.content.get(row.idx()).copied() {
            self.unindex(old, row);
        }
        set(&mut self.catalog.content, row, None);
        set(&mut self.catalog.dims, row, Dims::default());
        for column in &mut self.catalog.columns {
            set(&mut column.values, row, f32::NAN);
        }
        self.tell_field(row);
        true
    }

    fn know(&mut self, file: FileId, knowledge: &Knowledge) {
        let Some(row) = self.row(file) else { return };
        if self.catalog.content.get(row.idx()) != Some(&Some(knowledge.content)) {
            set(&mut self.catalog.content, row, Some(knowledge.content));
            self.index(knowledge.content, row);
        }
        for row in self.rows_of(knowledge.content) {
            if let Some(facts) = &knowledge.facts {
                let dims = Dims {
                    width: facts.width,
                    height: facts.height,
                };
                set(&mut self.catalog.dims, row, dims);
            }
            for (key, value) in &knowledge.values {
                let column = self.columns.get(key).copied();
                if let Some(column) = column.and_then(|c| self.catalog.columns.get_mut(c)) {
                    set(&mut column.values, row, *value as f32);
                }
            }
            self.tell_field(row);
        }
        if let Some(marks) = &knowledge.marks {
            self.mark(knowledge.content, marks);
        }
    }

    fn mark(&mut self, content: ContentId, marks: &Marks) {
        for row in self.rows_of(content) {
            set(&mut self.catalog.stars, row, marks.stars);
            set(&mut self.catalog.flags, row, marks.flag);
            if marks.tags.is_empty() && !self.catalog.tags.contains_key(&row) {
                continue;
            }
            let tags = Arc::make_mut(&mut self.catalog.tags);
            if marks.tags.is_empty() {
                tags.remove(&row);
            } else {
                tags.insert(
                    row,
                    marks
                        .tags
                        .iter()
                        .map(|tag| Arc::from(tag.as_str()))
                        .collect(),
                );
            }
        }
    }

    /// Whether the file's failure is one of scoring, by another scorer than these.
    fn failed_otherwise(&self, file: FileId, keys: &[String]) -> bool {
        let failure = self
            .row(file)
            .and_then(|row| self.catalog.failures.get(&row));
        failure.is_some_and(|failure| {
            let key = failure.reason.split(':').next().unwrap_or_default();
            failure.stage == Stage::Score && !keys.iter().any(|known| known == key)
        })
    }

    fn fail(&mut self, file: FileId, failure: Option<Failure>) {
        let Some(row) = self.row(file) else { return };
        let failed = failure.is_some();
        if !failed && !self.catalog.failures.contains_key(&row) {
            return;
        }
        let failures = Arc::make_mut(&mut self.catalog.failures);
        match failure {
            Some(failure) => failures.insert(row, failure),
            None => failures.remove(&row),
        };
        self.set_status(&[file], |status| status.failed = failed);
    }

    fn set_status(&mut self, files: &[FileId], edit: impl Fn(&mut Status)) {
        for &file in files {
            let Some(row) = self.row(file) else { continue };
            let mut status = self
                .catalog
                .status
                .get(row.idx())
                .copied()
                .unwrap_or_default();
            edit(&mut status);
            set(&mut self.catalog.status, row, status);
        }
    }

    fn index(&mut self, content: ContentId, row: Row) {
        if let Some(&first) = self.first.get(&content) {
            if first != row {
                self.twins.entry(content).or_default().push(row);
            }
        } else {
            self.first.insert(content, row);
        }
    }

    fn unindex(&mut self, content: ContentId, row: Row) {
        let mut rows = self.rows_of(content);
        rows.retain(|&other| other != row);
        self.first.remove(&content);
        self.twins.remove(&content);
        for other in rows {
            self.index(content, other);
        }
    }

    fn rows_of(&self, content: ContentId) -> Vec<Row> {
        let twins = self.twins.get(&content).into_iter().flatten();
        self.first
            .get(&content)
            .into_iter()
            .chain(twins)
            .copied()
            .collect()
    }
}

/// Sets one place of a shared array, if that changes it.
fn set<T: Clone + PartialEq>(array: &mut Arc<Vec<T>>, row: Row, value: T) {
    if array.get(row.idx()).is_none_or(|old| *old == value) {
        return;
    }
    if let Some(place) = Arc::make_mut(array).get_mut(row.idx()) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::marks::Flag;

    fn seen(id: i64, name: &str) -> Seen {
        Seen {
            file: FileId(id),
            path: PathBuf::from("/set").join(name),
            stamp: Stamp {
                size: 1,
                mtime_ns: id,
            },
        }
    }

    fn library() -> Library {
        let mut library = Library::default();
        library.catalog.roots = Arc::new(vec![PathBuf::from("/set")]);
        library
    }

    fn knowledge(content: i64, stars: u8) -> Knowledge {
        let marks = Marks {
            stars,
            flag: Flag::Pick,
            tags: vec!["x".into()],
        };
        Knowledge {
            content: ContentId(content),
            facts: None,
            marks: Some(marks),
            values: vec![],
        }
    }

    #[test]
    fn marks_reach_every_file_with_the_same_content() {
        let mut library = library();
        library.apply(Change::Seen(vec![seen(1, "a"), seen(2, "b"), seen(3, "c")]));
        library.apply(Change::Known(vec![
            (FileId(1), knowledge(7, 0)),
            (FileId(3), knowledge(7, 0)),
            (FileId(2), knowledge(8, 0)),
        ]));
        let before = library.snapshot();
        let marks = Marks {
            stars: 4,
            ..Marks::default()
        };
        library.apply(Change::Marks(vec![(ContentId(7), marks)]));
        let after = library.snapshot();
        assert_eq!(*after.stars, [4, 0, 4]);
        assert_eq!(*before.stars, [0, 0, 0], "a snapshot never changes");
        assert!(after.tags.is_empty() || !after.tags.contains_key(&Row(0)));
        assert!(after.generation > before.generation);
    }

    #[test]
    fn a_file_that_changed_loses_what_was_known_of_its_old_bytes() {
        let mut library = library();
        library.apply(Change::Seen(vec![seen(1, "a"), seen(2, "b")]));
        library.apply(Change::Known(vec![
            (FileId(1), knowledge(7, 3)),
            (FileId(2), knowledge(7, 3)),
        ]));
        let mut changed = seen(1, "a");
        changed.stamp.size = 2;
        library.apply(Change::Seen(vec![changed]));
        let catalog = library.snapshot();
        assert_eq!(*catalog.content, [None, Some(ContentId(7))]);
        library.apply(Change::Marks(vec![(ContentId(7), Marks::default())]));
        assert_eq!(
            *library.snapshot().stars,
            [3, 0],
            "only the other file follows content 7"
        );
    }

    #[test]
    fn a_file_that_leaves_the_opened_folders_leaves_the_library_and_comes_back() {
        let mut library = library();
        library.apply(Change::Seen(vec![seen(1, "a")]));
        library.apply(Change::Relocated(vec![(FileId(1), "/other/a".into())]));
        assert!(!library.snapshot().exists(Row(0)));
        library.apply(Change::Relocated(vec![(FileId(1), "/set/b/a".into())]));
        let catalog = library.snapshot();
        assert!(catalog.exists(Row(0)));
        assert_eq!(catalog.path(Row(0)), PathBuf::from("/set/b/a"));
    }

    #[test]
    fn opening_other_folders_keeps_row_numbers() {
        let mut library = library();
        library.apply(Change::Seen(vec![seen(1, "a"), seen(2, "b")]));
        let mut other = Catalog::new([]);
        other.roots = Arc::new(vec![PathBuf::from("/set")]);
        let folder = other.folder_index(std::path::Path::new("/set"));
        for (id, name) in [(2, "b"), (5, "e")] {
            let name = str::as_bytes(name);
            let (file, content) = (FileId(id), Some(ContentId(id)));
            other.push(&NewRow {
                file,
                folder,
                name,
                size: 1,
                mtime_ns: id,
                content,
            });
        }
        library.apply(Change::Open(Box::new(other), Arc::default()));
        let catalog = library.snapshot();
        assert_eq!(catalog.rows().collect::<Vec<_>>(), [Row(1), Row(2)]);
        assert_eq!(
            (catalog.name(Row(1)), catalog.name(Row(2))),
            ("b".into(), "e".into())
        );
        assert_eq!(
            *catalog.content,
            [None, Some(ContentId(2)), Some(ContentId(5))]
        );
    }

    fn with_columns(keys: &[&str]) -> Catalog {
        let mut catalog = Catalog::new(keys.iter().map(|key| {
            Arc::new(crate::domain::score::ColumnSpec {
                key: (*key).to_owned(),
                label: String::new(),
                range: (0.0, 1.0),
                better: crate::domain::score::Better::Higher,
                unit: String::new(),
                readable: None,
                about: String::new(),
                bands: vec![],
            })
        }));
        catalog.roots = Arc::new(vec![PathBuf::from("/set")]);
        catalog
    }

    #[test]
    fn columns_that_come_later_take_their_places_by_name() {
        let mut library = Library::default();
        library.apply(Change::Open(Box::new(with_columns(&["b"])), Arc::default()));
        library.apply(Change::Seen(vec![seen(1, "a")]));
        let value = |library: &mut Library, key: &str, value: f64| {
            let mut known = knowledge(7, 0);
            known.values = vec![(key.into(), value)];
            library.apply(Change::Known(vec![(FileId(1), known)]));
        };
        value(&mut library, "b", 2.0);
        let mut opened = with_columns(&["a", "b"]);
        let folder = opened.folder_index(std::path::Path::new("/set"));
        let row = opened.push(&NewRow {
            file: FileId(1),
            folder,
            name: b"a",
            size: 1,
            mtime_ns: 1,
            content: Some(ContentId(7)),
        });
        set(&mut opened.columns[1].values, row, 2.0);
        library.apply(Change::Open(Box::new(opened), Arc::default()));
        // A run that began before tells by name.
        value(&mut library, "a", 1.0);
        value(&mut library, "gone", 9.0);
        let catalog = library.snapshot();
        let of = |key: &str| catalog.value(catalog.column_index(key).unwrap(), Row(0));
        assert_eq!((of("a"), of("b")), (1.0, 2.0));
    }

    #[test]
    fn what_was_told_while_the_library_was_read_anew_stays() {
        let opened = |content: i64, n_extra: usize| {
            let mut opened = with_columns(&["b"]);
            opened.n_extra = n_extra;
            let folder = opened.folder_index(std::path::Path::new("/set"));
            opened.push(&NewRow {
                file: FileId(1),
                folder,
                name: b"a",
                size: 1,
                mtime_ns: 1,
                content: Some(ContentId(content)),
            });
            Change::Open(Box::new(opened), Arc::default())
        };
        let after = |change: Change| {
            let mut library = Library::default();
            library.apply(opened(7, 0));
            let mut known = knowledge(7, 0);
            known.values = vec![("b".into(), 2.0)];
            library.apply(Change::Known(vec![(FileId(1), known)]));
            library.apply(change);
            library.snapshot().value(0, Row(0))
        };
        assert_eq!(after(opened(7, 0)), 2.0);
        assert!(after(opened(8, 0)).is_nan(), "another content");
        assert!(after(opened(7, 1)).is_nan(), "no scoring fills it");
    }

    #[test]
    fn a_failure_of_another_scorer_stays() {
        let mut library = library();
        library.apply(Change::Seen(vec![seen(1, "a")]));
        let failure = Failure {
            stage: Stage::Score,
            reason: "toy: NaN".into(),
        };
        let tell = |failure: Option<Failure>, key: &str| {
            Change::Failures(vec![(FileId(1), failure)], [key.to_owned()].into())
        };
        library.apply(tell(Some(failure), "toy"));
        library.apply(tell(None, "basics"));
        assert!(library.snapshot().status[0].failed);
        library.apply(tell(None, "toy"));
        assert!(!library.snapshot().status[0].failed);
    }

    #[test]
    fn failures_come_and_go() {
        let mut library = library();
        library.apply(Change::Seen(vec![seen(1, "a")]));
        let failure = Failure {
            stage: crate::domain::image::Stage::Decode,
            reason: "truncated".into(),
        };
        library.apply(Change::Failures(
            vec![(FileId(1), Some(failure))],
            [].into(),
        ));
        assert!(library.snapshot().status[0].failed);
        library.apply(Change::Failures(vec![(FileId(1), None)], [].into()));
        let catalog = library.snapshot();
        assert!(!catalog.status[0].failed && catalog.failures.is_empty());
    }
}
