//! The library and environment of this process.
//!
//! Must not know: sessions.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::engine::infer::library::{LibraryError, inspect, nvidia_folders};

/// Messages that are kept for whoever asks.
const KEPT: usize = 64;

static PROCESS: OnceLock<Process> = OnceLock::new();
static OPENING: Mutex<()> = Mutex::new(());

/// What is loaded.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) path: PathBuf,
    pub(super) version: String,
    pub(super) environment: Environment,
    pub(super) log: Arc<Log>,
}

/// The last warnings and errors of ONNX Runtime; without them a provider fails in silence.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Vec<String>>);

impl Log {
    fn add(&self, message: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push(message.to_owned());
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is loaded, if anything.
pub(super) fn loaded() -> Option<&'static Process> {
    PROCESS.get()
}

/// Loads CUDA and cuDNN from Python packages, where the CUDA provider would not look for them.
/// What is missing shows when the provider is used; the note says why.
fn preload_cuda(library: &Path, log: &Log) {
    let provider = if cfg!(windows) {
        "onnxruntime_providers_cuda.dll"
    } else {
        "libonnxruntime_providers_cuda.so"
    };
    if !library.with_file_name(provider).exists() {
        return;
    }
    let (cuda, cudnn) = nvidia_folders();
    if let Err(error) = ort::ep::cuda::preload_dylibs(cuda.as_deref(), cudnn.as_deref()) {
        log.add(error.message());
    }
}

/// Loads the library, unless it is loaded already.
pub(super) fn open(path: &Path) -> Result<&'static Process, LibraryError> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(process) = PROCESS.get() {
        return if process.path == path {
            Ok(process)
        } else {
            Err(LibraryError::InUse(process.path.clone()))
        };
    }
    let info = inspect(&path)?;
    let load = |why: String| LibraryError::Load {
        path: path.clone(),
        why,
    };
    let log = Arc::new(Log::default());
    let sink = Arc::clone(&log);
    let environment = ort::init_from(&path)
        .map_err(|error| load(error.to_string()))?
        .with_name("bandpass")
        .with_telemetry(false)
        .with_logger(Arc::new(move |level, _, _, _, message| {
            if !matches!(level, LogLevel::Verbose | LogLevel::Info) {
                sink.add(message);
            }
        }))
        .build()
        .map_err(|error| load(error.to_string()))?;
    environment.set_log_level(LogLevel::Warning);
    preload_cuda(&path, &log);
    Ok(PROCESS.get_or_init(|| Process {
        version: info.version,
        environment,
        log,
        path,
    }))
}
