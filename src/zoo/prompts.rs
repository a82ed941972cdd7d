//! Texts that pictures are compared with, and the columns which they become.
//!
//! Source: procslib 0.7.1, `clip_aesthetic_cached`: 100 · cos(picture, text) for each prompt.
//!
//! Must not know: files, networks, tokens.

use std::collections::BTreeSet;

use crate::domain::score::{Better, ColumnSpec};

/// Longest part of a prompt in the name of its column, in characters.
const MAX_NAME: usize = 48;

/// The prompts in a text: one a line, blank lines and lines that begin with `#` left out, each once.
pub fn parse(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|line| seen.insert((*line).to_owned()))
        .map(str::to_owned)
        .collect()
}

/// The list as a text that [`parse`] reads back.
pub fn to_text(prompts: &[String]) -> String {
    let mut text = "# One prompt a line. Each becomes a column.\n".to_owned();
    for prompt in prompts {
        text.push_str(prompt);
        text.push('\n');
    }
    text
}

/// One column a prompt: `KEY_a_photo_of_a_cat`; `scale` is the factor on the cosine.
pub fn columns(key: &str, prompts: &[String], scale: f64) -> Vec<ColumnSpec> {
    let mut taken = BTreeSet::new();
    let columns = prompts.iter().map(|prompt| {
        let plain = format!("{key}_{}", name_of(prompt));
        let mut name = plain.clone();
        let mut n = 2;
        while !taken.insert(name.clone()) {
            name = format!("{plain}_{n}");
            n += 1;
        }
        ColumnSpec {
            key: name,
            label: prompt.clone(),
            range: (-scale.abs(), scale.abs()),
            better: Better::Neutral,
            unit: String::new(),
            readable: None,
            about: format!("Similarity with the text “{prompt}”: {scale} · cosine."),
            bands: Vec::new(),
        }
    });
    columns.collect()
}

/// The version of a prompt scorer whose list is this.
pub fn version(base: &str, prompts: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(base.as_bytes());
    for prompt in prompts {
        hasher.update(&(prompt.len() as u64).to_le_bytes());
        hasher.update(prompt.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// Lower-case letters and digits with `_` between; other scripts by a short hash.
fn name_of(prompt: &str) -> String {
    let mut name = String::new();
    for c in prompt.chars().flat_map(char::to_lowercase).take(MAX_NAME) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_end_matches('_');
    if name.is_empty() {
        return blake3::hash(prompt.as_bytes()).to_hex()[..8].to_owned();
    }
    name.to_owned()
}

/// `scale` · cosine of the angle between a picture's vector and a text's, computed in f64.
///
/// NaN where one of them has no direction, or their lengths differ.
pub fn similarity(picture: &[f32], text: &[f32], scale: f64) -> f64 {
    if picture.len() != text.len() {
        return f64::NAN;
    }
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let products = a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b));
        products.sum()
    };
    let lengths = (dot(picture, picture) * dot(text, text)).sqrt();
    if lengths == 0.0 {
        return f64::NAN;
    }
    scale * dot(picture, text) / lengths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_list_is_read_back_as_it_was_written() {
        let text = "\n# ours\n a photo \nanime, 絵\n\na photo\n";
        let prompts = parse(text);
        assert_eq!(prompts, ["a photo", "anime, 絵"]);
        assert_eq!(parse(&to_text(&prompts)), prompts);
    }

    #[test]
    fn every_prompt_has_a_column_of_its_own() {
        let prompts = list(&[
            "A photo!",
            "a photo",
            "絵",
            "a very long text ".repeat(9).as_str(),
        ]);
        let columns = columns("clip", &prompts, 100.0);
        let keys: Vec<&str> = columns.iter().map(|c| c.key.as_str()).collect();
        assert_eq!(keys[..2], ["clip_a_photo", "clip_a_photo_2"]);
        assert_eq!(keys[2].len(), "clip_".len() + 8);
        assert!(keys[3].len() <= "clip_".len() + MAX_NAME);
        assert_eq!(columns[0].range, (-100.0, 100.0));
    }

    #[test]
    fn similarity_is_the_scaled_cosine() {
        assert_eq!(similarity(&[2.0, 0.0], &[5.0, 0.0], 100.0), 100.0);
        assert_eq!(similarity(&[2.0, 0.0], &[0.0, 1.0], 100.0), 0.0);
        assert!((similarity(&[1.0, 1.0], &[1.0, 0.0], 1.0) - 0.5f64.sqrt()).abs() < 1e-12);
        assert!(similarity(&[0.0, 0.0], &[1.0, 0.0], 1.0).is_nan());
        assert!(similarity(&[1.0], &[1.0, 0.0], 1.0).is_nan());
    }

    #[test]
    fn another_list_is_another_version() {
        assert_ne!(
            version("v", &list(&["a", "b"])),
            version("v", &list(&["ab"]))
        );
        assert_ne!(version("v", &list(&["a"])), version("w", &list(&["a"])));
    }
}
