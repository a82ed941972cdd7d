//! Scorers and their columns as data.

use crate::base::format;
use serde::{Deserialize, Serialize};

/// Whether a higher value means a better picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither: a property, not a quality.
    #[default]
    Neutral,
}

/// A named interval of a column, as the model's authors describe it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Band {
    /// Lower bound, inclusive; `-inf` where open.
    pub low: f64,
    /// Upper bound, inclusive; `inf` where open.
    pub high: f64,
    /// What lies in it, e.g. "blurred".
    pub meaning: String,
}

/// How a value that means nothing to people becomes a number that does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readable {
    /// From the value to the number.
    pub function: Function,
    /// What is counted, e.g. `favourites`.
    pub unit: String,
}

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Function {
    /// eˣ: the value is a natural logarithm.
    Exp,
}

impl Readable {
    /// `≈ 1,200 favourites`; none where there is no such number.
    pub fn in_words(&self, value: f64) -> Option<String> {
        let number = match self.function {
            Function::Exp => value.exp(),
        };
        let text = format::rough(number)?;
        Some(format!("≈ {text} {}", self.unit))
    }
}

/// One number per image: its name, range and meaning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnSpec {
    /// Name in exports and queries; the original program's where there is one.
    pub key: String,
    /// Title for people.
    pub label: String,
    /// Native range, both ends inclusive; an end is infinite where the scorer has no bound.
    pub range: (f64, f64),
    /// Direction of quality.
    pub better: Better,
    /// Unit, e.g. `px`; empty for pure numbers.
    pub unit: String,
    /// What the value says in a unit of everyday life; none for most columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readable: Option<Readable>,
    /// What it measures, in a sentence.
    pub about: String,
    /// Intervals with a meaning; may be empty.
    pub bands: Vec<Band>,
}

/// How a scorer gets its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ScorerKind {
    /// Our own code on pixels.
    Computed,
    /// A network on pixels; its vector feeds heads and has no columns.
    Encoder,
    /// A network on pixels.
    Network,
    /// A small network on vectors and columns.
    Head,
    /// Similarity of a vector with texts.
    Prompts,
    /// Values from a file that another program wrote.
    Imported,
    /// A formula over columns.
    Composite,
}

/// What pictures a scorer was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// Photographs and everything else.
    #[default]
    General,
    /// Drawings in the style of anime.
    Anime,
}

/// One scorer: what it is and which columns it fills.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorerSpec {
    /// Name in `--with` and in the database.
    pub key: String,
    /// Title for people.
    pub label: String,
    /// What it measures and where it comes from.
    pub about: String,
    /// How it gets its values.
    pub kind: ScorerKind,
    /// What pictures it is meant for.
    pub field: Field,
    /// Licence of its weights; empty where it has none.
    pub licence: String,
    /// Changes whenever its values may change; a new version scores its columns again.
    pub version: String,
    /// The numeric columns, in the order of [`Scores::values`]. Empty for signature scorers.
    pub columns: Vec<ColumnSpec>,
    /// Name of the 64-bit signature it computes beside the columns, e.g. `phash`.
    pub signature: Option<String>,
}

/// What a scorer found for one image.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores {
    /// One value a column; NaN where the image has no such score.
    pub values: Vec<f64>,
    /// The signature, for scorers that have one.
    pub signature: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::{Function, Readable};

    #[test]
    fn logarithms_are_said_as_what_they_count() {
        let readable = Readable {
            function: Function::Exp,
            unit: "favourites".to_owned(),
        };
        let said = readable.in_words(1234f64.ln());
        assert_eq!(said.as_deref(), Some("≈ 1,200 favourites"));
        assert_eq!(readable.in_words(f64::NAN), None);
        assert_eq!(readable.in_words(1000.0), None);
    }
}
