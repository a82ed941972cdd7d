//! What the status bar says of a list sorted on scores outside their scorer's field.
//!
//! Must not know: how lists are sorted.

use egui::{RichText, Ui};

use crate::domain::query::SortBy;
use crate::gui::ctx::{Action, Ctx};
use crate::gui::text_scope::{self as text, Fate};
use crate::gui::theme;

/// Draws the notice with its switch; nothing where no image is outside.
pub(super) fn ui(ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    let by_column = |by: &SortBy| matches!(by, SortBy::Column(_));
    let n_outside = ctx.view.outside;
    if n_outside == 0 || !ctx.spec.sort.iter().any(|key| by_column(&key.by)) {
        return;
    }
    let guard = ctx.spec.guard;
    ui.separator();
    let fate = match (guard, ctx.spec.top.is_some()) {
        (true, true) => Fate::LeftOut,
        (true, false) => Fate::Last,
        (false, _) => Fate::Among,
    };
    let told = text::outside(n_outside, fate);
    let colour = theme::palette(ui).warn;
    ui.label(RichText::new(told).color(colour))
        .on_hover_text(text::GUARD_ABOUT);
    let switch = if guard {
        text::SORT_ALL
    } else {
        text::PUT_LAST
    };
    if ui.link(switch).on_hover_text(text::GUARD_ABOUT).clicked() {
        out.push(Action::Guard(!guard));
    }
}
