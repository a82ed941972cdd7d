//! Heads and fusion nets: the original code's values, what can be stated, what is refused.

mod fixtures;
mod real;
mod refused;
mod stated;

use std::sync::Arc;

use bandpass::engine::infer::{self as engine, ModelSource, SessionOptions};
use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::graph::Network;

use crate::fixture::golden::Tensor;
use crate::infer;

/// How far a score may be off, relative to the scores of its run.
const TOLERANCE: f64 = 1e-4;

/// Runs a network whose inputs and one output are f32, on every engine at hand, which must agree.
fn run(network: &Network, inputs: &[Tensor]) -> Tensor {
    let source = ModelSource::Built(Arc::new(network.clone()));
    let answers: Vec<Tensor> = infer::engines()
        .iter()
        .map(|engine| {
            let options = SessionOptions::default();
            let mut session = engine.load(&source, &options).unwrap();
            let names: Vec<String> = session.inputs().iter().map(|p| p.name.clone()).collect();
            let given: Vec<engine::Tensor> = inputs
                .iter()
                .map(|(shape, values)| engine::Tensor::f32(shape, values.clone()))
                .collect();
            let named: Vec<_> = names.iter().map(String::as_str).zip(&given).collect();
            let output = session.outputs()[0].name.clone();
            let found = session.run(&named, &[&output]).unwrap().remove(0);
            (found.shape.clone(), found.as_f32().unwrap().to_vec())
        })
        .collect();
    for (values, first) in answers
        .iter()
        .skip(1)
        .map(|answer| (&answer.1, &answers[0].1))
    {
        for (a, b) in values.iter().zip(first) {
            assert!(
                (a - b).abs() <= 1e-4 * b.abs().max(1.0),
                "engines: {a} and {b}"
            );
        }
    }
    answers.into_iter().next().unwrap()
}

/// Builds what a checkpoint is recognised as, with the parameters that are then suggested.
fn build_recognised(checkpoint: &Checkpoint) -> (arch::Recognised, Network) {
    let mut found = arch::recognise(checkpoint);
    assert_eq!(found.len(), 1, "{found:?}");
    let found = found.remove(0);
    let weights = arch::weights(found.architecture, checkpoint, false).unwrap();
    let network = arch::build(found.architecture, &weights, &found.parameters).unwrap();
    let unused = weights.unused();
    assert!(
        unused.iter().all(|n| n.ends_with(".num_batches_tracked")),
        "{unused:?}"
    );
    (found, network)
}

/// A checkpoint of a few numbers.
fn checkpoint(tensors: &[(&str, &[usize], &[f32])]) -> Checkpoint {
    let mut header = serde_json::Map::new();
    let mut data = Vec::new();
    for (name, shape, values) in tensors {
        let start = data.len();
        data.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        let offsets = [start, data.len()];
        let about = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": offsets});
        header.insert((*name).to_owned(), about);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let length = (header.len() as u64).to_le_bytes().to_vec();
    Checkpoint::read(Arc::new([length, header, data].concat())).unwrap()
}
