//! From chosen images to a plan.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use bandpass::domain::op::{Destination, Intent};
use bandpass::engine::files::{Wanted, make_plan, sources};

use super::journal::MemJournal;
use super::tree::{Photo, World, apply, undo};

fn wanted(root: &Path, names: &[&str]) -> Vec<Wanted> {
    let wanted = |name: &&str| Wanted {
        file: None,
        path: root.join(name),
        root: root.to_path_buf(),
    };
    names.iter().map(wanted).collect()
}

fn is_image(name: &OsStr) -> bool {
    let ending = Path::new(name).extension();
    ending.is_some_and(|ending| ending == "png" || ending == "jpg")
}

fn endings() -> Vec<String> {
    vec!["txt".to_owned(), "json".to_owned()]
}

fn to(folder: PathBuf, keep_tree: bool) -> Intent {
    Intent::Move(Destination { folder, keep_tree })
}

#[test]
fn sidecars_are_found_and_links_are_left() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for name in ["猫.png", "猫.txt", "猫.png.json", "b.png", "c.png", "c.md"] {
        fs::write(root.join(name), name).unwrap();
    }
    fs::create_dir(root.join("c.txt")).unwrap();
    std::os::unix::fs::symlink("猫.png", root.join("link.png")).unwrap();
    std::os::unix::fs::symlink("猫.txt", root.join("b.txt")).unwrap();
    let names = ["猫.png", "b.png", "c.png", "link.png", "gone.png"];
    let found = sources(&wanted(root, &names), &endings(), &is_image);
    let of = |n: usize| -> Vec<String> {
        let sidecars = found.sources[n].sidecars.iter();
        let names = sidecars.map(|sidecar| sidecar.path.strip_prefix(root).unwrap());
        names.map(|name| name.display().to_string()).collect()
    };
    assert_eq!(found.sources.len(), 2);
    assert_eq!(of(0), ["猫.png.json", "猫.txt"]);
    assert_eq!(of(1), [""; 0], "a folder is no sidecar");
    let skipped: Vec<_> = found.skipped.iter().map(|skip| &skip.path).collect();
    assert_eq!(
        skipped,
        [
            &root.join("b.png"),
            &root.join("link.png"),
            &root.join("gone.png")
        ]
    );
    assert!(
        found.skipped[0].reason.contains("b.txt"),
        "{:?}",
        found.skipped
    );
    let out = tempfile::tempdir().unwrap();
    let plan = make_plan(&to(out.path().to_path_buf(), false), found).unwrap();
    assert_eq!(
        (plan.n_images, plan.n_sidecars, plan.skipped.len()),
        (2, 2, 3)
    );
}

#[test]
fn destinations_with_a_link_back_are_refused() {
    let world = World::new(&[("a", b"a.png", &["txt"]), ("b", b"b.png", &[])]);
    fs::create_dir_all(world.out()).unwrap();
    std::os::unix::fs::symlink(world.root().join("b"), world.out().join("b")).unwrap();
    for intent in [Intent::Move(world.to(true)), Intent::Copy(world.to(true))] {
        let error = make_plan(&intent, world.gathered()).unwrap_err();
        assert!(error.to_string().contains("is a link to"), "{error}");
    }
    let flat = make_plan(&Intent::Move(world.to(false)), world.gathered()).unwrap();
    assert_eq!(flat.n_images, 2);
}

#[test]
fn destinations_that_loop_are_refused() {
    let world = World::new(&[("", b"a.png", &[]), ("best", b"b.png", &[])]);
    let root = world.root();
    let link = world.base.path().join("link");
    std::os::unix::fs::symlink(&root, &link).unwrap();
    let before = Photo::of(world.base.path());
    let try_in = |folder: &Path, keep| make_plan(&to(folder.to_path_buf(), keep), world.gathered());
    let refused = |folder: &Path, keep: bool| try_in(folder, keep).unwrap_err().to_string();

    assert!(refused(&root, true).contains("would come to lie where it is"));
    assert!(refused(&link, true).contains("would come to lie where it is"));
    assert!(refused(&root.join("best"), true).contains("deeper"));
    assert!(refused(&link, false).contains("another name"));
    assert!(refused(&root.join("a.png"), false).contains("not a folder"));
    assert!(refused(&root.join("a.png/x"), false).contains("not a folder"));

    let plan = try_in(&root, false).unwrap();
    assert_eq!(plan.skipped[0].reason, "already there");
    assert_eq!(plan.n_images, 1);
    assert_eq!(try_in(&root.join("best"), false).unwrap().n_images, 1);
    assert_eq!(try_in(&root.join("new"), true).unwrap().n_images, 2);
    assert_eq!(
        Photo::of(world.base.path()),
        before,
        "looking leaves nothing"
    );
}

#[test]
fn clashes_get_new_names_and_nothing_is_overwritten() {
    let world = World::new(&[
        ("a", b"x.png", &["txt"]),
        ("b", b"x.png", &["txt"]),
        ("b/c/d", b"x.png", &[]),
    ]);
    fs::create_dir_all(world.out()).unwrap();
    fs::write(world.out().join("x.png"), "here first").unwrap();
    let before = world.photo();
    let journal = MemJournal::default();
    let plan = world.plan(&Intent::Move(world.to(false)));
    assert_eq!(plan.clashes.len(), 5);
    let applied = apply(&world, &journal, plan);
    assert_eq!((applied.n_done, applied.failed.len()), (3, 0));
    let now = Photo::of(&world.out());
    assert_eq!(now.files[Path::new("x.png")].0, b"here first");
    assert_eq!(now.files.len(), 6);
    undo(&world, &journal, applied.op).unwrap();
    assert_eq!(world.photo(), before);
}
