//! `bandpass query`.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::base::{Problem, format, paths};
use crate::domain::catalog::{Catalog, Row};
use crate::engine::{Core, ListForm, ListFormat, Places};

use super::Chosen;
use super::guard;
use super::output::Output;
use super::session::Session;

/// Arguments of `bandpass query`.
#[derive(Debug, Args)]
pub struct QueryArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// Write to a file instead of stdout: .csv, .jsonl, or .txt for paths only
    #[arg(long, value_name = "F")]
    out: Option<PathBuf>,
    /// Print one JSON object a line instead of paths
    #[arg(long)]
    json: bool,
    /// Write key points and tags, too, as columns of lists
    #[arg(long)]
    details: bool,
}

pub(super) fn run(args: &QueryArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    if let Some(out) = &args.out {
        list_format(out)?;
    }
    let session = Session::open(places, output)?;
    let (catalog, rows) = session.choose(&args.chosen, output)?;
    if let Some(out) = &args.out {
        return write_file(&session.core, &catalog, &rows, (out, args.details), output);
    }
    let form = ListForm {
        format: if args.json {
            ListFormat::Jsonl
        } else {
            ListFormat::Paths
        },
        details: args.details,
    };
    if args.json {
        guard::tell_listed(&catalog, &rows, output);
    }
    let mut stdout = std::io::stdout().lock();
    session.core.export(&catalog, &rows, form, &mut stdout)?;
    Ok(())
}

/// The format that the file's ending asks for.
pub(super) fn list_format(file: &Path) -> Result<ListFormat, Problem> {
    ListFormat::of(file).ok_or_else(|| {
        Problem::usage(
            "can't tell the format of the list",
            "its ending is not known",
        )
        .hint("use .csv, .jsonl or .txt")
        .at(file)
    })
}

/// Writes the rows to a file, with details or without, and says so.
pub(super) fn write_file(
    core: &Core,
    catalog: &Catalog,
    rows: &[Row],
    (file, details): (&Path, bool),
    output: &mut Output,
) -> Result<(), Problem> {
    let file = paths::absolute(file);
    let format = list_format(&file)?;
    let n = core.export_file(catalog, rows, ListForm { format, details }, &file)?;
    if format != ListFormat::Paths {
        guard::tell_listed(catalog, rows, output);
    }
    output.message(&format!(
        "wrote {}: {}",
        format::count(n, "image"),
        file.display()
    ));
    Ok(())
}
