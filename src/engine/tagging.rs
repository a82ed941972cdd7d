//! Tags that a tagger saw, made the user's own when they ask for it.
//!
//! Must not know: how a tagger sees.

use crate::base::{Problem, format};
use crate::curation::tagging::{counting, words};
use crate::domain::catalog::{Catalog, Row};
use crate::domain::detail::{Detail, TagShare};
use crate::domain::marks::MarkEdit;
use crate::zoo::manifest::Output;

use super::core::{Core, now};
use super::details::require_same;
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

/// What a tagger saw in images.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SeenTags {
    /// The tags that count of each image that it saw: characters, then general tags, each the
    /// largest share first.
    pub tags: Vec<(Row, Vec<TagShare>)>,
    /// Images that changed since they were scored, or can't be reached.
    pub n_stale: usize,
}

/// What became of tags that were taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Contents whose marks are others now; files with the same bytes count once.
    pub n_changed: usize,
    /// Images that the tagger has not seen.
    pub n_unseen: usize,
    /// Images that changed since they were scored, or can't be reached.
    pub n_stale: usize,
}

/// One line for the user, and how serious it is.
pub(crate) fn words_of(taken: &Taken, from: &str) -> (Level, String) {
    let changed = format::count(taken.n_changed as u64, "image");
    let mut parts = vec![format!("{changed} got tags that {from} saw")];
    for (n, why) in [
        (taken.n_unseen, "it has not seen: score them first"),
        (taken.n_stale, STALE),
    ] {
        if n > 0 {
            let others = format::count(n as u64, "image");
            parts.push(format!("{others} {why}"));
        }
    }
    let level = if parts.len() == 1 {
        Level::Info
    } else {
        Level::Warning
    };
    (level, parts.join("; "))
}

/// Why tags of images are not taken that were seen, perhaps.
pub const STALE: &str = "changed since they were scored, or can't be reached";

impl Core {
    /// The tags of each image that the tagger saw as it is now.
    pub fn seen_tags(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        wish: &TagWish,
        job: &Job,
    ) -> Result<SeenTags, Problem> {
        let (general, character) = self.thresholds(wish)?;
        let mut seen = SeenTags::default();
        for &row in rows {
            job.token.checkpoint()?;
            if require_same(catalog, row).is_err() {
                seen.n_stale += 1;
                continue;
            }
            let found = self.kept_details(catalog, row, |key| key == wish.from)?;
            if let Some((_, Detail::Tags(tags))) = found.first() {
                let tags = counting(tags, general, character);
                seen.tags.push((row, tags.into_iter().cloned().collect()));
            }
        }
        Ok(seen)
    }

    /// Adds the tags that [`Core::seen_tags`] gives to those of the user, in words, as one operation
    /// that can be undone.
    pub fn take_tags(
        &self,
        catalog: &Catalog,
        rows: &[Row],
        wish: &TagWish,
        job: &Job,
    ) -> Result<Taken, Problem> {
        let seen = self.seen_tags(catalog, rows, wish, job)?;
        let known = self.contents_of(catalog, rows, job)?;
        let edit = |(row, tags): &(Row, Vec<TagShare>)| {
            let add = tags.iter().map(|tag| words(&tag.tag)).collect();
            let remove = Vec::new();
            Some((*known.get(row)?, MarkEdit::Tags { add, remove }))
        };
        let edits: Vec<_> = seen.tags.iter().filter_map(edit).collect();
        let n_unseen = rows.len() - edits.len() - seen.n_stale;
        job.token.checkpoint()?;
        let what = format!("tags of {}", wish.from);
        let (_op, changed) = self.store.edit_each(edits, what, now())?;
        let n_changed = changed.len();
        job.tell(Change::Marks(changed));
        Ok(Taken {
            n_changed,
            n_unseen,
            n_stale: seen.n_stale,
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
