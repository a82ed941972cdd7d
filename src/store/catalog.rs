//! The whole library into memory, as fast as two cores can.
//!
//! Several connections read at once. What a writer commits meanwhile may be seen by some of them
//! only; the caller hears of it by its own events.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;

use crate::domain::catalog::{Catalog, Column};
use crate::domain::image::ContentId;
use crate::domain::score::ColumnSpec;

use super::known::versions;
use super::load::{Contents, Files, Found, Places, Wanted};
use super::scores::values;
use super::{Result, ScorerId, Store, StoreError, load, open};

const N_THREADS: usize = 4;

impl Store {
    /// Everything known of the files at or below `roots`, with these scorers' columns in order.
    ///
    /// Gone files are left out.
    pub fn load_catalog(
        &self,
        roots: &[PathBuf],
        columns: &[(ScorerId, Vec<Arc<ColumnSpec>>)],
    ) -> Result<Catalog> {
        let dir = &self.inner.dir;
        self.read(|conn| load_all(conn, dir, roots, columns))
            .map_err(|error| error.at(dir))
    }
}

fn load_all(
    conn: &Connection,
    dir: &Path,
    roots: &[PathBuf],
    columns: &[(ScorerId, Vec<Arc<ColumnSpec>>)],
) -> Result<Catalog> {
    let wanted = Wanted::new(conn, roots)?;
    let (files, contents) = if wanted.is_most {
        both(conn, dir, &wanted)?
    } else {
        let files = Files::load(conn, &wanted)?;
        let contents = Contents::load(conn, &load::contents_of(conn, &files.content)?)?;
        (files, contents)
    };
    let found = load::contents_of(conn, &files.content)?;
    let places = Places::new(&files.content);
    let scorers = Scorers {
        dir,
        found: &found,
        places: &places,
        n_rows: files.ids.len(),
        columns,
    };
    let columns = scorers.load()?;
    let tags = load::tags(conn, &found, &places)?;
    let failures = load::failures(conn, &files.ids)?;
    Ok(assemble(
        roots,
        files,
        &contents,
        Rest {
            tags,
            failures,
            columns,
        },
    ))
}

/// Files and contents at the same time, where nearly all of both are wanted.
fn both(conn: &Connection, dir: &Path, wanted: &Wanted) -> Result<(Files, Contents)> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("store-load".to_owned());
        let contents =
            thread.spawn_scoped(scope, || Contents::load(&open::reader(dir)?, &Found::All))?;
        let files = Files::load(conn, wanted)?;
        let contents = contents.join().map_err(|_panic| fault())??;
        Ok((files, contents))
    })
}

fn fault() -> StoreError {
    StoreError::other("a fault while loading")
}

struct Scorers<'a> {
    dir: &'a Path,
    found: &'a Found,
    places: &'a Places,
    n_rows: usize,
    columns: &'a [(ScorerId, Vec<Arc<ColumnSpec>>)],
}

type Loaded = Vec<(usize, Vec<Column>)>;

impl Scorers<'_> {
    /// Every scorer's columns, several scorers at once.
    fn load(&self) -> Result<Vec<Column>> {
        let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
        let n_threads = n_cores.min(N_THREADS).min(self.columns.len());
        let next = AtomicUsize::new(0);
        let mut loaded = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads)
                .map(|_| {
                    let thread = std::thread::Builder::new().name("store-load".to_owned());
                    thread.spawn_scoped(scope, || self.work(&next))
                })
                .collect::<std::io::Result<_>>()?;
            let mut loaded = Loaded::new();
            for thread in threads {
                loaded.extend(thread.join().map_err(|_panic| fault())??);
            }
            Ok::<_, StoreError>(loaded)
        })?;
        loaded.sort_by_key(|(idx, _)| *idx);
        Ok(loaded
            .into_iter()
            .flat_map(|(_, columns)| columns)
            .collect())
    }

    fn work(&self, next: &AtomicUsize) -> Result<Loaded> {
        let conn = open::reader(self.dir)?;
        let mut loaded = Loaded::new();
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            let Some((scorer, specs)) = self.columns.get(idx) else {
                return Ok(loaded);
            };
            loaded.push((idx, self.scorer(&conn, *scorer, specs)?));
        }
    }

    fn scorer(
        &self,
        conn: &Connection,
        scorer: ScorerId,
        specs: &[Arc<ColumnSpec>],
    ) -> Result<Vec<Column>> {
        let mut arrays = vec![vec![f32::NAN; self.n_rows]; specs.len()];
        // What an older version found stands until the new one has scored the image.
        for version in versions(conn, scorer)? {
            self.fill(conn, version, &mut arrays)?;
        }
        let column = |(spec, array): (&Arc<ColumnSpec>, Vec<f32>)| Column {
            spec: Arc::clone(spec),
            values: Arc::new(array),
            scope: Arc::default(),
        };
        Ok(specs.iter().zip(arrays).map(column).collect())
    }
}

impl Scorers<'_> {
    /// Writes the values of one version of a scorer into the arrays of its columns.
    fn fill(&self, conn: &Connection, version: ScorerId, arrays: &mut [Vec<f32>]) -> Result<()> {
        let all = format!(
            "SELECT content_id, vals FROM score WHERE scorer_id = {}",
            version.0
        );
        let one = format!("{all} AND content_id = ?1");
        self.found.visit(conn, (&all, &one), |row| {
            let content = ContentId(row.get(0)?);
            let blob = row.get_ref(1)?.as_blob().map_err(StoreError::other)?;
            for at in self.places.rows(content) {
                for (array, value) in arrays.iter_mut().zip(values(blob)) {
                    if let Some(slot) = array.get_mut(at.idx()) {
                        *slot = value as f32;
                    }
                }
            }
            Ok(())
        })
    }
}

struct Rest {
    tags: load::Tags,
    failures: load::Failures,
    columns: Vec<Column>,
}

fn assemble(roots: &[PathBuf], files: Files, contents: &Contents, rest: Rest) -> Catalog {
    let of = |content: &Option<ContentId>| contents.get(*content);
    let mut status = files.status;
    for row in rest.failures.keys() {
        if let Some(status) = status.get_mut(row.idx()) {
            status.failed = true;
        }
    }
    Catalog {
        folders: Arc::new(files.folders),
        roots: Arc::new(roots.to_vec()),
        fields: Arc::new(vec![None; files.ids.len()]),
        dims: Arc::new(files.content.iter().map(|id| of(id).dims).collect()),
        stars: Arc::new(files.content.iter().map(|id| of(id).stars).collect()),
        flags: Arc::new(files.content.iter().map(|id| of(id).flag).collect()),
        files: Arc::new(files.ids),
        folder: Arc::new(files.folder),
        names: Arc::new(files.names),
        size: Arc::new(files.size),
        mtime_ns: Arc::new(files.mtime_ns),
        content: Arc::new(files.content),
        status: Arc::new(status),
        tags: Arc::new(rest.tags),
        failures: Arc::new(rest.failures),
        columns: rest.columns,
        ..Catalog::default()
    }
}
