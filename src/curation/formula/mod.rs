//! Formulas of composite columns: text to [`Formula`], and its values.
//!
//! ```text
//! mean(pct(laion), rank(noise_level))            wmean(2, unit(laion), 1, pct(focus_measure))
//! if(focus_measure > 100, laion, 0)              coalesce(mine.score, laion) * 2 ^ -1
//! ```
//!
//! `pct(c)` is the share of the library below a value, 0–1, ties in the middle; `rank(c)` the same
//! with the best at 1; `unit(c)` the column's own range laid onto 0–1. A missing value makes the
//! whole missing, but for `coalesce`, which takes the first that there is. What is no finite number
//! in the end is missing.
//!
//! Must not know: where columns come from.

mod function;
mod lexer;
mod parser;
mod values;

use std::sync::Arc;

use crate::domain::score::ColumnSpec;

use super::parse::ParseError;
use function::{Function, Operator};

/// A formula that was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    root: Node,
    inputs: Vec<Input>,
}

/// What a formula reads from the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// The values of a column, by key.
    Values(String),
    /// The percentile ranks of a column, 0–100.
    Percentiles(String),
}

impl Input {
    /// Key of the column.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Values(key) | Self::Percentiles(key) => key,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Number(f64),
    /// Place among the formula's inputs.
    Input(usize),
    Negative(Box<Self>),
    Operation(Operator, Box<Self>, Box<Self>),
    Call(Function, Vec<Self>),
}

impl Formula {
    /// Reads a formula over these columns.
    ///
    /// # Errors
    /// Where it is none, or names a column that isn't there; tells the character.
    pub fn parse(text: &str, columns: &[Arc<ColumnSpec>]) -> Result<Self, ParseError> {
        parser::parse(text, columns).map_err(|fault| fault.in_text(text))
    }

    /// What it reads.
    pub(super) fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Whether it reads a column of this key.
    pub fn reads(&self, key: &str) -> bool {
        self.inputs.iter().any(|input| input.key() == key)
    }
}

/// Whether a key can stand in a formula and in a filter without quotes.
pub fn is_word(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(lexer::begins_word) && chars.all(lexer::goes_on)
}

#[cfg(test)]
mod tests;
