//! `bandpass models route`.

use clap::Args;

use crate::base::Problem;
use crate::engine::words;

use super::output::Output;
use super::session::Session;

/// Arguments of `bandpass models route`.
#[derive(Debug, Args)]
pub(super) struct RouteArgs {
    /// Key of the scorer; lists all rules if left out
    #[arg(value_name = "KEY")]
    key: Option<String>,
    /// Where it runs, e.g. "anime_real >= 0.5"; shows its rule if left out
    #[arg(value_name = "EXPR")]
    condition: Option<String>,
    /// Run it on every image again
    #[arg(long, requires = "key", conflicts_with = "condition")]
    none: bool,
}

pub(super) fn run(session: &Session, args: &RouteArgs, output: &mut Output) -> Result<(), Problem> {
    let condition = args.condition.as_deref();
    if let (Some(key), true) = (&args.key, args.none || condition.is_some()) {
        session.core.set_route(key, condition)?;
        output.message(&words::route(key, condition));
        return Ok(());
    }
    if let Some(key) = &args.key {
        let rule = session.core.route(key)?;
        output.line(&words::route(key, rule.as_deref()));
        return Ok(());
    }
    for (key, condition) in session.core.routes() {
        output.line(&format!("{key:<28} {condition}"));
    }
    Ok(())
}
