//! A kill at every call of the journal: nothing is lost, and undo leads back to the start.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use bandpass::base::{CancelToken, Progress};
use bandpass::domain::image::Stamp;
use bandpass::domain::op::{Intent, OpId, OpState, Step};
use bandpass::engine::files::trash::Trash;
use bandpass::engine::files::{Hands, Journal as _, StepState, fsops};

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
            "litter: {}",
            name.display()
        );
    }
    if !journal.is_empty() {
        assert_whole(journal);
    }
}

fn assert_whole(journal: &MemJournal) {
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

/// What a kill amid a step leaves.
#[derive(Debug, Clone, Copy)]
enum Torn {
    NotBegun,
    HalfCopy,
    Both,
    Done,
}

const TORN: [Torn; 4] = [Torn::NotBegun, Torn::HalfCopy, Torn::Both, Torn::Done];

fn tear(step: &Step, intent: &Intent, torn: Torn, trash: &dyn Trash) {
    let Some(to) = &step.to else {
        if !matches!(torn, Torn::NotBegun | Torn::HalfCopy) {
            trash.put(&step.from).unwrap();
        }
        return;
    };
    if !matches!(torn, Torn::NotBegun) {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
    }
    match torn {
        Torn::NotBegun => {}
        Torn::HalfCopy => {
            let name = bandpass::base::paths::to_bytes(to.file_name().unwrap());
            let hash = blake3::hash(&name).to_hex();
            let part = format!(".bandpass-{}-x1y2z3.part", &hash[..16]);
            fs::write(to.with_file_name(part), "half").unwrap();
        }
        Torn::Both => fsops::copy_file(&step.from, to).unwrap(),
        Torn::Done if matches!(intent, Intent::Copy(_)) => {
            fsops::copy_file(&step.from, to).unwrap();
        }
        Torn::Done => fsops::move_file(&step.from, to).unwrap(),
    }
}

#[test]
fn a_kill_amid_any_step_loses_nothing() {
    for make in worlds() {
        for which in 0..5 {
            // Six steps in four states each; each state at each step, in varying company.
            for seed in 0..16_usize {
                let Some(world) = make() else { continue };
                let intent = intents(&world)[which].clone();
                let before = world.photo();
                let start = World0 {
                    here: world.photo().0,
                };
                let plan = world.plan(&intent);
                let journal = MemJournal::default();
                journal.begin("test", &intent, &plan.steps, 1).unwrap();
                let note = |step: &Step| {
                    let folder = step.to.as_deref().and_then(Path::parent);
                    let made = folder.map_or(0, |to| fsops::missing_folders(to).len());
                    let (size, mtime) = (step.size, step.mtime_ns);
                    format!(r#"{{"size":{size},"mtime_ns":{mtime},"made":{made}}}"#)
                };
                let doing = |(seq, step)| (seq, StepState::Doing, Some(note(step)));
                let lines = plan.steps.iter().enumerate().map(doing).collect();
                journal.steps(OpId(1), lines).unwrap();
                for (seq, step) in plan.steps.iter().enumerate() {
                    let torn = TORN[(seed.wrapping_mul(2_654_435_761) >> (2 * seq)) % 4];
                    tear(step, &intent, torn, &world.trash());
                }
                settle(&world, &journal, &start);
                let undone = undo(&world, &journal, OpId(1)).unwrap();
                assert_eq!(undone.failed, [], "{seed} {}", intent.name());
                let kill = Kill {
                    at: seed,
                    written: false,
                };
                assert_same(&world, &before, kill);
            }
        }
    }
}

#[test]
fn a_kill_amid_any_step_of_an_undo_loses_nothing() {
    for make in worlds() {
        for which in 0..5 {
            for seed in 0..16_usize {
                let Some(world) = make() else { continue };
                let intent = intents(&world)[which].clone();
                let before = world.photo();
                let start = World0 {
                    here: world.photo().0,
                };
                let journal = MemJournal::default();
                let op = apply(&world, &journal, world.plan(&intent)).op;
                journal.state(op, OpState::Undoing).unwrap();
                for (seq, (step, _, detail)) in journal.load(op).unwrap().steps.iter().enumerate() {
                    let torn = TORN[(seed.wrapping_mul(2_654_435_761) >> (2 * seq)) % 4];
                    match (&intent, &step.to) {
                        (Intent::Copy(_), Some(to)) if matches!(torn, Torn::Done) => {
                            fs::remove_file(to).unwrap();
                        }
                        (Intent::Move(_), Some(to)) => {
                            let back = Step {
                                from: to.clone(),
                                to: Some(step.from.clone()),
                                ..step.clone()
                            };
                            tear(&back, &intent, torn, &world.trash());
                        }
                        (Intent::Trash, None) if matches!(torn, Torn::Done) => {
                            let note: serde_json::Value =
                                serde_json::from_str(detail.as_ref().unwrap()).unwrap();
                            let place = note["trashed"].as_str().unwrap();
                            let stamp = Stamp {
                                size: step.size,
                                mtime_ns: step.mtime_ns,
                            };
                            world.trash().restore(place, &step.from, stamp).unwrap();
                        }
                        _ => {}
                    }
                }
                settle(&world, &journal, &start);
                if journal.states(op).0 == OpState::Done {
                    let undone = undo(&world, &journal, op).unwrap();
                    assert_eq!(undone.failed, [], "{seed} {}", intent.name());
                }
                let kill = Kill {
                    at: seed,
                    written: false,
                };
                assert_same(&world, &before, kill);
            }
        }
    }
}

#[test]
fn what_is_not_ours_is_left_where_it_is() {
    let world = World::new(ITEMS);
    let intent = Intent::Move(world.to(false));
    let plan = world.plan(&intent);
    let journal = MemJournal::default();
    journal.begin("test", &intent, &plan.steps, 1).unwrap();
    let doing = (0..plan.steps.len()).map(|seq| (seq, StepState::Doing, None));
    journal.steps(OpId(1), doing.collect()).unwrap();
    let to = plan.steps[0].to.clone().unwrap();
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::write(&to, "a newcomer's").unwrap();
    let stranger = to.with_file_name(".bandpass-0123456789abcdef-aaaaaa.part");
    fs::write(&stranger, "of another copy").unwrap();
    let before = world.photo();
    let trash = world.trash();
    let hands = Hands {
        journal: &journal,
        trash: &trash,
    };
    let recovered = hands.recover().unwrap();
    assert_eq!(recovered[0].n_done, 0);
    assert!(
        recovered[0].text.contains("interrupted after 0"),
        "{}",
        recovered[0].text
    );
    assert_eq!(world.photo(), before);
}

#[test]
fn a_drive_that_is_not_plugged_in_is_waited_for() {
    let world = World::new(ITEMS);
    let intent = Intent::Move(world.to(true));
    let plan = world.plan(&intent);
    let journal = MemJournal::default();
    journal.begin("test", &intent, &plan.steps, 1).unwrap();
    let doing = (0..plan.steps.len()).map(|seq| (seq, StepState::Doing, None));
    journal.steps(OpId(1), doing.collect()).unwrap();
    let before = world.photo();
    for step in &plan.steps {
        tear(step, &intent, Torn::Done, &world.trash());
    }
    let (out, away) = (world.out(), world.base.path().join("unplugged"));
    fs::rename(&out, &away).unwrap();
    let trash = world.trash();
    let hands = Hands {
        journal: &journal,
        trash: &trash,
    };
    let recovered = hands.recover().unwrap();
    assert_eq!(recovered[0].unreachable.len(), plan.steps.len());
    assert!(recovered[0].text.contains("plug the drive in"));
    fs::rename(&away, &out).unwrap();
    let recovered = hands.recover().unwrap();
    assert_eq!(recovered[0].n_done, plan.steps.len());
    assert_eq!(recovered[0].moved.len(), plan.n_images);
    assert!(undo(&world, &journal, OpId(1)).unwrap().complete);
    fs::remove_dir_all(world.base.path().join("out")).unwrap();
    assert_eq!(world.photo(), before);
}

/// The place that a plan names as its destination has become a link to the source, or the other way
/// round: there is one file under two names, and it stays.
#[test]
fn one_file_under_two_names_is_never_cleared_away() {
    for (which, begin) in [
        (0, OpState::Running),
        (2, OpState::Running),
        (0, OpState::Undoing),
    ] {
        let world = World::new(ITEMS);
        let intent = [
            Intent::Move(world.to(true)),
            Intent::Trash,
            Intent::Copy(world.to(true)),
        ][which]
            .clone();
        let start = World0 {
            here: world.photo().0,
        };
        let journal = MemJournal::default();
        if begin == OpState::Undoing {
            let op = apply(&world, &journal, world.plan(&intent)).op;
            journal.state(op, OpState::Undoing).unwrap();
            fs::remove_dir_all(world.root()).unwrap();
            std::os::unix::fs::symlink(world.out(), world.root()).unwrap();
        } else {
            let plan = world.plan(&intent);
            journal.begin("test", &intent, &plan.steps, 1).unwrap();
            let doing = (0..plan.steps.len()).map(|seq| (seq, StepState::Doing, None));
            journal.steps(OpId(1), doing.collect()).unwrap();
            fs::create_dir_all(world.out().parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(world.root(), world.out()).unwrap();
        }
        settle(&world, &journal, &start);
        let (_, states) = journal.states(OpId(1));
        let expected = if begin == OpState::Undoing {
            StepState::Done
        } else {
            StepState::Failed
        };
        assert!(states.iter().all(|state| *state == expected), "{states:?}");
        undo(&world, &journal, OpId(1)).unwrap();
        settle(&world, &journal, &start);
    }
}
