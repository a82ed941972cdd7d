//! rten: an engine in Rust, for the CPU, compiled in.
//!
//! It computes in f32 and i32 throughout: f16 and f64 graphs run in f32, i64 values must fit i32.
//!
//! Must not know: ONNX Runtime.

mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};

use super::refuse::{self, USE_ONNX_RUNTIME};
use super::scan::{Facts, scan};
use super::tensor::pair;
use super::{
    Device, InferError, ModelSource, Placement, Port, Runtime, Session, SessionOptions, Tensor,
};

const NAME: &str = "rten";
/// The version in `Cargo.toml`.
const VERSION: &str = "0.27";

/// The compiled-in engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RtenRuntime;

impl Runtime for RtenRuntime {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> &str {
        VERSION
    }

    fn devices(&self) -> Vec<Device> {
        vec![Device::Cpu]
    }

    fn load(
        &self,
        source: &ModelSource,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, InferError> {
        if options.device != Device::Cpu && !options.allow_cpu_fallback {
            return Err(InferError::Device {
                device: options.device,
                why: "rten runs on the CPU only; install ONNX Runtime".to_owned(),
            });
        }
        let facts = scan(source)?;
        refuse::for_rten(&facts, matches!(source, ModelSource::Built(_)))?;
        let model = caught(|| load(source))?;
        let id = |port: &Port| {
            let missing = || refused(format!("it lost sight of `{}`", port.name));
            model.find_node(&port.name).ok_or_else(missing)
        };
        let ids = |ports: &[Port]| ports.iter().map(id).collect::<Result<Vec<_>, _>>();
        Ok(Box::new(RtenSession {
            input_ids: ids(&facts.inputs)?,
            output_ids: ids(&facts.outputs)?,
            threads: Arc::new(ThreadPool::with_num_threads(options.threads.max(1))),
            placement: placement(&facts),
            model,
            facts,
        }))
    }
}

fn load(source: &ModelSource) -> Result<Model, String> {
    let mut options = ModelOptions::with_all_ops();
    // Takes as much memory again as the matrices, and more than halves the time of a picture.
    options.prepack_weights(true);
    match source {
        // rten goes by the name; other names only work where all weights are inside.
        ModelSource::File(path) if path.extension().is_some_and(|e| e == "onnx") => {
            options.load_file(path).map_err(|error| error.to_string())
        }
        ModelSource::File(path) => {
            let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
            options.load(bytes).map_err(|error| error.to_string())
        }
        ModelSource::Bytes(bytes) => {
            let bytes = bytes.to_vec();
            options.load(bytes).map_err(|error| error.to_string())
        }
        ModelSource::Built(network) => {
            for (location, weight) in network.external_weights() {
                options.external_data(&location, weight.bytes().into_owned());
            }
            let graph = network.skeleton();
            options.load(graph).map_err(|error| error.to_string())
        }
    }
}

fn placement(facts: &Facts) -> Placement {
    Placement {
        engine: format!("{NAME} {VERSION}"),
        device: Device::Cpu,
        providers: vec![(NAME.to_owned(), facts.nodes())],
        fallen: Vec::new(),
    }
}

/// rten can't run this graph.
fn refused(why: String) -> InferError {
    InferError::Refused {
        engine: NAME.to_owned(),
        why,
        hint: USE_ONNX_RUNTIME,
    }
}

/// Strangers' graphs may reach what rten takes for impossible; that is its refusal, not our end.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, InferError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(why)) => Err(refused(why)),
        Err(_panic) => Err(refused("it stumbles over this graph".to_owned())),
    }
}

struct RtenSession {
    model: Model,
    facts: Facts,
    input_ids: Vec<NodeId>,
    output_ids: Vec<NodeId>,
    threads: Arc<ThreadPool>,
    placement: Placement,
}

impl Session for RtenSession {
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
        let converted = given
            .iter()
            .map(|(port, tensor)| values::convert(port, tensor))
            .collect::<Result<Vec<_>, _>>()?;
        let views = std::iter::zip(&self.input_ids, &converted)
            .map(|(id, value)| Ok((*id, value.view()?.into())))
            .collect::<Result<Vec<_>, InferError>>()?;
        let wanted = outputs
            .iter()
            .map(|name| {
                let at = self
                    .facts
                    .outputs
                    .iter()
                    .position(|port| port.name == *name);
                at.ok_or_else(|| InferError::no_port("output", name, &self.facts.outputs))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<NodeId> = wanted.iter().map(|&at| self.output_ids[at]).collect();
        let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&self.threads)));
        let results = caught(|| {
            let run = self.model.run(views, &ids, Some(options));
            run.map_err(|error| error.to_string())
        })?;
        std::iter::zip(wanted, results)
            .map(|(at, value)| values::extract(&self.facts.outputs[at], value))
            .collect()
    }

    fn placement(&self) -> &Placement {
        &self.placement
    }

    fn couples_batch(&self) -> bool {
        self.facts.couples_batch()
    }
}
