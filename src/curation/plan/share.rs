//! Which sidecar travels with which image, and which images must be named together.
//!
//! Must not know: names at the destination.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::domain::op::{Intent, Sidecar, Skip};

use super::Item;

/// Who lists a sidecar.
#[derive(Debug, Default)]
struct Owners {
    going: Vec<usize>,
    staying: Option<usize>,
}

/// Gives every sidecar to the last image that it goes with; returns the images that go, in groups
/// that share sidecars.
///
/// A sidecar of an image that stays is not taken away from it.
pub(super) fn share(
    items: &mut [Item<'_>],
    intent: &Intent,
    skipped: &mut Vec<Skip>,
) -> Vec<Vec<usize>> {
    let owners = owners(items);
    let takes_away = !matches!(intent, Intent::Copy(_));
    let mut groups: Vec<usize> = (0..items.len()).collect();
    let mut settled = HashSet::new();
    for at in 0..items.len() {
        for sidecar in &items[at].source.sidecars {
            let Some(owners) = owners.get(sidecar.path.as_path()) else {
                continue;
            };
            if owners.going.last() != Some(&at) || !settled.insert(&sidecar.path) {
                continue;
            }
            for &other in &owners.going {
                join(&mut groups, other, at);
            }
            let stays = owners.staying.filter(|_| takes_away);
            let reason = match (stays, folder_of(&items[at], sidecar)) {
                (Some(stays), _) => {
                    let image = items[stays].source.path.display();
                    format!("it also belongs to an image that stays: {image}")
                }
                (None, Some(folder)) => {
                    items[at].sidecars.push((sidecar, folder));
                    continue;
                }
                (None, None) => "it does not lie beside its image".to_owned(),
            };
            let path = sidecar.path.clone();
            skipped.push(Skip { path, reason });
        }
    }
    let mut by_root: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        if item.stays.is_none() {
            by_root.entry(root(&mut groups, at)).or_default().push(at);
        }
    }
    by_root.into_values().collect()
}

/// The images of every sidecar; a sidecar that is itself among the images has none.
fn owners<'a>(items: &[Item<'a>]) -> HashMap<&'a Path, Owners> {
    let images: HashSet<&Path> = items.iter().map(|item| &*item.source.path).collect();
    let mut owners: HashMap<&Path, Owners> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        for sidecar in &item.source.sidecars {
            if images.contains(sidecar.path.as_path()) {
                continue;
            }
            let owners = owners.entry(&sidecar.path).or_default();
            if item.stays.is_some() {
                owners.staying = Some(at);
            } else {
                owners.going.push(at);
            }
        }
    }
    owners
}

/// The folder a sidecar goes to: as far below its image's as it is now.
fn folder_of(item: &Item<'_>, sidecar: &Sidecar) -> Option<PathBuf> {
    let below = sidecar.path.strip_prefix(item.source.path.parent()?).ok()?;
    sidecar.path.file_name()?;
    let plain = below
        .components()
        .all(|c| matches!(c, Component::Normal(_)));
    plain.then(|| item.folder.join(below.parent().unwrap_or(Path::new(""))))
}

fn root(groups: &mut [usize], mut at: usize) -> usize {
    while groups[at] != at {
        groups[at] = groups[groups[at]];
        at = groups[at];
    }
    at
}

/// Joins two groups; the smaller index leads, so that groups keep the order of the sources.
fn join(groups: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(groups, a), root(groups, b));
    groups[a.max(b)] = a.min(b);
}
