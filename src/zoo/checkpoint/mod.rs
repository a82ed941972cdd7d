//! Stand-in until the checkpoint reader is merged: the same names, tensors in memory only.
//!
//! Must not know: networks, runtimes, files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Type of a tensor's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// IEEE half.
    F16,
    /// Brain float.
    BF16,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// 64-bit integers.
    I64,
    /// 32-bit integers.
    I32,
}

/// One tensor.
#[derive(Debug, Clone)]
pub struct Tensor {
    shape: Vec<usize>,
    values: Arc<Vec<u8>>,
}

impl Tensor {
    /// A tensor of our own.
    pub fn from_f32(shape: Vec<usize>, values: Vec<f32>) -> Self {
        let values = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        Self {
            shape,
            values: Arc::new(values),
        }
    }
    /// Its element type.
    pub fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    /// Its shape.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }
    /// Bytes where they lie.
    pub fn in_place(&self) -> Option<&[u8]> {
        Some(&self.values)
    }
    /// Row-major little-endian bytes.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.values)
    }
    /// Values as f32.
    pub fn to_f32(&self) -> Vec<f32> {
        self.values
            .chunks_exact(4)
            .map(|c| f32::from_le_bytes([c[0], c[1], c[2], c[3]]))
            .collect()
    }
}

/// Named tensors.
#[derive(Debug, Clone, Default)]
pub struct Checkpoint {
    tensors: BTreeMap<String, Tensor>,
}

impl Checkpoint {
    /// The tensor of this name.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }
    /// All tensors.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(n, t)| (n.as_str(), t))
    }
}

impl FromIterator<(String, Tensor)> for Checkpoint {
    fn from_iter<I: IntoIterator<Item = (String, Tensor)>>(iter: I) -> Self {
        Self {
            tensors: iter.into_iter().collect(),
        }
    }
}
