//! `bandpass copy`, `bandpass move` and `bandpass trash`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::base::{Problem, format, paths};
use crate::domain::op::{Destination, Intent, Plan};
use crate::engine::{Level, Places};

use super::Chosen;
use super::output::Output;
use super::session::Session;

/// Lines of a plan that are shown; the counts tell the rest.
const SHOWN: usize = 20;

/// Whether and how a plan is carried out.
#[derive(Debug, Args)]
pub(super) struct Consent {
    /// Only say what would happen
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    yes: bool,
    /// Print the plan's steps as JSON, one a line
    #[arg(long)]
    pub(super) json: bool,
}

impl Consent {
    /// Asks for a yes, unless it was given; a problem without one.
    pub(super) fn ask(&self, title: &str, output: &mut Output) -> Result<(), Problem> {
        if self.yes || output.confirm(&format!("{title}?"))? {
            return Ok(());
        }
        Err(Problem::cancelled().hint("nothing was touched"))
    }
}

/// Arguments of `bandpass copy` and `bandpass move`.
#[derive(Debug, Args)]
pub struct IntoArgs {
    #[command(flatten)]
    chosen: Chosen,
    /// The folder they go to; made if it isn't there
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Keep the folders between PATH and image
    #[arg(long)]
    keep_tree: bool,
    #[command(flatten)]
    consent: Consent,
}

/// Arguments of `bandpass trash`.
#[derive(Debug, Args)]
pub struct TrashArgs {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
}

pub(super) fn copy(args: &IntoArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    act(
        &args.chosen,
        &Intent::Copy(args.destination()),
        &args.consent,
        places,
        output,
    )
}

pub(super) fn move_files(
    args: &IntoArgs,
    places: Places,
    output: &mut Output,
) -> Result<(), Problem> {
    act(
        &args.chosen,
        &Intent::Move(args.destination()),
        &args.consent,
        places,
        output,
    )
}

impl IntoArgs {
    fn destination(&self) -> Destination {
        Destination {
            folder: paths::absolute(&self.to),
            keep_tree: self.keep_tree,
        }
    }
}

pub(super) fn trash(args: &TrashArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    act(&args.chosen, &Intent::Trash, &args.consent, places, output)
}

fn act(
    chosen: &Chosen,
    intent: &Intent,
    consent: &Consent,
    places: Places,
    output: &mut Output,
) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    let (catalog, rows) = session.choose(chosen, output)?;
    let sidecars = &session.core.settings().sidecars;
    let plan = session.core.plan(&catalog, &rows, intent, sidecars)?;
    show(&plan, consent, output)?;
    if consent.dry_run {
        return Ok(());
    }
    if plan.steps.is_empty() {
        output.message("nothing to do");
        return Ok(());
    }
    consent.ask(&plan.title(), output)?;
    let confirmed = plan.confirm();
    let core = &session.core;
    let done = output.with_progress(intent.name(), &session.job, || {
        core.apply(&confirmed, &session.job)
    })?;
    let (level, text) = done.words();
    output.message(&text);
    for (path, reason) in &done.failed {
        output.message(&format!("left alone: {reason}: {}", path.display()));
    }
    if session.job.token.is_cancelled() {
        return Err(Problem::cancelled().hint("what was done stays; bandpass undo takes it back"));
    }
    if level == Level::Error {
        return Err(Problem::environment(
            "not every file could be handled",
            "see above",
        ));
    }
    Ok(())
}

fn show(plan: &Plan, consent: &Consent, output: &mut Output) -> Result<(), Problem> {
    output.message(&format!("{} ({})", plan.title(), format::bytes(plan.bytes)));
    for clash in plan.clashes.iter().take(SHOWN) {
        output.message(&format!(
            "name taken: {} becomes {}",
            clash.wanted.display(),
            clash.given.display()
        ));
    }
    for skip in plan.skipped.iter().take(SHOWN) {
        output.message(&format!(
            "left alone: {}: {}",
            skip.reason,
            skip.path.display()
        ));
    }
    for (n, what) in [
        (plan.clashes.len(), "taken names"),
        (plan.skipped.len(), "left alone"),
    ] {
        if n > SHOWN {
            output.message(&format!("… {} {what} in all", format::thousands(n as u64)));
        }
    }
    if consent.json {
        for step in &plan.steps {
            let to = step.to.as_ref().map(|to| to.to_string_lossy());
            output.json(&json!({ "from": step.from.to_string_lossy(), "to": to,
                "size": step.size }))?;
        }
    } else if consent.dry_run {
        for step in &plan.steps {
            let to = step
                .to
                .as_ref()
                .map_or("trash".into(), |to| to.to_string_lossy());
            output.line(&format!("{}\t{to}", step.from.display()));
        }
    }
    Ok(())
}
