//! Installing an ONNX Runtime into the data folder: fetch, verify, unpack the libraries, rename.
//!
//! Two sources are tried in turn: the release archive of the ONNX Runtime project, whose SHA-256 the
//! release publishes, and the Python wheel of the same build through `pip download`, whose SHA-256
//! is known here. A folder gets its name only when it is complete, so a half unpacked one is never
//! found.
//!
//! Must not know: sessions, settings.

mod archive;
mod flavour;
mod http;
mod pip;
mod release;
mod unpack;

use std::fs;
use std::path::{Path, PathBuf};

use super::library::{LibraryError, in_folder, inspect};
use crate::base::{CancelToken, Cancelled};

pub use flavour::{Flavour, UnknownFlavour};
pub use http::{Answer, Http, Transport};

/// Why nothing was installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// There is no such build for this platform.
    #[error("there is no {0} build of ONNX Runtime for this platform; {hint}", hint = instead(*.0))]
    NoBuild(Flavour),
    /// No source could deliver it.
    #[error("no source could deliver ONNX Runtime: {}", .0.join("; "))]
    NoSource(Vec<String>),
    /// One source could not deliver it.
    #[error("{0}")]
    Source(String),
    /// What came is not what was published.
    #[error("{file} has the sha256 {found}, published is {published}; it was deleted")]
    Hash {
        /// The file.
        file: String,
        /// Of the file.
        found: String,
        /// As published.
        published: String,
    },
    /// The archive can't be unpacked.
    #[error("{file} can't be unpacked: {why}")]
    Archive {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The disk said no.
    #[error("can't write below {path}: {source}", path = path.display())]
    Write {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The unpacked library can't be used here.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The user stopped it; what was fetched stays for the next time.
    #[error("cancelled")]
    Cancelled(#[from] Cancelled),
}

/// What an installation is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It fetches from this source: bytes so far and, if known, of how many.
    Fetching {
        /// "release archive" or "pip".
        source: &'static str,
        /// Bytes on the disk.
        bytes: u64,
        /// Bytes in all.
        total: Option<u64>,
    },
    /// A source failed; the next is tried.
    Failed {
        /// The source.
        source: &'static str,
        /// Why.
        why: String,
    },
    /// It checks what came.
    Verifying,
    /// It unpacks the libraries.
    Unpacking,
}

/// What tells how far an installation is, and whether to stop.
pub struct Watch<'a> {
    /// Asked again and again; a cancelled one stops the installation within a second.
    pub token: &'a CancelToken,
    /// Told of every step.
    pub tell: &'a dyn Fn(Step),
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// An installed ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its library.
    pub library: PathBuf,
    /// Its version.
    pub version: String,
    /// What else is needed to use the flavour, for people; empty if nothing is.
    pub note: &'static str,
}

/// Installs `flavour` below `data` as `onnxruntime/<version>-<flavour>/`.
///
/// Does nothing if it is there and whole. Fetched archives are kept until they are unpacked, so an
/// interrupted installation goes on where it was. Fails without touching what is installed.
pub fn install(
    flavour: Flavour,
    data: &Path,
    transport: &dyn Transport,
    watch: &Watch<'_>,
) -> Result<Installed, InstallError> {
    let build = flavour.build().ok_or(InstallError::NoBuild(flavour))?;
    let base = data.join("onnxruntime");
    let target = base.join(format!("{}-{flavour}", build.version));
    if let Some(library) = in_folder(&target).filter(|library| inspect(library).is_ok()) {
        return Ok(installed(library, &build, flavour));
    }
    let partial = base.join(format!(".partial-{}-{flavour}", build.version));
    let write = |source| InstallError::Write {
        path: base.clone(),
        source,
    };
    fs::create_dir_all(&partial).map_err(write)?;
    let archive = fetch(&build, &partial, transport, watch)?;
    (watch.tell)(Step::Unpacking);
    let unpacked = partial.join("lib");
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).map_err(write)?;
    }
    unpack::libraries(&archive, &unpacked, watch.token)?;
    let library = in_folder(&unpacked).ok_or_else(|| InstallError::Archive {
        file: name_of(&archive),
        why: "it holds no ONNX Runtime".to_owned(),
    })?;
    inspect(&library)?;
    if target.exists() {
        fs::remove_dir_all(&target).map_err(write)?;
    }
    fs::rename(&unpacked, &target).map_err(write)?;
    unpack::sync_folder(&base).map_err(write)?;
    // What is left is only in the way; the installation stands without this.
    fs::remove_dir_all(&partial).ok();
    let library = in_folder(&target).ok_or(LibraryError::NoneFound)?;
    Ok(installed(library, &build, flavour))
}

fn installed(library: PathBuf, build: &flavour::Build, flavour: Flavour) -> Installed {
    Installed {
        library,
        version: build.version.to_owned(),
        note: flavour.note(),
    }
}

/// The verified archive, from the first source that delivers it.
fn fetch(
    build: &flavour::Build,
    partial: &Path,
    transport: &dyn Transport,
    watch: &Watch<'_>,
) -> Result<PathBuf, InstallError> {
    let mut failed = Vec::new();
    let mut note = |source: &'static str, error: InstallError| match error {
        InstallError::Cancelled(_) | InstallError::Write { .. } => Err(error),
        error => {
            let why = error.to_string();
            failed.push(format!("{source}: {why}"));
            (watch.tell)(Step::Failed { source, why });
            Ok(())
        }
    };
    match release::fetch(build, partial, transport, watch) {
        Ok(archive) => return Ok(archive),
        Err(error) => note(release::NAME, error)?,
    }
    match pip::fetch(build, partial, watch) {
        Ok(archive) => return Ok(archive),
        Err(error) => note(pip::NAME, error)?,
    }
    Err(InstallError::NoSource(failed))
}

/// Deletes the file and says so unless its SHA-256 is the published one.
fn verify(file: &Path, published: &str, watch: &Watch<'_>) -> Result<(), InstallError> {
    (watch.tell)(Step::Verifying);
    let write = |source| InstallError::Write {
        path: file.to_path_buf(),
        source,
    };
    let found = archive::sha256(file).map_err(write)?;
    if found == published {
        return Ok(());
    }
    fs::remove_file(file).map_err(write)?;
    Err(InstallError::Hash {
        file: name_of(file),
        found,
        published: published.to_owned(),
    })
}

/// What to do where a build is missing.
fn instead(flavour: Flavour) -> &'static str {
    match flavour {
        Flavour::Cpu => "bring a library of your own: `bandpass runtime use PATH`",
        _ => "choose cpu",
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
