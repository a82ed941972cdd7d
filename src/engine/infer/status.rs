//! What networks can be run with here: libraries found, the one in use, devices.
//!
//! Must not know: settings files, windows.

use std::path::{Path, PathBuf};

use super::library::{Candidate, LibraryError, find};
use super::{Device, OnnxRuntime, RtenRuntime, Runtime};

/// An engine that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineStatus {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: String,
    /// The library it was loaded from; none for the compiled-in one.
    pub library: Option<PathBuf>,
    /// What it runs on, best first, the CPU last.
    pub devices: Vec<Device>,
}

/// What networks can be run with here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The engines, best first; rten is always there and last.
    pub engines: Vec<EngineStatus>,
    /// Every library that was found, with what is wrong with it.
    pub candidates: Vec<Candidate>,
    /// Why ONNX Runtime is not used; empty where it is.
    pub refused: Vec<LibraryError>,
}

/// The engines at hand, best first: ONNX Runtime where a library can be loaded, then rten.
///
/// Loads the first usable library (see [`find`]); later calls keep it.
pub fn engines(setting: Option<&Path>, data: &Path) -> (Vec<Box<dyn Runtime>>, Vec<LibraryError>) {
    let (onnx, refused) = open(&find(setting, data));
    let mut engines: Vec<Box<dyn Runtime>> = Vec::new();
    engines.extend(onnx.map(|runtime| Box::new(runtime) as Box<dyn Runtime>));
    engines.push(Box::new(RtenRuntime));
    (engines, refused)
}

/// What networks can be run with here. Loads the library that would be used.
pub fn status(setting: Option<&Path>, data: &Path) -> Status {
    let candidates = find(setting, data);
    let (onnx, refused) = open(&candidates);
    let mut engines = Vec::new();
    if let Some(runtime) = &onnx {
        engines.push(describe(runtime, Some(runtime.path().clone())));
    }
    engines.push(describe(&RtenRuntime, None));
    Status {
        engines,
        candidates,
        refused: if onnx.is_some() { Vec::new() } else { refused },
    }
}

fn open(candidates: &[Candidate]) -> (Option<OnnxRuntime>, Vec<LibraryError>) {
    if let Some(loaded) = OnnxRuntime::loaded() {
        return (Some(loaded), Vec::new());
    }
    match OnnxRuntime::open_first(candidates) {
        Ok((runtime, refused)) => (Some(runtime), refused),
        Err(refused) => (None, refused),
    }
}

fn describe(runtime: &dyn Runtime, library: Option<PathBuf>) -> EngineStatus {
    EngineStatus {
        name: runtime.name(),
        version: runtime.version().to_owned(),
        library,
        devices: runtime.devices(),
    }
}
