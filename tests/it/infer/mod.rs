//! Networks on both engines: golden values, agreement, and what bad input gets.

mod bad;
mod clip;
mod inputs;
mod published;
mod ready;
mod source;

use std::path::Path;
use std::sync::Arc;

use bandpass::engine::infer::library::find;
use bandpass::engine::infer::{
    Device, ModelSource, OnnxRuntime, RtenRuntime, Runtime, Session, SessionOptions, Tensor,
};

/// ONNX Runtime, if there is one (`scripts/onnxruntime` puts it below the target folder).
///
/// Without it prints why the test is skipped; under `BANDPASS_REQUIRE_ORT=1` that is a failure.
fn onnx_runtime() -> Option<OnnxRuntime> {
    if let Some(runtime) = OnnxRuntime::loaded() {
        return Some(runtime);
    }
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
    match OnnxRuntime::open_first(&find(None, &target)) {
        Ok((runtime, _)) => Some(runtime),
        Err(why) => {
            let required = std::env::var_os("BANDPASS_REQUIRE_ORT").is_some_and(|v| v == "1");
            assert!(!required, "BANDPASS_REQUIRE_ORT=1, but {why:?}");
            println!("skipped for ONNX Runtime: {why:?}");
            None
        }
    }
}

/// The engines at hand.
pub(crate) fn engines() -> Vec<Box<dyn Runtime>> {
    let mut engines: Vec<Box<dyn Runtime>> = vec![Box::new(RtenRuntime)];
    engines.extend(onnx_runtime().map(|runtime| Box::new(runtime) as Box<dyn Runtime>));
    engines
}

fn options(threads: usize) -> SessionOptions {
    SessionOptions {
        device: Device::Cpu,
        threads,
        allow_cpu_fallback: false,
    }
}

fn load(engine: &dyn Runtime, path: &Path) -> Box<dyn Session> {
    let source = ModelSource::File(path.to_path_buf());
    let session = engine.load(&source, &options(2));
    session.unwrap_or_else(|error| panic!("{} on {}: {error}", path.display(), engine.name()))
}

fn bytes(bytes: &[u8]) -> ModelSource {
    ModelSource::Bytes(Arc::from(bytes))
}

/// Runs with one input and asks for every output.
fn run_all(session: &mut dyn Session, input: &Tensor) -> Vec<Tensor> {
    let name = session.inputs()[0].name.clone();
    let outputs: Vec<String> = session.outputs().iter().map(|p| p.name.clone()).collect();
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    session.run(&[(&name, input)], &outputs).unwrap()
}

/// The largest difference, relative to the largest value (or 0.01, where all are smaller).
fn distance(a: &Tensor, b: &Tensor) -> f32 {
    assert_eq!(a.shape, b.shape);
    let (a, b) = (a.as_f32().unwrap(), b.as_f32().unwrap());
    let largest = a.iter().fold(0.01_f32, |m, v| m.max(v.abs()));
    let most = std::iter::zip(a, b).fold(0.0_f32, |m, (a, b)| m.max((a - b).abs()));
    assert!(largest.is_finite() && !most.is_nan());
    most / largest
}
