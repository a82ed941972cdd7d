//! The files of the library by their paths and by the ends of them.
//!
//! Must not know: tables.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::path::{Normal, hash, tails};

const NONE: u32 = u32::MAX;
/// Files of one name that are looked at; nobody counts further.
const MAX_ALIKE: usize = 100;
/// Different depths of relative paths that are looked for; a table with more is no list of images.
const MAX_DEPTHS: usize = 32;

/// Files by hash: the newest of a hash, and from each to the one before it.
#[derive(Default)]
struct ByHash {
    newest: HashMap<u64, u32>,
    before: Vec<u32>,
}

impl ByHash {
    fn add(&mut self, hash: u64, file: u32) {
        let before = self.newest.insert(hash, file).unwrap_or(NONE);
        self.before.resize(file as usize + 1, NONE);
        if let Some(slot) = self.before.get_mut(file as usize) {
            *slot = before;
        }
    }

    fn get(&self, hash: u64) -> impl Iterator<Item = u32> + '_ {
        let known = |file: Option<u32>| file.filter(|&file| file != NONE);
        let newest = known(self.newest.get(&hash).copied());
        std::iter::successors(newest, move |&file| {
            known(self.before.get(file as usize).copied())
        })
        .take(MAX_ALIKE)
    }
}

/// The files.
pub(super) struct Index {
    paths: Vec<Vec<u8>>,
    /// Place of each file's root, and where the rest of its path begins.
    below: Vec<Option<(usize, usize)>>,
    whole: ByHash,
    rest: ByHash,
    /// By number of last steps.
    ends: HashMap<usize, ByHash>,
}

impl Index {
    /// Of these files, each with the place of its root.
    pub(super) fn new<'a>(
        files: impl Iterator<Item = (&'a Path, Option<usize>)>,
        roots: &[Normal],
    ) -> Self {
        let mut index = Self {
            paths: Vec::new(),
            below: Vec::new(),
            whole: ByHash::default(),
            rest: ByHash::default(),
            ends: HashMap::new(),
        };
        for (path, root) in files {
            let path = Normal::of_path(path).text;
            let below = root.and_then(|at| Some((at, start(&path, &roots.get(at)?.text)?)));
            let file = index.paths.len() as u32;
            index.whole.add(hash(&path), file);
            if let Some((_, start)) = below {
                index
                    .rest
                    .add(hash(path.get(start..).unwrap_or_default()), file);
            }
            index.paths.push(path);
            index.below.push(below);
        }
        index
    }

    /// Makes [`Index::ending`] ready for keys of so many steps.
    pub(super) fn add_tails(&mut self, depths: impl Iterator<Item = usize>) {
        let depths: BTreeSet<usize> = depths.filter(|&depth| depth > 0).collect();
        for depth in depths.into_iter().take(MAX_DEPTHS) {
            let mut ends = ByHash::default();
            for (file, path) in self.paths.iter().enumerate() {
                if let Some((_, hash)) = tails(path).nth(depth - 1) {
                    ends.add(hash, file as u32);
                }
            }
            self.ends.insert(depth, ends);
        }
    }

    /// The path of a file.
    fn path(&self, file: u32) -> &[u8] {
        self.paths.get(file as usize).map_or(&[], Vec::as_slice)
    }

    /// The place of a file's root.
    pub(super) fn root(&self, file: u32) -> Option<usize> {
        let below = self.below.get(file as usize).copied().flatten();
        below.map(|(root, _)| root)
    }

    /// The file of just that path.
    pub(super) fn at(&self, path: &[u8]) -> Option<u32> {
        let mut found = self.whole.get(hash(path));
        found.find(|&file| self.path(file) == path)
    }

    /// Files whose path ends with the whole key: at most `n_named` of them, and how
    /// many there are, up to a hundred.
    pub(super) fn ending(&self, key: &Normal, n_named: usize) -> (Vec<u32>, usize) {
        let Some(ends) = self.ends.get(&key.depth()) else {
            return (Vec::new(), 0);
        };
        let ends_so = |&file: &u32| {
            let before = self.path(file).strip_suffix(key.text.as_slice());
            before.is_some_and(|before| before.is_empty() || before.ends_with(b"/"))
        };
        let mut named = Vec::new();
        let mut n = 0;
        for file in ends.get(hash(&key.text)).filter(ends_so) {
            if named.len() < n_named {
                named.push(file);
            }
            n += 1;
        }
        (named, n)
    }

    /// The files of which the path below their root is an end of this path: the longest such end's
    /// length in bytes, and the files, one a root.
    pub(super) fn below_root(&self, path: &[u8]) -> Option<(usize, Vec<u32>)> {
        let mut longest = None;
        for (tail, hash) in tails(path) {
            let same = |&file: &u32| {
                let below = self.below.get(file as usize).copied().flatten();
                below.is_some_and(|(_, start)| self.path(file).get(start..) == Some(tail))
            };
            let files: Vec<u32> = self.rest.get(hash).filter(same).collect();
            if !files.is_empty() {
                longest = Some((tail.len(), files));
            }
        }
        longest
    }
}

/// Where the part of a path below a root begins. A root that is the file itself has its name below.
fn start(path: &[u8], root: &[u8]) -> Option<usize> {
    let rest = path.strip_prefix(root)?;
    if rest.is_empty() {
        let slash = path.iter().rposition(|&byte| byte == b'/');
        return Some(slash.map_or(0, |at| at + 1));
    }
    if root.is_empty() {
        return Some(0);
    }
    rest.starts_with(b"/").then_some(root.len() + 1)
}
