//! `bandpass models`.

mod own;
mod settings;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::base::{Problem, format};
use crate::domain::score::{Field, ScorerKind};
use crate::engine::infer::Choice;
use crate::engine::models::{AddOptions, PullOptions};
use crate::engine::{ModelInfo, ModelState, Places, Use, words};

use super::output::Output;
use super::route::{self, RouteArgs};
use super::session::Session;
use settings::SetArgs;

/// Arguments of `bandpass models`.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List the scorers with weights: what each measures, and whether its weights are here
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show all that is known of one scorer
    Show {
        /// Its key
        key: String,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Check a manifest: its text, what it builds on, and its weights if they are here
    Check {
        /// The manifest
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
    },
    /// Use weights that you have, where they lie
    Add(AddArgs),
    /// Print a manifest for a network that no scorer is known for
    Draft {
        /// An ONNX file, a checkpoint, or its folder with config.json
        file: PathBuf,
    },
    /// Download the weights of a scorer, and of the encoder it feeds on
    Pull(PullArgs),
    /// Delete weights that Bandpass downloaded; your own files stay
    Remove {
        /// Key of the scorer
        key: String,
    },
    /// Write the network with its weights as a standard ONNX file
    ExportOnnx {
        /// Key of the scorer
        key: String,
        /// The file to write
        out: PathBuf,
    },
    /// Measure how fast a network is here, decoding left out
    Bench(BenchArgs),
    /// Draw what a scorer found in an image over it: a map, or the bones between key points
    Overlay {
        /// Key of the scorer
        key: String,
        /// The image, scored with it
        image: PathBuf,
        /// The PNG file to write; it must be new
        #[arg(long, value_name = "F.png")]
        out: PathBuf,
    },
    /// Change settings of a scorer; models show KEY lists them
    Set(SetArgs),
    /// Let a scorer run only where a condition holds; list such rules
    Route(RouteArgs),
    /// Show the prompts of a prompt scorer, or keep another list
    Prompts {
        /// Key of the scorer
        key: String,
        /// A text file with one prompt a line
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct AddArgs {
    /// The file: .onnx, .safetensors, .pth, .pt, .ckpt, .bin; of a checkpoint in several files the
    /// .index.json, or its folder
    file: PathBuf,
    /// The scorer it is for; found out if left out
    #[arg(long = "as", value_name = "KEY")]
    key: Option<String>,
    /// The variant it is; found out if left out
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Copy it into Bandpass' data folder instead of using it where it lies
    #[arg(long)]
    copy: bool,
    #[command(flatten)]
    own: own::OwnArgs,
}

#[derive(Debug, Args)]
struct PullArgs {
    /// Key of the scorer
    key: String,
    /// Which of its variants; the first that can be had if left out
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// You have read the licence and take it
    #[arg(long)]
    accept_licence: bool,
    /// Ask no server: only what a hub cache on this machine holds
    #[arg(long)]
    offline: bool,
}

#[derive(Debug, Args)]
struct BenchArgs {
    /// Key of the scorer
    key: String,
    /// What to run on
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: Choice,
    /// Pictures taken together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=4096))]
    batch: Option<u16>,
    /// Seconds to measure
    #[arg(long, value_name = "S", default_value_t = 5)]
    seconds: u16,
}

pub(super) fn run(args: ModelsArgs, places: Places, output: &mut Output) -> Result<(), Problem> {
    let session = Session::open(places, output)?;
    let core = &session.core;
    match args.act {
        Act::List { json } => list(&core.models(), json, output),
        Act::Show { key, json } => show(&session, &key, json, output),
        Act::Check { file } => {
            output.line(&core.check_manifest(&file)?);
            Ok(())
        }
        Act::Add(AddArgs { file, own, .. }) if own.is_given() => {
            own::add(&session, &file, own, output)
        }
        Act::Add(args) => add(&session, args, output),
        Act::Draft { file } => {
            output.line(core.look_at_model(&file)?.text().trim_end());
            Ok(())
        }
        Act::Pull(args) => pull(&session, args, output),
        Act::Remove { key } => {
            let freed = core.remove_model(&key)?;
            output.line(&format!("{key}: {} freed", format::bytes(freed)));
            Ok(())
        }
        Act::ExportOnnx { key, out } => {
            let bytes = core.export_onnx(&key, &out)?;
            output.line(&format!("{}: {}", format::bytes(bytes), out.display()));
            Ok(())
        }
        Act::Bench(args) => bench(&session, &args, output),
        Act::Overlay { key, image, out } => {
            core.write_overlay(&key, &image, &out)?;
            output.line(&out.display().to_string());
            Ok(())
        }
        Act::Set(args) => settings::set(&session, args, output),
        Act::Route(args) => route::run(&session, &args, output),
        Act::Prompts { key, set } => prompts(&session, &key, set.as_deref(), output),
    }
}

fn list(models: &[ModelInfo], json: bool, output: &mut Output) -> Result<(), Problem> {
    for model in models {
        if json {
            output.json(model)?;
        } else {
            let needs = |n| format!(" (needs {} of memory)", format::bytes(n));
            output.line(&format!(
                "{:<28} {:<30} {}{}",
                model.key,
                state(model),
                model.label,
                model.memory.map(needs).unwrap_or_default()
            ));
        }
    }
    Ok(())
}

/// "ready", "not here, 1.2 GB", …
fn state(model: &ModelInfo) -> String {
    match &model.state {
        ModelState::Ready { variant, .. } if variant.is_empty() => "ready".to_owned(),
        ModelState::Ready { variant, bytes, .. } => {
            format!("ready, {variant}, {}", format::bytes(*bytes))
        }
        ModelState::Waiting { on } => format!("needs {on}"),
        ModelState::Missing => {
            let size = model.variants.first().and_then(|variant| variant.bytes);
            let size = size.map_or_else(String::new, |n| format!(", {}", format::bytes(n)));
            let any = model.variants.iter().any(|variant| variant.obtainable);
            let how = if any { "to pull" } else { "bring the file" };
            format!("{how}{size}")
        }
        ModelState::Partial { have } => format!("cut off at {}", format::bytes(*have)),
        ModelState::Broken { .. } => "BROKEN".to_owned(),
    }
}

fn find(session: &Session, key: &str) -> Result<ModelInfo, Problem> {
    let models = session.core.models();
    let found = models.into_iter().find(|model| model.key == key);
    found.ok_or_else(|| {
        Problem::usage(format!("there is no model '{key}'"), "").hint("see bandpass models list")
    })
}

fn show(session: &Session, key: &str, json: bool, output: &mut Output) -> Result<(), Problem> {
    let model = find(session, key)?;
    if json {
        return output.json(&model);
    }
    let kind = match model.kind {
        ScorerKind::Computed => "our own code with model files",
        ScorerKind::Encoder => "encoder: vectors for heads",
        ScorerKind::Network => "network on pixels",
        ScorerKind::Head => "head on vectors",
        ScorerKind::Prompts => "similarity with prompts",
        ScorerKind::Imported => "values from a file",
        ScorerKind::Composite => "formula over columns",
    };
    let field = match model.field {
        Field::General => "any pictures",
        Field::Anime => "anime pictures",
    };
    output.line(&format!("{}  {}", model.key, model.label));
    let mut tell = |name: &str, text: &str| {
        if !text.is_empty() {
            output.line(&format!("  {name:<10} {text}"));
        }
    };
    tell("about", &model.about);
    tell("kind", kind);
    tell("made for", field);
    tell("licence", &model.licence);
    tell("origin", &model.origin);
    tell("feeds on", &model.encoders.join(", "));
    tell("runs where", model.route.as_deref().unwrap_or_default());
    let input = model.input.map(|[w, h]| format!("{w} × {h} pixels"));
    tell("input", &input.unwrap_or_default());
    let memory = model
        .memory
        .map(|n| format!("{} of memory", format::bytes(n)));
    tell("needs", &memory.unwrap_or_default());
    tell("state", &state(&model));
    match &model.state {
        ModelState::Broken { why } => tell("", why),
        ModelState::Ready { files, .. } => {
            for file in files {
                tell("file", &file.display().to_string());
            }
        }
        _ => {}
    }
    if let Some(speed) = &model.speed {
        let text = format!(
            "{:.1} pictures a second on {}",
            speed.per_second, speed.placement
        );
        tell("speed", &text);
    }
    for variant in &model.variants {
        let size = variant.bytes.map(format::bytes).unwrap_or_default();
        tell(
            "variant",
            &format!("{:<10} {size:<10} {}", variant.name, variant.about),
        );
    }
    for setting in &model.settings {
        tell("setting", &settings::line(setting));
    }
    for column in &model.columns {
        tell("column", &format!("{:<28} {}", column.key, column.about));
        for band in &column.bands {
            tell(
                "",
                &format!("    {} – {}: {}", band.low, band.high, band.meaning),
            );
        }
    }
    Ok(())
}

fn add(session: &Session, args: AddArgs, output: &mut Output) -> Result<(), Problem> {
    let options = AddOptions {
        as_key: args.key,
        variant: args.variant,
        copy: args.copy,
    };
    let (core, job) = (&session.core, &session.job);
    let title = "Looking at the file";
    let added = output.with_progress(title, job, || core.add_model(&args.file, &options, job))?;
    output.line(&words::added(&added));
    Ok(())
}

fn pull(session: &Session, args: PullArgs, output: &mut Output) -> Result<(), Problem> {
    find(session, &args.key)?;
    for key in session.core.pull_keys(&args.key)? {
        let model = find(session, &key)?;
        output.message(&format!("{}: licence {}", model.label, model.licence));
    }
    let mut accept_licence = args.accept_licence;
    if !accept_licence {
        accept_licence = output
            .confirm("Take what is said above and download?")
            .map_err(|problem| {
                problem.hint(format!(
                    "bandpass models pull {} --accept-licence",
                    args.key
                ))
            })?;
        if !accept_licence {
            return Err(Problem::cancelled());
        }
    }
    let options = PullOptions {
        variant: args.variant,
        accept_licence,
        offline: args.offline,
        ..PullOptions::from_env()
    };
    let (core, job) = (&session.core, &session.job);
    let pulled =
        output.with_progress("Downloading", job, || core.pull(&args.key, &options, job))?;
    for pulled in pulled {
        for note in &pulled.notes {
            output.message(note);
        }
        for file in &pulled.files {
            output.line(&format!(
                "{} {}: {}",
                pulled.key,
                pulled.variant,
                file.display()
            ));
        }
    }
    Ok(())
}

fn bench(session: &Session, args: &BenchArgs, output: &mut Output) -> Result<(), Problem> {
    let wishes = Use {
        device: args.device,
        batch: args.batch.map(usize::from),
        ..Use::default()
    };
    let seconds = f64::from(args.seconds);
    let speeds = session
        .core
        .bench_model(&args.key, &wishes, seconds, &session.job)?;
    for speed in speeds {
        output.line(&format!(
            "{:.2} pictures a second  {}",
            speed.per_second, speed.placement
        ));
    }
    Ok(())
}

fn prompts(
    session: &Session,
    key: &str,
    set: Option<&Path>,
    output: &mut Output,
) -> Result<(), Problem> {
    if let Some(file) = set {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Problem::environment("can't read the list", error).at(file))?;
        let n = session.core.set_prompts(key, &text)?;
        output.message(&format!("{key}: {}", format::count(n as u64, "prompt")));
        return Ok(());
    }
    for prompt in session.core.prompts(key)? {
        output.line(&prompt);
    }
    Ok(())
}
