//! `bandpass tag`.

use clap::Args;

use crate::base::{Problem, format};
use crate::domain::marks::MarkEdit;
use crate::engine::Places;

use super::Chosen;
use super::output::Output;
use super::session::Session;

/// Arguments of `bandpass tag`.
#[derive(Debug, Args)]
pub struct TagArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// Tags to add
    #[arg(
        long,
        value_name = "TAG,…",
        value_delimiter = ',',
        required_unless_present = "remove"
    )]
    add: Vec<String>,
    /// Tags to remove
    #[arg(long, value_name = "TAG,…", value_delimiter = ',')]
    remove: Vec<String>,
}

pub(super) fn run(args: TagArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    let (catalog, rows) = session.choose(&args.chosen, output)?;
    if rows.is_empty() {
        output.message("nothing to do");
        return Ok(());
    }
    let clean = |tags: Vec<String>| -> Vec<String> {
        tags.iter()
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect()
    };
    let edit = MarkEdit::Tags {
        add: clean(args.add),
        remove: clean(args.remove),
    };
    let told = edit.describe();
    let marked = session.core.mark(&catalog, &rows, edit, &session.job)?;
    if marked.n_changed == 0 {
        output.message("nothing changed");
    } else {
        let n = format::count(marked.n_changed as u64, "image");
        output.message(&format!("{told}: {n}; bandpass undo takes it back"));
    }
    if marked.n_unread > 0 {
        let unread = format::count(marked.n_unread as u64, "image");
        output.message(&format!("{unread} can't be read and got no tag"));
    }
    Ok(())
}
