//! A slider tick at a million images: the sieve beside SQLite and DuckDB on the same table.
//!
//! One tick moves a band on one column and asks for the sorted list of what three bands keep. The
//! engines take turns within each round, so that a busy machine hurts all of them alike; only the
//! query with fetching its ids is timed. DuckDB runs in the Python named by
//! `BANDPASS_BENCH_PYTHON` (module `duckdb` with `numpy`) and is left out without it.
//!
//! `cargo bench --no-default-features --bench sieve`; `BANDPASS_BENCH_ROWS` changes the size.

#![expect(
    clippy::print_stdout,
    reason = "a benchmark's result is what it prints"
)]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop at a fault")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use bandpass::curation::{Sieve, parse};
use bandpass::domain::catalog::{Catalog, NewRow};
use bandpass::domain::image::FileId;
use bandpass::domain::query::{Keep, Rule, SortBy, SortKey, ViewSpec};
use bandpass::domain::score::{Better, ColumnSpec};
use rusqlite::Connection;

const COLUMNS: usize = 20;
const SORT: usize = 7;
const ROUNDS: usize = 25;
const TICKS: usize = 400;

/// SplitMix64: the same table on every machine.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A score between 0 and 1, bell-shaped; one in a hundred is missing.
    fn score(&mut self) -> f32 {
        let bits = self.next();
        if bits.is_multiple_of(100) {
            return f32::NAN;
        }
        let part = |shift: u32| ((bits >> shift) & 0xf_ffff) as f32 / 1_048_576.0;
        (part(4) + part(24) + part(44)) / 3.0
    }
}

fn made(rows: usize) -> Catalog {
    let spec = |i: usize| {
        Arc::new(ColumnSpec {
            key: format!("c{i}"),
            label: format!("c{i}"),
            range: (0.0, 1.0),
            better: Better::Higher,
            unit: String::new(),
            readable: None,
            about: String::new(),
            bands: Vec::new(),
        })
    };
    let mut catalog = Catalog::new([]);
    let folder = catalog.folder_index(Path::new("/data/images"));
    for i in 0..rows {
        let name = format!("image_{}.png", (i * 7919) % rows);
        catalog.push(&NewRow {
            file: FileId(i as i64),
            folder,
            name: name.as_bytes(),
            size: (i as u64 * 977) % 5_000_000,
            mtime_ns: i as i64,
            content: None,
        });
    }
    let mut seeded = Seeded(42);
    catalog.columns = (0..COLUMNS)
        .map(|i| bandpass::domain::catalog::Column {
            spec: spec(i),
            values: Arc::new((0..rows).map(|_| seeded.score()).collect()),
            scope: Arc::default(),
        })
        .collect();
    catalog
}

/// The bands of the query: two that stand still and the one that is dragged.
fn bands(tick: usize) -> [(usize, f64, f64); 3] {
    let low = 0.3 + 0.1 * ((tick % 200) as f64 / 200.0);
    [(1, 0.2, 0.9), (2, 0.3, 0.95), (3, low, 0.9)]
}

fn spec(tick: usize) -> ViewSpec {
    let rule = |(column, low, high): (usize, f64, f64)| Rule {
        label: String::new(),
        keep: Keep::Band {
            column: format!("c{column}"),
            low,
            high,
            missing: false,
        },
    };
    ViewSpec {
        rules: bands(tick).map(rule).to_vec(),
        sort: vec![SortKey {
            by: SortBy::Column(format!("c{SORT}")),
            descending: true,
        }],
        top: None,
        histograms: Vec::new(),
        guard: true,
    }
}

fn sql(tick: usize) -> String {
    let conditions = bands(tick).map(|(column, low, high)| {
        // The bounds as the table's single-precision values are.
        let (low, high) = (f64::from(low as f32), f64::from(high as f32));
        format!("c{column} BETWEEN {low:?} AND {high:?}")
    });
    format!(
        "SELECT id FROM scores WHERE {} ORDER BY c{SORT} DESC NULLS LAST, id",
        conditions.join(" AND ")
    )
}

fn sqlite(catalog: &Catalog) -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    let keys: Vec<String> = (0..COLUMNS).map(|i| format!("c{i} REAL")).collect();
    let marks = ["?"; COLUMNS + 1].join(",");
    let table = format!(
        "CREATE TABLE scores (id INTEGER PRIMARY KEY, {})",
        keys.join(",")
    );
    db.execute_batch(&table).unwrap();
    let write = db.transaction().unwrap();
    {
        let insert = format!("INSERT INTO scores VALUES ({marks})");
        let mut insert = write.prepare(&insert).unwrap();
        for row in 0..catalog.len() {
            let scores = catalog.columns.iter().map(|column| {
                let value = column.values[row];
                (!value.is_nan()).then_some(f64::from(value))
            });
            insert.raw_bind_parameter(1, row as i64).unwrap();
            for (i, score) in scores.enumerate() {
                insert.raw_bind_parameter(i + 2, score).unwrap();
            }
            insert.raw_execute().unwrap();
        }
    }
    write.commit().unwrap();
    let index = format!("CREATE INDEX by_sort ON scores (c{SORT} DESC)");
    db.execute_batch(&index).unwrap();
    // So that its planner knows whether the index is worth it.
    db.execute_batch("ANALYZE").unwrap();
    db
}

fn ask_sqlite(db: &Connection, tick: usize) -> Vec<u32> {
    let mut query = db.prepare_cached(&sql(tick)).unwrap();
    let ids = query.query_map([], |row| row.get::<_, u32>(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

const SERVER: &str = r#"
import sys, time, duckdb
db = duckdb.connect()
db.execute("SET enable_progress_bar=false")
db.execute("CREATE TABLE scores AS SELECT * FROM read_csv(?, header=true, nullstr='')", [sys.argv[1]])
db.execute("SET threads TO " + sys.argv[2])
print("ready", db.execute("SELECT version()").fetchone()[0], flush=True)
for line in sys.stdin:
    start = time.perf_counter_ns()
    ids = db.execute(line).fetchnumpy()["id"]
    took = time.perf_counter_ns() - start
    print(took, len(ids), int(ids[:1000].sum()), flush=True)
"#;

/// DuckDB in a Python of its own.
struct Duck {
    process: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Duck {
    fn new(python: &str, table: &Path) -> Self {
        let mut process = Command::new(python)
            .args(["-c", SERVER])
            .arg(table)
            .arg(rayon::current_num_threads().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut duck = Self { process, answers };
        println!("DuckDB: {}", duck.line());
        duck
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Milliseconds as DuckDB's own process measures them, number of ids, sum of the first 1000.
    fn ask(&mut self, tick: usize) -> (f64, usize, u64) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{}", sql(tick)).unwrap();
        let line = self.line();
        let mut parts = line.split(' ').map(|part| part.parse::<u64>().unwrap());
        let mut next = || parts.next().unwrap();
        (next() as f64 / 1e6, next() as usize, next())
    }
}

/// The table as CSV, written once.
fn csv(catalog: &Catalog) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-data");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("scores-{}.csv", catalog.len()));
    if path.exists() {
        return path;
    }
    let part = path.with_extension("part");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&part).unwrap());
    let keys: Vec<String> = (0..COLUMNS).map(|i| format!("c{i}")).collect();
    writeln!(file, "id,{}", keys.join(",")).unwrap();
    let mut line = String::new();
    for row in 0..catalog.len() {
        line.clear();
        write!(line, "{row}").unwrap();
        for column in &catalog.columns {
            let value = column.values[row];
            if value.is_nan() {
                line.push(',');
            } else {
                write!(line, ",{:?}", f64::from(value)).unwrap();
            }
        }
        writeln!(file, "{line}").unwrap();
    }
    file.flush().unwrap();
    std::fs::rename(part, &path).unwrap();
    path
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed().as_secs_f64() * 1e3, done)
}

/// Median and 99th percentile.
fn spread(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

fn first_ids(rows: impl Iterator<Item = u32>) -> u64 {
    rows.take(1000).map(u64::from).sum()
}

/// Sieve, SQLite and DuckDB in turns; all must find the same list.
fn in_turns(catalog: &Arc<Catalog>, sieve: &mut Sieve) {
    println!("building the tables …");
    let db = sqlite(catalog);
    let python = std::env::var("BANDPASS_BENCH_PYTHON").ok();
    let mut duck = python.map(|python| Duck::new(&python, &csv(catalog)));
    if duck.is_none() {
        println!("DuckDB left out: BANDPASS_BENCH_PYTHON is not set");
    }
    let (mut ours, mut theirs, mut ducks) = (Vec::new(), Vec::new(), Vec::new());
    for tick in 0..ROUNDS {
        let (ms, view) = timed(|| sieve.update(catalog, &spec(tick * 7)));
        ours.push(ms);
        let (ms, ids) = timed(|| ask_sqlite(&db, tick * 7));
        theirs.push(ms);
        assert!(
            view.rows.iter().map(|row| row.0).eq(ids.iter().copied()),
            "SQLite differs"
        );
        if let Some(duck) = &mut duck {
            let (ms, n, sum) = duck.ask(tick * 7);
            ducks.push(ms);
            let first = first_ids(view.rows.iter().map(|row| row.0));
            assert_eq!((n, sum), (ids.len(), first), "DuckDB differs");
        }
    }
    let (us, _) = spread(&mut ours);
    println!("{ROUNDS} rounds in turns, median and best ms of a tick (list of ids, sorted):");
    println!("  sieve   {us:9.3} {:9.3}", ours[0]);
    for (name, times) in [("SQLite", &mut theirs), ("DuckDB", &mut ducks)] {
        if !times.is_empty() {
            let (ms, _) = spread(times);
            let best = times[0];
            println!(
                "  {name}  {ms:9.3} {best:9.3}   {:.0} times the sieve's median",
                ms / us
            );
        }
    }
    if let Some(mut duck) = duck {
        drop(duck.process.stdin.take());
        duck.process.wait().unwrap();
    }
}

fn main() {
    let rows = std::env::var("BANDPASS_BENCH_ROWS");
    let rows = rows.ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let catalog = Arc::new(made(rows));
    let mut sieve = Sieve::new();
    let threads = rayon::current_num_threads();
    println!("{rows} rows, {COLUMNS} columns, {threads} threads");
    let (first, view) = timed(|| sieve.update(&catalog, &spec(0)));
    println!("first view: {first:.1} ms, {} rows", view.rows.len());

    let mut times = Vec::new();
    for tick in 0..TICKS {
        let (ms, view) = timed(|| sieve.update(&catalog, &spec(tick)));
        black_box(view);
        times.push(ms);
    }
    let (median, p99) = spread(&mut times);
    println!(
        "tick: median {median:.3} ms, p99 {p99:.3} ms, best {:.3} ms",
        times[0]
    );

    let keys: Vec<String> = (0..COLUMNS).map(|i| format!("c{i}")).collect();
    let (first, _) = timed(|| sieve.histograms(&keys));
    let (again, _) = timed(|| black_box(sieve.histograms(&keys)));
    println!("{COLUMNS} histograms: first {first:.1} ms, then {again:.1} ms");
    once(&catalog, &mut sieve);
    in_turns(&catalog, &mut sieve);
}

/// What is computed once and kept, and filters by text.
fn once(catalog: &Arc<Catalog>, sieve: &mut Sieve) {
    let columns: Vec<_> = catalog
        .columns
        .iter()
        .map(|c| Arc::clone(&c.spec))
        .collect();
    let views = [
        ("", "c3:desc,c4"),
        ("", "name"),
        ("", "path"),
        ("", "size:desc"),
    ];
    let filters = [
        "pct(c5) >= 90",
        "name:*77*.png",
        "path:images",
        "c1 > 0.5 and not c2 < 0.4",
    ];
    let filters = filters.map(|filter| (filter, "c7:desc"));
    for (filter, sort) in views.into_iter().chain(filters) {
        let mut view = ViewSpec {
            sort: parse::parse_sort(sort, &columns).unwrap(),
            ..ViewSpec::default()
        };
        if !filter.is_empty() {
            view.rules.push(Rule {
                label: filter.to_owned(),
                keep: Keep::Where(parse::parse(filter, &columns).unwrap()),
            });
        }
        let (ms, shown) = timed(|| sieve.update(catalog, &view));
        println!(
            "once: {ms:8.1} ms, {:7} rows, where {filter:?} sort {sort}",
            shown.rows.len()
        );
    }
}
