//! Thumbnails of 12-megapixel JPEGs, from disk to disk, against vipsthumbnail.
//!
//! `cargo bench --bench thumbs [-- PICTURES ROUNDS]`: makes the pictures once below
//! `target/bench-data`, then lets Bandpass and both of vipsthumbnail's ways (two processes with many
//! files each, and one process with two threads) take turns, and prints medians and ratios. Wall
//! time is what the user waits; CPU time is what survives a busy machine.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reports on stdout and stops at the first error"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bandpass::engine::decode::{self, Limits};
use image::RgbImage;
use mozjpeg::{ColorSpace, Compress};

const SIZE: (u32, u32) = (4000, 3000);
const EDGE: u32 = 256;
const THREADS: usize = 2;

/// Wall and CPU (user + system) seconds of one pass over all pictures.
#[derive(Clone, Copy)]
struct Cost {
    wall: f64,
    cpu: f64,
}

type Way = (&'static str, fn(&[PathBuf], &Path));

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|a| a.parse().ok());
    let (pictures, rounds) = (numbers.next().unwrap_or(300), numbers.next().unwrap_or(5));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data");
    let Some(files) = make(&data, pictures) else {
        println!("skipped: there is no ../shared/images/photos");
        return;
    };
    let mut ways: Vec<Way> = vec![("bandpass", ours)];
    if Command::new("vipsthumbnail")
        .arg("--version")
        .output()
        .is_ok()
    {
        ways.push(("vipsthumbnail, two processes", vips_two));
        ways.push(("vipsthumbnail, one process", vips_one));
    } else {
        println!("there is no vipsthumbnail: Bandpass alone");
    }
    let out = data.join("out");
    let mut costs = vec![Vec::new(); ways.len()];
    // The first round fills the page cache and doesn't count.
    for round in 0..=rounds {
        for (i, (_, way)) in ways.iter().enumerate() {
            let cost = measure(*way, &files, &out);
            if round > 0 {
                costs[i].push(cost);
            }
        }
    }
    report(&ways, &costs, pictures);
}

fn report(ways: &[Way], costs: &[Vec<Cost>], pictures: usize) {
    println!(
        "{pictures} pictures of {}×{}, {THREADS} threads",
        SIZE.0, SIZE.1
    );
    for ((name, _), cost) in ways.iter().zip(costs) {
        println!(
            "{name:30} {:6.2} s wall {:6.2} s CPU   ×{:.2} wall ×{:.2} CPU of ours (paired)",
            median(cost.iter().map(|c| c.wall)),
            median(cost.iter().map(|c| c.cpu)),
            median(cost.iter().zip(&costs[0]).map(|(c, own)| c.wall / own.wall)),
            median(cost.iter().zip(&costs[0]).map(|(c, own)| c.cpu / own.cpu)),
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn measure(way: fn(&[PathBuf], &Path), files: &[PathBuf], out: &Path) -> Cost {
    std::fs::remove_dir_all(out).ok();
    std::fs::create_dir_all(out).unwrap();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    way(files, out);
    let cost = Cost {
        wall: start.elapsed().as_secs_f64(),
        cpu: cpu_seconds() - cpu,
    };
    assert_eq!(std::fs::read_dir(out).unwrap().count(), files.len());
    cost
}

/// User and system time of this process and its finished children: fields 14–17 of `proc/self/stat`,
/// in ticks of 1/100 s.
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return f64::NAN;
    };
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(4);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn ours(files: &[PathBuf], out: &Path) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let bytes = std::fs::read(file).unwrap();
                    let small = decode::thumbnail(&bytes, EDGE, &Limits::default()).unwrap();
                    let jpeg = decode::encode_thumb(&small).unwrap();
                    std::fs::write(out.join(file.file_name().unwrap()), jpeg).unwrap();
                }
            });
        }
    });
}

fn vips(files: &[PathBuf], out: &Path, threads: usize) -> Command {
    let mut command = Command::new("vipsthumbnail");
    command
        .args(["-s", &EDGE.to_string(), "-o"])
        .arg(format!("{}/%s.jpg[Q=85]", out.display()))
        .args(files)
        .env("VIPS_CONCURRENCY", threads.to_string())
        .stdout(Stdio::null());
    command
}

/// As `xargs -P2` does with half of the files for each.
fn vips_two(files: &[PathBuf], out: &Path) {
    let children: Vec<_> = files
        .chunks(files.len().div_ceil(THREADS))
        .map(|part| vips(part, out, 1).spawn().unwrap())
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

fn vips_one(files: &[PathBuf], out: &Path) {
    assert!(vips(files, out, THREADS).status().unwrap().success());
}

/// Writes the pictures that are missing; none without photos to make them from.
fn make(data: &Path, pictures: usize) -> Option<Vec<PathBuf>> {
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/images/photos");
    let mut sources: Vec<_> = std::fs::read_dir(photos).ok()?.flatten().collect();
    sources.sort_by_key(std::fs::DirEntry::file_name);
    let mut photos = Vec::new();
    let files: Vec<_> = (0..pictures)
        .map(|i| data.join(format!("in/{i:04}.jpg")))
        .collect();
    std::fs::create_dir_all(data.join("in")).unwrap();
    for (i, file) in files.iter().enumerate().filter(|(_, file)| !file.exists()) {
        if photos.is_empty() {
            photos = sources
                .iter()
                .map(|entry| image::open(entry.path()).unwrap().to_rgb8())
                .collect();
        }
        std::fs::write(file, jpeg(&mosaic(&photos, i as u64))).unwrap();
    }
    Some(files)
}

/// Tiles of photos at changing offsets, with sensor-like noise.
fn mosaic(photos: &[RgbImage], seed: u64) -> RgbImage {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let tiles: Vec<_> = (0..64)
        .map(|_| {
            (
                next() as usize % photos.len(),
                next() as u32 % 400,
                next() as u32 % 400,
            )
        })
        .collect();
    let strength = (next() % 8) as i16 + 2;
    RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let (photo, dx, dy) = tiles[(y / 480 * 8 + x / 640) as usize % tiles.len()];
        let photo = &photos[photo];
        let at = |v: u32, d: u32, side: u32| (v + d) % side;
        let pixel = photo.get_pixel(at(x, dx, photo.width()), at(y, dy, photo.height()));
        let noise = next();
        image::Rgb([0, 1, 2].map(|c| {
            let wave = (noise >> (c * 16)) as i16 % (strength + 1);
            (i16::from(pixel[c]) + wave).clamp(0, 255) as u8
        }))
    })
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut encoder = Compress::new(ColorSpace::JCS_RGB);
    encoder.set_size(image.width() as usize, image.height() as usize);
    encoder.set_fastest_defaults();
    encoder.set_quality(92.0);
    encoder.set_chroma_sampling_pixel_sizes((2, 2), (2, 2));
    let mut encoder = encoder.start_compress(Vec::new()).unwrap();
    encoder.write_scanlines(image).unwrap();
    encoder.finish().unwrap()
}
