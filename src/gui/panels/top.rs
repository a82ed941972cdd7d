//! Menus and the tool line.
//!
//! Must not know: how commands are carried out.

use std::path::PathBuf;

use egui::{Button, ComboBox, Slider, TextEdit, Ui};

use crate::domain::query::{SortBy, SortKey};
use crate::domain::score::Better;
use crate::engine::Command;
use crate::gui::command::{self, Group, UiCommand};
use crate::gui::ctx::{Action, Ctx};
use crate::gui::widgets::icon_button::{Icon, icon_button};
use crate::gui::{text, theme};

/// The two lines above the grid.
#[derive(Default)]
pub(in crate::gui) struct Top {
    path: String,
}

impl Top {
    /// Puts a folder into the path box.
    pub(in crate::gui) fn set_path(&mut self, path: String) {
        self.path = path;
    }

    /// Draws both lines.
    pub(in crate::gui) fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        egui::MenuBar::new().ui(ui, |ui| {
            for group in Group::ALL.into_iter().filter(|group| group.is_menu()) {
                ui.menu_button(group.text(), |ui| menu(ui, group, ctx, out));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.reset_style();
                self.path_box(ui, out);
            });
        });
        ui.horizontal(|ui| {
            tool_button(ui, text::OPEN_FOLDER, UiCommand::Open, out);
            ui.add_enabled_ui(ctx.can_score(), |ui| {
                tool_button(ui, text::SCORE, UiCommand::Score, out);
                tool_button(ui, text::SCORE_WITH, UiCommand::ScoreWith, out);
            });
            tool_button(ui, text::UNDO, UiCommand::Undo, out);
            tool_button(ui, text::MODELS, UiCommand::Models, out);
            ui.separator();
            sort_menu(ui, ctx, out);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                size_slider(ui, ctx, out);
            });
        });
    }

    fn path_box(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        let open = ui.button(text::OPEN);
        let edit = TextEdit::singleline(&mut self.path)
            .hint_text(text::FOLDER_PATH_HINT)
            .align(egui::Align2::LEFT_CENTER)
            .desired_width(theme::PATH_WIDTH);
        let edit = ui.add(edit);
        let label = ui.label(text::FOLDER_PATH);
        let edit = edit.labelled_by(label.id);
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let path = self.path.trim();
        if (open.clicked() || entered) && !path.is_empty() {
            out.push(Action::Send(Command::Open(vec![PathBuf::from(path)])));
        }
    }
}

/// A command as an entry of a menu.
pub(in crate::gui) fn command_button(ui: &mut Ui, command: UiCommand, out: &mut Vec<Action>) {
    let button = Button::new(command.text()).shortcut_text(command.key_text());
    if ui.add(button).on_hover_text(command.tooltip()).clicked() {
        out.push(Action::Run(command));
        ui.close();
    }
}

fn menu(ui: &mut Ui, group: Group, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    for command in command::all().filter(|command| command.group() == group) {
        if command == UiCommand::AutoAdvance {
            let mut on = ctx.settings.auto_advance;
            if ui
                .checkbox(&mut on, command.text())
                .on_hover_text(command.tooltip())
                .clicked()
            {
                out.push(Action::Run(command));
            }
            continue;
        }
        command_button(ui, command, out);
    }
}

fn tool_button(ui: &mut Ui, label: &str, command: UiCommand, out: &mut Vec<Action>) {
    let response = ui.button(label);
    if response.on_hover_ui(|ui| tooltip(ui, command)).clicked() {
        out.push(Action::Run(command));
    }
}

fn tooltip(ui: &mut Ui, command: UiCommand) {
    ui.horizontal(|ui| {
        ui.label(command.tooltip());
        ui.weak(command.key_text());
    });
}

fn size_slider(ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    let mut size = ctx.settings.thumb_size;
    let slider = Slider::new(&mut size, theme::THUMB_SIZE)
        .show_value(false)
        .step_by(8.0);
    let slider = ui.add(slider);
    let label = ui.label(text::THUMB_SIZE);
    if slider.labelled_by(label.id).changed() {
        let mut settings = ctx.settings.clone();
        settings.thumb_size = size;
        out.push(Action::Settings(Box::new(settings)));
    }
}

fn sort_menu(ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    let first = ctx.spec.sort.first();
    let by = first.map_or(SortBy::Name, |key| key.by.clone());
    let descending = first.is_some_and(|key| key.descending);
    let label = ui.label(text::SORT_BY);
    let combo = ComboBox::from_id_salt("sort")
        .selected_text(sort_text(ctx, &by))
        .width(theme::SORT_WIDTH)
        .height(theme::LIST_HEIGHT)
        .show_ui(ui, |ui| sort_entries(ui, ctx, &by));
    combo.response.labelled_by(label.id);
    if let Some(Some(chosen)) = combo.inner {
        let descending = best_first(ctx, &chosen);
        out.push(sorted(chosen, descending));
    }
    let (icon, name) = if descending {
        (Icon::Descending, text::DESCENDING)
    } else {
        (Icon::Ascending, text::ASCENDING)
    };
    if icon_button(ui, icon, name).clicked() {
        out.push(sorted(by, !descending));
    }
}

fn sort_entries(ui: &mut Ui, ctx: &Ctx<'_>, current: &SortBy) -> Option<SortBy> {
    let fixed = [
        SortBy::Name,
        SortBy::Path,
        SortBy::Date,
        SortBy::Size,
        SortBy::Stars,
    ];
    let keys = ctx
        .catalog
        .columns
        .iter()
        .map(|column| column.spec.key.clone());
    let entries = fixed.into_iter().chain(keys.map(SortBy::Column));
    let mut chosen = None;
    for by in entries {
        let response = ui.selectable_label(by == *current, sort_text(ctx, &by));
        let response = match &by {
            SortBy::Column(key) => response.on_hover_text(about(ctx, key)),
            _ => response,
        };
        if response.clicked() {
            chosen = Some(by);
        }
    }
    chosen
}

fn about(ctx: &Ctx<'_>, key: &str) -> String {
    let column = ctx.catalog.column(key);
    column
        .map(|column| column.spec.about.clone())
        .unwrap_or_default()
}

fn sort_text(ctx: &Ctx<'_>, by: &SortBy) -> String {
    let fixed = match by {
        SortBy::Name => text::BY_NAME,
        SortBy::Path => text::BY_PATH,
        SortBy::Date => text::BY_DATE,
        SortBy::Size => text::BY_SIZE,
        SortBy::Stars => text::BY_STARS,
        SortBy::Column(key) => {
            let column = ctx.catalog.column(key);
            return column.map_or(key.clone(), |column| column.spec.label.clone());
        }
    };
    fixed.to_owned()
}

/// Names go up; scores begin with the best, other numbers with the largest.
fn best_first(ctx: &Ctx<'_>, by: &SortBy) -> bool {
    match by {
        SortBy::Name | SortBy::Path => false,
        SortBy::Date | SortBy::Size | SortBy::Stars => true,
        SortBy::Column(key) => {
            let column = ctx.catalog.column(key);
            column.is_none_or(|column| column.spec.better != Better::Lower)
        }
    }
}

fn sorted(by: SortBy, descending: bool) -> Action {
    Action::Sort(vec![SortKey { by, descending }])
}
