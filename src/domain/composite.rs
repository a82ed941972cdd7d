//! Columns that a formula makes from other columns.

use serde::{Deserialize, Serialize};

use super::score::Better;

/// One composite column as its user defined it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Composite {
    /// Name in queries and exports.
    pub key: String,
    /// Title for people; the key if empty.
    #[serde(default)]
    pub label: String,
    /// What it is, e.g. `mean(pct(laion), pct(focus_measure))`.
    pub formula: String,
    /// Whether more is better.
    #[serde(default)]
    pub better: Better,
    /// What it is for; may be empty.
    #[serde(default)]
    pub about: String,
}

impl Composite {
    /// Title for people.
    pub fn title(&self) -> &str {
        if self.label.is_empty() {
            &self.key
        } else {
            &self.label
        }
    }
}
