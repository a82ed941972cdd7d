//! A made-up library for benchmarks and for trying the window with a million images.
//!
//! Its files exist nowhere but in the database.

use std::path::{Path, PathBuf};

use crate::domain::image::{ContentHash, ContentId, Facts, Stamp};
use crate::domain::score::Scores;

use super::{NewScores, Result, ScoreBatch, ScorerId, SeenFile, Store};

const N_BATCH: u64 = 50_000;
const N_PER_FOLDER: u64 = 1000;
const TIME_NS: i64 = 1_700_000_000_000_000_000;

/// Adds `n` images below `root`, with values in 0–1 for each scorer and its number of columns.
///
/// The same call gives the same library.
#[doc(hidden)]
pub fn fill_synthetic(
    store: &Store,
    root: &Path,
    n: u64,
    scorers: &[(ScorerId, usize)],
) -> Result<()> {
    store.root_seen(root, false, TIME_NS / 1_000_000_000)?;
    for start in (0..n).step_by(N_BATCH as usize) {
        let numbers = start..n.min(start + N_BATCH);
        let files = store.upsert_files(numbers.clone().map(|i| seen(root, i)).collect())?;
        let hashed = files.into_iter().zip(numbers.clone());
        let hashed = hashed.map(|(file, i)| (file, stamp(i), hash(i)));
        let contents = store.set_content(hashed.collect())?;
        store.put_scores(scored(numbers.start, &contents, scorers))?;
    }
    Ok(())
}

fn seen(root: &Path, i: u64) -> SeenFile {
    let folder = i / N_PER_FOLDER;
    let path: PathBuf = root
        .join(format!("{:02}", folder / 100))
        .join(format!("フォルダ {folder:05}"))
        .join(format!("image_{i:07}.jpg"));
    let stamp = stamp(i);
    SeenFile { path, stamp }
}

fn stamp(i: u64) -> Stamp {
    Stamp {
        size: 50_000 + mix(i) % 4_000_000,
        mtime_ns: TIME_NS + i as i64 * 1_000_000_000,
    }
}

fn hash(i: u64) -> ContentHash {
    let mut bytes = [0; 32];
    for (k, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        chunk.copy_from_slice(&mix(i * 4 + k as u64).to_le_bytes());
    }
    ContentHash(bytes)
}

fn scored(start: u64, contents: &[ContentId], scorers: &[(ScorerId, usize)]) -> ScoreBatch {
    let mut batch = ScoreBatch::default();
    for (i, &content) in (start..).zip(contents) {
        let facts = Facts {
            format: "jpeg".to_owned(),
            width: 512 + (mix(i) % 3584) as u32,
            height: 512 + (mix(i + 1) % 3584) as u32,
        };
        batch.facts.push((content, facts));
    }
    // Scorer by scorer, as the key of the table is ordered.
    for (nth, &(scorer, n_columns)) in scorers.iter().enumerate() {
        for (i, &content) in (start..).zip(contents) {
            let value = |k: usize| unit(mix(i ^ ((nth * 64 + k + 1) as u64) << 40));
            let scores = Scores {
                values: (0..n_columns).map(value).collect(),
                signature: None,
            };
            batch
                .scores
                .push(NewScores::computed(scorer, content, scores));
        }
    }
    batch
}

/// Scrambles a number: one multiplication-and-shift round a line, enough for made-up data.
fn mix(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The upper 53 bits as a number in 0–1.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}
