//! CLIP's and SigLIP's towers, against the original code's values.
//!
//! The toys run every time; the full sizes with `BANDPASS_FULL=1` (minutes, up to 6 GB).

use bandpass::zoo::graph::Network;
use serde_json::Value;

use super::build;
use super::run::{Engine, Input, engines, run};
use crate::fixture::Fixture;
use crate::fixture::golden::Case;

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

const fn clip_openai(fixture: &'static str, parameters: &'static str, gelu: bool) -> [Tower; 2] {
    let [vision, text] = clip(fixture, parameters);
    let (image_output, text_output) = if gelu {
        ("image_embeds_gelu", "text_embeds_gelu")
    } else {
        ("image_embeds", "text_embeds")
    };
    let labels = if gelu { &[] } else { OPEN_AI_VISION };
    [
        Tower {
            output: image_output,
            labels,
            ..vision
        },
        Tower {
            output: text_output,
            ..text
        },
    ]
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

const GELU: &str = "activation = \"gelu\"";

#[test]
fn clip_of_hugging_face() {
    for tower in clip("clip_toy_hf", "heads = 4") {
        check(&tower);
    }
}

#[test]
fn clip_of_open_ai_with_either_activation() {
    let all = [
        clip_openai("clip_toy_openai", "", false),
        clip_openai("clip_toy_openai", GELU, true),
    ];
    all.iter().flatten().for_each(check);
}

#[test]
fn siglip_pooled_by_attention() {
    check(&siglip("siglip_toy_v25", "heads = 4\nimage = 45"));
}

#[test]
fn siglip2_regression() {
    check(&siglip_classifier("siglip2_toy_regression", "heads = 4"));
}

#[test]
fn clip_b32_in_full() {
    if full() {
        let hugging_face = clip("clip_b32_hf", "width = 768\ndepth = 12");
        hugging_face[..1].iter().for_each(check);
        check(&clip("clip_b32_hf", "")[1]);
        let all = [
            clip_openai("clip_b32_openai", "", false),
            clip_openai("clip_b32_openai", GELU, true),
        ];
        all.iter().flatten().for_each(check);
    }
}

#[test]
fn clip_l14_in_full() {
    if full() {
        clip("clip_l14_hf", "").iter().for_each(check);
        clip_openai("clip_l14_openai", "", false)
            .iter()
            .for_each(check);
        check(&clip("clip_l14_336_hf", "patch = 14\nimage = 336")[0]);
    }
}

#[test]
fn siglip_in_full() {
    if full() {
        check(&siglip("siglip_so400m_v25", "image = 384"));
        check(&siglip_classifier(
            "siglip2_base_512_regression",
            "labels = 1",
        ));
    }
}

fn full() -> bool {
    let full = std::env::var_os("BANDPASS_FULL").is_some_and(|v| v == "1");
    if !full {
        println!("skipped: full-size towers run with BANDPASS_FULL=1");
    }
    full
}

/// Builds the tower, runs it on every tensor of its fixture, compares.
fn check(tower: &Tower) {
    let Some(fixture) = Fixture::open(tower.fixture) else {
        return;
    };
    let network = build(&fixture, tower.architecture, tower.parameters);
    for case in &fixture.golden.cases {
        let Some(input) = input(tower, case, &network) else {
            continue;
        };
        for engine in engines() {
            check_case(tower, case, &network, &input, engine);
        }
    }
}

fn check_case(tower: &Tower, case: &Case, network: &Network, input: &Input, engine: Engine) {
    let outputs = run(engine, network, input);
    let off = difference(&case.outputs[tower.output], &outputs[0].1);
    let Tower {
        fixture,
        architecture,
        output,
        ..
    } = tower;
    println!("{fixture} {architecture} {output} {engine:?}: {off:.1e}");
    if off > TOLERANCE || off.is_nan() {
        panic!(
            "{fixture} {output} {engine:?}: off by {off:e};{}",
            depart(tower, case, network, input, engine)
        );
    }
}

/// How far each labelled value is from the original's, from the top.
fn depart(tower: &Tower, case: &Case, network: &Network, input: &Input, engine: Engine) -> String {
    let mut text = String::new();
    for (ours, theirs) in tower.labels {
        let Some(network) = network.clone().with_output(ours, &[None, None]) else {
            continue;
        };
        let Some(golden) = case.intermediates.get(*theirs) else {
            continue;
        };
        let outputs = run(engine, &network, input);
        let off = difference(golden, &outputs[1].1);
        text.push_str(&format!(" {ours}: {off:.1e};"));
    }
    text
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
