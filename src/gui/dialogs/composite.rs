//! A column made of other columns: its formula, checked while it is typed.
//!
//! Must not know: where definitions are kept.

use std::sync::Arc;

use egui::{Button, Label, Response, RichText, TextEdit, Ui};

use crate::base::Generation;
use crate::curation::formula::Formula;
use crate::domain::composite::Composite as Definition;
use crate::domain::score::{Better, ColumnSpec, ScorerKind};
use crate::engine::Command;
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_columns as text, text_panels, theme};

const DIRECTIONS: [(Better, &str); 3] = [
    (Better::Higher, text::HIGHER),
    (Better::Lower, text::LOWER),
    (Better::Neutral, text::NEUTRAL),
];

/// The dialog.
#[derive(Debug)]
pub struct Composite {
    definition: Definition,
    /// What is wrong with the formula; checked when it, or the library, changes.
    fault: Option<String>,
    checked: Option<(String, Generation)>,
    begun: bool,
}

impl Default for Composite {
    fn default() -> Self {
        Self {
            definition: Definition {
                better: Better::Higher,
                ..Definition::default()
            },
            fault: None,
            checked: None,
            begun: false,
        }
    }
}

impl Composite {
    fn check(&mut self, ctx: &Ctx<'_>) {
        let of = (self.definition.formula.clone(), ctx.catalog.generation);
        if self.checked.as_ref() == Some(&of) {
            return;
        }
        let columns = ctx.catalog.columns.iter().map(|c| Arc::clone(&c.spec));
        let others = columns.filter(|spec| spec.key != self.definition.key);
        let others: Vec<Arc<ColumnSpec>> = others.collect();
        let parsed = Formula::parse(&of.0, &others);
        self.fault = parsed.err().map(|error| error.to_string());
        self.checked = Some(of);
    }
}

impl Dialog for Composite {
    fn title(&self) -> String {
        text::COMPOSITE_TITLE.to_owned()
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        self.check(ctx);
        let definition = &mut self.definition;
        let key = line(ui, (text::KEY, text::KEY_HINT), &mut definition.key);
        if !std::mem::replace(&mut self.begun, true) {
            key.request_focus();
        }
        line(
            ui,
            (text::FORMULA, text::FORMULA_HINT),
            &mut definition.formula,
        );
        let typed = !definition.formula.trim().is_empty();
        if let (Some(fault), true) = (&self.fault, typed) {
            let fault = RichText::new(fault).monospace().size(theme::SMALL);
            ui.colored_label(theme::palette(ui).reject, fault);
        }
        line(ui, (text::TITLE, text::TITLE_HINT), &mut definition.label);
        ui.horizontal(|ui| {
            for (better, name) in DIRECTIONS {
                ui.radio_value(&mut definition.better, better, name);
            }
        });
        ui.add(Label::new(RichText::new(text::FORMULA_ABOUT).weak()).wrap());
        composites(ui, ctx, out);
        ui.add_space(theme::GAP_BIG);
        let can = self.fault.is_none() && !self.definition.key.trim().is_empty();
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let keep = ui.add_enabled(can, Button::new(text::KEEP));
            if keep.on_disabled_hover_text(text::NEED_FORMULA).clicked() {
                let definition = Box::new(self.definition.clone());
                out.push(Action::Send(Command::SetComposite(definition)));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}

fn line(ui: &mut Ui, (label, hint): (&str, &str), value: &mut String) -> Response {
    let label = ui.label(label);
    let field = TextEdit::singleline(value)
        .hint_text(hint)
        .desired_width(f32::INFINITY);
    ui.add(field).labelled_by(label.id)
}

/// The composite columns that there are, with a way to forget them.
fn composites(ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    for scorer in ctx
        .scorers
        .iter()
        .filter(|s| s.kind == ScorerKind::Composite)
    {
        ui.horizontal(|ui| {
            ui.label(&scorer.label).on_hover_text(&scorer.about);
            let remove = ui.small_button(text::REMOVE);
            if remove.accessible_name(text::remove(&scorer.key)).clicked() {
                out.push(Action::Send(Command::RemoveComposite(scorer.key.clone())));
            }
        });
    }
}
