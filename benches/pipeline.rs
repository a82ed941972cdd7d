//! `bandpass score` with networks: against the bare engine, against the Python original, and five
//! scorers at once against five runs.
//!
//! Needs `BANDPASS_BENCH_PYTHON`, an interpreter with torch, transformers and Pillow: it writes the
//! towers (random weights in the published layout) and runs the original's loop. The heads are the
//! published ones of `../shared/weights`. Both sides start from the same JPEG files, which are drawn
//! here, and use all cores.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use bandpass::engine::models::AddOptions;
use bandpass::engine::{Core, Job, Places, ScoreOptions, Use};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Pictures scored a run.
const PICTURES: u32 = 48;
/// Pictures of the larger tower, which takes five times as long.
const FEW: u32 = 16;
const ROUNDS: usize = 3;
const SIZE: (u32, u32) = (1024, 768);

const HEADS: [(&str, &str); 5] = [
    ("laion_v1_l14", "laion-v1/sa_0_4_vit_l_14_linear.pth"),
    (
        "clip_aesthetic",
        "laion-v2/sac+logos+ava1-l14-linearMSE.pth",
    ),
    ("laion_v2_ava_logos", "laion-v2/ava+logos-l14-linearMSE.pth"),
    (
        "laion_v2_ava_logos_relu",
        "laion-v2/ava+logos-l14-reluMSE.pth",
    ),
    (
        "simulacra_l14",
        "simulacra/sac_public_2022_06_29_vit_l_14_linear.pth",
    ),
];

fn main() -> Outcome<()> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/weights");
    let Some(python) = std::env::var_os("BANDPASS_BENCH_PYTHON") else {
        println!("skipped: BANDPASS_BENCH_PYTHON names no Python");
        return Ok(());
    };
    if !shared.exists() {
        println!("skipped: there is no {}", shared.display());
        return Ok(());
    }
    let bench = Bench {
        python: python.into(),
        work: Path::new(env!("CARGO_TARGET_TMPDIR")).join("towers"),
        pictures: tempfile::tempdir()?,
        shared,
    };
    for i in 0..PICTURES {
        draw(&bench.pictures.path().join(format!("{i:03}.jpg")), i)?;
    }
    for tower in ["b16", "l14"] {
        bench.make(tower)?;
    }
    bench.one_encoder()?;
    bench.five_at_once()
}

struct Bench {
    python: PathBuf,
    work: PathBuf,
    pictures: tempfile::TempDir,
    shared: PathBuf,
}

impl Bench {
    fn script(&self, args: &[&str]) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pipeline_original.py");
        let mut command = Command::new(&self.python);
        command.arg(script).args(args);
        command
    }

    fn tower(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    /// Has the tower's weights written, unless they are there.
    fn make(&self, name: &str) -> Outcome<()> {
        let folder = self.tower(name);
        if folder.join("model.safetensors").exists() {
            return Ok(());
        }
        std::fs::create_dir_all(&folder)?;
        let made = self
            .script(&["make", name, &folder.to_string_lossy()])
            .status()?;
        if made.success() {
            Ok(())
        } else {
            Err("no tower was made".into())
        }
    }

    /// The program with an empty data folder, the tower and these heads.
    fn core(&self, data: &Path, tower: &str, heads: &[(&str, &str)]) -> Outcome<Core> {
        let core = Core::open(Places::find(Some(data))?)?;
        let add = |file: &Path, key: &str, variant: Option<&str>| {
            let options = AddOptions {
                as_key: Some(key.to_owned()),
                variant: variant.map(str::to_owned),
                copy: false,
            };
            core.add_model(file, &options, &Job::default()).map(drop)
        };
        let key = format!("clip_vit_{tower}");
        add(
            &self.tower(tower).join("model.safetensors"),
            &key,
            Some("f32"),
        )?;
        for (key, file) in heads {
            add(&self.shared.join(file), key, None)?;
        }
        Ok(core)
    }

    /// Seconds for scoring the first `n` pictures with these scorers from nothing.
    fn score(&self, tower: &str, scorers: &[(&str, &str)], keys: &[&str], n: u32) -> Outcome<f64> {
        let data = tempfile::tempdir()?;
        let core = self.core(data.path(), tower, scorers)?;
        let roots: Vec<PathBuf> = (0..n)
            .map(|i| self.pictures.path().join(format!("{i:03}.jpg")))
            .collect();
        let options = ScoreOptions {
            scorers: keys.iter().map(|&key| key.to_owned()).collect(),
            ..ScoreOptions::default()
        };
        let began = Instant::now();
        core.scan(&roots, &Job::default())?;
        let report = core.score(&roots, &options, &Job::default())?;
        if report.scored != n as usize {
            return Err(format!("{} of {n} scored", report.scored).into());
        }
        Ok(began.elapsed().as_secs_f64())
    }

    fn one_encoder(&self) -> Outcome<()> {
        let data = tempfile::tempdir()?;
        let core = self.core(data.path(), "b16", &[])?;
        let (mut ours, mut bare, mut original) = (Vec::new(), Vec::new(), Vec::new());
        let mut where_to = String::new();
        for _ in 0..ROUNDS {
            let job = Job::default();
            let speed = core.bench_model("clip_vit_b16", &Use::default(), 6.0, &job)?;
            let speed = speed.into_iter().next().ok_or("no device")?;
            bare.push(1.0 / speed.per_second);
            where_to = speed.placement;
            let seconds = self.score("b16", &[], &["clip_vit_b16"], PICTURES)?;
            ours.push(seconds / f64::from(PICTURES));
            let folder = self.pictures.path().to_string_lossy().into_owned();
            let tower = self.tower("b16").to_string_lossy().into_owned();
            let told = self.script(&["loop", &tower, &folder]).output()?;
            original.push(String::from_utf8(told.stdout)?.trim().parse::<f64>()?);
        }
        let (ours, bare, original) = (median(ours), median(bare), median(original));
        println!(
            "one encoder, CLIP ViT-B/16 f32, {PICTURES} JPEGs of {} × {}, {where_to}",
            SIZE.0, SIZE.1
        );
        println!("  bare engine on tensors   {:7.1} ms a picture", bare * 1e3);
        println!(
            "  bandpass score           {:7.1} ms   {:.0} % of the bare engine's throughput",
            ours * 1e3,
            bare / ours * 100.0
        );
        println!(
            "  transformers and torch   {:7.1} ms   ours is {:.2} times as fast",
            original * 1e3,
            original / ours
        );
        Ok(())
    }

    fn five_at_once(&self) -> Outcome<()> {
        let (mut together, mut apart) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let keys: Vec<&str> = HEADS.iter().map(|(key, _)| *key).collect();
            together.push(self.score("l14", &HEADS, &keys, FEW)?);
            let mut sum = 0.0;
            for head in HEADS {
                sum += self.score("l14", &[head], &[head.0], FEW)?;
            }
            apart.push(sum);
        }
        let (together, apart) = (median(together), median(apart));
        println!("five heads on CLIP ViT-L/14, {FEW} JPEGs");
        println!("  five runs                {apart:7.1} s");
        println!(
            "  one run                  {together:7.1} s   {:.0} % of five",
            together / apart * 100.0
        );
        Ok(())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A JPEG with edges, gradients and some grain.
fn draw(path: &Path, seed: u32) -> Outcome<()> {
    let (width, height) = SIZE;
    let mut pixels = Vec::with_capacity((width * height * 3) as usize);
    let mut noise = seed.wrapping_mul(0x9e37_79b9) | 1;
    for y in 0..height {
        for x in 0..width {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let tile = if (x / 37 + y / 53 + seed).is_multiple_of(2) {
                90
            } else {
                20
            };
            let grain = noise % 24;
            pixels.extend([
                (tile + x / 8 + grain).min(255) as u8,
                (tile + y / 8 + grain).min(255) as u8,
                (tile + (x + y) / 16 + seed % 50 + grain).min(255) as u8,
            ]);
        }
    }
    let mut encoder = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_RGB);
    encoder.set_size(width as usize, height as usize);
    encoder.set_quality(90.0);
    encoder.set_fastest_defaults();
    let mut encoder = encoder.start_compress(Vec::new())?;
    encoder.write_scanlines(&pixels)?;
    std::fs::write(path, encoder.finish()?)?;
    Ok(())
}
