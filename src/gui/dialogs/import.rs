//! Columns from a table that another program wrote: which table, what importing it would do, and
//! what was imported before.
//!
//! Must not know: how tables are read and matched.

use std::path::PathBuf;

use egui::{Button, Label, RichText, ScrollArea, TextEdit, Ui};

use crate::domain::import::{ImportOptions, ImportPlan};
use crate::domain::score::ScorerKind;
use crate::engine::Command;
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_columns as text, text_panels, theme};

use super::pick::{Picker, Wanted};

/// Which table, and under which name.
#[derive(Debug, Default)]
pub struct Import {
    file: String,
    name: String,
    key: String,
    picker: Picker,
    begun: bool,
}

impl Dialog for Import {
    fn title(&self) -> String {
        text::IMPORT_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        if let Some(path) = self.picker.poll() {
            self.file = path.display().to_string();
        }
        let label = ui.label(text::TABLE);
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.file)
                .hint_text(text::TABLE_HINT)
                .desired_width(ui.available_width() - theme::BROWSE_WIDTH);
            let response = ui.add(field).labelled_by(label.id);
            if !std::mem::replace(&mut self.begun, true) {
                response.request_focus();
            }
            if ui.button(text_panels::BROWSE).clicked() {
                self.picker.open(Wanted::File, ui.ctx().clone());
            }
        });
        optional(
            ui,
            (text::IMPORT_NAME, text::IMPORT_NAME_HINT),
            &mut self.name,
        );
        optional(ui, (text::KEY_COLUMN, text::KEY_COLUMN_HINT), &mut self.key);
        ui.add(Label::new(RichText::new(text::IMPORT_ABOUT).weak()).wrap());
        imports(ui, ctx, out);
        ui.add_space(theme::GAP_BIG);
        let file = PathBuf::from(self.file.trim());
        let can = file.is_absolute() && file.file_name().is_some();
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let go = ui.add_enabled(can, Button::new(text::SHOW_PLAN));
            if go.on_disabled_hover_text(text_panels::NEED_FILE).clicked() {
                let said = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
                let options = ImportOptions {
                    name: said(&self.name),
                    key: said(&self.key),
                    ..ImportOptions::default()
                };
                out.push(Action::Send(Command::PlanImport { file, options }));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}

/// A line that may stay empty.
fn optional(ui: &mut Ui, (label, hint): (&str, &str), value: &mut String) {
    let label = ui.label(label);
    let field = TextEdit::singleline(value)
        .hint_text(hint)
        .desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id);
}

/// What was imported before, with a way to forget it.
fn imports(ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    let imported = |s: &&crate::domain::score::ScorerSpec| s.kind == ScorerKind::Imported;
    let mut known = ctx.scorers.iter().filter(imported).peekable();
    if known.peek().is_none() {
        return;
    }
    ui.add_space(theme::GAP);
    ui.strong(text::IMPORTED);
    for import in known {
        ui.horizontal(|ui| {
            ui.label(&import.label);
            let remove = ui.small_button(text::REMOVE);
            if remove.accessible_name(text::remove(&import.key)).clicked() {
                out.push(Action::Send(Command::RemoveImport(import.key.clone())));
            }
        });
    }
}

/// What importing a table would do.
#[derive(Debug)]
pub struct ImportView {
    plan: Box<ImportPlan>,
}

impl ImportView {
    /// Shows this plan, and carries it out if agreed to.
    pub fn new(plan: Box<ImportPlan>) -> Self {
        Self { plan }
    }
}

impl Dialog for ImportView {
    fn title(&self) -> String {
        self.plan.title()
    }

    fn ui(&mut self, ui: &mut Ui, _ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        ScrollArea::vertical()
            .max_height(theme::LIST_HEIGHT)
            .show(ui, |ui| {
                for line in self.plan.lines() {
                    ui.add(Label::new(line).wrap());
                }
            });
        ui.add_space(theme::GAP_BIG);
        let can = !self.plan.matched.is_empty();
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let go = ui.add_enabled(can, Button::new(text::IMPORT));
            if go.on_disabled_hover_text(text::NOTHING_FITS).clicked() {
                out.push(Action::Send(Command::Import(self.plan.clone())));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}
