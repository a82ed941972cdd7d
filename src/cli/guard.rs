//! What the headless commands say of scores outside their scorer's field.

use crate::base::format;
use crate::curation::scope::{Outside, outside};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::query::{SortBy, ViewResult, ViewSpec};

use super::output::Output;

/// Tells where images outside a scorer's field went in a sorted list.
pub(super) fn tell_sorted(spec: &ViewSpec, result: &ViewResult, output: &mut Output) {
    if result.outside == 0 {
        return;
    }
    let columns = spec.sort.iter().filter_map(|key| match &key.by {
        SortBy::Column(column) => Some(column.as_str()),
        _ => None,
    });
    let columns = columns.collect::<Vec<_>>().join(", ");
    let images = format::count(result.outside as u64, "image");
    let what = match (spec.guard, spec.top.is_some()) {
        (false, _) => "sorted among the others",
        (true, false) => "put last; --no-guard sorts on all",
        (true, true) => "left out; --no-guard sorts on all",
    };
    output.message(&format!(
        "{images} outside what {columns} is meant for: {what}"
    ));
}

/// Warns of scores in a list that are outside what their scorer is meant for.
pub(super) fn tell_listed(catalog: &Catalog, rows: &[Row], output: &mut Output) {
    for (at, column) in catalog.columns.iter().enumerate() {
        let marked = rows.iter().filter_map(|row| outside(catalog, at, *row));
        let marked: Vec<Outside> = marked.collect();
        let mut tell = |of: Outside, why: &str| {
            let n = marked.iter().filter(|known| **known == of).count();
            if n > 0 {
                let scores = format::count(n as u64, "score");
                let key = &column.spec.key;
                output.message(&format!("{key}: {scores} {why}; see outside_field"));
            }
        };
        tell(Outside::Field, "of images outside its field");
        tell(Outside::Rule, "of images that its rule keeps out");
        tell(
            Outside::Input,
            "computed from others outside their field or rule",
        );
    }
}
