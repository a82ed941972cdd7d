//! RTMPose: its network from a checkpoint, procslib's decoding, and the published RTMPose-s on
//! photographs, against the original code's values.
//!
//! The toy and RTMPose-s run every time; RTMPose-l with `BANDPASS_FULL=1`.

use std::path::{Path, PathBuf};

use bandpass::domain::detail::{Detail, Pose};
use bandpass::domain::picture::Rgb;
use bandpass::zoo::manifest::Manifest;
use bandpass::zoo::reading::{Answer, Reading};
use serde_json::Value;

use super::run::{Input, Loaded, engines};
use super::{build, checkpoint};
use crate::decoded::decoded;
use crate::fixture::Fixture;
use crate::fixture::golden::{Case, Tensor, Tolerance, compare};
use crate::fixture::picture::picture;
use crate::shared::shared;

/// Our labels beside the original's names, from the top; the last two have rank 3.
const LABELS: [(&str, &str); 9] = [
    ("stem", "stem"),
    ("backbone.stage1.1.attention", "attention_stage1"),
    ("stage1", "stage1"),
    ("stage2", "stage2"),
    ("stage3", "stage3"),
    ("stage4", "stage4"),
    ("final_layer", "final_layer"),
    ("mlp", "mlp"),
    ("gau", "gau"),
];

/// Our manifest, for a tensor of another size.
fn manifest(size: [u32; 2]) -> Manifest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/rtmpose.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let [width, height] = size;
    let text = text.replace("size = [192, 256]", &format!("size = [{width}, {height}]"));
    Manifest::parse(&text).unwrap()
}

/// The same in mmpose's way.
fn corrected(manifest: &Manifest) -> Manifest {
    let chosen = [("mode".to_owned(), "mmpose".to_owned())];
    manifest.adjusted(&chosen.into()).unwrap()
}

fn read(manifest: &Manifest, outputs: &[Tensor], row: usize, size: (u32, u32)) -> (Reading, Pose) {
    let answers = outputs.iter().map(|(shape, values)| {
        let length = values.len() / shape[0];
        Answer {
            shape: &shape[1..],
            values: &values[row * length..][..length],
        }
    });
    let reading = manifest.read(&[answers.collect()], size);
    let Some(Detail::Pose(pose)) = reading.detail.clone() else {
        panic!("no pose: {reading:?}");
    };
    (reading, pose)
}

fn floats(list: &Value) -> Vec<f64> {
    serde_json::from_value(list.clone()).unwrap()
}

/// Points are exact, scores within `by` and bones as many.
fn assert_pose(at: &str, (reading, pose): &(Reading, Pose), golden: &Golden<'_>, by: f64) {
    if let Some(bones) = golden.bones {
        assert_eq!(reading.values[0], bones.as_f64().unwrap(), "{at}: bones");
    }
    let scores = floats(golden.scores);
    assert_eq!(pose.points.len(), scores.len(), "{at}");
    for (i, (point, score)) in pose.points.iter().zip(&scores).enumerate() {
        let off = (f64::from(point.score) - score).abs();
        assert!(off <= by, "{at}, point {i}: {}, not {score}", point.score);
        if let Some(place) = golden.points.get(i) {
            let expected = floats(place).into_iter().map(|v| v as f32);
            assert_eq!(
                [point.x, point.y].to_vec(),
                expected.collect::<Vec<_>>(),
                "{at}, point {i}"
            );
        }
    }
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    assert!((reading.values[1] - mean).abs() <= by, "{at}: mean");
}

/// What the original found.
struct Golden<'a> {
    /// None where it counted by other scores.
    bones: Option<&'a Value>,
    scores: &'a Value,
    /// None of a tensor that is no picture.
    points: &'a [Value],
}

#[test]
fn the_toy_gives_the_original_values() {
    check("rtmpose_toy", [96, 128]);
}

#[test]
fn rtmpose_l_gives_the_original_values() {
    if std::env::var_os("BANDPASS_FULL").is_some_and(|v| v == "1") {
        check("rtmpose_l", [192, 256]);
    } else {
        println!("skipped: RTMPose-l runs with BANDPASS_FULL=1");
    }
}

fn check(id: &str, size: [u32; 2]) {
    let Some(fixture) = Fixture::open(id) else {
        return;
    };
    let manifest = manifest(size);
    let labelled = build(&checkpoint(&fixture), "rtmpose", "split = 2");
    let none = [None; 4];
    let labelled = LABELS
        .iter()
        .enumerate()
        .fold(labelled, |network, (i, (label, _))| {
            let rank = if i < 7 { 4 } else { 3 };
            network.with_output(label, &none[..rank]).unwrap()
        });
    for engine in engines() {
        let mut loaded = Loaded::new(engine.as_ref(), &labelled);
        for case in &fixture.golden.cases {
            let at = format!("{id} {} {}", case.name, engine.name());
            let (input, size) = input(&manifest, case);
            let mut outputs = loaded.tensors(&input);
            let between = outputs.split_off(2);
            for ((_, label), (shape, values)) in LABELS.iter().zip(&between) {
                compare(
                    &case.intermediates[*label],
                    shape,
                    values,
                    Tolerance::rel(2e-4),
                )
                .unwrap_or_else(|differs| panic!("{at}, {label}: {differs}"));
            }
            check_answers(&at, &fixture, case, &outputs);
            check_poses(&at, &manifest, case, &outputs, size);
        }
    }
}

/// The tensor of a case, and the size of its picture or of itself.
fn input(manifest: &Manifest, case: &Case) -> (Input, (u32, u32)) {
    if let Some(mut tensors) = case.input.tensors() {
        let (shape, values) = tensors.swap_remove(0);
        let size = (shape[3] as u32, shape[2] as u32);
        return (Input::F32(shape, values), size);
    }
    let drawn = picture(case.input.rest["file"].as_str().unwrap());
    let rgb = Rgb {
        width: drawn.width as u32,
        height: drawn.height as u32,
        data: drawn.rgb(),
    };
    let (input, size) = seen(manifest, &rgb);
    let Input::F32(shape, values) = &input else {
        panic!("no floats");
    };
    compare(&case.model_input[0], shape, values, Tolerance::abs(1e-6)).unwrap();
    (input, size)
}

/// A picture as the manifest prepares it.
fn seen(manifest: &Manifest, rgb: &Rgb) -> (Input, (u32, u32)) {
    let spec = manifest.input.as_ref().unwrap();
    let mut values = vec![f32::NAN; spec.n_values()];
    spec.apply(rgb, &mut values).unwrap();
    let shape = [&[1], spec.shape().as_slice()].concat();
    (Input::F32(shape, values), (rgb.width, rgb.height))
}

fn check_answers(at: &str, fixture: &Fixture, case: &Case, outputs: &[Tensor]) {
    let share = fixture.golden.tolerance("simcc_rel_to_max");
    for (name, (shape, values)) in ["simcc_x", "simcc_y"].into_iter().zip(outputs) {
        let golden = &case.outputs[name];
        let ends = ["min", "max"].map(|end| golden[end].as_f64().unwrap().abs());
        let by = Tolerance::abs(share * ends[0].max(ends[1]));
        compare(golden, shape, values, by)
            .unwrap_or_else(|differs| panic!("{at}, {name}: {differs}"));
    }
}

fn check_poses(at: &str, manifest: &Manifest, case: &Case, outputs: &[Tensor], size: (u32, u32)) {
    let none = Vec::new();
    for (row, golden) in case.scores.values().enumerate() {
        let points = golden["keypoints_procslib"].as_array().unwrap_or(&none);
        for (manifest, scores) in [
            (manifest, "score_procslib_max"),
            (&corrected(manifest), "score_mmpose_min"),
        ] {
            let upstream = scores == "score_procslib_max";
            let golden = Golden {
                bones: upstream.then_some(&golden["bone_count"]),
                scores: &golden[scores],
                points: if upstream { points } else { &[] },
            };
            assert_pose(at, &read(manifest, outputs, row, size), &golden, 1e-3);
        }
    }
}

/// Answers by a generator: 8 bones.
#[test]
fn procslibs_decoding_comes_out() {
    let Some(folder) = shared("golden/rtmpose") else {
        return;
    };
    let text = std::fs::read(folder.join("golden.json")).unwrap();
    let golden: Value = serde_json::from_slice(&text).unwrap();
    let case = &golden["decode_case"];
    let damp = floats(&case["damp"]);
    let answer = |seed: u32, n: usize| -> Tensor {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let rows = damp.iter().flat_map(|damp| vec![*damp as f32; n]);
        let values = rows.map(|damp| next() * 0.6 * damp).collect();
        (vec![1, 17, n], values)
    };
    let found = read(
        &manifest([192, 256]),
        &[answer(7, 384), answer(9, 512)],
        0,
        (950, 641),
    );
    let golden = Golden {
        bones: Some(&case["bone_count_thr0_3"]),
        scores: &case["scores"],
        points: case["keypoints_image"].as_array().unwrap(),
    };
    assert_eq!(found.0.values[0], 8.0);
    assert_pose("procslib", &found, &golden, 1e-6);
}

/// The file that its authors publish.
fn published(weights: &Path) -> PathBuf {
    let name = "rtmpose-s_simcc-body7_pt-body7-halpe26_700e-256x192-7f134165_20230605.onnx";
    weights.join("rtmpose").join(name)
}

#[test]
fn rtmpose_s_finds_the_points_of_photographs() {
    let (Some(weights), Some(fixtures)) = (shared("weights"), shared("fixtures")) else {
        return;
    };
    let text = std::fs::read(fixtures.join("rtmpose_real_s_halpe26/golden.json")).unwrap();
    let golden: Value = serde_json::from_slice(&text).unwrap();
    let by = golden["tolerance"]["max_abs"].as_f64().unwrap();
    let upstream = manifest([192, 256]);
    let modes = [
        ("procslib", upstream.clone(), "score_procslib_max"),
        ("corrected", corrected(&upstream), "score_mmpose_min"),
    ];
    for engine in engines() {
        let mut loaded = Loaded::from_file(engine.as_ref(), &published(&weights));
        for case in golden["cases"].as_array().unwrap() {
            let name = case["image"].as_str().unwrap();
            let rgb = decoded(&shared(name).unwrap()).rgb;
            for (mode, manifest, scores) in &modes {
                let (input, size) = seen(manifest, &rgb);
                let found = read(manifest, &loaded.tensors(&input), 0, size);
                let golden = &case[mode];
                let golden = Golden {
                    bones: (*mode == "procslib").then_some(&golden["bone_count"]),
                    scores: &golden[scores],
                    points: golden["keypoints"].as_array().unwrap(),
                };
                let at = format!("{name}, {mode}, {}", engine.name());
                assert_pose(&at, &found, &golden, by);
            }
        }
    }
}
