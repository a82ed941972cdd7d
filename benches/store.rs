//! A million files with twenty columns: rates of writing, time and memory of loading.
//!
//! `cargo bench --no-default-features --bench store [-- N]`. Prints one line a measurement; a run
//! of such length is measured once.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bandpass::domain::image::{ContentHash, ContentId, FileId, Stamp};
use bandpass::domain::score::{Better, ColumnSpec, Scores};
use bandpass::store::{NewScores, ScoreBatch, ScorerId, SeenFile, Store, fill_synthetic};

const N_SCORERS: usize = 4;
const N_COLUMNS: usize = 5;
const NOW: i64 = 1_700_000_000;

fn main() {
    let n = std::env::args().find_map(|arg| arg.parse().ok());
    let n: u64 = n.unwrap_or(1_000_000);
    insert_rates(n);
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).unwrap();
    let scorers: Vec<ScorerId> = (0..N_SCORERS)
        .map(|nth| store.scorer_id(&format!("s{nth}"), "1").unwrap())
        .collect();
    let columns: Vec<_> = scorers.iter().map(|&id| (id, N_COLUMNS)).collect();
    timed("fill", n, || {
        fill_synthetic(&store, Path::new("/synthetic"), n, &columns).unwrap();
    });
    drop(store);
    let bytes = dir.path().join("bandpass.db").metadata().unwrap().len();
    println!("database: {} MB", bytes / 1_000_000);
    let store = timed("open", n, || Store::open(dir.path(), NOW).unwrap());
    loads(&store, n, &scorers);
}

fn loads(store: &Store, n: u64, scorers: &[ScorerId]) {
    let specs = |nth| {
        (0..N_COLUMNS)
            .map(move |k| spec(&format!("s{nth}_{k}")))
            .collect()
    };
    let columns: Vec<(ScorerId, Vec<_>)> =
        (0..).zip(scorers).map(|(i, &id)| (id, specs(i))).collect();
    memory("before loading");
    for round in 0..3 {
        let roots = [PathBuf::from("/synthetic")];
        let load = || store.load_catalog(&roots, &columns).unwrap();
        let catalog = timed(&format!("load, round {round}"), n, load);
        assert_eq!(catalog.len() as u64, n);
        memory("after loading");
    }
    let roots = [PathBuf::from("/synthetic/00")];
    let part = timed("load a part", n / 10, || {
        store.load_catalog(&roots, &columns).unwrap()
    });
    println!("the part has {} files", part.len());
    let below = timed("files_below", n, || {
        store.files_below(Path::new("/synthetic")).unwrap()
    });
    println!("{} files", below.len());
    let scored = timed("scored", n, || store.scored(scorers[0]).unwrap());
    println!("{} scored", scored.len());
    memory("at the end");
}

fn insert_rates(n: u64) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).unwrap();
    let scorer = store.scorer_id("s", "1").unwrap();
    let seen: Vec<_> = (0..n).map(seen).collect();
    let again = seen.clone();
    let stamps: Vec<Stamp> = seen.iter().map(|seen| seen.stamp).collect();
    let files = timed("upsert_files, new", n, || store.upsert_files(seen).unwrap());
    timed("upsert_files, same", n, || {
        store.upsert_files(again).unwrap()
    });
    let found = files.iter().zip(stamps);
    let found: Vec<(FileId, Stamp, ContentHash)> = found
        .map(|(&file, stamp)| (file, stamp, hash(file)))
        .collect();
    let contents = timed("set_content", n, || store.set_content(found).unwrap());
    let scores = |&content: &ContentId| {
        let values = vec![0.5; N_COLUMNS];
        let scores = Scores {
            values,
            signature: None,
        };
        NewScores::computed(scorer, content, scores)
    };
    let scores = contents.iter().map(scores).collect();
    let batch = ScoreBatch {
        scores,
        ..ScoreBatch::default()
    };
    timed("put_scores, 5 values", n, || {
        store.put_scores(batch).unwrap();
    });
    timed("mark_gone", n, || store.mark_gone(files).unwrap());
}

fn seen(i: u64) -> SeenFile {
    SeenFile {
        path: format!("/library/folder_{:04}/image_{i:07}.jpg", i / 1000).into(),
        stamp: Stamp {
            size: i,
            mtime_ns: i as i64,
        },
    }
}

fn hash(file: FileId) -> ContentHash {
    let mut bytes = [0; 32];
    let scrambled = (file.0 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bytes[..8].copy_from_slice(&scrambled.to_be_bytes());
    ContentHash(bytes)
}

fn spec(key: &str) -> Arc<ColumnSpec> {
    Arc::new(ColumnSpec {
        key: key.to_owned(),
        label: key.to_owned(),
        range: (0.0, 1.0),
        better: Better::Higher,
        unit: String::new(),
        readable: None,
        about: String::new(),
        bands: Vec::new(),
    })
}

fn timed<T>(what: &str, n: u64, work: impl FnOnce() -> T) -> T {
    let (start, cpu_start) = (Instant::now(), cpu_seconds());
    let done = work();
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - cpu_start;
    let rate = n as f64 / seconds;
    println!("{what}: {seconds:.3} s ({cpu:.2} s of CPU), {rate:.0} a second");
    done
}

/// CPU time of all threads, where the system tells it: on a busy machine the fairer figure.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Resident memory, where the system tells it.
fn memory(when: &str) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let wanted = ["VmHWM", "VmRSS", "RssAnon", "RssFile"];
    let lines = status
        .lines()
        .filter(|line| wanted.iter().any(|key| line.starts_with(key)));
    let text: Vec<_> = lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    println!("memory {when}: {}", text.join(", "));
}
