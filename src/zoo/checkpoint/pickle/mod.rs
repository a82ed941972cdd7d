//! An interpreter for pickles that knows tensors and plain containers, and runs nothing.
//!
//! A pickle is a program for a small stack machine. Here its objects become nodes of an arena and
//! its functions a closed list; what isn't on the list ends the reading and is named.
//! Every opcode of protocols 0 to 5 is understood, except those that reach outside of the pickle.
//! Opcodes: Python's pickletools.py.
//!
//! Must not know: zip archives, where storages lie, which tensors are wanted.

mod call;
mod cursor;
mod global;
mod literal;
mod machine;
mod op;
mod value;
mod walk;

pub(super) use value::{Pickle, StorageRef, TensorRef, Value};
pub(super) use walk::{Item, walk};

use super::CheckpointError;
use super::budget::Budget;
use machine::Machine;

/// Reads the pickle at the start of `source`.
pub(super) fn read<'a>(
    source: &'a [u8],
    budget: &mut Budget,
) -> Result<Pickle<'a>, CheckpointError> {
    Machine::new(source, budget).run()
}

#[cfg(test)]
mod tests;
