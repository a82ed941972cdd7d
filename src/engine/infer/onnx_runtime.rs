//! ONNX Runtime, loaded from its library when it is first needed.
//!
//! Only this folder and the installer's preloading know the crate `ort`. A process has one library
//! and one environment; the first that loads stays.
//!
//! Must not know: rten, where libraries are looked for.

mod assigned;
mod fault;
mod process;
mod providers;
mod values;
mod weights;

use std::path::{Path, PathBuf};

use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{RunOptions, Session as OrtSession};
use weights::Held;

use super::library::{Candidate, LibraryError};
use super::scan::{Facts, scan};
use super::tensor::pair;
use super::{
    Device, InferError, ModelSource, Placement, Port, Runtime, Session, SessionOptions, Tensor,
};

const NAME: &str = "ONNX Runtime";

/// The loaded library.
#[derive(Debug, Clone)]
pub struct OnnxRuntime {
    process: &'static process::Process,
}

impl OnnxRuntime {
    /// Loads the library, unless it is loaded already.
    ///
    /// Fails if it can't be used here, or another one is in use.
    pub fn open(path: &Path) -> Result<Self, LibraryError> {
        let process = process::open(path)?;
        Ok(Self { process })
    }

    /// Opens the first usable candidate; with it, what the system said of those before it.
    pub fn open_first(
        candidates: &[Candidate],
    ) -> Result<(Self, Vec<LibraryError>), Vec<LibraryError>> {
        let mut refused = Vec::new();
        for candidate in candidates {
            match &candidate.state {
                Err(error) => refused.push(error.clone()),
                Ok(_) => match Self::open(&candidate.path) {
                    Ok(runtime) => return Ok((runtime, refused)),
                    Err(error) => refused.push(error),
                },
            }
        }
        if refused.is_empty() {
            refused.push(LibraryError::NoneFound);
        }
        Err(refused)
    }

    /// The one that this process has loaded, if any.
    pub fn loaded() -> Option<Self> {
        process::loaded().map(|process| Self { process })
    }

    /// The library's file.
    pub fn path(&self) -> &PathBuf {
        &self.process.path
    }

    /// Warnings and errors that ONNX Runtime told since the last call, oldest first; at most the
    /// last 64.
    pub fn take_messages(&self) -> Vec<String> {
        self.process.log.take()
    }

    fn refused(&self, why: impl std::fmt::Display) -> InferError {
        InferError::Refused {
            engine: format!("{NAME} {}", self.process.version),
            why: why.to_string(),
            hint: "a newer ONNX Runtime may: `bandpass runtime install`",
        }
    }

    /// A builder with the options that hold for every device.
    fn builder(&self, threads: usize) -> Result<SessionBuilder, ort::Error> {
        let builder = OrtSession::builder(&self.process.environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads.max(1))?
            // Threads that spin while they wait take the cores that decode pictures.
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?
            // Without it 8-bit sums overflow on x86-64 without VNNI (docs/engines.md).
            .with_precise_qmm()?
            .with_config_entry("session.record_ep_graph_assignment_info", "1")?;
        Ok(builder)
    }

    fn commit(
        &self,
        source: &ModelSource,
        options: &SessionOptions,
        device: Device,
    ) -> Result<Held, InferError> {
        let builder = self.builder(options.threads).map_err(|e| self.refused(e))?;
        let mut builder = providers::register(builder, device)?;
        let session = match source {
            ModelSource::File(path) => builder.commit_from_file(path).map(Held::plain),
            ModelSource::Bytes(bytes) => builder.commit_from_memory(bytes).map(Held::plain),
            ModelSource::Built(network) => Held::built(builder, network),
        };
        session.map_err(|error| match fault::kind(error.code(), error.message()) {
            fault::Kind::OutOfMemory => fault::out_of_memory(device, &error),
            fault::Kind::DeviceLost => fault::lost(device, &error),
            fault::Kind::Other => self.refused(error),
        })
    }

    /// Commits on the device, or where that is allowed on the CPU in its place.
    fn place(
        &self,
        source: &ModelSource,
        options: &SessionOptions,
    ) -> Result<(Held, Placement), InferError> {
        let fallback = options.allow_cpu_fallback && options.device != Device::Cpu;
        let on_cpu = || {
            let session = self.commit(source, options, Device::Cpu)?;
            let placement = self.placement(session.session(), Device::Cpu)?;
            Ok((session, placement))
        };
        let session = match self.commit(source, options, options.device) {
            Err(InferError::Device { .. }) if fallback => return on_cpu(),
            session => session?,
        };
        let placement = self.placement(session.session(), options.device)?;
        let nodes: usize = placement.providers.iter().map(|(_, nodes)| nodes).sum();
        if options.device == Device::Cpu || nodes == 0 || placement.fallen.len() < nodes {
            return Ok((session, placement));
        }
        if fallback {
            return on_cpu();
        }
        Err(InferError::FellBack {
            device: options.device,
            nodes,
            elsewhere: placement.elsewhere(),
        })
    }

    fn placement(&self, session: &OrtSession, device: Device) -> Result<Placement, InferError> {
        let nodes = assigned::nodes(session).map_err(|e| self.refused(e))?;
        let engine = format!("{NAME} {}", self.process.version);
        Ok(assigned::placement(engine, device, nodes))
    }
}

impl Runtime for OnnxRuntime {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> &str {
        &self.process.version
    }

    fn devices(&self) -> Vec<Device> {
        providers::devices()
    }

    fn load(
        &self,
        source: &ModelSource,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, InferError> {
        let facts = scan(source)?;
        let (held, placement) = self.place(source, options)?;
        Ok(Box::new(OnnxSession {
            held,
            facts,
            placement,
        }))
    }
}

struct OnnxSession {
    held: Held,
    facts: Facts,
    placement: Placement,
}

/// An error of a run, as callers act on it.
fn run_fault(placement: &Placement, error: &ort::Error) -> InferError {
    let device = placement.device;
    match fault::kind(error.code(), error.message()) {
        fault::Kind::OutOfMemory => fault::out_of_memory(device, error),
        fault::Kind::DeviceLost => fault::lost(device, error),
        fault::Kind::Other => InferError::Run {
            engine: placement.engine.clone(),
            why: error.to_string(),
        },
    }
}

impl Session for OnnxSession {
    fn inputs(&self) -> &[Port] {
        &self.facts.inputs
    }

    fn outputs(&self) -> &[Port] {
        &self.facts.outputs
    }

    fn run(
        &mut self,
        inputs: &[(&str, &Tensor)],
        outputs: &[&str],
    ) -> Result<Vec<Tensor>, InferError> {
        let given = pair(&self.facts.inputs, inputs)?;
        let has = |name: &str| self.facts.outputs.iter().any(|port| port.name == name);
        if let Some(name) = outputs.iter().find(|name| !has(name)) {
            return Err(InferError::no_port("output", name, &self.facts.outputs));
        }
        let placement = &self.placement;
        let fault = |error| run_fault(placement, &error);
        let (session, fed) = self.held.parts();
        let mut values = Vec::with_capacity(given.len() + fed.len());
        values.extend(
            fed.iter()
                .map(|(name, value)| (name.as_str(), value.into())),
        );
        for (port, tensor) in &given {
            let value = values::borrow(port, tensor).map_err(fault)?;
            values.push((port.name.as_str(), value));
        }
        let selected = outputs
            .iter()
            .fold(ort::session::OutputSelector::no_default(), |s, name| {
                s.with(*name)
            });
        let options = RunOptions::new().map_err(fault)?.with_outputs(selected);
        let results = session.run_with_options(values, &options);
        let results = results.map_err(fault)?;
        outputs
            .iter()
            .map(|name| values::extract(name, &results[*name]))
            .collect()
    }

    fn placement(&self) -> &Placement {
        &self.placement
    }

    fn couples_batch(&self) -> bool {
        self.facts.couples_batch()
    }
}
