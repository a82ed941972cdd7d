//! Which images to list or copy, how, and where.
//!
//! Must not know: how lists are written, how files are copied.

use std::path::PathBuf;

use egui::{Button, TextEdit, Ui};

use crate::domain::catalog::Row;
use crate::domain::op::{Destination, Intent};
use crate::engine::{Command, ListFormat};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::widgets::chip;
use crate::gui::{text_panels as text, theme};

use super::pick::{Picker, Wanted};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    List(ListFormat),
    /// The images themselves, with their sidecars.
    Files,
}

const CHOICES: [(What, &str); 4] = [
    (What::List(ListFormat::Csv), text::CSV),
    (What::List(ListFormat::Jsonl), text::JSONL),
    (What::List(ListFormat::Paths), text::PATH_LIST),
    (What::Files, text::COPY_FILES),
];

/// The dialog.
#[derive(Debug)]
pub struct Export {
    selected: Vec<Row>,
    only_selected: bool,
    what: What,
    path: String,
    keep_tree: bool,
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
            what: What::List(ListFormat::Csv),
            path: String::new(),
            keep_tree: false,
            picker: Picker::default(),
            begun: false,
        }
    }

    fn which(&mut self, ui: &mut Ui, ctx: &Ctx<'_>) {
        if self.selected.is_empty() {
            ui.weak(text::with_count(text::WHOLE_VIEW, ctx.view.rows.len()));
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
            for (what, name) in CHOICES {
                if chip::choice(ui, self.what == what, name).clicked() {
                    self.what = what;
                    let path = PathBuf::from(&self.path);
                    if let (What::List(format), Some(_)) = (what, ListFormat::of(&path)) {
                        let path = path.with_extension(ending(format));
                        self.path = path.display().to_string();
                    }
                }
            }
        });
    }

    fn path_row(&mut self, ui: &mut Ui) -> bool {
        let (label, hint) = match self.what {
            What::List(_) => (text::EXPORT_FILE, text::EXPORT_HINT),
            What::Files => (text::DESTINATION, text::DESTINATION_HINT),
        };
        let label = ui.label(label);
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.path)
                .hint_text(hint)
                .desired_width(ui.available_width() - theme::BROWSE_WIDTH);
            let response = ui.add(field).labelled_by(label.id);
            if !self.begun {
                self.begun = true;
                response.request_focus();
            }
            if response.changed() {
                self.follow_ending();
            }
            if ui.button(text::BROWSE).clicked() {
                let wanted = match self.what {
                    What::List(ListFormat::Csv) => Wanted::Save("bandpass.csv"),
                    What::List(ListFormat::Jsonl) => Wanted::Save("bandpass.jsonl"),
                    What::List(ListFormat::Paths) => Wanted::Save("bandpass.txt"),
                    What::Files => Wanted::Folder,
                };
                self.picker.open(wanted, ui.ctx().clone());
            }
            response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))
        })
        .inner
    }

    /// A file name that ends like a format chooses it.
    fn follow_ending(&mut self) {
        let format = ListFormat::of(&PathBuf::from(self.path.trim()));
        if let (What::List(_), Some(format)) = (self.what, format) {
            self.what = What::List(format);
        }
    }

    /// The path, once it is complete.
    fn target(&self) -> Option<PathBuf> {
        let path = PathBuf::from(self.path.trim());
        (path.is_absolute() && path.file_name().is_some()).then_some(path)
    }

    fn command(&self, ctx: &Ctx<'_>, to: PathBuf) -> Command {
        let rows = if self.only_selected {
            self.selected.clone()
        } else {
            ctx.view.rows.to_vec()
        };
        match self.what {
            What::List(format) => Command::Export { rows, format, to },
            What::Files => Command::Plan {
                rows,
                intent: Intent::Copy(Destination {
                    folder: to,
                    keep_tree: self.keep_tree,
                }),
            },
        }
    }
}

fn ending(format: ListFormat) -> &'static str {
    match format {
        ListFormat::Csv => "csv",
        ListFormat::Jsonl => "jsonl",
        ListFormat::Paths => "txt",
    }
}

impl Dialog for Export {
    fn title(&self) -> String {
        text::EXPORT_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        if let Some(path) = self.picker.poll() {
            self.path = path.display().to_string();
            self.follow_ending();
        }
        self.which(ui, ctx);
        self.how(ui);
        let entered = self.path_row(ui);
        if self.what == What::Files {
            ui.checkbox(&mut self.keep_tree, text::KEEP_FOLDERS)
                .on_hover_text(text::KEEP_FOLDERS_ABOUT);
        }
        ui.add_space(theme::GAP_BIG);
        let target = self.target();
        let (button, why) = match self.what {
            What::List(_) => (text::EXPORT, text::NEED_FILE),
            What::Files => (text::PREVIEW, text::NEED_FOLDER),
        };
        let mut stay = Stay::Open;
        let mut go = entered;
        ui.horizontal(|ui| {
            let response = ui.add_enabled(target.is_some(), Button::new(button));
            go |= response.on_disabled_hover_text(why).clicked();
            if ui.button(text::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        if let Some(to) = target.filter(|_| go) {
            out.push(Action::Send(self.command(ctx, to)));
            stay = Stay::Closed;
        }
        stay
    }
}
