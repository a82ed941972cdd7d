//! Networks on pixels, end to end: a fixture's picture through the preprocessing of our manifest, the
//! network and the reading of its answer, against the original code's values.
//!
//! Small pictures run every time; those of 768 px with `BANDPASS_FULL=1`.

use std::path::Path;

use bandpass::domain::picture::Rgb;
use bandpass::engine::infer::Runtime;
use bandpass::zoo::graph::Network;
use bandpass::zoo::manifest::Manifest;
use bandpass::zoo::reading::Answer;
use serde_json::Value;

use super::run::{Input, Loaded, engines};
use super::{build, checkpoint};
use crate::fixture::Fixture;
use crate::fixture::golden::{Case, Tensor, Tolerance, compare};
use crate::fixture::picture::picture;

/// How far a value may be off, in units of its tensor's root mean square, and a score.
pub(super) const TOLERANCE: f64 = 1e-4;

/// A network of a fixture, and the manifest that runs it.
struct Family {
    fixture: &'static str,
    key: &'static str,
    /// Whether the original takes (x − 0.5)/0.5 inside the network, and we before it.
    halves: bool,
    /// Labelled values on the way, from the top.
    labels: &'static [&'static str],
}

const STAGES: &[&str] = &[
    "stem",
    "stage0",
    "stage1",
    "stage2",
    "stage3",
    "pooled_norm",
];

const BASE: Family = Family {
    fixture: "convnextv2_base",
    key: "twitter_logfav",
    halves: false,
    labels: STAGES,
};

const TINY: Family = Family {
    fixture: "convnextv2_tiny",
    key: "pixiv_compound_score",
    halves: true,
    ..BASE
};

const WATERMARK: Family = Family {
    fixture: "effnet_b3_watermark",
    key: "laion_watermark",
    halves: false,
    labels: &[
        "stem", "stage0", "stage1", "stage3", "stage6", "pooled", "hidden",
    ],
};

const COMPLEXITY: Family = Family {
    fixture: "icnet",
    key: "complexity_ic9600",
    labels: &[
        "b1_1",
        "b1_1_slam",
        "b1_2_slam",
        "b2_1_slam",
        "b2_4_slam",
        "up1",
        "up2",
        "to_map_f",
        "to_score_f_slam",
        "score_hidden",
    ],
    ..WATERMARK
};

#[test]
fn convnext_v2_of_hugging_face() {
    check(&BASE);
}

#[test]
fn convnext_v2_of_the_reference() {
    check(&TINY);
}

#[test]
fn efficientnet_finds_watermarks() {
    check(&WATERMARK);
}

#[test]
fn icnet_tells_complexity_and_where() {
    check(&COMPLEXITY);
}

/// Builds the network once and runs it on every case, on every engine.
fn check(family: &Family) {
    let Some(fixture) = Fixture::open(family.fixture) else {
        return;
    };
    let manifest = manifest(family.key);
    let variant = &manifest.weights[0];
    let network = build(
        &checkpoint(&fixture),
        variant.architecture.as_ref().unwrap(),
        &variant.parameters.to_string(),
    );
    let full = std::env::var_os("BANDPASS_FULL").is_some_and(|v| v == "1");
    for (place, case) in fixture.golden.cases.iter().enumerate() {
        if case.name.ends_with("_768") && !full {
            println!("skipped: {} runs with BANDPASS_FULL=1", case.name);
            continue;
        }
        let (shape, values) = input(family, &manifest, case);
        let input = Input::F32(shape, values);
        for engine in engines() {
            let at = format!("{} {} {}", family.fixture, case.name, engine.name());
            let outputs = Loaded::new(engine.as_ref(), &network).tensors(&input);
            let told = check_outputs(&network, case, &outputs);
            if told.is_err() || place == 0 {
                check_on_the_way(family.labels, case, &network, &input, engine.as_ref());
            }
            told.unwrap_or_else(|differs| panic!("{at}: {differs}"));
            check_scores(&manifest, case, &outputs, &at);
        }
    }
}

/// The manifest that comes with the program.
pub(super) fn manifest(key: &str) -> Manifest {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let text = std::fs::read_to_string(folder.join(format!("{key}.toml"))).unwrap();
    Manifest::parse(&text).unwrap()
}

/// What our network gets in a case: a tensor by the rule, or a picture as the manifest prepares it.
fn input(family: &Family, manifest: &Manifest, case: &Case) -> Tensor {
    let halved = |v: f32| if family.halves { (v - 0.5) / 0.5 } else { v };
    if let Some(mut tensors) = case.input.tensors() {
        let (shape, values) = tensors.swap_remove(0);
        return (shape, values.into_iter().map(halved).collect());
    }
    let mut spec = manifest.input.clone().unwrap();
    if let Some(side) = case.input.rest.get("size") {
        spec.size = [side.as_u64().unwrap() as u32; 2];
    }
    let mut values = vec![f32::NAN; spec.n_values()];
    spec.apply(&drawn(case), &mut values).unwrap();
    let [width, height] = spec.size.map(|side| side as usize);
    let shape = vec![1, 3, height, width];
    let seen: Vec<f32> = values
        .iter()
        .map(|v| if family.halves { v * 0.5 + 0.5 } else { *v })
        .collect();
    compare(&case.model_input[0], &shape, &seen, Tolerance::abs(1e-6)).unwrap();
    (shape, values)
}

/// The picture that a case starts from.
pub(super) fn drawn(case: &Case) -> Rgb {
    let drawn = picture(case.input.rest["file"].as_str().unwrap());
    Rgb {
        width: drawn.width as u32,
        height: drawn.height as u32,
        data: drawn.rgb(),
    }
}

/// Compares what the network gives with the record; the error names the output.
fn check_outputs(network: &Network, case: &Case, outputs: &[Tensor]) -> Result<(), String> {
    for (port, (_, values)) in network.outputs().iter().zip(outputs) {
        let golden = &case.outputs[&port.name];
        near(golden, values, TOLERANCE).map_err(|differs| format!("{}: {differs}", port.name))?;
    }
    Ok(())
}

/// Compares the values with these labels, from the top; panics at the first that differs.
pub(super) fn check_on_the_way(
    labels: &[&str],
    case: &Case,
    network: &Network,
    input: &Input,
    engine: &dyn Runtime,
) {
    let none = [None; 4];
    let labelled = labels.iter().fold(network.clone(), |network, label| {
        let rank = case.intermediates[*label]["shape"]
            .as_array()
            .unwrap()
            .len();
        let rank = if rank == 4 { 4 } else { 2 };
        network.with_output(label, &none[..rank]).unwrap()
    });
    let outputs = Loaded::new(engine, &labelled).tensors(input);
    let outputs = outputs.into_iter().skip(network.outputs().len());
    // The fixtures allow as much on the way: sums there are long.
    let by = 2.0 * TOLERANCE;
    for (label, tensor) in labels.iter().zip(outputs) {
        near(&case.intermediates[*label], &tensor.1, by)
            .unwrap_or_else(|differs| panic!("{} {label}: {differs}", engine.name()));
    }
}

/// Compares values with a record of the same number of them.
pub(super) fn near(golden: &Value, values: &[f32], by: f64) -> Result<(), String> {
    let shape: Vec<usize> = serde_json::from_value(golden["shape"].clone()).unwrap();
    if shape.iter().product::<usize>() != values.len() {
        return Err(format!(
            "{} values, the original has {shape:?}",
            values.len()
        ));
    }
    compare(golden, &shape, values, Tolerance::rel(by))
}

/// Each picture's column, and its map where there is one, as the manifest reads them.
fn check_scores(manifest: &Manifest, case: &Case, outputs: &[Tensor], at: &str) {
    let expected = case.scores.iter().filter(|(name, _)| *name != "map_mean");
    let pictures = outputs[0].0[0];
    assert_eq!(expected.clone().count(), pictures, "{at}");
    for (place, (name, golden)) in expected.enumerate() {
        let of_picture = |(shape, values): &'_ Tensor| {
            let length = values.len() / pictures;
            (
                shape[1..].to_vec(),
                values[place * length..][..length].to_vec(),
            )
        };
        let own: Vec<Tensor> = outputs.iter().map(of_picture).collect();
        let answers = own.iter().map(|(shape, values)| Answer { shape, values });
        let reading = manifest.read(&[answers.collect()], (512, 512));
        let (score, golden) = (reading.values[0], golden.as_f64().unwrap());
        assert!(
            (score - golden).abs() <= TOLERANCE * golden.abs(),
            "{at}: {name} is {score}, the original's {golden}"
        );
        assert_eq!(reading.detail.is_some(), manifest.map.is_some(), "{at}");
    }
}
