//! Published networks with names, layouts and types of their own, on both engines.

use bandpass::engine::infer::{Element, ModelSource, Runtime as _, Tensor, TensorData};
use serde_json::Value;

use super::inputs::{noise, smooth, square};
use super::{distance, engines, load, onnx_runtime, options, run_all};
use crate::shared::shared;

/// open_nsfw: NHWC, BGR, names with a colon.
#[test]
fn open_nsfw_gives_its_published_values() {
    let Some(folder) = shared("weights/open-nsfw") else {
        return;
    };
    let golden = std::fs::read_to_string(folder.join("golden.json")).unwrap();
    let golden: Value = serde_json::from_str(&golden).unwrap();
    let engines = engines();
    let mut sessions: Vec<_> = engines
        .iter()
        .map(|engine| load(engine.as_ref(), &folder.join("open-nsfw.onnx")))
        .collect();
    let mut seen = 0;
    for case in golden["cases"].as_array().unwrap() {
        let name = case["image"].as_str().unwrap();
        let Some(path) = ["golden", "fixtures"]
            .iter()
            .filter_map(|below| shared(below))
            .map(|folder| folder.join(name))
            .find(|path| path.exists())
        else {
            println!("not here: {name}");
            continue;
        };
        let pixels = square(&path, 256);
        let input = centre_bgr(&pixels);
        for session in &mut sessions {
            let output = &run_all(session.as_mut(), &input)[0];
            let nsfw = f64::from(output.as_f32().unwrap()[1]);
            let want = case["nsfw"].as_f64().unwrap();
            assert!(
                (nsfw - want).abs() < 2e-3,
                "{name}: {nsfw}, published {want}"
            );
        }
        seen += 1;
    }
    assert!(seen > 0);
}

/// The middle 224 × 224 of 256 × 256 RGB, as BGR minus the means of open_nsfw.
fn centre_bgr(pixels: &[f64]) -> Tensor {
    let mut data = Vec::with_capacity(224 * 224 * 3);
    for y in 16..240 {
        for x in 16..240 {
            let rgb = &pixels[(y * 256 + x) * 3..][..3];
            let bgr = [rgb[2] - 104.0, rgb[1] - 117.0, rgb[0] - 123.0];
            data.extend(bgr.map(|v| v as f32));
        }
    }
    Tensor::f32(&[1, 224, 224, 3], data)
}

/// Both engines agree on the same input; `shape` is that of the input.
fn agree(file: &str, shape: &[usize], outputs: usize, tolerance: f32) {
    let Some(path) = shared(file) else { return };
    let engines = engines();
    for input in [noise(shape), smooth(shape)] {
        let results: Vec<Vec<Tensor>> = engines
            .iter()
            .map(|engine| run_all(load(engine.as_ref(), &path).as_mut(), &input))
            .collect();
        for (engine, result) in std::iter::zip(&engines, &results) {
            assert_eq!(result.len(), outputs, "{file} on {}", engine.name());
            for (a, b) in std::iter::zip(&results[0], result) {
                let off = distance(a, b);
                println!("{file} on {}: {off:e}", engine.name());
                assert!(off < tolerance, "{file} on {}: {off}", engine.name());
            }
        }
    }
}

#[test]
fn mobilenet_agrees() {
    agree(
        "weights/mobilenetv2/mobilenetv2-7.onnx",
        &[1, 3, 224, 224],
        1,
        1e-4,
    );
}

/// Inputs and outputs with numbers for names; `Upsample` of opset 7.
#[test]
fn fastdepth_agrees() {
    agree(
        "weights/fastdepth/fastdepth_7.onnx",
        &[1, 3, 224, 224],
        1,
        1e-4,
    );
}

/// All sizes free, weights as constants.
#[test]
fn text_detection_agrees_at_two_sizes() {
    for (height, width) in [(160, 224), (320, 320)] {
        let shape = [1, 3, height, width];
        agree("weights/pp-ocr/ch_PP-OCRv4_det_infer.onnx", &shape, 1, 1e-3);
    }
}

/// Two outputs, batches.
#[test]
fn pose_agrees_and_does_not_depend_on_the_batch() {
    let file = "weights/rtmpose/rtmpose-s_simcc-body7_pt-body7-halpe26_700e-256x192-7f134165_20230605.onnx";
    agree(file, &[1, 3, 256, 192], 2, 1e-4);
    let Some(path) = shared(file) else { return };
    let (one, three) = (noise(&[1, 3, 256, 192]), noise(&[3, 3, 256, 192]));
    for engine in engines() {
        let mut session = load(engine.as_ref(), &path);
        assert!(!session.couples_batch());
        let alone = &run_all(session.as_mut(), &one)[0];
        let first = &run_all(session.as_mut(), &three)[0];
        let first = Tensor::f32(&alone.shape, first.as_f32().unwrap()[..26 * 384].to_vec());
        assert!(distance(alone, &first) < 1e-5);
    }
}

/// A head whose input is f64, with operators that only ONNX Runtime has: rten says so.
#[test]
fn float64_input() {
    let Some(path) = shared("weights/clip-nsfw/clip_nsfw_vit_l14.onnx") else {
        return;
    };
    let source = ModelSource::File(path.clone());
    let rten = bandpass::engine::infer::RtenRuntime;
    if let Err(error) = rten.load(&source, &options(1)) {
        assert!(error.hint().contains("ONNX Runtime can"), "{error}");
    }
    let Some(runtime) = onnx_runtime() else {
        return;
    };
    let mut session = load(&runtime, &path);
    assert_eq!(session.inputs()[0].element, Element::F64);
    let single = noise(&[2, 768]);
    let double = Tensor {
        shape: vec![2, 768],
        data: TensorData::F64(
            single
                .as_f32()
                .unwrap()
                .iter()
                .map(|&v| f64::from(v))
                .collect(),
        ),
    };
    let from_single = run_all(session.as_mut(), &single);
    assert_eq!(from_single, run_all(session.as_mut(), &double));
    assert_eq!(from_single[0].shape, [2, 1]);
}
