//! Left: what the view shows and hides, and every way to say it.
//!
//! Must not know: how rules are carried out. It edits a [`FilterState`] and sends the rules that
//! follow from it.

mod columns;
mod folders;

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Panel as Edge, RichText, ScrollArea, TextEdit, Ui};

use crate::domain::marks::Flag;
use crate::domain::query::Rule;
use crate::gui::ctx::{Action, Ctx, Panel, filter_box};
use crate::gui::filter::{FilterState, Part, TextError};
use crate::gui::widgets::{chip, star};
use crate::gui::{text_panels as text, theme};

use columns::Columns;
use folders::Folders;

/// Height from which the chips scroll, points.
const CHIPS_HEIGHT: f32 = 150.0;

/// The filter panel.
#[derive(Debug, Default)]
pub struct Filters {
    /// What it says.
    pub state: FilterState,
    sent: Vec<Rule>,
    asked: Vec<String>,
    folders: Folders,
    columns: Columns,
}

impl Panel for Filters {
    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        let before = self.state.clone();
        self.follow(ctx);
        expression(ui, ctx, &mut self.state);
        self.summary(ui, ctx);
        ScrollArea::vertical()
            .id_salt("filters")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                marks(ui, &mut self.state);
                toggles(ui, ctx, &mut self.state);
                self.folders.ui(ui, ctx, &mut self.state);
                self.columns.ui(ui, ctx, &mut self.state, out);
            });
        if self.state != before {
            let rules = self.state.rules();
            if rules != ctx.spec.rules {
                out.push(Action::Rules(rules.clone()));
                self.sent = rules;
            }
        }
        self.ask_histograms(out);
    }
}

impl Filters {
    /// Takes over what others did: cleared the rules, added some, opened other folders.
    fn follow(&mut self, ctx: &Ctx<'_>) {
        if ctx.spec.rules.is_empty() && !self.sent.is_empty() {
            self.state.clear();
            self.sent.clear();
        }
        let roots = &ctx.catalog.roots;
        let is_open = |folder: &PathBuf| roots.iter().any(|root| folder.starts_with(root));
        self.state.folder = self.state.folder.take().filter(is_open);
        for rule in ctx.added {
            if !self.state.extra.contains(rule) {
                self.state.extra.push(rule.clone());
            }
        }
    }

    /// What is shown and what hides the rest; at the foot, so that a rule which appears while a
    /// handle is dragged does not push the handle away.
    fn summary(&mut self, ui: &mut Ui, ctx: &Ctx<'_>) {
        let margin = egui::Margin {
            top: theme::MARGIN / 2,
            ..egui::Margin::ZERO
        };
        Edge::bottom("filter-summary")
            .resizable(false)
            .frame(egui::Frame::new().inner_margin(margin))
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    counts(ui, ctx);
                    let right = egui::Layout::right_to_left(egui::Align::Center);
                    ui.with_layout(right, |ui| {
                        let some = self.state != FilterState::default();
                        if some && ui.small_button(text::CLEAR_ALL).clicked() {
                            self.state.clear();
                        }
                    });
                });
                chips(ui, ctx, &mut self.state);
            });
    }

    /// Asks for the histograms of the columns on screen, once they change.
    fn ask_histograms(&mut self, out: &mut Vec<Action>) {
        if self.columns.shown() != self.asked {
            self.asked = self.columns.shown().to_vec();
            out.push(Action::Histograms(self.asked.clone()));
        }
    }
}

fn counts(ui: &mut Ui, ctx: &Ctx<'_>) {
    let (shown, total) = (ctx.view.rows.len(), ctx.view.total);
    ui.label(RichText::new(crate::gui::text::shown(shown, total)).strong());
    if shown < total {
        ui.weak(text::hidden(total - shown));
    }
}

fn chips(ui: &mut Ui, ctx: &Ctx<'_>, state: &mut FilterState) {
    let parts = state.parts();
    if parts.is_empty() {
        return;
    }
    let known = ctx.view.hidden.len() == parts.len();
    let mut dropped: Option<Part> = None;
    ScrollArea::vertical()
        .id_salt("chips")
        .max_height(CHIPS_HEIGHT)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            for (i, (part, rule)) in parts.iter().enumerate() {
                let hides = ctx.view.hidden.get(i).filter(|_| known);
                let note = hides.map_or_else(String::new, |&n| text::hides(n));
                ui.push_id(part_salt(part), |ui| {
                    if chip::row(ui, &rule.label, &note, &text::drop_rule(&rule.label)) {
                        dropped = Some(part.clone());
                    }
                });
            }
        });
    if let Some(part) = dropped {
        state.drop_part(&part);
    }
}

fn part_salt(part: &Part) -> String {
    format!("{part:?}")
}

/// The expression box, with the place of an error under it.
fn expression(ui: &mut Ui, ctx: &Ctx<'_>, state: &mut FilterState) {
    let mut typed = state.text.clone();
    let field = TextEdit::singleline(&mut typed)
        .id(filter_box())
        .hint_text(text::FILTER_HINT)
        .desired_width(f32::INFINITY);
    let response = ui.add(field).accessible_name(text::FILTER);
    if response.changed() {
        let columns = ctx.catalog.columns.iter();
        let columns: Vec<_> = columns.map(|c| Arc::clone(&c.spec)).collect();
        state.set_text(typed, &columns);
    }
    if let Some(error) = state.error() {
        caret(ui, &state.text, error);
    }
}

/// The text around an error, a caret under its place, and what is wrong.
fn caret(ui: &mut Ui, typed: &str, error: &TextError) {
    let color = theme::palette(ui).reject;
    let weak = theme::palette(ui).weak;
    let (before, after) = text::around(typed, error.at);
    let width = |text: &str| {
        let galley = ui
            .painter()
            .layout_no_wrap(text.to_owned(), theme::small(), color);
        galley.rect.width()
    };
    let indent = width(&before);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
        let line = RichText::new(before + &after)
            .size(theme::SMALL)
            .color(weak);
        ui.add(egui::Label::new(line).truncate());
        ui.horizontal(|ui| {
            ui.add_space(indent);
            ui.label(RichText::new("^").color(color));
        });
        let message = text::at_character(error.at, &error.message);
        ui.label(RichText::new(message).size(theme::SMALL).color(color));
        if !error.hint.is_empty() {
            ui.label(RichText::new(&error.hint).size(theme::SMALL).color(weak));
        }
    });
}

fn marks(ui: &mut Ui, state: &mut FilterState) {
    ui.horizontal_wrapped(|ui| {
        ui.weak(text::AT_LEAST);
        ui.spacing_mut().item_spacing.x = 0.0;
        for n in 1..=5 {
            let on = n <= state.stars_min;
            if star::button(ui, on, &text::at_least_stars(n)) {
                state.stars_min = if state.stars_min == n { 0 } else { n };
            }
        }
    });
    ui.horizontal_wrapped(|ui| {
        for flag in [Flag::Pick, Flag::None, Flag::Reject] {
            let on = state.flag == Some(flag);
            if chip::choice(ui, on, text::flag_button(flag)).clicked() {
                state.flag = if on { None } else { Some(flag) };
            }
        }
    });
}

fn toggles(ui: &mut Ui, ctx: &Ctx<'_>, state: &mut FilterState) {
    let banded = !state.bands.is_empty();
    let unscored = text::unscored_images(ctx.view.unscored);
    ui.add_enabled_ui(banded, |ui| {
        let mut shown = state.show_unscored || !banded;
        let response = ui
            .checkbox(&mut shown, unscored)
            .on_hover_text(text::UNSCORED_ABOUT)
            .on_disabled_hover_text(text::NO_BAND);
        if response.changed() {
            state.show_unscored = shown;
        }
    });
    let failed = text::failed_images(ctx.view.failed);
    ui.checkbox(&mut state.show_failed, failed)
        .on_hover_text(text::FAILED_ABOUT);
}
