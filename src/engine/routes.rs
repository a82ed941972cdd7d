//! The user's rules: a scorer runs only where a condition holds.
//!
//! They lie in `<config>/routes.toml`. A rule that can't be used is a visible notice and keeps
//! nothing out; one that is given now is refused instead.
//!
//! Must not know: how a run carries them out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Problem;
use crate::curation::condition::{columns_of, condition};
use crate::domain::query::Expr;
use crate::domain::score::{ColumnSpec, ScorerKind};
use crate::zoo::manifest::Manifest;
use crate::zoo::{Registry, Scorer, Work};

use super::core::Core;
use super::depot;
use super::score::with_needed;
use super::shelf::Shelf;

/// One rule as it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Route {
    /// As the user wrote it.
    pub text: String,
    /// What it says.
    pub condition: Expr,
}

/// The rules in force, by key of the scorer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Routes(BTreeMap<String, Route>);

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    #[serde(default)]
    route: Vec<SavedRoute>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedRoute {
    scorer: String,
    #[serde(rename = "where")]
    condition: String,
}

impl Routes {
    /// The rules below `config` that can be used, and what is wrong with the others.
    pub(crate) fn open(config: &Path, registry: &Registry) -> (Self, Vec<String>) {
        let saved = match Saved::read(&file(config)) {
            Ok(saved) => saved,
            Err(problem) => return (Self::default(), vec![problem.to_string()]),
        };
        let (mut routes, mut notices) = (Self::default(), Vec::new());
        for (at, rule) in saved.route.iter().enumerate() {
            let mut below = saved.route.iter().skip(at + 1);
            if below.any(|other| other.scorer == rule.scorer) {
                let key = &rule.scorer;
                notices.push(format!(
                    "routes.toml: a rule of '{key}' is left out, for another stands below it"
                ));
                continue;
            }
            let added = routes.add(&rule.scorer, &rule.condition, registry);
            notices.extend(added.err().map(|problem| {
                let key = &rule.scorer;
                format!("routes.toml: '{key}' runs on every image, for its rule can't be used: {problem}")
            }));
        }
        (routes, notices)
    }

    /// The rule of a scorer.
    pub(crate) fn of(&self, key: &str) -> Option<&Route> {
        self.0.get(key)
    }

    /// Keys of the columns that a scorer reads, or a rule that it obeys.
    pub(crate) fn needed_columns<'a>(
        &'a self,
        manifest: &'a Manifest,
    ) -> impl Iterator<Item = &'a str> {
        let keys = [manifest.key.as_str()]
            .into_iter()
            .chain(manifest.encoders());
        let rules = keys.filter_map(|key| self.of(key));
        let ruled = rules.flat_map(|route| columns_of(&route.condition));
        manifest.needed_columns().chain(ruled)
    }

    /// Where a scorer runs: its own rule, and those of all that it builds on; none for everywhere.
    pub(crate) fn condition(&self, registry: &Registry, scorer: &Scorer) -> Option<Expr> {
        let mut keys = vec![scorer.spec.key.as_str()];
        let mut at = 0;
        while let Some(key) = keys.get(at).copied() {
            let below = registry
                .get(key)
                .map_or_else(Vec::new, |s| builds_on(registry, s));
            for key in below {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            at += 1;
        }
        let conditions = keys
            .iter()
            .filter_map(|key| Some(self.of(key)?.condition.clone()));
        conditions.reduce(|a, b| Expr::And(Box::new(a), Box::new(b)))
    }

    /// Takes a rule in; fails where it can't be carried out.
    fn add(&mut self, key: &str, text: &str, registry: &Registry) -> Result<(), Problem> {
        let scorer = routable(key, registry)?;
        let columns: Vec<Arc<ColumnSpec>> = registry.columns().cloned().map(Arc::new).collect();
        let condition = condition(text, &columns)
            .map_err(|error| Problem::usage(format!("the rule of '{key}': {error}"), ""))?;
        let text = text.to_owned();
        let old = self.0.insert(key.to_owned(), Route { text, condition });
        let ordered = with_needed(registry, self, &[scorer]);
        if let Err(problem) = ordered {
            match old {
                Some(old) => self.0.insert(key.to_owned(), old),
                None => self.0.remove(key),
            };
            let why = format!("its condition needs '{key}' itself: {problem}");
            return Err(Problem::usage(
                format!("the rule of '{key}' goes in a circle"),
                why,
            ));
        }
        Ok(())
    }
}

impl Saved {
    fn read(file: &Path) -> Result<Self, Problem> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Problem::environment("can't read the rules", error).at(file)),
        };
        toml::from_str(&text).map_err(|error| {
            let why = error.to_string();
            Problem::usage("the rules are not understood", why.trim_end()).at(file)
        })
    }
}

/// Keys of what a scorer builds on.
fn builds_on<'a>(registry: &'a Registry, scorer: &'a Scorer) -> Vec<&'a str> {
    let Work::Manifest(manifest) = &scorer.work else {
        return Vec::new();
    };
    let sources = manifest
        .needed_columns()
        .filter_map(|column| registry.of_column(column));
    let mut keys: Vec<&str> = sources.map(|source| source.spec.key.as_str()).collect();
    keys.extend(manifest.encoders());
    keys
}

/// That a rule was refused for a column which is there, and which no scorer fills.
fn foreign_column(text: &str, shelf: &Shelf) -> Option<Problem> {
    let scored = shelf.registry.columns().cloned();
    let shown = shelf.specs().into_iter().flat_map(|spec| spec.columns);
    let columns: Vec<_> = scored.chain(shown).map(Arc::new).collect();
    let condition = condition(text, &columns).ok()?;
    let mut read = columns_of(&condition).into_iter();
    let foreign = read.find(|column| shelf.registry.of_column(column).is_none())?;
    let why = "it is imported or composite, and rules read the columns of scorers only";
    Some(Problem::usage(
        format!("a rule can't read '{foreign}'"),
        why,
    ))
}

/// The scorer of that key.
fn known(key: &str, registry: &Registry) -> Result<Arc<Scorer>, Problem> {
    let found = registry.resolve(&[key.to_owned()]);
    let found = found.map_err(|error| Problem::usage(error.to_string(), ""))?;
    let none = || Problem::internal("a scorer was not found", key);
    found.into_iter().next().ok_or_else(none)
}

/// The scorer of that key, if a rule can keep it out.
fn routable(key: &str, registry: &Registry) -> Result<Arc<Scorer>, Problem> {
    let scorer = known(key, registry)?;
    let network = |scorer: &Arc<Scorer>| {
        use ScorerKind::{Encoder, Head, Network, Prompts};
        matches!(scorer.spec.kind, Encoder | Head | Network | Prompts)
    };
    Some(scorer).filter(network).ok_or_else(|| {
        let what = format!("'{key}' takes no rule");
        Problem::usage(what, "it is no network, and runs on every image")
    })
}

fn file(config: &Path) -> PathBuf {
    config.join("routes.toml")
}

impl Core {
    /// The rules in force: key of the scorer, and where it runs.
    pub fn routes(&self) -> Vec<(String, String)> {
        let shelf = self.shelf();
        let rules = shelf.routes.0.iter();
        rules
            .map(|(key, route)| (key.clone(), route.text.clone()))
            .collect()
    }

    /// The rule of a scorer; none where it runs on every image. Fails at an unknown key.
    pub fn route(&self, key: &str) -> Result<Option<String>, Problem> {
        let shelf = self.shelf();
        known(key, &shelf.registry)?;
        Ok(shelf.routes.of(key).map(|route| route.text.clone()))
    }

    /// Lets a scorer run only where the condition holds; on every image for none.
    ///
    /// Values that are there already stay. A rule that can't be carried out is refused.
    pub fn set_route(&self, key: &str, condition: Option<&str>) -> Result<(), Problem> {
        let _choosing = self.choosing();
        let shelf = self.shelf();
        let path = file(&self.places().config);
        let mut saved = Saved::read(&path)?;
        let known = saved.route.iter().any(|rule| rule.scorer == key);
        saved.route.retain(|rule| rule.scorer != key);
        if let Some(condition) = condition {
            let mut routes = shelf.routes.clone();
            let added = routes.add(key, condition, &shelf.registry);
            added.map_err(|problem| foreign_column(condition, &shelf).unwrap_or(problem))?;
            saved.route.push(SavedRoute {
                scorer: key.to_owned(),
                condition: condition.to_owned(),
            });
        } else if !known {
            routable(key, &shelf.registry)?;
        }
        let text = toml::to_string_pretty(&saved)
            .map_err(|error| Problem::internal("can't write the rules", error))?;
        depot::write(&path, text.as_bytes())?;
        self.refresh_scorers()
    }
}
