//! hyperIQA and DPT-hybrid, end to end: a fixture's picture through the preprocessing of our manifest,
//! the network and the reading of its answer, against the original code's values.
//!
//! One crop of either hyperIQA runs every time; 25 crops and DPT-hybrid with `BANDPASS_FULL=1`.

use std::path::Path;

use bandpass::domain::picture::Rgb;
use bandpass::zoo::manifest::Manifest;
use bandpass::zoo::preprocess::Tiles;
use bandpass::zoo::reading::Answer;
use serde_json::Value;

use super::run::{Input, Loaded, engines};
use super::{build, checkpoint};
use crate::fixture::Fixture;
use crate::fixture::golden::{Case, Tensor, Tolerance, compare};
use crate::fixture::picture::picture;

/// How far a value may be off, in units of its tensor's root mean square, and a score.
const TOLERANCE: f64 = 1e-4;

/// A network of a fixture, and the manifest that runs it.
struct Family {
    fixture: &'static str,
    key: &'static str,
    parameters: &'static str,
    /// What the original calls the network's answer, and its score.
    output: &'static str,
    score: &'static str,
    /// Cases that run every time.
    small: &'static [&'static str],
    /// Labelled values on the way, from the top.
    labels: &'static [&'static str],
}

const HYPERIQA: Family = Family {
    fixture: "hyperiqa_res50",
    key: "hyperiqa",
    parameters: "depth = 50",
    output: "crop_scores",
    score: "score",
    small: &["tensor", "small_96x64_upsampled"],
    labels: &[
        "stem",
        "layer1",
        "lda1",
        "layer2",
        "layer3",
        "layer4",
        "lda4",
        "hyper_in_feat",
        "fc1w",
        "fc1b",
        "fc5w",
        "fc5b",
    ],
};

#[test]
fn hyperiqa_on_resnet_50() {
    check(&HYPERIQA);
}

#[test]
fn hyperiqa_on_resnet_152() {
    check(&Family {
        fixture: "hyperiqa_res152",
        parameters: "depth = 152",
        small: &["tensor"],
        ..HYPERIQA
    });
}

#[test]
fn dpt_hybrid_sees_depths() {
    check(&Family {
        fixture: "dpt_hybrid",
        key: "depth",
        parameters: "image = 384\ndepth = 12\nwidth = 768\nheads = 12",
        output: "predicted_depth",
        score: "depth_score",
        small: &[],
        labels: &[
            "bit_stem",
            "bit_stage1",
            "bit_stage2",
            "bit_stage3",
            "embeddings_projection",
            "layer0",
            "layer11",
            "reassemble2",
            "reassemble3",
            "fused0",
            "fused3",
            "head0",
        ],
    });
}

/// Builds the network once and runs it on every case, on every engine.
fn check(family: &Family) {
    let full = std::env::var_os("BANDPASS_FULL").is_some_and(|v| v == "1");
    if family.small.is_empty() && !full {
        println!("skipped: {} runs with BANDPASS_FULL=1", family.fixture);
        return;
    }
    let Some(fixture) = Fixture::open(family.fixture) else {
        return;
    };
    let manifest = manifest(family.key);
    let architecture = manifest.weights.iter().find_map(|v| v.architecture.clone());
    let checkpoint = checkpoint(&fixture);
    let network = build(&checkpoint, &architecture.unwrap(), family.parameters);
    let labelled = family
        .labels
        .iter()
        .fold(network.clone(), |network, label| {
            let record = &fixture.golden.cases[0].intermediates[*label]["shape"];
            let rank = record.as_array().unwrap().len();
            let rank = if rank == 4 { 4 } else { 2 };
            network.with_output(label, &[None; 4][..rank]).unwrap()
        });
    for engine in engines() {
        let mut plain = Loaded::new(engine.as_ref(), &network);
        for (place, case) in fixture.golden.cases.iter().enumerate() {
            if !full && !family.small.contains(&case.name.as_str()) {
                println!("skipped: {} runs with BANDPASS_FULL=1", case.name);
                continue;
            }
            let at = format!("{} {} {}", family.fixture, case.name, engine.name());
            let input = input(&manifest, case);
            let output = plain.tensors(&input).swap_remove(0);
            let told = near(&case.outputs[family.output], &output.1, TOLERANCE);
            if told.is_err() || place == 0 {
                let on_the_way = Loaded::new(engine.as_ref(), &labelled).tensors(&input);
                check_labels(family, case, &on_the_way[1..], engine.name());
            }
            told.unwrap_or_else(|differs| panic!("{at}: {differs}"));
            check_score(&manifest, case, family.score, &output, &at);
        }
    }
}

fn manifest(key: &str) -> Manifest {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let text = std::fs::read_to_string(folder.join(format!("{key}.toml"))).unwrap();
    Manifest::parse(&text).unwrap()
}

/// What the network gets in a case: a tensor by the rule, or a picture as the manifest prepares it.
fn input(manifest: &Manifest, case: &Case) -> Input {
    if let Some(mut tensors) = case.input.tensors() {
        let (shape, values) = tensors.swap_remove(0);
        return Input::F32(shape, values);
    }
    let mut spec = manifest.input.clone().unwrap();
    // The fixtures cut the picture as it is.
    if let Some(Tiles::Grid { squash, .. }) = &mut spec.tiles {
        *squash = None;
    }
    let drawn = picture(case.input.rest["file"].as_str().unwrap());
    let rgb = Rgb {
        width: drawn.width as u32,
        height: drawn.height as u32,
        data: drawn.rgb(),
    };
    let views = spec.n_views(rgb.width, rgb.height);
    let mut values = vec![f32::NAN; views * spec.n_values()];
    spec.apply(&rgb, &mut values).unwrap();
    let shape = [&[views][..], &spec.shape()].concat();
    compare(&case.model_input[0], &shape, &values, Tolerance::abs(1e-5)).unwrap();
    Input::F32(shape, values)
}

/// Compares the values on the way, from the top; panics at the first that differs.
fn check_labels(family: &Family, case: &Case, outputs: &[Tensor], engine: &str) {
    assert_eq!(outputs.len(), family.labels.len());
    for (label, (_, values)) in family.labels.iter().zip(outputs) {
        // The fixtures allow as much on the way: sums there are long.
        near(&case.intermediates[*label], values, 2.0 * TOLERANCE)
            .unwrap_or_else(|differs| panic!("{engine} {label}: {differs}"));
    }
}

/// Compares values with a record of the same number of them.
fn near(golden: &Value, values: &[f32], by: f64) -> Result<(), String> {
    let shape: Vec<usize> = serde_json::from_value(golden["shape"].clone()).unwrap();
    if shape.iter().product::<usize>() != values.len() {
        return Err(format!(
            "{} values, the original has {shape:?}",
            values.len()
        ));
    }
    compare(golden, &shape, values, Tolerance::rel(by))
}

/// The column of a picture whose views these are.
fn check_score(manifest: &Manifest, case: &Case, name: &str, (shape, values): &Tensor, at: &str) {
    let rows = values.chunks(values.len() / shape[0]);
    let answer = |values| {
        vec![Answer {
            shape: &shape[1..],
            values,
        }]
    };
    let views: Vec<_> = rows.map(answer).collect();
    let score = manifest.read(&views, (1, 1)).values[0];
    let golden = case.scores[name].as_f64().unwrap();
    let off = (score - golden).abs() / golden.abs();
    println!("{at}: {score}, off by {off:.1e}");
    assert!(off <= TOLERANCE, "{at}: {score}, the original's {golden}");
}
