//! Which images to list, how, and where.
//!
//! Must not know: how lists are written.

use std::path::PathBuf;

use egui::{Button, TextEdit, Ui};

use crate::domain::catalog::Row;
use crate::engine::{Command, ListFormat};
use crate::gui::ctx::{Action, Ask, Ctx, Dialog, Stay};
use crate::gui::widgets::chip;
use crate::gui::{text_panels as text, theme};

use super::pick::{Picker, Wanted};

const FORMATS: [(ListFormat, &str, &str); 3] = [
    (ListFormat::Csv, text::CSV, "csv"),
    (ListFormat::Jsonl, text::JSONL, "jsonl"),
    (ListFormat::Paths, text::PATH_LIST, "txt"),
];

/// The dialog.
#[derive(Debug)]
pub struct Export {
    selected: Vec<Row>,
    only_selected: bool,
    format: ListFormat,
    file: String,
    picker: Picker,
    begun: bool,
}

impl Export {
    /// Offers the selection, if there is one, and the view.
    pub fn new(ctx: &Ctx<'_>) -> Self {
        let selected = if ctx.selection.rows().len() > 1 {
            ctx.file_targets()
        } else {
            Vec::new()
        };
        Self {
            only_selected: !selected.is_empty(),
            selected,
            format: ListFormat::Csv,
            file: String::new(),
            picker: Picker::default(),
            begun: false,
        }
    }

    fn which(&mut self, ui: &mut Ui, ctx: &Ctx<'_>) {
        if self.selected.is_empty() {
            return;
        }
        ui.horizontal(|ui| {
            let selected = text::with_count(text::ONLY_SELECTED, self.selected.len());
            ui.radio_value(&mut self.only_selected, true, selected);
            let view = text::with_count(text::WHOLE_VIEW, ctx.view.rows.len());
            ui.radio_value(&mut self.only_selected, false, view);
        });
    }

    fn how(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            for (format, name, ending) in FORMATS {
                if chip::choice(ui, self.format == format, name).clicked() {
                    self.format = format;
                    let path = PathBuf::from(&self.file);
                    if ListFormat::of(&path).is_some() {
                        self.file = path.with_extension(ending).display().to_string();
                    }
                }
            }
        });
    }

    fn file_row(&mut self, ui: &mut Ui) -> bool {
        let label = ui.label(text::EXPORT_FILE);
        ui.horizontal(|ui| {
            let browse = ui.spacing().interact_size.x * 2.2;
            let field = TextEdit::singleline(&mut self.file)
                .hint_text("/path/to/list.csv")
                .desired_width(ui.available_width() - browse);
            let response = ui.add(field).labelled_by(label.id);
            if !self.begun {
                self.begun = true;
                response.request_focus();
            }
            if response.changed() {
                let format = ListFormat::of(&PathBuf::from(self.file.trim()));
                self.format = format.unwrap_or(self.format);
            }
            if ui.button(text::BROWSE).clicked() {
                let name = match self.format {
                    ListFormat::Csv => "bandpass.csv",
                    ListFormat::Jsonl => "bandpass.jsonl",
                    ListFormat::Paths => "bandpass.txt",
                };
                self.picker.open(Wanted::Save(name), ui.ctx().clone());
            }
            response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))
        })
        .inner
    }

    fn command(&self, ctx: &Ctx<'_>) -> Command {
        let rows = if self.only_selected {
            self.selected.clone()
        } else {
            ctx.view.rows.to_vec()
        };
        Command::Export {
            rows,
            format: self.format,
            to: PathBuf::from(self.file.trim()),
        }
    }
}

impl Dialog for Export {
    fn title(&self) -> String {
        text::EXPORT_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        if let Some(file) = self.picker.poll() {
            self.format = ListFormat::of(&file).unwrap_or(self.format);
            self.file = file.display().to_string();
        }
        self.which(ui, ctx);
        self.how(ui);
        let entered = self.file_row(ui);
        ui.add_space(theme::GAP);
        let mut stay = Stay::Open;
        if ui.link(text::COPY_TO_FOLDER).clicked() {
            out.push(Action::Ask(Ask::Copy));
            return Stay::Closed;
        }
        ui.add_space(theme::GAP_BIG);
        let file = PathBuf::from(self.file.trim());
        let ready = file.is_absolute() && file.file_name().is_some();
        let mut go = entered;
        ui.horizontal(|ui| {
            let export = ui.add_enabled(ready, Button::new(text::EXPORT));
            go |= export.on_disabled_hover_text(text::NEED_FILE).clicked();
            if ui.button(text::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        if go && ready {
            out.push(Action::Send(self.command(ctx)));
            stay = Stay::Closed;
        }
        stay
    }
}
