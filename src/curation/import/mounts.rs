//! Folders of a table that stand for opened ones, and which of them can be meant.
//!
//! Must not know: how files are found.

use std::collections::HashMap;

use super::index::Index;
use super::path::{Normal, shared};
use super::{Match, Matches, N_NAMED};

/// What a row claims: the file, and through which mount.
struct Claim {
    row: usize,
    file: u32,
    mount: usize,
}

/// A folder of the table taken for a root.
struct Mount {
    from: Vec<u8>,
    root: usize,
    /// How many last steps the two share.
    shared: usize,
}

/// The folders met so far.
pub(super) struct Mounts<'a> {
    roots: &'a [Normal],
    known: HashMap<(usize, Vec<u8>), usize>,
    all: Vec<Mount>,
    claims: Vec<Claim>,
}

impl<'a> Mounts<'a> {
    pub(super) fn new(roots: &'a [Normal]) -> Self {
        Self {
            roots,
            known: HashMap::new(),
            all: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// Of files with the same path below different roots, the one whose root is most like `from`.
    pub(super) fn nearest(
        &mut self,
        row: usize,
        from: &[u8],
        files: &[u32],
        index: &Index,
    ) -> Match {
        let from = from.strip_suffix(b"/").unwrap_or(from);
        let alike = |file: &u32| {
            let root = index.root(*file).and_then(|at| self.roots.get(at));
            root.map_or(0, |root| shared(&root.text, from))
        };
        let most = files.iter().map(alike).max().unwrap_or(0);
        let nearest: Vec<u32> = files.iter().copied().filter(|f| alike(f) == most).collect();
        let &[file] = nearest.as_slice() else {
            let named = nearest.iter().copied().take(N_NAMED).collect();
            return Match::Ambiguous(named, nearest.len());
        };
        let Some(root) = index.root(file) else {
            return Match::None;
        };
        let mount = self.mount(root, from, most);
        self.claims.push(Claim { row, file, mount });
        Match::File(file)
    }

    fn mount(&mut self, root: usize, from: &[u8], shared: usize) -> usize {
        if let Some(&at) = self.known.get(&(root, from.to_vec())) {
            return at;
        }
        let at = self.all.len();
        self.known.insert((root, from.to_vec()), at);
        self.all.push(Mount {
            from: from.to_vec(),
            root,
            shared,
        });
        at
    }

    /// Of several folders taken for the same root, only those most like it are meant; where two of
    /// them have a row for the same file, nobody knows which one is.
    pub(super) fn decide(self, matches: &mut Matches) {
        let mut most: HashMap<usize, usize> = HashMap::new();
        for mount in &self.all {
            let most = most.entry(mount.root).or_default();
            *most = mount.shared.max(*most);
        }
        let is_meant = |claim: &Claim| {
            let mount = self.all.get(claim.mount);
            mount.is_some_and(|mount| most.get(&mount.root) == Some(&mount.shared))
        };
        let mut claimed: HashMap<u32, Option<usize>> = HashMap::new();
        for claim in self.claims.iter().filter(|claim| is_meant(claim)) {
            let by = claimed.entry(claim.file).or_insert(Some(claim.mount));
            if *by != Some(claim.mount) {
                *by = None;
            }
        }
        let mut counts = vec![0; self.all.len()];
        for claim in &self.claims {
            let Some(slot) = matches.rows.get_mut(claim.row) else {
                continue;
            };
            if !is_meant(claim) {
                *slot = Match::None;
            } else if claimed.get(&claim.file) == Some(&None) {
                *slot = Match::Ambiguous(vec![claim.file], 0);
            } else if let Some(count) = counts.get_mut(claim.mount) {
                *count += 1;
            }
        }
        let named = self.all.iter().zip(counts).filter(|(_, count)| *count > 0);
        matches.mounts = named
            .map(|(mount, count)| {
                let from = String::from_utf8_lossy(&mount.from).into_owned();
                (from, mount.root, count)
            })
            .collect();
    }
}
