//! The words about where scorers run, and about scores outside what they are meant for.
//!
//! Must not know: widgets.

use crate::base::format::count;
use crate::curation::scope::Outside;
use crate::domain::score::Field;

/// Heading of the rule of a scorer, and the name of its text box.
pub(super) const RUN_ONLY_WHERE: &str = "Run only where…";
/// What stands in the empty box.
pub(super) const RULE_HINT: &str = "on every image; for example anime_real >= 0.5";
/// Button.
pub(super) const SET_RULE: &str = "Set rule";
/// Button.
pub(super) const NO_RULE: &str = "Run on every image";

/// Button: the guard off.
pub(super) const SORT_ALL: &str = "Sort all";
/// Button: the guard on.
pub(super) const PUT_LAST: &str = "Put them last";
/// What the guard is for.
pub(super) const GUARD_ABOUT: &str = "A scorer made for anime says little about other pictures, and one \
     with a rule was not meant to run on the rest. Sorting on such scores misleads.";

/// What becomes of images outside a scorer's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They are not in the list, for it ends after the best.
    LeftOut,
    /// They stand behind all others.
    Last,
    /// They are sorted as all others.
    Among,
}

/// "312 outside its field come last".
pub(super) fn outside(n: usize, fate: Fate) -> String {
    let images = count(n as u64, "image");
    match fate {
        Fate::LeftOut => format!("{images} outside its field left out"),
        Fate::Last => format!("{images} outside its field come last"),
        Fate::Among => format!("{images} outside its field among them"),
    }
}

/// Why a value is marked.
pub(super) fn mark(why: Outside, made_for: Field, image: Option<Field>) -> String {
    match why {
        Outside::Rule => "kept out by its rule".to_owned(),
        Outside::Input => "computed from a score outside its field or rule".to_owned(),
        Outside::Field => format!(
            "made for {}; this is {}",
            match made_for {
                Field::Anime => "anime",
                Field::General => "all pictures",
            },
            match image {
                Some(Field::Anime) => "anime",
                Some(Field::General) => "a photo",
                None => "not known",
            }
        ),
    }
}
