//! The table of scorers in the README.
//!
//! Must not know: what is installed.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::base::format;
use crate::zoo::manifest::{Column, Kind, Manifest, Source, Variant};

/// Every scorer as a row of a Markdown table: key, what it measures, columns with their range,
/// what goes in, size, licence, source.
pub fn models_table(manifests: &[Arc<Manifest>]) -> String {
    let mut table = String::from(
        "| key | measures | columns | sees | size | licence | from |\n|---|---|---|---|---|---|---|\n",
    );
    for manifest in manifests {
        let cells = [
            format!("`{}`", manifest.key),
            manifest.label.clone(),
            columns(manifest),
            sees(manifest),
            size(manifest),
            manifest.licence.clone(),
            from(manifest),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        writeln!(table, "| {} |", cells.join(" | ")).ok();
    }
    table
}

fn columns(manifest: &Manifest) -> String {
    let one = |column: &Column| {
        let [low, high] = column.range;
        format!("`{}` {low}–{high}", column.key)
    };
    let all: Vec<String> = manifest.columns.iter().map(one).collect();
    match (manifest.kind, all.is_empty()) {
        (Kind::Encoder, _) => "a vector for heads".to_owned(),
        (_, true) => "one a text".to_owned(),
        _ => all.join(", "),
    }
}

fn sees(manifest: &Manifest) -> String {
    if let Some(input) = &manifest.input {
        let [width, height] = input.size;
        return format!("{width}×{height}");
    }
    let encoders = manifest.encoders().into_iter();
    let parts: Vec<String> = encoders
        .chain(manifest.needed_columns())
        .map(|key| format!("`{key}`"))
        .collect();
    if parts.is_empty() {
        return "the whole picture".to_owned();
    }
    parts.join(", ")
}

fn size(manifest: &Manifest) -> String {
    if let Some(owner) = &manifest.weights_of {
        return format!("that of `{owner}`");
    }
    let named = |variant: &Variant| {
        let bytes = super::state::total(variant)?;
        Some(format!("{} ({})", format::bytes(bytes), variant.name))
    };
    match manifest.weights.first() {
        None => "–".to_owned(),
        Some(first) => super::state::total(first)
            .map(format::bytes)
            .or_else(|| manifest.weights.iter().find_map(named))
            .unwrap_or_else(|| "not stated".to_owned()),
    }
}

fn from(manifest: &Manifest) -> String {
    let sources = manifest
        .weights
        .iter()
        .flat_map(|v| &v.files)
        .flat_map(|f| &f.sources);
    let mut kinds: Vec<&str> = sources
        .map(|source| match source {
            Source::Hub { .. } => "hub",
            Source::Url(_) | Source::Archive { .. } => "web",
            Source::Wheel { .. } => "pip",
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let kinds = kinds.join(", ");
    match (manifest.origin.is_empty(), kinds.is_empty()) {
        (true, _) => kinds,
        (false, true) => format!("[origin]({})", manifest.origin),
        (false, false) => format!("[{kinds}]({})", manifest.origin),
    }
}
