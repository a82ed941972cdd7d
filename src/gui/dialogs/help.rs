//! Every command with its keys.

use egui::{Grid, ScrollArea, Ui};

use crate::gui::command::{self, Chord, Group};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text, theme};

/// The overlay.
pub struct Help;

impl Dialog for Help {
    fn title(&self) -> String {
        text::HELP_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, _ctx: &Ctx<'_>, _out: &mut Vec<Action>) -> Stay {
        ScrollArea::vertical()
            .max_height(theme::LIST_HEIGHT)
            .show(ui, |ui| {
                for group in Group::ALL {
                    section(ui, group);
                }
            });
        if ui.button(text::CLOSE).clicked() {
            return Stay::Closed;
        }
        Stay::Open
    }
}

fn section(ui: &mut Ui, group: Group) {
    ui.add_space(theme::GAP);
    ui.strong(group.text());
    let commands = command::all().filter(|command| command.group() == group);
    Grid::new(group.text())
        .num_columns(2)
        .min_col_width(theme::DIALOG_WIDTH * 0.3)
        .show(ui, |ui| {
            for command in commands {
                let keys: Vec<String> = command.shortcuts().into_iter().map(Chord::text).collect();
                if keys.is_empty() {
                    continue;
                }
                ui.monospace(keys.join("  "));
                ui.label(command.text()).on_hover_text(command.tooltip());
                ui.end_row();
            }
        });
}
