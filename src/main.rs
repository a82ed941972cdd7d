//! Arguments to window or command, and the exit code; nothing else.

use std::process::ExitCode;

use bandpass::cli::{self, Cli};
use clap::Parser as _;

fn main() -> ExitCode {
    let args = Cli::parse();
    match args.command {
        Some(command) => cli::run(command, args.data_dir),
        None => cli::finish(window(args), &mut cli::Output::default()),
    }
}

#[cfg(feature = "gui")]
fn window(args: Cli) -> Result<(), bandpass::base::Problem> {
    use std::sync::Arc;

    use bandpass::engine::{Core, Engine, Places, scorers};
    use bandpass::gui::{self, Link, Waker, WindowOptions};

    gui::check_display()?;
    let core = Arc::new(Core::open(Places::find(args.data_dir.as_deref())?)?);
    let waker = Waker::default();
    let engine = Engine::start(Arc::clone(&core), waker.callback())?;
    let link = Link {
        commands: engine.commands(),
        events: engine.events(),
        scorers: scorers(),
        settings: core.settings().clone(),
        waker,
    };
    gui::run(
        link,
        WindowOptions {
            renderer: args.renderer,
            roots: args.paths,
        },
    )
}

#[cfg(not(feature = "gui"))]
fn window(_args: Cli) -> Result<(), bandpass::base::Problem> {
    use bandpass::base::Problem;

    Err(Problem::usage(
        "no window",
        "this bandpass was built without the feature gui",
    )
    .hint("use score, query, copy, move, trash, tag, history, undo, scorers or doctor"))
}
