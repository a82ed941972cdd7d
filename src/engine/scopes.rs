//! Which images the columns of an opened library are meant for.
//!
//! Must not know: sorts, rules' texts, databases.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::catalog::Catalog;
use crate::domain::scope::{Said, Scope};
use crate::zoo::Work;

use super::score::Running;

/// Gives the columns their scopes and the rows their fields, as scorers and the user say.
pub(super) fn fill(catalog: &mut Catalog, scorers: &[Running], said: Said) {
    let of = scorers.iter().flat_map(scopes);
    let mut scopes: HashMap<Arc<str>, Scope> = of.collect();
    for column in &mut catalog.columns {
        let scope = scopes.remove(column.spec.key.as_str());
        column.scope = Arc::new(scope.unwrap_or_default());
    }
    catalog.said = Arc::new(said);
    catalog.tell_fields();
}

/// The scopes of a scorer's columns, by key.
fn scopes(running: &Running) -> impl Iterator<Item = (Arc<str>, Scope)> + '_ {
    let spec = &running.scorer.spec;
    let tells = |at: usize| match &running.scorer.work {
        Work::Manifest(manifest) => manifest.columns.get(at).and_then(|column| column.tells),
        Work::Computed(_) => None,
    };
    let scope = move |(at, key): (usize, &Arc<str>)| {
        let scope = Scope {
            field: spec.field,
            only: running.only.clone(),
            tells: tells(at),
            inputs: Vec::new(),
        };
        (Arc::clone(key), scope)
    };
    running.columns.iter().enumerate().map(scope)
}
