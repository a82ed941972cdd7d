use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use proptest::prelude::*;

use super::*;
use crate::curation::sidecars::{Siblings, sidecars_of};
use crate::domain::image::{FileId, Stamp};

const STAMP: Stamp = Stamp {
    size: 10,
    mtime_ns: 7,
};

fn source(path: &str, sidecars: &[&str]) -> Source {
    Source {
        file: Some(FileId(1)),
        path: path.into(),
        root: "/r".into(),
        stamp: STAMP,
        sidecars: sidecars
            .iter()
            .map(|path| Sidecar {
                path: path.into(),
                stamp: STAMP,
            })
            .collect(),
    }
}

fn to(folder: &str, keep_tree: bool) -> Destination {
    Destination {
        folder: folder.into(),
        keep_tree,
    }
}

/// The steps as `from > to` and the skips as `path: reason`.
fn told(intent: &Intent, sources: &[Source], there: &[&str], fold: bool) -> Vec<String> {
    let taken = |path: &Path| there.iter().any(|known| Path::new(known) == path);
    let plan = match plan(intent, sources, &taken, fold) {
        Ok(plan) => plan,
        Err(problem) => return vec![problem.to_string()],
    };
    let steps = plan.steps.iter().map(|step| {
        let to = step.to.clone().unwrap_or("trash".into());
        format!("{} {} > {}", step.item, step.from.display(), to.display())
    });
    let skips = plan.skipped.iter();
    let skips = skips.map(|skip| format!("{}: {}", skip.path.display(), skip.reason));
    steps.chain(skips).collect()
}

#[test]
fn pairs_keep_one_stem_when_a_name_is_taken() {
    let sources = [source(
        "/r/a.png",
        &["/r/a.txt", "/r/a.png.txt", "/r/a-mask.png"],
    )];
    for there in [["/d/a.png"], ["/d/a.txt"], ["/d/a.png.txt"]] {
        assert_eq!(
            told(&Intent::Move(to("/d", false)), &sources, &there, false),
            [
                "0 /r/a.png > /d/a (2).png",
                "0 /r/a.txt > /d/a (2).txt",
                "0 /r/a.png.txt > /d/a (2).png.txt",
                "0 /r/a-mask.png > /d/a (2)-mask.png",
            ],
            "{there:?}"
        );
    }
    let there = ["/d/a.png", "/d/a (2).txt"];
    let got = told(&Intent::Copy(to("/d", false)), &sources, &there, false);
    assert_eq!(got[0], "0 /r/a.png > /d/a (3).png");
}

#[test]
fn clashes_among_the_sources_count_up() {
    let sources = ["/r/x/a.png", "/r/y/a.png", "/r/z/a.png"].map(|path| source(path, &[]));
    assert_eq!(
        told(&Intent::Move(to("/d", false)), &sources, &[], false),
        [
            "0 /r/x/a.png > /d/a.png",
            "1 /r/y/a.png > /d/a (2).png",
            "2 /r/z/a.png > /d/a (3).png",
        ]
    );
    assert_eq!(
        told(&Intent::Copy(to("/d", true)), &sources[..2], &[], false),
        ["0 /r/x/a.png > /d/x/a.png", "1 /r/y/a.png > /d/y/a.png"]
    );
}

#[test]
fn a_caption_never_meets_an_image_from_another_folder() {
    let with = source("/r/x/a.png", &["/r/x/a.txt"]);
    let without = source("/r/y/a.jpg", &[]);
    let intent = Intent::Move(to("/d", false));
    assert_eq!(
        told(&intent, &[with.clone(), without.clone()], &[], false)[2],
        "1 /r/y/a.jpg > /d/a (2).jpg"
    );
    assert_eq!(
        told(&intent, &[without, with], &[], false),
        [
            "0 /r/y/a.jpg > /d/a.jpg",
            "1 /r/x/a.png > /d/a (2).png",
            "1 /r/x/a.txt > /d/a (2).txt"
        ]
    );
}

#[test]
fn a_shared_sidecar_goes_once_with_the_last_and_stays_with_one_that_stays() {
    let pair = ["/r/a.png", "/r/a.jpg"].map(|path| source(path, &["/r/a.txt"]));
    for intent in [Intent::Move(to("/d", false)), Intent::Copy(to("/d", false))] {
        assert_eq!(
            told(&intent, &pair, &["/d/a.jpg"], false),
            [
                "0 /r/a.png > /d/a (2).png",
                "1 /r/a.jpg > /d/a (2).jpg",
                "1 /r/a.txt > /d/a (2).txt",
            ]
        );
    }
    assert_eq!(
        told(&Intent::Trash, &pair, &[], false),
        [
            "0 /r/a.png > trash",
            "1 /r/a.jpg > trash",
            "1 /r/a.txt > trash"
        ]
    );
    let mut stays = pair.clone();
    stays[0].root = "/".into();
    assert_eq!(
        told(&Intent::Move(to("/", true)), &stays, &[], false),
        [
            "0 /r/a.jpg > /a.jpg",
            "/r/a.txt: it also belongs to an image that stays: /r/a.png",
            "/r/a.png: already there",
        ]
    );
}

#[test]
fn what_is_there_stays_and_what_is_listed_twice_goes_once() {
    let sources = [
        source("/d/a.png", &["/d/a.txt"]),
        source("/r/b.png", &[]),
        source("/r/b.png", &[]),
        source("b.png", &[]),
    ];
    for intent in [Intent::Move(to("/d", false)), Intent::Copy(to("/d", false))] {
        assert_eq!(
            told(&intent, &sources, &["/d/a.png", "/d/a.txt"], false),
            [
                "0 /r/b.png > /d/b.png",
                "/d/a.png: already there",
                "b.png: its path is not absolute"
            ]
        );
    }
}

#[test]
fn destinations_below_a_moved_file_or_relative_are_refused() {
    let sources = [source("/r/a.png", &["/r/a.txt"])];
    for folder in ["/r/a.png", "/r/a.txt/x", "d"] {
        let got = told(&Intent::Move(to(folder, false)), &sources, &[], false);
        assert!(got[0].starts_with("can't move there"), "{got:?}");
    }
    let got = told(&Intent::Move(to("/R/A.png/x", false)), &sources, &[], true);
    assert!(got[0].starts_with("can't move there"), "{got:?}");
}

#[test]
fn names_that_differ_by_case_or_composition_clash_where_that_counts() {
    let sources = [
        "/r/x/が.png",
        "/r/y/か\u{3099}.png",
        "/r/z/A.png",
        "/r/w/a.PNG",
    ]
    .map(|path| source(path, &[]));
    let intent = Intent::Move(to("/d", false));
    let got = told(&intent, &sources, &[], true);
    assert_eq!(got[1], "1 /r/y/か\u{3099}.png > /d/か\u{3099} (2).png");
    assert_eq!(got[3], "3 /r/w/a.PNG > /d/a (2).PNG");
    assert!(
        told(&intent, &sources, &[], false)
            .iter()
            .all(|line| !line.contains("(2)"))
    );
}

#[test]
fn a_file_never_takes_the_name_of_a_folder_that_is_needed() {
    let mut file = source("/q/a", &[]);
    file.root = "/q".into();
    let inside = source("/r/a/b.png", &[]);
    let intent = Intent::Move(to("/d", true));
    assert_eq!(
        told(&intent, &[inside.clone(), file.clone()], &[], false),
        ["0 /r/a/b.png > /d/a/b.png", "1 /q/a > /d/a (2)"]
    );
    assert_eq!(
        told(&intent, &[file, inside], &[], false),
        [
            "0 /q/a > /d/a",
            "/r/a/b.png: a file has the name of its folder"
        ]
    );
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_keep_their_bytes() {
    let odd = crate::base::paths::from_bytes(b"/r/\xff\xe3.png");
    let mut image = source("/r/a.png", &[]);
    image.path = odd.into();
    let taken = |path: &Path| !path.to_string_lossy().contains("(2)");
    for fold in [false, true] {
        let intent = Intent::Move(to("/d", false));
        let plan = plan(&intent, &[image.clone()], &taken, fold).unwrap();
        let to = plan.steps[0].to.clone().unwrap();
        assert_eq!(crate::base::paths::to_bytes(to), b"/d/\xff\xe3 (2).png");
    }
}

#[test]
fn a_name_that_is_never_free_ends() {
    let sources = [source("/r/a.png", &["/r/a.txt"])];
    let plan = plan(&Intent::Copy(to("/d", false)), &sources, &|_| true, false).unwrap();
    assert_eq!(
        (plan.steps.len(), plan.skipped.len(), plan.bytes),
        (0, 2, 0)
    );
}

/// Files by path; the number is the content.
type Tree = BTreeMap<PathBuf, usize>;

fn apply(tree: &mut Tree, steps: &[Step], copy: bool) {
    for step in steps {
        let content = if copy {
            tree[&step.from]
        } else {
            tree.remove(&step.from).expect("it is there")
        };
        if let Some(to) = &step.to {
            assert!(
                tree.insert(to.clone(), content).is_none(),
                "overwrites {to:?}"
            );
        }
    }
}

const DIRS: [&str; 5] = ["/r/a", "/r/b", "/r/b/a", "/d", "/d/a"];
const NAMES: [&str; 11] = [
    "x.png",
    "x.jpg",
    "x.txt",
    "x.png.txt",
    "X.png",
    "X.txt",
    "x (2).png",
    "x (2).txt",
    "が.png",
    "か\u{3099}.png",
    "x",
];

fn is_image(name: &std::ffi::OsStr) -> bool {
    !name.to_string_lossy().ends_with(".txt")
}

/// The sources of a selection; `strict` leaves shared captions alone, as the engine does.
fn sources(tree: &Tree, chosen: &[PathBuf], strict: bool) -> Vec<Source> {
    let endings = ["txt".to_owned()];
    let resolve = |path: &PathBuf| {
        let folder = path.parent().unwrap();
        let beside = tree.keys().filter(|known| known.parent() == Some(folder));
        let names = beside.map(|path| path.file_name().unwrap().to_owned());
        let siblings = Siblings::new(names.collect::<Vec<OsString>>(), is_image);
        let going = |name: &std::ffi::OsStr| !strict || chosen.contains(&folder.join(name));
        let sidecars = sidecars_of(path, &siblings, &endings, &going);
        let sidecars = sidecars.into_iter();
        let sidecars = sidecars.map(|path| Sidecar { path, stamp: STAMP });
        Source {
            sidecars: sidecars.collect(),
            path: path.clone(),
            ..source("/", &[])
        }
    };
    chosen.iter().map(resolve).collect()
}

fn check(tree: &Tree, sources: &[Source], intent: &Intent, fold: bool) {
    let key = |path: &Path| naming::key(path, fold);
    let there: BTreeSet<Vec<u8>> = tree.keys().map(|path| key(path)).collect();
    let plan = plan(intent, sources, &|path| there.contains(&key(path)), fold).unwrap();
    let tos: Vec<&PathBuf> = plan
        .steps
        .iter()
        .filter_map(|step| step.to.as_ref())
        .collect();
    let keys: BTreeSet<Vec<u8>> = tos.iter().map(|path| key(path)).collect();
    assert_eq!(keys.len(), tos.len(), "a destination twice: {plan:#?}");
    assert!(
        keys.is_disjoint(&there),
        "a destination is taken: {plan:#?}"
    );
    let count = |path: &Path| {
        let steps = plan.steps.iter().filter(|step| step.from == path).count();
        steps + plan.skipped.iter().filter(|skip| skip.path == path).count()
    };
    for source in sources {
        assert_eq!(count(&source.path), 1, "{:?} in {plan:#?}", source.path);
        for sidecar in &source.sidecars {
            assert!(count(&sidecar.path) <= 1, "{:?} in {plan:#?}", sidecar.path);
        }
        if plan.steps.iter().any(|step| step.from == source.path) {
            let lost = |sidecar: &&Sidecar| count(&sidecar.path) == 0;
            assert_eq!(source.sidecars.iter().find(lost), None, "{plan:#?}");
        }
    }
    assert_eq!(plan.n_images + plan.n_sidecars, plan.steps.len());
    assert_eq!(plan.bytes, 10 * plan.steps.len() as u64);
    if !fold {
        check_pairs(&plan, sources);
    }
    let mut after = tree.clone();
    apply(&mut after, &plan.steps, matches!(intent, Intent::Copy(_)));
    if matches!(intent, Intent::Move(_)) {
        assert_eq!(after.len(), tree.len());
        apply(&mut after, &inverse(&plan.steps), false);
        assert_eq!(after, *tree, "undo is not the identity of {plan:#?}");
    }
}

/// An image and a caption share a stem at the destination only if they did so at home.
fn check_pairs(plan: &Plan, sources: &[Source]) {
    let place = |path: &Path| {
        (
            path.parent().map(Path::to_path_buf),
            path.file_stem().map(OsString::from),
        )
    };
    let gone = |path: &Path| plan.steps.iter().find(|step| step.from == path);
    for source in sources {
        let Some(image) = gone(&source.path).and_then(|step| step.to.clone()) else {
            continue;
        };
        let captions = plan.steps.iter().filter(|step| step.file.is_none());
        for caption in captions {
            let to = caption.to.clone().unwrap();
            let (before, after) = (place(&source.path), place(&image));
            let paired = place(&caption.from) == before;
            assert_eq!(place(&to) == after, paired, "{image:?} {to:?} in {plan:#?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_is_lost_or_overwritten_and_undo_is_identity(
        there in prop::collection::btree_set((0..DIRS.len(), 0..NAMES.len()), 0..40),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..25),
        folder in prop::sample::select(vec!["/d", "/r/b", "/new/夕"]),
        (keep_tree, fold, strict) in any::<(bool, bool, bool)>(),
    ) {
        let file = |&(dir, name): &(usize, usize)| Path::new(DIRS[dir]).join(NAMES[name]);
        // A file and a folder can't have one name.
        let tree: Tree = there
            .iter()
            .map(file)
            .enumerate()
            .map(|(content, path)| (path, content))
            .collect();
        let images: Vec<PathBuf> = tree
            .keys()
            .filter(|path| is_image(path.file_name().unwrap()))
            .cloned()
            .collect();
        let chosen: Vec<PathBuf> = if images.is_empty() {
            Vec::new()
        } else {
            picks.iter().map(|pick| pick.get(&images).clone()).collect()
        };
        let sources = sources(&tree, &chosen, strict);
        for intent in [
            Intent::Move(to(folder, keep_tree)),
            Intent::Copy(to(folder, keep_tree)),
            Intent::Trash,
        ] {
            check(&tree, &sources, &intent, fold);
        }
    }
}
