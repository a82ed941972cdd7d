//! Published ONNX files of every odd kind, by manifests alone: NHWC and NCHW, BGR, odd names, f64
//! inputs, several outputs.

use std::path::Path;

use super::{onnx_runtime, run_with, scores, toy};
use crate::dataset::Dataset;
use crate::shared::shared;

const NETWORKS: [(&str, &str, &str); 4] = [
    (
        "rtmpose_s",
        "rtmpose/rtmpose-s_simcc-body7_pt-body7-halpe26_700e-256x192-7f134165_20230605.onnx",
        "rtmpose_s_mean_score",
    ),
    (
        "pp_ocr_det",
        "pp-ocr/ch_PP-OCRv4_det_infer.onnx",
        "pp_ocr_corner",
    ),
    ("mobilenetv2", "mobilenetv2/mobilenetv2-7.onnx", ""),
    ("fastdepth", "fastdepth/fastdepth_7.onnx", ""),
];

/// A set whose own manifests are those of these keys.
fn set_with(keys: &[&str]) -> Dataset {
    let set = Dataset::new(2);
    let folder = set.data.path().join("models");
    std::fs::create_dir_all(&folder).unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/manifests");
    for key in keys {
        let name = format!("{key}.toml");
        std::fs::copy(ours.join(&name), folder.join(&name)).unwrap();
    }
    set
}

/// The first column of a manifest.
fn column(key: &str) -> String {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/manifests");
    let text = std::fs::read_to_string(ours.join(format!("{key}.toml"))).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table["columns"][0]["key"].as_str().unwrap().to_owned()
}

#[test]
fn networks_of_every_kind_run_by_manifest_on_both_engines() {
    let Some(weights) = shared("weights") else {
        return;
    };
    let mut by_engine = Vec::new();
    for library in [None, onnx_runtime()] {
        let set = set_with(&NETWORKS.map(|(key, ..)| key));
        for (_, file, _) in NETWORKS {
            let file = weights.join(file);
            let run = run_with(&set, None, &["models", "add", &file.to_string_lossy()]).ok();
            assert!(run.stdout().contains("published"), "{}", run.stdout());
        }
        let keys = NETWORKS.map(|(key, ..)| key).join(",");
        run_with(&set, library.as_deref(), &["score", "@", "--with", &keys]).ok();
        let columns = NETWORKS.map(|(key, ..)| column(key));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let found = scores(&set, &columns);
        assert_eq!(found.len(), 4);
        assert!(found.values().flatten().all(|v| v.is_finite()), "{found:?}");
        // No text lies in the corner of any of these pictures.
        let telling = (0..columns.len()).filter(|&k| columns[k] != "pp_ocr_corner");
        for k in telling {
            let mut values: Vec<f64> = found.values().map(|row| row[k]).collect();
            values.dedup();
            assert!(values.len() > 1, "{} tells pictures apart", columns[k]);
        }
        by_engine.push(found);
        if library.is_none() && onnx_runtime().is_none() {
            return;
        }
    }
    for (name, row) in &by_engine[0] {
        for (a, b) in row.iter().zip(&by_engine[1][name]) {
            assert!(
                (a - b).abs() <= 1e-3 * b.abs().max(1.0),
                "{name}: {a} on rten, {b}"
            );
        }
    }
}

/// Yahoo's network: NHWC, BGR, squashed to 256 and cropped, from a path with a colon in its name.
#[test]
fn open_nsfw_gives_its_published_values() {
    let (Some(weights), Some(golden)) = (shared("weights"), shared("golden")) else {
        return;
    };
    let text = std::fs::read_to_string(weights.join("open-nsfw/golden.json")).unwrap();
    let cases: serde_json::Value = serde_json::from_str(&text).unwrap();
    let set = Dataset::empty();
    let mut expected = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let from = golden.join(case["image"].as_str().unwrap());
        if from.exists() {
            let name = from.file_name().unwrap().to_string_lossy().into_owned();
            std::fs::copy(&from, set.path(&name)).unwrap();
            expected.push((name, case["nsfw"].as_f64().unwrap()));
        }
    }
    assert!(!expected.is_empty(), "no picture of the golden cases");
    let file = weights.join("open-nsfw/open-nsfw.onnx");
    run_with(&set, None, &["models", "add", &file.to_string_lossy()]).ok();
    run_with(&set, None, &["score", "@", "--with", "nsfw"]).ok();
    let found = scores(&set, &["nsfw"]);
    for (name, nsfw) in expected {
        let off = (found[&name][0] - nsfw).abs();
        assert!(off < 2e-4, "{name}: {} for {nsfw}", found[&name][0]);
    }
}

/// A head with a float64 input, on vectors of a toy encoder of its length.
#[test]
fn a_head_with_f64_input_runs() {
    // Its graph holds an operator on texts, which rten refuses.
    let (Some(weights), Some(library)) = (shared("weights"), onnx_runtime()) else {
        return;
    };
    let set = set_with(&["clip_nsfw_f64"]);
    let manifest = set.data.path().join("models/clip_nsfw_f64.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("clip_vit_l14", "toy_encoder")).unwrap();
    let encoder = toy::encoder().replace("dims = 8", "dims = 768");
    toy::add(&set, "toy_encoder", &encoder, &toy::wide(768));
    let file = weights.join("clip-nsfw/clip_nsfw_vit_l14.onnx");
    run_with(&set, None, &["models", "add", &file.to_string_lossy()]).ok();
    let score = ["score", "@", "--with", "clip_nsfw_f64"];
    let refused = run_with(&set, None, &score);
    assert!(
        refused.stderr().contains("bandpass runtime install"),
        "{}",
        refused.stderr()
    );
    run_with(&set, Some(&library), &score).ok();
    let found = scores(&set, &[&column("clip_nsfw_f64")]);
    let values = || found.values().flatten();
    assert!(values().all(|v| (0.0..=1.0).contains(v)), "{found:?}");
}
