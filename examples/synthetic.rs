//! Fills a data folder's database with made-up records, to try Bandpass with a large library.
//!
//! `cargo run --release --example synthetic -- DIR N [KEY:VERSION:COLUMNS]…`
//!
//! The images lie below `/synthetic`, which exists nowhere. Without scorers named, there are four
//! of five columns each.

use std::error::Error;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use bandpass::store::{Store, fill_synthetic};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [dir, n, scorers @ ..] = &args[..] else {
        return Err("usage: synthetic DIR N [KEY:VERSION:COLUMNS]…".into());
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let store = Store::open(Path::new(dir), now as i64)?;
    let mut columns = Vec::new();
    for scorer in scorers {
        let [key, version, n_columns] = scorer.split(':').collect::<Vec<_>>()[..] else {
            return Err("a scorer is KEY:VERSION:COLUMNS".into());
        };
        columns.push((store.scorer_id(key, version)?, n_columns.parse()?));
    }
    if columns.is_empty() {
        for key in ["one", "two", "three", "four"] {
            columns.push((store.scorer_id(key, "1")?, 5));
        }
    }
    fill_synthetic(&store, Path::new("/synthetic"), n.parse()?, &columns)?;
    Ok(store.flush()?)
}
