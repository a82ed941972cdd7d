//! Where to move or copy: asks for a plan, which is shown before anything happens.
//!
//! Must not know: how files move.

use std::path::PathBuf;

use egui::{Button, TextEdit, Ui};

use crate::domain::catalog::Row;
use crate::domain::op::{Destination, Intent};
use crate::engine::Command;
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_panels as text, theme};

use super::pick::{Picker, Wanted};

/// The dialog.
#[derive(Debug, Default)]
pub struct Act {
    copy: bool,
    rows: Vec<Row>,
    hidden: usize,
    folder: String,
    keep_tree: bool,
    picker: Picker,
    begun: bool,
}

impl Act {
    /// For the files that [`Ctx::file_targets`] names now.
    pub fn new(copy: bool, ctx: &Ctx<'_>) -> Self {
        let rows = ctx.file_targets();
        let hidden = ctx.selection.rows().len().saturating_sub(rows.len());
        Self {
            copy,
            rows,
            hidden,
            ..Self::default()
        }
    }

    fn intent(&self) -> Option<Intent> {
        let folder = PathBuf::from(self.folder.trim());
        if !folder.is_absolute() || self.rows.is_empty() {
            return None;
        }
        let to = Destination {
            folder,
            keep_tree: self.keep_tree,
        };
        Some(if self.copy {
            Intent::Copy(to)
        } else {
            Intent::Move(to)
        })
    }

    fn path_row(&mut self, ui: &mut Ui) -> bool {
        let label = ui.label(text::DESTINATION);
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.folder)
                .hint_text(text::DESTINATION_HINT)
                .desired_width(ui.available_width() - theme::BROWSE_WIDTH);
            let response = ui.add(field).labelled_by(label.id);
            if !self.begun {
                self.begun = true;
                response.request_focus();
            }
            if ui.button(text::BROWSE).clicked() {
                self.picker.open(Wanted::Folder, ui.ctx().clone());
            }
            response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))
        })
        .inner
    }
}

impl Dialog for Act {
    fn title(&self) -> String {
        text::act_title(self.copy, self.rows.len())
    }

    fn ui(&mut self, ui: &mut Ui, _ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        if let Some(folder) = self.picker.poll() {
            self.folder = folder.display().to_string();
        }
        let entered = self.path_row(ui);
        ui.checkbox(&mut self.keep_tree, text::KEEP_FOLDERS)
            .on_hover_text(text::KEEP_FOLDERS_ABOUT);
        if self.hidden > 0 {
            ui.weak(text::hidden_stay(self.hidden));
        }
        ui.add_space(theme::GAP_BIG);
        let intent = self.intent();
        let why = if self.rows.is_empty() {
            text::NOTHING_CHOSEN
        } else {
            text::NEED_FOLDER
        };
        let mut stay = Stay::Open;
        let mut go = entered;
        ui.horizontal(|ui| {
            let preview = ui.add_enabled(intent.is_some(), Button::new(text::PREVIEW));
            go |= preview.on_disabled_hover_text(why).clicked();
            if ui.button(text::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        if let Some(intent) = intent.filter(|_| go) {
            let rows = std::mem::take(&mut self.rows);
            out.push(Action::Send(Command::Plan { rows, intent }));
            stay = Stay::Closed;
        }
        stay
    }
}
