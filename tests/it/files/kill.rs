//! A kill at every call of the journal: nothing is lost, and undo leads back to the start.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bandpass::base::{CancelToken, Progress};
use bandpass::domain::op::{Intent, OpId, OpState};
use bandpass::engine::files::{Hands, StepState};

use super::journal::{Kill, MemJournal};
use super::tree::{Item, World, apply, undo};

const ITEMS: &[Item] = &[
    ("", "猫 01.png".as_bytes(), &["txt", "json"]),
    ("a/b", b"broken \xff.png", &["txt"]),
    ("a", "猫 01.png".as_bytes(), &["caption"]),
];

fn worlds() -> Vec<fn() -> Option<World>> {
    vec![|| Some(World::new(ITEMS)), || World::across(ITEMS)]
}

fn intents(world: &World) -> [Intent; 5] {
    [
        Intent::Move(world.to(false)),
        Intent::Move(world.to(true)),
        Intent::Copy(world.to(false)),
        Intent::Copy(world.to(true)),
        Intent::Trash,
    ]
}

fn kills(calls: usize) -> impl Iterator<Item = Kill> {
    (0..calls).flat_map(|at| [false, true].map(|written| Kill { at, written }))
}

/// Runs until the journal kills it.
fn until_killed(world: &World, journal: &MemJournal, work: impl FnOnce(&Hands<'_>)) {
    let trash = world.trash();
    let hands = Hands {
        journal,
        trash: &trash,
    };
    assert!(catch_unwind(AssertUnwindSafe(|| work(&hands))).is_err());
    journal.restart();
}

/// After a restart: the journal is settled, nothing is lost, images have their sidecars.
fn settle(world: &World, journal: &MemJournal, before: &World0) {
    let trash = world.trash();
    let hands = Hands {
        journal,
        trash: &trash,
    };
    let recovered = hands.recover().unwrap();
    assert!(recovered.len() <= 1);
    assert!(
        hands.recover().unwrap().is_empty(),
        "settled once and for all"
    );
    let (here, away) = world.photo();
    let mut now = here.contents();
    for (bytes, n) in away.iter().flat_map(super::tree::Photo::contents) {
        *now.entry(bytes).or_default() += n;
    }
    for (bytes, n) in before.here.contents() {
        assert!(now.get(bytes).is_some_and(|m| *m >= n), "content was lost");
    }
    let names = here
        .files
        .keys()
        .chain(away.iter().flat_map(|away| away.files.keys()));
    for name in names {
        assert!(
            !name.to_string_lossy().contains(".bandpass-"),
            "litter: {name:?}"
        );
    }
    if !journal.is_empty() {
        assert_whole(journal);
    }
}

fn assert_whole(journal: &MemJournal) {
    use bandpass::engine::files::Journal as _;
    let entry = journal.load(OpId(1)).unwrap();
    for item in 0..3 {
        let of_item = entry.steps.iter().filter(|(step, ..)| step.item == item);
        let done: Vec<bool> = of_item
            .map(|(_, state, _)| *state == StepState::Done)
            .collect();
        let torn_by_undo = entry
            .steps
            .iter()
            .any(|(_, state, _)| *state == StepState::Undone);
        assert!(
            torn_by_undo || done.iter().all(|&d| d == done[0]),
            "a torn item"
        );
    }
    for (_, state, _) in &entry.steps {
        assert_ne!(*state, StepState::Doing);
    }
}

struct World0 {
    here: super::tree::Photo,
}

#[test]
fn a_kill_at_any_moment_of_applying_loses_nothing() {
    for make in worlds() {
        for which in 0..5 {
            let Some(world) = make() else { continue };
            let intent = intents(&world)[which].clone();
            let counting = MemJournal::default();
            apply(&world, &counting, world.plan(&intent));
            for kill in kills(counting.calls()) {
                let world = make().unwrap();
                let intent = intents(&world)[which].clone();
                let plan = world.plan(&intent).confirm();
                let before = world.photo();
                let start = World0 {
                    here: world.photo().0,
                };
                let journal = MemJournal::kill_at(kill);
                until_killed(&world, &journal, |hands| {
                    let (token, progress) = (CancelToken::new(), Progress::default());
                    hands.apply(&plan, &token, &progress, 1).ok();
                });
                settle(&world, &journal, &start);
                if journal.is_empty() {
                    assert_eq!(world.photo(), before, "{kill:?}");
                    continue;
                }
                assert_eq!(journal.states(OpId(1)).0, OpState::Done, "{kill:?}");
                let undone = undo(&world, &journal, OpId(1)).unwrap();
                assert_eq!(undone.failed, [], "{kill:?} {}", intent.name());
                assert_same(&world, &before, kill);
            }
        }
    }
}

#[test]
fn a_kill_at_any_moment_of_undoing_loses_nothing() {
    for make in worlds() {
        for which in 0..5 {
            let Some(world) = make() else { continue };
            let intent = intents(&world)[which].clone();
            let counting = MemJournal::default();
            let op = apply(&world, &counting, world.plan(&intent)).op;
            counting.restart();
            undo(&world, &counting, op).unwrap();
            for kill in kills(counting.calls()) {
                let world = make().unwrap();
                let intent = intents(&world)[which].clone();
                let before = world.photo();
                let start = World0 {
                    here: world.photo().0,
                };
                let journal = MemJournal::default();
                apply(&world, &journal, world.plan(&intent));
                journal.arm(kill);
                until_killed(&world, &journal, |hands| {
                    hands
                        .undo(op, &CancelToken::new(), &Progress::default())
                        .ok();
                });
                settle(&world, &journal, &start);
                if journal.states(op).0 != OpState::Undone {
                    let again = undo(&world, &journal, op).unwrap();
                    assert_eq!(again.failed, [], "{kill:?}");
                }
                assert_eq!(journal.states(op).0, OpState::Undone);
                assert_same(&world, &before, kill);
            }
        }
    }
}

/// All as before, but for the empty trash folder.
fn assert_same(
    world: &World,
    before: &(super::tree::Photo, Option<super::tree::Photo>),
    kill: Kill,
) {
    let mut now = world.photo();
    now.0.folders.remove(std::path::Path::new("trash"));
    assert_eq!(now, *before, "{kill:?}");
}
