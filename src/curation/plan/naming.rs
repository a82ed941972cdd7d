//! Free names at the destination.
//!
//! Must not know: what kind of operation it is.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::base::paths;
use crate::domain::op::Skip;

use super::Item;
use crate::curation::text::fold_name;

/// Numbers tried for one name before giving up.
const MAX_TRIES: u32 = 10_000;

/// What is known of the destination.
pub(super) struct Names<'a> {
    taken: &'a dyn Fn(&Path) -> bool,
    case_insensitive: bool,
    /// Keys of the paths given away.
    claimed: HashSet<Vec<u8>>,
    /// Keys of the folders that will be there.
    folders: HashSet<Vec<u8>>,
    stems: HashMap<Vec<u8>, Stem>,
    /// The first number worth trying for a name.
    next: HashMap<Vec<u8>, u32>,
}

/// Who uses a stem at the destination.
#[derive(Debug)]
struct Stem {
    /// Folder and stem that its first image had before.
    from: PathBuf,
    /// Whether images that had others use it too.
    mixed: bool,
    /// Whether an image with it has a sidecar that is found by the stem alone.
    paired: bool,
}

impl<'a> Names<'a> {
    pub(super) fn new(taken: &'a dyn Fn(&Path) -> bool, case_insensitive: bool) -> Self {
        Self {
            taken,
            case_insensitive,
            claimed: HashSet::new(),
            folders: HashSet::new(),
            stems: HashMap::new(),
            next: HashMap::new(),
        }
    }

    /// Whether both are the same file.
    pub(super) fn is_same(&self, a: &Path, b: &Path) -> bool {
        a == b || self.case_insensitive && self.key(a) == self.key(b)
    }

    /// Gives the images of a group and their sidecars names with one number, or lets them stay.
    pub(super) fn place(
        &mut self,
        group: &[usize],
        items: &mut [Item<'_>],
        skipped: &mut Vec<Skip>,
    ) {
        let (group, apart) = self.split(group, items, skipped);
        let outcome = self.number(&group, items);
        for &at in &group {
            match outcome {
                Ok(number) => {
                    items[at].number = number;
                    self.claim_image(&items[at], number);
                    for target in items[at].sidecar_targets(number) {
                        self.claim(&target);
                    }
                }
                Err(reason) => {
                    items[at].stays = Some(reason);
                    let sidecars = items[at].sidecars.drain(..);
                    skipped.extend(sidecars.map(|(sidecar, _)| Skip {
                        path: sidecar.path.clone(),
                        reason: "its image stays".to_owned(),
                    }));
                }
            }
        }
        for at in apart {
            self.place(&[at], items, skipped);
        }
    }

    /// Takes out of a group what can't have the same number: names that the destination holds equal.
    fn split(
        &self,
        group: &[usize],
        items: &mut [Item<'_>],
        skipped: &mut Vec<Skip>,
    ) -> (Vec<usize>, Vec<usize>) {
        let mut seen = HashSet::new();
        let (group, apart): (Vec<usize>, Vec<usize>) = group
            .iter()
            .partition(|&&at| seen.insert(self.key(&items[at].target(1))));
        for &at in &group {
            let targets: Vec<PathBuf> = items[at].sidecar_targets(1).collect();
            let mut targets = targets.iter();
            items[at].sidecars.retain(|(sidecar, _)| {
                let fresh = targets.next().is_some_and(|t| seen.insert(self.key(t)));
                if !fresh {
                    skipped.push(Skip {
                        path: sidecar.path.clone(),
                        reason: "another file of its image gets the same name".to_owned(),
                    });
                }
                fresh
            });
        }
        (group, apart)
    }

    /// The smallest number with which every name of the group is free.
    fn number(&mut self, group: &[usize], items: &[Item<'_>]) -> Result<u32, &'static str> {
        let members = || group.iter().map(|&at| &items[at]);
        let Some(first) = members().next() else {
            return Ok(1);
        };
        let mut wanted = members().flat_map(|item| targets(item, 1));
        if wanted.any(|target| self.is_blocked(&target)) {
            return Err("a file has the name of its folder");
        }
        let wanted = self.key(&first.target(1));
        let start = self.next.get(&wanted).copied().unwrap_or(1);
        let number = (start..start.saturating_add(MAX_TRIES))
            .find(|&number| self.fits(members(), number))
            .ok_or("no free name was found")?;
        self.next.insert(wanted, number + 1);
        Ok(number)
    }

    fn fits<'i>(
        &self,
        mut members: impl Iterator<Item = &'i Item<'i>> + Clone,
        number: u32,
    ) -> bool {
        let mut own = HashSet::new();
        let mut all = members.clone().flat_map(|item| targets(item, number));
        members.all(|item| self.is_stem_free(item, number))
            && all.all(|target| {
                let key = self.key(&target);
                !self.claimed.contains(&key)
                    && !self.folders.contains(&key)
                    && own.insert(key)
                    && !(self.taken)(&target)
            })
    }

    /// Whether the image would not share a stem, and so a caption, with one it did not share it with
    /// before.
    fn is_stem_free(&self, item: &Item<'_>, number: u32) -> bool {
        let known = self
            .stems
            .get(&self.key(&without_ending(&item.target(number))));
        known.is_none_or(|stem| {
            let strangers = stem.mixed || stem.from != without_ending(&item.source.path);
            !(strangers && (stem.paired || is_paired(item)))
        })
    }

    /// Whether a folder on the way is a file already given away.
    fn is_blocked(&self, target: &Path) -> bool {
        let mut above = target.ancestors().skip(1);
        above.any(|folder| self.claimed.contains(&self.key(folder)))
    }

    /// Takes the name of an image and its stem.
    pub(super) fn claim_image(&mut self, item: &Item<'_>, number: u32) {
        let target = item.target(number);
        self.claim(&target);
        let from = without_ending(&item.source.path);
        let paired = is_paired(item);
        let stem = self.stems.entry(self.key(&without_ending(&target)));
        stem.and_modify(|stem| {
            stem.mixed |= stem.from != from;
            stem.paired |= paired;
        })
        .or_insert_with(|| Stem {
            from: from.clone(),
            mixed: false,
            paired,
        });
    }

    fn claim(&mut self, target: &Path) {
        self.claimed.insert(self.key(target));
        for folder in target.ancestors().skip(1) {
            if !self.folders.insert(self.key(folder)) {
                break;
            }
        }
    }

    fn key(&self, path: &Path) -> Vec<u8> {
        key(path, self.case_insensitive)
    }
}

/// What makes two paths the same at the destination.
pub(super) fn key(path: &Path, case_insensitive: bool) -> Vec<u8> {
    let bytes = paths::to_bytes(path);
    if case_insensitive {
        fold_name(&bytes)
    } else {
        bytes
    }
}

/// Whether a sidecar is found by the image's stem alone: `a.txt`, not `a.png.txt`.
fn is_paired(item: &Item<'_>) -> bool {
    let image = stem(item.source.path.file_name().unwrap_or_default());
    let mut sidecars = item.source.sidecars.iter();
    sidecars.any(|sidecar| sidecar.path.file_stem() == Some(image))
}

fn targets(item: &Item<'_>, number: u32) -> impl Iterator<Item = PathBuf> {
    std::iter::once(item.target(number)).chain(item.sidecar_targets(number))
}

/// The name with ` (number)` behind the stem of the image it belongs to, else before its own ending.
pub(super) fn numbered(name: &OsStr, image: &OsStr, number: u32) -> OsString {
    if number == 1 {
        return name.to_owned();
    }
    let bytes = paths::to_bytes(name);
    let lead = paths::to_bytes(stem(image));
    let lead = if bytes.starts_with(&lead) {
        lead.len()
    } else {
        paths::to_bytes(stem(name)).len()
    };
    let mut out = bytes[..lead].to_vec();
    out.extend(format!(" ({number})").into_bytes());
    out.extend(&bytes[lead..]);
    paths::from_bytes(&out)
}

fn without_ending(path: &Path) -> PathBuf {
    path.with_file_name(stem(path.file_name().unwrap_or_default()))
}

fn stem(name: &OsStr) -> &OsStr {
    Path::new(name).file_stem().unwrap_or(name)
}
