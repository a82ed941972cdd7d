//! The Python wheel, fetched by `pip download`.
//!
//! Must not know: how archives are unpacked, how pip is called.

use std::path::{Path, PathBuf};

use super::flavour::Build;
use super::{InstallError, Step, Watch, verify};
use crate::engine::pip::{Pip, PipError, wheel_in};

/// What this source is called.
pub(super) const NAME: &str = "pip";

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
    let for_platform = [
        &[
            "--quiet",
            "--implementation",
            "cp",
            "--python-version",
            "312",
        ][..],
        &["--abi", "cp312", "--platform", build.platform],
    ]
    .concat();
    let waiting = || {
        let metadata = wheel_in(partial).and_then(|wheel| std::fs::metadata(wheel).ok());
        (watch.tell)(Step::Fetching {
            source: NAME,
            bytes: metadata.map_or(0, |metadata| metadata.len()),
            total: None,
        });
    };
    let requirement = format!("{}=={}", build.package, build.version);
    let wheel = Pip::default()
        .download(&requirement, &for_platform, partial, watch.token, &waiting)
        .map_err(|error| match error {
            PipError::Cancelled(cancelled) => InstallError::Cancelled(cancelled),
            error => InstallError::Source(error.to_string()),
        })?;
    verify(&wheel, build.sha256, watch)?;
    Ok(wheel)
}
