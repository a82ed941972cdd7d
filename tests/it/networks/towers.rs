//! CLIP's and SigLIP's towers, against the original code's values.
//!
//! The toys run every time; the full sizes with `BANDPASS_FULL=1` (minutes, 8 GB).

use bandpass::zoo::graph::Network;
use serde_json::Value;

use super::run::{Input, engines, run};
use super::{build, checkpoint};
use crate::fixture::Fixture;
use crate::fixture::golden::Case;
use bandpass::engine::infer::Runtime;

/// How far an element may be off, in units of the tensor's root mean square.
const TOLERANCE: f64 = 1e-4;

/// One network of a fixture: what it is built as, and its records in `golden.json`.
struct Tower {
    fixture: &'static str,
    architecture: &'static str,
    parameters: &'static str,
    /// Which output of the original it gives.
    output: &'static str,
    /// Our labels beside the original's names for the values on the way.
    labels: &'static [(&'static str, &'static str)],
}

const HF_VISION: &[(&str, &str)] = &[
    ("embeddings", "vision_embeddings"),
    ("pre_norm", "vision_pre_ln"),
    ("layer0", "vision_layer0"),
    ("layer_last", "vision_layer_last"),
    ("pooled", "vision_pooled"),
];
const OPEN_AI_VISION: &[(&str, &str)] = &[
    ("pre_norm", "vision_ln_pre"),
    ("layer0", "vision_layer0(LND)"),
    ("layer_last", "vision_layer_last(LND)"),
    ("pooled", "vision_ln_post"),
];
const GELU: &str = "activation = \"gelu\"";
const SIGLIP: &[(&str, &str)] = &[
    ("embeddings", "embeddings"),
    ("layer0", "layer0"),
    ("layer_last", "layer_last"),
    ("last_hidden_state", "last_hidden_state"),
    ("classifier_in", "classifier_in"),
];

const fn clip(fixture: &'static str, parameters: &'static str) -> [Tower; 2] {
    let vision = Tower {
        fixture,
        architecture: "clip-vision",
        parameters,
        output: "image_embeds",
        labels: HF_VISION,
    };
    let text = Tower {
        architecture: "clip-text",
        output: "text_embeds",
        labels: &[],
        ..vision
    };
    [vision, text]
}

/// With CLIP's own activation, and with the exact one.
const fn clip_openai(fixture: &'static str) -> [Tower; 4] {
    let [vision, text] = clip(fixture, "");
    let vision = Tower {
        labels: OPEN_AI_VISION,
        ..vision
    };
    let vision_gelu = Tower {
        parameters: GELU,
        output: "image_embeds_gelu",
        labels: &[],
        ..vision
    };
    let text_gelu = Tower {
        parameters: GELU,
        output: "text_embeds_gelu",
        ..text
    };
    [vision, text, vision_gelu, text_gelu]
}

const fn siglip(fixture: &'static str, parameters: &'static str) -> Tower {
    Tower {
        fixture,
        architecture: "siglip-vision",
        parameters,
        output: "image_embeds",
        labels: SIGLIP,
    }
}

const fn siglip_classifier(fixture: &'static str, parameters: &'static str) -> Tower {
    Tower {
        architecture: "siglip-classifier",
        output: "logits",
        ..siglip(fixture, parameters)
    }
}

#[test]
fn clip_of_hugging_face() {
    check(&clip("clip_toy_hf", "heads = 4"));
}

#[test]
fn clip_of_open_ai_with_either_activation() {
    check(&clip_openai("clip_toy_openai"));
}

#[test]
fn siglip_pooled_by_attention() {
    check(&[siglip("siglip_toy_v25", "heads = 4\nimage = 45")]);
}

#[test]
fn siglip2_regression() {
    check(&[siglip_classifier("siglip2_toy_regression", "heads = 4")]);
}

#[test]
fn clip_b32_in_full() {
    if full() {
        check(&clip("clip_b32_hf", "depth = 12\nembedding = 512"));
        check(&clip_openai("clip_b32_openai"));
    }
}

#[test]
fn clip_l14_in_full() {
    if full() {
        check(&clip("clip_l14_hf", "embedding = 768"));
        check(&clip_openai("clip_l14_openai")[..2]);
        check(&clip("clip_l14_336_hf", "patch = 14\nimage = 336")[..1]);
    }
}

#[test]
fn siglip_in_full() {
    if full() {
        check(&[siglip("siglip_so400m_v25", "image = 384")]);
        check(&[siglip_classifier(
            "siglip2_base_512_regression",
            "labels = 1",
        )]);
    }
}

fn full() -> bool {
    let full = std::env::var_os("BANDPASS_FULL").is_some_and(|v| v == "1");
    if !full {
        println!("skipped: full-size towers run with BANDPASS_FULL=1");
    }
    full
}

/// Builds the towers of one fixture, runs them on every tensor it has, compares.
fn check(towers: &[Tower]) {
    let Some(fixture) = Fixture::open(towers[0].fixture) else {
        return;
    };
    let checkpoint = checkpoint(&fixture);
    for tower in towers {
        let network = build(&checkpoint, tower.architecture, tower.parameters);
        for case in &fixture.golden.cases {
            let Some(input) = input(tower, case, &network) else {
                continue;
            };
            for engine in engines() {
                check_case(tower, case, &network, &input, engine.as_ref());
            }
        }
    }
}

fn check_case(tower: &Tower, case: &Case, network: &Network, input: &Input, engine: &dyn Runtime) {
    let outputs = run(engine, network, input);
    let off = difference(&case.outputs[tower.output], &outputs[0].1);
    let Tower {
        fixture, output, ..
    } = tower;
    println!("{fixture} {output} {}: {off:.1e}", engine.name());
    if off <= TOLERANCE && !fixture.contains("toy") {
        return;
    }
    let labels = on_the_way(tower, case, network, input, engine);
    let all: Vec<_> = labels.into_iter().chain([(*output, off)]).collect();
    let near = all.iter().all(|(_, off)| *off <= TOLERANCE);
    assert!(near, "{fixture} {}, from the top: {all:?}", engine.name());
}

/// How far each labelled value is from the original's, from the top.
fn on_the_way(
    tower: &Tower,
    case: &Case,
    network: &Network,
    input: &Input,
    engine: &dyn Runtime,
) -> Vec<(&'static str, f64)> {
    let labels = tower.labels.iter().filter_map(|(ours, theirs)| {
        let golden = case.intermediates.get(*theirs)?;
        let network = network.clone().with_output(ours, &[None, None]).unwrap();
        let outputs = run(engine, &network, input);
        Some((*ours, difference(golden, &outputs[1].1)))
    });
    labels.collect()
}

/// The largest difference in units of the tensor's root mean square.
fn difference(golden: &Value, values: &[f32]) -> f64 {
    let list = |name: &str| -> Option<Vec<f64>> {
        let all = golden.get(name)?.as_array()?;
        Some(all.iter().map(|v| v.as_f64().unwrap()).collect())
    };
    let count = |shape: &Value| -> u64 {
        shape
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d.as_u64().unwrap())
            .product()
    };
    assert_eq!(count(&golden["shape"]), values.len() as u64);
    let rms = (values.iter().map(|v| f64::from(v * v)).sum::<f64>() / values.len() as f64).sqrt();
    let pairs: Vec<(f64, f32)> = if let Some(all) = list("values") {
        all.into_iter().zip(values.iter().copied()).collect()
    } else {
        let at = |i: usize| values[i * (values.len() - 1) / 15];
        let samples = list("samples").unwrap().into_iter().zip((0..16).map(at));
        samples
            .chain(
                list("first8")
                    .unwrap()
                    .into_iter()
                    .zip(values.iter().copied()),
            )
            .collect()
    };
    let off = pairs.iter().map(|(a, b)| (a - f64::from(*b)).abs());
    off.fold(0.0, |a, b| if b.is_nan() { b } else { a.max(b) }) / rms
}

/// What goes into the tower: a tensor by the rule, or the ids of the case's texts.
fn input(tower: &Tower, case: &Case, network: &Network) -> Option<Input> {
    let (shape, values) = case.input.tensors()?.swap_remove(0);
    if tower.architecture != "clip-text" {
        return Some(Input::F32(shape, values));
    }
    let context = network.inputs()[0].shape[1].unwrap();
    let texts: Vec<Vec<i32>> =
        serde_json::from_value(case.input.rest["text"]["input_ids"].clone()).unwrap();
    // Behind its end a text has no effect: the tower is causal, and pooled at the first end.
    let padded = texts.iter().flat_map(|ids| {
        let end = *ids.iter().max().unwrap();
        ids.iter()
            .copied()
            .chain(std::iter::repeat(end))
            .take(context)
    });
    Some(Input::I32(vec![texts.len(), context], padded.collect()))
}
