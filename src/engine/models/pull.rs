//! Getting the weights of a scorer.
//!
//! Must not know: what weights hold, how a file is transferred.

use std::path::PathBuf;

use super::Models;
use super::Pip;
use super::fetch::get;
use super::hub::Hub;
use super::ledger::Record;
use super::state::is_obtainable;
use crate::base::{Kind, Problem};
use crate::engine::Job;
use crate::zoo::manifest::{Manifest, Variant, WeightFile};

/// How to pull.
#[derive(Debug, Clone)]
pub struct PullOptions {
    /// Name of the variant; the first that can be had if none.
    pub variant: Option<String>,
    /// The user has seen the licence and takes it.
    pub accept_licence: bool,
    /// Nothing may be asked of any server; `HF_HUB_OFFLINE` says the same.
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
        self.reload();
        let (mut files, mut notes) = (Vec::new(), Vec::new());
        for file in &variant.files {
            let record = if let Some(known) = self.intact(&owner.key, &variant.name, file) {
                known
            } else {
                self.demand_free(&folder.join(&file.name))?;
                get(file, &folder, options, &mut notes, job)
                    .map_err(|problem| in_context(problem, &owner, variant))?
            };
            files.push(record.path.clone());
            // Each at once: a pull that is cut later need not get it again.
            self.note(&owner.key, &variant.name, vec![record])?;
        }
        Ok(Pulled {
            key: owner.key.clone(),
            variant: variant.name.clone(),
            files,
            notes,
        })
    }

    /// A file of a variant that is installed and as it was; one that Bandpass has got must be the
    /// declared one.
    fn intact(&self, key: &str, variant: &str, file: &WeightFile) -> Option<Record> {
        let entry = self.ledger.entry(key, variant)?;
        let record = entry.files.iter().find(|record| record.name == file.name)?;
        let declared = file.sha256.as_ref().is_none_or(|sha| *sha == record.sha256);
        let good = record.fault().is_none() && (declared || !record.ours);
        good.then(|| record.clone())
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
        let key = &manifest.key;
        let ways: Vec<String> = others
            .iter()
            .map(|name| format!("bandpass models pull {key} --variant {name}"))
            .collect();
        hint = format!("try another variant: {}; {hint}", ways.join(", or "));
    }
    let what = format!("{} is not complete: {}", manifest.key, problem.what);
    Problem { what, ..problem }.hint(hint)
}
