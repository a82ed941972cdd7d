//! A checkpoint as an architecture sees it: plain names, shapes checked, use recorded.
//!
//! Must not know: file formats, manifests.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::ArchError;
use crate::zoo::checkpoint::{Checkpoint, Tensor};

/// What training frameworks put before every name; stripped where all names have it.
const WRAPPERS: [&str; 5] = ["state_dict.", "module.", "_orig_mod.", "model.", "net."];

/// The tensors of a checkpoint under the names that the architecture's authors gave them.
#[derive(Debug)]
pub struct Weights<'a> {
    checkpoint: &'a Checkpoint,
    architecture: String,
    prefix: String,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Weights<'a> {
    /// All tensors, without the wrappers (`module.`, `model.`, …) that all of them share.
    pub fn new(checkpoint: &'a Checkpoint) -> Self {
        let mut prefix = String::new();
        while let Some(wrapper) = shared_wrapper(checkpoint, &prefix) {
            prefix.push_str(wrapper);
        }
        Self::below(checkpoint, &prefix)
    }

    /// The tensors whose names begin with `prefix`, without it.
    pub fn below(checkpoint: &'a Checkpoint, prefix: &str) -> Self {
        Self {
            checkpoint,
            architecture: "the network".to_owned(),
            prefix: prefix.to_owned(),
            used: RefCell::default(),
        }
    }

    /// Whether there is a tensor `name`.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The shape of `name`, if it is there.
    pub fn shape(&self, name: &str) -> Option<&'a [usize]> {
        self.find(name).map(Tensor::shape)
    }

    /// The extents of `name`, which must have `N` axes, none of them empty.
    pub fn extents<const N: usize>(&self, name: &str) -> Result<[usize; N], ArchError> {
        let shape = self.require(name)?.shape();
        match <[usize; N]>::try_from(shape) {
            Ok(extents) if extents.iter().all(|&n| n > 0) => Ok(extents),
            _ => Err(self.wrong(name, shape, &format!("{N} axes"))),
        }
    }

    /// The tensor `name`, which must have this shape; marks it as used.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<&'a Tensor, ArchError> {
        let tensor = self.require(name)?;
        if tensor.shape() != shape {
            return Err(self.wrong(name, tensor.shape(), &show(shape)));
        }
        self.used.borrow_mut().insert(name.to_owned());
        Ok(tensor)
    }

    /// How many parts `0, 1, 2, …` there are between `before` and `after`.
    ///
    /// As `count("resblocks.", ".ln_1.weight")` for the depth of a network.
    pub fn count(&self, before: &str, after: &str) -> usize {
        let there = |n: &usize| self.has(&format!("{before}{n}{after}"));
        (0..).take_while(there).count()
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let names = self.checkpoint.iter().map(|(name, _)| name);
        names.filter_map(|name| name.strip_prefix(self.prefix.as_str()))
    }

    /// The names that no architecture has asked for yet.
    pub fn unused(&self) -> Vec<&'a str> {
        let used = self.used.borrow();
        self.names().filter(|name| !used.contains(*name)).collect()
    }

    /// Says whose keys are missing if some are.
    pub(super) fn for_architecture(&self, name: &str) -> Self {
        Self {
            checkpoint: self.checkpoint,
            architecture: name.to_owned(),
            prefix: self.prefix.clone(),
            used: RefCell::default(),
        }
    }

    /// Takes over what a copy has used.
    pub(super) fn merge_used(&self, other: Self) {
        self.used.borrow_mut().append(&mut other.used.into_inner());
    }

    fn find(&self, name: &str) -> Option<&'a Tensor> {
        self.checkpoint.get(&self.full(name))
    }

    fn require(&self, name: &str) -> Result<&'a Tensor, ArchError> {
        self.find(name).ok_or_else(|| ArchError::MissingKey {
            key: self.full(name),
            architecture: self.architecture.clone(),
        })
    }

    fn wrong(&self, name: &str, found: &[usize], expected: &str) -> ArchError {
        ArchError::WrongShape {
            key: self.full(name),
            found: show(found),
            expected: expected.to_owned(),
        }
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// A shape as people write it: `[768, 3, 32, 32]`.
fn show(shape: &[usize]) -> String {
    format!("{shape:?}")
}

/// The wrapper that all names below `prefix` begin with.
fn shared_wrapper(checkpoint: &Checkpoint, prefix: &str) -> Option<&'static str> {
    checkpoint.iter().next()?;
    WRAPPERS.into_iter().find(|wrapper| {
        let full = format!("{prefix}{wrapper}");
        checkpoint.iter().all(|(name, _)| name.starts_with(&full))
    })
}
