//! Names of strangers' classes, made fit for columns.
//!
//! Must not know: manifests.

use std::collections::{BTreeMap, BTreeSet};

/// Classes that are read at most; taggers have some ten thousand.
pub const MAX_LABELS: usize = 65_536;

/// Letters of a label that are kept.
const MAX_LETTERS: usize = 80;

/// Letters of a key.
const MAX_KEY: usize = 48;

/// One line each, without control characters, at most 80 letters; no two are the same.
pub fn clean_labels<S: AsRef<str>>(labels: impl IntoIterator<Item = S>) -> Vec<String> {
    let clean = |label: S| {
        let words: Vec<&str> = label.as_ref().split_whitespace().collect();
        let line = words.join(" ").replace(|c: char| c.is_control(), "");
        line.chars().take(MAX_LETTERS).collect()
    };
    told_apart(labels.into_iter().take(MAX_LABELS).map(clean), " ")
}

/// Lower-case letters, digits and `_`, most like a text; may be empty.
pub fn clean_key(text: &str) -> String {
    let mut key = String::new();
    for c in text.chars().take(MAX_LETTERS) {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.truncate(MAX_KEY);
    key.trim_end_matches('_').to_owned()
}

/// A key for each label, no two the same: `first_label`, else `first_number`.
pub(super) fn keys(first: &str, labels: &[String]) -> Vec<String> {
    let key = |(i, label): (usize, &String)| match clean_key(label) {
        none if none.is_empty() => format!("{first}_{i}"),
        key => format!("{first}_{key}"),
    };
    told_apart(labels.iter().enumerate().map(key), "_")
}

/// Numbers behind what came before.
fn told_apart(names: impl Iterator<Item = String>, between: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut tried: BTreeMap<String, usize> = BTreeMap::new();
    let apart = |name: String| {
        // Where it stopped the last time, it goes on: many may be the same.
        let n = tried.entry(name.clone()).or_default();
        loop {
            *n += 1;
            let free = match *n {
                1 => name.clone(),
                n => format!("{name}{between}{n}"),
            };
            if seen.insert(free.clone()) {
                return free;
            }
        }
    };
    names.map(apart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_and_different() {
        let labels = ["Not Safe!", "not-safe", "日本", "", "a\u{202e}b"].map(str::to_owned);
        let expected = ["m_not_safe", "m_not_safe_2", "m_2", "m_3", "m_a_b"];
        assert_eq!(keys("m", &labels), expected);
        assert_eq!(clean_key("__My Model (v2).onnx"), "my_model_v2_onnx");
        assert_eq!(clean_key(&"x".repeat(500)).len(), MAX_KEY);
    }

    #[test]
    fn labels_are_one_line_and_different() {
        let labels = ["a\nb", "a b", "\u{7}", "x"];
        assert_eq!(clean_labels(labels), ["a b", "a b 2", "", "x"]);
        assert_eq!(clean_labels(["y".repeat(9_999)])[0].len(), MAX_LETTERS);
        let many = clean_labels(vec!["x"; MAX_LABELS + 1]);
        assert_eq!(
            (many.len(), &*many[MAX_LABELS - 1]),
            (MAX_LABELS, "x 65536")
        );
    }
}
