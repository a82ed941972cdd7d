//! Results on stdout, messages and progress on stderr.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::base::{Problem, Progress};
use crate::engine::Job;

/// Whether a question stands on the terminal.
static ASKING: AtomicBool = AtomicBool::new(false);

/// Whether nothing runs and an answer is waited for, so that Ctrl+C may end the program at once.
pub(super) fn is_asking() -> bool {
    ASKING.load(Relaxed)
}

/// Where a command writes.
#[derive(Debug, Default)]
pub struct Output;

impl Output {
    /// One line of result. A reader that went away (`| head`) is no failure.
    pub fn line(&mut self, text: &str) {
        writeln!(std::io::stdout(), "{text}").ok();
    }

    /// A result as JSON, one line.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), Problem> {
        let text = serde_json::to_string(value)
            .map_err(|error| Problem::internal("can't write JSON", error))?;
        self.line(&text);
        Ok(())
    }

    /// A message for the person.
    pub fn message(&mut self, text: &str) {
        writeln!(std::io::stderr(), "{text}").ok();
    }

    /// Asks for a yes on the terminal; without one nobody can say it.
    pub fn confirm(&mut self, question: &str) -> Result<bool, Problem> {
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(Problem::usage("nothing was touched", "nobody can be asked")
                .hint("pass --yes to carry it out, or --dry-run to see it only"));
        }
        write!(std::io::stderr(), "{question} [y/N] ").ok();
        let mut answer = String::new();
        ASKING.store(true, Relaxed);
        let read = std::io::stdin().read_line(&mut answer);
        ASKING.store(false, Relaxed);
        read.map_err(|error| Problem::environment("can't read the answer", error))?;
        Ok(matches!(
            answer.trim().to_ascii_lowercase().as_str(),
            "y" | "yes"
        ))
    }

    /// Does the work with a progress bar on the terminal, and none elsewhere.
    pub fn with_progress<T>(&mut self, title: &str, job: &Job, work: impl FnOnce() -> T) -> T {
        if !std::io::stderr().is_terminal() {
            return work();
        }
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let bar = std::thread::Builder::new()
                .name("progress".to_owned())
                .spawn_scoped(scope, || draw(title, &job.progress, &over));
            let result = {
                // Dropped by a panic too: the bar must not go on for ever.
                let _over = Over(&over);
                work()
            };
            if let Ok(bar) = bar {
                bar.join().ok();
            }
            result
        })
    }
}

/// Says that the work is over when it goes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

fn draw(title: &str, progress: &Progress, over: &AtomicBool) {
    let bar = ProgressBar::new(0).with_message(title.to_owned());
    let style = "{msg} {wide_bar} {human_pos}/{human_len}  {per_sec}  {eta}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    while !over.load(Relaxed) {
        let now = progress.snapshot();
        bar.set_length(now.total);
        bar.set_position(now.done);
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}
