//! The table of scorers in the README.
//!
//! Must not know: what is installed.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::base::format;
use crate::zoo::manifest::{Column, Kind, Manifest, Source, Variant};

/// Every scorer as a row of a Markdown table: key, what it measures, columns with their range,
/// what goes in, size, where it runs and how fast, licence, source.
pub fn models_table(manifests: &[Arc<Manifest>]) -> String {
    let mut table = String::from(
        "| key | measures | columns | sees | size | runs on | a second on two cores | licence | from |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for manifest in manifests {
        let cells = [
            format!("`{}`", manifest.key),
            manifest.label.clone(),
            columns(manifest),
            sees(manifest),
            size(manifest),
            runs_on(manifest).to_owned(),
            speed(manifest),
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

/// Heads are so small that no card is asked for them.
fn runs_on(manifest: &Manifest) -> &'static str {
    match manifest.kind {
        Kind::Encoder | Kind::Network => "GPU or CPU",
        Kind::Head | Kind::Prompts | Kind::Computed => "CPU",
    }
}

/// Pictures, where it was measured; heads go by their encoder.
fn speed(manifest: &Manifest) -> String {
    match (manifest.measured, manifest.encoders().is_empty()) {
        (Some(speed), _) if speed < 10.0 => format!("{speed:.1}"),
        (Some(speed), _) => format!("{speed:.0}"),
        (None, false) => "as its encoder".to_owned(),
        (None, true) => "not measured".to_owned(),
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
