//! Tags that taggers saw in the image; they become the user's own only when asked to.
//!
//! Must not know: taggers, how marks are kept.

use egui::{CollapsingHeader, RichText, Ui};

use crate::domain::catalog::Row;
use crate::domain::detail::{Detail, TagKind, TagShare};
use crate::engine::{Command, TagWish};
use crate::gui::ctx::{Action, Ctx};
use crate::gui::widgets::chip;
use crate::gui::{text_panels as text, theme};

/// Tags of a kind that are shown at first sight.
const MOST: usize = 40;

/// Draws the tags of each tagger that has seen the image.
pub(super) fn ui(ui: &mut Ui, ctx: &Ctx<'_>, row: Row, out: &mut Vec<Action>) {
    let Some((of, Ok(details))) = ctx.details else {
        return;
    };
    if *of != row {
        return;
    }
    for (key, detail) in details {
        if let Detail::Tags(tags) = detail {
            tagger(ui, ctx, row, (key, tags), out);
        }
    }
}

fn tagger(
    ui: &mut Ui,
    ctx: &Ctx<'_>,
    row: Row,
    (key, tags): (&str, &[TagShare]),
    out: &mut Vec<Action>,
) {
    let scorer = ctx.scorers.iter().find(|scorer| scorer.key == *key);
    let label = scorer.map_or(key, |scorer| &scorer.label);
    ui.add_space(theme::GAP);
    CollapsingHeader::new(text::seen_by(label))
        .id_salt(("seen", key))
        .default_open(true)
        .show_unindented(ui, |ui| {
            for kind in [TagKind::Rating, TagKind::Character, TagKind::General] {
                let of_kind = tags.iter().filter(|tag| tag.kind == kind).take(MOST);
                ui.horizontal_wrapped(|ui| {
                    for tag in of_kind {
                        let share = format!("{:.0} %", tag.share * 100.0);
                        chip::tag(ui, &tag.tag).on_hover_text(share);
                    }
                });
            }
            let button = ui.small_button(RichText::new(text::TAKE_TAGS));
            if button.on_hover_text(text::TAKE_TAGS_ABOUT).clicked() {
                out.push(Action::Send(Command::TakeTags {
                    rows: vec![row],
                    wish: TagWish::of(key),
                }));
            }
        });
}
