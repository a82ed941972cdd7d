//! Tables as arrays, for the catalog.
//!
//! A large part of the library is read by walking the tables, a small part by looking its rows up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use crate::base::paths;
use crate::domain::catalog::{Dims, Names, Row, Status};
use crate::domain::image::{ContentId, Failure, FileId, Stage};
use crate::domain::marks::Flag;

use super::files::{file_at, folders_below};
use super::{Result, StoreError, marks};

/// Tags of the rows that have any.
pub(super) type Tags = BTreeMap<Row, Arc<[Arc<str>]>>;
/// Why rows failed.
pub(super) type Failures = BTreeMap<Row, Failure>;

type SqlRow<'a> = rusqlite::Row<'a>;

/// From this share on (one in so many), walking a table is faster than looking rows up.
const WALK_SHARE: usize = 10;
const NONE: u32 = u32::MAX;

/// The folders and files below the roots.
pub(super) struct Wanted {
    folders: BTreeMap<i64, PathBuf>,
    /// Files that are roots themselves.
    single: HashSet<i64>,
    offline: Vec<PathBuf>,
    /// Files that were opened as roots once, and can't be reached.
    offline_files: HashSet<i64>,
    /// Whether they are a large part of all.
    pub(super) is_most: bool,
}

impl Wanted {
    pub(super) fn new(conn: &Connection, roots: &[PathBuf]) -> Result<Self> {
        let mut folders = BTreeMap::new();
        let mut single = HashSet::new();
        for root in roots {
            folders.extend(folders_below(conn, root)?);
            single.extend(file_at(conn, root)?.map(|file| file.id.0));
        }
        let sql = "SELECT path FROM root WHERE offline";
        let mut query = conn.prepare_cached(sql)?;
        let read = |row: &SqlRow<'_>| Ok(paths::from_bytes(row.get_ref(0)?.as_blob()?).into());
        let offline: Vec<PathBuf> = query
            .query_map([], read)?
            .collect::<rusqlite::Result<_>>()?;
        let mut offline_files = HashSet::new();
        for root in &offline {
            offline_files.extend(file_at(conn, root)?.map(|file| file.id.0));
        }
        let n_all: usize = count(conn, "SELECT count(*) FROM folder")?;
        Ok(Self {
            is_most: folders.len() * WALK_SHARE > n_all,
            folders,
            single,
            offline,
            offline_files,
        })
    }

    fn is_offline(&self, folder: &Path) -> bool {
        self.offline.iter().any(|root| folder.starts_with(root))
    }
}

fn count(conn: &Connection, sql: &str) -> Result<usize> {
    let n: i64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(usize::try_from(n).unwrap_or(0))
}

/// The file table as arrays, ascending by id.
#[derive(Default)]
pub(super) struct Files {
    pub(super) folders: Vec<Arc<Path>>,
    pub(super) ids: Vec<FileId>,
    pub(super) folder: Vec<u32>,
    pub(super) names: Names,
    pub(super) size: Vec<u64>,
    pub(super) mtime_ns: Vec<i64>,
    pub(super) content: Vec<Option<ContentId>>,
    pub(super) status: Vec<Status>,
    /// By index of folder.
    offline: Vec<bool>,
}

const FILE: &str = "SELECT id, folder_id, name, size, mtime_ns, content_id FROM file";

impl Files {
    pub(super) fn load(conn: &Connection, wanted: &Wanted) -> Result<Self> {
        let mut files = Self::default();
        if wanted.is_most {
            files.walk(conn, wanted)?;
        } else {
            files.look_up(conn, wanted)?;
        }
        Ok(files)
    }

    fn walk(&mut self, conn: &Connection, wanted: &Wanted) -> Result<()> {
        self.reserve(count(conn, "SELECT coalesce(max(id), 0) FROM file")?);
        let n_ids = wanted.folders.keys().last().map_or(0, |last| last + 1);
        let mut index = Index::new(n_ids as usize, wanted);
        let sql = format!("{FILE} WHERE gone = 0 ORDER BY id");
        let mut query = conn.prepare(&sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let folder: i64 = row.get(1)?;
            let mut at = index.get(folder, self);
            if at.is_none() && wanted.single.contains(&row.get(0)?) {
                at = Some(index.single(conn, folder, self)?);
            }
            if let Some(at) = at {
                self.push(row, at, wanted)?;
            }
        }
        Ok(())
    }

    fn look_up(&mut self, conn: &Connection, wanted: &Wanted) -> Result<()> {
        let mut ids: Vec<i64> = wanted.single.iter().copied().collect();
        let mut below = conn.prepare("SELECT id FROM file WHERE folder_id = ?1 AND gone = 0")?;
        for folder in wanted.folders.keys() {
            let mut rows = below.query([folder])?;
            while let Some(row) = rows.next()? {
                ids.push(row.get(0)?);
            }
        }
        ids.sort_unstable();
        ids.dedup();
        self.reserve(ids.len());
        let mut index = Index::new(0, wanted);
        let mut query = conn.prepare(&format!("{FILE} WHERE id = ?1 AND gone = 0"))?;
        for id in ids {
            let mut rows = query.query([id])?;
            let Some(row) = rows.next()? else { continue };
            let folder: i64 = row.get(1)?;
            let at = match index.get(folder, self) {
                Some(at) => at,
                None => index.single(conn, folder, self)?,
            };
            self.push(row, at, wanted)?;
        }
        Ok(())
    }

    fn reserve(&mut self, n: usize) {
        self.ids.reserve_exact(n);
        self.folder.reserve_exact(n);
        self.size.reserve_exact(n);
        self.mtime_ns.reserve_exact(n);
        self.content.reserve_exact(n);
        self.status.reserve_exact(n);
    }

    fn push(&mut self, row: &SqlRow<'_>, folder: u32, wanted: &Wanted) -> Result<()> {
        let id: i64 = row.get(0)?;
        self.ids.push(FileId(id));
        self.folder.push(folder);
        let name = row.get_ref(2)?.as_blob().map_err(StoreError::other)?;
        self.names.push(name);
        self.size.push(row.get::<_, i64>(3)? as u64);
        self.mtime_ns.push(row.get(4)?);
        self.content
            .push(row.get::<_, Option<i64>>(5)?.map(ContentId));
        let offline = self.offline.get(folder as usize).copied();
        self.status.push(Status {
            offline: offline.unwrap_or(false) || wanted.offline_files.contains(&id),
            ..Status::default()
        });
        Ok(())
    }
}

/// From folder id to index in the catalog; folders get theirs with their first file.
struct Index<'a> {
    dense: Vec<u32>,
    wanted: &'a Wanted,
    sparse: HashMap<i64, u32>,
    /// Folders of which only files that are roots themselves are wanted; apart, because having a
    /// place in the others makes every file of a folder wanted.
    singles: HashMap<i64, u32>,
}

impl<'a> Index<'a> {
    fn new(n_ids: usize, wanted: &'a Wanted) -> Self {
        Self {
            dense: vec![NONE; n_ids],
            wanted,
            sparse: HashMap::new(),
            singles: HashMap::new(),
        }
    }

    /// The index of a folder that is wanted as a whole; none for any other.
    fn get(&mut self, folder: i64, files: &mut Files) -> Option<u32> {
        if let Some(&at) = self.dense.get(folder as usize)
            && at != NONE
        {
            return Some(at);
        }
        if let Some(&at) = self.sparse.get(&folder) {
            return Some(at);
        }
        let path = self.wanted.folders.get(&folder)?;
        let at = self.add(path, files);
        match self.dense.get_mut(folder as usize) {
            Some(slot) => *slot = at,
            None => {
                self.sparse.insert(folder, at);
            }
        }
        Some(at)
    }

    /// The index of a folder that is not below the roots, for a file that is a root itself.
    fn single(&mut self, conn: &Connection, folder: i64, files: &mut Files) -> Result<u32> {
        if let Some(&at) = self.singles.get(&folder) {
            return Ok(at);
        }
        let mut query = conn.prepare_cached("SELECT path FROM folder WHERE id = ?1")?;
        let path: Vec<u8> = query.query_row([folder], |row| row.get(0))?;
        let at = self.add(Path::new(&paths::from_bytes(&path)), files);
        self.singles.insert(folder, at);
        Ok(at)
    }

    fn add(&mut self, path: &Path, files: &mut Files) -> u32 {
        let at = files.folders.len() as u32;
        files.folders.push(path.into());
        files.offline.push(self.wanted.is_offline(path));
        at
    }
}

/// The contents to read.
pub(super) enum Found {
    /// Every one.
    All,
    /// These, ascending.
    These(Vec<i64>),
}

/// The contents of the files: those, or all where they are a large part.
pub(super) fn contents_of(conn: &Connection, content: &[Option<ContentId>]) -> Result<Found> {
    let n_all = count(conn, "SELECT coalesce(max(id), 0) FROM content")?;
    if content.len() * WALK_SHARE > n_all {
        return Ok(Found::All);
    }
    let mut ids: Vec<i64> = content.iter().flatten().map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    Ok(Found::These(ids))
}

impl Found {
    /// Calls `visit` with the rows of one statement for all, or of the other with each id bound.
    pub(super) fn visit(
        &self,
        conn: &Connection,
        (all, one): (&str, &str),
        mut visit: impl FnMut(&SqlRow<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut each = |mut rows: rusqlite::Rows<'_>| {
            while let Some(row) = rows.next()? {
                visit(row)?;
            }
            Ok(())
        };
        match self {
            Self::All => each(conn.prepare(all)?.query([])?),
            Self::These(ids) => {
                let mut query = conn.prepare(one)?;
                ids.iter().try_for_each(|id| each(query.query([id])?))
            }
        }
    }
}

/// What is known of one content apart from scores and tags.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) dims: Dims,
    pub(super) stars: u8,
    pub(super) flag: Flag,
}

/// The content table, by id.
pub(super) struct Contents(Vec<Known>);

impl Contents {
    pub(super) fn load(conn: &Connection, found: &Found) -> Result<Self> {
        let n_ids = count(conn, "SELECT coalesce(max(id), 0) + 1 FROM content")?;
        let mut known = vec![Known::default(); n_ids];
        let all = "SELECT id, width, height, stars, flag FROM content";
        let one = format!("{all} WHERE id = ?1");
        found.visit(conn, (all, &one), |row| {
            let id: i64 = row.get(0)?;
            if let Some(slot) = known.get_mut(id as usize) {
                let (width, height) = (row.get(1)?, row.get(2)?);
                *slot = Known {
                    dims: Dims { width, height },
                    stars: row.get(3)?,
                    flag: marks::flag(row.get(4)?),
                };
            }
            Ok(())
        })?;
        Ok(Self(known))
    }

    pub(super) fn get(&self, content: Option<ContentId>) -> Known {
        let known = content.and_then(|id| self.0.get(id.0 as usize));
        known.copied().unwrap_or_default()
    }
}

/// The rows of each content: a list through arrays, for several files may share one.
pub(super) struct Places {
    first: Vec<u32>,
    next: Vec<u32>,
}

impl Places {
    pub(super) fn new(content: &[Option<ContentId>]) -> Self {
        let last = content.iter().flatten().max().map_or(0, |id| id.0);
        let mut first = vec![NONE; last as usize + 1];
        let mut next = vec![NONE; content.len()];
        let rows = content.iter().zip(&mut next).enumerate();
        for (row, (content, next)) in rows {
            if let Some(first) = content.and_then(|id| first.get_mut(id.0 as usize)) {
                *next = std::mem::replace(first, row as u32);
            }
        }
        Self { first, next }
    }

    pub(super) fn rows(&self, content: ContentId) -> impl Iterator<Item = Row> + '_ {
        let at = |slot: Option<&u32>| slot.copied().filter(|&row| row != NONE);
        let first = at(self.first.get(content.0 as usize));
        std::iter::successors(first, move |&row| at(self.next.get(row as usize))).map(Row)
    }
}

/// The tags of all rows.
pub(super) fn tags(conn: &Connection, found: &Found, places: &Places) -> Result<Tags> {
    let mut words: HashMap<String, Arc<str>> = HashMap::new();
    let mut of: BTreeMap<i64, Vec<Arc<str>>> = BTreeMap::new();
    let all = "SELECT content_id, tag FROM tag ORDER BY content_id, position";
    let one = "SELECT content_id, tag FROM tag WHERE content_id = ?1 ORDER BY position";
    found.visit(conn, (all, one), |row| {
        let tag = row.get_ref(1)?.as_str().map_err(StoreError::other)?;
        let word = match words.get(tag) {
            Some(word) => Arc::clone(word),
            None => Arc::clone(words.entry(tag.to_owned()).or_insert_with(|| tag.into())),
        };
        of.entry(row.get(0)?).or_default().push(word);
        Ok(())
    })?;
    let mut tags = Vec::new();
    for (content, words) in of {
        let words: Arc<[Arc<str>]> = words.into();
        let rows = places.rows(ContentId(content));
        tags.extend(rows.map(|row| (row, Arc::clone(&words))));
    }
    Ok(tags.into_iter().collect())
}

/// Why files failed, where it still holds.
pub(super) fn failures(conn: &Connection, files: &[FileId]) -> Result<Failures> {
    let sql = "SELECT file_id, stage, reason FROM failure JOIN file ON file.id = file_id
        WHERE failure.size = file.size AND failure.mtime_ns = file.mtime_ns";
    let mut query = conn.prepare_cached(sql)?;
    let mut rows = query.query([])?;
    let mut failures = Failures::new();
    while let Some(row) = rows.next()? {
        let at = files.binary_search(&FileId(row.get(0)?)).ok();
        let stage = row.get_ref(1)?.as_str().map_err(StoreError::other)?;
        if let (Some(at), Some(stage)) = (at, Stage::parse(stage)) {
            let reason = row.get(2)?;
            failures.insert(Row(at as u32), Failure { stage, reason });
        }
    }
    Ok(failures)
}
