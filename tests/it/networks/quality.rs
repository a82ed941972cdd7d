//! hyperIQA and DPT-hybrid, end to end: a fixture's picture through the preprocessing of our manifest,
//! the network and the reading of its answer, against the original code's values.
//!
//! One crop of either hyperIQA runs every time; 25 crops and DPT-hybrid with `BANDPASS_FULL=1`.

use std::sync::Arc;

use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::manifest::Manifest;
use bandpass::zoo::preprocess::Tiles;
use bandpass::zoo::reading::Answer;

use super::pixels::{TOLERANCE, check_on_the_way, drawn, manifest, near};
use super::run::{Input, Loaded, engines};
use super::{build, checkpoint};
use crate::fixture::Fixture;
use crate::fixture::golden::{Case, Tensor, Tolerance, compare};

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
    let runs = |case: &&Case| full || family.small.contains(&case.name.as_str());
    for engine in engines() {
        let mut loaded = Loaded::new(engine.as_ref(), &network);
        for (place, case) in fixture.golden.cases.iter().filter(runs).enumerate() {
            let at = format!("{} {} {}", family.fixture, case.name, engine.name());
            let input = input(&manifest, case);
            let output = loaded.tensors(&input).swap_remove(0);
            let told = near(&case.outputs[family.output], &output.1, TOLERANCE);
            if told.is_err() || place == 0 {
                check_on_the_way(family.labels, case, &network, &input, engine.as_ref());
            }
            told.unwrap_or_else(|differs| panic!("{at}: {differs}"));
            check_score(&manifest, case, family.score, &output, &at);
        }
    }
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
    let rgb = drawn(case);
    let views = spec.n_views(rgb.width, rgb.height);
    let mut values = vec![f32::NAN; views * spec.n_values()];
    spec.apply(&rgb, &mut values).unwrap();
    let shape = [&[views][..], &spec.shape()].concat();
    compare(&case.model_input[0], &shape, &values, Tolerance::abs(1e-5)).unwrap();
    Input::F32(shape, values)
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

/// The same network under pyiqa's names gives the same score.
#[test]
fn hyperiqa_as_pyiqa_names_it() {
    let Some(fixture) = Fixture::open(HYPERIQA.fixture) else {
        return;
    };
    let file = fixture.safetensors_of(|name| Some(format!("params.{}", of_pyiqa(name))));
    let checkpoint = Checkpoint::read(Arc::new(file)).unwrap();
    let network = build(&checkpoint, "hyperiqa", "depth = 50");
    let case = &fixture.golden.cases[0];
    let (shape, values) = case.input.tensors().unwrap().swap_remove(0);
    let input = Input::F32(shape, values);
    for engine in engines() {
        let (_, score) = Loaded::new(engine.as_ref(), &network)
            .tensors(&input)
            .swap_remove(0);
        near(&case.outputs["crop_scores"], &score, TOLERANCE).unwrap();
    }
}

/// What pyiqa calls a tensor of hyperIQA.
fn of_pyiqa(name: &str) -> String {
    let (layer, part) = name.rsplit_once('.').unwrap();
    let number = |text: &str| text.bytes().find(u8::is_ascii_digit).map(|c| c - b'1');
    let module = match layer.strip_prefix("res.") {
        Some(lda) if lda.starts_with("lda") => {
            let stage = number(lda).unwrap();
            let place = match (lda.ends_with("_fc"), stage) {
                (false, _) => 0,
                (true, 3) => 2,
                (true, _) => 3,
            };
            format!("lda_modules.{stage}.{place}")
        }
        Some(rest) => format!("base_model.{rest}"),
        None if layer == "fc5w_fc" => "fc_w_modules.4.2".to_owned(),
        None if layer.ends_with("w_conv") => format!("fc_w_modules.{}", number(layer).unwrap()),
        None if layer.ends_with("b_fc") => format!("fc_b_modules.{}.2", number(layer).unwrap()),
        None => layer.to_owned(),
    };
    format!("{module}.{part}")
}
