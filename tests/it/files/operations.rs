//! Plan, apply, undo.

use std::fs;
use std::path::Path;

use bandpass::base::{CancelToken, Progress};
use bandpass::domain::op::{Intent, OpState};
use bandpass::engine::files::{Hands, StepState, fsops};
use proptest::prelude::*;

use super::journal::MemJournal;
use super::tree::{FOLDERS, Item, NAMES, Photo, World, apply, undo};

fn trees() -> impl Strategy<Value = Vec<Item>> {
    let sidecars = prop::sample::select(vec![
        &[] as &[&str],
        &["txt"],
        &["txt", "caption"],
        &["json", "txt"],
    ]);
    let item = (
        prop::sample::select(FOLDERS.to_vec()),
        prop::sample::select(NAMES.to_vec()),
        sidecars,
    );
    prop::collection::vec(item, 1..12)
}

fn round_trip(world: &World, intent: &Intent) {
    let before = world.photo();
    let journal = MemJournal::default();
    let plan = world.plan(intent);
    let (n_images, n_steps) = (plan.n_images as u64, plan.steps.len());
    let steps = plan.steps.clone();
    let applied = apply(world, &journal, plan);
    assert_eq!(applied.failed, []);
    assert_eq!(applied.n_done, n_images);
    for step in &steps {
        let copying = matches!(intent, Intent::Copy(_));
        assert_eq!(fsops::is_free(&step.from), !copying);
        let there = step.to.as_deref().map(|to| fsops::stamp(to).unwrap());
        assert!(there.is_none_or(|s| s.size == step.size && s.mtime_ns == step.mtime_ns));
    }
    let undone = undo(world, &journal, applied.op).unwrap();
    assert!(undone.complete && undone.failed.is_empty());
    assert_eq!(undone.n_undone, n_images);
    assert_eq!(
        journal.states(applied.op),
        (OpState::Undone, vec![StepState::Undone; n_steps])
    );
    let mut now = world.photo();
    now.0.folders.remove(std::path::Path::new("trash"));
    assert_eq!(now, before);
    let again = undo(world, &journal, applied.op).unwrap_err();
    assert!(again.to_string().contains("undone already"), "{again}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_then_undoing_is_identity(tree in trees(), keep in any::<bool>()) {
        for across in [false, true] {
            for which in 0..3 {
                let world = if across { World::across(&tree) } else { Some(World::new(&tree)) };
                let Some(world) = world else { continue };
                let intent = match which {
                    0 => Intent::Move(world.to(keep)),
                    1 => Intent::Copy(world.to(keep)),
                    _ => Intent::Trash,
                };
                round_trip(&world, &intent);
            }
        }
    }
}

const PAIR: &[Item] = &[("", b"a.png", &["txt"]), ("", b"b.png", &["txt"])];

#[test]
fn a_name_taken_since_the_plan_stops_the_item_and_is_not_overwritten() {
    for across in [false, true] {
        for copying in [false, true] {
            let world = if across {
                World::across(PAIR)
            } else {
                Some(World::new(PAIR))
            };
            let Some(world) = world else { continue };
            let to = world.to(false);
            let intent = if copying {
                Intent::Copy(to)
            } else {
                Intent::Move(to)
            };
            let plan = world.plan(&intent);
            fs::create_dir_all(world.out()).unwrap();
            fs::write(world.out().join("a.txt"), "mine").unwrap();
            let journal = MemJournal::default();
            let applied = apply(&world, &journal, plan);
            assert_eq!(applied.n_done, 1);
            assert_eq!(applied.failed.len(), 1);
            assert_eq!(applied.failed[0].0, world.root().join("a.txt"));
            assert_eq!(fs::read(world.out().join("a.txt")).unwrap(), b"mine");
            assert!(
                world.root().join("a.png").is_file(),
                "its image stays with it"
            );
            assert!(!world.out().join("a.png").exists());
            assert!(world.out().join("b.png").is_file());
        }
    }
}

#[test]
fn a_file_changed_since_the_plan_is_left_alone() {
    let world = World::new(PAIR);
    let plan = world.plan(&Intent::Move(world.to(false)));
    fs::write(world.root().join("a.txt"), "edited meanwhile").unwrap();
    fs::remove_file(world.root().join("b.png")).unwrap();
    let applied = apply(&world, &MemJournal::default(), plan);
    assert_eq!((applied.n_done, applied.failed.len()), (0, 2));
    assert!(
        applied.failed[0].1.contains("changed"),
        "{:?}",
        applied.failed
    );
    assert!(applied.failed[1].1.contains("no longer there"));
    assert!(world.root().join("a.png").is_file());
    assert!(world.root().join("b.txt").is_file());
    assert!(!world.out().exists(), "no empty folder is left");
}

#[test]
fn undo_leaves_what_was_changed_since_and_goes_on() {
    let world = World::new(PAIR);
    let journal = MemJournal::default();
    let applied = apply(&world, &journal, world.plan(&Intent::Move(world.to(false))));
    fs::write(world.out().join("a.txt"), "a better caption").unwrap();
    let undone = undo(&world, &journal, applied.op).unwrap();
    assert!(!undone.complete);
    assert_eq!(undone.failed.len(), 1);
    assert!(
        world.out().join("a.png").is_file(),
        "the image stays with its caption"
    );
    assert!(world.root().join("b.png").is_file() && world.root().join("b.txt").is_file());
    assert_eq!(
        journal.states(applied.op).0,
        OpState::Done,
        "may be undone again"
    );
}

#[test]
fn undo_does_not_overwrite_what_took_the_old_place() {
    let world = World::new(PAIR);
    let journal = MemJournal::default();
    let applied = apply(&world, &journal, world.plan(&Intent::Move(world.to(false))));
    fs::write(world.root().join("a.png"), "newcomer").unwrap();
    let undone = undo(&world, &journal, applied.op).unwrap();
    assert_eq!(undone.failed.len(), 1);
    assert_eq!(fs::read(world.root().join("a.png")).unwrap(), b"newcomer");
    fs::remove_file(world.root().join("a.png")).unwrap();
    assert!(undo(&world, &journal, applied.op).unwrap().complete);
    assert!(!world.out().exists());
}

#[test]
fn undoing_a_copy_keeps_a_copy_that_may_be_the_last() {
    let world = World::new(PAIR);
    let journal = MemJournal::default();
    let applied = apply(&world, &journal, world.plan(&Intent::Copy(world.to(false))));
    assert_eq!(applied.copied.len(), 2);
    fs::remove_file(world.root().join("a.png")).unwrap();
    fs::write(world.out().join("b.png"), "retouched").unwrap();
    let undone = undo(&world, &journal, applied.op).unwrap();
    assert_eq!(undone.failed.len(), 2, "{:?}", undone.failed);
    assert!(world.out().join("a.png").is_file());
    assert_eq!(fs::read(world.out().join("b.png")).unwrap(), b"retouched");
}

/// Puts a link to `to` where the folder `at` is.
fn become_link(at: &Path, to: &Path) {
    fs::remove_dir_all(at).unwrap();
    std::os::unix::fs::symlink(to, at).unwrap();
}

#[test]
fn undoing_a_copy_spares_the_originals_when_its_folder_is_a_link_to_theirs() {
    for deep in [false, true] {
        let items: &[Item] = if deep {
            &[("a/b", b"a.png", &["txt"])]
        } else {
            PAIR
        };
        let world = World::new(items);
        let before = Photo::of(&world.root());
        let journal = MemJournal::default();
        let applied = apply(&world, &journal, world.plan(&Intent::Copy(world.to(true))));
        if deep {
            become_link(&world.out().join("a"), &world.root().join("a"));
        } else {
            become_link(&world.out(), &world.root());
        }
        let undone = undo(&world, &journal, applied.op).unwrap();
        assert_eq!(undone.n_undone, 0);
        assert!(
            undone.failed[0].1.contains("last one"),
            "{:?}",
            undone.failed
        );
        assert_eq!(Photo::of(&world.root()), before);
    }
}

#[test]
fn a_folder_that_became_a_link_to_the_source_gets_nothing() {
    let items: &[Item] = &[("a", b"a.png", &["txt"]), ("b", b"b.png", &["txt"])];
    for copying in [false, true] {
        let world = World::new(items);
        let before = Photo::of(&world.root());
        let to = world.to(true);
        let intent = if copying {
            Intent::Copy(to)
        } else {
            Intent::Move(to)
        };
        let mut plan = world.plan(&intent);
        // As if names had been taken when the plan was made: in the same folder they are free.
        for step in &mut plan.steps {
            let to = step.to.as_mut().unwrap();
            let name = format!("2 {}", to.file_name().unwrap().display());
            to.set_file_name(name);
        }
        fs::create_dir_all(world.out()).unwrap();
        for folder in ["a", "b"] {
            let link = world.out().join(folder);
            std::os::unix::fs::symlink(world.root().join(folder), link).unwrap();
        }
        let applied = apply(&world, &MemJournal::default(), plan);
        assert_eq!((applied.n_done, applied.failed.len()), (0, 2));
        assert!(
            applied.failed[0].1.contains("another name"),
            "{:?}",
            applied.failed
        );
        assert_eq!(Photo::of(&world.root()), before);
    }
}

#[test]
fn cancelling_stops_between_items_and_what_is_done_can_be_undone() {
    let world = World::new(PAIR);
    let before = world.photo();
    let plan = world.plan(&Intent::Move(world.to(false))).confirm();
    let journal = MemJournal::default();
    let trash = world.trash();
    let hands = Hands {
        journal: &journal,
        trash: &trash,
    };
    let token = CancelToken::new();
    token.cancel();
    let applied = hands.apply(&plan, &token, &Progress::default(), 1).unwrap();
    assert!(applied.cancelled);
    assert_eq!(applied.n_done, 0);
    assert_eq!(world.photo(), before);
    assert_eq!(journal.states(applied.op).0, OpState::Done);
}
