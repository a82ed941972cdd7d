//! `bandpass history` and `bandpass undo`.

use clap::Args;

use crate::base::Problem;
use crate::domain::op::{OpId, OpState, OpSummary};
use crate::engine::{Level, Places};

use super::output::Output;
use super::session::Session;

/// Arguments of `bandpass history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// How many operations to list
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Arguments of `bandpass undo`.
#[derive(Debug, Args)]
pub struct UndoArgs {
    /// Number of the operation in bandpass history; the newest if left out
    #[arg(value_name = "ID")]
    id: Option<i64>,
}

pub(super) fn run(args: &HistoryArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    for op in session.core.history(args.limit)? {
        if args.json {
            output.json(&op)?;
        } else {
            output.line(&line(&op));
        }
    }
    Ok(())
}

pub(super) fn undo(args: &UndoArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    let (core, job) = (&session.core, &session.job);
    let (level, text) =
        output.with_progress("Undoing", job, || core.undo(args.id.map(OpId), job))?;
    output.message(&text);
    if job.token.is_cancelled() {
        return Err(
            Problem::cancelled().hint("what was undone stays undone; run it again to go on")
        );
    }
    if level == Level::Error {
        return Err(Problem::environment(
            "not everything could be undone",
            "see above",
        ));
    }
    Ok(())
}

fn line(op: &OpSummary) -> String {
    let state = match op.state {
        OpState::Running => "interrupted",
        OpState::Done => "done",
        OpState::Undoing => "undo interrupted",
        OpState::Undone => "undone",
    };
    let failed = if op.n_failed > 0 {
        format!(", {} failed", op.n_failed)
    } else {
        String::new()
    };
    format!(
        "{:>5}  {}  {:<8}  {}{failed}",
        op.id.0,
        date(op.at),
        state,
        op.title
    )
}

/// Local date and time, to the second.
fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_out_of_range| "?".to_owned(),
        |at| {
            at.to_zoned(jiff::tz::TimeZone::system())
                .strftime("%Y-%m-%d %H:%M:%S")
                .to_string()
        },
    )
}
