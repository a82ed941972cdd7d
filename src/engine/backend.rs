//! What runs networks here: the ONNX Runtime that was found, else the engine compiled in.
//!
//! Must not know: manifests, pictures, databases.

use std::path::Path;

use crate::base::Problem;

use super::infer::library::{self, Candidate, Origin};
use super::infer::{
    Choice, Device, InferError, ModelSource, OnnxRuntime, RtenRuntime, Runtime, Session,
    SessionOptions,
};

/// The user's wishes for a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Use {
    /// Which devices.
    pub device: Choice,
    /// Whether a network that a device can't take may run on the CPU.
    pub allow_cpu: bool,
    /// Rows run together; the manifest's number if left out.
    pub batch: Option<usize>,
    /// Whether networks that Bandpass builds compute in half precision on graphics cards.
    pub half: bool,
    /// Threads of a network on the CPU; one a core if left out.
    pub threads: Option<usize>,
}

impl Use {
    /// Rows run together on that device.
    ///
    /// A processor is as fast picture by picture, and needs less memory; `views` are the rows of
    /// a picture.
    pub(crate) fn batch_for(&self, device: Device, of_manifest: usize, views: usize) -> usize {
        let usual = if device == Device::Cpu {
            views
        } else {
            of_manifest
        };
        self.batch.unwrap_or(usual).max(1)
    }

    fn threads(&self) -> usize {
        self.threads
            .unwrap_or_else(super::core::default_jobs)
            .max(1)
    }
}

/// The engines of this process.
pub(crate) struct Backend {
    onnx: Option<OnnxRuntime>,
    built_in: RtenRuntime,
    /// Why the library that the user chose is not the one in use.
    refused: Option<String>,
}

impl Backend {
    /// Looks for an ONNX Runtime and loads the first usable one; `setting` is the user's choice.
    pub(crate) fn find(setting: Option<&Path>, data: &Path) -> Self {
        let candidates = library::find(setting, data);
        let chosen = |c: &&Candidate| matches!(c.origin, Origin::Setting | Origin::Environment);
        let wanted = candidates.iter().find(chosen).map(|c| c.path.clone());
        let onnx = OnnxRuntime::open_first(&candidates)
            .ok()
            .map(|(onnx, _)| onnx);
        let used = onnx.as_ref().map(|onnx| onnx.path().clone());
        let refused = wanted
            .filter(|path| used.as_ref() != Some(path))
            .map(|path| {
                let state = candidates.iter().find(|c| c.path == path).map(|c| &c.state);
                match state {
                    Some(Err(error)) => format!("{error}: {}", path.display()),
                    _ => format!("it can't be loaded: {}", path.display()),
                }
            });
        Self {
            onnx,
            built_in: RtenRuntime,
            refused,
        }
    }

    /// Whether networks run on ONNX Runtime.
    pub(crate) fn has_onnx(&self) -> bool {
        self.onnx.is_some()
    }

    /// How often large weights of half precision lie in memory: the engine compiled in widens them.
    pub(crate) fn copies(&self) -> u64 {
        if self.has_onnx() { 1 } else { 2 }
    }

    /// The engine for networks on pixels.
    pub(crate) fn runtime(&self) -> &dyn Runtime {
        match &self.onnx {
            Some(onnx) => onnx,
            None => &self.built_in,
        }
    }

    /// The devices for a run: at least one.
    ///
    /// Fails where the library that the user chose can't be used: another in its place would be a
    /// silent fall back.
    pub(crate) fn devices(&self, wishes: &Use) -> Result<Vec<Device>, Problem> {
        if let (Some(why), false) = (&self.refused, wishes.allow_cpu) {
            let what = "the ONNX Runtime that you chose can't be used";
            return Err(Problem::environment(what, why).hint(
                "bandpass runtime use PATH for another one, or --allow-cpu for what is at hand",
            ));
        }
        Ok(wishes.device.devices(&self.runtime().devices()))
    }

    /// Loads a network on that device.
    pub(crate) fn load(
        &self,
        source: &ModelSource,
        device: Device,
        wishes: &Use,
    ) -> Result<Box<dyn Session>, Problem> {
        let options = SessionOptions {
            device,
            threads: wishes.threads(),
            allow_cpu_fallback: wishes.allow_cpu,
        };
        self.runtime().load(source, &options).map_err(told)
    }

    /// Loads a small network on the CPU with one thread.
    pub(crate) fn load_on_cpu(&self, source: &ModelSource) -> Result<Box<dyn Session>, Problem> {
        let options = SessionOptions {
            device: Device::Cpu,
            threads: 1,
            allow_cpu_fallback: false,
        };
        self.runtime().load(source, &options).map_err(told)
    }
}

/// What an engine says, for the user.
pub(crate) fn told(error: InferError) -> Problem {
    let hint = error.hint();
    Problem::environment("the network can't be loaded", error).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_takes_the_views_of_one_picture_together() {
        let free = Use::default();
        assert_eq!(free.batch_for(Device::Cpu, 16, 1), 1);
        assert_eq!(free.batch_for(Device::Cpu, 16, 25), 25);
        assert_eq!(free.batch_for(Device::Cuda(0), 16, 25), 16);
        let batch = Some(4);
        let chosen = Use { batch, ..free };
        assert_eq!(chosen.batch_for(Device::Cpu, 16, 25), 4);
    }
}
