//! Families of networks built from checkpoints: our time a picture on each engine beside PyTorch's.
//!
//! `cargo bench --no-default-features --bench networks -- FAMILY…`, all families if none is named.
//! `BANDPASS_BENCH_PYTHON` names an interpreter with torch and what the originals import
//! (`networks_original.py` says what); it writes the weights, in the published layout. Both sides
//! run on the CPU with two threads (`BANDPASS_BENCH_THREADS` says otherwise), on one tensor, in turns; where a machine has other work,
//! the CPU time tells more than the time on the clock. ONNX Runtime takes part where
//! `ORT_DYLIB_PATH` or the folder of the target has it.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

#[path = "support/original.rs"]
mod original;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use bandpass::engine::infer::library::find;
use bandpass::engine::infer::{
    Device, ModelSource, OnnxRuntime, RtenRuntime, Runtime, Session, SessionOptions, Tensor,
};
use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::graph::Network;

use original::{Original, median};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// One network and what it sees; `networks_original.py` knows it by the same name.
struct Family {
    name: &'static str,
    architecture: &'static str,
    /// What its manifest states.
    parameters: &'static str,
    /// Pictures, channels, height, width.
    shape: [usize; 4],
}

const FAMILIES: &[Family] = &[
    Family {
        name: "convnextv2-base",
        architecture: "convnextv2",
        parameters: "labels = 1",
        shape: [1, 3, 768, 768],
    },
    Family {
        name: "convnextv2-tiny",
        architecture: "convnextv2",
        parameters: "labels = 1",
        shape: [1, 3, 768, 768],
    },
    Family {
        name: "efficientnet-b3",
        architecture: "efficientnet-b3-watermark",
        parameters: "labels = 2",
        shape: [1, 3, 256, 256],
    },
    Family {
        name: "icnet",
        architecture: "icnet",
        parameters: "",
        shape: [1, 3, 512, 512],
    },
    Family {
        name: "hyperiqa",
        architecture: "hyperiqa",
        parameters: "depth = 50",
        shape: [25, 3, 224, 224],
    },
    Family {
        name: "dpt-hybrid",
        architecture: "dpt-hybrid",
        parameters: "image = 384",
        shape: [1, 3, 384, 384],
    },
];

const ROUNDS: usize = 5;
/// How far the first numbers of both sides may differ, relative to the largest.
const TOLERANCE: f64 = 1e-3;

fn main() -> Outcome<()> {
    let Some(python) = std::env::var_os("BANDPASS_BENCH_PYTHON").map(PathBuf::from) else {
        println!("skipped: BANDPASS_BENCH_PYTHON names no Python");
        return Ok(());
    };
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    println!(
        "{:16} {:18} {:>9} {:>9} {:>6} {:>9} {:>9} {:>6}",
        "family", "engine", "ours ms", "torch ms", "ratio", "ours CPU", "torch", "ratio"
    );
    for family in FAMILIES {
        if named.is_empty() || named.iter().any(|name| name == family.name) {
            compare(family, &python)?;
        }
    }
    Ok(())
}

fn compare(family: &Family, python: &Path) -> Outcome<()> {
    let file = weights(family, python)?;
    let threads = threads()?;
    let args = [family.name.into(), file.clone(), threads.to_string().into()];
    let Some(mut original) = Original::start("networks_original.py", &args)? else {
        return Ok(());
    };
    let input = input(&family.shape);
    let network = Arc::new(network(family, &file)?);
    let mut ours = Vec::new();
    for engine in engines() {
        ours.push(Ours::load(engine.as_ref(), &network, threads)?);
    }
    let question = family.shape.map(|n| n.to_string()).join(" ");
    let expected = original.time(&question)?;
    for ours in &mut ours {
        ours.check(&input, &expected["values"])?;
    }
    let mut theirs = Times::default();
    for _ in 0..ROUNDS {
        let answer = original.time(&question)?;
        let number = |name: &str| answer[name].as_f64().ok_or("no time");
        theirs.push(number("ns")? / 1e6, number("cpu_ns")? / 1e6);
        for ours in &mut ours {
            ours.time(&input)?;
        }
    }
    let [torch, torch_cpu] = theirs.medians();
    for Ours { name, times, .. } in &mut ours {
        let [wall, cpu] = times.medians();
        println!(
            "{:16} {name:18} {wall:9.1} {torch:9.1} {:6.2} {cpu:9.1} {torch_cpu:9.1} {:6.2}",
            family.name,
            torch / wall,
            torch_cpu / cpu
        );
    }
    Ok(())
}

/// Threads of both sides.
fn threads() -> Outcome<usize> {
    let named = std::env::var("BANDPASS_BENCH_THREADS");
    Ok(named.map_or(Ok(2), |n| n.parse())?)
}

/// How long runs took, in milliseconds: on the clock, and of all threads together.
#[derive(Default)]
struct Times {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Times {
    fn push(&mut self, wall: f64, cpu: f64) {
        self.wall.push(wall);
        self.cpu.push(cpu);
    }

    fn medians(&mut self) -> [f64; 2] {
        [median(&mut self.wall), median(&mut self.cpu)]
    }
}

/// CPU time of this process in milliseconds, as Linux counts it; NaN elsewhere.
fn cpu_ms() -> f64 {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return f64::NAN;
    };
    let of = |thread: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    threads.filter_map(of).sum::<f64>() / 1e6
}

/// A network on one engine, and how long its runs took.
struct Ours {
    name: String,
    session: Box<dyn Session>,
    times: Times,
}

impl Ours {
    fn load(engine: &dyn Runtime, network: &Arc<Network>, threads: usize) -> Outcome<Self> {
        let options = SessionOptions {
            device: Device::Cpu,
            threads,
            allow_cpu_fallback: false,
        };
        let session = engine.load(&ModelSource::Built(Arc::clone(network)), &options)?;
        Ok(Self {
            name: format!("{} {}", engine.name(), engine.version()),
            session,
            times: Times::default(),
        })
    }

    /// Every output.
    fn run(&mut self, input: &Tensor) -> Outcome<Vec<Tensor>> {
        let name = self.session.inputs()[0].name.clone();
        let outputs = self.session.outputs().iter().map(|port| port.name.clone());
        let outputs: Vec<String> = outputs.collect();
        let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
        Ok(self.session.run(&[(&name, input)], &outputs)?)
    }

    fn time(&mut self, input: &Tensor) -> Outcome<()> {
        let (began, cpu) = (Instant::now(), cpu_ms());
        self.run(input)?;
        let cpu = cpu_ms() - cpu;
        self.times.push(began.elapsed().as_secs_f64() * 1e3, cpu);
        Ok(())
    }

    /// Runs once, to warm up; fails if the first output is not the original's.
    fn check(&mut self, input: &Tensor, expected: &serde_json::Value) -> Outcome<()> {
        let found = self.run(input)?;
        let found = found[0].as_f32().ok_or("no f32")?;
        let expected: Vec<f64> = serde_json::from_value(expected.clone())?;
        let largest = expected.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let pairs = expected.iter().zip(found);
        let off = pairs.fold(0.0_f64, |m, (a, b)| m.max((a - f64::from(*b)).abs()));
        if off <= TOLERANCE * largest {
            return Ok(());
        }
        Err(format!("{} is {off:e} off of {largest}", self.name).into())
    }
}

/// The weights of a family, written by the original unless they are there.
fn weights(family: &Family, python: &Path) -> Outcome<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("networks");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{}.safetensors", family.name));
    if file.exists() {
        return Ok(file);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/networks_original.py");
    let mut make = Command::new(python);
    make.arg(script).args(["make", family.name]).arg(&file);
    if make.status()?.success() {
        Ok(file)
    } else {
        Err("no weights were made".into())
    }
}

fn network(family: &Family, file: &Path) -> Outcome<Network> {
    let checkpoint = Checkpoint::read(Arc::new(std::fs::read(file)?))?;
    let weights = arch::weights(family.architecture, &checkpoint, false)?;
    let parameters = family.parameters.parse()?;
    Ok(arch::build(family.architecture, &weights, &parameters)?)
}

/// The tensor that both sides see: numbers from −0.5 to 0.5 in no visible order.
fn input(shape: &[usize]) -> Tensor {
    let values =
        (0..shape.iter().product::<usize>()).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5);
    Tensor::f32(shape, values.collect())
}

/// rten, and ONNX Runtime where there is one.
fn engines() -> Vec<Box<dyn Runtime>> {
    let mut engines: Vec<Box<dyn Runtime>> = vec![Box::new(RtenRuntime)];
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let named = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    match OnnxRuntime::open_first(&find(named.as_deref(), &target)) {
        Ok((runtime, _)) => engines.push(Box::new(runtime)),
        Err(why) => println!("ONNX Runtime left out: {why:?}"),
    }
    engines
}
