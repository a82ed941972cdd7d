//! `bandpass runtime`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::base::Problem;
use crate::engine::infer::install::Flavour;
use crate::engine::infer::selftest::Outcome;
use crate::engine::{Places, words};

use super::output::Output;
use super::session::Session;

/// Arguments of `bandpass runtime`.
#[derive(Debug, Args)]
pub struct RuntimeArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// What networks run on here: engines, libraries found, devices
    Status,
    /// Install an ONNX Runtime into the data folder
    Install {
        /// cpu, cuda, directml, webgpu or openvino
        #[arg(default_value = "cpu")]
        flavour: Flavour,
    },
    /// Use this ONNX Runtime library, or the one in this folder
    Use {
        /// The library or its folder
        path: PathBuf,
    },
    /// Run a small known network on every device and compare
    Selftest,
}

pub(super) fn run(args: RuntimeArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    let core = &session.core;
    match args.act {
        Act::Status => {
            status(&session, output);
            Ok(())
        }
        Act::Install { flavour } => {
            let job = &session.job;
            let title = "Installing ONNX Runtime";
            let done = output.with_progress(title, job, || core.install_runtime(flavour, job))?;
            output.line(&format!(
                "ONNX Runtime {}: {}",
                done.version,
                done.library.display()
            ));
            if !done.note.is_empty() {
                output.message(done.note);
            }
            Ok(())
        }
        Act::Use { path } => {
            let version = core.use_runtime(&path)?;
            output.line(&format!("ONNX Runtime {version} is used from now on"));
            Ok(())
        }
        Act::Selftest => {
            let outcomes = core.selftest(&session.job)?;
            for outcome in &outcomes {
                output.line(&words::tested(outcome));
            }
            if outcomes.iter().all(Outcome::is_good) {
                return Ok(());
            }
            Err(Problem::environment(
                "a device can't be trusted",
                "see above",
            ))
        }
    }
}

fn status(session: &Session, output: &mut Output) {
    let status = session.core.runtime_status();
    for (i, engine) in status.engines.iter().enumerate() {
        let devices: Vec<String> = engine.devices.iter().map(ToString::to_string).collect();
        let used = if i == 0 { "in use" } else { "" };
        output.line(&format!(
            "{:<14} {:<8} {:<20} {used}",
            engine.name,
            engine.version,
            devices.join(", ")
        ));
        if let Some(library) = &engine.library {
            output.line(&format!("{:14} {}", "", library.display()));
        }
    }
    for candidate in &status.candidates {
        let state = match &candidate.state {
            Ok(info) => info.version.clone(),
            Err(error) => error.to_string(),
        };
        output.line(&format!(
            "found          {} ({}): {state}",
            candidate.path.display(),
            candidate.origin
        ));
    }
    if status.engines.len() == 1 {
        for refused in &status.refused {
            output.message(&refused.to_string());
        }
        output.message("networks run on rten, on the CPU; for more speed or a graphics card: bandpass runtime install cpu|cuda|…");
    }
}
