//! Half precision for GPUs: weights and most of the arithmetic in f16, the borders in f32.
//!
//! Must not know: architectures. Works on any network that [`super::Builder`] makes.

use std::collections::{BTreeMap, BTreeSet};

use half::f16;

use super::builder::Attribute;
use super::network::{Network, Weight};
use super::onnx::{self, elem};
use crate::zoo::checkpoint::Dtype;

/// Operators that sum or square many values, or are told numbers in f32 only: they stay in f32.
const IN_SINGLE: [&str; 6] = [
    "LayerNormalization",
    "InstanceNormalization",
    "Softmax",
    "ReduceL2",
    "ReduceMean",
    "Resize",
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
        let single = self.single_values();
        self.halve_constants(&single);
        for weight in &mut self.weights {
            if !single.given.contains(weight.name()) {
                weight.set_dtype(Dtype::F16);
            }
        }
        let mut nodes = Vec::with_capacity(self.nodes.len() * 2);
        let inner = self.cast_inputs(&mut nodes);
        for mut node in std::mem::take(&mut self.nodes) {
            let is_single = is_single(&node, &self.single);
            rename(&mut node.input, &inner);
            if is_single {
                single.wrap(node, &mut nodes);
            } else {
                nodes.push(node);
            }
        }
        self.cast_outputs(&mut nodes);
        self.nodes = nodes;
        self
    }

    fn halve_constants(&mut self, single: &Single) {
        for constant in &mut self.constants {
            if constant.data_type == elem::FLOAT && !single.given.contains(&constant.name) {
                let values = constant.raw_data.as_chunks().0;
                let values: Vec<f32> = values.iter().map(|b| f32::from_le_bytes(*b)).collect();
                constant.raw_data = to_half_bytes(&values);
                constant.data_type = elem::FLOAT16;
            }
        }
    }

    fn single_values(&self) -> Single {
        let (mut taken, mut half) = (BTreeSet::new(), BTreeSet::new());
        let mut made = BTreeSet::new();
        for node in &self.nodes {
            let is_single = is_single(node, &self.single);
            let names = if is_single { &mut taken } else { &mut half };
            names.extend(node.input.iter().cloned());
            if is_single {
                made.extend(node.output.iter().cloned());
            }
        }
        half.extend(self.outputs.iter().map(|port| port.name.clone()));
        let only = |name: &str| taken.contains(name) && !half.contains(name);
        let weights = self.weights.iter().map(Weight::name).filter(|n| only(n));
        let constants = self.constants.iter();
        let constants = constants.filter(|c| c.data_type != elem::FLOAT || only(&c.name));
        let given = weights.chain(constants.map(|c| c.name.as_str()));
        Single {
            given: given.map(str::to_owned).collect(),
            made,
            half,
        }
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

/// Which values there are in f32.
struct Single {
    /// Weights and constants that only f32 operators take, and whole numbers: never cast.
    given: BTreeSet<String>,
    /// What f32 operators give: as `NAME_single`, before it is cast.
    made: BTreeSet<String>,
    /// What others take.
    half: BTreeSet<String>,
}

impl Single {
    /// Puts casts to f32 before and to f16 after an operator, where its neighbours are of f16.
    fn wrap(&self, mut node: onnx::Node, nodes: &mut Vec<onnx::Node>) {
        for (i, input) in node.input.iter_mut().enumerate() {
            if self.made.contains(input) {
                *input = format!("{input}_single");
            } else if !self.given.contains(input) {
                let name = format!("{}_in{i}", node.name);
                nodes.push(cast(input, &name, elem::FLOAT));
                *input = name;
            }
        }
        let mut casts = Vec::new();
        for output in &mut node.output {
            let made = format!("{output}_single");
            if self.half.contains(output) {
                casts.push(cast(&made, output, elem::FLOAT16));
            }
            *output = made;
        }
        nodes.push(node);
        nodes.extend(casts);
    }
}

/// Whether an operator sums or squares many values, or was asked to stay in f32.
fn is_single(node: &onnx::Node, asked: &BTreeSet<String>) -> bool {
    IN_SINGLE.contains(&node.op_type.as_str()) || asked.contains(&node.name)
}

fn rename(names: &mut [String], to: &BTreeMap<String, String>) {
    for name in names {
        if let Some(new) = to.get(name) {
            name.clone_from(new);
        }
    }
}

pub(super) fn cast(from: &str, to: &str, elem: i32) -> onnx::Node {
    onnx::Node {
        input: vec![from.to_owned()],
        output: vec![to.to_owned()],
        name: format!("{from}_to_{to}"),
        op_type: "Cast".to_owned(),
        attribute: vec![Attribute::Int(i64::from(elem)).named("to")],
    }
}
