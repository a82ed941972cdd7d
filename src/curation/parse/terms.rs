//! What words mean: quantities, numbers with units, fields and their values.
//!
//! Must not know: operators, parentheses, precedence.

use std::sync::Arc;

use crate::domain::image::Stage;
use crate::domain::marks::Flag;
use crate::domain::query::{Cmp, Expr, Quantity, State, TextField};
use crate::domain::score::ColumnSpec;

use super::{Fault, did_you_mean};

/// Words that can't name a column without quotes.
pub(super) const KEYWORDS: [&str; 8] = [
    "and",
    "or",
    "not",
    "between",
    "pct",
    "percentile",
    "inf",
    "nan",
];

/// Fields of `field:value` terms.
const FIELDS: [&str; 8] = [
    "name", "path", "folder", "flag", "tag", "is", "failed", "has",
];

/// Bytes of a unit of file size, by its name in lower case.
const BYTE_UNITS: [(&str, f64); 10] = [
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
    ("b", 1.0),
    ("bytes", 1.0),
];

/// What stands behind a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unit {
    None,
    Percent,
    /// Of file size; the number is in bytes already.
    Bytes,
    Pixels,
    /// `16:9`, already divided.
    Ratio,
}

/// A number as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub(super) value: f64,
    pub(super) unit: Unit,
}

/// The quantity that every image has, by its name in lower case.
pub(super) fn built_in(name: &str) -> Option<Quantity> {
    match name {
        "stars" | "rating" => Some(Quantity::Stars),
        "size" => Some(Quantity::Size),
        "width" => Some(Quantity::Width),
        "height" => Some(Quantity::Height),
        "aspect" => Some(Quantity::Aspect),
        _ => None,
    }
}

/// The column with that key, exactly or ignoring case.
pub(in crate::curation) fn column(name: &str, columns: &[Arc<ColumnSpec>]) -> Option<String> {
    let same = columns.iter().find(|spec| spec.key == name);
    let found = same.or_else(|| {
        columns
            .iter()
            .find(|spec| spec.key.eq_ignore_ascii_case(name))
    });
    found.map(|spec| spec.key.clone())
}

/// The column with that key, or why not.
pub(super) fn known_column(
    name: &str,
    at: usize,
    columns: &[Arc<ColumnSpec>],
) -> Result<String, Fault> {
    column(name, columns).ok_or_else(|| {
        let keys = columns.iter().map(|spec| spec.key.as_str());
        let others = ["stars", "size", "width", "height", "aspect"];
        Fault::new(at, format!("there is no column \"{name}\""))
            .hint(did_you_mean(name, keys.chain(others)))
    })
}

/// The quantity a bare word names; a column called `rating` wins over the stars.
pub(super) fn quantity(word: &str, columns: &[Arc<ColumnSpec>]) -> Option<Quantity> {
    let lower = word.to_lowercase();
    if KEYWORDS.contains(&lower.as_str()) {
        return None;
    }
    let score = || column(word, columns).map(Quantity::Column);
    if lower == "rating" {
        return score().or(Some(Quantity::Stars));
    }
    built_in(&lower).or_else(score)
}

/// The number a word is, with its unit.
pub(super) fn number(word: &str) -> Option<Number> {
    let body = word.strip_prefix(['-', '+']).unwrap_or(word);
    let numeric = body.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !numeric && !body.eq_ignore_ascii_case("inf") {
        return None;
    }
    if let Ok(value) = word.parse() {
        let unit = Unit::None;
        return Some(Number { value, unit });
    }
    if let Some((wide, high)) = word.split_once(':') {
        let (wide, high): (f64, f64) = (wide.parse().ok()?, high.parse().ok()?);
        let (value, unit) = (wide / high, Unit::Ratio);
        return value.is_finite().then_some(Number { value, unit });
    }
    let digits = word.rfind(|c: char| c.is_ascii_digit() || c == '.')? + 1;
    let (value, suffix) = (word[..digits].parse::<f64>().ok()?, &word[digits..]);
    let (value, unit) = match suffix.to_lowercase().as_str() {
        "%" => (value, Unit::Percent),
        "px" => (value, Unit::Pixels),
        suffix => (value * byte_unit(suffix)?, Unit::Bytes),
    };
    Some(Number { value, unit })
}

/// Bytes of a unit of file size: powers of 1000 for `kB`, of 1024 for `KiB`.
pub(super) fn byte_unit(word: &str) -> Option<f64> {
    let lower = word.to_lowercase();
    let known = BYTE_UNITS.iter().find(|(name, _)| *name == lower);
    known.map(|(_, bytes)| *bytes)
}

/// The comparison of a quantity with a number whose unit must fit.
pub(super) fn comparison(
    quantity: Quantity,
    cmp: Cmp,
    number: Number,
    at: usize,
) -> Result<Expr, Fault> {
    let quantity = match (number.unit, quantity) {
        (Unit::None, quantity)
        | (Unit::Bytes, quantity @ Quantity::Size)
        | (Unit::Pixels, quantity @ (Quantity::Width | Quantity::Height))
        | (Unit::Ratio, quantity @ Quantity::Aspect) => quantity,
        (Unit::Percent, Quantity::Column(key) | Quantity::Percentile(key)) => {
            Quantity::Percentile(key)
        }
        (unit, _) => {
            let only = match unit {
                Unit::Percent => "a percentile needs a score column",
                Unit::Bytes => "this unit is for size only",
                Unit::Pixels => "px is for width and height only",
                Unit::Ratio | Unit::None => "a ratio is for aspect only",
            };
            return Err(Fault::new(at, only));
        }
    };
    Ok(Expr::Compare(quantity, cmp, number.value))
}

/// The expression of a `field:value` term; `at` is the field's place, `value_at` the value's.
pub(super) fn field(
    (name, at): (&str, usize),
    (value, value_at): (&str, usize),
    columns: &[Arc<ColumnSpec>],
) -> Result<Expr, Fault> {
    let text = |field| Ok(Expr::Text(field, value.to_owned()));
    match name.to_lowercase().as_str() {
        "name" | "file" => text(TextField::Name),
        "path" => text(TextField::Path),
        "folder" | "dir" => text(TextField::Folder),
        "tag" | "tags" => Ok(Expr::Tag(value.to_owned())),
        "flag" => flag(value, value_at),
        "is" => state(value, value_at),
        "failed" => failed(value, value_at),
        "has" => known_column(value, value_at, columns).map(Expr::Has),
        _ => {
            let hint = match quantity(name, columns) {
                Some(_) => format!("to compare it, write for example {name} >= 1"),
                None => did_you_mean(name, FIELDS.into_iter()),
            };
            let hint = if hint.is_empty() {
                "to look for it in names, put the text in \"quotes\"".to_owned()
            } else {
                hint
            };
            Err(Fault::new(at, format!("there is no field \"{name}\"")).hint(hint))
        }
    }
}

fn flag(value: &str, at: usize) -> Result<Expr, Fault> {
    let lower = value.to_lowercase();
    let name = match lower.as_str() {
        "picked" => "pick",
        "rejected" => "reject",
        other => other,
    };
    Flag::parse(name).map(Expr::Flag).ok_or_else(|| {
        Fault::new(at, format!("\"{value}\" is no flag")).hint("write pick, reject or none")
    })
}

fn state(value: &str, at: usize) -> Result<Expr, Fault> {
    let state = match value.to_lowercase().as_str() {
        "unscored" => State::Unscored,
        "scored" => State::Scored,
        "failed" => State::Failed,
        "offline" => State::Offline,
        _ => {
            return Err(Fault::new(at, format!("\"{value}\" is no state"))
                .hint("write scored, unscored, failed or offline"));
        }
    };
    Ok(Expr::Is(state))
}

fn failed(value: &str, at: usize) -> Result<Expr, Fault> {
    let stage = Stage::parse(&value.to_lowercase()).map(State::FailedAt);
    stage.map(Expr::Is).ok_or_else(|| {
        Fault::new(at, format!("\"{value}\" is no stage")).hint("write read, decode or score")
    })
}
