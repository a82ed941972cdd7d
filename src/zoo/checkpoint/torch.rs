//! Torch files: a pickle that describes tensors, and the storages that they view.
//!
//! Must not know: opcodes, zip's format.

mod archived;
mod legacy;

pub(super) use archived::read_zip;
pub(super) use legacy::read_legacy;

use super::CheckpointError;
use super::budget::Budget;
use super::dtype::Dtype;
use super::error::brief;
use super::found::{Found, Scalar};
use super::layout::Layout;
use super::pickle::{self, Item, Pickle, StorageRef, TensorRef, Value};
use super::tensor::{Storage, Tensor};

/// A storage that a tensor asks for.
struct Wanted<'a> {
    /// The tensor's name.
    name: &'a str,
    storage: StorageRef,
    dtype: Dtype,
}

impl Wanted<'_> {
    /// Refuses the tensor.
    fn refuse(&self, why: &str) -> CheckpointError {
        refuse(self.name, why)
    }

    /// Checks the size of the storage in the file against what the pickle says.
    fn check(&self, bytes: usize) -> Result<(), CheckpointError> {
        let len = usize::try_from(self.storage.len).ok();
        if len.and_then(|len| len.checked_mul(self.dtype.size())) == Some(bytes) {
            return Ok(());
        }
        Err(self.refuse(&format!(
            "its storage is said to have {} elements of {} but has {bytes} bytes",
            self.storage.len, self.dtype
        )))
    }
}

fn refuse(name: &str, why: &str) -> CheckpointError {
    CheckpointError::Tensor {
        name: brief(name),
        why: why.to_owned(),
    }
}

/// Gathers the tensors of `pickle`, whose storages `find` gives, checked.
fn gather(
    pickle: &Pickle<'_>,
    budget: &mut Budget,
    mut find: impl FnMut(&Wanted<'_>, &mut Budget) -> Result<Storage, CheckpointError>,
) -> Result<Found, CheckpointError> {
    let mut found = Found::default();
    pickle::walk(pickle, budget, |name, item, budget| match item {
        Item::Tensor(tensor) => {
            let storage = tensor.storage;
            let dtype = element(pickle, &storage).map_err(|why| refuse(name, &why))?;
            let wanted = Wanted {
                name,
                storage,
                dtype,
            };
            // A key may be long, and asked for again and again.
            budget.spend(storage.key.len(), "its storages")?;
            let storage = find(&wanted, budget)?;
            let tensor = view(pickle, &tensor, dtype, storage, budget.file_bytes());
            let tensor = tensor.map_err(|why| refuse(name, &why))?;
            found.tensor(name, tensor, budget)
        }
        Item::Plain(value) => match scalar(pickle, value) {
            Some(value) => found.scalar(name, value, budget),
            None => Ok(()),
        },
    })?;
    Ok(found)
}

fn element(pickle: &Pickle<'_>, storage: &StorageRef) -> Result<Dtype, String> {
    storage
        .dtype
        .map_err(|class| format!("{} isn't supported", brief(pickle.text(class))))
}

fn view(
    pickle: &Pickle<'_>,
    tensor: &TensorRef,
    stored: Dtype,
    storage: Storage,
    file_bytes: usize,
) -> Result<Tensor, String> {
    let dtype = tensor.dtype.unwrap_or(stored);
    let layout = Layout::view(
        &numbers(pickle, tensor.shape)?,
        &numbers(pickle, tensor.strides)?,
        tensor.offset,
        (storage.data().len() / dtype.size(), dtype.size()),
        file_bytes,
    )?;
    Ok(Tensor::new(storage, dtype, layout))
}

/// Sizes or strides.
fn numbers(pickle: &Pickle<'_>, list: Value) -> Result<Vec<i64>, String> {
    let items = pickle.items(list).ok_or("its shape isn't a list")?;
    if items.len() > Layout::MAX_RANK {
        return Err(format!("it has {} dimensions", items.len()));
    }
    let number = |item: &Value| match *item {
        Value::Int(number) => Ok(number),
        _ => Err("its sizes or strides aren't whole numbers of 64 bits".to_owned()),
    };
    items.iter().map(number).collect()
}

/// A plain value, unless it is none that can be shown.
fn scalar(pickle: &Pickle<'_>, value: Value) -> Option<Scalar> {
    Some(match value {
        Value::Bool(value) => Scalar::Bool(value),
        Value::Int(value) => Scalar::Int(value),
        Value::Float(value) => Scalar::Float(value),
        Value::Text(text) => Scalar::Text(pickle.text(text).to_owned()),
        _ => return None,
    })
}
