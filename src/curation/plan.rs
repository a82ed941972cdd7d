//! What a file operation would do, file by file, before anything is touched.
//!
//! A name that is taken gets a number before its ending, ` (2)`, and the image's sidecars get the
//! same one, so that image and caption stay a pair. Images that share a sidecar are named together.
//!
//! Must not know: the disk. Whether a name is taken is asked through a closure.

mod naming;
mod share;

use std::path::{Component, Path, PathBuf};

use crate::base::Problem;
use crate::domain::op::{Clash, Destination, Intent, Plan, Sidecar, Skip, Source, Step};

use naming::Names;

/// A source that may go, its place, and what travels with it.
#[derive(Debug)]
struct Item<'a> {
    source: &'a Source,
    /// Where the image goes; empty for trash.
    folder: PathBuf,
    /// Why it does not go.
    stays: Option<&'static str>,
    /// What travels with it, with the folders it goes to.
    sidecars: Vec<(&'a Sidecar, PathBuf)>,
    /// The number in its name; 1 for none.
    number: u32,
}

impl Item<'_> {
    fn new<'a>(source: &'a Source, to: Option<&Destination>) -> Item<'a> {
        let lies_plainly = source.path.is_absolute()
            && source.path.file_name().is_some()
            && !source.path.components().any(|c| c == Component::ParentDir);
        Item {
            source,
            folder: to.map_or(PathBuf::new(), |to| target_folder(source, to)),
            stays: (!lies_plainly).then_some("its path is not absolute"),
            sidecars: Vec::new(),
            number: 1,
        }
    }

    /// Where the image goes when its name has the number.
    fn target(&self, number: u32) -> PathBuf {
        let name = self.source.path.file_name().unwrap_or_default();
        self.folder.join(naming::numbered(name, name, number))
    }

    /// Where its sidecars go when its name has the number.
    fn sidecar_targets(&self, number: u32) -> impl Iterator<Item = PathBuf> {
        let image = self.source.path.file_name().unwrap_or_default();
        self.sidecars.iter().map(move |(sidecar, folder)| {
            let name = sidecar.path.file_name().unwrap_or_default();
            folder.join(naming::numbered(name, image, number))
        })
    }
}

/// Plans an operation on the sources, in their order.
///
/// `taken` tells whether a path exists and is asked for destinations only; `case_insensitive`
/// whether the destination may mix up names by case or Unicode composition. An error if the
/// destination is relative or below one of the files. A caption that lies at the destination
/// without its image is not known here, and may come to lie beside an image that had none.
pub fn plan(
    intent: &Intent,
    sources: &[Source],
    taken: &dyn Fn(&Path) -> bool,
    case_insensitive: bool,
) -> Result<Plan, Problem> {
    let to = intent.destination();
    if let Some(to) = to {
        refuse(intent, to, sources, case_insensitive)?;
    }
    let mut names = Names::new(taken, case_insensitive);
    let mut plan = Plan {
        intent: intent.clone(),
        steps: Vec::new(),
        clashes: Vec::new(),
        skipped: Vec::new(),
        n_images: 0,
        n_sidecars: 0,
        bytes: 0,
    };
    let mut items = distinct(sources, to);
    if to.is_some() {
        settle(&mut items, &mut names);
    }
    let groups = share::share(&mut items, intent, &mut plan.skipped);
    if to.is_some() {
        for group in groups {
            names.place(&group, &mut items, &mut plan.skipped);
        }
    }
    for item in &items {
        write(item, &mut plan);
    }
    Ok(plan)
}

/// The steps that undo moves: newest first, each back to where it came from.
///
/// Steps to the trash have no way back here and are left out.
pub fn inverse(done: &[Step]) -> Vec<Step> {
    let back = done.iter().rev().filter_map(|step| {
        Some(Step {
            from: step.to.clone()?,
            to: Some(step.from.clone()),
            ..step.clone()
        })
    });
    back.collect()
}

/// Destinations that can't work for any file.
fn refuse(
    intent: &Intent,
    to: &Destination,
    sources: &[Source],
    case_insensitive: bool,
) -> Result<(), Problem> {
    let what = format!("can't {} there", intent.name());
    if !to.folder.is_absolute() {
        return Err(Problem::usage(what, "the folder is not absolute").at(&to.folder));
    }
    let key = |path: &Path| naming::key(path, case_insensitive);
    let above: Vec<Vec<u8>> = to.folder.ancestors().map(key).collect();
    for source in sources {
        let sidecars = source.sidecars.iter().map(|sidecar| &sidecar.path);
        for path in std::iter::once(&source.path).chain(sidecars) {
            if above.contains(&key(path)) {
                let why = "the destination is one of the files, or below one";
                return Err(Problem::usage(what, why)
                    .hint("choose another folder")
                    .at(&to.folder));
            }
        }
    }
    Ok(())
}

/// Every path once, in the order of the sources.
fn distinct<'a>(sources: &'a [Source], to: Option<&Destination>) -> Vec<Item<'a>> {
    let mut seen = std::collections::HashSet::new();
    sources
        .iter()
        .filter(|source| seen.insert(&source.path))
        .map(|source| Item::new(source, to))
        .collect()
}

/// Files that are there already stay, and keep their names.
fn settle(items: &mut [Item<'_>], names: &mut Names<'_>) {
    for item in items {
        if item.stays.is_none() && names.is_same(&item.target(1), &item.source.path) {
            item.stays = Some("already there");
            names.claim_image(item, 1);
        }
    }
}

fn target_folder(source: &Source, to: &Destination) -> PathBuf {
    let below = source.path.strip_prefix(&source.root).ok();
    match below.and_then(Path::parent) {
        Some(below) if to.keep_tree => to.folder.join(below),
        _ => to.folder.clone(),
    }
}

/// Writes an item into the plan.
fn write(item: &Item<'_>, plan: &mut Plan) {
    let source = item.source;
    if let Some(reason) = item.stays {
        plan.skipped.push(Skip {
            path: source.path.clone(),
            reason: reason.to_owned(),
        });
        return;
    }
    let goes = plan.intent.destination().is_some();
    let number = plan.n_images as u32;
    let mut step = |file, from: &Path, stamp: crate::domain::image::Stamp, to: [PathBuf; 2]| {
        let [wanted, given] = to;
        if wanted != given {
            plan.clashes.push(Clash {
                from: from.to_path_buf(),
                wanted,
                given: given.clone(),
            });
        }
        plan.bytes += stamp.size;
        plan.steps.push(Step {
            item: number,
            file,
            from: from.to_path_buf(),
            to: goes.then_some(given),
            size: stamp.size,
            mtime_ns: stamp.mtime_ns,
        });
    };
    let image = [item.target(1), item.target(item.number)];
    step(source.file, &source.path, source.stamp, image);
    let targets = item
        .sidecar_targets(1)
        .zip(item.sidecar_targets(item.number));
    for ((sidecar, _), (wanted, given)) in item.sidecars.iter().zip(targets) {
        step(None, &sidecar.path, sidecar.stamp, [wanted, given]);
    }
    plan.n_images += 1;
    plan.n_sidecars += item.sidecars.len();
}

#[cfg(test)]
mod tests;
