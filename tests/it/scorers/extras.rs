//! The published networks that users pair scorers with, on graphs of the same signature made here:
//! each sees real pictures as its own program shows them.

use std::io::Write as _;
use std::path::Path;

use bandpass::base::Kind;
use bandpass::engine::{Core, Job, Places, TagWish};
use bandpass::zoo::checkpoint::{Dtype, Tensor};
use bandpass::zoo::graph::{Builder, Network};
use image::{Rgba, RgbaImage};

use super::{run_with, scores};
use crate::dataset::Dataset;
use crate::shared::shared;

/// How a graph takes its picture.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Nchw,
    Nhwc,
}

/// A graph whose answer is `act(W·m)`, where `m` are the channels' means, weighted along the rows
/// so that it tells where a picture lies. `W` is by rule.
struct Made<'a> {
    input: &'a str,
    batch: Option<usize>,
    side: usize,
    order: Order,
    width: usize,
    act: fn(&mut Builder, bandpass::zoo::graph::Value) -> bandpass::zoo::graph::Value,
}

fn weight(i: usize) -> f32 {
    ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0
}

impl Made<'_> {
    fn network(&self) -> Network {
        let (n, side) = (self.batch, Some(self.side));
        let mut b = Builder::new("made");
        let shape = match self.order {
            Order::Nchw => [n, Some(3), side, side],
            Order::Nhwc => [n, side, side, Some(3)],
        };
        let x = b.input(self.input, Dtype::F32, &shape);
        let ramp: Vec<f32> = (0..self.side)
            .map(|x| x as f32 / self.side as f32)
            .collect();
        let (ramp_shape, axes): (_, &[i64]) = match self.order {
            Order::Nchw => (vec![1, 1, 1, self.side], &[2, 3]),
            Order::Nhwc => (vec![1, 1, self.side, 1], &[1, 2]),
        };
        let ramp = b.weight("ramp", &Tensor::from_f32(ramp_shape, ramp));
        let ramped = b.mul(x, ramp);
        let means = b.mean(ramped, axes);
        let weights: Vec<f32> = (0..self.width * 3).map(weight).collect();
        let w = b.weight("w", &Tensor::from_f32(vec![self.width, 3], weights));
        let y = b.gemm(means, w, None);
        let y = (self.act)(&mut b, y);
        b.output("output", y, Dtype::F32, &[n, Some(self.width)]);
        b.finish()
    }

    /// `W·m` of a picture whose tensor has that value at column, row and channel.
    fn logits(&self, value: impl Fn(usize, usize, usize) -> f64) -> Vec<f64> {
        let side = self.side;
        let mean = |channel: usize| {
            let row = |y: usize| {
                (0..side)
                    .map(|x| value(x, y, channel) * x as f64 / side as f64)
                    .sum::<f64>()
            };
            (0..side).map(row).sum::<f64>() / (side * side) as f64
        };
        let means = [mean(0), mean(1), mean(2)];
        let answer = |k: usize| {
            (0..3)
                .map(|c| means[c] * f64::from(weight(k * 3 + c)))
                .sum()
        };
        (0..self.width).map(answer).collect()
    }
}

/// Real pictures of this size, something showing through each of them.
fn pictures(set: &Dataset, width: u32, height: u32) -> Option<Vec<(String, RgbaImage)>> {
    let photos = shared("images/photos")?;
    let mut files: Vec<_> = walkdir::WalkDir::new(photos)
        .into_iter()
        .map(|e| e.unwrap().into_path())
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let Ok(bytes) = std::fs::read(&file) else {
            continue;
        };
        let Ok(seen) =
            bandpass::engine::decode::view(&bytes, &bandpass::engine::decode::Limits::default())
        else {
            continue;
        };
        if seen.width < width || seen.height < height {
            continue;
        }
        let picture = RgbaImage::from_fn(width, height, |x, y| {
            let at = ((y * seen.width + x) * 3) as usize;
            let alpha = (x * 3 + y * 5 + found.len() as u32 * 40) % 400;
            Rgba([
                seen.data[at],
                seen.data[at + 1],
                seen.data[at + 2],
                alpha.min(255) as u8,
            ])
        });
        let name = format!("{}.png", found.len());
        picture.save(set.path(&name)).unwrap();
        found.push((name, picture));
        if found.len() == 3 {
            return Some(found);
        }
    }
    panic!("too few photographs of {width} × {height}")
}

/// A pixel's level over white.
fn over_white(picture: &RgbaImage, x: u32, y: u32, channel: usize) -> f64 {
    let Rgba(pixel) = picture.get_pixel(x, y);
    let (level, alpha) = (f64::from(pixel[channel]), f64::from(pixel[3]));
    ((level * alpha + 255.0 * (255.0 - alpha)) / 255.0).round()
}

fn add(set: &Dataset, key: &str, folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join(name);
    std::fs::write(&file, bytes).unwrap();
    run_with(
        set,
        None,
        &["models", "add", &file.to_string_lossy(), "--as", key],
    )
    .ok();
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let sum: f64 = logits.iter().map(|v| v.exp()).sum();
    logits.iter().map(|v| v.exp() / sum).collect()
}

fn near(found: f64, expected: f64, what: &str) {
    let off = (found - expected).abs();
    assert!(
        off <= 1e-4 * expected.abs().max(0.01),
        "{what}: {found} for {expected}"
    );
}

/// The levels of deepghs' classifiers: over white, −1 to 1.
fn signed(picture: &RgbaImage) -> impl Fn(usize, usize, usize) -> f64 + '_ {
    |x, y, channel| (over_white(picture, x as u32, y as u32, channel) / 255.0 - 0.5) / 0.5
}

/// An `.npz` with scores and shares of 7 entries.
fn samples() -> (Vec<u8>, [f64; 7], [f64; 7]) {
    let (x, y) = (
        [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        [0.0, 0.05, 0.2, 0.5, 0.7, 0.9, 1.0],
    );
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 7), }";
    let header = format!("{header:<117}\n");
    let mut npy = b"\x93NUMPY\x01\x00".to_vec();
    npy.extend((header.len() as u16).to_le_bytes());
    npy.extend(header.as_bytes());
    npy.extend(x.iter().chain(&y).flat_map(|v| f64::to_le_bytes(*v)));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("arr_0.npy", stored).unwrap();
    zip.write_all(&npy).unwrap();
    (zip.finish().unwrap().into_inner(), x, y)
}

/// As dghs-imgutils 0.19.0 computes it, for scores between two entries.
fn percentile(score: f64, x: &[f64; 7], y: &[f64; 7]) -> f64 {
    let at = x.iter().position(|&entry| entry >= score).unwrap();
    if at == 6 {
        return y[6];
    }
    let line = (score - x[at]) / (x[at + 1] - x[at]) * (y[at + 1] - y[at]) + y[at];
    line.clamp(0.0, 1.0)
}

#[test]
fn anime_aesthetic_means_its_steps_and_looks_up_the_percentile() {
    let set = Dataset::empty();
    let Some(pictures) = pictures(&set, 448, 448) else {
        return;
    };
    let made = Made {
        input: "input",
        batch: Some(1),
        side: 448,
        order: Order::Nchw,
        width: 7,
        act: Builder::softmax,
    };
    let (table, x, y) = samples();
    let key = "deepghs_anime_aesthetic";
    let files = set.data.path().join("files");
    add(
        &set,
        key,
        &files,
        "model.onnx",
        &made.network().to_onnx().unwrap(),
    );
    add(&set, key, &files, "samples.npz", &table);
    run_with(&set, None, &["score", "@", "--with", key]).ok();
    let found = scores(&set, &["anime_aesthetic", "anime_aesthetic_percentile"]);
    for (name, picture) in &pictures {
        let shares = softmax(&made.logits(signed(picture)));
        let score: f64 = shares.iter().enumerate().map(|(i, p)| i as f64 * p).sum();
        near(found[name][0], score, name);
        near(found[name][1], percentile(found[name][0], &x, &y), name);
    }
}

#[test]
fn deepghs_classifiers_give_the_share_of_their_first_class() {
    for (key, column) in [
        ("anime_real_cls", "anime_real"),
        ("anime_ai_check", "anime_ai_check"),
    ] {
        let set = Dataset::empty();
        let Some(pictures) = pictures(&set, 384, 384) else {
            return;
        };
        let made = Made {
            input: "input",
            batch: None,
            side: 384,
            order: Order::Nchw,
            width: 2,
            act: Builder::softmax,
        };
        let files = set.data.path().join("files");
        add(
            &set,
            key,
            &files,
            "model.onnx",
            &made.network().to_onnx().unwrap(),
        );
        run_with(&set, None, &["score", "@", "--with", key]).ok();
        let found = scores(&set, &[column]);
        for (name, picture) in &pictures {
            near(
                found[name][0],
                softmax(&made.logits(signed(picture)))[0],
                name,
            );
        }
    }
}

#[test]
fn skytnts_aesthetic_sees_the_picture_between_black_bars() {
    let set = Dataset::empty();
    let Some(pictures) = pictures(&set, 768, 501) else {
        return;
    };
    let made = Made {
        input: "img",
        batch: None,
        side: 768,
        order: Order::Nchw,
        width: 1,
        act: Builder::sigmoid,
    };
    let key = "skytnt_anime_aesthetic";
    add(
        &set,
        key,
        &set.data.path().join("files"),
        "model.onnx",
        &made.network().to_onnx().unwrap(),
    );
    run_with(&set, None, &["score", "@", "--with", key]).ok();
    let found = scores(&set, &[key]);
    for (name, picture) in &pictures {
        let above = (768 - 501) / 2;
        let logit = made.logits(|x, y, channel| {
            let row = y.checked_sub(above).filter(|row| *row < 501);
            row.map_or(0.0, |row| {
                over_white(picture, x as u32, row as u32, channel) / 255.0
            })
        })[0];
        near(found[name][0], 1.0 / (1.0 + (-logit).exp()), name);
    }
}

const TAGGERS: [&str; 5] = [
    "wd_vit_v3",
    "wd_swinv2_v3",
    "wd_convnext_v3",
    "wd_vit_large_v3",
    "wd_eva02_large_v3",
];

const TAGS: &str = "tag_id,name,category,count\n\
    1,general,9,10\n2,sensitive,9,9\n3,questionable,9,8\n4,explicit,9,7\n\
    5,1girl,0,6\n6,long_hair,0,5\n7,o_o,0,5\n8,skadi_(arknights),4,4\n";

/// Levels 0–255 are divided by 64 within the graph, so that its answers tell tags apart.
fn sigmoid_of_levels(
    b: &mut Builder,
    x: bandpass::zoo::graph::Value,
) -> bandpass::zoo::graph::Value {
    let scaled = b.scale(x, 1.0 / 64.0);
    b.sigmoid(scaled)
}

/// The shares of each tag in each picture, as the graph gives them.
fn shares(made: &Made<'_>, picture: &RgbaImage, left: usize) -> Vec<f64> {
    let logits = made.logits(|x, y, channel| {
        let column = x
            .checked_sub(left)
            .filter(|column| *column < picture.width() as usize);
        // Blue comes first.
        column.map_or(255.0, |column| {
            over_white(picture, column as u32, y as u32, 2 - channel)
        })
    });
    logits
        .iter()
        .map(|v| 1.0 / (1.0 + (-v / 64.0).exp()))
        .collect()
}

fn tagger() -> Made<'static> {
    Made {
        input: "input",
        batch: None,
        side: 448,
        order: Order::Nhwc,
        width: 8,
        act: sigmoid_of_levels,
    }
}

#[test]
fn taggers_see_bgr_levels_in_a_white_square_and_give_ratings_and_tags() {
    let set = Dataset::empty();
    let Some(pictures) = pictures(&set, 301, 448) else {
        return;
    };
    let made = tagger();
    let network = made.network().to_onnx().unwrap();
    for key in TAGGERS {
        let files = set.data.path().join("files").join(key);
        add(&set, key, &files, "model.onnx", &network);
        add(&set, key, &files, "selected_tags.csv", TAGS.as_bytes());
    }
    run_with(&set, None, &["score", "@", "--with", &TAGGERS.join(",")]).ok();
    for key in TAGGERS {
        let columns = ["tags", "general", "sensitive", "questionable", "explicit"]
            .map(|end| format!("{key}_{end}"));
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let found = scores(&set, &columns);
        for (name, picture) in &pictures {
            let shares = shares(&made, picture, (448 - 301) / 2);
            for (rating, share) in shares[..4].iter().enumerate() {
                near(found[name][rating + 1], *share, name);
            }
            let count = shares[4..7].iter().filter(|share| **share > 0.35).count();
            let count = count + usize::from(shares[7] > 0.85);
            near(found[name][0], count as f64, name);
        }
    }
}

#[test]
fn a_table_that_is_none_is_refused_when_it_is_added() {
    let set = Dataset::empty();
    let file = set.data.path().join("selected_tags.csv");
    std::fs::write(&file, "no,tags\n1,2\n").unwrap();
    let refused = run_with(
        &set,
        None,
        &[
            "models",
            "add",
            &file.to_string_lossy(),
            "--as",
            "wd_vit_v3",
        ],
    );
    assert_eq!(refused.code(), 2);
    assert!(
        refused.stderr().contains("no column `name`"),
        "{}",
        refused.stderr()
    );
}

/// The caption of a picture by its shares: what reaches these thresholds.
fn caption(shares: &[f64], general: f64, character: f64) -> String {
    let mut tags: Vec<(f64, &str)> = [(4, "1girl"), (5, "long hair"), (6, "o_o")]
        .map(|(k, tag)| (shares[k], tag))
        .into_iter()
        .filter(|(share, _)| *share >= general)
        .collect();
    tags.sort_by(|a, b| b.0.total_cmp(&a.0));
    let first = (shares[7] >= character).then_some(r"skadi \(arknights\)");
    let all: Vec<&str> = first
        .into_iter()
        .chain(tags.into_iter().map(|(_, tag)| tag))
        .collect();
    all.join(", ")
}

/// Whether taking tags over ends when it is cancelled, and passes a changed file over.
fn follows_the_files_and_can_be_stopped(set: &Dataset, file: &Path, key: &str) {
    let core = Core::open(Places::find(Some(set.data.path())).unwrap()).unwrap();
    let catalog = core.catalog(&[set.root.path().to_path_buf()]).unwrap();
    let rows: Vec<_> = catalog.rows().collect();
    std::fs::write(file, "another").unwrap();
    let (wish, job) = (TagWish::of(key), Job::default());
    let seen = core.seen_tags(&catalog, &rows, &wish, &job).unwrap();
    assert_eq!((seen.tags.len(), seen.n_stale), (2, 1));
    job.token.cancel();
    let stopped = core.take_tags(&catalog, &rows, &wish, &job).unwrap_err();
    assert_eq!(stopped.kind, Kind::Cancelled);
}

#[test]
fn what_a_tagger_saw_becomes_the_users_own_on_request() {
    let set = Dataset::empty();
    let Some(pictures) = pictures(&set, 301, 448) else {
        return;
    };
    let (made, key) = (tagger(), "wd_vit_v3");
    let files = set.data.path().join("files");
    add(
        &set,
        key,
        &files,
        "model.onnx",
        &made.network().to_onnx().unwrap(),
    );
    add(&set, key, &files, "selected_tags.csv", TAGS.as_bytes());
    let ask = [
        "tag",
        "@",
        "--from",
        key,
        "--general",
        "0.3",
        "--character",
        "0.2",
    ];
    let early = run_with(&set, None, &ask).ok();
    assert!(
        early.stderr().contains("3 images not seen by wd_vit_v3"),
        "{}",
        early.stderr()
    );
    run_with(&set, None, &["score", "@", "--with", key]).ok();
    let printed = run_with(&set, None, &[&ask[..], &["--dry-run"]].concat()).ok();
    let mut seen = 0;
    for (name, picture) in &pictures {
        let shares = shares(&made, picture, (448 - 301) / 2);
        let expected = format!(
            "{}\t{}",
            set.path(name).display(),
            caption(&shares, 0.3, 0.2)
        );
        assert!(
            printed.lines().contains(&expected),
            "{expected} in {}",
            printed.stdout()
        );
        seen += usize::from(shares[5] >= 0.3);
    }
    let with_tag = ["query", "@", "--where", "tag:\"long hair\""];
    assert_eq!(
        run_with(&set, None, &with_tag).ok().lines().len(),
        0,
        "printing tags nothing"
    );
    run_with(&set, None, &["tag", "@", "--add", "mine"]).ok();
    run_with(&set, None, &ask).ok();
    assert_eq!(run_with(&set, None, &with_tag).ok().lines().len(), seen);
    run_with(&set, None, &["undo"]).ok();
    assert_eq!(run_with(&set, None, &with_tag).ok().lines().len(), 0);
    let mine = ["query", "@", "--where", "tag:mine"];
    assert_eq!(
        run_with(&set, None, &mine).ok().lines().len(),
        3,
        "the user's own stay"
    );
    follows_the_files_and_can_be_stopped(&set, &set.path(&pictures[0].0), key);
    let none = run_with(&set, None, &["tag", "@", "--from", "nsfw"]).fails(2);
    assert!(
        none.stderr().contains("'nsfw' is no tagger"),
        "{}",
        none.stderr()
    );
}
