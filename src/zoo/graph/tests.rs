use prost::Message as _;

use super::onnx;
use super::{Builder, GraphError, Network};
use crate::zoo::checkpoint::{Dtype, Tensor};

/// y = LayerNorm(x·Wᵀ), with a weight that is large enough to lie outside.
fn sample() -> Network {
    let mut b = Builder::new("sample");
    let x = b.input("x", Dtype::F32, &[None, Some(16)]);
    let values: Vec<f32> = (0..32 * 16).map(|i| i as f32).collect();
    let w = b.weight("w", &Tensor::from_f32(vec![32, 16], values));
    let ones = Tensor::from_f32(vec![32], vec![1.0; 32]);
    let scale = b.weight("norm.weight", &ones);
    let shift = b.weight("norm.bias", &ones);
    let y = b.gemm(x, w, None);
    let y = b.scale(y, 2.0);
    b.label(y, "doubled");
    let y = b.layer_norm(y, scale, shift, 1e-5);
    b.output("y", y, Dtype::F32, &[None, Some(32)]);
    b.finish()
}

#[derive(Clone, PartialEq, prost::Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(message, optional, tag = "7")]
    graph: Option<onnx::Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<onnx::OperatorSet>,
}

fn decode(bytes: &[u8]) -> (Model, onnx::Graph) {
    let model = Model::decode(bytes).unwrap();
    let graph = model.graph.clone().unwrap();
    (model, graph)
}

fn initialiser<'a>(graph: &'a onnx::Graph, name: &str) -> &'a onnx::TensorProto {
    graph.initializer.iter().find(|t| t.name == name).unwrap()
}

#[test]
fn inline_model_holds_every_weight() {
    let (model, graph) = decode(&sample().to_onnx().unwrap());
    assert_eq!((model.ir_version, model.opset_import[0].version), (9, 20));
    let ops: Vec<_> = graph.node.iter().map(|n| n.op_type.as_str()).collect();
    assert_eq!(ops, ["Transpose", "MatMul", "Mul", "LayerNormalization"]);
    let w = initialiser(&graph, "w");
    assert_eq!(
        (w.dims.as_slice(), w.raw_data.len()),
        ([32, 16].as_slice(), 2048)
    );
    assert_eq!(&w.raw_data[4..8], 1.0_f32.to_le_bytes());
}

#[test]
fn skeleton_leaves_large_weights_to_the_runtime() {
    let network = sample();
    let (_, graph) = decode(&network.skeleton());
    let external: Vec<_> = network.external_weights().collect();
    assert_eq!(external.len(), 1);
    let (location, weight) = &external[0];
    let tensor = initialiser(&graph, weight.name());
    assert_eq!((tensor.data_location, tensor.raw_data.len()), (1, 0));
    assert_eq!(&tensor.external_data[0].value, location);
    assert_eq!(tensor.external_data[2].value, weight.byte_len().to_string());
    assert_eq!(initialiser(&graph, "norm.bias").raw_data.len(), 128);
}

#[test]
fn external_file_holds_weights_at_pages() {
    let network = sample();
    let (mut graph, mut data) = (Vec::new(), Vec::new());
    let beside: Option<(&str, &mut dyn std::io::Write)> = Some(("sample.data", &mut data));
    network.write_onnx(&mut graph, beside).unwrap();
    let (_, graph) = decode(&graph);
    let entries = &initialiser(&graph, "w").external_data;
    assert_eq!(entries[0].value, "sample.data");
    assert_eq!(entries[1].value, "0");
    assert_eq!(data, network.weights()[0].in_place().unwrap());
}

#[test]
fn half_precision_keeps_norms_and_borders_single() {
    let half = sample().into_half();
    assert!(
        half.weights()[0].in_place().is_none(),
        "it must be converted"
    );
    let (_, graph) = decode(&half.to_onnx().unwrap());
    let ops: Vec<_> = graph.node.iter().map(|n| n.op_type.as_str()).collect();
    let expected = [
        "Cast",
        "Transpose",
        "MatMul",
        "Mul",
        "Cast",
        "LayerNormalization",
        "Cast",
        "Cast",
    ];
    assert_eq!(ops, expected);
    assert_eq!(initialiser(&graph, "w").data_type, onnx::elem::FLOAT16);
    assert_eq!(initialiser(&graph, "w").raw_data.len(), 1024);
    assert_eq!(
        initialiser(&graph, "norm.weight").data_type,
        onnx::elem::FLOAT
    );
    assert_eq!(graph.node[7].output, ["y"]);
    assert_eq!(graph.node[0].input, ["x"]);
}

#[test]
fn labelled_values_can_be_read_out() {
    let network = sample().with_output("doubled", &[None, Some(32)]).unwrap();
    let names: Vec<_> = network.outputs().iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["y", "doubled"]);
    assert!(sample().with_output("nothing", &[None]).is_none());
}

#[test]
fn a_writer_that_fails_is_an_error() {
    let mut full: &mut [u8] = &mut [0; 10];
    let error = sample().write_onnx(&mut full, None).unwrap_err();
    assert!(matches!(error, GraphError::Io(_)), "{error}");
}

#[test]
fn more_than_protobuf_holds_is_an_error() {
    let mut b = Builder::new("large");
    let small = Tensor::from_f32(vec![1], vec![0.0]);
    let w = b.weight_as("w", &small, &[1 << 30]);
    b.output("y", w, Dtype::F32, &[Some(1 << 30)]);
    let error = b.finish().to_onnx().unwrap_err();
    assert!(matches!(error, GraphError::TooLarge { bytes } if bytes > 4 << 30));
    assert!(error.to_string().contains("external data file"), "{error}");
}

#[test]
fn a_weight_used_twice_is_stored_once() {
    let mut b = Builder::new("tied");
    let tensor = Tensor::from_f32(vec![2, 2], vec![1.0; 4]);
    let (first, second) = (b.weight("w", &tensor), b.weight("w", &tensor));
    assert_eq!(first, second);
    let y = b.add(first, second);
    b.output("y", y, Dtype::F32, &[Some(2), Some(2)]);
    assert_eq!(b.finish().weights().len(), 1);
}
