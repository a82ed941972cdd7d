//! A network that no manifest knows becomes a scorer by a file and a few answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bandpass::engine::models::{ModelDraft, Values, clean_labels};
use bandpass::engine::{Command, Core, Engine, Event, JobState, Places};
use bandpass::zoo::checkpoint::Dtype;
use bandpass::zoo::graph::Builder;

use super::{run_with, scores};
use crate::dataset::Dataset;
use crate::fixture::Fixture;

/// A graph that means each channel of pictures of any size.
fn means(folder: &Path) -> PathBuf {
    let mut graph = Builder::new("means");
    let x = graph.input("x", Dtype::F32, &[None, Some(3), None, None]);
    let y = graph.mean(x, &[2, 3]);
    graph.output("y", y, Dtype::F32, &[None, Some(3)]);
    let file = folder.join("means.onnx");
    std::fs::write(&file, graph.finish().to_onnx().unwrap()).unwrap();
    file
}

/// The means of red, green and blue of one of the set's pictures, 0 to 1.
fn meant(set: &Dataset, name: &str) -> Vec<f64> {
    let picture = image::open(set.path(name)).unwrap().to_rgb8();
    let n = picture.pixels().len() as f64;
    let mean = |c: usize| picture.pixels().map(|p| f64::from(p.0[c])).sum::<f64>() / n / 255.0;
    (0..3).map(mean).collect()
}

#[test]
fn one_command_makes_a_scorer_and_never_writes_over_one() {
    let set = Dataset::new(2);
    let file = means(set.data.path());
    let file = file.to_string_lossy();
    let plain = run_with(&set, None, &["models", "add", &file]).fails(2);
    assert!(plain.stderr().contains("models draft FILE"));
    let draft = run_with(&set, None, &["models", "draft", &file]).ok();
    assert!(
        draft.stdout().contains("size = [224, 224]  # guessed"),
        "{}",
        draft.stdout()
    );
    let add = [
        "models",
        "add",
        &file,
        "--new",
        "mine",
        "--label",
        "My means",
        "--input",
        "0..1",
        "--size",
        "64x48",
        "--channels",
        "bgr",
        "--read",
        "raw",
        "--labels",
        "Blue,Green,Red",
    ];
    let added = run_with(&set, None, &add).ok();
    assert!(
        added.stdout().contains("added for mine"),
        "{}",
        added.stdout()
    );
    let guessed = "guessed: input.fit, input.resampler; see to it in";
    assert!(added.stderr().contains(guessed), "{}", added.stderr());
    run_with(&set, None, &["score", "@", "--with", "mine"]).ok();
    let found = scores(&set, &["mine_red", "mine_green", "mine_blue"]);
    // 64 × 48 pixels: seen as it is.
    for (value, mean) in found["絵0.png"].iter().zip(meant(&set, "soft/絵0.png")) {
        assert!((value - mean).abs() < 1e-5, "{value} for {mean}");
    }
    let manifest = set.data.path().join("models/mine.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let refused = run_with(&set, None, &add).fails(2);
    assert!(
        refused.stderr().contains("a scorer 'mine' already"),
        "{}",
        refused.stderr()
    );
    assert_eq!(std::fs::read_to_string(&manifest).unwrap(), text);
    // One that can't be read is in its way, too.
    let taken = set.data.path().join("models/taken.toml");
    std::fs::write(&taken, "not mine").unwrap();
    let mut other = add;
    other[4] = "taken";
    run_with(&set, None, &other).fails(1);
    assert_eq!(std::fs::read_to_string(&taken).unwrap(), "not mine");
}

#[test]
fn answers_that_make_no_scorer_leave_nothing_behind() {
    let set = Dataset::new(1);
    let file = means(set.data.path());
    let file = file.to_string_lossy();
    for (args, why) in [
        (["--new", "Bad Key", "--read", "raw"], "`key`"),
        (
            ["--new", "few", "--labels", "a,b"],
            "2 labels, and the network gives 3 numbers",
        ),
        (["--new", "big", "--size", "9999x9"], "`input.size`"),
        (["--new", "none", "--output", "z"], "no output 'z'"),
    ] {
        let refused =
            run_with(&set, None, &[&["models", "add", &file][..], &args].concat()).fails(2);
        assert!(refused.stderr().contains(why), "{}", refused.stderr());
    }
    let written = std::fs::read_dir(set.data.path().join("models"))
        .into_iter()
        .flatten();
    let manifests = written
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "toml"));
    assert_eq!(manifests.count(), 0);
}

#[test]
fn a_size_that_is_said_leaves_nothing_of_the_known_one() {
    let set = Dataset::new(1);
    let file = means(set.data.path());
    let processor = r#"{"size": {"shortest_edge": 96}, "resample": 2, "do_center_crop": true,
        "crop_size": 64, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}"#;
    std::fs::write(set.data.path().join("preprocessor_config.json"), processor).unwrap();
    let file = file.to_string_lossy();
    for (key, said, resize) in [
        ("known", &[][..], true),
        ("sized", &["--size", "32x32"], false),
        ("fitted", &["--fit", "shortest-side"], false),
    ] {
        let args = [&["models", "add", &file, "--new", key][..], said];
        run_with(&set, None, &args.concat()).ok();
        let manifest = set.data.path().join(format!("models/{key}.toml"));
        let text = std::fs::read_to_string(manifest).unwrap();
        assert_eq!(text.contains("resize = 96"), resize, "{text}");
    }
}

#[test]
fn a_published_folder_becomes_a_scorer_without_a_question() {
    let Some(fixture) = Fixture::open("siglip2_toy_regression") else {
        return;
    };
    let set = Dataset::new(2);
    let folder = set.data.path().join("quality");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("model.safetensors"), fixture.safetensors()).unwrap();
    let config = r#"{"architectures": ["SiglipForImageClassification"], "model_type": "siglip",
        "problem_type": "regression", "vision_config": {"num_attention_heads": 4}}"#;
    std::fs::write(folder.join("config.json"), config).unwrap();
    let processor = r#"{"image_processor_type": "SiglipImageProcessor",
        "size": {"height": 48, "width": 48}, "resample": 2,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#;
    std::fs::write(folder.join("preprocessor_config.json"), processor).unwrap();
    let folder = folder.to_string_lossy();
    let added = run_with(&set, None, &["models", "add", &folder, "--new", "quality"]).ok();
    assert!(!added.stderr().contains("guessed"), "{}", added.stderr());
    run_with(&set, None, &["score", "@", "--with", "quality"]).ok();
    let found = scores(&set, &["quality"]);
    assert!(found.len() == 4 && found.values().flatten().all(|v| v.is_finite()));
}

/// The engine's answers until one is of use.
fn wait<T>(engine: &Engine, of_use: impl Fn(Event) -> Option<T>) -> T {
    loop {
        let event = engine
            .events()
            .recv_timeout(Duration::from_mins(1))
            .unwrap();
        if let Some(found) = of_use(event) {
            return found;
        }
    }
}

#[test]
fn the_window_asks_the_same_questions() {
    let set = Dataset::new(1);
    let file = means(set.data.path());
    let core = Core::open(Places::find(Some(set.data.path())).unwrap()).unwrap();
    let engine = Engine::start(Arc::new(core), Arc::new(|| {})).unwrap();
    let send = |command| engine.commands().send(command).unwrap();
    send(Command::LookAtModel(set.path("sharp/0.png")));
    let draft = |event| match event {
        Event::ModelDraft(draft) => Some(draft),
        _ => None,
    };
    assert!(wait(&engine, draft).is_err(), "a picture is no network");
    send(Command::LookAtModel(file));
    let ModelDraft { mut own, .. } = *wait(&engine, draft).unwrap();
    assert_eq!(own.answers.key, "means");
    own.answers.labels = clean_labels(["red", "green", "blue"]);
    own.answers.input.values = Some(Values::Signed);
    own.answers.input.spell_out();
    send(Command::AddOwnModel(Box::new(own)));
    let state = wait(&engine, |event| match event {
        Event::Models(models) => models.iter().find(|m| m.key == "means").cloned(),
        Event::Job(job) => {
            assert_ne!(job.state, JobState::Failed);
            None
        }
        _ => None,
    });
    let columns: Vec<&str> = state.columns.iter().map(|c| c.key.as_str()).collect();
    assert_eq!(columns, ["means_red", "means_green", "means_blue"]);
}
