//! Arguments to window or command, and the exit code; nothing else.

use std::process::ExitCode;

use bandpass::base::Problem;
use bandpass::cli::{self, Cli};
use clap::Parser as _;

fn main() -> ExitCode {
    let args = Cli::parse();
    match args.command {
        Some(_) if !args.paths.is_empty() => {
            let problem = Problem::usage("paths come after the command", "").at(&args.paths[0]);
            cli::finish(Err(problem), &mut cli::Output)
        }
        Some(command) => cli::run(command, args.data_dir.as_deref()),
        None => cli::finish(window(args), &mut cli::Output),
    }
}

#[cfg(feature = "gui")]
fn window(args: Cli) -> Result<(), Problem> {
    use std::sync::Arc;

    use bandpass::engine::{Core, Engine, Places, doctor};
    use bandpass::gui::{self, Link, Renderer, Waker, WindowOptions};

    if !doctor::has_display() {
        return Err(Problem::environment("no window", "there is no display").hint(cli::HEADLESS));
    }
    let core = Arc::new(Core::open(Places::find(args.data_dir.as_deref())?)?);
    let waker = Waker::default();
    let wake = waker.clone();
    let engine = Engine::start(Arc::clone(&core), Arc::new(move || wake.wake()))?;
    let settings = core.settings().clone();
    let roots = if args.paths.is_empty() {
        settings.last_roots.clone()
    } else {
        args.paths
    };
    let link = Link {
        commands: engine.commands(),
        events: engine.events(),
        scorers: core.scorers(),
        settings,
        waker,
    };
    let renderer = args.renderer.as_deref().and_then(Renderer::parse);
    gui::run(link, WindowOptions { renderer, roots })
}

#[cfg(not(feature = "gui"))]
fn window(_args: Cli) -> Result<(), Problem> {
    Err(Problem::usage(
        "no window",
        "this bandpass was built without the feature gui",
    )
    .hint(cli::HEADLESS))
}
