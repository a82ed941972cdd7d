//! Half precision for GPUs: weights and most of the arithmetic in f16, the borders in f32.
//!
//! Must not know: architectures. Works on any network that [`super::Builder`] makes.

use std::collections::{BTreeMap, BTreeSet};

use half::f16;

use super::builder::Attribute;
use super::network::Network;
use super::onnx::{self, elem};
use crate::zoo::checkpoint::Dtype;

/// Operators that sum or square many values: they stay in f32.
const IN_SINGLE: [&str; 5] = [
    "LayerNormalization",
    "InstanceNormalization",
    "Softmax",
    "ReduceL2",
    "ReduceMean",
];

/// Values as f16 bytes, rounded to nearest even; what is too large becomes infinite.
pub(super) fn to_half_bytes(values: &[f32]) -> Vec<u8> {
    let halves = values.iter().map(|&v| f16::from_f32(v));
    halves.flat_map(f16::to_le_bytes).collect()
}

impl Network {
    /// The same network in half precision, for GPUs: half the memory, tensor cores.
    ///
    /// Weights and arithmetic are f16; inputs and outputs stay f32, as do normalisations and
    /// softmax, with casts around them. Activations above 65504 overflow.
    #[must_use]
    pub fn into_half(mut self) -> Self {
        self.halve_constants();
        let single = self.single_weights();
        for weight in &mut self.weights {
            if !single.contains(weight.name()) {
                weight.set_dtype(Dtype::F16);
            }
        }
        let mut nodes = Vec::with_capacity(self.nodes.len() * 2);
        let inner = self.cast_inputs(&mut nodes);
        for mut node in std::mem::take(&mut self.nodes) {
            rename(&mut node.input, &inner);
            if IN_SINGLE.contains(&node.op_type.as_str()) {
                wrap(node, &single, &mut nodes);
            } else {
                nodes.push(node);
            }
        }
        self.cast_outputs(&mut nodes);
        self.nodes = nodes;
        self
    }

    fn halve_constants(&mut self) {
        for constant in &mut self.constants {
            if constant.data_type == elem::FLOAT {
                let values = constant.raw_data.as_chunks().0;
                let values: Vec<f32> = values.iter().map(|b| f32::from_le_bytes(*b)).collect();
                constant.raw_data = to_half_bytes(&values);
                constant.data_type = elem::FLOAT16;
            }
        }
    }

    /// Weights that only f32 operators take.
    fn single_weights(&self) -> BTreeSet<String> {
        let (mut single, mut other) = (BTreeSet::new(), BTreeSet::new());
        for node in &self.nodes {
            let is_single = IN_SINGLE.contains(&node.op_type.as_str());
            let names = if is_single { &mut single } else { &mut other };
            names.extend(node.input.iter().cloned());
        }
        let weights = self.weights.iter().map(|w| w.name().to_owned());
        weights
            .filter(|n| single.contains(n) && !other.contains(n))
            .collect()
    }

    /// Casts f32 inputs; gives the names under which the nodes find them.
    fn cast_inputs(&self, nodes: &mut Vec<onnx::Node>) -> BTreeMap<String, String> {
        let mut inner = BTreeMap::new();
        for port in self.inputs.iter().filter(|p| p.dtype == Dtype::F32) {
            let half = format!("{}_half", port.name);
            nodes.push(cast(&port.name, &half, elem::FLOAT16));
            inner.insert(port.name.clone(), half);
        }
        inner
    }

    /// Casts f32 outputs back under their own names.
    fn cast_outputs(&self, nodes: &mut Vec<onnx::Node>) {
        let outputs = self.outputs.iter().filter(|p| p.dtype == Dtype::F32);
        let inner: BTreeMap<String, String> = outputs
            .map(|p| (p.name.clone(), format!("{}_half", p.name)))
            .collect();
        for node in nodes.iter_mut() {
            rename(&mut node.input, &inner);
            rename(&mut node.output, &inner);
        }
        for (name, half) in inner {
            nodes.push(cast(&half, &name, elem::FLOAT));
        }
    }
}

/// Puts casts to f32 before and to f16 after an operator; its weights in `single` are f32 already.
fn wrap(mut node: onnx::Node, single: &BTreeSet<String>, nodes: &mut Vec<onnx::Node>) {
    let data = if node.op_type.ends_with("Normalization") {
        node.input.len()
    } else {
        1
    };
    for (i, input) in node.input.iter_mut().enumerate().take(data) {
        if !single.contains(input) {
            let name = format!("{}_in{i}", node.name);
            nodes.push(cast(input, &name, elem::FLOAT));
            *input = name;
        }
    }
    let single_outputs: Vec<_> = node.output.iter().map(|o| format!("{o}_single")).collect();
    let outputs = std::mem::replace(&mut node.output, single_outputs);
    let casts: Vec<_> = (node.output.iter().zip(outputs))
        .map(|(from, to)| cast(from, &to, elem::FLOAT16))
        .collect();
    nodes.push(node);
    nodes.extend(casts);
}

fn rename(names: &mut [String], to: &BTreeMap<String, String>) {
    for name in names {
        if let Some(new) = to.get(name) {
            name.clone_from(new);
        }
    }
}

fn cast(from: &str, to: &str, elem: i32) -> onnx::Node {
    onnx::Node {
        input: vec![from.to_owned()],
        output: vec![to.to_owned()],
        name: format!("{to}_cast"),
        op_type: "Cast".to_owned(),
        attribute: vec![Attribute::Int(i64::from(elem)).named("to")],
    }
}
