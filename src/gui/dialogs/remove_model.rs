//! What a removal deletes and what it leaves, before it happens.
//!
//! Must not know: where weights lie.

use egui::{Button, Label, RichText, Ui};

use crate::engine::{Command, ModelState};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_models as text, text_panels, theme};

/// The dialog.
#[derive(Debug)]
pub struct RemoveModel {
    key: String,
    label: String,
}

impl RemoveModel {
    /// For the scorer with this key.
    pub fn new(key: String) -> Self {
        Self {
            label: key.clone(),
            key,
        }
    }
}

impl Dialog for RemoveModel {
    fn title(&self) -> String {
        text::remove_title(&self.label)
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        if let Some(model) = ctx.model(&self.key) {
            self.label.clone_from(&model.label);
            if let ModelState::Ready {
                files,
                bytes,
                ours: true,
                ..
            } = &model.state
            {
                ui.label(text::deleted(files.len(), *bytes));
            }
        }
        ui.add(Label::new(text::YOURS_STAY).wrap());
        ui.weak(text::SCORES_STAY);
        ui.add_space(theme::GAP_BIG);
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let palette = theme::palette(ui);
            let label = RichText::new(text::REMOVE_NOW).color(palette.on_accent);
            if ui.add(Button::new(label).fill(palette.accent)).clicked() {
                out.push(Action::Send(Command::RemoveModel(self.key.clone())));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}
