//! What a reader finds in a file, gathered in its order.
//!
//! Must not know: formats.

use super::CheckpointError;
use super::budget::Budget;
use super::tensor::Tensor;

/// A plain value beside the tensors.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
}

/// Tensors and plain values with their dotted paths.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) tensors: Vec<(String, Tensor)>,
    pub(super) metadata: Vec<(String, Scalar)>,
}

/// What a tensor's shared layout takes beside its entry in the list, for up to four dimensions.
const LAYOUT_BYTES: usize = 192;

impl Found {
    /// Adds a tensor.
    pub(super) fn tensor(
        &mut self,
        name: &str,
        tensor: Tensor,
        budget: &mut Budget,
    ) -> Result<(), CheckpointError> {
        let dimensions = tensor.shape().len() * 2 * size_of::<usize>();
        budget.spend(name.len() + LAYOUT_BYTES + dimensions, "its tensors")?;
        budget.push(&mut self.tensors, (name.to_owned(), tensor), "its tensors")
    }

    /// Adds a plain value.
    pub(super) fn scalar(
        &mut self,
        name: &str,
        value: Scalar,
        budget: &mut Budget,
    ) -> Result<(), CheckpointError> {
        let text = if let Scalar::Text(text) = &value {
            text.len()
        } else {
            0
        };
        budget.spend(name.len() + text, "its metadata")?;
        budget.push(&mut self.metadata, (name.to_owned(), value), "its metadata")
    }
}
