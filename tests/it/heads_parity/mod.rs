//! Heads and fusion nets: the original code's values, what can be stated, what is refused.

mod fixtures;
mod real;
mod refused;
mod stated;

use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::graph::Network;

use crate::fixture::golden::Tensor;

/// How far a score may be off, relative to the scores of its run.
const TOLERANCE: f64 = 1e-4;

/// Runs a network whose inputs and one output are f32.
fn run(network: &Network, inputs: &[Tensor]) -> Tensor {
    let mut options = rten::ModelOptions::with_all_ops();
    for (location, weight) in network.external_weights() {
        options.external_data(&location, weight.bytes().into_owned());
    }
    let model = options.load(network.skeleton()).unwrap();
    let inputs = model
        .input_ids()
        .iter()
        .zip(inputs)
        .map(|(id, (shape, values))| {
            let value = rten::Value::from_shape(shape, values.clone()).unwrap();
            (*id, value.into())
        });
    let outputs = model
        .run(inputs.collect(), model.output_ids(), None)
        .unwrap();
    let output = outputs.into_iter().next().unwrap();
    let (shape, values) = output.into_shape_vec::<f32, 2>().unwrap();
    (shape.to_vec(), values)
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
