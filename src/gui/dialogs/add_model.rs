//! Which weight file to use, and for which scorer.
//!
//! Must not know: how files are recognised.

use std::path::PathBuf;

use egui::{Button, Label, TextEdit, Ui};

use crate::engine::Command;
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_models as text, text_panels, theme};

use super::pick::{Picker, Wanted};

/// What the file is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Weights of the scorer that the dialog was opened for.
    Told,
    /// Weights of some scorer.
    FindOut,
    /// A network that no manifest knows.
    Own,
}

/// The dialog.
#[derive(Debug)]
pub struct AddModel {
    /// The scorer that it was opened for.
    of: Option<String>,
    what: What,
    file: String,
    picker: Picker,
    begun: bool,
}

impl AddModel {
    /// For the scorer with this key, or whichever one the file turns out to be for.
    pub fn new(key: Option<String>) -> Self {
        Self {
            what: if key.is_some() {
                What::Told
            } else {
                What::FindOut
            },
            of: key,
            file: String::new(),
            picker: Picker::default(),
            begun: false,
        }
    }

    fn path_row(&mut self, ui: &mut Ui) -> bool {
        let label = ui.label(text::MODEL_FILE);
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.file)
                .hint_text(text::MODEL_FILE_HINT)
                .desired_width(ui.available_width() - theme::BROWSE_WIDTH);
            let response = ui.add(field).labelled_by(label.id);
            if !self.begun {
                self.begun = true;
                response.request_focus();
            }
            if ui.button(text_panels::BROWSE).clicked() {
                self.picker.open(Wanted::File, ui.ctx().clone());
            }
            response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))
        })
        .inner
    }
}

impl Dialog for AddModel {
    fn title(&self) -> String {
        text::ADD_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        if let Some(path) = self.picker.poll() {
            self.file = path.display().to_string();
        }
        let entered = self.path_row(ui);
        if let Some(key) = &self.of {
            let label = ctx.model(key).map_or(key, |model| &model.label);
            ui.radio_value(&mut self.what, What::Told, text::add_for(label));
        }
        ui.radio_value(&mut self.what, What::FindOut, text::FIND_OUT);
        ui.radio_value(&mut self.what, What::Own, text::ADD_OWN);
        ui.add(Label::new(egui::RichText::new(text::ADD_ABOUT).weak()).wrap());
        ui.add_space(theme::GAP_BIG);
        let file = PathBuf::from(self.file.trim());
        let can = file.is_absolute() && file.file_name().is_some();
        let mut stay = Stay::Open;
        let mut go = entered;
        ui.horizontal(|ui| {
            let add = ui.add_enabled(can, Button::new(text::ADD));
            go |= add.on_disabled_hover_text(text_panels::NEED_FILE).clicked();
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        if go && can {
            let key = self.of.take().filter(|_| self.what == What::Told);
            out.push(Action::Send(match self.what {
                What::Own => Command::LookAtModel(file),
                What::Told | What::FindOut => Command::AddModel { file, key },
            }));
            stay = Stay::Closed;
        }
        stay
    }
}
