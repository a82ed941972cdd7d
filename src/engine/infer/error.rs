//! Why a network could not be loaded or run, told so that its reader knows what to do.
//!
//! Must not know: engines' own error types.

use std::path::PathBuf;

use super::library::LibraryError;
use super::{Device, Port};
use crate::base::Problem;

/// Why a network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum InferError {
    /// The file can't be read.
    #[error("can't read the network {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are no ONNX model, or not all of one.
    #[error("this is no ONNX network: {0}")]
    NotAModel(String),
    /// The engine can't run the graph, or would get it wrong.
    #[error("{engine} does not run this network: {why}")]
    Refused {
        /// The engine.
        engine: String,
        /// Which part of the graph, and why.
        why: String,
        /// What to do.
        hint: &'static str,
    },
    /// The network has no input or output of that name.
    #[error("the network has no {what} `{name}`; it has {has}")]
    NoPort {
        /// "input" or "output".
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        has: String,
    },
    /// A tensor that the input doesn't take.
    #[error("the input {port} can't be used: {why}")]
    Input {
        /// The input as the network declares it.
        port: String,
        /// What is wrong.
        why: String,
    },
    /// No usable ONNX Runtime.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The device can't be used with this engine.
    #[error("{device} can't be used: {why}")]
    Device {
        /// The device.
        device: Device,
        /// Why.
        why: String,
    },
    /// The device was set up but took no node of the graph.
    #[error("{device} runs none of the {nodes} nodes of this network; they fell back: {elsewhere}")]
    FellBack {
        /// The device.
        device: Device,
        /// Nodes of the graph.
        nodes: usize,
        /// How many of them fell to which provider.
        elsewhere: String,
    },
    /// The device (or the machine) has too little memory for this batch.
    #[error("out of memory on {device}: {why}")]
    OutOfMemory {
        /// The device.
        device: Device,
        /// What the engine said.
        why: String,
    },
    /// The device is gone: reset, hung or taken away. Nothing more will run on it.
    #[error("{device} was lost: {why}")]
    DeviceLost {
        /// The device.
        device: Device,
        /// What the engine said.
        why: String,
    },
    /// The run failed for a reason of the graph's own.
    #[error("{engine} could not run the network: {why}")]
    Run {
        /// The engine.
        engine: String,
        /// What it said.
        why: String,
    },
}

impl InferError {
    /// An input that can't be used.
    pub(super) fn input(port: &Port, why: impl Into<String>) -> Self {
        Self::Input {
            port: port.to_string(),
            why: why.into(),
        }
    }

    /// A name that the network doesn't have.
    pub(super) fn no_port(what: &'static str, name: &str, ports: &[Port]) -> Self {
        let has: Vec<String> = ports.iter().map(Port::to_string).collect();
        Self::NoPort {
            what,
            name: name.to_owned(),
            has: has.join(", "),
        }
    }

    /// What to do about it; empty where nothing better is known than what the text says.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAModel(_) => "download the file again, or check its sha256",
            Self::Refused { hint, .. } => hint,
            Self::Library(error) => error.hint(),
            Self::Device { .. } => "choose another device, or see `bandpass runtime status`",
            Self::FellBack { .. } => "use --device cpu, or allow the fall back",
            Self::OutOfMemory { .. } => "use a smaller batch",
            Self::DeviceLost { .. } => {
                "scores so far are kept; run again, on another device if need be"
            }
            Self::Read { .. } | Self::NoPort { .. } | Self::Input { .. } | Self::Run { .. } => "",
        }
    }
}

impl From<InferError> for Problem {
    fn from(error: InferError) -> Self {
        Self::environment(error.to_string(), "").hint(error.hint())
    }
}
