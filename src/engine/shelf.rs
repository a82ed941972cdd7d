//! The scorers of this moment: built in, and by manifest with the weights at hand; and the columns
//! beside them, imported and composite.
//!
//! Must not know: how a scorer computes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::base::Problem;
use crate::curation::Composites;
use crate::domain::composite::Composite;
use crate::domain::import::{Import, ImportedColumn};
use crate::domain::score::{ColumnSpec, Field, ScorerKind, ScorerSpec};
use crate::store::{ScorerId, Store};
use crate::zoo::manifest::{Kind, Manifest};
use crate::zoo::{Registry, Scorer, Work, prompts};

use super::columns;
use super::models::{BUILT_IN, Models};
use super::places::Places;
use super::routes::Routes;
use super::score::{Running, with_needed};

/// Scorers, their places in the database, and their model files.
pub(crate) struct Shelf {
    /// Manifests and weights.
    pub models: Models,
    /// Every scorer there is.
    pub registry: Registry,
    /// The user's rules.
    pub routes: Routes,
    /// Those whose columns the catalog has, in its order: built in, ready to run, or with scores.
    pub running: Vec<Running>,
    /// Those that are ready and have no columns in the catalog yet, for nobody has asked for them.
    hidden: Vec<Running>,
    /// What has its values in the database, in the order of the catalog's columns: the running
    /// scorers and the imports.
    pub stored: Vec<Stored>,
    /// What was imported.
    pub imports: Vec<Import>,
    /// Composite columns as they are defined, the broken ones among them.
    pub definitions: Vec<Composite>,
    /// Those that can be computed.
    pub composites: Arc<Composites>,
    /// What the user should know: manifests not understood, names taken twice.
    pub notices: Vec<String>,
}

/// Columns whose values lie in the database.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// Where.
    pub id: ScorerId,
    /// Whose they are.
    pub spec: ScorerSpec,
    /// Their keys, in order.
    pub columns: Arc<[Arc<str>]>,
}

impl Stored {
    fn new(id: ScorerId, spec: ScorerSpec) -> Self {
        let keys = spec.columns.iter().map(|column| column.key.as_str().into());
        Self {
            id,
            columns: keys.collect(),
            spec,
        }
    }
}

impl Shelf {
    /// Reads the manifests and looks which weights are there.
    pub(crate) fn open(store: &Store, places: &Places) -> Result<Self, Problem> {
        let Stock {
            models,
            registry,
            routes,
            mut notices,
        } = read(places);
        let stock = (&models, &registry, &routes);
        let (mut running, mut hidden) = (Vec::new(), Vec::new());
        let ids = store.scorer_ids(&names(&registry))?;
        for (scorer, id) in registry.scorers().iter().zip(ids) {
            let ready = is_ready(stock, scorer);
            let shown = ready && !scorer.on_request || store.has_scores(id)?;
            let place = Running {
                id,
                scorer: Arc::clone(scorer),
                columns: scorer
                    .spec
                    .columns
                    .iter()
                    .map(|c| c.key.as_str().into())
                    .collect(),
                shown,
                only: routes.condition(&registry, scorer),
            };
            if shown {
                running.push(place);
            } else if ready {
                hidden.push(place);
            }
        }
        let scorers = running.iter();
        let mut stored: Vec<Stored> = scorers
            .map(|running| Stored::new(running.id, running.scorer.spec.clone()))
            .collect();
        let mut imports = Vec::new();
        for (id, import) in store.imports()? {
            stored.push(Stored::new(id, import_spec(&import, &registry)));
            imports.push(import);
        }
        let known = columns_of(stored.iter().map(|stored| &stored.spec));
        let (definitions, composites, more) = columns::read(places, &known);
        notices.extend(more);
        Ok(Self {
            models,
            registry,
            routes,
            running,
            hidden,
            stored,
            imports,
            definitions,
            composites: Arc::new(composites),
            notices,
        })
    }

    /// Every scorer whose columns the catalog has, in their order.
    pub(crate) fn specs(&self) -> Vec<ScorerSpec> {
        let stored = self.stored.iter().map(|stored| stored.spec.clone());
        let composites = self.composites.specs();
        stored
            .chain(composites.map(|column| composite_spec(column)))
            .collect()
    }

    /// Number of the last columns that no scoring fills.
    pub(crate) fn n_imported(&self) -> usize {
        let imported = self.stored.iter().skip(self.running.len());
        imported.map(|stored| stored.columns.len()).sum()
    }

    /// Whether a column of that key is there or may come; those of the import of that name left out.
    pub(crate) fn has_column(&self, key: &str, but_import: &str) -> bool {
        let imports = self.stored.iter().skip(self.running.len());
        let others = imports.filter(|stored| stored.spec.key != but_import);
        let mut imported = others.flat_map(|stored| stored.columns.iter());
        self.registry.of_column(key).is_some()
            || imported.any(|column| **column == *key)
            || self.definitions.iter().any(|known| known.key == key)
    }

    /// The scorers with these keys and those that they build on, each after what it builds on; all
    /// that are ready for none. Fails at a key that is unknown or whose weights are not there.
    pub(crate) fn chosen(&self, keys: &[String]) -> Result<Vec<Running>, Problem> {
        let wanted: Vec<Arc<Scorer>> = if keys.is_empty() {
            let ready = |scorer: &&Arc<Scorer>| {
                let gives = !scorer.spec.columns.is_empty() || scorer.spec.signature.is_some();
                gives && !scorer.on_request && self.is_ready(scorer)
            };
            self.registry
                .scorers()
                .iter()
                .filter(ready)
                .cloned()
                .collect()
        } else {
            self.registry
                .resolve(keys)
                .map_err(|error| Problem::usage(error.to_string(), ""))?
        };
        let all = with_needed(&self.registry, &self.routes, &wanted)?;
        all.iter().map(|scorer| self.running_of(scorer)).collect()
    }

    /// Whether the weights of the scorer, and of all it builds on, are there.
    pub(crate) fn is_ready(&self, scorer: &Arc<Scorer>) -> bool {
        is_ready((&self.models, &self.registry, &self.routes), scorer)
    }

    /// What the scorer builds on and is not ready: the key to pull.
    pub(crate) fn waits_on(&self, manifest: &Manifest) -> Option<String> {
        let encoder = |key: &&str| self.models.installed(key).is_err();
        if let Some(key) = manifest.encoders().into_iter().find(encoder) {
            return Some(key.to_owned());
        }
        if let Some(prompts) = &manifest.prompts
            && !reads_texts(&self.models, &prompts.encoder)
        {
            return Some(format!("the text tower of {}", prompts.encoder));
        }
        let mut sources = self
            .routes
            .needed_columns(manifest)
            .filter_map(|column| self.registry.of_column(column));
        let waiting = |s: &&Arc<Scorer>| !self.is_ready(s);
        sources.find(waiting).map(|source| source.spec.key.clone())
    }

    fn running_of(&self, scorer: &Arc<Scorer>) -> Result<Running, Problem> {
        if let Work::Manifest(manifest) = &scorer.work
            && manifest.kind != Kind::Prompts
        {
            self.models.installed(&manifest.key)?;
        }
        let key = &scorer.spec.key;
        let mut all = self.running.iter().chain(&self.hidden);
        let found = all.find(|running| running.key() == key);
        found.cloned().ok_or_else(|| {
            // What it builds on is not there: say which.
            let missing = missing_encoder(&self.models, scorer);
            missing.unwrap_or_else(|| Problem::internal("a scorer has no place", key))
        })
    }
}

/// What is read from disk at once.
struct Stock {
    models: Models,
    registry: Registry,
    routes: Routes,
    notices: Vec<String>,
}

/// The manifests with the weights at hand, every scorer there is, the rules, and what the user
/// should know.
fn read(places: &Places) -> Stock {
    let (models, mut notices) = Models::open(BUILT_IN, &places.config, &places.data);
    let manifests: Vec<_> = models
        .manifests()
        .iter()
        .map(|manifest| (Arc::clone(manifest), models.version(&manifest.key)))
        .collect();
    let lists = prompt_lists(&places.config, &models);
    let (registry, more) = Registry::built_in().with_manifests(&manifests, &lists);
    notices.extend(more);
    let (routes, more) = Routes::open(&places.config, &registry);
    notices.extend(more);
    Stock {
        models,
        registry,
        routes,
        notices,
    }
}

/// Every scorer there is, with whether it can run now; opens no database.
pub fn all_scorers(places: &Places) -> Vec<(ScorerSpec, bool)> {
    let stock = read(places);
    let parts = (&stock.models, &stock.registry, &stock.routes);
    let scorers = stock.registry.scorers().iter();
    let mut all: Vec<(ScorerSpec, bool)> = scorers
        .map(|scorer| (scorer.spec.clone(), is_ready(parts, scorer)))
        .collect();
    // A database that can't be read is told by the commands that need it.
    let imports = Store::peek_imports(&places.data).unwrap_or_default();
    all.extend(
        imports
            .iter()
            .map(|import| (import_spec(import, &stock.registry), true)),
    );
    let known = columns_of(all.iter().map(|(spec, _)| spec));
    let (_, composites, _) = columns::read(places, &known);
    all.extend(
        composites
            .specs()
            .map(|column| (composite_spec(column), true)),
    );
    all
}

/// Every column of these scorers.
fn columns_of<'a>(specs: impl Iterator<Item = &'a ScorerSpec>) -> Vec<Arc<ColumnSpec>> {
    specs
        .flat_map(|spec| &spec.columns)
        .cloned()
        .map(Arc::new)
        .collect()
}

/// What an import is. A key that a scorer took since has the import's name before it.
fn import_spec(import: &Import, registry: &Registry) -> ScorerSpec {
    let file = import
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let column = |column: &ImportedColumn| {
        let taken = registry.of_column(&column.key).is_some();
        ColumnSpec {
            key: if taken {
                format!("{}.{}", import.name, column.key)
            } else {
                column.key.clone()
            },
            label: column.name.clone(),
            range: column.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY)),
            better: column.better,
            unit: String::new(),
            about: format!("{} of {file}", column.name),
            bands: Vec::new(),
            readable: None,
        }
    };
    ScorerSpec {
        about: format!("imported from {file}"),
        columns: import.columns.iter().map(column).collect(),
        ..bare_spec(&import.name, &import.name, ScorerKind::Imported)
    }
}

/// A composite column as a scorer of one column.
fn composite_spec(column: &ColumnSpec) -> ScorerSpec {
    ScorerSpec {
        about: column.about.clone(),
        columns: vec![column.clone()],
        ..bare_spec(&column.key, &column.label, ScorerKind::Composite)
    }
}

fn bare_spec(key: &str, label: &str, kind: ScorerKind) -> ScorerSpec {
    ScorerSpec {
        key: key.to_owned(),
        label: label.to_owned(),
        about: String::new(),
        kind,
        field: Field::General,
        licence: String::new(),
        version: String::new(),
        columns: Vec::new(),
        signature: None,
    }
}

/// Key, version and columns of each scorer, as the database knows them.
fn names(registry: &Registry) -> Vec<(String, String, String)> {
    let name = |spec: &ScorerSpec| {
        let columns: Vec<&str> = spec.columns.iter().map(|c| c.key.as_str()).collect();
        (spec.key.clone(), spec.version.clone(), columns.join(" "))
    };
    registry.specs().map(name).collect()
}

/// Whether the weights of the scorer, and of all it builds on, are there.
fn is_ready(stock: (&Models, &Registry, &Routes), scorer: &Arc<Scorer>) -> bool {
    let (models, registry, routes) = stock;
    let Work::Manifest(manifest) = &scorer.work else {
        return true;
    };
    let own = match &manifest.prompts {
        Some(prompts) => reads_texts(models, &prompts.encoder),
        None => models.installed(&manifest.key).is_ok(),
    };
    let encoders = || {
        manifest
            .encoders()
            .iter()
            .all(|key| models.installed(key).is_ok())
    };
    let columns = || {
        let source = |key: &str| registry.of_column(key);
        let ready = |key: &str| source(key).is_some_and(|s| is_ready(stock, s));
        routes.needed_columns(manifest).all(ready)
    };
    own && encoders() && columns()
}

/// Whether the weights of the encoder that are here have a text tower.
fn reads_texts(models: &Models, encoder: &str) -> bool {
    let installed = models.installed(encoder);
    installed.is_ok_and(|installed| installed.text().is_some())
}

fn missing_encoder(models: &Models, scorer: &Scorer) -> Option<Problem> {
    let Work::Manifest(manifest) = &scorer.work else {
        return None;
    };
    let mut encoders = manifest.encoders().into_iter();
    encoders.find_map(|key| models.installed(key).err())
}

/// The user's lists of prompts: `<config>/prompts/KEY.txt`, by key.
fn prompt_lists(config: &Path, models: &Models) -> BTreeMap<String, Vec<String>> {
    let manifests = models.manifests().iter();
    let of = manifests.filter(|manifest| manifest.prompts.is_some());
    of.filter_map(|manifest| {
        let text = std::fs::read_to_string(prompt_file(config, &manifest.key)).ok()?;
        let list = prompts::parse(&text);
        (!list.is_empty()).then(|| (manifest.key.clone(), list))
    })
    .collect()
}

/// Where the user's prompts of that scorer lie.
pub(crate) fn prompt_file(config: &Path, key: &str) -> std::path::PathBuf {
    config.join("prompts").join(format!("{key}.txt"))
}
