//! Sorts as text: `focus_measure:desc,name`.
//!
//! Must not know: catalogs or rows.

use std::sync::Arc;

use crate::domain::query::{SortBy, SortKey};
use crate::domain::score::ColumnSpec;

use super::{Fault, ParseError, did_you_mean};

const BUILT_IN: [(&str, SortBy); 8] = [
    ("name", SortBy::Name),
    ("path", SortBy::Path),
    ("date", SortBy::Date),
    ("mtime", SortBy::Date),
    ("modified", SortBy::Date),
    ("size", SortBy::Size),
    ("stars", SortBy::Stars),
    ("rating", SortBy::Stars),
];

/// Whether a lower-case word names what every image has.
pub(super) fn is_built_in(word: &str) -> bool {
    BUILT_IN.iter().any(|(known, _)| *known == word)
}

/// Reads sort keys: names or column keys with `:asc` (the default) or `:desc`, between commas.
///
/// An empty text is an empty sort. A column with the name of a built-in key can't be sorted by.
pub fn parse_sort(text: &str, columns: &[Arc<ColumnSpec>]) -> Result<Vec<SortKey>, ParseError> {
    let mut keys = Vec::new();
    if text.trim().is_empty() {
        return Ok(keys);
    }
    let mut at = 0;
    for part in text.split(',') {
        let lead = part.len() - part.trim_start().len();
        let key = key(part.trim(), at + lead, columns);
        keys.push(key.map_err(|fault| fault.in_text(text))?);
        at += part.len() + 1;
    }
    Ok(keys)
}

fn key(part: &str, at: usize, columns: &[Arc<ColumnSpec>]) -> Result<SortKey, Fault> {
    let (name, direction) = part.rsplit_once(':').unwrap_or((part, "asc"));
    let name = name.trim();
    if name.is_empty() {
        return Err(
            Fault::new(at, "a sort key is missing").hint("for example focus_measure:desc,name")
        );
    }
    let descending = match direction.trim().to_lowercase().as_str() {
        "asc" => false,
        "desc" => true,
        _ => {
            let place = at + part.len() - direction.len();
            return Err(
                Fault::new(place, format!("\"{direction}\" is no direction"))
                    .hint("write :asc or :desc"),
            );
        }
    };
    let lower = name.to_lowercase();
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == lower);
    let by = match built_in {
        Some((_, by)) => by.clone(),
        None => SortBy::Column(column(name, at, columns)?),
    };
    Ok(SortKey { by, descending })
}

fn column(name: &str, at: usize, columns: &[Arc<ColumnSpec>]) -> Result<String, Fault> {
    let keys = || columns.iter().map(|spec| spec.key.as_str());
    let found = keys()
        .find(|key| *key == name)
        .or_else(|| keys().find(|key| key.eq_ignore_ascii_case(name)));
    found.map(str::to_owned).ok_or_else(|| {
        let known = BUILT_IN.iter().map(|(known, _)| *known);
        Fault::new(at, format!("there is no column \"{name}\""))
            .hint(did_you_mean(name, keys().chain(known)))
    })
}

/// The sort as text; parsing it gives the same sort.
pub fn sort_to_text(sort: &[SortKey]) -> String {
    let key = |key: &SortKey| {
        let by = match &key.by {
            SortBy::Column(column) => column,
            SortBy::Name => "name",
            SortBy::Path => "path",
            SortBy::Date => "date",
            SortBy::Size => "size",
            SortBy::Stars => "stars",
        };
        format!("{by}:{}", if key.descending { "desc" } else { "asc" })
    };
    sort.iter().map(key).collect::<Vec<_>>().join(",")
}
