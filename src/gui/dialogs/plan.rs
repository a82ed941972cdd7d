//! What an operation would do, in numbers and file by file, before it is done.
//!
//! Must not know: how files move.

use egui::{Button, CollapsingHeader, RichText, ScrollArea, Ui};

use crate::domain::op::{Intent, Plan};
use crate::engine::Command;
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_panels as text, theme};

/// Height of a list of files, points.
const LIST_HEIGHT: f32 = 160.0;

/// The dialog; its plan is the very one that is carried out.
#[derive(Debug)]
pub struct PlanView {
    plan: Plan,
    begun: bool,
}

impl PlanView {
    /// Shows this plan.
    pub fn new(plan: Plan) -> Self {
        Self { plan, begun: false }
    }
}

impl Dialog for PlanView {
    fn title(&self) -> String {
        text::confirm(&self.plan)
    }

    fn ui(&mut self, ui: &mut Ui, _ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        let plan = &self.plan;
        ui.label(text::plan_title(plan));
        let some = !plan.steps.is_empty();
        if some {
            let promise = match plan.intent {
                Intent::Trash => text::UNDOABLE_TRASH,
                Intent::Move(_) | Intent::Copy(_) => text::UNDOABLE,
            };
            ui.weak(promise);
        } else {
            ui.colored_label(theme::palette(ui).warn, text::NOTHING_TO_DO);
        }
        ui.add_space(theme::GAP);
        lists(ui, plan);
        ui.add_space(theme::GAP_BIG);
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let name = text::confirm(plan);
            let palette = theme::palette(ui);
            let label = RichText::new(name).color(palette.on_accent);
            let button = Button::new(label).fill(palette.accent);
            let response = ui.add_enabled(some, button);
            if !self.begun {
                self.begun = true;
                response.request_focus();
            }
            if response.clicked() {
                let confirmed = plan.clone().confirm();
                out.push(Action::Send(Command::Apply(confirmed)));
                stay = Stay::Closed;
            }
            if ui.button(text::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}

fn lists(ui: &mut Ui, plan: &Plan) {
    let warn = theme::palette(ui).warn;
    list(ui, (text::CLASHES, true), plan.clashes.len(), |i| {
        let clash = plan.clashes.get(i)?;
        let line = text::clash(&clash.wanted, &clash.given);
        Some(RichText::new(line).color(warn))
    });
    list(ui, (text::SKIPPED, true), plan.skipped.len(), |i| {
        let skip = plan.skipped.get(i)?;
        Some(RichText::new(text::skip(&skip.path, &skip.reason)))
    });
    let open = plan.clashes.is_empty() && plan.skipped.is_empty();
    list(ui, (text::STEPS, open), plan.steps.len(), |i| {
        let step = plan.steps.get(i)?;
        Some(RichText::new(text::step(&step.from, step.to.as_deref())))
    });
}

/// A heading with its count over a list of which only the visible lines are made.
fn list(
    ui: &mut Ui,
    (heading, open): (&str, bool),
    n: usize,
    line: impl Fn(usize) -> Option<RichText>,
) {
    if n == 0 {
        return;
    }
    CollapsingHeader::new(text::with_count(heading, n))
        .id_salt(heading)
        .default_open(open)
        .show(ui, |ui| {
            let height = ui.text_style_height(&egui::TextStyle::Small);
            ScrollArea::vertical()
                .max_height(LIST_HEIGHT)
                .auto_shrink([false, true])
                .show_rows(ui, height, n, |ui, range| {
                    for text in range.filter_map(&line) {
                        ui.add(egui::Label::new(text.size(theme::SMALL)).truncate());
                    }
                });
        });
}
