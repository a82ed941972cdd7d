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

/// Keys of each kind that are shown; the counts tell the rest.
const SHOWN: usize = 5;

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
    show(&plan, output);
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

fn show(plan: &ImportPlan, output: &mut Output) {
    output.message(&plan.title());
    for column in &plan.import.columns {
        if column.key == column.name {
            output.message(&format!("column {}", column.key));
        } else {
            output.message(&format!("column '{}' as {}", column.name, column.key));
        }
    }
    for mount in &plan.mounts {
        let rows = format::count(mount.n_rows as u64, "row");
        let from = if mount.from.is_empty() {
            "its relative paths"
        } else {
            &mount.from
        };
        output.message(&format!("{rows}: {from} taken for {}", mount.to.display()));
    }
    for notice in &plan.table.notices {
        output.message(notice);
    }
    if plan.n_repeated > 0 {
        let rows = format::count(plan.n_repeated as u64, "row");
        output.message(&format!("{rows} repeat what another one says"));
    }
    if plan.n_unread > 0 {
        let rows = format::count(plan.n_unread as u64, "row");
        output.message(&format!("{rows} are about images that can't be read"));
    }
    let ambiguous: Vec<String> = plan.ambiguous.iter().map(|row| row.key.clone()).collect();
    some(
        &plan.conflicting,
        "contradict each other and are left out",
        output,
    );
    some(&ambiguous, "fit several images and are left out", output);
    some(&plan.unmatched, "fit no image", output);
}

/// "1,204 rows fit no image: a.png, b.png, …".
fn some(keys: &[String], what: &str, output: &mut Output) {
    if keys.is_empty() {
        return;
    }
    let rows = format::count(keys.len() as u64, "row");
    let shown: Vec<&str> = keys.iter().take(SHOWN).map(String::as_str).collect();
    let more = if keys.len() > SHOWN { ", …" } else { "" };
    output.message(&format!("{rows} {what}: {}{more}", shown.join(", ")));
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
