//! `bandpass columns`.

use clap::{Args, Subcommand, ValueEnum};

use crate::base::Problem;
use crate::domain::composite::Composite;
use crate::domain::score::Better;
use crate::engine::{Places, words};

use super::output::Output;
use super::session::Session;

/// Arguments of `bandpass columns`.
#[derive(Debug, Args)]
pub struct ColumnsArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List the composite columns and their formulas
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Make a column of a formula, e.g. "mean(pct(laion), rank(noise_level))", or change it
    Set(SetArgs),
    /// Forget a composite column
    Remove {
        /// Its key
        key: String,
    },
    /// Say what is wrong with a formula, and where
    Check {
        /// The formula
        formula: String,
    },
}

#[derive(Debug, Args)]
struct SetArgs {
    /// Its key: letters, digits and _
    key: String,
    /// The formula: + - * / ^, comparisons, pct rank unit, mean gmean qmean wmean wgmean wqmean,
    /// min max abs sqrt ln exp clamp if coalesce
    formula: String,
    /// Title for people
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    about: Option<String>,
    /// Whether more is better; higher if left out
    #[arg(long, value_name = "WHICH")]
    better: Option<Which>,
}

/// Direction of quality on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Higher,
    Lower,
    Neutral,
}

pub(super) fn run(args: ColumnsArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    let core = &session.core;
    match args.act {
        Act::List { json } => list(&session, json, output),
        Act::Set(args) => set(&session, args, output),
        Act::Remove { key } => {
            let built_on = core.remove_composite(&key)?;
            output.message(&words::removed_composite(&key, &built_on));
            Ok(())
        }
        Act::Check { formula } => {
            core.check_formula("", &formula)
                .map_err(|error| Problem::usage(error.to_string(), ""))?;
            output.line("ok");
            Ok(())
        }
    }
}

fn list(session: &Session, json: bool, output: &mut Output) -> Result<(), Problem> {
    for (composite, works) in session.core.composites() {
        if json {
            output.json(&serde_json::json!({
                "key": composite.key, "label": composite.label, "formula": composite.formula,
                "better": composite.better, "about": composite.about, "works": works,
            }))?;
            continue;
        }
        let state = if works { "" } else { "  (left out)" };
        output.line(&format!("{}  {}{state}", composite.key, composite.formula));
    }
    Ok(())
}

/// What is left out stays as it was.
fn set(session: &Session, args: SetArgs, output: &mut Output) -> Result<(), Problem> {
    let all = session.core.composites().into_iter();
    let known = all
        .map(|(known, _)| known)
        .find(|known| known.key == args.key);
    let known = known.unwrap_or(Composite {
        better: Better::Higher,
        ..Composite::default()
    });
    let better = args.better.map(|which| match which {
        Which::Higher => Better::Higher,
        Which::Lower => Better::Lower,
        Which::Neutral => Better::Neutral,
    });
    let composite = Composite {
        key: args.key,
        formula: args.formula,
        label: args.label.unwrap_or(known.label),
        about: args.about.unwrap_or(known.about),
        better: better.unwrap_or(known.better),
    };
    let told = format!("{} = {}", composite.key, composite.formula);
    session.core.set_composite(composite)?;
    output.message(&told);
    Ok(())
}
