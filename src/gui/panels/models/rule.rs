//! Where a scorer runs, as the user writes it.
//!
//! Must not know: how a rule is carried out.

use std::sync::Arc;

use egui::{Key, RichText, TextEdit, Ui};

use crate::curation::condition::condition;
use crate::domain::score::{ColumnSpec, ScorerKind};
use crate::engine::{Command, ModelInfo};
use crate::gui::ctx::{Action, Ctx};
use crate::gui::{text_scope as text, theme};

/// The rule being written.
#[derive(Debug, Default)]
pub(super) struct RuleBox {
    /// The scorer that it is for, and the rule that was in force when the text was taken over.
    of: Option<(String, Option<String>)>,
    draft: String,
    /// What is wrong with it, with a caret below the place.
    fault: Option<String>,
}

impl RuleBox {
    /// Draws the box of a scorer that may have a rule.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        model: &ModelInfo,
        ctx: &Ctx<'_>,
        out: &mut Vec<Action>,
    ) {
        use ScorerKind::{Encoder, Head, Network, Prompts};
        if !matches!(model.kind, Encoder | Head | Network | Prompts) {
            return;
        }
        self.follow(model);
        ui.add_space(theme::GAP_BIG);
        let label = ui.strong(text::RUN_ONLY_WHERE);
        let set = ui.horizontal_wrapped(|ui| {
            let edit = TextEdit::singleline(&mut self.draft)
                .hint_text(text::RULE_HINT)
                .desired_width(theme::PATH_WIDTH);
            let edit = ui.add(edit).labelled_by(label.id);
            if edit.changed() {
                self.fault = fault(self.draft.trim(), ctx);
            }
            let can_set = self.can_set(model);
            let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let set = ui.add_enabled(can_set, egui::Button::new(text::SET_RULE));
            if model.route.is_some() && ui.button(text::NO_RULE).clicked() {
                out.push(set_route(model, None));
            }
            can_set && (entered || set.clicked())
        });
        if set.inner {
            out.push(set_route(model, Some(self.draft.trim().to_owned())));
        }
        if let Some(fault) = &self.fault {
            let colour = theme::palette(ui).warn;
            ui.label(RichText::new(fault).monospace().color(colour));
        }
    }

    /// Takes over the rule in force when another model is shown, or when it has changed.
    fn follow(&mut self, model: &ModelInfo) {
        let now = Some((model.key.clone(), model.route.clone()));
        if self.of != now {
            self.of = now;
            self.fault = None;
            self.draft = model.route.clone().unwrap_or_default();
        }
    }

    fn can_set(&self, model: &ModelInfo) -> bool {
        let draft = self.draft.trim();
        let is_new = !draft.is_empty() && model.route.as_deref() != Some(draft);
        is_new && self.fault.is_none()
    }
}

/// What is wrong with a rule; nothing with an empty one.
fn fault(text: &str, ctx: &Ctx<'_>) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let scorers = ctx.scorers.iter().flat_map(|scorer| &scorer.columns);
    let models = ctx.models.iter().flat_map(|model| &model.columns);
    let all = scorers.chain(models);
    let columns: Vec<Arc<ColumnSpec>> = all.cloned().map(Arc::new).collect();
    condition(text, &columns)
        .err()
        .map(|error| error.to_string())
}

fn set_route(model: &ModelInfo, condition: Option<String>) -> Action {
    let key = model.key.clone();
    Action::Send(Command::SetRoute { key, condition })
}
