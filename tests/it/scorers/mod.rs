//! Learned scorers end to end, as a user adds and runs them.

mod details;
mod extras;
mod own;
mod published;
mod qalign;
mod route;
mod settings;
mod toy;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Run};
use super::shared::shared;

/// Where `scripts/onnxruntime` puts ONNX Runtime; none is a skip, or under
/// `BANDPASS_REQUIRE_ORT=1` a failure.
fn onnx_runtime() -> Option<PathBuf> {
    let target = option_env!("CARGO_TARGET_DIR").unwrap_or("target");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(target)
        .join("onnxruntime/1.31.1-cpu");
    let library = folder.read_dir().ok().and_then(|files| {
        let files = files.filter_map(|file| Some(file.ok()?.path()));
        let is_library = |path: &PathBuf| path.to_string_lossy().contains("libonnxruntime.");
        files.into_iter().find(is_library)
    });
    let required = std::env::var_os("BANDPASS_REQUIRE_ORT").is_some_and(|v| v == "1");
    assert!(
        library.is_some() || !required,
        "BANDPASS_REQUIRE_ORT=1, but there is no library in {}",
        folder.display()
    );
    if library.is_none() {
        println!("skipped: no ONNX Runtime; scripts/onnxruntime gets one");
    }
    library
}

/// The columns of a run's CSV by file name.
fn scores(set: &Dataset, columns: &[&str]) -> BTreeMap<String, Vec<f64>> {
    let out = set.data.path().join("scores.csv");
    set.run(&["query", "@", "--out", &out.to_string_lossy()])
        .ok();
    let mut reader = csv::Reader::from_path(&out).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let path = at("path");
    let columns: Vec<usize> = columns.iter().map(|name| at(name)).collect();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| {
        let name = Path::new(&row[path]).file_name().unwrap().to_string_lossy();
        let value = |&at: &usize| row[at].parse().unwrap_or(f64::NAN);
        (name.into_owned(), columns.iter().map(value).collect())
    })
    .collect()
}

fn run_with(set: &Dataset, library: Option<&Path>, args: &[&str]) -> Run {
    let mut command = set.command(args);
    command.env_remove("ORT_DYLIB_PATH").env("PATH", "/nowhere");
    if let Some(library) = library {
        command.env("ORT_DYLIB_PATH", library);
    }
    Run::of(command.output().unwrap())
}

#[cfg(target_arch = "x86_64")]
fn has_vnni() -> bool {
    std::is_x86_feature_detected!("avx512vnni")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_vnni() -> bool {
    false
}

/// The real CLIP tower with two published heads gives the published scores.
#[test]
fn clip_with_laion_and_simulacra_heads_scores_as_published() {
    let (Some(library), Some(weights), Some(root)) =
        (onnx_runtime(), shared("weights"), shared(""))
    else {
        return;
    };
    let golden = std::fs::read_to_string(weights.join("clip-vit-b16/golden.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&golden).unwrap();
    let set = Dataset::empty();
    let mut expected = BTreeMap::new();
    for (i, (path, values)) in golden["images"].as_object().unwrap().iter().enumerate() {
        let from = root.join(path);
        if !from.exists() {
            continue;
        }
        let ending = from.extension().unwrap().to_string_lossy().into_owned();
        let name = format!("{i}.{ending}");
        std::fs::copy(from, set.path(&name)).unwrap();
        let int8 = &values["int8"];
        let value = |key: &str| int8[key].as_f64().unwrap();
        expected.insert(name, [value("laion_v1_b16"), value("sac_b16")]);
    }
    assert!(expected.len() >= 35, "only {} pictures", expected.len());
    for file in [
        "clip-vit-b16/clip_encoder.int8.onnx",
        "laion-v1/sa_0_4_vit_b_16_linear.pth",
        "simulacra/sac_public_2022_06_29_vit_b_16_linear.pth",
    ] {
        let file = weights.join(file);
        let run = run_with(&set, None, &["models", "add", &file.to_string_lossy()]).ok();
        assert!(
            run.stdout().contains("the published file"),
            "{}",
            run.stdout()
        );
    }
    let score = ["score", "@", "--with", "laion_v1_b16,simulacra_b16"];
    let refused = run_with(&set, None, &score);
    assert_eq!(refused.code(), 1, "{}", refused.stderr());
    assert!(
        refused.stderr().contains("bandpass runtime install"),
        "{}",
        refused.stderr()
    );
    let run = run_with(&set, Some(&library), &score).ok();
    assert!(
        run.stderr().contains("clip_vit_b16: ONNX Runtime"),
        "{}",
        run.stderr()
    );
    // The published values are those of a processor with VNNI (docs/engines.md).
    let allowed = if has_vnni() { 0.1 } else { 1.2 };
    let found = scores(&set, &["laion_v1_b16", "simulacra_b16"]);
    for (name, expected) in &expected {
        for (found, expected) in found[name].iter().zip(expected) {
            assert!(
                (found - expected).abs() < allowed,
                "{name}: {found}, not {expected}"
            );
        }
    }
    let again = run_with(&set, Some(&library), &[&score[..], &["--json"]].concat()).ok();
    let summary: serde_json::Value = serde_json::from_str(again.stdout().trim()).unwrap();
    assert_eq!(summary["scored"], 0);
    assert_eq!(summary["reused"], expected.len());
}
