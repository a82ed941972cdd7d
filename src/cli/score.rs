//! `bandpass score`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use crate::base::{Problem, format, paths};
use crate::engine::infer::Choice;
use crate::engine::{Places, ScoreOptions, Use, words};

use super::output::Output;
use super::query;
use super::session::Session;

/// Arguments of `bandpass score`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct ScoreArgs {
    /// Folders or images
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Scorers by key; all if left out (see bandpass scorers)
    #[arg(long, value_name = "KEY,…", value_delimiter = ',')]
    with: Vec<String>,
    /// Write the scores of all images below PATH: .csv or .jsonl
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Write the images that failed, with stage and reason, as CSV
    #[arg(long, value_name = "F")]
    failures: Option<PathBuf>,
    /// Worker threads; one a core if left out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// What networks run on: auto, cpu, cuda:0, … (see bandpass runtime status)
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: Choice,
    /// Let a network run on the CPU that the device can't take
    #[arg(long)]
    allow_cpu: bool,
    /// Compute in half precision on graphics cards: faster, scores differ in the third digit
    #[arg(long)]
    half: bool,
    /// Images a network takes together; the manifest's number if left out, 1 on the CPU
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    batch: Option<u16>,
    /// Try again what failed to decode or score before
    #[arg(long)]
    retry_failed: bool,
    /// Print the summary as JSON on stdout
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: ScoreArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    if let Some(out) = &args.out {
        query::list_format(out)?;
    }
    // A run of hours should not end in a folder that was never there.
    for file in args.out.iter().chain(&args.failures) {
        let file = paths::absolute(file);
        if !file.parent().is_some_and(std::path::Path::is_dir) {
            return Err(Problem::usage("can't write there", "there is no such folder").at(file));
        }
    }
    let session = Session::open(places, output)?;
    let options = ScoreOptions {
        scorers: args.with,
        only: None,
        retry_failed: args.retry_failed,
        jobs: args.jobs.map(usize::from),
        wishes: Use {
            device: args.device,
            allow_cpu: args.allow_cpu,
            batch: args.batch.map(usize::from),
            half: args.half,
            threads: None,
        },
    };
    session.core.check(&options)?;
    let began = Instant::now();
    let roots = session.scan(&args.paths, output)?;
    let core = &session.core;
    let report = output.with_progress("Scoring", &session.job, || {
        core.score(&roots, &options, &session.job)
    })?;
    let seconds = began.elapsed().as_secs_f64();
    for line in &report.left_out {
        output.message(line);
    }
    for placement in &report.placements {
        output.message(placement);
    }
    output.message(&format!("{} in {seconds:.1} s", words::scored(&report)));
    if args.json {
        output.json(&json!({
            "scored": report.scored,
            "reused": report.reused,
            "failed": report.failed,
            "known_failures": report.known_failures,
            "cancelled": report.cancelled,
            "seconds": seconds,
            "decoded": report.decoded,
            "placements": report.placements,
            "routed": report.routed,
        }))?;
    }
    // Read from the database only where a list of it is wanted.
    let wants_catalog = args.failures.is_some() || args.out.is_some();
    let catalog = wants_catalog
        .then(|| core.catalog(&roots))
        .transpose()?
        .unwrap_or_default();
    if let Some(file) = &args.failures {
        let n = core.export_failures(&catalog, &paths::absolute(file))?;
        output.message(&format!(
            "{}: {}",
            format::count(n, "failed image"),
            file.display()
        ));
    }
    if report.cancelled {
        return Err(Problem::cancelled().hint("what was scored is kept; run it again to go on"));
    }
    if let Some(out) = &args.out {
        let rows: Vec<_> = catalog.rows().collect();
        query::write_file(core, &catalog, &rows, (out, false), output)?;
    }
    Ok(())
}
