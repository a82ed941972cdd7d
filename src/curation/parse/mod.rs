//! The filter language: text to [`Expr`] and back.
//!
//! ```text
//! focus_measure > 100 and not tag:blurry      100 < brightness <= 200
//! pct(laion) >= 90   laion >= 90%             size > 2MB   aspect = 16:9   stars >= 3
//! name:*.png   folder:"夏 2024"   flag:pick   is:failed   failed:decode   has:laion   cat
//! ```
//!
//! Terms side by side must all hold; `and`, `or`, `not`, `&&`, `||`, `!` and parentheses combine.
//! A word without a field is looked for in the file name; quotes make any text a word, and a
//! quoted text before a comparison is a column key.
//!
//! Must not know: catalogs or rows.

mod lexer;
mod parser;
mod sort;
mod terms;
mod write;

use std::fmt;
use std::sync::Arc;

use crate::domain::query::Expr;
use crate::domain::score::ColumnSpec;

pub use sort::{parse_sort, sort_to_text};
pub(super) use terms::column;
pub use write::to_text;

/// Why a text is not an expression, and where.
///
/// Displays in three lines or four: the message, the text, a caret below the place, the hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The text that was parsed.
    pub text: String,
    /// Byte offset of the place in the text.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead; may be empty.
    pub hint: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |text: &str| text.replace(char::is_control, " ");
        let before = self.text.get(..self.at).unwrap_or(&self.text);
        // Wide characters are two columns wide; so is the ideographic space.
        let blank = |c: char| if is_wide(c) { '\u{3000}' } else { ' ' };
        let indent: String = before.chars().map(blank).collect();
        write!(f, "{}\n  {}\n  {indent}^", self.message, line(&self.text))?;
        if !self.hint.is_empty() {
            write!(f, "\n{}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for ParseError {}

/// Whether terminals give the character two columns (East Asian wide and fullwidth blocks).
fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
}

/// Reads an expression. Column keys must be among `columns`; keywords and fields ignore case.
pub fn parse(text: &str, columns: &[Arc<ColumnSpec>]) -> Result<Expr, ParseError> {
    parser::parse(text, columns).map_err(|fault| fault.in_text(text))
}

/// Whether a word means something in filters or sorts already, so that no column should have it.
pub fn is_reserved(word: &str) -> bool {
    let lower = word.to_lowercase();
    let word = lower.as_str();
    terms::KEYWORDS.contains(&word) || terms::built_in(word).is_some() || sort::is_built_in(word)
}

/// An error before it is joined with its text.
#[derive(Debug)]
pub(super) struct Fault {
    at: usize,
    message: String,
    hint: String,
}

impl Fault {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            hint: String::new(),
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(super) fn in_text(self, text: &str) -> ParseError {
        ParseError {
            text: text.to_owned(),
            at: self.at,
            message: self.message,
            hint: self.hint,
        }
    }
}

/// "did you mean …?" with the nearest known name, empty when none is near.
pub(super) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let word = word.to_lowercase();
    let near = known
        .map(|name| (distance(&word, &name.to_lowercase()), name))
        .filter(|(far, name)| {
            let extends = word.len() >= 3 && name.to_lowercase().contains(&word);
            extends || *far <= 1 + word.chars().count() / 4
        })
        .min();
    near.map_or(String::new(), |(_, name)| format!("did you mean {name}?"))
}

/// Edits (insert, delete, replace) between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut corner = i;
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let replaced = corner + usize::from(ca != cb);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
