//! Preprocessing: our time a picture beside Pillow and numpy's, on the same pixels, in turns.
//!
//! The original runs if `BANDPASS_BENCH_PYTHON` names an interpreter with Pillow 11 and numpy (and
//! PyTorch with torchvision for the last pipeline). Both sides start from decoded RGB pixels, end
//! with the tensor and use one core.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

#[path = "support/original.rs"]
mod original;

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use bandpass::domain::picture::Rgb;
use bandpass::zoo::preprocess::Preprocess;
use serde_json::{Value, json};

use original::{Original, median};

const SIZES: [(u32, u32); 3] = [(1024, 768), (832, 1216), (4000, 3000)];
const ROUNDS: usize = 15;
/// Ours a round of the original.
const OURS_PER_ROUND: usize = 3;

/// Name, as the script knows it, and `[input]` table.
fn pipelines() -> [(&'static str, Value); 4] {
    let half = [0.5, 0.5, 0.5];
    [
        (
            "clip-224",
            json!({ "size": [224, 224], "fit": "shortest-side", "resampler": "bicubic",
                "mean": [0.481_454_66, 0.457_827_5, 0.408_210_73],
                "std": [0.268_629_54, 0.261_302_58, 0.275_777_11] }),
        ),
        (
            "siglip-384",
            json!({ "size": [384, 384], "fit": "squash", "resampler": "bicubic",
                "mean": half, "std": half }),
        ),
        (
            "squash-768",
            json!({ "size": [768, 768], "fit": "squash", "resampler": "bilinear",
                "mean": half, "std": half }),
        ),
        (
            "torch-768",
            json!({ "size": [768, 768], "fit": "squash", "resampler": "torch-bilinear",
                "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0] }),
        ),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = if std::env::args().any(|a| a == "--bench") {
        ROUNDS
    } else {
        1
    };
    let mut original = Original::start("preprocess_original.py", &[])?;
    println!(
        "{:12} {:>10} {:>9} {:>12} {:>6}",
        "pipeline", "size", "ours ms", "original ms", "ratio"
    );
    for (name, mut table) in pipelines() {
        table["scale"] = json!(1.0 / 255.0);
        let spec: Preprocess = serde_json::from_value(table)?;
        for size in SIZES {
            compare(name, &spec, original.as_mut(), size, rounds)?;
        }
    }
    Ok(())
}

fn compare(
    name: &str,
    spec: &Preprocess,
    mut original: Option<&mut Original>,
    (width, height): (u32, u32),
    rounds: usize,
) -> Result<(), Box<dyn Error>> {
    let picture = picture(width, height);
    let mut tensor = vec![0.0; spec.n_values()];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for _ in 0..OURS_PER_ROUND {
            let start = Instant::now();
            spec.apply(black_box(&picture), &mut tensor)?;
            black_box(&mut tensor);
            ours.push(start.elapsed().as_secs_f64() * 1e3);
        }
        if let Some(original) = &mut original {
            let answer = original.time(format!("{name} {width} {height}"))?;
            let sum: f64 = tensor.iter().map(|v| f64::from(*v)).sum();
            let expected = answer["sum"].as_f64().ok_or("no sum")?;
            // Speed is worth nothing without the same values.
            if (sum - expected).abs() > 1e-6 * tensor.len() as f64 {
                return Err(format!("{name}: sum {sum}, original {expected}").into());
            }
            theirs.push(answer["ns"].as_f64().ok_or("no time")? / 1e6);
        }
    }
    let size = format!("{width}×{height}");
    let ours = median(&mut ours);
    if theirs.is_empty() {
        println!("{name:12} {size:>10} {ours:9.3}");
    } else {
        let theirs = median(&mut theirs);
        let ratio = theirs / ours;
        println!("{name:12} {size:>10} {ours:9.3} {theirs:12.3} {ratio:6.1}");
    }
    Ok(())
}

/// Ramps with texture; the script makes the same.
fn picture(width: u32, height: u32) -> Rgb {
    let pixel = |i: u32| {
        let (x, y) = (i % width, i / width);
        [x * 3 + y, x ^ y, x * y / 64].map(|level| level as u8)
    };
    Rgb {
        width,
        height,
        data: (0..width * height).flat_map(pixel).collect(),
    }
}
