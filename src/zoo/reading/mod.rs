//! From a network's answers to columns and details, where it takes more than a formula on a row.
//!
//! One file a way of reading, each the originals' arithmetic on plain numbers;
//! [`Manifest::read`](super::manifest::Manifest::read) chooses by the manifest's `[output]`.
//!
//! Must not know: engines, pictures beyond their size, files.

pub mod depth;
pub mod map;
pub mod percentile;
pub mod simcc;
pub mod tables;
pub mod tags;

use crate::domain::detail::Detail;

/// One output of a network for one view of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Shape without the dimension of the batch.
    pub shape: &'a [usize],
    /// Its numbers, the last dimension fastest.
    pub values: &'a [f32],
}

/// What a network found in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// One value a column; NaN where there is none.
    pub values: Vec<f64>,
    /// What was found beside the numbers, of the picture as the network saw it.
    pub detail: Option<Detail>,
}
