//! The builder: nodes, constants and weights, one after the other.
//!
//! Must not know: how a graph is written; what blocks are made of nodes.

use std::collections::BTreeSet;

use super::network::{Network, Port, Weight};
use super::onnx;
use crate::zoo::checkpoint::{Dtype, Tensor};

/// A tensor in the graph under construction: an input, a weight or what a node computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value(usize);

/// The value of a node's attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Attribute<'a> {
    /// A whole number.
    Int(i64),
    /// A real number.
    Float(f32),
    /// A word from the standard, as `tanh`.
    Text(&'a str),
    /// Several whole numbers.
    Ints(&'a [i64]),
}

/// A node whose names are still numbers.
#[derive(Debug)]
struct Step {
    op: &'static str,
    inputs: Vec<Value>,
    outputs: Vec<Value>,
    attributes: Vec<onnx::Attribute>,
    /// Whether it stays in f32 in a network of half precision.
    single: bool,
}

/// A small constant that lies in the graph itself.
#[derive(Debug)]
struct Constant {
    value: Value,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Collects a network.
#[derive(Debug)]
pub struct Builder {
    name: String,
    /// The name of each value, by its number.
    names: Vec<String>,
    steps: Vec<Step>,
    constants: Vec<Constant>,
    weights: Vec<(Value, Weight)>,
    inputs: Vec<(Value, Port)>,
    outputs: Vec<(Value, Port)>,
    /// Whether the nodes that are being added stay in f32.
    single: bool,
    /// Whether matrices are multiplied by as they lie.
    pub(super) in_place: bool,
}

impl Builder {
    /// An empty network called `name` (shown by tools that draw graphs).
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            names: Vec::new(),
            steps: Vec::new(),
            constants: Vec::new(),
            weights: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            single: false,
            in_place: false,
        }
    }

    /// From now on matrices are multiplied by as they lie, so that no engine makes a copy of its
    /// own of them: for networks too large to be held twice. rten takes twice the time for it.
    pub fn leave_in_place(&mut self) {
        self.in_place = true;
    }

    /// The nodes that `add` makes stay in f32 when the network becomes one of half precision.
    pub fn in_single(&mut self, add: impl FnOnce(&mut Self) -> Value) -> Value {
        self.single = true;
        let value = add(self);
        self.single = false;
        value
    }

    /// An input of the network; `None` in `shape` is a free extent.
    pub fn input(&mut self, name: &str, dtype: Dtype, shape: &[Option<usize>]) -> Value {
        let value = self.value(name.to_owned());
        self.inputs.push((value, Port::new(name, dtype, shape)));
        value
    }

    /// Makes `value` the output `name` of the network; a value may be one output only.
    pub fn output(&mut self, name: &str, value: Value, dtype: Dtype, shape: &[Option<usize>]) {
        self.label(value, name);
        self.outputs.push((value, Port::new(name, dtype, shape)));
    }

    /// Names a value, so that [`Network::with_output`] finds it.
    pub fn label(&mut self, value: Value, name: &str) {
        name.clone_into(&mut self.names[value.0]);
    }

    /// A weight as f32 and in its own shape; its values stay in the checkpoint.
    pub fn weight(&mut self, name: &str, tensor: &Tensor) -> Value {
        self.weight_as(name, tensor, tensor.shape())
    }

    /// A weight as f32, read with another shape of the same number of elements.
    ///
    /// A name stands for one tensor in one shape: asked for again, it is the same value.
    pub fn weight_as(&mut self, name: &str, tensor: &Tensor, shape: &[usize]) -> Value {
        let same = |w: &Weight| w.name() == name && w.shape() == shape;
        if let Some((value, _)) = self.weights.iter().find(|(_, w)| same(w)) {
            return *value;
        }
        let value = self.value(name.to_owned());
        let weight = Weight::new(name, Dtype::F32, shape, tensor.clone());
        self.weights.push((value, weight));
        value
    }

    /// A list of whole numbers, for shapes, axes and positions.
    pub fn ints(&mut self, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(Dtype::I64, vec![values.len()], bytes)
    }

    /// One number, which broadcasts.
    pub fn scalar(&mut self, value: f32) -> Value {
        self.constant(Dtype::F32, Vec::new(), value.to_le_bytes().to_vec())
    }

    /// A list of real numbers.
    pub fn floats(&mut self, values: &[f32]) -> Value {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(Dtype::F32, vec![values.len()], bytes)
    }

    /// Stands for an input of a node that is left out.
    pub fn absent(&mut self) -> Value {
        self.value(String::new())
    }

    /// A node of the standard operator `op` with one output.
    pub fn node(
        &mut self,
        op: &'static str,
        inputs: &[Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> Value {
        let output = self.value(format!("{op}_{}", self.names.len()));
        self.step(op, inputs, vec![output], attributes);
        output
    }

    /// A node of the standard operator `op` with `N` outputs.
    pub fn node_with<const N: usize>(
        &mut self,
        op: &'static str,
        inputs: &[Value],
        attributes: &[(&str, Attribute<'_>)],
    ) -> [Value; N] {
        let outputs = std::array::from_fn(|_| self.value(format!("{op}_{}", self.names.len())));
        self.step(op, inputs, outputs.to_vec(), attributes);
        outputs
    }

    /// The finished network.
    pub fn finish(self) -> Network {
        let Self { name, names, .. } = self;
        let named = |values: Vec<Value>| values.into_iter().map(|v| names[v.0].clone()).collect();
        let single = self.steps.iter().filter(|step| step.single);
        let single = single.flat_map(|step| named(step.outputs.clone()));
        let single: BTreeSet<String> = single.collect();
        let nodes = self.steps.into_iter().map(|step| {
            let output: Vec<String> = named(step.outputs);
            onnx::Node {
                name: output.first().cloned().unwrap_or_default(),
                input: named(step.inputs),
                output,
                op_type: step.op.to_owned(),
                attribute: step.attributes,
            }
        });
        let constants = self.constants.into_iter().map(|c| onnx::TensorProto {
            dims: c.shape.iter().map(|&d| d as i64).collect(),
            data_type: super::network::elem_type(c.dtype),
            name: names[c.value.0].clone(),
            raw_data: c.bytes,
            ..onnx::TensorProto::default()
        });
        Network {
            name,
            single,
            nodes: nodes.collect(),
            constants: constants.collect(),
            weights: self.weights.into_iter().map(|(_, w)| w).collect(),
            inputs: self.inputs.into_iter().map(|(_, p)| p).collect(),
            outputs: self.outputs.into_iter().map(|(_, p)| p).collect(),
        }
    }

    fn step(
        &mut self,
        op: &'static str,
        inputs: &[Value],
        outputs: Vec<Value>,
        attributes: &[(&str, Attribute<'_>)],
    ) {
        self.steps.push(Step {
            op,
            inputs: inputs.to_vec(),
            outputs,
            attributes: attributes.iter().map(|(n, a)| a.named(n)).collect(),
            single: self.single,
        });
    }

    fn constant(&mut self, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> Value {
        let value = self.value(format!("constant_{}", self.names.len()));
        self.constants.push(Constant {
            value,
            dtype,
            shape,
            bytes,
        });
        value
    }

    fn value(&mut self, name: String) -> Value {
        self.names.push(name);
        Value(self.names.len() - 1)
    }
}

impl Attribute<'_> {
    /// As the file has it.
    pub(super) fn named(&self, name: &str) -> onnx::Attribute {
        let mut attribute = onnx::Attribute {
            name: name.to_owned(),
            ..onnx::Attribute::default()
        };
        match *self {
            Self::Int(i) => (attribute.kind, attribute.i) = (onnx::attr::INT, Some(i)),
            Self::Float(f) => (attribute.kind, attribute.f) = (onnx::attr::FLOAT, Some(f)),
            Self::Text(s) => {
                (attribute.kind, attribute.s) = (onnx::attr::STRING, Some(s.as_bytes().to_vec()));
            }
            Self::Ints(list) => {
                (attribute.kind, attribute.ints) = (onnx::attr::INTS, list.to_vec());
            }
        }
        attribute
    }
}
