//! Composite columns in a catalog: which can be computed, in which order, and when anew.
//!
//! Must not know: where their definitions are kept.

use std::sync::Arc;

use crate::domain::catalog::{Catalog, Column};
use crate::domain::composite::Composite;
use crate::domain::scope::Scope;
use crate::domain::score::ColumnSpec;

use super::facts::Facts;
use super::formula::{Formula, Input};
use super::parse::ParseError;
use super::stamp::Stamp;

/// Composite columns that were understood, each after those that it builds on.
#[derive(Debug, Clone, Default)]
pub struct Composites {
    parts: Vec<(Arc<ColumnSpec>, Formula)>,
}

impl Composites {
    /// Reads the definitions over these columns. What can't be computed is left out and told: its
    /// key is taken, it names a column that isn't there, or builds on itself.
    pub fn new(definitions: &[Composite], columns: &[Arc<ColumnSpec>]) -> (Self, Vec<String>) {
        let mut known = columns.to_vec();
        let mut made = Self::default();
        let mut notices = Vec::new();
        let mut waiting: Vec<&Composite> = Vec::new();
        for composite in definitions {
            if known
                .iter()
                .chain(made.specs())
                .any(|spec| spec.key == composite.key)
                || waiting.iter().any(|other| other.key == composite.key)
            {
                notices.push(left_out(composite, "another column has this key"));
            } else {
                waiting.push(composite);
            }
        }
        loop {
            let before = waiting.len();
            waiting.retain(
                |composite| match Formula::parse(&composite.formula, &known) {
                    Ok(formula) => {
                        let spec = Arc::new(spec(composite));
                        known.push(Arc::clone(&spec));
                        made.parts.push((spec, formula));
                        false
                    }
                    Err(_) => true,
                },
            );
            if waiting.len() == before {
                break;
            }
        }
        notices.extend(stuck(&waiting, &known));
        (made, notices)
    }

    /// What each column is, in order.
    pub fn specs(&self) -> impl Iterator<Item = &Arc<ColumnSpec>> {
        self.parts.iter().map(|(spec, _)| spec)
    }

    /// The columns whose formula reads this one.
    pub fn built_on<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let reading = self
            .parts
            .iter()
            .filter(move |(_, formula)| formula.reads(key));
        reading.map(|(spec, _)| spec.key.as_str())
    }

    /// Appends the columns to a catalog that has none of them, with their values.
    pub fn append(&self, catalog: &mut Catalog) {
        let empty = Arc::new(vec![f32::NAN; catalog.len()]);
        let columns = self.parts.iter().map(|(spec, formula)| Column {
            spec: Arc::clone(spec),
            values: Arc::clone(&empty),
            scope: Arc::new(scope(formula)),
        });
        catalog.columns.extend(columns);
        catalog.n_extra += self.parts.len();
        Composer::new(Arc::new(self.clone())).update(catalog);
    }
}

/// What a column of this definition is.
fn spec(composite: &Composite) -> ColumnSpec {
    let about = match composite.about.as_str() {
        "" => composite.formula.clone(),
        about => format!("{about} = {}", composite.formula),
    };
    ColumnSpec {
        key: composite.key.clone(),
        label: composite.title().to_owned(),
        range: (f64::NEG_INFINITY, f64::INFINITY),
        better: composite.better,
        unit: String::new(),
        about,
        bands: Vec::new(),
        readable: None,
    }
}

/// Its values say nothing where what they are computed from says nothing.
fn scope(formula: &Formula) -> Scope {
    let keys = formula.inputs().iter().map(|input| input.key().to_owned());
    Scope {
        inputs: keys.collect(),
        ..Scope::default()
    }
}

fn left_out(composite: &Composite, why: &str) -> String {
    format!(
        "the composite column '{}' is left out: {why}",
        composite.key
    )
}

/// Why those that remain can't be computed.
fn stuck(waiting: &[&Composite], known: &[Arc<ColumnSpec>]) -> Vec<String> {
    let mut all = known.to_vec();
    all.extend(waiting.iter().map(|composite| Arc::new(spec(composite))));
    let why = |composite: &&Composite| match Formula::parse(&composite.formula, &all) {
        Err(error) => left_out(composite, &one_line(&error)),
        Ok(_) => left_out(
            composite,
            "it builds on itself, or on a composite column that is left out",
        ),
    };
    waiting.iter().map(why).collect()
}

/// A parse error without its text and caret.
fn one_line(error: &ParseError) -> String {
    let before = error.text.get(..error.at).unwrap_or_default();
    let mut line = format!(
        "{} (character {})",
        error.message,
        before.chars().count() + 1
    );
    if !error.hint.is_empty() {
        line = format!("{line}; {}", error.hint);
    }
    line
}

/// Keeps the composite columns of a catalog that changes.
#[derive(Debug, Default)]
pub struct Composer {
    composites: Arc<Composites>,
    /// The arrays that each column was computed from.
    stamps: Vec<Option<Stamp>>,
    facts: Facts,
}

impl Composer {
    /// For a catalog that has these columns.
    pub fn new(composites: Arc<Composites>) -> Self {
        Self {
            stamps: composites.parts.iter().map(|_| None).collect(),
            composites,
            facts: Facts::default(),
        }
    }

    /// Computes the columns anew whose inputs changed since the last call, whole; whether any did.
    pub fn update(&mut self, catalog: &mut Catalog) -> bool {
        let mut changed = false;
        for (at, (spec, formula)) in self.composites.parts.iter().enumerate() {
            let inputs = stamp(formula, catalog);
            let Some(stamp) = self.stamps.get_mut(at) else {
                continue;
            };
            if stamp.as_ref() == Some(&inputs) {
                continue;
            }
            *stamp = Some(inputs);
            changed = true;
            let values = Arc::new(values(formula, catalog, &mut self.facts));
            let column = catalog.columns.iter_mut();
            if let Some(column) = column.rev().find(|column| column.spec.key == spec.key) {
                column.values = values;
            }
        }
        changed
    }
}

/// The arrays that a formula reads. The first grows with every row, as all arrays do.
fn stamp(formula: &Formula, catalog: &Catalog) -> Stamp {
    let mut stamp = Stamp::of(&catalog.files);
    for input in formula.inputs() {
        if let Some(column) = catalog.column(input.key()) {
            stamp.push(&column.values);
        }
        if matches!(input, Input::Percentiles(_)) {
            stamp.push(&catalog.status);
        }
    }
    stamp
}

fn values(formula: &Formula, catalog: &Catalog, facts: &mut Facts) -> Vec<f32> {
    let ranked = formula.inputs().iter().filter_map(|input| match input {
        Input::Percentiles(key) => catalog.column(key),
        Input::Values(_) => None,
    });
    facts.rank(catalog, &ranked.collect::<Vec<_>>());
    let array = |input: &Input| {
        let column = catalog.column(input.key());
        column.map_or_else(Arc::default, |column| match input {
            Input::Values(_) => Arc::clone(&column.values),
            Input::Percentiles(_) => facts.percentiles(catalog, column),
        })
    };
    let arrays: Vec<Arc<Vec<f32>>> = formula.inputs().iter().map(array).collect();
    let inputs: Vec<&[f32]> = arrays.iter().map(|array| array.as_slice()).collect();
    formula.values(&inputs, catalog.len())
}

#[cfg(test)]
mod tests;
