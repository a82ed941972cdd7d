//! Which scorers there are.
//!
//! Must not know: what any of them computes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Computed;
use super::computed::{
    basics::Basics,
    cv2_metrics::{Cv2Metrics, Cv2MetricsRgb},
    phash::Phash,
};
use super::manifest::{Column, Kind, Manifest};
use super::prompts;
use crate::domain::score::{ColumnSpec, ScorerKind, ScorerSpec};

/// The scorers that come with Bandpass, in the order in which people see them.
pub const BUILT_IN: &[fn() -> Arc<dyn Computed>] = &[
    || Arc::new(Cv2Metrics::new()),
    || Arc::new(Basics::new()),
    || Arc::new(Phash::new()),
];

/// Scorers that come with Bandpass and run only when they are asked for.
pub const ON_REQUEST: &[fn() -> Arc<dyn Computed>] = &[|| Arc::new(Cv2MetricsRgb::new())];

/// A name that no scorer bears.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no scorer '{name}'{}", suggestion(.nearest.as_deref()))]
pub struct UnknownScorer {
    /// What was asked for.
    pub name: String,
    /// The most similar key, if one is similar enough to be meant.
    pub nearest: Option<String>,
}

impl UnknownScorer {
    /// With the most similar of the keys that there are.
    pub fn among<'a>(name: &str, keys: impl Iterator<Item = &'a str>) -> Self {
        let wanted = name.to_lowercase();
        let nearest = keys
            .map(|key| (edits(&wanted, key), key))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, key)| *distance <= key.chars().count().div_ceil(3))
            .map(|(_, key)| key.to_owned());
        Self {
            name: name.to_owned(),
            nearest,
        }
    }
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |key| format!("; did you mean '{key}'?"))
}

/// A scorer and how it works.
#[derive(Clone)]
pub struct Scorer {
    /// What it is and which columns it fills.
    pub spec: ScorerSpec,
    /// How it works.
    pub work: Work,
    /// Whether it runs only when it is named.
    pub on_request: bool,
}

/// How a scorer works.
#[derive(Clone)]
pub enum Work {
    /// Our own code on pixels.
    Computed(Arc<dyn Computed>),
    /// As its manifest says.
    Manifest(Arc<Manifest>),
}

impl std::fmt::Debug for Scorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scorer")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Computed(_) => "Computed",
            Self::Manifest(_) => "Manifest",
        })
    }
}

/// The scorers of one run of the program, in a fixed order.
#[derive(Clone)]
pub struct Registry {
    scorers: Vec<Arc<Scorer>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.specs().map(|spec| &spec.key))
            .finish()
    }
}

impl Registry {
    /// All of [`BUILT_IN`] and [`ON_REQUEST`].
    pub fn built_in() -> Self {
        let scorer = |make: &fn() -> Arc<dyn Computed>, on_request: bool| {
            let computed = make();
            Arc::new(Scorer {
                spec: computed.spec().clone(),
                work: Work::Computed(computed),
                on_request,
            })
        };
        let usual = BUILT_IN.iter().map(|make| scorer(make, false));
        let more = ON_REQUEST.iter().map(|make| scorer(make, true));
        Self {
            scorers: usual.chain(more).collect(),
        }
    }

    /// The same with a scorer for each manifest, whose version is given beside it, in order.
    ///
    /// `prompts` are the user's texts by key of their scorer; the manifest's own where none are.
    /// A key or column that is taken already is left out and told.
    #[must_use]
    pub fn with_manifests(
        mut self,
        manifests: &[(Arc<Manifest>, String)],
        prompts: &BTreeMap<String, Vec<String>>,
    ) -> (Self, Vec<String>) {
        let mut notices = Vec::new();
        for (manifest, version) in manifests {
            let texts = prompts.get(&manifest.key).map(Vec::as_slice);
            let scorer = of_manifest(manifest, version, texts);
            match self.taken(&scorer.spec) {
                Some(name) => notices.push(format!(
                    "the scorer '{}' is left out: another scorer is called '{name}'",
                    manifest.key
                )),
                None => self.scorers.push(Arc::new(scorer)),
            }
        }
        (self, notices)
    }

    fn taken(&self, new: &ScorerSpec) -> Option<String> {
        if self.get(&new.key).is_some() {
            return Some(new.key.clone());
        }
        let is_known = |key: &String| self.columns().any(|column| column.key == *key);
        let mut keys = new.columns.iter().map(|column| &column.key);
        keys.find(|key| is_known(key)).cloned()
    }

    /// The scorer of that key.
    pub fn get(&self, key: &str) -> Option<&Arc<Scorer>> {
        self.scorers.iter().find(|scorer| scorer.spec.key == key)
    }

    /// The scorer that fills that column.
    pub fn of_column(&self, key: &str) -> Option<&Arc<Scorer>> {
        let fills = |scorer: &&Arc<Scorer>| scorer.spec.columns.iter().any(|c| c.key == key);
        self.scorers.iter().find(fills)
    }

    /// All scorers, in order.
    pub fn scorers(&self) -> &[Arc<Scorer>] {
        &self.scorers
    }

    /// What each scorer is, in order.
    pub fn specs(&self) -> impl Iterator<Item = &ScorerSpec> {
        self.scorers.iter().map(|scorer| &scorer.spec)
    }

    /// Every column of every scorer, in order.
    pub fn columns(&self) -> impl Iterator<Item = &ColumnSpec> {
        self.specs().flat_map(|spec| &spec.columns)
    }

    /// The scorers of these keys, each once, in the order asked for; fails at the first unknown one.
    pub fn resolve(&self, keys: &[String]) -> Result<Vec<Arc<Scorer>>, UnknownScorer> {
        let mut found: Vec<Arc<Scorer>> = Vec::with_capacity(keys.len());
        for key in keys {
            let scorer = self.get(key).ok_or_else(|| self.unknown(key))?;
            if !found.iter().any(|known| known.spec.key == *key) {
                found.push(Arc::clone(scorer));
            }
        }
        Ok(found)
    }

    fn unknown(&self, name: &str) -> UnknownScorer {
        UnknownScorer::among(name, self.specs().map(|spec| spec.key.as_str()))
    }
}

fn of_manifest(manifest: &Arc<Manifest>, version: &str, texts: Option<&[String]>) -> Scorer {
    let mut version = version.to_owned();
    let mut columns: Vec<ColumnSpec> = manifest.columns.iter().map(Column::spec).collect();
    if let Some(list) = &manifest.prompts {
        let texts = texts.unwrap_or(&list.texts);
        columns = prompts::columns(&manifest.key, texts, list.scale);
        version = prompts::version(&version, texts);
    }
    let kind = match manifest.kind {
        Kind::Encoder => ScorerKind::Encoder,
        Kind::Network => ScorerKind::Network,
        Kind::Head => ScorerKind::Head,
        Kind::Prompts => ScorerKind::Prompts,
        Kind::Computed => ScorerKind::Computed,
    };
    Scorer {
        spec: ScorerSpec {
            key: manifest.key.clone(),
            label: manifest.label.clone(),
            about: manifest.about.clone(),
            kind,
            field: manifest.field,
            licence: manifest.licence.clone(),
            version,
            columns,
            signature: None,
        },
        work: Work::Manifest(Arc::clone(manifest)),
        on_request: false,
    }
}

/// Levenshtein distance in characters.
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::picture::{Orientation, Picture, Rgb};

    fn names(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[test]
    fn keys_are_unique_among_scorers_and_columns() {
        let registry = Registry::built_in();
        let scorers: Vec<_> = registry.specs().map(|s| &s.key).collect();
        let columns: Vec<_> = registry.columns().map(|c| &c.key).collect();
        assert_eq!(scorers.iter().collect::<HashSet<_>>().len(), scorers.len());
        assert_eq!(columns.iter().collect::<HashSet<_>>().len(), columns.len());
    }

    #[test]
    fn every_column_says_what_it_is() {
        for column in Registry::built_in().columns() {
            assert!(!column.label.is_empty(), "{} has no label", column.key);
            assert!(
                column.about.ends_with('.'),
                "{}: {}",
                column.key,
                column.about
            );
            assert!(
                column.range.0 < column.range.1,
                "{} has no range",
                column.key
            );
            for band in &column.bands {
                assert!(band.low < band.high, "{}: {}", column.key, band.meaning);
            }
        }
    }

    #[test]
    fn every_scorer_fills_all_its_columns() {
        let picture = Picture {
            rgb: Rgb {
                width: 5,
                height: 4,
                data: (0..60).collect(),
            },
            alpha: None,
            orientation: Orientation::Upright,
            format: "png",
            file_size: 123,
        };
        for scorer in BUILT_IN.iter().chain(ON_REQUEST).map(|make| make()) {
            let spec = scorer.spec();
            let scores = scorer.score(&picture).unwrap();
            assert_eq!(scores.values.len(), spec.columns.len(), "{}", spec.key);
            assert_eq!(
                scores.signature.is_some(),
                spec.signature.is_some(),
                "{}",
                spec.key
            );
            for (value, column) in scores.values.iter().zip(&spec.columns) {
                let (low, high) = column.range;
                assert!((low..=high).contains(value), "{} = {value}", column.key);
            }
        }
    }

    #[test]
    fn a_picture_that_lies_about_its_size_is_refused() {
        for (width, height, bytes) in [(2, 2, 11), (0, 4, 0), (2, 2, 13)] {
            let picture = Picture {
                rgb: Rgb {
                    width,
                    height,
                    data: vec![0; bytes],
                },
                alpha: None,
                orientation: Orientation::Upright,
                format: "png",
                file_size: 0,
            };
            for scorer in BUILT_IN.iter().chain(ON_REQUEST).map(|make| make()) {
                assert!(scorer.score(&picture).is_err(), "{}", scorer.spec().key);
            }
        }
    }

    #[test]
    fn resolve_keeps_the_order_asked_for_and_drops_repeats() {
        let registry = Registry::built_in();
        let found = registry
            .resolve(&names(&["phash", "basics", "phash"]))
            .unwrap();
        let keys: Vec<_> = found.iter().map(|s| s.spec.key.as_str()).collect();
        assert_eq!(keys, ["phash", "basics"]);
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        let registry = Registry::built_in();
        let cases = [
            ("cv2_metric", Some("cv2_metrics")),
            ("CV2-metrics", Some("cv2_metrics")),
            ("pash", Some("phash")),
            ("twitter_logfav", None),
        ];
        for (name, nearest) in cases {
            let error = registry.resolve(&names(&[name])).err().unwrap();
            assert_eq!(error.nearest.as_deref(), nearest, "{name}");
        }
        let error = registry.resolve(&names(&["pash"])).err().unwrap();
        assert_eq!(
            error.to_string(),
            "there is no scorer 'pash'; did you mean 'phash'?"
        );
    }

    #[test]
    fn edits_counts_insertions_removals_and_changes() {
        for (a, b, distance) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3)] {
            assert_eq!(edits(a, b), distance, "{a} → {b}");
        }
    }
}
