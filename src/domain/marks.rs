//! What the person says of an image; never mixed with what a scorer says.

use serde::{Deserialize, Serialize};

/// Keep it, drop it, or undecided.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Flag {
    /// Undecided.
    #[default]
    None,
    /// Keep.
    Pick,
    /// Drop.
    Reject,
}

impl Flag {
    /// `none`, `pick` or `reject`.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pick => "pick",
            Self::Reject => "reject",
        }
    }

    /// The flag of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::None, Self::Pick, Self::Reject]
            .into_iter()
            .find(|flag| flag.name() == name)
    }
}

/// All marks of one image.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// 0 (none) to 5.
    pub stars: u8,
    /// Pick, reject or none.
    pub flag: Flag,
    /// In the order they were added, without duplicates.
    pub tags: Vec<String>,
}

/// One change to the marks of a set of images.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkEdit {
    /// Sets the stars, 0–5.
    Stars(u8),
    /// Sets the flag.
    Flag(Flag),
    /// Adds and removes tags.
    Tags {
        /// Tags to add; those already there stay where they are.
        add: Vec<String>,
        /// Tags to remove.
        remove: Vec<String>,
    },
}

impl MarkEdit {
    /// The marks after this edit.
    pub fn apply(&self, marks: &Marks) -> Marks {
        let mut next = marks.clone();
        match self {
            Self::Stars(stars) => next.stars = (*stars).min(5),
            Self::Flag(flag) => next.flag = *flag,
            Self::Tags { add, remove } => {
                next.tags.retain(|tag| !remove.contains(tag));
                for tag in add {
                    if !next.tags.contains(tag) {
                        next.tags.push(tag.clone());
                    }
                }
            }
        }
        next
    }

    /// What the history says, e.g. "3 stars" or "tags +best −blurry".
    pub fn describe(&self) -> String {
        match self {
            Self::Stars(0) => "clear the stars".to_owned(),
            Self::Stars(1) => "1 star".to_owned(),
            Self::Stars(n) => format!("{n} stars"),
            Self::Flag(Flag::None) => "clear the flag".to_owned(),
            Self::Flag(flag) => flag.name().to_owned(),
            Self::Tags { add, remove } => {
                let add = add.iter().map(|tag| format!(" +{tag}"));
                let remove = remove.iter().map(|tag| format!(" −{tag}"));
                format!("tags{}", add.chain(remove).collect::<String>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_keep_their_order_and_stay_unique() {
        let marks = Marks {
            tags: vec!["a".into(), "b".into()],
            ..Marks::default()
        };
        let edit = MarkEdit::Tags {
            add: vec!["c".into(), "b".into()],
            remove: vec!["a".into()],
        };
        assert_eq!(edit.apply(&marks).tags, ["b", "c"]);
    }
}
