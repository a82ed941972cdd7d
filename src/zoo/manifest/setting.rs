//! What a user may choose about a scorer: named fields of its manifest with other values.
//!
//! A choice becomes part of the manifest before it is read, and is checked like any other text.
//!
//! Must not know: where choices are kept.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::check::{check_key, demand};
use super::{Manifest, ManifestError};

/// Tables whose fields can be set: none of them changes what columns there are.
const ADJUSTABLE: [&str; 3] = ["input", "output", "map"];

/// One setting of a scorer: a list of choices, or a number in one field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Name among the settings.
    pub name: String,
    /// Title for people.
    pub label: String,
    /// What it changes, in a sentence.
    pub about: String,
    /// What holds unless the user chooses: the name of a choice, or a number; it is what the
    /// manifest says.
    pub default: Value,
    /// The choices; none for a number.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// The field of a number, e.g. `output.lower`.
    pub field: Option<String>,
    /// Smallest and largest value of a number.
    pub range: Option<[f64; 2]>,
}

/// One choice of a setting.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Name among the choices.
    pub name: String,
    /// Title for people.
    pub label: String,
    /// The fields it sets, by their dotted names, e.g. `output.out_size`; those of its siblings.
    pub set: Table,
}

/// What the user chose, by the names of the settings.
pub type Chosen = BTreeMap<String, String>;

impl Setting {
    /// The default as the user would write it.
    pub fn default_text(&self) -> String {
        text_of(&self.default)
    }

    /// The fields and values of what the user chose; the error says what is expected.
    fn fields(&self, chosen: &str, manifest: &Table) -> Result<Vec<(&str, Value)>, String> {
        let Some(field) = &self.field else {
            let choice = self.choices.iter().find(|choice| choice.name == chosen);
            let choice = choice.ok_or_else(|| format!("must be {}", self.expected()))?;
            let fields = choice.set.iter();
            return Ok(fields
                .map(|(name, value)| (name.as_str(), value.clone()))
                .collect());
        };
        let wrong = || format!("must be {}", self.expected());
        let Ok(number) = chosen.trim().parse::<f64>() else {
            return Err(wrong());
        };
        let [low, high] = self.range.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        if !number.is_finite() || !(low..=high).contains(&number) {
            return Err(wrong());
        }
        let value = match get(manifest, field) {
            Some(Value::Integer(_)) if number.fract() == 0.0 => Value::Integer(number as i64),
            Some(Value::Integer(_)) => return Err("must be a whole number".to_owned()),
            _ => Value::Float(number),
        };
        Ok(vec![(field, value)])
    }

    /// The names of its choices, or the bounds of its number.
    fn expected(&self) -> String {
        let names: Vec<&str> = self.choices.iter().map(|c| c.name.as_str()).collect();
        match self.range {
            Some([low, high]) => format!("a number from {low} to {high}"),
            None => format!("one of {}", names.join(", ")),
        }
    }

    /// The dotted names of all fields that it can set.
    fn touched(&self) -> Vec<&str> {
        let sets = self.choices.iter().flat_map(|choice| choice.set.keys());
        self.field.iter().chain(sets).map(String::as_str).collect()
    }
}

impl Manifest {
    /// The manifest with what the user chose, and the defaults where nothing was; the error names
    /// the setting, or the field that can't be meant with it.
    pub fn adjusted(&self, chosen: &Chosen) -> Result<Self, ManifestError> {
        let fault = |field: &str, why: String| ManifestError::Value {
            field: field.to_owned(),
            why,
        };
        let known = |name: &&String| self.settings.iter().any(|setting| setting.name == **name);
        if let Some(name) = chosen.keys().find(|name| !known(name)) {
            return Err(fault(name, self.known_settings()));
        }
        let mut table = self.table();
        for setting in &self.settings {
            let value = chosen.get(&setting.name).cloned();
            let value = value.unwrap_or_else(|| setting.default_text());
            let fields = setting.fields(&value, &table);
            for (field, value) in fields.map_err(|why| fault(&setting.name, why))? {
                put(&mut table, field, value);
            }
        }
        let mut manifest = Self::read_text(&table.to_string())?;
        manifest.chosen.clone_from(chosen);
        Ok(manifest)
    }

    fn table(&self) -> Table {
        self.text.parse().unwrap_or_default()
    }

    fn known_settings(&self) -> String {
        let names: Vec<&str> = self.settings.iter().map(|s| s.name.as_str()).collect();
        match names.as_slice() {
            [] => "is no setting: this scorer has none".to_owned(),
            names => format!("is no setting; there are: {}", names.join(", ")),
        }
    }

    /// Whether every setting says what the manifest says, and every choice gives a manifest.
    pub(super) fn check_settings(&self) -> Result<(), ManifestError> {
        let table = self.table();
        for (i, setting) in self.settings.iter().enumerate() {
            let at = |name: &str| format!("settings[{i}].{name}");
            check_form(setting, &at)?;
            let before = &self.settings[..i];
            let repeated = before.iter().any(|other| other.name == setting.name);
            demand(!repeated, &at("name"), "is the name of an earlier setting")?;
            let shared = before.iter().any(|other| overlap(other, setting));
            demand(!shared, &at("name"), "sets a field of an earlier setting")?;
            check_default(setting, &table, &at)?;
        }
        for setting in &self.settings {
            for choice in &setting.choices {
                let chosen = [(setting.name.clone(), choice.name.clone())];
                self.adjusted(&Chosen::from(chosen))?;
            }
        }
        Ok(())
    }
}

fn check_form(setting: &Setting, at: &dyn Fn(&str) -> String) -> Result<(), ManifestError> {
    check_key(&at("name"), &setting.name)?;
    demand(!setting.label.trim().is_empty(), &at("label"), "is empty")?;
    demand(!setting.about.trim().is_empty(), &at("about"), "is empty")?;
    let ordered = |[low, high]: [f64; 2]| low.is_finite() && high.is_finite() && low < high;
    let number = setting.field.is_some() && setting.range.is_some_and(ordered);
    let list = setting.field.is_none() && setting.range.is_none();
    let one_form = match setting.choices.len() {
        0 => number,
        n => n >= 2 && list,
    };
    let why = "must be two at least, or `field` and `range` instead";
    demand(one_form, &at("choices"), why)?;
    for (k, choice) in setting.choices.iter().enumerate() {
        check_key(&at(&format!("choices[{k}].name")), &choice.name)?;
        let repeated = setting.choices[..k].iter().any(|c| c.name == choice.name);
        let same = setting.choices[0].set.keys().eq(choice.set.keys());
        let field = at(&format!("choices[{k}]"));
        demand(!repeated, &field, "has the name of an earlier choice")?;
        demand(same, &field, "must set the fields that its siblings set")?;
        demand(!choice.label.trim().is_empty(), &field, "has no label")?;
    }
    let adjustable = |field: &&str| {
        let table = field.split_once('.').map(|(table, _)| table);
        table.is_some_and(|table| ADJUSTABLE.contains(&table))
    };
    let touched = setting.touched();
    let why = "may only set fields of `input`, `output` and `map`";
    let adjustable = !touched.is_empty() && touched.iter().all(adjustable);
    let place = setting.field.as_ref().map_or("choices", |_| "field");
    demand(adjustable, &at(place), why)
}

/// The default must be what holds where nothing is chosen.
fn check_default(
    setting: &Setting,
    manifest: &Table,
    at: &dyn Fn(&str) -> String,
) -> Result<(), ManifestError> {
    let fault = |why: String| ManifestError::Value {
        field: at("default"),
        why,
    };
    let fields = setting
        .fields(&setting.default_text(), manifest)
        .map_err(fault)?;
    let differs = fields
        .iter()
        .find(|(field, value)| get(manifest, field) != Some(value));
    differs.map_or(Ok(()), |(field, _)| {
        Err(fault(format!(
            "differs from what the manifest says in `{field}`"
        )))
    })
}

/// Whether two settings set the same field, or one a field within the other's.
fn overlap(a: &Setting, b: &Setting) -> bool {
    let within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let (a, b) = (a.touched(), b.touched());
    a.iter()
        .any(|x| b.iter().any(|y| within(x, y) || within(y, x)))
}

/// The value of a field by its dotted name.
fn get<'a>(table: &'a Table, field: &str) -> Option<&'a Value> {
    let (first, rest) = field.split_once('.').unwrap_or((field, ""));
    let value = table.get(first)?;
    match rest {
        "" => Some(value),
        rest => get(value.as_table()?, rest),
    }
}

/// Sets a field by its dotted name; tables on the way are made.
fn put(table: &mut Table, field: &str, value: Value) {
    let Some((first, rest)) = field.split_once('.') else {
        table.insert(field.to_owned(), value);
        return;
    };
    let inner = table.entry(first).or_insert_with(|| Table::new().into());
    if let Some(inner) = inner.as_table_mut() {
        put(inner, rest, value);
    }
}

/// A value without quotes, as the user gives it.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
