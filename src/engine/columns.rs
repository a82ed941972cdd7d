//! Composite columns: their definitions in `<config>/columns.toml`, read with tolerance.
//!
//! Must not know: how formulas are read and computed.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::Problem;
use crate::curation::Composites;
use crate::curation::formula::{self, Formula};
use crate::curation::parse::{self, ParseError};
use crate::domain::composite::Composite;
use crate::domain::score::ColumnSpec;

use super::core::Core;
use super::export;
use super::places::Places;
use super::settings::write_toml;

/// Composite columns of one library.
const MAX_COLUMNS: usize = 256;
/// Bytes of a formula.
const MAX_FORMULA: usize = 8192;

/// The file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Definitions {
    #[serde(default)]
    column: Vec<Composite>,
}

fn file(places: &Places) -> PathBuf {
    places.config.join("columns.toml")
}

/// The definitions as the file has them; an error in words where it can't be understood.
fn load(places: &Places) -> Result<Vec<Composite>, String> {
    let file = file(places);
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{error}: {}", file.display())),
    };
    let definitions: Result<Definitions, _> = toml::from_str(&text);
    let definitions =
        definitions.map_err(|error| format!("{}: {}", error.message(), file.display()))?;
    Ok(definitions.column)
}

/// The definitions, those of them that can be computed from these columns, and what the user
/// should know.
pub(super) fn read(
    places: &Places,
    columns: &[Arc<ColumnSpec>],
) -> (Vec<Composite>, Composites, Vec<String>) {
    match load(places) {
        Ok(mut definitions) => {
            let mut notices = Vec::new();
            if definitions.len() > MAX_COLUMNS {
                notices.push(format!(
                    "only the first {MAX_COLUMNS} composite columns are used"
                ));
                definitions.truncate(MAX_COLUMNS);
            }
            let (composites, more) = Composites::new(&definitions, columns);
            notices.extend(more);
            (definitions, composites, notices)
        }
        Err(why) => {
            let notice = format!("composite columns not read: {why}");
            (Vec::new(), Composites::default(), vec![notice])
        }
    }
}

impl Core {
    /// Composite columns as they are defined, each with whether it can be computed.
    pub fn composites(&self) -> Vec<(Composite, bool)> {
        let shelf = self.shelf();
        let works = |composite: &Composite| {
            let mut specs = shelf.composites.specs();
            specs.any(|spec| spec.key == composite.key)
        };
        let all = shelf.definitions.iter();
        all.map(|composite| (composite.clone(), works(composite)))
            .collect()
    }

    /// What is wrong with a formula over the columns there are; for the column of that key, if it
    /// is there already.
    pub fn check_formula(&self, key: &str, formula: &str) -> Result<(), ParseError> {
        let columns: Vec<Arc<ColumnSpec>> = self
            .scorers()
            .into_iter()
            .flat_map(|spec| spec.columns)
            .filter(|column| column.key != key)
            .map(Arc::new)
            .collect();
        Formula::parse(formula, &columns).map(drop)
    }

    /// Keeps a composite column in the place of the one with its key. The library is to be read
    /// anew.
    pub fn set_composite(&self, composite: Composite) -> Result<(), Problem> {
        let cant = |why: &str| Problem::usage(format!("can't keep '{}'", composite.key), why);
        let key = composite.key.as_str();
        if !formula::is_word(key) || parse::is_reserved(key) || export::is_own(key) {
            return Err(cant("this can't be the key of a column")
                .hint("use letters, digits and _, and no word of the filter language"));
        }
        let _choosing = self.choosing();
        let mut all = load(self.places())
            .map_err(|why| Problem::environment("can't change the composite columns", why))?;
        let at = all.iter().position(|known| known.key == composite.key);
        let shelf = self.shelf();
        if at.is_none() && (shelf.has_column(key, "") || shelf.registry.get(key).is_some()) {
            return Err(cant("a column or scorer of this key is there already"));
        }
        if composite.formula.len() > MAX_FORMULA || at.is_none() && all.len() == MAX_COLUMNS {
            return Err(cant("there is too much of it"));
        }
        self.check_formula(key, &composite.formula)
            .map_err(|error| Problem::usage(error.to_string(), ""))?;
        self.refuse_circle(&composite)?;
        match at.and_then(|at| all.get_mut(at)) {
            Some(known) => *known = composite,
            None => all.push(composite),
        }
        self.keep(all)
    }

    /// Fails where the column would build on itself through others.
    fn refuse_circle(&self, composite: &Composite) -> Result<(), Problem> {
        let mut all = self.shelf().definitions.clone();
        all.retain(|known| known.key != composite.key);
        all.push(composite.clone());
        let shelf = self.shelf();
        let stored = shelf.stored.iter().flat_map(|stored| &stored.spec.columns);
        let columns: Vec<_> = stored.cloned().map(Arc::new).collect();
        let (made, notices) = Composites::new(&all, &columns);
        if made.specs().any(|spec| spec.key == composite.key) {
            return Ok(());
        }
        let name = format!("'{}'", composite.key);
        let why = notices.iter().find(|notice| notice.contains(&name));
        let what = format!("can't keep {name}");
        Err(Problem::usage(what, why.map_or("", String::as_str)))
    }

    /// Forgets a composite column; gives the keys of those that were built on it.
    pub fn remove_composite(&self, key: &str) -> Result<Vec<String>, Problem> {
        let _choosing = self.choosing();
        let mut all = load(self.places())
            .map_err(|why| Problem::environment("can't change the composite columns", why))?;
        let before = all.len();
        all.retain(|known| known.key != key);
        if all.len() == before {
            return Err(
                Problem::usage(format!("there is no composite column '{key}'"), "")
                    .hint("see bandpass columns list"),
            );
        }
        let shelf = self.shelf();
        let built_on = shelf.composites.built_on(key).map(str::to_owned).collect();
        self.keep(all)?;
        Ok(built_on)
    }

    fn keep(&self, column: Vec<Composite>) -> Result<(), Problem> {
        let file = file(self.places());
        write_toml(&file, &Definitions { column }).map_err(|error| {
            Problem::environment("can't keep the composite columns", error).at(file)
        })?;
        self.refresh_scorers()
    }
}
