//! Q-Align in its full form as a user adds and runs it: a folder of shards, pictures in, two scales
//! out; and what a computer with too little memory is told.

use std::path::{Path, PathBuf};

use bandpass::engine::models::BUILT_IN;

use super::{onnx_runtime, run_with, scores};
use crate::dataset::{Dataset, Run};
use crate::fixture::Fixture;
use crate::networks::shards;
use crate::shared::shared;

const PICTURE: &str = "waves_200x300.png";

/// One of our manifests, for the toy twin under a name of its own.
fn manifest(set: &Dataset, subject: &str, memory: u64) {
    let ours = format!("q_align_{subject}");
    let text = BUILT_IN.iter().find(|(key, _)| *key == ours).unwrap().1;
    let text = text
        .replace("distill_q_align_", "DISTILLED_")
        .replace("q_align_", "toy_")
        .replace("DISTILLED_", "distill_q_align_")
        .replace("qalign_", "toy_")
        .replace(
            "image = 448, depth = 32, width = 4096",
            "heads = 6, vision_heads = 4, abstractor_heads = 4",
        )
        .replace("[448, 448]", "[56, 56]")
        .replace("18_000_000_000", &memory.to_string());
    let folder = set.data.path().join("models");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("toy_{subject}.toml")), text).unwrap();
}

/// The toy's shards and their index in a folder of their own.
fn folder(set: &Dataset, fixture: &Fixture) -> PathBuf {
    let folder = set.data.path().join("one-align");
    std::fs::create_dir_all(&folder).unwrap();
    let (index, parts) = shards(fixture);
    std::fs::write(folder.join("model.safetensors.index.json"), index).unwrap();
    for (name, bytes) in parts {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

fn ready(memory: u64) -> Option<(Dataset, Fixture, PathBuf)> {
    let (fixture, picture) = (
        Fixture::open("qalign_toy")?,
        shared(&format!("fixtures/images/{PICTURE}"))?,
    );
    let set = Dataset::empty();
    std::fs::copy(picture, set.path(PICTURE)).unwrap();
    manifest(&set, "quality", memory);
    manifest(&set, "aesthetics", memory);
    let folder = folder(&set, &fixture);
    Some((set, fixture, folder))
}

fn models(set: &Dataset, library: Option<&Path>, args: &[&str]) -> Run {
    run_with(set, library, &[&["models"], args].concat())
}

#[test]
fn a_folder_of_shards_scores_pictures_on_both_scales() {
    for engine in ["rten", "ONNX Runtime"] {
        let library = match engine {
            "rten" => None,
            _ => match onnx_runtime() {
                None => return,
                library => library,
            },
        };
        let Some((set, fixture, folder)) = ready(1 << 20) else {
            return;
        };
        let library = library.as_deref();
        let added = models(&set, library, &["add", &folder.to_string_lossy()]).ok();
        assert!(
            added.stdout().contains("added for toy_quality")
                && added.stdout().contains("toy_aesthetics"),
            "{}",
            added.stdout()
        );
        let shown = models(&set, library, &["show", "toy_quality"])
            .ok()
            .stdout();
        assert!(shown.contains("1.0 MiB of memory"), "{shown}");
        assert!(
            shown.contains("model-00002-of-00002.safetensors"),
            "{shown}"
        );
        let run = run_with(
            &set,
            library,
            &["score", "@", "--with", "toy_quality,toy_aesthetics"],
        )
        .ok();
        assert!(run.stderr().contains(engine), "{}", run.stderr());
        let columns = [
            "toy_quality_score",
            "toy_quality_unit",
            "toy_aesthetics_score",
        ];
        let found = &scores(&set, &columns)[PICTURE];
        let named = |name: &str| {
            fixture
                .golden
                .cases
                .iter()
                .find(|c| c.name == name)
                .unwrap()
        };
        let golden = &named("png_200x300_score_quality").scores;
        for (found, name) in std::iter::zip(found, ["score_1_5", "score_0_1"]) {
            let expected = golden[name].as_f64().unwrap();
            assert!(
                (found - expected).abs() < 1e-4,
                "{engine} {name}: {found}, not {expected}"
            );
        }
        // Another question about the same picture, from the same weights.
        assert!(
            (found[0] - found[2]).abs() > 1e-3 && (1.0..=5.0).contains(&found[2]),
            "{found:?}"
        );
    }
}

#[test]
fn too_little_memory_is_told_before_anything_is_loaded() {
    let Some((set, _, folder)) = ready(1 << 60) else {
        return;
    };
    models(&set, None, &["add", &folder.to_string_lossy()]).ok();
    let listed = models(&set, None, &["list"]).ok().stdout();
    assert!(listed.contains("(needs 1024.0 PiB of memory)"), "{listed}");
    let run = run_with(&set, None, &["score", "@", "--with", "toy_quality"]).fails(1);
    for part in [
        "'toy_quality' can't run on cpu",
        "are free",
        "use distill_q_align_quality",
    ] {
        assert!(run.stderr().contains(part), "{}", run.stderr());
    }
    let bench = models(&set, None, &["bench", "toy_quality"]).fails(1);
    assert!(bench.stderr().contains("are free"), "{}", bench.stderr());
}

#[test]
fn a_set_that_is_not_whole_is_refused_with_the_file_that_is_wrong() {
    let Some((set, _, folder)) = ready(1) else {
        return;
    };
    let second = folder.join("model-00002-of-00002.safetensors");
    let first = folder.join("model-00001-of-00002.safetensors");
    let index = folder.join("model.safetensors.index.json");
    let add = |path: &Path| {
        let run = models(
            &set,
            None,
            &["add", &path.to_string_lossy(), "--as", "toy_quality"],
        );
        let text = run.stderr();
        assert!(run.code() != 0, "{text}");
        text
    };
    // A shard by itself is not the network.
    let one = add(&first);
    assert!(
        one.contains("model.layers.1") || one.contains("no tensor"),
        "{one}"
    );
    let kept = std::fs::read(&second).unwrap();
    std::fs::remove_file(&second).unwrap();
    let gone = add(&folder);
    assert!(gone.contains("model-00002-of-00002.safetensors"), "{gone}");
    // The first again under the second's name: a shard of something else.
    std::fs::copy(&first, &second).unwrap();
    let other = add(&index);
    assert!(other.contains("doesn't belong to this index"), "{other}");
    std::fs::write(&second, kept).unwrap();
    let text = std::fs::read_to_string(&index).unwrap();
    std::fs::write(&index, text.replace("model-00002", "../model-00002")).unwrap();
    let outside = add(&index);
    assert!(outside.contains("no file in its own folder"), "{outside}");
    std::fs::remove_file(&index).unwrap();
    let none = add(&folder);
    assert!(none.contains("no index"), "{none}");
    std::fs::write(&index, text).unwrap();
    models(&set, None, &["add", &folder.to_string_lossy()]).ok();
    // A shard that changes later is noticed before it is read.
    std::fs::write(&second, b"other").unwrap();
    let listed = models(&set, None, &["show", "toy_quality"]).ok().stdout();
    assert!(
        listed.contains("has changed since it was added"),
        "{listed}"
    );
}
