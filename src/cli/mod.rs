//! The headless commands: arguments in, results on stdout, messages on stderr.
//!
//! Must not know: egui, SQLite, how scores are computed. Everything goes through [`crate::engine`].

mod act;
mod columns;
mod doctor;
mod guard;
mod history;
mod import;
mod models;
mod output;
mod query;
mod route;
mod runtime;
mod score;
mod scorers;
mod session;
mod tag;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::base::{Kind, Problem};
use crate::engine::Places;

pub use output::Output;

/// Where to turn without a window.
pub const HEADLESS: &str = "use bandpass score, query, copy, move, trash, tag, history, undo, import, columns, scorers, models, runtime or doctor";

/// Score folders of images with every quality model you trust, and sieve them by eye.
#[derive(Debug, Parser)]
#[command(name = "bandpass", version, subcommand_precedence_over_arg = true)]
pub struct Cli {
    /// Folders or images to open in the window; none for those open last
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Where database, thumbnails and settings are kept
    #[arg(long, value_name = "DIR", global = true, env = "BANDPASS_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// How the window is drawn
    #[arg(long, value_name = "NAME", env = "BANDPASS_RENDERER", value_parser = ["wgpu", "glow"])]
    pub renderer: Option<String>,
    /// A headless command; without one the window opens
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The headless commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compute scores and keep them
    Score(score::ScoreArgs),
    /// List images by their scores and marks
    Query(query::QueryArgs),
    /// Copy images with their sidecars into a folder
    Copy(act::IntoArgs),
    /// Move images with their sidecars into a folder
    Move(act::IntoArgs),
    /// Put images with their sidecars into the trash
    Trash(act::TrashArgs),
    /// Add and remove tags
    Tag(tag::TagArgs),
    /// List what was done, newest first
    History(history::HistoryArgs),
    /// Undo the newest operation, or the one with this number
    Undo(history::UndoArgs),
    /// Import columns that another program wrote: CSV, JSON lines, Parquet
    Import(import::ImportArgs),
    /// Columns of your own: formulas over other columns
    Columns(columns::ColumnsArgs),
    /// List scorers and their columns
    Scorers(scorers::ScorersArgs),
    /// Weights of scorers: list, show, add, pull, remove, measure
    Models(models::ModelsArgs),
    /// What networks run on: ONNX Runtime and its devices
    Runtime(runtime::RuntimeArgs),
    /// Say what is found on this machine, what is missing and how to get it
    Doctor(doctor::DoctorArgs),
}

/// Which images a command is about.
#[derive(Debug, Args)]
pub struct Chosen {
    /// Folders or images
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Only images for which this holds, e.g. "focus_measure > 100 and not flag:reject"
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<String>,
    /// Order, e.g. focus_measure:desc,name
    #[arg(long, value_name = "COL[:desc],…")]
    pub sort: Option<String>,
    /// Only the first N in that order
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Sort on scores outside their scorer's field, too, e.g. on those of photos by one for anime
    #[arg(long)]
    pub no_guard: bool,
}

/// Runs a headless command; the exit code of the process.
pub fn run(command: Command, data_dir: Option<&Path>) -> ExitCode {
    let mut output = Output;
    let result = dispatch(command, data_dir, &mut output);
    finish(result, &mut output)
}

fn dispatch(command: Command, data_dir: Option<&Path>, output: &mut Output) -> Result<(), Problem> {
    let places = || Places::find(data_dir);
    match command {
        Command::Score(args) => score::run(args, places()?, output),
        Command::Query(args) => query::run(&args, places()?, output),
        Command::Copy(args) => act::copy(&args, places()?, output),
        Command::Move(args) => act::move_files(&args, places()?, output),
        Command::Trash(args) => act::trash(&args, places()?, output),
        Command::Tag(args) => tag::run(args, places()?, output),
        Command::History(args) => history::run(&args, places()?, output),
        Command::Undo(args) => history::undo(&args, places()?, output),
        Command::Import(args) => import::run(args, places()?, output),
        Command::Columns(args) => columns::run(args, places()?, output),
        Command::Scorers(args) => scorers::run(&args, &places()?, output),
        Command::Models(args) => models::run(args, places()?, output),
        Command::Runtime(args) => runtime::run(args, places()?, output),
        Command::Doctor(args) => doctor::run(&args, &places()?, output),
    }
}

/// Tells a problem and turns a result into the exit code.
pub fn finish(result: Result<(), Problem>, output: &mut Output) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            output.message(&format!("bandpass: {problem}"));
            ExitCode::from(match problem.kind {
                Kind::Usage => 2,
                Kind::Cancelled => 130,
                Kind::Environment | Kind::Internal => 1,
            })
        }
    }
}
