//! The mark on a score outside what its scorer is meant for.
//!
//! Must not know: how that is found out.

use egui::{RichText, Ui};

use crate::curation::scope::outside;
use crate::domain::catalog::{Column, Row};
use crate::gui::ctx::Ctx;
use crate::gui::{text_scope as text, theme};

/// Draws the mark below the score of the image; nothing for one that is in its place.
pub(super) fn ui(ui: &mut Ui, ctx: &Ctx<'_>, column: &Column, row: Row) {
    let at = ctx.catalog.column_index(&column.spec.key);
    let Some(why) = at.and_then(|at| outside(ctx.catalog, at, row)) else {
        return;
    };
    let told = text::mark(why, column.scope.field, ctx.catalog.field_of(row));
    let colour = theme::palette(ui).warn;
    ui.label(RichText::new(told).size(theme::SMALL).color(colour))
        .on_hover_text(text::GUARD_ABOUT);
}
