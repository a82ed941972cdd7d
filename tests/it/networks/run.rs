//! Running a network that was built here, on each engine at hand.

use std::path::Path;
use std::sync::Arc;

use bandpass::engine::infer::{
    Device, ModelSource, Runtime, Session, SessionOptions, Tensor, TensorData,
};
use bandpass::zoo::graph::Network;

use crate::fixture::golden;
use crate::infer;

/// What a network is given, row-major.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    F32(Vec<usize>, Vec<f32>),
    I32(Vec<usize>, Vec<i32>),
}

/// Rows, values of a row, all values.
pub(crate) type Output = ([usize; 2], Vec<f32>);

/// rten, and ONNX Runtime where there is one.
pub(crate) fn engines() -> Vec<Arc<dyn Runtime>> {
    infer::engines().into_iter().map(Arc::from).collect()
}

/// A network loaded into an engine.
pub(crate) struct Loaded(Box<dyn Session>);

impl Loaded {
    pub(crate) fn new(engine: &dyn Runtime, network: &Network) -> Self {
        Self::load(engine, &ModelSource::Built(Arc::new(network.clone())))
    }

    /// The network as an `.onnx` file, which may have a data file beside it.
    pub(crate) fn from_file(engine: &dyn Runtime, path: &Path) -> Self {
        Self::load(engine, &ModelSource::File(path.to_path_buf()))
    }

    fn load(engine: &dyn Runtime, source: &ModelSource) -> Self {
        let options = SessionOptions {
            device: Device::Cpu,
            threads: 2,
            allow_cpu_fallback: false,
        };
        Self(engine.load(source, &options).unwrap())
    }

    /// All outputs, in the network's order; each must be a matrix.
    pub(crate) fn run(&mut self, input: &Input) -> Vec<Output> {
        let matrix = |(shape, values): golden::Tensor| (shape.try_into().unwrap(), values);
        self.tensors(input).into_iter().map(matrix).collect()
    }

    /// All outputs, in the network's order, of any shape.
    pub(crate) fn tensors(&mut self, input: &Input) -> Vec<golden::Tensor> {
        let tensor = match input.clone() {
            Input::F32(shape, values) => Tensor {
                shape,
                data: TensorData::F32(values),
            },
            Input::I32(shape, values) => Tensor {
                shape,
                data: TensorData::I32(values),
            },
        };
        let name = self.0.inputs()[0].name.clone();
        let outputs: Vec<String> = self.0.outputs().iter().map(|o| o.name.clone()).collect();
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        let found = self.0.run(&[(&name, &tensor)], &outputs).unwrap();
        let read = |tensor: Tensor| {
            let values = tensor.as_f32().unwrap().to_vec();
            (tensor.shape, values)
        };
        found.into_iter().map(read).collect()
    }
}

/// Loads a network, runs it once.
pub(crate) fn run(engine: &dyn Runtime, network: &Network, input: &Input) -> Vec<Output> {
    Loaded::new(engine, network).run(input)
}
