//! A finished network: what a runtime needs to know of it.
//!
//! Must not know: how it was built, how it is encoded.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::onnx;
use crate::zoo::checkpoint::{Dtype, Tensor};

/// Weights of at least so many bytes are handed to runtimes as memory; the rest lies in the graph.
const EXTERNAL_BYTES: usize = 1024;

/// An input or output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name in the graph.
    pub name: String,
    /// Type of its elements.
    pub dtype: Dtype,
    /// Its extents; `None` is free (the batch).
    pub shape: Vec<Option<usize>>,
}

impl Port {
    pub(super) fn new(name: &str, dtype: Dtype, shape: &[Option<usize>]) -> Self {
        Self {
            name: name.to_owned(),
            dtype,
            shape: shape.to_vec(),
        }
    }
}

/// A weight of a network: a tensor of the checkpoint, and the type and shape the graph wants.
///
/// Nothing is converted or copied before it is asked for.
#[derive(Debug, Clone)]
pub struct Weight {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    tensor: Tensor,
    fed: bool,
}

impl Weight {
    pub(super) fn new(name: &str, dtype: Dtype, shape: &[usize], tensor: Tensor) -> Self {
        Self {
            name: name.to_owned(),
            dtype,
            shape: shape.to_vec(),
            tensor,
            fed: false,
        }
    }

    /// Name of the initialiser in the graph.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Element type in the graph: `F32`, or `F16` after [`Network::into_half`] or
    /// [`Network::keep_half`].
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Shape in the graph.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its size in the graph, in bytes.
    pub fn byte_len(&self) -> usize {
        self.shape.iter().product::<usize>() * self.dtype.size()
    }

    /// Element type in the checkpoint.
    pub fn stored(&self) -> Dtype {
        self.tensor.dtype()
    }

    /// Whether its values lie in the checkpoint row-major and aligned to their size.
    pub(super) fn lies_in_place(&self) -> bool {
        let bytes = self.tensor.in_place();
        bytes.is_some_and(|b| b.as_ptr().addr().is_multiple_of(self.stored().size()))
    }

    /// The bytes as they lie in the checkpoint (row-major, little-endian, [`Self::dtype`]), if
    /// they are already what the graph wants. They may be unaligned.
    pub fn in_place(&self) -> Option<&[u8]> {
        (self.tensor.dtype() == self.dtype)
            .then(|| self.tensor.in_place())
            .flatten()
    }

    /// The bytes (row-major, little-endian, [`Self::dtype`]), converted where needed.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        if self.tensor.dtype() == self.dtype {
            return self.tensor.bytes();
        }
        let values = self.tensor.to_f32();
        Cow::Owned(match self.dtype {
            Dtype::F16 => super::half::to_half_bytes(&values),
            _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        })
    }

    /// Whether [`Network::skeleton`] leaves it out, so that the runtime must be handed its bytes.
    pub fn is_external(&self) -> bool {
        self.byte_len() >= EXTERNAL_BYTES
    }

    /// Whether it is an input of the graph, and no initialiser.
    pub fn is_fed(&self) -> bool {
        self.fed
    }

    pub(super) fn feed(&mut self) {
        self.fed = true;
    }

    pub(super) fn set_dtype(&mut self, dtype: Dtype) {
        self.dtype = dtype;
    }
}

/// A finished network.
///
/// # How a runtime takes it
/// - **ONNX Runtime**: commit [`Self::skeleton`] from memory, after one
///   `with_external_initializer(weight.name(), tensor)` per [`Self::external_weights`] item, a
///   tensor of [`Weight::dtype`] and [`Weight::shape`]; it may lie over [`Weight::in_place`].
/// - **rten**: `ModelOptions::external_data(&location, weight.bytes().into_owned())` for every
///   `(location, weight)` of [`Self::external_weights`], then `load(skeleton)`; with
///   `prepack_weights(true)`, which doubles the speed on single pictures.
#[derive(Debug, Clone)]
pub struct Network {
    pub(super) name: String,
    /// Names of nodes that stay in f32 in half precision.
    pub(super) single: BTreeSet<String>,
    pub(super) nodes: Vec<onnx::Node>,
    pub(super) constants: Vec<onnx::TensorProto>,
    pub(super) weights: Vec<Weight>,
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
}

impl Network {
    /// What it takes, in order.
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// What it gives, in order.
    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// All its weights.
    pub fn weights(&self) -> &[Weight] {
        &self.weights
    }

    /// The weights that [`Self::skeleton`] leaves out, each with the `location` it is given there
    /// (`w0.data`, …; offset 0, length [`Weight::byte_len`]).
    pub fn external_weights(&self) -> impl Iterator<Item = (String, &Weight)> {
        let numbered = self.weights.iter().enumerate();
        numbered
            .filter(|(_, w)| w.is_external() && !w.is_fed())
            .map(|(i, w)| (location(i), w))
    }

    /// The weights that are inputs of the graph, to be given with every run, where they lie
    /// ([`Self::keep_half`]).
    pub fn fed_weights(&self) -> impl Iterator<Item = &Weight> {
        self.weights.iter().filter(|w| w.is_fed())
    }

    /// How many operators it has.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The same network with one more output: the value that was labelled `label`.
    ///
    /// For finding where a network departs from its original. None if no value has that label.
    #[must_use]
    pub fn with_output(mut self, label: &str, shape: &[Option<usize>]) -> Option<Self> {
        let known = self
            .nodes
            .iter()
            .any(|n| n.output.iter().any(|o| o == label));
        if known && self.outputs.iter().all(|p| p.name != label) {
            self.outputs.push(Port::new(label, Dtype::F32, shape));
        }
        known.then_some(self)
    }
}

/// Where the skeleton says that weight number `index` lies; rten wants the extension.
pub(super) fn location(index: usize) -> String {
    format!("w{index}.data")
}

/// The standard's number of an element type (`TensorProto.DataType`).
pub(super) fn elem_type(dtype: Dtype) -> i32 {
    match dtype {
        Dtype::F32 => onnx::elem::FLOAT,
        Dtype::U8 => 2,
        Dtype::I8 => 3,
        Dtype::U16 => 4,
        Dtype::I16 => 5,
        Dtype::I32 => 6,
        Dtype::I64 => 7,
        Dtype::Bool => 9,
        Dtype::F16 => onnx::elem::FLOAT16,
        Dtype::F64 => 11,
        Dtype::U32 => 12,
        Dtype::U64 => 13,
        Dtype::Bf16 => 16,
    }
}
