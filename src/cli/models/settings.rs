//! `bandpass models set`.

use clap::Args;

use crate::base::Problem;
use crate::engine::SettingInfo;

use super::{Output, Session, find};

/// Arguments of `bandpass models set`.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Key of the scorer
    key: String,
    /// Settings with the names of choices or numbers
    #[arg(value_name = "NAME=VALUE", required_unless_present = "reset", value_parser = change)]
    changes: Vec<(String, String)>,
    /// Put all other settings back to their defaults
    #[arg(long)]
    reset: bool,
}

/// `NAME=VALUE` taken apart.
fn change(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Changes settings and tells all of the scorer's.
pub(super) fn set(session: &Session, args: SetArgs, output: &mut Output) -> Result<(), Problem> {
    let changes: Vec<_> = args
        .changes
        .into_iter()
        .map(|(n, v)| (n, Some(v)))
        .collect();
    session
        .core
        .set_scorer_settings(&args.key, args.reset, &changes)?;
    for setting in find(session, &args.key)?.settings {
        output.line(&format!("{}={}", setting.name, setting.value));
    }
    Ok(())
}

/// "out_size=768 (512, 768; 768 if left): How large …"
pub(super) fn line(setting: &SettingInfo) -> String {
    let names: Vec<&str> = setting.choices.iter().map(|(n, _)| n.as_str()).collect();
    let may = match setting.range {
        Some([low, high]) => format!("{low} to {high}"),
        None => names.join(", "),
    };
    let held = format!("{}={}", setting.name, setting.value);
    let default = &setting.default;
    format!("{held} ({may}; {default} if left): {}", setting.about)
}
