//! The 8-bit CLIP tower: right on ONNX Runtime, refused by rten.

use std::collections::HashMap;
use std::io::{Cursor, Read as _};
use std::path::Path;

use bandpass::engine::infer::{ModelSource, RtenRuntime, Runtime as _, Session, Tensor};
use serde_json::Value;

use super::{load, onnx_runtime, options};
use crate::shared::shared;

const FILE: &str = "weights/clip-vit-b16/clip_encoder.int8.onnx";

#[test]
fn rten_refuses_a_dynamically_quantised_network() {
    let Some(path) = shared(FILE) else { return };
    let error = RtenRuntime
        .load(&ModelSource::File(path), &options(2))
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("49 × DynamicQuantizeLinear"),
        "{error}"
    );
    assert!(error.hint().contains("runtime install"), "{}", error.hint());
}

#[test]
fn onnx_runtime_gives_the_published_values() {
    let (Some(path), Some(runtime)) = (shared(FILE), onnx_runtime()) else {
        return;
    };
    let mut session = load(&runtime, &path);
    assert!(session.couples_batch());
    let golden = path.with_file_name("golden.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let head = head("laion-v1/sa_0_4_vit_b_16_linear.pth");
    let mut seen = 0;
    for (name, tensor) in published_tensors() {
        let embedding = embed(session.as_mut(), &tensor);
        let want = &golden["images"][format!("golden/clip_retrieval/{name}.jpg")]["int8"];
        let score = score(&embedding, &head);
        let want = want["laion_v1_b16"].as_f64().unwrap();
        // On other instruction sets another rounding, which this network blows up.
        let tolerance = if published_processor() { 0.1 } else { 1.2 };
        assert!(
            (score - want).abs() < tolerance,
            "{name}: {score}, published {want}"
        );
        seen += 1;
    }
    assert_eq!(seen, 7);
}

#[cfg(target_arch = "x86_64")]
fn published_processor() -> bool {
    std::is_x86_feature_detected!("avx512vnni")
}

#[cfg(not(target_arch = "x86_64"))]
fn published_processor() -> bool {
    false
}

#[test]
fn values_do_not_depend_on_threads() {
    let (Some(path), Some(runtime)) = (shared(FILE), onnx_runtime()) else {
        return;
    };
    let (_, tensor) = published_tensors().swap_remove(0);
    let source = ModelSource::File(path);
    let [one, two] = [1, 2].map(|threads| {
        let mut session = runtime.load(&source, &options(threads)).unwrap();
        embed(session.as_mut(), &tensor)
    });
    assert_eq!(one, two);
}

fn embed(session: &mut dyn Session, tensor: &Tensor) -> Vec<f32> {
    let output = session.run(&[("pixel_values", tensor)], &["image_embeds"]);
    output.unwrap()[0].as_f32().unwrap().to_vec()
}

/// A linear head on the unit embedding.
fn score(embedding: &[f32], (weights, bias): &(Vec<f32>, f32)) -> f64 {
    let norm = embedding
        .iter()
        .map(|v| f64::from(*v).powi(2))
        .sum::<f64>()
        .sqrt();
    let dot: f64 = std::iter::zip(embedding, weights)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum();
    dot / norm + f64::from(*bias)
}

/// The weights (512) and bias (1) in a zip of raw little-endian floats.
fn head(file: &str) -> (Vec<f32>, f32) {
    let path = shared("weights").unwrap().join(file);
    let tensors: Vec<Vec<f32>> = entries(&path)
        .into_iter()
        .filter(|(name, _)| name.contains("/data/"))
        .map(|(_, bytes)| floats(&bytes))
        .collect();
    let weights = tensors.iter().find(|t| t.len() == 512).unwrap().clone();
    let bias = tensors.iter().find(|t| t.len() == 1).unwrap()[0];
    (weights, bias)
}

/// The preprocessed tensors (1, 3, 224, 224) of seven photographs, by name.
fn published_tensors() -> Vec<(String, Tensor)> {
    let path = shared("golden/clip_retrieval/fixture.npz").unwrap();
    let entries: HashMap<String, Vec<u8>> = entries(&path).into_iter().collect();
    let mut found = Vec::new();
    for i in 0..4 {
        let array = |what: &str| {
            let npy = &entries[&format!("tensors{i}_image_{what}.npy")];
            npy[10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]))..].to_vec()
        };
        // Names are seven characters of four bytes each.
        let names = array("filename");
        let pixels = floats(&array("tensor"));
        let each = 3 * 224 * 224;
        for (name, data) in std::iter::zip(names.chunks(28), pixels.chunks(each)) {
            let name = name.chunks(4).map(|c| char::from(c[0])).collect();
            found.push((name, Tensor::f32(&[1, 3, 224, 224], data.to_vec())));
        }
    }
    found
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

fn entries(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(std::fs::read(path).unwrap())).unwrap();
    (0..archive.len())
        .map(|i| {
            let mut file = archive.by_index(i).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().to_string(), bytes)
        })
        .collect()
}
