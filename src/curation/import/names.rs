//! What columns of tables are called: which one is the key, and the keys of the others here.
//!
//! Must not know: the values.

use crate::domain::import::KeyKind;

/// Longest name of an import or column.
const MAX_NAME: usize = 80;

/// Names of key columns, most telling first.
const KEYS: [(&str, KeyKind); 15] = [
    ("blake3", KeyKind::Blake3),
    ("path", KeyKind::Path),
    ("filepath", KeyKind::Path),
    ("file_path", KeyKind::Path),
    ("image_path", KeyKind::Path),
    ("img_path", KeyKind::Path),
    ("local_path", KeyKind::Path),
    ("filename", KeyKind::Name),
    ("file_name", KeyKind::Name),
    ("img_name", KeyKind::Name),
    ("image_name", KeyKind::Name),
    ("image", KeyKind::Path),
    ("file", KeyKind::Path),
    ("name", KeyKind::Name),
    ("sha256", KeyKind::Sha256),
];

/// What a column of that name would say as a key, and how telling it is (less is more).
pub fn key_kind(name: &str) -> Option<(usize, KeyKind)> {
    let lower = name.trim().to_lowercase();
    let at = KEYS.iter().position(|(known, _)| *known == lower)?;
    KEYS.get(at).map(|(_, kind)| (at, *kind))
}

/// A name for an import: letters, digits and underlines of the given one.
pub fn import_name(name: &str) -> String {
    let name = word(name);
    match name.chars().next() {
        None => "import".to_owned(),
        Some(first) if first.is_alphabetic() || first == '_' => name,
        Some(_) => format!("_{name}").chars().take(MAX_NAME).collect(),
    }
}

/// Keys for the columns of an import: the column's own name where nothing has it, else with the
/// import's name before it.
pub fn column_keys(import: &str, columns: &[&str], is_taken: impl Fn(&str) -> bool) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for column in columns {
        let own = word(column);
        let begins_well = own.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let is_free = |key: &str| !is_taken(key) && !keys.iter().any(|known| known == key);
        let long = format!("{import}.{own}");
        let key = if begins_well && is_free(&own) {
            own
        } else if is_free(&long) {
            long
        } else {
            let numbered = (2..).map(|n| format!("{long}_{n}"));
            numbered
                .take(columns.len() + 1)
                .find(|key| is_free(key))
                .unwrap_or(long)
        };
        keys.push(key);
    }
    keys
}

/// The text as a word of formulas and filters: other characters become underlines.
fn word(text: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            c
        } else {
            '_'
        }
    };
    let word: String = text.trim().chars().take(MAX_NAME).map(plain).collect();
    word.trim_end_matches('_').to_owned()
}
