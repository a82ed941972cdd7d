//! What was done, newest first, each with a way back.
//!
//! Must not know: how operations are undone.

use egui::{RichText, ScrollArea, Ui};

use crate::base::JobId;
use crate::domain::op::{OpState, OpSummary};
use crate::engine::Command;
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_panels as text, theme};

/// Height of the list, points.
const LIST_HEIGHT: f32 = 360.0;

/// The dialog; asks for the history when it opens, and whenever an undo or another job ends.
#[derive(Debug, Default)]
pub struct History {
    asked: bool,
    ended: Option<JobId>,
}

impl Dialog for History {
    fn title(&self) -> String {
        text::HISTORY.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        let ended = ctx.jobs.iter().filter(|job| job.state.is_over());
        let ended = ended.map(|job| job.id).max();
        if !self.asked || self.ended != ended {
            self.asked = true;
            self.ended = ended;
            out.push(Action::Send(Command::History));
        }
        if ctx.history.is_empty() {
            ui.weak(text::NO_HISTORY);
        }
        let height = ui.spacing().interact_size.y + theme::SMALL;
        ScrollArea::vertical()
            .max_height(LIST_HEIGHT)
            .auto_shrink([false, true])
            .show_rows(ui, height, ctx.history.len(), |ui, range| {
                for op in ctx.history.get(range).unwrap_or_default() {
                    if entry(ui, op, height) {
                        out.push(Action::Send(Command::Undo(Some(op.id))));
                        self.asked = false;
                    }
                }
            });
        ui.add_space(theme::GAP);
        if ui.button(text::CLOSE).clicked() {
            return Stay::Closed;
        }
        Stay::Open
    }
}

/// One line; true when its undo was clicked.
fn entry(ui: &mut Ui, op: &OpSummary, height: f32) -> bool {
    let mut undo = false;
    ui.horizontal(|ui| {
        ui.set_height(height);
        let right = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(right, |ui| {
            let can = matches!(op.state, OpState::Done | OpState::Running);
            let name = text::undo_op(&op.title);
            let button = ui.add_enabled(can, egui::Button::new(text::UNDO));
            undo = button.accessible_name(name).clicked();
            let left = egui::Layout::top_down(egui::Align::Min);
            ui.with_layout(left, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add(egui::Label::new(&op.title).truncate())
                    .on_hover_text(&op.title);
                let state = text::op_state(op.state, op.n_done, op.n_failed);
                let line = format!("{} · {state}", time(op.at));
                ui.label(RichText::new(line).size(theme::SMALL).weak());
            });
        });
    });
    undo
}

/// `2026-11-20 07:38` in the local time zone.
fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| String::new(),
        |time| {
            let local = time.to_zoned(jiff::tz::TimeZone::system());
            local.strftime("%Y-%m-%d %H:%M").to_string()
        },
    )
}
