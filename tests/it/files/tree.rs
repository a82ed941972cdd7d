//! Trees of images and sidecars with odd names, and photographs of them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bandpass::base::{CancelToken, Progress, paths};
use bandpass::domain::image::{FileId, Stamp};
use bandpass::domain::op::{Destination, Intent, Plan};
use bandpass::engine::files::trash::Trash;
use bandpass::engine::files::{
    Applied, FileError, Gathered, Hands, Undone, Wanted, fsops, make_plan, sources,
};
use tempfile::TempDir;

use super::journal::MemJournal;

/// What is in a folder: every file with its bytes and time, every folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Photo {
    pub(crate) files: BTreeMap<PathBuf, (Vec<u8>, i64)>,
    pub(crate) folders: BTreeSet<PathBuf>,
}

impl Photo {
    pub(crate) fn of(root: &Path) -> Self {
        let mut photo = Self {
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
        };
        photo.add(root, root);
        photo
    }

    fn add(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let below = path.strip_prefix(root).unwrap().to_path_buf();
            if path.is_dir() {
                self.folders.insert(below);
                self.add(root, &path);
            } else {
                let mtime = fsops::stamp(&path).unwrap().mtime_ns;
                self.files.insert(below, (fs::read(&path).unwrap(), mtime));
            }
        }
    }

    /// The contents, each as often as it is there.
    pub(crate) fn contents(&self) -> BTreeMap<&[u8], usize> {
        let mut all = BTreeMap::new();
        for (bytes, _) in self.files.values() {
            *all.entry(bytes.as_slice()).or_default() += 1;
        }
        all
    }
}

/// One image: the folder below the root, the name's bytes, its sidecars' endings.
pub(crate) type Item = (&'static str, &'static [u8], &'static [&'static str]);

pub(crate) const NAMES: &[&[u8]] = &[
    "猫 01.png".as_bytes(),
    "カフェ.webp".as_bytes(),
    "cafe\u{301}.jpg".as_bytes(),
    "café.jpg".as_bytes(),
    b"broken \xff\xfe.png",
    b"two  spaces .jpeg",
    b"-n.png",
    b"%41.png",
    b"new\nline.png",
    b"it's \"quoted\".png",
    b"no ending",
    b".hidden.png",
];

pub(crate) const FOLDERS: &[&str] = &["", "a", "a/深い", "b", "b/c/d"];

/// A folder with a tree in `in`, and room for `out` (perhaps on another volume) and a trash.
pub(crate) struct World {
    pub(crate) base: TempDir,
    away: Option<TempDir>,
}

impl World {
    pub(crate) fn new(items: &[Item]) -> Self {
        let base = tempfile::tempdir().unwrap();
        let world = Self { base, away: None };
        for (n, (folder, name, sidecars)) in items.iter().enumerate() {
            let folder = world.root().join(folder);
            fs::create_dir_all(&folder).unwrap();
            let image = folder.join(paths::from_bytes(name));
            if image.exists() {
                continue;
            }
            put(&image, &format!("image {n} {}", folder.display()), n);
            for ending in *sidecars {
                let text = format!("{ending} of {n} {}", folder.display());
                put(&image.with_extension(ending), &text, n + 100);
            }
        }
        world
    }

    /// With the destination on another volume; none where this machine has only one.
    pub(crate) fn across(items: &[Item]) -> Option<Self> {
        let away = other_volume()?;
        Some(Self {
            away: Some(away),
            ..Self::new(items)
        })
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.base.path().join("in")
    }

    pub(crate) fn out(&self) -> PathBuf {
        let base = self.away.as_ref().unwrap_or(&self.base);
        base.path().join("out/new folder")
    }

    pub(crate) fn photo(&self) -> (Photo, Option<Photo>) {
        let away = self.away.as_ref().map(|away| Photo::of(away.path()));
        (Photo::of(self.base.path()), away)
    }

    pub(crate) fn to(&self, keep_tree: bool) -> Destination {
        Destination {
            folder: self.out(),
            keep_tree,
        }
    }

    /// A plan for every image of the tree.
    pub(crate) fn plan(&self, intent: &Intent) -> Plan {
        make_plan(intent, self.gathered()).unwrap()
    }

    pub(crate) fn gathered(&self) -> Gathered {
        let files = Photo::of(&self.root()).files;
        let images = files.keys().filter(|path| is_image(path.as_os_str()));
        let wanted: Vec<Wanted> = images
            .enumerate()
            .map(|(n, image)| Wanted {
                file: Some(FileId(n as i64)),
                path: self.root().join(image),
                root: self.root(),
            })
            .collect();
        sources(&wanted, &ENDINGS.map(str::to_owned), &is_image)
    }

    pub(crate) fn trash(&self) -> FolderTrash {
        FolderTrash {
            folder: self.base.path().join("trash"),
            lock: Mutex::new(()),
        }
    }
}

const ENDINGS: [&str; 3] = ["txt", "caption", "json"];

fn is_image(name: &OsStr) -> bool {
    let ending = Path::new(name).extension();
    !ending.is_some_and(|ending| ENDINGS.iter().any(|sidecar| ending == *sidecar))
}

fn put(path: &Path, text: &str, n: usize) {
    fs::write(path, text).unwrap();
    fsops::set_mtime(path, 1_600_000_000_123_456_789 + n as i64 * 1_000_000_007).unwrap();
}

/// A folder on another volume than temporary files, if there is one.
pub(crate) fn other_volume() -> Option<TempDir> {
    use std::os::unix::fs::MetadataExt as _;
    let here = tempfile::tempdir().unwrap();
    let away = tempfile::tempdir_in("/dev/shm").ok()?;
    let dev = |dir: &TempDir| fs::metadata(dir.path()).unwrap().dev();
    if dev(&here) == dev(&away) {
        println!("skipped: /dev/shm is no other volume");
        return None;
    }
    Some(away)
}

/// A trash that is a folder.
pub(crate) struct FolderTrash {
    folder: PathBuf,
    lock: Mutex<()>,
}

impl Trash for FolderTrash {
    fn put(&self, path: &Path) -> Result<String, FileError> {
        let _guard = self.lock.lock().unwrap();
        fs::create_dir_all(&self.folder).unwrap();
        let n = fs::read_dir(&self.folder).unwrap().count();
        let mut name = OsString::from(format!("{n} "));
        name.push(path.file_name().unwrap());
        fsops::move_file(path, &self.folder.join(name))?;
        Ok(format!("{n} "))
    }

    fn find(&self, original: &Path, stamp: Stamp) -> Option<String> {
        let entries = fs::read_dir(&self.folder).ok()?;
        let mut all = entries.map(|entry| entry.unwrap().path());
        let name = paths::to_bytes(original.file_name().unwrap());
        let file = all.find(|path| {
            paths::to_bytes(path).ends_with(&name) && fsops::stamp(path).unwrap() == stamp
        })?;
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        Some(format!("{} ", name.split(' ').next().unwrap()))
    }

    fn restore(&self, detail: &str, original: &Path, stamp: Stamp) -> Result<(), FileError> {
        let mut name = OsString::from(detail);
        name.push(original.file_name().unwrap());
        let file = self.folder.join(name);
        assert_eq!(fsops::stamp(&file).unwrap(), stamp);
        fsops::move_file(&file, original)
    }
}

/// Carries out a plan.
pub(crate) fn apply(world: &World, journal: &MemJournal, plan: Plan) -> Applied {
    let trash = world.trash();
    let hands = Hands {
        journal,
        trash: &trash,
    };
    let (token, progress) = (CancelToken::new(), Progress::default());
    hands.apply(&plan.confirm(), &token, &progress, 1).unwrap()
}

/// Undoes an operation.
pub(crate) fn undo(
    world: &World,
    journal: &MemJournal,
    op: bandpass::domain::op::OpId,
) -> Result<Undone, bandpass::base::Problem> {
    let trash = world.trash();
    let hands = Hands {
        journal,
        trash: &trash,
    };
    hands.undo(op, &CancelToken::new(), &Progress::default())
}
