//! The quick tag box: adds and removes tags of every selected image.
//!
//! Must not know: how marks are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{RichText, TextEdit, Ui};

use crate::domain::catalog::{Catalog, Row};
use crate::domain::detail::Detail;
use crate::domain::marks::MarkEdit;
use crate::engine::{Command, TagWish};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::widgets::chip;
use crate::gui::{text_panels as text, theme};

/// Most tags listed.
const MOST_TAGS: usize = 60;

/// The dialog.
#[derive(Debug)]
pub struct Tags {
    rows: Vec<Row>,
    typed: String,
    begun: bool,
    /// Tags of the rows with how many have them; counted when the marks change.
    counted: Vec<(Arc<str>, usize)>,
    of: Option<crate::base::Generation>,
}

impl Tags {
    /// For the selection, else the focused image.
    pub fn new(ctx: &Ctx<'_>) -> Self {
        Self {
            rows: ctx.selection.targets(),
            typed: String::new(),
            begun: false,
            counted: Vec::new(),
            of: None,
        }
    }

    fn refresh(&mut self, catalog: &Catalog) {
        if self.of == Some(catalog.generation) {
            return;
        }
        self.of = Some(catalog.generation);
        let mut counts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for &row in &self.rows {
            for tag in catalog.tags_of(row) {
                *counts.entry(Arc::clone(tag)).or_default() += 1;
            }
        }
        self.counted = counts.into_iter().collect();
    }

    fn edit(&self, (add, remove): (Vec<String>, Vec<String>)) -> Option<Action> {
        let nothing = add.is_empty() && remove.is_empty();
        if nothing || self.rows.is_empty() {
            return None;
        }
        Some(Action::Send(Command::Mark {
            rows: self.rows.clone(),
            edit: MarkEdit::Tags { add, remove },
        }))
    }

    /// The taggers that have seen the focused image: their tags may be taken over.
    fn taggers(&self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        let details = ctx.details.and_then(|(_, details)| details.as_ref().ok());
        for (key, detail) in details.into_iter().flatten() {
            if !matches!(detail, Detail::Tags(_)) {
                continue;
            }
            let scorer = ctx.scorers.iter().find(|scorer| scorer.key == *key);
            let label = scorer.map_or(key.as_str(), |scorer| &scorer.label);
            if ui.small_button(text::take_from(label)).clicked() {
                out.push(Action::Send(Command::TakeTags {
                    rows: self.rows.clone(),
                    wish: TagWish::of(key),
                }));
            }
        }
    }

    fn list(&self, ui: &mut Ui, out: &mut Vec<Action>) {
        for (heading, on_all) in [(text::ON_ALL, true), (text::ON_SOME, false)] {
            let all = self.rows.len();
            let tags = self.counted.iter().filter(|(_, n)| (*n == all) == on_all);
            let tags: Vec<_> = tags.take(MOST_TAGS).collect();
            if tags.is_empty() {
                continue;
            }
            ui.label(RichText::new(heading).size(theme::SMALL).weak());
            ui.horizontal_wrapped(|ui| {
                for (tag, n) in tags {
                    let label = if on_all {
                        tag.to_string()
                    } else {
                        text::with_count(tag, *n)
                    };
                    if chip::removable(ui, label, &text::remove_tag(tag)) {
                        out.extend(self.edit((Vec::new(), vec![tag.to_string()])));
                    }
                }
            });
        }
    }
}

impl Dialog for Tags {
    fn title(&self) -> String {
        text::tag_title(self.rows.len())
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        self.refresh(ctx.catalog);
        let field = TextEdit::singleline(&mut self.typed)
            .hint_text(text::ADD_TAG)
            .desired_width(f32::INFINITY);
        let response = ui.add(field).accessible_name(text::ADD_TAG);
        if !self.begun {
            self.begun = true;
            response.request_focus();
        }
        ui.label(RichText::new(text::TAG_HELP).size(theme::SMALL).weak());
        self.list(ui, out);
        self.taggers(ui, ctx, out);
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if entered && self.typed.trim().is_empty() {
            return Stay::Closed;
        }
        if entered {
            out.extend(self.edit(split(&self.typed)));
            self.typed.clear();
            response.request_focus();
        }
        ui.add_space(theme::GAP_BIG);
        if ui.button(text::CLOSE).clicked() {
            return Stay::Closed;
        }
        Stay::Open
    }
}

/// Tags to add and to remove: "a, b, −c" or "a, b, -c".
pub(crate) fn split(typed: &str) -> (Vec<String>, Vec<String>) {
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for tag in typed.split([',', '、', '，']) {
        let tag = tag.trim();
        let (tag, list) = match tag.strip_prefix(['-', '−']) {
            Some(rest) => (rest.trim(), &mut remove),
            None => (tag, &mut add),
        };
        if !tag.is_empty() && !list.iter().any(|known| known == tag) {
            list.push(tag.to_owned());
        }
    }
    (add, remove)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_and_a_minus_removes() {
        let (add, remove) = split(" best, 猫、-blurry, best ,, − ");
        assert_eq!(add, ["best", "猫"]);
        assert_eq!(remove, ["blurry"]);
    }
}
