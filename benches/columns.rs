//! Composite columns at a million images: a formula with two percentiles, computed whole.
//!
//! Before each round both columns are replaced, as after a batch of scores.
//!
//! `cargo bench --no-default-features --bench columns`; `BANDPASS_BENCH_ROWS` changes the size.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bandpass::curation::{Composer, Composites};
use bandpass::domain::catalog::{Catalog, Column, NewRow};
use bandpass::domain::composite::Composite;
use bandpass::domain::image::FileId;
use bandpass::domain::score::{Better, ColumnSpec};

const ROUNDS: usize = 25;

const FORMULAS: [(&str, &str); 3] = [
    ("arithmetic alone", "0.7 * a + 0.3 * b - abs(a - b)"),
    ("two percentiles", "mean(pct(a), pct(b))"),
    (
        "two percentiles, weighted, with a condition",
        "if(a > 0.2, wgmean(2, pct(a), 1, 1 - pct(b)), coalesce(a, 0) / 2)",
    ),
];

/// A value between 0 and 1 for each row, one in a hundred missing.
fn values(rows: usize, seed: u64) -> Arc<Vec<f32>> {
    let value = |i: usize| {
        let mut x = (i as u64 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 27;
        if x.is_multiple_of(100) {
            return f32::NAN;
        }
        (x >> 40) as f32 / 16_777_216.0
    };
    Arc::new((0..rows).map(value).collect())
}

fn catalog(rows: usize) -> Catalog {
    let mut catalog = Catalog::new([]);
    let folder = catalog.folder_index(Path::new("/data/images"));
    for i in 0..rows {
        catalog.push(&NewRow {
            file: FileId(i as i64),
            folder,
            name: b"image.png",
            size: 0,
            mtime_ns: 0,
            content: None,
        });
    }
    let column = |(key, seed): (&str, u64)| Column {
        spec: Arc::new(ColumnSpec {
            key: key.to_owned(),
            label: key.to_owned(),
            range: (0.0, 1.0),
            better: Better::Higher,
            unit: String::new(),
            about: String::new(),
            bands: Vec::new(),
            readable: None,
        }),
        scope: Arc::default(),
        values: values(rows, seed),
    };
    catalog.columns = [("a", 1), ("b", 2)].map(column).to_vec();
    catalog
}

fn main() {
    let rows = std::env::var("BANDPASS_BENCH_ROWS").ok();
    let rows = rows.and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    println!("{rows} rows, {ROUNDS} rounds");
    for (name, formula) in FORMULAS {
        let definition = Composite {
            key: "mix".to_owned(),
            formula: formula.to_owned(),
            ..Composite::default()
        };
        let mut catalog = catalog(rows);
        let specs: Vec<_> = catalog
            .columns
            .iter()
            .map(|c| Arc::clone(&c.spec))
            .collect();
        let (composites, notices) = Composites::new(&[definition], &specs);
        assert!(notices.is_empty(), "{notices:?}");
        composites.append(&mut catalog);
        let mut composer = Composer::new(Arc::new(composites));
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|round| {
                for (seed, column) in catalog.columns.iter_mut().take(2).enumerate() {
                    column.values = values(rows, (100 * round + seed) as u64);
                }
                let began = Instant::now();
                composer.update(&mut catalog);
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (best, median) = (ms(times[0]), ms(times[ROUNDS / 2]));
        println!("{name}: median {median:.1} ms, best {best:.1} ms");
    }
}
