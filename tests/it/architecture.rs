//! The layers hold: read from the imports, so that a slip is named with its file.

use std::path::{Path, PathBuf};

/// Each layer with those it may name. `main.rs` may name what it wires together.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("base", &[]),
    ("domain", &["base"]),
    ("store", &["domain", "base"]),
    ("zoo", &["domain", "base"]),
    ("curation", &["domain", "base"]),
    ("engine", &["store", "zoo", "curation", "domain", "base"]),
    ("cli", &["engine", "curation", "domain", "base"]),
    ("gui", &["engine", "curation", "domain", "base"]),
];

/// Each crate that only some folders may name.
const ONLY_IN: [(&str, &[&str]); 11] = [
    ("rusqlite", &["store"]),
    ("egui", &["gui"]),
    ("eframe", &["gui"]),
    ("rfd", &["gui"]),
    ("clap", &["cli", "main.rs"]),
    ("trash", &["engine/files"]),
    ("ureq", &["engine/models", "engine/infer/install"]),
    ("zip", &["engine/models", "engine/infer/install"]),
    ("ort", &["engine/infer/onnx_runtime"]),
    ("rten", &["engine/infer/rten_runtime"]),
    ("parquet", &["engine/import"]),
];

/// Calls that change files, and where they may stand. What is ours (settings, lists, thumbnails)
/// is written in the named files; the user's images only in `engine/files`. `engine/models` deletes
/// only below `<data>/models`.
const CHANGES_FILES: [&str; 7] = [
    "fs::remove_file",
    "fs::remove_dir",
    "fs::rename",
    "fs::copy",
    "fs::write",
    "fs::hard_link",
    "renameat",
];

/// Folders and files below `src` that may change files.
const MAY_CHANGE_FILES: [&str; 5] = [
    "engine/files/",
    "engine/export/",
    "engine/models/",
    "engine/infer/install",
    "store/",
];

struct Source {
    /// Below `src`, with forward slashes.
    name: String,
    /// Code without comments and without the unit tests at its end.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 60, "only {} source files found", files.len());
    files
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let shipped = text
                .split("#[cfg(test)]\nmod tests {")
                .next()
                .unwrap_or_default();
            let lines = shipped
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default());
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            Source {
                name,
                code: lines.collect::<Vec<_>>().join("\n"),
            }
        })
        .filter(|source| !source.name.ends_with("tests.rs") && !source.name.contains("/tests/"))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn layer_of(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// Names that follow `crate::` in the code, brace groups included.
fn crate_modules(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for after in code.split("crate::").skip(1) {
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0_i32;
            let mut word = String::new();
            let mut at_head = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.push(std::mem::take(&mut word));
                        at_head = true;
                    }
                    ':' if depth == 0 => at_head = false,
                    c if depth == 0 && at_head && !c.is_whitespace() => word.push(c),
                    _ => {}
                }
            }
            found.push(word);
        } else {
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '_');
            found.push(after[..end.unwrap_or(after.len())].to_owned());
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

fn names_crate(code: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        before.is_none_or(|c| !is_word(c)) && after == Some(':')
            || code[..at].ends_with("use ") && after == Some(';')
    })
}

#[test]
fn layers_only_look_down() {
    let mut faults = Vec::new();
    for source in sources() {
        let layer = layer_of(&source.name);
        if ["main.rs", "lib.rs"].contains(&layer) {
            continue;
        }
        let rule = MAY_USE.iter().find(|(name, _)| *name == layer);
        let (_, allowed) = rule.unwrap_or_else(|| panic!("no rule for src/{layer}"));
        for used in crate_modules(&source.code) {
            let is_layer = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_layer && used != layer && !allowed.contains(&used.as_str()) {
                faults.push(format!("src/{} names {used}", source.name));
            }
        }
        if source.code.contains("super::super::") || source.code.contains("use crate as") {
            faults.push(format!("src/{} hides its imports", source.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn crates_stay_where_they_belong() {
    let mut faults = Vec::new();
    for source in sources() {
        for (name, homes) in ONLY_IN {
            let at_home = homes.iter().any(|home| source.name.starts_with(home));
            if !at_home && names_crate(&source.code, name) {
                faults.push(format!("src/{} names {name}", source.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_are_changed_in_few_places() {
    let mut faults = Vec::new();
    for source in sources() {
        let allowed = MAY_CHANGE_FILES
            .iter()
            .any(|home| source.name.starts_with(home));
        for call in CHANGES_FILES {
            if !allowed && source.code.contains(call) {
                faults.push(format!("src/{} calls {call}", source.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_through_groups() {
    let code =
        "use crate::{base, domain::{image, op}};\nuse crate::store::Store;\ncrate::gui::run();";
    assert_eq!(crate_modules(code), ["base", "domain", "store", "gui"]);
    assert!(names_crate("use rusqlite::Connection;", "rusqlite"));
    assert!(names_crate("fn f(c: &rusqlite::Row)", "rusqlite"));
    assert!(!names_crate(
        "crate::engine::files::trash::restore()",
        "trash"
    ));
}

#[test]
fn every_dependency_says_why() {
    let text = include_str!("../../Cargo.toml");
    let mut in_dependencies = false;
    let mut before = "";
    for line in text.lines() {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies]");
        } else if in_dependencies && line.contains(" = ") && !line.starts_with('#') {
            assert!(before.starts_with("# "), "no reason above: {line}");
        }
        before = line;
    }
}
