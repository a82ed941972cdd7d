//! The prompts of a scorer, one a line.
//!
//! Must not know: where they are kept.

use egui::{Button, Label, RichText, ScrollArea, TextEdit, Ui};

use crate::engine::Command;
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_models as text, text_panels, theme};

/// The dialog.
#[derive(Debug)]
pub struct Prompts {
    key: String,
    label: String,
    list: String,
}

impl Prompts {
    /// For the scorer with this key, with the list that it has now.
    pub fn new(key: String, ctx: &Ctx<'_>) -> Self {
        let model = ctx.model(&key);
        let columns = model.map(|model| model.columns.as_slice());
        let lines = columns.unwrap_or_default().iter();
        let lines: Vec<&str> = lines.map(|column| column.label.as_str()).collect();
        Self {
            label: model.map_or_else(|| key.clone(), |model| model.label.clone()),
            list: lines.join("\n"),
            key,
        }
    }
}

impl Dialog for Prompts {
    fn title(&self) -> String {
        text::prompts_title(&self.label)
    }

    fn ui(&mut self, ui: &mut Ui, _ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        let label = ui.label(text::PROMPT_LINES);
        ScrollArea::vertical()
            .max_height(theme::LIST_HEIGHT)
            .show(ui, |ui| {
                let field = TextEdit::multiline(&mut self.list)
                    .desired_rows(12)
                    .desired_width(f32::INFINITY);
                ui.add(field).labelled_by(label.id);
            });
        ui.add(Label::new(RichText::new(text::PROMPTS_ABOUT).weak()).wrap());
        ui.add_space(theme::GAP_BIG);
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let some = !self.list.trim().is_empty();
            let save = ui.add_enabled(some, Button::new(text::SAVE));
            if save.on_disabled_hover_text(text::NO_PROMPT).clicked() {
                out.push(Action::Send(Command::SetPrompts {
                    key: self.key.clone(),
                    text: std::mem::take(&mut self.list),
                }));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}
