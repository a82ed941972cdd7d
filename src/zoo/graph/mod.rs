//! Networks as ONNX graphs: built here from blocks, handed to a runtime, or written as `.onnx`.
//!
//! [`Builder`] collects nodes and weights; [`Builder::finish`] gives a [`Network`]. The opset is 20
//! (the first with `Gelu`; ONNX Runtime ≥ 1.24 and rten run it), the batch dimension is free and
//! called `N`.
//!
//! Must not know: which architectures exist, manifests, runtimes, files.

mod builder;
mod conv;
mod half;
mod network;
mod onnx;
mod ops;
mod widen;
mod write;

#[cfg(test)]
mod tests;

pub use builder::{Attribute, Builder, Value};
pub use conv::{Corners, Window};
pub use network::{Network, Port, Weight};
pub use ops::Gelu;
pub use write::GraphError;
