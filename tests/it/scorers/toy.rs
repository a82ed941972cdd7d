//! Scorers of a user's own, by manifest, with a small network that we make here.

use bandpass::engine::infer::selftest;
use bandpass::zoo::checkpoint::{Dtype, Tensor};
use bandpass::zoo::graph::{Builder, Network};

use super::{run_with, scores};
use crate::dataset::Dataset;

/// A scorer of eight columns of which the manifest takes two.
pub(super) const TOY: &str = r#"
key = "toy"
label = "Toy"
about = "For tests."
licence = "ours"
kind = "network"
batch = 4
tolerance = 0.001
weights = [{ name = "only", files = [{ name = "toy.onnx" }] }]
output = { read = "raw" }

[input]
size = [32, 32]
fit = "squash"
resampler = "bicubic"
scale = 0.00392156862745098
mean = [0.5, 0.5, 0.5]
std = [0.5, 0.5, 0.5]

[[columns]]
key = "toy_a"
label = "A"
range = [-inf, inf]
better = "higher"
about = "First."

[[columns]]
key = "toy_b"
label = "B"
index = 7
range = [-inf, inf]
better = "neutral"
about = "Last."
"#;

/// The same network as an encoder.
pub(super) fn encoder() -> String {
    let head = &TOY[..TOY.find("[[columns]]").unwrap()];
    head.replace("\"toy\"", "\"toy_encoder\"")
        .replace("\"network\"", "\"encoder\"")
        .replace("read = \"raw\"", "read = \"embedding\", dims = 8")
        .replace("toy.onnx", "toy_encoder.onnx")
}

/// A head on that encoder's vectors.
pub(super) const HEAD: &str = r#"
key = "toy_head"
label = "Toy head"
about = "For tests."
licence = "ours"
kind = "head"
tolerance = 0.001
weights = [{ name = "only", files = [{ name = "toy_head.onnx" }] }]
inputs = [{ embedding = "toy_encoder", norm = "none" }]
output = { read = "raw" }
columns = [{ key = "toy_sum", label = "Sum", range = [-inf, inf], better = "higher", about = "Sum of all." }]
"#;

fn network(set: &Dataset, name: &str, network: &Network) -> String {
    let file = set.data.path().join(name);
    std::fs::write(&file, network.to_onnx().unwrap()).unwrap();
    file.to_string_lossy().into_owned()
}

/// Writes a manifest of the user's own.
pub(super) fn manifest(set: &Dataset, key: &str, text: &str) {
    let folder = set.data.path().join("models");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{key}.toml")), text).unwrap();
}

/// The set with the manifest in place and its network added.
pub(super) fn add(set: &Dataset, key: &str, text: &str, graph: &Network) {
    manifest(set, key, text);
    let file = network(set, &format!("{key}.onnx"), graph);
    run_with(set, None, &["models", "add", &file, "--as", key]).ok();
}

/// `[N, width]` → their sum `[N, 1]`.
pub(super) fn sum(width: usize) -> Network {
    let mut b = Builder::new("sum");
    let x = b.input("x", Dtype::F32, &[None, Some(width)]);
    let ones = b.weight("ones", &Tensor::from_f32(vec![1, width], vec![1.0; width]));
    let y = b.gemm(x, ones, None);
    b.output("y", y, Dtype::F32, &[None, Some(1)]);
    b.finish()
}

/// A picture of 3 × 32 × 32 → `width` numbers, by weights made by rule.
pub(super) fn wide(width: usize) -> Network {
    let mut b = Builder::new("wide");
    let x = b.input("x", Dtype::F32, &[None, Some(3), Some(32), Some(32)]);
    let flat = b.reshape(x, &[-1, 3072]);
    let weight = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 1009.0 - 0.5;
    let values: Vec<f32> = (0..width * 3072).map(weight).collect();
    let w = b.weight("w", &Tensor::from_f32(vec![width, 3072], values));
    let y = b.gemm(flat, w, None);
    b.output("y", y, Dtype::F32, &[None, Some(width)]);
    b.finish()
}

/// The mean of a picture with levels −1..1, eight times.
pub(super) fn mean() -> Network {
    let mut b = Builder::new("mean");
    let x = b.input("x", Dtype::F32, &[None, Some(3), Some(32), Some(32)]);
    let mean = b.mean(x, &[1, 2, 3]);
    let column = b.reshape(mean, &[-1, 1]);
    let y = b.concat(&[column; 8], 1);
    b.output("y", y, Dtype::F32, &[None, Some(8)]);
    b.finish()
}

/// √(mean − 0.5) of a picture with levels −1..1, twice: NaN for the darker ones.
pub(super) fn square_root() -> Network {
    let mut b = Builder::new("root");
    let x = b.input("x", Dtype::F32, &[None, Some(3), Some(32), Some(32)]);
    let mean = b.mean(x, &[1, 2, 3]);
    let half = b.scalar(0.5);
    let less = b.sub(mean, half);
    let root = b.node("Sqrt", &[less], &[]);
    let column = b.reshape(root, &[-1, 1]);
    let y = b.concat(&[column; 8], 1);
    b.output("y", y, Dtype::F32, &[None, Some(8)]);
    b.finish()
}

#[test]
fn scores_depend_on_the_picture_alone() {
    let run = |options: &[&str]| {
        let set = Dataset::new(9);
        add(&set, "toy", TOY, &selftest::network());
        run_with(
            &set,
            None,
            &[&["score", "@", "--with", "toy"], options].concat(),
        )
        .ok();
        scores(&set, &["toy_a", "toy_b"])
    };
    let plain = run(&[]);
    assert_eq!(plain.len(), 18);
    assert!(plain.values().flatten().all(|value| value.is_finite()));
    let distinct: std::collections::BTreeSet<u64> = plain
        .values()
        .flatten()
        .map(|value| value.to_bits())
        .collect();
    assert!(distinct.len() > 18, "the network tells pictures apart");
    for options in [["--jobs", "1"], ["--jobs", "7"], ["--batch", "1"]] {
        assert_eq!(run(&options), plain, "{options:?}");
    }
    // In another order, in two runs.
    let set = Dataset::new(9);
    add(&set, "toy", TOY, &selftest::network());
    for part in ["@/soft", "@"] {
        run_with(&set, None, &["score", part, "--with", "toy", "--jobs", "3"]).ok();
    }
    assert_eq!(scores(&set, &["toy_a", "toy_b"]), plain);
    for batch in ["3", "16"] {
        for (name, values) in run(&["--batch", batch]) {
            for (value, plain) in values.iter().zip(&plain[&name]) {
                let near = (value - plain).abs() <= 1e-6 * plain.abs().max(1.0);
                assert!(near, "{name}: {value} in batches of {batch}, {plain} alone");
            }
        }
    }
}

#[test]
fn a_head_added_later_opens_no_picture() {
    let set = Dataset::new(3);
    add(&set, "toy_encoder", &encoder(), &selftest::network());
    let run = run_with(
        &set,
        None,
        &["score", "@", "--with", "toy_encoder", "--json"],
    )
    .ok();
    let summary: serde_json::Value = serde_json::from_str(run.stdout().trim()).unwrap();
    assert_eq!(
        (&summary["scored"], &summary["decoded"]),
        (&6.into(), &6.into())
    );
    add(&set, "toy_head", HEAD, &sum(8));
    let run = run_with(&set, None, &["score", "@", "--with", "toy_head", "--json"]).ok();
    let summary: serde_json::Value = serde_json::from_str(run.stdout().trim()).unwrap();
    assert_eq!(
        (&summary["scored"], &summary["decoded"]),
        (&6.into(), &0.into())
    );
    let found = scores(&set, &["toy_sum"]);
    assert!(found.values().flatten().all(|value| value.is_finite()));
    // The same from pixels to head in one run, elsewhere.
    let other = Dataset::new(3);
    add(&other, "toy_encoder", &encoder(), &selftest::network());
    add(&other, "toy_head", HEAD, &sum(8));
    run_with(&other, None, &["score", "@", "--with", "toy_head"]).ok();
    assert_eq!(scores(&other, &["toy_sum"]), found);
}

#[test]
fn nan_is_told_and_leaves_the_rest_alone() {
    let set = Dataset::new(2);
    set.draw("white.png", 50, |_, _| image::Rgb([255; 3]));
    add(&set, "toy", TOY, &square_root());
    let failures = set.data.path().join("failures.csv");
    let score = ["score", "@", "--with", "toy,basics", "--failures"];
    let run = run_with(
        &set,
        None,
        &[&score[..], &[&failures.to_string_lossy()]].concat(),
    );
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let told = std::fs::read_to_string(&failures).unwrap();
    assert!(
        told.contains("score,toy: the network answered with NaN or infinity"),
        "{told}"
    );
    let found = scores(&set, &["toy_a", "megapixels"]);
    assert!(
        (found["white.png"][0] - 0.5f64.sqrt()).abs() < 1e-6,
        "{found:?}"
    );
    assert!(found["0.png"][0].is_nan(), "{found:?}");
    assert!(found.values().all(|values| values[1] > 0.0), "{found:?}");
    // It has its verdict; nothing is tried again unless asked for, and others don't erase it.
    let again = run_with(&set, None, &["score", "@", "--with", "toy", "--json"]).ok();
    assert!(
        again.stdout().contains("\"scored\":0"),
        "{}",
        again.stdout()
    );
    run_with(&set, None, &["score", "@", "--with", "phash"]).ok();
    let retry = ["score", "@", "--with", "toy", "--retry-failed", "--json"];
    let retried = run_with(&set, None, &retry).ok();
    assert!(
        retried.stdout().contains("\"failed\":4"),
        "{}",
        retried.stdout()
    );
}

#[test]
fn what_does_not_fit_is_told_before_a_picture_is_opened() {
    let graph = selftest::network();
    let cases = [
        (
            TOY.replace("index = 7", "index = 8"),
            "gives 8 numbers a picture",
        ),
        (
            TOY.replace("[32, 32]", "[48, 32]"),
            "the manifest gives rows of [3, 32, 48]",
        ),
    ];
    for (text, expected) in cases {
        let set = Dataset::new(1);
        add(&set, "toy", &text, &graph);
        let run = run_with(&set, None, &["score", "@", "--with", "toy"]);
        assert_ne!(run.code(), 0);
        assert!(
            run.stderr().contains(expected),
            "{expected}: {}",
            run.stderr()
        );
        // Other scorers don't mind.
        run_with(&set, None, &["score", "@", "--with", "basics"]).ok();
    }
}

#[test]
fn a_network_of_another_kind_is_refused() {
    let set = Dataset::new(1);
    add(&set, "toy_encoder", &encoder(), &selftest::network());
    let other = TOY.replace("name = \"only\"", "name = \"only\", output = \"nothing\"");
    manifest(&set, "toy", &other);
    let toy = network(&set, "toy.onnx", &selftest::network());
    let run = run_with(&set, None, &["models", "add", &toy, "--as", "toy"]);
    assert_ne!(run.code(), 0, "{}", run.stdout());
    let told = run.stderr();
    assert!(told.contains("it has no output `nothing`"), "{told}");
    // A head for vectors of another length.
    add(&set, "toy_head", HEAD, &sum(9));
    let run = run_with(&set, None, &["score", "@", "--with", "toy_head"]);
    assert_ne!(run.code(), 0);
    let told = run.stderr();
    assert!(told.contains("can't run 'toy_head'"), "{told}");
}

#[test]
fn a_typo_in_a_manifest_is_a_notice() {
    let set = Dataset::new(1);
    manifest(&set, "slip", &TOY.replace("licence =", "license ="));
    let run = run_with(&set, None, &["score", "@", "--with", "basics"]).ok();
    assert!(run.stderr().contains("license"), "{}", run.stderr());
    let run = run_with(&set, None, &["score", "@", "--with", "toy"]);
    assert_eq!(run.code(), 2, "{}", run.stderr());
}
