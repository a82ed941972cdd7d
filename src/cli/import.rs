//! `bandpass import`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::base::{Problem, format};
use crate::domain::import::{ImportOptions, ImportPlan};
use crate::engine::{Core, Places};

use super::act::Consent;
use super::output::Output;
use super::session::Session;

/// Arguments of `bandpass import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The table: CSV, JSON lines, a JSON list, or Parquet
    #[arg(required_unless_present_any = ["remove", "list"])]
    file: Option<PathBuf>,
    /// Folders or images that it may be about; all that Bandpass knows if left out
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Name of the import; that of the file if left out
    #[arg(long)]
    name: Option<String>,
    /// The column with paths, file names or hashes; found out if left out
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,
    /// Only these columns
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    columns: Vec<String>,
    /// Columns in which more is better
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    higher: Vec<String>,
    /// Columns in which less is better
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    lower: Vec<String>,
    /// Write the rows that fit several images, with those images, as CSV
    #[arg(long, value_name = "F")]
    ambiguous_out: Option<PathBuf>,
    /// Write the keys of the rows that fit no image, one a line
    #[arg(long, value_name = "F")]
    unmatched_out: Option<PathBuf>,
    /// Forget the import of this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["file", "list"])]
    remove: Option<String>,
    /// List what was imported
    #[arg(long, conflicts_with = "file")]
    list: bool,
    #[command(flatten)]
    consent: Consent,
}

pub(super) fn run(args: ImportArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    if let Some(name) = &args.remove {
        session.core.remove_import(name)?;
        output.message(&format!("{name}: removed"));
        return Ok(());
    }
    let Some(file) = &args.file else {
        list(&session.core, output);
        return Ok(());
    };
    let options = ImportOptions {
        name: args.name,
        key: args.key,
        columns: args.columns,
        higher: args.higher,
        lower: args.lower,
    };
    let plan = plan(&session, file, &args.paths, &options, output)?;
    if let Some(file) = &args.ambiguous_out {
        session.core.export_ambiguous(&plan, file)?;
    }
    if let Some(file) = &args.unmatched_out {
        session.core.export_unmatched(&plan, file)?;
    }
    output.message(&plan.title());
    for line in plan.lines() {
        output.message(&line);
    }
    if args.consent.json {
        output.json(&summary(&plan))?;
    }
    if args.consent.dry_run {
        return Ok(());
    }
    if plan.matched.is_empty() {
        output.message("nothing to do");
        return Ok(());
    }
    args.consent.ask(&plan.title(), output)?;
    let (core, job) = (&session.core, &session.job);
    output.with_progress("Importing", job, || core.import(&plan, job))?;
    let images = format::count(plan.matched.len() as u64, "image");
    output.message(&format!("imported values for {images}"));
    Ok(())
}

fn plan(
    session: &Session,
    file: &Path,
    paths: &[PathBuf],
    options: &ImportOptions,
    output: &mut Output,
) -> Result<ImportPlan, Problem> {
    let roots = match paths {
        [] => Vec::new(),
        paths => session.scan(paths, output)?,
    };
    let (core, job) = (&session.core, &session.job);
    output.with_progress("Reading the table", job, || {
        core.plan_import(file, options, &roots, job)
    })
}

fn list(core: &Core, output: &mut Output) {
    for import in core.imports() {
        let keys: Vec<&str> = import.columns.iter().map(|c| c.key.as_str()).collect();
        let file = import.file.display();
        output.line(&format!("{}  {}  {file}", import.name, keys.join(", ")));
    }
}

fn summary(plan: &ImportPlan) -> serde_json::Value {
    let columns = plan.import.columns.iter();
    let columns = columns.map(|c| json!({ "key": c.key, "name": c.name }));
    json!({
        "name": plan.import.name,
        "columns": columns.collect::<Vec<_>>(),
        "rows": plan.n_rows,
        "images": plan.matched.len(),
        "repeated": plan.n_repeated,
        "conflicting": plan.conflicting.len(),
        "ambiguous": plan.ambiguous.len(),
        "unmatched": plan.unmatched.len(),
        "unread": plan.n_unread,
        "broken": plan.table.n_broken,
        "replaces": plan.replaces,
    })
}
