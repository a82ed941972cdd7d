//! A checkpoint as an architecture sees it: plain names, shapes checked, use recorded.
//!
//! Must not know: file formats, manifests.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::ArchError;
use crate::zoo::checkpoint::{Tensor, View};

/// The tensors of a checkpoint under the names that the architecture's authors gave them.
#[derive(Debug)]
pub struct Weights<'a> {
    view: View<'a>,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Weights<'a> {
    /// The tensors of `view`, none used so far. [`super::weights()`] finds the view.
    pub fn new(view: View<'a>) -> Self {
        Self {
            view,
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

    /// Fails if there is a tensor `name`, which belongs to a larger network.
    pub fn refuse(&self, name: &str) -> Result<(), ArchError> {
        let Some(shape) = self.shape(name) else {
            return Ok(());
        };
        Err(self.wrong(name, shape, "no such tensor"))
    }

    /// Some rows of the matrix `name`, `[rows, width]`, copied; marks it as used.
    pub fn rows(&self, name: &str, width: usize, rows: &[usize]) -> Result<Tensor, ArchError> {
        let tensor = self.require(name)?;
        let picked = tensor.rows(rows).filter(|t| t.shape()[1] == width);
        self.used.borrow_mut().insert(name.to_owned());
        picked.ok_or_else(|| {
            let least = rows.iter().max().map_or(0, |row| row + 1);
            let expected = format!("[{least} or more, {width}]");
            self.wrong(name, tensor.shape(), &expected)
        })
    }

    /// How many parts `0, 1, 2, …` there are between `before` and `after`.
    ///
    /// As `count("resblocks.", ".ln_1.weight")` for the depth of a network.
    pub fn count(&self, before: &str, after: &str) -> usize {
        let there = |n: &usize| self.has(&format!("{before}{n}{after}"));
        // There are no more of them than names in the file.
        (0..usize::MAX).take_while(there).count()
    }

    /// The same, where a part behind a gap is an error that names what is missing: as in a shard,
    /// which would pass for a shallower network.
    pub fn depth(&self, before: &str, after: &str) -> Result<usize, ArchError> {
        let depth = self.count(before, after);
        let number = |name: &str| -> Option<usize> {
            let rest = name.strip_prefix(before)?;
            rest.split('.').next()?.parse().ok()
        };
        let beyond = self.view.names().filter_map(number).any(|n| n >= depth);
        if !beyond {
            return Ok(depth);
        }
        Err(ArchError::MissingKey {
            key: self.full(&format!("{before}{depth}{after}")),
        })
    }

    /// All names, in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.view.names()
    }

    /// Whether these are all tensors of the file, under the names that they have there.
    pub fn is_whole(&self) -> bool {
        self.view.prefix().is_empty()
    }

    /// The names that no architecture has asked for.
    pub fn unused(&self) -> Vec<&'a str> {
        let used = self.used.borrow();
        let names = self.view.names();
        names.filter(|name| !used.contains(*name)).collect()
    }

    fn find(&self, name: &str) -> Option<&'a Tensor> {
        self.view.get(name)
    }

    fn require(&self, name: &str) -> Result<&'a Tensor, ArchError> {
        self.find(name).ok_or_else(|| ArchError::MissingKey {
            key: self.full(name),
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
        format!("{}{name}", self.view.prefix())
    }
}

/// A shape as people write it: `[768, 3, 32, 32]`.
fn show(shape: &[usize]) -> String {
    format!("{shape:?}")
}
