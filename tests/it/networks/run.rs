//! Running a network that was built here, in each engine at hand.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bandpass::zoo::checkpoint::Dtype;
use bandpass::zoo::graph::{Network, Weight};
use half::f16;
use ort::session::Session;
use ort::value::{DynValue, Tensor};

/// What a network is given, row-major.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    F32(Vec<usize>, Vec<f32>),
    I32(Vec<usize>, Vec<i32>),
}

/// Rows, values of a row, all values.
pub(crate) type Output = ([usize; 2], Vec<f32>);

/// What can run a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Rten,
    OnnxRuntime,
}

/// rten, and ONNX Runtime where `ORT_DYLIB_PATH` says that there is one.
pub(crate) fn engines() -> Vec<Engine> {
    if ENVIRONMENT.is_some() {
        return vec![Engine::Rten, Engine::OnnxRuntime];
    }
    println!("skipped: ORT_DYLIB_PATH names no ONNX Runtime");
    vec![Engine::Rten]
}

static ENVIRONMENT: LazyLock<Option<ort::environment::Environment>> = LazyLock::new(|| {
    let path = PathBuf::from(std::env::var_os("ORT_DYLIB_PATH")?);
    let environment = ort::init_from(path).unwrap().with_telemetry(false);
    Some(environment.build().unwrap())
});

/// A network loaded into an engine.
pub(crate) enum Loaded {
    Rten(Box<rten::Model>),
    OnnxRuntime(Box<Session>),
}

impl Loaded {
    pub(crate) fn new(engine: Engine, network: &Network) -> Self {
        match engine {
            Engine::Rten => {
                let mut options = rten::ModelOptions::with_all_ops();
                options.prepack_weights(true);
                for (location, weight) in network.external_weights() {
                    options.external_data(&location, weight.bytes().into_owned());
                }
                Self::Rten(Box::new(options.load(network.skeleton()).unwrap()))
            }
            Engine::OnnxRuntime => {
                let environment = ENVIRONMENT.as_ref().unwrap();
                let mut builder = Session::builder(environment).unwrap();
                for (_, weight) in network.external_weights() {
                    let tensor = tensor(weight);
                    builder = builder
                        .with_external_initializer(weight.name(), tensor)
                        .unwrap();
                }
                let session = builder.commit_from_memory(&network.skeleton());
                Self::OnnxRuntime(Box::new(session.unwrap()))
            }
        }
    }

    /// The network as an `.onnx` file, which may have a data file beside it.
    pub(crate) fn from_file(engine: Engine, path: &Path) -> Self {
        match engine {
            Engine::Rten => Self::Rten(Box::new(rten::Model::load_file(path).unwrap())),
            Engine::OnnxRuntime => {
                let mut builder = Session::builder(ENVIRONMENT.as_ref().unwrap()).unwrap();
                Self::OnnxRuntime(Box::new(builder.commit_from_file(path).unwrap()))
            }
        }
    }

    /// All outputs, in the network's order; each must be a matrix.
    pub(crate) fn run(&mut self, input: &Input) -> Vec<Output> {
        match self {
            Self::Rten(model) => {
                let value = match input.clone() {
                    Input::F32(shape, values) => rten::Value::from_shape(&shape, values).unwrap(),
                    Input::I32(shape, values) => rten::Value::from_shape(&shape, values).unwrap(),
                };
                let inputs = vec![(model.input_ids()[0], value.into())];
                let outputs = model.run(inputs, model.output_ids(), None).unwrap();
                outputs
                    .into_iter()
                    .map(|o| o.into_shape_vec::<f32, 2>().unwrap())
                    .collect()
            }
            Self::OnnxRuntime(session) => {
                let value = match input.clone() {
                    Input::F32(shape, values) => {
                        Tensor::from_array((shape, values)).unwrap().into_dyn()
                    }
                    Input::I32(shape, values) => {
                        Tensor::from_array((shape, values)).unwrap().into_dyn()
                    }
                };
                let outputs = session.run(ort::inputs![value]).unwrap();
                let read = |i: usize| {
                    let (shape, values) = outputs[i].try_extract_tensor::<f32>().unwrap();
                    let shape: Vec<usize> = shape.iter().map(|&d| d as usize).collect();
                    (shape.try_into().unwrap(), values.to_vec())
                };
                (0..outputs.len()).map(read).collect()
            }
        }
    }
}

/// A weight as ONNX Runtime takes it.
fn tensor(weight: &Weight) -> DynValue {
    let bytes = weight.bytes();
    let shape = weight.shape().to_vec();
    if weight.dtype() == Dtype::F16 {
        let values: Vec<f16> = bytes
            .as_chunks()
            .0
            .iter()
            .map(|b| f16::from_le_bytes(*b))
            .collect();
        return Tensor::from_array((shape, values)).unwrap().into_dyn();
    }
    let values: Vec<f32> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|b| f32::from_le_bytes(*b))
        .collect();
    Tensor::from_array((shape, values)).unwrap().into_dyn()
}

/// Loads a network, runs it once.
pub(crate) fn run(engine: Engine, network: &Network, input: &Input) -> Vec<Output> {
    Loaded::new(engine, network).run(input)
}
