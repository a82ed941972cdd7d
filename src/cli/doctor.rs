//! `bandpass doctor`.

use clap::Args;

use crate::base::Problem;
use crate::engine::Places;
use crate::engine::doctor::{self, Verdict};

use super::output::Output;

/// Arguments of `bandpass doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DoctorArgs, places: &Places, output: &mut Output) -> Result<(), Problem> {
    let findings = doctor::examine(places);
    for finding in &findings {
        if args.json {
            output.json(finding)?;
            continue;
        }
        let mark = match finding.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Absent => "absent ",
            Verdict::Broken => "BROKEN ",
        };
        output.line(&format!(
            "{mark} {:<18} {}",
            finding.subject, finding.detail
        ));
        if !finding.hint.is_empty() {
            output.line(&format!("        {:<18} {}", "", finding.hint));
        }
    }
    if findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Broken)
    {
        return Err(Problem::environment(
            "something is in the way of the main job",
            "see above",
        ));
    }
    Ok(())
}
