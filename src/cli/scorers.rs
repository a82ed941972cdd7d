//! `bandpass scorers`.

use clap::Args;

use crate::base::Problem;
use crate::domain::score::{Better, ColumnSpec, ScorerSpec};
use crate::engine;

use super::output::Output;

/// Arguments of `bandpass scorers`.
#[derive(Debug, Args)]
pub struct ScorersArgs {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ScorersArgs, output: &mut Output) -> Result<(), Problem> {
    for scorer in engine::scorers() {
        if args.json {
            output.json(&scorer)?;
        } else {
            describe(&scorer, output);
        }
    }
    Ok(())
}

fn describe(scorer: &ScorerSpec, output: &mut Output) {
    output.line(&format!(
        "{}  ready (built in)  {}",
        scorer.key, scorer.about
    ));
    for column in &scorer.columns {
        output.line(&format!(
            "    {:<20} {:<18} {}",
            column.key,
            range(column),
            column.about
        ));
    }
    if let Some(signature) = &scorer.signature {
        output.line(&format!(
            "    {signature:<20} {:<18} 16 hex digits in lists",
            "64 bits"
        ));
    }
    output.line("");
}

fn range(column: &ColumnSpec) -> String {
    let end = |value: f64| {
        if value.is_infinite() {
            "…".to_owned()
        } else {
            crate::base::format::score(value)
        }
    };
    let better = match column.better {
        Better::Higher => "↑",
        Better::Lower => "↓",
        Better::Neutral => " ",
    };
    format!(
        "{}–{} {} {better}",
        end(column.range.0),
        end(column.range.1),
        column.unit
    )
}
