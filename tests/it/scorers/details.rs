//! A network with a score and a map: kept, told, drawn, refused where the file is another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bandpass::domain::catalog::{Catalog, Row};
use bandpass::domain::detail::Detail;
use bandpass::engine::{Command, Core, Engine, Event, Places};
use bandpass::zoo::checkpoint::Dtype;
use bandpass::zoo::graph::{Builder, Network};

use super::run_with;
use super::toy::{TOY, add};
use crate::dataset::Dataset;

/// A picture of 3 × 32 × 32 → its mean, and the mean of its colours at every place.
fn network() -> Network {
    let mut b = Builder::new("map");
    let x = b.input("x", Dtype::F32, &[None, Some(3), Some(32), Some(32)]);
    let map = b.mean(x, &[1]);
    let mean = b.mean(x, &[1, 2, 3]);
    let score = b.reshape(mean, &[-1, 1]);
    b.output("score", score, Dtype::F32, &[None, Some(1)]);
    b.output("map", map, Dtype::F32, &[None, Some(32), Some(32)]);
    b.finish()
}

/// The toy's first column with that map.
fn manifest() -> String {
    let first = TOY.match_indices("[[columns]]").nth(1).unwrap().0;
    let map = "[map]\nlabel = \"Brightness\"\noutput = 1\ncolours = \"grey\"\n\n[[columns]]";
    TOY[..first].replace("[[columns]]", map).replace(
        "name = \"only\"",
        "name = \"only\", outputs = [\"score\", \"map\"]",
    )
}

/// One picture, dark on the left and bright on the right, scored.
fn scored() -> Dataset {
    let set = Dataset::empty();
    set.draw("half.png", 64, |x, _| {
        image::Rgb([if x < 32 { 0 } else { 255 }; 3])
    });
    add(&set, "toy", &manifest(), &network());
    run_with(&set, None, &["score", "@", "--with", "toy"]).ok();
    set
}

/// What the engine says of the only picture, after `change` was done to the opened library.
fn asked(set: &Dataset, change: impl Fn()) -> Result<Vec<(String, Detail)>, String> {
    let core = Core::open(Places::find(Some(set.data.path())).unwrap()).unwrap();
    let engine = Engine::start(Arc::new(core), Arc::new(|| {})).unwrap();
    let (commands, events) = (engine.commands(), engine.events());
    let open = Command::Open(vec![set.root.path().to_path_buf()]);
    commands.send(open).unwrap();
    let began = Instant::now();
    let mut asked = false;
    while began.elapsed() < Duration::from_mins(1) {
        match events.recv_timeout(Duration::from_millis(100)) {
            Ok(Event::Catalog(catalog)) if !asked && is_known(&catalog) => {
                change();
                commands.send(Command::Details(Row(0))).unwrap();
                asked = true;
            }
            Ok(Event::Details { row, result }) => {
                assert_eq!(row, Row(0));
                return result;
            }
            _ => {}
        }
    }
    panic!("no answer");
}

fn is_known(catalog: &Catalog) -> bool {
    !catalog.is_empty() && catalog.content.iter().all(Option::is_some)
}

#[test]
fn a_map_is_kept_and_told() {
    let set = scored();
    let found = asked(&set, || {}).unwrap();
    let [(key, Detail::Map(map))] = found.as_slice() else {
        panic!("no map: {found:?}");
    };
    assert_eq!(key, "toy");
    assert_eq!((map.width, map.height), (32, 32));
    assert!(
        (map.low + 1.0).abs() < 0.2 && (map.high - 1.0).abs() < 0.2,
        "{map:?}"
    );
    for line in map.levels.chunks(32) {
        assert!(line[..12].iter().all(|&level| level < 40), "{line:?}");
        assert!(line[20..].iter().all(|&level| level > 215), "{line:?}");
    }
}

#[test]
fn a_file_that_changed_is_refused() {
    let set = scored();
    let path = set.path("half.png");
    let changed = || std::fs::write(&path, b"something else").unwrap();
    let why = asked(&set, changed).unwrap_err();
    assert!(
        why.contains("the file changed since it was scored; score it again"),
        "{why}"
    );
    std::fs::remove_file(&path).unwrap();
    set.draw("half.png", 64, |_, _| image::Rgb([9; 3]));
    let why = asked(&set, || std::fs::remove_file(&path).unwrap()).unwrap_err();
    assert!(why.contains("half.png"), "{why}");
}

#[test]
fn details_that_were_deleted_or_damaged_are_not_there() {
    let set = scored();
    let file = set.data.path().join("details.db");
    assert!(file.exists());
    std::fs::write(&file, vec![7; 9000]).unwrap();
    assert_eq!(asked(&set, || {}), Ok(Vec::new()));
    assert!(set.data.path().join("details.db.bad").exists());
}

#[test]
fn an_overlay_is_drawn_into_a_new_file() {
    let set = scored();
    let out = set
        .data
        .path()
        .join("over.png")
        .to_string_lossy()
        .into_owned();
    let overlay = ["models", "overlay", "toy", "@/half.png", "--out", &out];
    run_with(&set, None, &overlay).ok();
    let drawn = image::open(&out).unwrap().to_rgb8();
    assert_eq!(drawn.dimensions(), (64, 48));
    assert_eq!(drawn.get_pixel(0, 20).0, [0; 3]);
    assert_eq!(drawn.get_pixel(63, 20).0, [255; 3]);
    // Neither over a file that is there, nor of a picture that is another now.
    let run = run_with(&set, None, &overlay).fails(1);
    assert!(
        run.stderr().contains("choose the name of a new file"),
        "{}",
        run.stderr()
    );
    set.draw("half.png", 64, |_, _| image::Rgb([9; 3]));
    let another = format!("{out}2.png");
    let other = [&overlay[..5], &[&another]].concat();
    let run = run_with(&set, None, &other).fails(2);
    assert!(
        run.stderr().contains("changed since it was scored"),
        "{}",
        run.stderr()
    );
    assert!(!std::path::Path::new(&another).exists());
}

#[test]
fn a_map_beyond_the_outputs_is_refused() {
    let set = Dataset::new(1);
    let text = manifest().replace(
        "outputs = [\"score\", \"map\"]",
        "outputs = [\"map\", \"score\"]",
    );
    add(&set, "toy", &text, &network());
    let run = run_with(&set, None, &["score", "@", "--with", "toy"]).fails(2);
    assert!(
        run.stderr()
            .contains("its map is output 1, which is no grid but [1]"),
        "{}",
        run.stderr()
    );
}
