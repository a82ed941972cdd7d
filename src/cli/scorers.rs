//! `bandpass scorers`.

use clap::Args;
use serde::Serialize;

use crate::base::Problem;
use crate::domain::score::{Better, ColumnSpec, ScorerKind, ScorerSpec};
use crate::engine::{self, Places};

use super::output::Output;

/// Arguments of `bandpass scorers`.
#[derive(Debug, Args)]
pub struct ScorersArgs {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// A scorer in JSON.
#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    scorer: ScorerSpec,
    ready: bool,
}

pub(super) fn run(args: &ScorersArgs, places: &Places, output: &mut Output) -> Result<(), Problem> {
    for (scorer, ready) in engine::all_scorers(places) {
        if args.json {
            output.json(&Listed { scorer, ready })?;
        } else {
            describe(&scorer, ready, output);
        }
    }
    Ok(())
}

fn describe(scorer: &ScorerSpec, ready: bool, output: &mut Output) {
    let state = match (ready, scorer.kind, scorer.licence.is_empty()) {
        (true, ScorerKind::Computed, true) => "ready (built in)",
        (_, ScorerKind::Imported, _) => "imported",
        (_, ScorerKind::Composite, _) => "composite",
        (true, ..) => "ready",
        (false, ..) => "needs weights (bandpass models show)",
    };
    output.line(&format!("{}  {state}  {}", scorer.key, scorer.about));
    for column in &scorer.columns {
        output.line(&format!(
            "    {:<20} {:<18} {}{}",
            column.key,
            range(column),
            column.about,
            example(column)
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

/// What a value says in words, where the column has words for it.
fn example(column: &ColumnSpec) -> String {
    const VALUE: f64 = 7.0;
    let words = column.readable.as_ref().and_then(|r| r.in_words(VALUE));
    words.map_or_else(String::new, |words| format!(" {VALUE} is {words}."))
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
