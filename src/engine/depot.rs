//! Model files and runtimes as both front ends use them: told, got, taken, removed, measured.
//!
//! Must not know: how a download or an engine works.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::Problem;
use crate::domain::score::{ColumnSpec, Field, ScorerKind};
use crate::zoo::manifest::{Kind, Manifest, Variant};
use crate::zoo::{Scorer, Work, prompts};

use super::backend::Use;
use super::choices::{self, SettingInfo};
use super::core::Core;
use super::infer::install::{Flavour, Http, Installed, Step, Watch, install};
use super::infer::selftest::{Outcome, selftest};
use super::infer::status::{Status, engines, status};
use super::job::Job;
use super::models::{AddOptions, Added, BUILT_IN, Models, PullOptions, Pulled, State};
use super::score::{bench, source};
use super::shelf::{Shelf, prompt_file};
use super::whole;

/// A scorer with weights, as the models page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelInfo {
    /// Its key.
    pub key: String,
    /// Title for people.
    pub label: String,
    /// What it measures and where it comes from.
    pub about: String,
    /// How it gets its values.
    pub kind: ScorerKind,
    /// What pictures it is meant for.
    pub field: Field,
    /// Licence of the weights.
    pub licence: String,
    /// Where its authors publish it.
    pub origin: String,
    /// The columns it fills; none for encoders.
    pub columns: Vec<ColumnSpec>,
    /// Keys of the encoders it feeds on.
    pub encoders: Vec<String>,
    /// Keys of the scorers whose columns it reads.
    pub sources: Vec<String>,
    /// Keys of what it builds on and is not here: a download gets them along.
    pub along: Vec<String>,
    /// Width and height of its input in pixels, for networks on pixels.
    pub input: Option<[u32; 2]>,
    /// The ways to have its weights.
    pub variants: Vec<VariantInfo>,
    /// What the user may choose.
    pub settings: Vec<SettingInfo>,
    /// Whether its weights are here.
    pub state: ModelState,
    /// Bytes of memory that it needs on its device, where that is much.
    pub memory: Option<u64>,
    /// How fast it was when it ran last.
    pub speed: Option<Speed>,
    /// Where it runs, as the user wrote it; none for every image.
    pub route: Option<String>,
}

/// One way to have the weights of a scorer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VariantInfo {
    /// Its name.
    pub name: String,
    /// How it differs from the others; may be empty.
    pub about: String,
    /// Size in bytes, where known.
    pub bytes: Option<u64>,
    /// Whether a pull knows where to look for all of it.
    pub obtainable: bool,
}

/// Whether the weights of a scorer are here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub enum ModelState {
    /// It can run.
    Ready {
        /// The variant in use.
        variant: String,
        /// Its files.
        files: Vec<PathBuf>,
        /// Their size in bytes.
        bytes: u64,
        /// Whether Bandpass put them there, and a removal deletes them.
        ours: bool,
    },
    /// Its own weights are here; what it builds on is not: the key to pull.
    Waiting {
        /// Key of what is missing.
        on: String,
    },
    /// Not here.
    Missing,
    /// A download that was cut.
    Partial {
        /// Bytes that are here.
        have: u64,
    },
    /// A file is gone or changed; with what to do.
    Broken {
        /// What is wrong.
        why: String,
    },
}

/// How fast a network was when it ran last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// Engine and device.
    pub placement: String,
    /// Pictures a second that the network took, decoding left out.
    pub per_second: f64,
}

impl Core {
    /// Every scorer with weights, ours first.
    pub fn models(&self) -> Vec<ModelInfo> {
        let shelf = self.shelf();
        let speeds = self.speeds();
        let info = |scorer: &std::sync::Arc<Scorer>| match &scorer.work {
            Work::Computed(_) => None,
            Work::Manifest(manifest) => {
                Some(info(&shelf, scorer, manifest, speeds.get(&manifest.key)))
            }
        };
        shelf.registry.scorers().iter().filter_map(info).collect()
    }

    /// Keys of what a pull of this scorer downloads: itself, and what it builds on and is not here.
    pub fn pull_keys(&self, key: &str) -> Result<Vec<String>, Problem> {
        downloads(&self.shelf(), key)
    }

    /// Downloads the weights of a scorer and of what it builds on ([`Core::pull_keys`]).
    ///
    /// Without an accepted licence the problem carries the licence. What was complete before a
    /// failure stays and is used.
    pub fn pull(
        &self,
        key: &str,
        options: &PullOptions,
        job: &Job,
    ) -> Result<Vec<Pulled>, Problem> {
        let keys = self.pull_keys(key)?;
        // Other work goes on with the state that it knows until this one is complete.
        let mut models = self.fresh_models();
        let mut pull = |next: &String| {
            let own = PullOptions {
                variant: options.variant.clone().filter(|_| next == key),
                ..options.clone()
            };
            models.pull(next, &own, job)
        };
        let pulled = keys.iter().map(&mut pull).collect();
        self.refresh_scorers()?;
        pulled
    }

    /// Puts a file that the user has to use, where it lies.
    pub fn add_model(
        &self,
        file: &Path,
        options: &AddOptions,
        job: &Job,
    ) -> Result<Added, Problem> {
        let mut models = self.fresh_models();
        let added = models.add(file, options, job)?;
        self.refresh_scorers()?;
        Ok(added)
    }

    /// Deletes the weights that Bandpass put there; the user's own files stay. Gives bytes freed.
    pub fn remove_model(&self, key: &str) -> Result<u64, Problem> {
        let freed = self.fresh_models().remove(key)?;
        self.refresh_scorers()?;
        Ok(freed)
    }

    /// Checks a manifest file: text, references, and the weights if they are there.
    pub fn check_manifest(&self, file: &Path) -> Result<String, Problem> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Problem::environment("can't read the manifest", error).at(file))?;
        let name = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let checked = self.shelf().models.check(name, &text)?;
        let weights = if checked.weights {
            "its weights fit"
        } else {
            "its weights are not here, and were not looked at"
        };
        Ok(format!("{} is right; {weights}", checked.manifest.key))
    }

    /// Writes the network of a scorer as an ONNX file, with its weights; gives its size.
    ///
    /// The file is replaced only through a temporary file and a rename. Above 2 GiB the weights go
    /// into a second file beside it, `OUT.data`.
    pub fn export_onnx(&self, key: &str, out: &Path) -> Result<u64, Problem> {
        let shelf = self.shelf();
        let installed = shelf.models.installed(key)?;
        source::export(&installed, out)
    }

    /// How fast the network of a scorer is: pictures a second on tensors alone, `seconds` long.
    pub fn bench_model(
        &self,
        key: &str,
        wishes: &Use,
        seconds: f64,
        job: &Job,
    ) -> Result<Vec<Speed>, Problem> {
        let shelf = self.shelf();
        let speeds = bench::bench(&shelf.models, self.backend(), key, wishes, seconds, job)?;
        if let Some(best) = speeds.first() {
            self.note_speed(key, best.clone());
        }
        Ok(speeds)
    }

    /// The prompts of a prompt scorer.
    pub fn prompts(&self, key: &str) -> Result<Vec<String>, Problem> {
        let shelf = self.shelf();
        let scorer = shelf.registry.get(key);
        let scorer = scorer.filter(|scorer| scorer.spec.kind == ScorerKind::Prompts);
        let columns =
            |s: &std::sync::Arc<Scorer>| s.spec.columns.iter().map(|c| c.label.clone()).collect();
        scorer
            .map(columns)
            .ok_or_else(|| Problem::usage(format!("'{key}' takes no prompts"), ""))
    }

    /// Keeps another list of prompts: its columns are computed anew from the kept vectors.
    pub fn set_prompts(&self, key: &str, text: &str) -> Result<usize, Problem> {
        let _choosing = self.choosing();
        self.prompts(key)?;
        let list = prompts::parse(text);
        if list.is_empty() {
            return Err(Problem::usage(
                "there is no prompt in the list",
                "write one a line",
            ));
        }
        let file = prompt_file(&self.places().config, key);
        write(&file, prompts::to_text(&list).as_bytes())?;
        self.refresh_scorers()?;
        Ok(list.len())
    }

    /// What networks can be run with here, the engine in use first. Loads the library that would be
    /// used.
    pub fn runtime_status(&self) -> Status {
        let mut status = status(self.onnxruntime().as_deref(), &self.places().data);
        // The engine that has run a network stays in use until the program ends.
        if self
            .backend_in_use()
            .is_some_and(|backend| !backend.has_onnx())
        {
            status.engines.reverse();
        }
        status
    }

    /// Installs an ONNX Runtime into the data folder.
    pub fn install_runtime(&self, flavour: Flavour, job: &Job) -> Result<Installed, Problem> {
        let progress = &job.progress;
        let told = std::cell::Cell::new((0, 0));
        let tell = |step: Step| {
            if let Step::Fetching { bytes, total, .. } = step {
                let (done, of) = told.replace((bytes, total.unwrap_or(bytes)));
                progress.add_total(total.unwrap_or(bytes).saturating_sub(of));
                progress.add_done(bytes.saturating_sub(done));
            }
        };
        let watch = Watch {
            token: &job.token,
            tell: &tell,
        };
        let installed = install(flavour, &self.places().data, &Http::default(), &watch);
        installed.map_err(|error| {
            Problem::environment("ONNX Runtime was not installed", error)
                .hint("any onnxruntime library will do: bandpass runtime use PATH")
        })
    }

    /// Runs a small known network on every device and compares.
    pub fn selftest(&self, job: &Job) -> Result<Vec<Outcome>, Problem> {
        let (engines, _) = engines(self.onnxruntime().as_deref(), &self.places().data);
        Ok(selftest(&engines, &job.token)?)
    }

    /// What was measured when networks ran last.
    fn speeds(&self) -> BTreeMap<String, Speed> {
        let text = std::fs::read_to_string(self.speeds_file()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Remembers how fast a network was. Not being able to is no harm.
    pub(crate) fn note_speed(&self, key: &str, speed: Speed) {
        let mut speeds = self.speeds();
        speeds.insert(key.to_owned(), speed);
        if let Ok(text) = serde_json::to_vec_pretty(&speeds) {
            write(&self.speeds_file(), &text).ok();
        }
    }

    fn speeds_file(&self) -> PathBuf {
        self.places().data.join("models").join("speeds.json")
    }

    fn fresh_models(&self) -> Models {
        let places = self.places();
        Models::open(BUILT_IN, &places.config, &places.data).0
    }
}

/// Writes a file of Bandpass' own.
pub(super) fn write(file: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let written = whole::replace(file, bytes);
    written.map_err(|error| Problem::environment("can't write the file", error).at(file))
}

fn info(shelf: &Shelf, scorer: &Scorer, manifest: &Manifest, speed: Option<&Speed>) -> ModelInfo {
    let owner = manifest.weights_of.as_deref().unwrap_or(&manifest.key);
    let weights = shelf
        .models
        .manifest(owner)
        .map(|owner| owner.weights.clone());
    let spec = &scorer.spec;
    ModelInfo {
        key: spec.key.clone(),
        label: spec.label.clone(),
        about: spec.about.clone(),
        kind: spec.kind,
        field: spec.field,
        licence: spec.licence.clone(),
        origin: manifest.origin.clone(),
        columns: spec.columns.clone(),
        encoders: manifest.encoders().into_iter().map(str::to_owned).collect(),
        sources: sources(shelf, manifest),
        along: along(shelf, &manifest.key),
        input: manifest.input.as_ref().map(|input| input.size),
        variants: weights.unwrap_or_default().iter().map(variant).collect(),
        settings: choices::infos(manifest),
        state: model_state(shelf, manifest),
        memory: manifest.needs.as_ref().map(|needs| needs.memory),
        speed: speed.cloned(),
        route: shelf.routes.of(&spec.key).map(|route| route.text.clone()),
    }
}

/// Keys of what a download of this scorer gets along with it.
fn along(shelf: &Shelf, key: &str) -> Vec<String> {
    let mut keys = downloads(shelf, key).unwrap_or_default();
    keys.retain(|along| along != key);
    keys
}

/// Keys of what a pull of this scorer downloads: itself, and what it builds on and is not here.
fn downloads(shelf: &Shelf, key: &str) -> Result<Vec<String>, Problem> {
    let mut keys = Vec::new();
    let mut open = vec![key.to_owned()];
    while let Some(next) = open.pop() {
        let manifest = shelf.models.manifest(&next)?;
        let here = next != key && shelf.models.installed(&next).is_ok();
        if here || keys.contains(&next) {
            continue;
        }
        open.extend(manifest.encoders().into_iter().map(str::to_owned));
        let columns = manifest.needed_columns();
        let sources = columns.filter_map(|column| shelf.registry.of_column(column));
        let by_manifest = sources.filter(|source| matches!(source.work, Work::Manifest(_)));
        open.extend(by_manifest.map(|source| source.spec.key.clone()));
        if manifest.kind != Kind::Prompts {
            keys.push(next);
        }
    }
    Ok(keys)
}

/// Keys of the scorers whose columns the scorer reads.
fn sources(shelf: &Shelf, manifest: &Manifest) -> Vec<String> {
    let sources = manifest
        .needed_columns()
        .filter_map(|column| Some(shelf.registry.of_column(column)?.spec.key.clone()));
    sources.collect()
}

fn variant(variant: &Variant) -> VariantInfo {
    let bytes = variant.files.iter().map(|file| file.bytes);
    VariantInfo {
        name: variant.name.clone(),
        about: variant.about.clone(),
        bytes: bytes.sum(),
        obtainable: variant.files.iter().all(|file| !file.sources.is_empty()),
    }
}

fn model_state(shelf: &Shelf, manifest: &Manifest) -> ModelState {
    let own = (manifest.kind != Kind::Prompts).then(|| shelf.models.state(&manifest.key));
    let waiting = || -> Option<ModelState> {
        let on = shelf.waits_on(manifest)?;
        Some(ModelState::Waiting { on })
    };
    match own {
        Some(State::Missing { .. }) => ModelState::Missing,
        Some(State::Partial { have, .. }) => ModelState::Partial { have },
        Some(State::Broken(why)) => ModelState::Broken { why },
        Some(State::Ready(installed)) => waiting().unwrap_or_else(|| ModelState::Ready {
            variant: installed.variant().name.clone(),
            bytes: installed.files.iter().map(|file| file.bytes).sum(),
            ours: installed.files.iter().all(|file| file.ours),
            files: installed.files.into_iter().map(|file| file.path).collect(),
        }),
        None => waiting().unwrap_or(ModelState::Ready {
            variant: String::new(),
            files: Vec::new(),
            bytes: 0,
            ours: false,
        }),
    }
}
