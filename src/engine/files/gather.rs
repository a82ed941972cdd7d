//! From chosen images to a plan: what lies beside them, and whether the destination can take them.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::error::{FileError, plain};
use super::fsops;
use crate::base::format::bytes;
use crate::base::{Problem, paths};
use crate::curation::plan::plan;
use crate::curation::sidecars::{Siblings, sidecars_of};
use crate::domain::image::FileId;
use crate::domain::op::{Destination, Intent, Plan, Sidecar, Skip, Source};

/// An image that the user chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its id; none for files outside the library.
    pub file: Option<FileId>,
    /// Absolute path.
    pub path: PathBuf,
    /// The opened root it lies under.
    pub root: PathBuf,
}

/// The chosen images as they are on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gathered {
    /// Those that can go, with their sidecars, in the order they were chosen.
    pub sources: Vec<Source>,
    /// Those that can't, and why.
    pub skipped: Vec<Skip>,
}

/// Looks at the chosen images and finds their sidecars, listing each folder once.
///
/// `endings` are those of sidecars, without dot; `is_image` tells images by their names. Links
/// are skipped: moving one would tear it from what it points to.
pub fn sources(
    wanted: &[Wanted],
    endings: &[String],
    is_image: &dyn Fn(&OsStr) -> bool,
) -> Gathered {
    let chosen: HashSet<&Path> = wanted.iter().map(|image| image.path.as_path()).collect();
    let mut folders: HashMap<&Path, Siblings> = HashMap::new();
    let mut gathered = Gathered::default();
    for image in wanted {
        let folder = image.path.parent().unwrap_or(Path::new("/"));
        let siblings = folders
            .entry(folder)
            .or_insert_with(|| Siblings::new(names(folder), is_image));
        let also_going = |name: &OsStr| chosen.contains(folder.join(name).as_path());
        let beside = sidecars_of(&image.path, siblings, endings, &also_going);
        match source(image, beside) {
            Ok(source) => gathered.sources.push(source),
            Err(reason) => gathered.skipped.push(Skip {
                path: image.path.clone(),
                reason,
            }),
        }
    }
    gathered
}

/// Plans an operation on the gathered images.
///
/// # Errors
/// Where the destination can't take them: not a folder, not writable, too little space, or the
/// very place that they are in. Nothing is left behind by looking.
pub fn make_plan(intent: &Intent, gathered: Gathered) -> Result<Plan, Problem> {
    let Gathered { sources, skipped } = gathered;
    let taken = |path: &Path| !fsops::is_free(path);
    let Some(to) = intent.destination() else {
        return Ok(with(plan(intent, &sources, &taken, false)?, skipped));
    };
    let ground = ground(intent, to)?;
    refuse_loops(intent, to, &sources)?;
    let case_insensitive = probe(intent, to, &ground)?;
    let planned = plan(intent, &sources, &taken, case_insensitive)?;
    refuse_links_back(intent, &planned)?;
    refuse_full(intent, &planned, &ground)?;
    Ok(with(planned, skipped))
}

fn with(mut plan: Plan, skipped: Vec<Skip>) -> Plan {
    plan.skipped.extend(skipped);
    plan
}

/// The names of the files and links of a folder; none where it can't be read.
fn names(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .map(|entry| entry.file_name())
        .collect()
}

fn source(image: &Wanted, beside: Vec<PathBuf>) -> Result<Source, String> {
    let stamp = fsops::stamp(&image.path).map_err(|error| error.to_string())?;
    let mut sidecars = Vec::new();
    for path in beside {
        match fsops::stamp(&path) {
            Ok(stamp) => sidecars.push(Sidecar { path, stamp }),
            Err(FileError::Gone) => {}
            Err(error) => {
                let name = path.file_name().unwrap_or_default();
                return Err(format!("{} can't go with it: {error}", name.display()));
            }
        }
    }
    Ok(Source {
        file: image.file,
        path: image.path.clone(),
        root: image.root.clone(),
        stamp,
        sidecars,
    })
}

/// The destination, or the nearest folder above it that is there.
fn ground(intent: &Intent, to: &Destination) -> Result<PathBuf, Problem> {
    let there = to.folder.ancestors().find(|path| !fsops::is_free(path));
    match there {
        Some(path) if path.is_dir() => Ok(path.to_path_buf()),
        Some(path) => Err(refused(intent, "this is not a folder").at(path)),
        None => Err(refused(intent, "there is no such place").at(&to.folder)),
    }
}

/// Refuses destinations that lie within what they are to take.
fn refuse_loops(intent: &Intent, to: &Destination, sources: &[Source]) -> Result<(), Problem> {
    let real = real(&to.folder);
    let mut seen = HashSet::new();
    for source in sources {
        let folder = source.path.parent().unwrap_or(Path::new("/"));
        if !seen.insert((folder, &source.root)) {
            continue;
        }
        if !to.keep_tree {
            if self::real(folder) == real && folder != to.folder {
                let why = "some of the files are in that folder already, under another name of it";
                return Err(refused(intent, why)
                    .hint("name it as it was opened")
                    .at(folder));
            }
            continue;
        }
        let root = self::real(&source.root);
        if root == real {
            let why = "with folders kept, every file would come to lie where it is";
            return Err(refused(intent, why)
                .hint("choose another folder")
                .at(&to.folder));
        }
        if real.starts_with(&root) && self::real(folder).starts_with(&real) {
            let why = "some of the files are in that folder already, and would go deeper into it";
            return Err(refused(intent, why)
                .hint("leave them out, or choose a folder outside")
                .at(&to.folder));
        }
    }
    Ok(())
}

/// Refuses plans that would give files another name where they are, because a folder below the
/// destination is a link to theirs.
fn refuse_links_back(intent: &Intent, plan: &Plan) -> Result<(), Problem> {
    let mut seen = HashSet::new();
    for step in &plan.steps {
        let Some(to) = &step.to else { continue };
        if seen.insert((step.from.parent(), to.parent())) && fsops::same_folder(&step.from, to) {
            let why = "a folder there is a link to the one that some of the files are in";
            return Err(refused(intent, why)
                .hint("leave them out, or choose another folder")
                .at(to.parent().unwrap_or(to)));
        }
    }
    Ok(())
}

/// The path with the links of what is there resolved.
fn real(path: &Path) -> PathBuf {
    let path = paths::absolute(path);
    for above in path.ancestors() {
        if let (Ok(found), Ok(below)) = (above.canonicalize(), path.strip_prefix(above)) {
            return found.join(below).components().collect();
        }
    }
    path
}

/// Whether the destination can be written, and mixes up `a` and `A`. Removes what it tries with.
fn probe(intent: &Intent, to: &Destination, ground: &Path) -> Result<bool, Problem> {
    let made = tempfile::Builder::new()
        .prefix(".bandpass-probe-")
        .tempfile_in(ground);
    let file = made.map_err(|error| {
        refused(intent, plain(&error))
            .hint("choose a folder that you can write to")
            .at(&to.folder)
    })?;
    let name = file.path().file_name().unwrap_or_default();
    let shouted = name
        .to_string_lossy()
        .replace("bandpass-probe", "BANDPASS-PROBE");
    Ok(!fsops::is_free(&ground.join(shouted)))
}

fn refuse_full(intent: &Intent, plan: &Plan, ground: &Path) -> Result<(), Problem> {
    let copying = matches!(intent, Intent::Copy(_));
    let volume = volume(ground);
    let mut volumes: HashMap<&Path, bool> = HashMap::new();
    let mut needed = 0;
    for step in &plan.steps {
        let folder = step.from.parent().unwrap_or(Path::new("/"));
        let away = *volumes
            .entry(folder)
            .or_insert_with(|| self::volume(folder) != volume);
        if copying || away {
            needed += step.size;
        }
    }
    let Ok(free) = fs4::available_space(ground) else {
        return Ok(());
    };
    if needed <= free {
        return Ok(());
    }
    let why = format!("{} are needed, {} are free", bytes(needed), bytes(free));
    Err(refused(intent, why)
        .hint("free some space, or choose another disk")
        .at(ground))
}

#[cfg(unix)]
fn volume(folder: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(folder).ok().map(|meta| meta.dev())
}

#[cfg(not(unix))]
fn volume(folder: &Path) -> Option<PathBuf> {
    let real = folder.canonicalize().ok()?;
    real.components()
        .next()
        .map(|part| PathBuf::from(part.as_os_str()))
}

fn refused(intent: &Intent, why: impl std::fmt::Display) -> Problem {
    Problem::environment(format!("can't {} there", intent.name()), why)
}
