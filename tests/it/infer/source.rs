//! The ways to hand over a network.

use std::sync::Arc;

use bandpass::engine::infer::{Element, ModelSource, scan};
use bandpass::zoo::checkpoint::{self, Dtype};
use bandpass::zoo::graph::Builder;

use super::inputs::noise;
use super::{distance, engines, options, run_all};

/// relu(x·Wᵀ), W large enough to be handed over as memory.
pub(super) fn built() -> bandpass::zoo::graph::Network {
    let mut b = Builder::new("relu");
    let x = b.input("x", Dtype::F32, &[None, Some(64)]);
    let values: Vec<f32> = noise(&[32, 64])
        .as_f32()
        .unwrap()
        .iter()
        .map(|v| v - 0.5)
        .collect();
    let w = b.weight("w", &checkpoint::Tensor::from_f32(vec![32, 64], values));
    let y = b.gemm(x, w, None);
    let y = b.relu(y);
    b.output("y", y, Dtype::F32, &[None, Some(32)]);
    b.finish()
}

#[test]
fn file_bytes_and_memory_are_one_network() {
    let network = built();
    let file = network.to_onnx().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (onnx, other) = (dir.path().join("a.onnx"), dir.path().join("a.model"));
    std::fs::write(&onnx, &file).unwrap();
    std::fs::write(&other, &file).unwrap();
    let beside = dir.path().join("beside.onnx");
    let (mut graph, mut data) = (Vec::new(), Vec::new());
    let writer: &mut dyn std::io::Write = &mut data;
    network
        .write_onnx(&mut graph, Some(("beside.data", writer)))
        .unwrap();
    std::fs::write(&beside, &graph).unwrap();
    std::fs::write(dir.path().join("beside.data"), &data).unwrap();
    let sources = [
        ModelSource::File(onnx),
        ModelSource::File(other),
        ModelSource::File(beside),
        ModelSource::Bytes(Arc::from(file)),
        ModelSource::Built(Arc::new(network)),
    ];
    let input = noise(&[3, 64]);
    let mut first = None;
    for engine in engines() {
        for source in &sources {
            let mut session = engine.load(source, &options(1)).unwrap();
            assert_eq!(session.inputs()[0].to_string(), "`x` f32 [N, 64]");
            assert_eq!(session.outputs()[0].element, Element::F32);
            let result = run_all(session.as_mut(), &input).remove(0);
            let reference = first.get_or_insert_with(|| result.clone());
            assert!(distance(reference, &result) < 1e-6);
        }
    }
}

#[test]
fn a_graph_is_scanned_without_its_weights() {
    let facts = scan(&ModelSource::Built(Arc::new(built()))).unwrap();
    assert_eq!(facts.opset, 20);
    assert_eq!((facts.count("MatMul"), facts.count("Relu")), (1, 1));
    assert_eq!(facts.inputs.len(), 1);
    assert!(!facts.couples_batch());
}

#[test]
fn the_provider_of_each_node_is_read_back() {
    let source = ModelSource::Built(Arc::new(built()));
    for engine in engines() {
        let session = engine.load(&source, &options(1)).unwrap();
        let placement = session.placement();
        println!("{placement}: {:?}", placement.providers);
        assert_eq!(placement.providers.len(), 1);
        assert!((1..=3).contains(&placement.providers[0].1));
        assert!(placement.fallen.is_empty());
        assert!(placement.engine.contains(engine.version()));
    }
}
