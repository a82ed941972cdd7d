//! Running networks: one trait, two engines.
//!
//! [`RtenRuntime`] is compiled in and needs nothing. [`OnnxRuntime`] is the ONNX Runtime library
//! where [`library::find`] finds one; it is faster and has providers for graphics cards. A graph
//! that an engine can't run, or gets wrong, is refused with the reason and the engine to use
//! instead; see `docs/engines.md`.
//!
//! Must not know: manifests, scores, pictures, databases, windows.

pub mod device;
mod error;
pub mod install;
pub mod library;
mod onnx_runtime;
mod refuse;
mod rten_runtime;
mod scan;
pub mod selftest;
pub mod status;
mod tensor;

use std::path::PathBuf;
use std::sync::Arc;

pub use device::{Choice, Device, Memory};
pub use error::InferError;
pub use onnx_runtime::OnnxRuntime;
pub use rten_runtime::RtenRuntime;
pub use scan::{Facts, scan};
pub use tensor::{Element, Port, Tensor, TensorData};

use crate::zoo::graph::Network;

/// Where a network comes from.
#[derive(Debug, Clone)]
pub enum ModelSource {
    /// An `.onnx` file; weights beside it are found by the engine.
    File(PathBuf),
    /// The bytes of an `.onnx` file that has all its weights inside.
    Bytes(Arc<[u8]>),
    /// A network built here; its weights are used where they lie.
    Built(Arc<Network>),
}

/// How a network is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptions {
    /// What to run it on.
    pub device: Device,
    /// Threads for one run on the CPU, at least 1.
    pub threads: usize,
    /// Whether a device that takes no node at all may be replaced by the CPU.
    pub allow_cpu_fallback: bool,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            device: Device::Cpu,
            threads: 1,
            allow_cpu_fallback: false,
        }
    }
}

/// What a session really runs on, as read back from the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Name and version of the engine, e.g. "ONNX Runtime 1.31.1".
    pub engine: String,
    /// The device that was asked for, or the CPU after a whole fall back.
    pub device: Device,
    /// Nodes of the graph by the provider that runs them, most first; names as ONNX Runtime's.
    pub providers: Vec<(String, usize)>,
    /// The nodes that the device's own provider left to others; empty where the CPU was asked for.
    pub fallen: Vec<FallenNode>,
}

/// A node that a device's own provider left to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FallenNode {
    /// Its name in the graph; may be empty.
    pub name: String,
    /// Its operator, e.g. "Conv".
    pub op: String,
}

impl Placement {
    /// How many nodes run on which other provider than the device's own: "2 on CUDA, 1 on CPU".
    pub fn elsewhere(&self) -> String {
        let own = self.device.provider();
        let others = self.providers.iter().filter(|(name, _)| name != own);
        let words: Vec<String> = others
            .map(|(name, n)| {
                let short = name.strip_suffix("ExecutionProvider").unwrap_or(name);
                format!("{n} on {short}")
            })
            .collect();
        words.join(", ")
    }
}

impl std::fmt::Display for Placement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.engine, self.device)?;
        if !self.fallen.is_empty() {
            let all: usize = self.providers.iter().map(|(_, nodes)| nodes).sum();
            write!(f, " (of {all} nodes {})", self.elsewhere())?;
        }
        Ok(())
    }
}

/// A loaded network.
pub trait Session: Send {
    /// What it takes, in the order of the file.
    fn inputs(&self) -> &[Port];

    /// What it gives, in the order of the file.
    fn outputs(&self) -> &[Port];

    /// Runs the network once on `inputs` (by name) and returns the tensors named in `outputs`, in
    /// their order.
    ///
    /// Data goes in and comes out as row-major tensors in memory. f32 data is taken for f16 and f64
    /// inputs and i32 data for i64 inputs; f16 outputs come as f32. Fails on names that the network
    /// doesn't have, on shapes and types that it doesn't take, and with
    /// [`InferError::OutOfMemory`] and [`InferError::DeviceLost`] where the device fails.
    fn run(
        &mut self,
        inputs: &[(&str, &Tensor)],
        outputs: &[&str],
    ) -> Result<Vec<Tensor>, InferError>;

    /// What it really runs on.
    fn placement(&self) -> &Placement;

    /// Whether the pictures of one batch change each other's values, as with dynamic quantisation,
    /// whose scale is taken over the whole tensor. Such a network is to be run one picture at a time.
    fn couples_batch(&self) -> bool;
}

/// An engine.
pub trait Runtime: Send + Sync {
    /// Its name for people.
    fn name(&self) -> &'static str;

    /// Its version, e.g. "1.31.1".
    fn version(&self) -> &str;

    /// What it can run networks on here, the CPU last.
    fn devices(&self) -> Vec<Device>;

    /// Loads a network. Fails where it is none, where the engine can't run it or gets it wrong,
    /// and where the device can't be used.
    fn load(
        &self,
        source: &ModelSource,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, InferError>;
}
