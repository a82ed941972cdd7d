//! What runs networks here: the ONNX Runtime that was found, else the engine compiled in.
//!
//! Must not know: manifests, pictures, databases.

use std::path::Path;
use std::sync::Arc;

use crate::base::Problem;

use super::infer::{
    Choice, Device, ModelSource, OnnxRuntime, RtenRuntime, Runtime, Session, SessionOptions,
};

/// The user's wishes for a run.
#[derive(Debug, Clone, Default)]
pub struct Use {
    /// Which devices.
    pub device: Choice,
    /// Whether a network that a device can't take may run on the CPU.
    pub allow_cpu: bool,
    /// Pictures run together; the manifest's number if left out.
    pub batch: Option<usize>,
    /// Threads of a network on the CPU; one a core if left out.
    pub threads: Option<usize>,
}

impl Use {
    /// Rows run together on that device.
    ///
    /// A processor is as fast picture by picture, and needs less memory.
    pub(crate) fn batch_for(&self, device: Device, of_manifest: usize) -> usize {
        let usual = if device == Device::Cpu { 1 } else { of_manifest };
        self.batch.unwrap_or(usual).max(1)
    }

    fn threads(&self) -> usize {
        self.threads.unwrap_or_else(super::core::default_jobs).max(1)
    }
}
