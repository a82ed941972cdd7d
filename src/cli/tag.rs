//! `bandpass tag`.

use std::sync::Arc;

use clap::Args;

use crate::base::{Problem, format};
use crate::curation::tagging::caption;
use crate::domain::catalog::{Catalog, Row};
use crate::domain::marks::MarkEdit;
use crate::engine::{Places, STALE, TagWish};

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
        required_unless_present_any = ["remove", "from"]
    )]
    add: Vec<String>,
    /// Tags to remove
    #[arg(long, value_name = "TAG,…", value_delimiter = ',')]
    remove: Vec<String>,
    /// Add the tags that this tagger saw; score with it first
    #[arg(long, value_name = "KEY", conflicts_with_all = ["add", "remove"])]
    from: Option<String>,
    /// From which share a general tag counts; the tagger's setting if left out
    #[arg(long, requires = "from", value_name = "SHARE", value_parser = share)]
    general: Option<f64>,
    /// From which share a character counts; the tagger's setting if left out
    #[arg(long, requires = "from", value_name = "SHARE", value_parser = share)]
    character: Option<f64>,
    /// Only print the tags as captions for training: characters first, parentheses escaped
    #[arg(long, requires = "from")]
    dry_run: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text
        .parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}

pub(super) fn run(args: TagArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    let (catalog, rows) = session.choose(&args.chosen, output)?;
    if rows.is_empty() {
        output.message("nothing to do");
        return Ok(());
    }
    if let Some(from) = args.from {
        let wish = TagWish {
            from,
            general: args.general,
            character: args.character,
        };
        return take(&session, &catalog, &rows, &wish, args.dry_run, output);
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
    let left = [(marked.n_unread, "can't be read and got no tag")];
    tell(&told, marked.n_changed, &left, output);
    Ok(())
}

/// Adds what a tagger saw, or only prints it.
fn take(
    session: &Session,
    catalog: &Arc<Catalog>,
    rows: &[Row],
    wish: &TagWish,
    dry_run: bool,
    output: &mut Output,
) -> Result<(), Problem> {
    let core = &session.core;
    if !dry_run {
        let taken = core.take_tags(catalog, rows, wish, &session.job)?;
        let unseen = format!("not seen by {}, and got no tag", wish.from);
        let left = [(taken.n_unseen, unseen.as_str()), (taken.n_stale, STALE)];
        let told = format!("tags of {}", wish.from);
        tell(&told, taken.n_changed, &left, output);
        return Ok(());
    }
    for (row, tags) in core.seen_tags(catalog, rows, wish, &session.job)?.tags {
        let tags: Vec<_> = tags.iter().collect();
        let path = catalog.path(row);
        output.line(&format!("{}\t{}", path.display(), caption(&tags)));
    }
    Ok(())
}

/// What became of an edit; `left` says it of images that could not be marked.
fn tell(told: &str, n_changed: usize, left: &[(usize, &str)], output: &mut Output) {
    if n_changed == 0 {
        output.message("nothing changed");
    } else {
        let n = format::count(n_changed as u64, "image");
        output.message(&format!("{told}: {n}; bandpass undo takes it back"));
    }
    for (n, why) in left.iter().filter(|(n, _)| *n > 0) {
        let images = format::count(*n as u64, "image");
        output.message(&format!("{images} {why}"));
    }
}
