//! Which scorers to run, on what, over which images.
//!
//! Must not know: how scores are computed.

use std::collections::BTreeSet;

use egui::{Button, RichText, ScrollArea, Ui};

use crate::domain::catalog::Row;
use crate::domain::score::{ScorerKind, ScorerSpec};
use crate::engine::{Command, ModelState, ScoreRequest, Use};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::widgets::device;
use crate::gui::{text_models as text, text_panels, theme};

/// Height of the list of scorers, points.
const LIST_HEIGHT: f32 = 260.0;

/// The dialog.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a box to tick each, and whether it has asked"
)]
pub struct Score {
    /// Scorers that are not to run; so that those which become ready meanwhile are in.
    without: BTreeSet<String>,
    rows: Vec<Row>,
    only_selected: bool,
    retry_failed: bool,
    allow_cpu: bool,
    /// Text of a choice of devices.
    device: String,
    asked: bool,
}

impl Score {
    /// Everything that is ready, over the whole library.
    pub fn new(ctx: &Ctx<'_>) -> Self {
        Self {
            without: BTreeSet::new(),
            rows: ctx.selection.rows().iter().copied().collect(),
            only_selected: false,
            retry_failed: false,
            allow_cpu: false,
            device: ctx.settings.device.clone(),
            asked: false,
        }
    }

    fn list(&mut self, ui: &mut Ui, scorers: &[(&str, &str)]) {
        ui.horizontal(|ui| {
            if ui.small_button(text::CHECK_ALL).clicked() {
                self.without.clear();
            }
            if ui.small_button(text::CHECK_NONE).clicked() {
                let keys = scorers.iter().map(|(key, _)| (*key).to_owned());
                self.without = keys.collect();
            }
            ui.weak(text::MORE_MODELS);
        });
        ScrollArea::vertical()
            .max_height(LIST_HEIGHT)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                for (key, label) in scorers {
                    let mut on = !self.without.contains(*key);
                    if ui.checkbox(&mut on, *label).on_hover_text(*key).changed() {
                        if on {
                            self.without.remove(*key);
                        } else {
                            self.without.insert((*key).to_owned());
                        }
                    }
                }
            });
    }

    fn how(&mut self, ui: &mut Ui, ctx: &Ctx<'_>) {
        ui.weak(text::RUN_ON);
        device::choice(ui, &mut self.device, ctx.runtime);
        ui.checkbox(&mut self.allow_cpu, text::ALLOW_CPU)
            .on_hover_text(text::ALLOW_CPU_ABOUT);
        ui.checkbox(&mut self.retry_failed, text::RETRY);
        if !self.rows.is_empty() {
            let name = text::only_selected(self.rows.len());
            ui.checkbox(&mut self.only_selected, name);
        }
    }

    fn request(&mut self, scorers: &[(&str, &str)]) -> ScoreRequest {
        let keys = scorers.iter().map(|(key, _)| (*key).to_owned());
        let chosen = keys.filter(|key| !self.without.contains(key));
        let some = scorers.iter().any(|(key, _)| self.without.contains(*key));
        ScoreRequest {
            // All is said by naming none.
            scorers: if some { chosen.collect() } else { Vec::new() },
            rows: self.only_selected.then(|| std::mem::take(&mut self.rows)),
            retry_failed: self.retry_failed,
            wishes: Use {
                device: self.device.parse().unwrap_or_default(),
                allow_cpu: self.allow_cpu,
                ..Use::default()
            },
        }
    }
}

/// Key and label of what can run now.
fn ready<'a>(ctx: &Ctx<'a>) -> Vec<(&'a str, &'a str)> {
    let plain = |s: &&ScorerSpec| s.kind == ScorerKind::Computed && ctx.model(&s.key).is_none();
    let ours = ctx.scorers.iter().filter(plain);
    let ours = ours.map(|s| (s.key.as_str(), s.label.as_str()));
    let ready = |state: &ModelState| matches!(state, ModelState::Ready { .. });
    let models = ctx.models.iter().filter(|m| ready(&m.state));
    let models = models.filter(|m| !m.columns.is_empty());
    ours.chain(models.map(|m| (m.key.as_str(), m.label.as_str())))
        .collect()
}

impl Dialog for Score {
    fn title(&self) -> String {
        text::SCORE_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        if !self.asked {
            self.asked = true;
            out.push(Action::Send(Command::Models));
            out.push(Action::Send(Command::Runtime));
        }
        let scorers = ready(ctx);
        self.list(ui, &scorers);
        ui.add_space(theme::GAP);
        self.how(ui, ctx);
        ui.add_space(theme::GAP_BIG);
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let chosen = scorers.iter().any(|(key, _)| !self.without.contains(*key));
            let palette = theme::palette(ui);
            let label = RichText::new(text::SCORE).color(palette.on_accent);
            let button = Button::new(label).fill(palette.accent);
            let button = ui.add_enabled(chosen && ctx.can_score(), button);
            let why = if chosen {
                text::CANT_SCORE
            } else {
                text::CHOOSE_SCORER
            };
            if button.on_disabled_hover_text(why).clicked() {
                out.push(Action::Send(Command::Score(self.request(&scorers))));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}
