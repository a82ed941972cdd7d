//! Tags that a tagger saw, made the user's own when they ask for it.
//!
//! Must not know: how a tagger sees.

use crate::base::{Problem, format};
use crate::curation::tagging::{counting, words};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::detail::{Detail, TagShare};
use crate::domain::marks::MarkEdit;
use crate::zoo::manifest::Output;

use super::acts::Marked;
use super::core::{Core, now};
use super::event::Level;
use super::job::{Change, Job};

/// Whose tags are taken, and from which share on.
#[derive(Debug, Clone, PartialEq)]
pub struct TagWish {
    /// Key of the tagger.
    pub from: String,
    /// For general tags; the tagger's own setting if none.
    pub general: Option<f64>,
    /// For characters; the tagger's own setting if none.
    pub character: Option<f64>,
}

impl TagWish {
    /// The tags of that tagger, from its own thresholds on.
    pub fn of(from: &str) -> Self {
        Self {
            from: from.to_owned(),
            general: None,
            character: None,
        }
    }
}

/// One line for the user, and how serious it is.
pub(crate) fn words_of(marked: &Marked, from: &str) -> (Level, String) {
    let changed = format::count(marked.n_changed as u64, "image");
    let mut text = format!("{changed} got tags that {from} saw");
    if marked.n_unread == 0 {
        return (Level::Info, text);
    }
    let others = format::count(marked.n_unread as u64, "image");
    text.push_str(&format!("; {others} it has not seen: score them first"));
    (Level::Warning, text)
}

impl Core {
    /// The tags that count of each image that the tagger saw: characters, then general tags, each
    /// the largest share first.
    ///
    /// Images that it never saw, or that changed since, are left out.
    pub fn seen_tags(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        wish: &TagWish,
    ) -> Result<Vec<(Row, Vec<TagShare>)>, Problem> {
        let (general, character) = self.thresholds(wish)?;
        let tags = |&row: &Row| {
            let details = self.details(catalog, row).ok()?;
            let found = details.into_iter().find(|(key, _)| *key == wish.from);
            let Some((_, Detail::Tags(tags))) = found else {
                return None;
            };
            let tags = counting(&tags, general, character);
            Some((row, tags.into_iter().cloned().collect()))
        };
        Ok(rows.iter().filter_map(tags).collect())
    }

    /// Adds the tags that [`Core::seen_tags`] gives to those of the user, in words, as one operation
    /// that can be undone.
    pub fn take_tags(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        wish: &TagWish,
        job: &Job,
    ) -> Result<Marked, Problem> {
        let seen = self.seen_tags(catalog, rows, wish)?;
        let known = self.contents_of(catalog, rows, job)?;
        let edit = |(row, tags): &(Row, Vec<TagShare>)| {
            let add = tags.iter().map(|tag| words(&tag.tag)).collect();
            let remove = Vec::new();
            Some((*known.get(row)?, MarkEdit::Tags { add, remove }))
        };
        let edits: Vec<_> = seen.iter().filter_map(edit).collect();
        let n_unread = rows.len() - edits.len();
        let what = format!("tags of {}", wish.from);
        let (_op, changed) = self.store.edit_each(edits, what, now())?;
        let n_changed = changed.len();
        job.tell(Change::Marks(changed));
        Ok(Marked {
            n_changed,
            n_unread,
        })
    }

    fn thresholds(&self, wish: &TagWish) -> Result<(f64, f64), Problem> {
        let shelf = self.shelf();
        let manifest = shelf.models.manifest(&wish.from)?;
        let Output::Tags {
            general, character, ..
        } = &manifest.output
        else {
            let what = format!("'{}' is no tagger", wish.from);
            return Err(Problem::usage(what, "").hint("see bandpass models list"));
        };
        Ok((
            wish.general.unwrap_or(*general),
            wish.character.unwrap_or(*character),
        ))
    }
}
