//! From a checkpoint of 350 MB to a network that is ready: time and peak memory of each step, each in
//! a process of its own.
//!
//! `cargo bench --no-default-features --bench loading`. The file has the tensors of a ConvNeXt V2
//! Base, as `../shared/fixtures` lists them, and is mapped, as the program does it. Memory is read
//! from Linux.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use bandpass::engine::infer::library::find;
use bandpass::engine::infer::{ModelSource, OnnxRuntime, RtenRuntime, Runtime, SessionOptions};
use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Tells a process which step it is to measure.
const STEP: &str = "BANDPASS_LOADING_STEP";
const FILE: &str = "BANDPASS_LOADING_FILE";
const THREADS: usize = 2;

fn main() -> Outcome<()> {
    if let (Ok(step), Some(file)) = (std::env::var(STEP), std::env::var_os(FILE)) {
        return measure(&step, Path::new(&file));
    }
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures/convnextv2_base");
    if !shared.exists() {
        println!("skipped: there is no {}", shared.display());
        return Ok(());
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("loading.safetensors");
    write(&shared.join("manifest.json"), &file)?;
    println!(
        "{:14} {:>9} {:>10} {:>8}",
        "up to", "seconds", "peak MiB", "of file"
    );
    for step in ["graph", "rten", "ONNX Runtime"] {
        let mut own = Command::new(std::env::current_exe()?);
        let status = own.env(STEP, step).env(FILE, &file).status()?;
        if !status.success() {
            return Err(format!("the step {step} failed").into());
        }
    }
    Ok(())
}

/// Builds the network, and loads it into an engine unless the step is `graph`.
fn measure(step: &str, file: &Path) -> Outcome<()> {
    let engine: Option<Box<dyn Runtime>> = match step {
        "rten" => Some(Box::new(RtenRuntime)),
        "ONNX Runtime" => match onnx_runtime() {
            None => return Ok(()),
            some => some,
        },
        _ => None,
    };
    let before = memory("VmRSS:")?;
    let began = Instant::now();
    let checkpoint = Checkpoint::read(Arc::new(map(file)?))?;
    let weights = arch::weights("convnextv2", &checkpoint, false)?;
    let network = arch::build("convnextv2", &weights, &toml::Table::new())?;
    let session = if let Some(engine) = engine {
        let options = SessionOptions {
            threads: THREADS,
            ..SessionOptions::default()
        };
        Some(engine.load(&ModelSource::Built(Arc::new(network)), &options)?)
    } else {
        println!(
            "{:14} {:>9}",
            "",
            format!("{} kB", network.skeleton().len() / 1000)
        );
        None
    };
    let seconds = began.elapsed().as_secs_f64();
    let peak = memory("VmHWM:")?.saturating_sub(before);
    let of_file = peak as f64 / std::fs::metadata(file)?.len() as f64;
    println!("{step:14} {seconds:9.2} {:10} {of_file:8.2}", peak >> 20);
    drop(session);
    Ok(())
}

fn onnx_runtime() -> Option<Box<dyn Runtime>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
    let named = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from);
    match OnnxRuntime::open_first(&find(named.as_deref(), &target)) {
        Ok((runtime, _)) => Some(Box::new(runtime)),
        Err(why) => {
            println!("ONNX Runtime left out: {why:?}");
            None
        }
    }
}

#[expect(unsafe_code, reason = "nobody else writes the file while this runs")]
fn map(file: &Path) -> Outcome<memmap2::Mmap> {
    let file = std::fs::File::open(file)?;
    // SAFETY: the file is this benchmark's own.
    Ok(unsafe { memmap2::Mmap::map(&file) }?)
}

/// A line of this process's status, in bytes.
fn memory(name: &str) -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("no such line")?.parse::<u64>()? * 1024)
}

/// A safetensors file with the tensors of a fixture's manifest, their values small and all alike.
fn write(manifest: &Path, out: &Path) -> Outcome<()> {
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(manifest)?)?;
    let entries = manifest["entries"].as_array().ok_or("no entries")?;
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for entry in entries {
        let shape: Vec<usize> = serde_json::from_value(entry["shape"].clone())?;
        let name = entry["name"].as_str().ok_or("no name")?;
        let start = end;
        end += shape.iter().product::<usize>() * 4;
        let about =
            serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [start, end]});
        header.insert(name.to_owned(), about);
    }
    let header = serde_json::to_vec(&header)?;
    let mut file = std::io::BufWriter::new(std::fs::File::create(out)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    for i in 0..end / 4 {
        file.write_all(&((i % 251) as f32 / 25_100.0).to_le_bytes())?;
    }
    Ok(file.flush()?)
}
