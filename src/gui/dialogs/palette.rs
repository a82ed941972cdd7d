//! Find a command by typing.

use egui::{Button, Key, Modifiers, ScrollArea, TextEdit, Ui};

use crate::gui::command::{self, UiCommand};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text, theme};

/// What was typed, and which match is chosen.
#[derive(Default)]
pub struct Palette {
    typed: String,
    chosen: usize,
    is_shown: bool,
}

impl Dialog for Palette {
    fn title(&self) -> String {
        text::PALETTE_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, _ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        let (up, down, enter) = ui.input_mut(|input| {
            let mut took = |key| input.consume_key(Modifiers::NONE, key);
            (took(Key::ArrowUp), took(Key::ArrowDown), took(Key::Enter))
        });
        let edit = TextEdit::singleline(&mut self.typed)
            .hint_text(text::PALETTE_BOX)
            .desired_width(f32::INFINITY);
        let edit = ui.add(edit).accessible_name(text::PALETTE_BOX);
        if !self.is_shown {
            edit.request_focus();
            self.is_shown = true;
        }
        if edit.changed() {
            self.chosen = 0;
        }
        let found = matches(&self.typed);
        let last = found.len().saturating_sub(1);
        self.chosen = match (up, down) {
            (true, _) => self.chosen.saturating_sub(1),
            (_, true) => self.chosen + 1,
            _ => self.chosen,
        }
        .min(last);
        let clicked = list(ui, &found, self.chosen, up || down);
        let entered = found.get(self.chosen).copied().filter(|_| enter);
        let Some(command) = clicked.or(entered) else {
            return Stay::Open;
        };
        out.push(Action::Run(command));
        Stay::Closed
    }
}

fn list(ui: &mut Ui, found: &[UiCommand], chosen: usize, moved: bool) -> Option<UiCommand> {
    let mut clicked = None;
    if found.is_empty() {
        ui.weak(text::PALETTE_NONE);
    }
    ScrollArea::vertical()
        .max_height(theme::LIST_HEIGHT)
        .auto_shrink(false)
        .show(ui, |ui| {
            for (i, command) in found.iter().enumerate() {
                let button = Button::selectable(i == chosen, command.text())
                    .right_text(egui::RichText::new(command.key_text()).weak())
                    .min_size(egui::vec2(ui.available_width(), 0.0));
                let response = ui.add(button).on_hover_text(command.tooltip());
                if i == chosen && moved {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    clicked = Some(*command);
                }
            }
        });
    clicked
}

/// Commands whose name or tooltip holds every typed word; those whose name begins so come first.
fn matches(typed: &str) -> Vec<UiCommand> {
    let typed = typed.trim().to_lowercase();
    let mut found: Vec<UiCommand> = command::all().filter(|c| fits(*c, &typed)).collect();
    found.sort_by_key(|command| {
        let text = command.text().to_lowercase();
        (!text.starts_with(&typed), !text.contains(&typed))
    });
    found
}

fn fits(command: UiCommand, typed: &str) -> bool {
    let text = format!("{} {}", command.text(), command.tooltip()).to_lowercase();
    typed.split_whitespace().all(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_order_and_beginnings_come_first() {
        assert_eq!(matches("failed retry"), [UiCommand::RetryFailed]);
        assert_eq!(matches("re").first(), Some(&UiCommand::Rescan));
        assert_eq!(matches("dark light"), [UiCommand::Theme]);
        assert_eq!(matches("zzz"), []);
        assert_eq!(matches("").len(), command::all().count());
    }
}
