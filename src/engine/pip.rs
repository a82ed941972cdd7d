//! Python packages, fetched by the package manager that is there: no Python code runs beyond that
//! client's own, and nothing is installed.
//!
//! Must not know: what is in a package, who wants it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::base::{CancelToken, Cancelled};

/// How often a running client is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// The package manager's client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pip {
    /// Ways to call it, tried in turn: program and leading arguments.
    pub commands: Vec<Vec<OsString>>,
}

impl Default for Pip {
    fn default() -> Self {
        let ways: [&[&str]; 5] = [
            &["pip"],
            &["pip3"],
            &["python3", "-m", "pip"],
            &["python", "-m", "pip"],
            &["py", "-m", "pip"],
        ];
        let words = |way: &[&str]| way.iter().map(OsString::from).collect();
        Self {
            commands: ways.into_iter().map(words).collect(),
        }
    }
}

/// Why there is no wheel.
#[derive(Debug, thiserror::Error)]
pub(super) enum PipError {
    /// The user stopped it.
    #[error("cancelled")]
    Cancelled(#[from] Cancelled),
    /// No client could be run.
    #[error("can't run pip: {0}")]
    Run(#[from] Error),
    /// None is there, or what the last one said.
    #[error("{0}")]
    Failed(String),
}

impl Pip {
    /// Downloads one wheel, without what it depends on, into the folder `into`; gives its path.
    ///
    /// `requirement` is `package==version`, both plain names; `more` are further arguments of
    /// `pip download`. `waiting` is called again and again.
    pub(super) fn download(
        &self,
        requirement: &str,
        more: &[&str],
        into: &Path,
        token: &CancelToken,
        waiting: &dyn Fn(),
    ) -> Result<PathBuf, PipError> {
        let mut last = "no pip is installed".to_owned();
        for way in &self.commands {
            token.checkpoint()?;
            let Some((program, leading)) = way.split_first() else {
                continue;
            };
            let log = into.join("pip.log");
            let mut command = Command::new(program);
            command.args(leading);
            command.args(["download", "--no-deps", "--no-input", "--only-binary=:all:"]);
            command.args(["--disable-pip-version-check"]).args(more);
            command.arg("--dest").arg(into).arg(requirement);
            let Some(status) = run(command, &log, token, waiting)? else {
                continue;
            };
            if status.success() {
                let none = || PipError::Failed("pip left no wheel".to_owned());
                return wheel_in(into).ok_or_else(none);
            }
            last = reason(&log);
        }
        Err(PipError::Failed(last))
    }
}

/// The wheel in a folder.
pub(super) fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.find(|path| path.extension().is_some_and(|ending| ending == "whl"))
}

/// Runs it to its end; none if there is no such program.
///
/// What it says goes into a file, because a pipe that nobody reads holds it up once it is full.
fn run(
    mut command: Command,
    log: &Path,
    token: &CancelToken,
    waiting: &dyn Fn(),
) -> Result<Option<ExitStatus>, PipError> {
    let out = File::create(log)?;
    let errors = out.try_clone()?;
    command.stdin(Stdio::null()).stdout(out).stderr(errors);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let status = wait(&mut child, token, waiting);
    if status.is_err() {
        child.kill().and_then(|()| child.wait()).ok();
    }
    status.map(Some)
}

fn wait(
    child: &mut Child,
    token: &CancelToken,
    waiting: &dyn Fn(),
) -> Result<ExitStatus, PipError> {
    loop {
        token.checkpoint()?;
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        waiting();
        std::thread::sleep(LOOK);
    }
}

/// What pip gives as its reason: its last line with an error, else its last line.
fn reason(log: &Path) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines().rfind(|line| line.to_lowercase().starts_with("error"));
    let last = error.or_else(|| lines().next_back());
    last.unwrap_or("pip failed without a word").to_owned()
}
