//! Whether what a manifest builds on is there.
//!
//! Must not know: files, weights.

use std::sync::Arc;

use crate::zoo::Registry;
use crate::zoo::manifest::{Kind, Manifest};

/// What is wrong with a manifest among all others, itself included; none if nothing.
pub(super) fn fault(manifest: &Manifest, all: &[Arc<Manifest>]) -> Option<String> {
    let find = |key: &str| all.iter().find(|m| m.key == key);
    if let Some(key) = &manifest.weights_of {
        let Some(owner) = find(key) else {
            return Some(format!("`weights_of` names '{key}', which is no scorer"));
        };
        if owner.weights.is_empty() {
            return Some(format!("`weights_of` names '{key}', which has no weights"));
        }
    }
    let lighter = manifest.needs.iter().find_map(|n| n.instead.as_deref());
    if let Some(key) = lighter.filter(|key| find(key).is_none()) {
        return Some(format!("`needs.instead` names '{key}', which is no scorer"));
    }
    for key in manifest.encoders() {
        if find(key).is_none_or(|m| m.kind != Kind::Encoder) {
            return Some(format!("'{key}' is no encoder"));
        }
    }
    if let Some(prompts) = &manifest.prompts
        && let Some(encoder) = find(&prompts.encoder)
        && !weights_owner(encoder, all)
            .weights
            .iter()
            .any(|v| v.text.is_some())
    {
        return Some(format!("'{}' has no text tower", prompts.encoder));
    }
    column_fault(manifest, all)
}

/// The manifest whose network needs the weights: a prompts' encoder, else itself.
pub(super) fn network_of<'a>(manifest: &'a Manifest, all: &'a [Arc<Manifest>]) -> &'a Manifest {
    let prompts = manifest.prompts.as_ref();
    let encoder = prompts.and_then(|p| all.iter().find(|m| m.key == p.encoder));
    encoder.map_or(manifest, Arc::as_ref)
}

/// The manifest whose weights `manifest` uses: itself, unless it borrows them.
pub(super) fn weights_owner<'a>(manifest: &'a Manifest, all: &'a [Arc<Manifest>]) -> &'a Manifest {
    let network = network_of(manifest, all);
    let lender = network.weights_of.as_ref();
    let lender = lender.and_then(|key| all.iter().find(|m| m.key == *key));
    lender.map_or(network, Arc::as_ref)
}

/// The manifest that fills this column.
pub(super) fn filled_by<'a>(column: &str, all: &'a [Arc<Manifest>]) -> Option<&'a Arc<Manifest>> {
    all.iter()
        .find(|m| m.columns.iter().any(|c| c.key == column))
}

fn column_fault(manifest: &Manifest, all: &[Arc<Manifest>]) -> Option<String> {
    let registry = Registry::built_in();
    let computed = |key: &str| registry.columns().any(|c| c.key == key);
    for column in &manifest.columns {
        let owner = filled_by(&column.key, all);
        if computed(&column.key) || owner.is_some_and(|o| o.key != manifest.key) {
            return Some(format!(
                "another scorer has a column '{}' already",
                column.key
            ));
        }
    }
    let unknown = |key: &&str| !computed(key) && filled_by(key, all).is_none();
    if let Some(key) = manifest.needed_columns().find(unknown) {
        return Some(format!("no scorer fills the column '{key}'"));
    }
    circle(manifest, all).then(|| "it needs a column that needs its own".to_owned())
}

/// Whether following the columns that a manifest needs leads back to it.
fn circle(manifest: &Manifest, all: &[Arc<Manifest>]) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut next: Vec<&Manifest> = vec![manifest];
    while let Some(one) = next.pop() {
        for needed in one.needed_columns().filter_map(|key| filled_by(key, all)) {
            if needed.key == manifest.key {
                return true;
            }
            if !seen.contains(&needed.key.as_str()) {
                seen.push(&needed.key);
                next.push(needed);
            }
        }
    }
    false
}
