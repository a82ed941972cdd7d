//! What a download brings, how large it is and under which licences, before it begins.
//!
//! Must not know: how downloads work.

use egui::{Button, Label, RichText, Ui};

use crate::engine::{Command, ModelInfo, VariantInfo};
use crate::gui::ctx::{Action, Ctx, Dialog, Stay};
use crate::gui::{text_models as text, text_panels, theme};

/// The dialog.
#[derive(Debug)]
pub struct Pull {
    key: String,
    /// Name of the chosen variant; the first that can be had if none.
    variant: Option<String>,
    label: String,
}

/// One model of the download; no variant where its publisher offers none.
struct Part<'a> {
    model: &'a ModelInfo,
    variant: Option<&'a VariantInfo>,
}

impl Pull {
    /// For the scorer with this key.
    pub fn new(key: String) -> Self {
        Self {
            label: key.clone(),
            key,
            variant: None,
        }
    }

    /// The scorer's own weights, unless they are here or it has none, and what comes along.
    fn parts<'a>(&self, model: &'a ModelInfo, ctx: &Ctx<'a>) -> Vec<Part<'a>> {
        let chosen = || {
            let wanted = self.variant.as_deref();
            let mut variants = model.variants.iter();
            let found = variants.find(|v| v.obtainable && Some(v.name.as_str()) == wanted);
            found.or_else(|| text::obtainable(model))
        };
        let own = text::lacks_own(model).then(|| Part {
            model,
            variant: chosen(),
        });
        let along = model.along.iter().filter_map(|key| ctx.model(key));
        let along = along.map(|model| Part {
            model,
            variant: text::obtainable(model),
        });
        own.into_iter().chain(along).collect()
    }

    fn variants(&mut self, ui: &mut Ui, model: &ModelInfo) {
        let mut obtainable = model.variants.iter().filter(|variant| variant.obtainable);
        let Some(first) = obtainable.next() else {
            return;
        };
        let others: Vec<&VariantInfo> = obtainable.collect();
        if others.is_empty() || !text::lacks_own(model) {
            return;
        }
        ui.weak(text::VARIANT);
        for variant in std::iter::once(first).chain(others) {
            let now = self.variant.as_ref().unwrap_or(&first.name);
            if ui
                .radio(*now == variant.name, text::variant(variant))
                .clicked()
            {
                self.variant = Some(variant.name.clone());
            }
        }
        ui.add_space(theme::GAP);
    }

    fn confirm(&self, ui: &mut Ui, parts: &[Part<'_>], out: &mut Vec<Action>) -> Stay {
        let sizes = parts.iter().map(|part| part.variant?.bytes);
        let complete = sizes.clone().all(|size| size.is_some());
        let total = sizes.flatten().sum();
        let can = parts.iter().any(|part| part.variant.is_some());
        let mut stay = Stay::Open;
        ui.horizontal(|ui| {
            let palette = theme::palette(ui);
            let label = RichText::new(text::accept(total, complete)).color(palette.on_accent);
            let button = Button::new(label).fill(palette.accent);
            let button = ui.add_enabled(can, button);
            if button.on_disabled_hover_text(text::NO_SOURCE).clicked() {
                out.push(Action::Send(Command::Pull {
                    key: self.key.clone(),
                    variant: self.variant.clone(),
                }));
                stay = Stay::Closed;
            }
            if ui.button(text_panels::CANCEL).clicked() {
                stay = Stay::Closed;
            }
        });
        stay
    }
}

impl Dialog for Pull {
    fn title(&self) -> String {
        text::pull_title(&self.label)
    }

    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay {
        let Some(model) = ctx.model(&self.key) else {
            ui.weak(text::GONE);
            return if ui.button(text_panels::CLOSE).clicked() {
                Stay::Closed
            } else {
                Stay::Open
            };
        };
        self.label.clone_from(&model.label);
        self.variants(ui, model);
        let parts = self.parts(model, ctx);
        ui.weak(text::COMES);
        for part in &parts {
            tell(ui, part);
        }
        ui.add_space(theme::GAP_BIG);
        ui.add(Label::new(text::ACCEPT).wrap());
        ui.add_space(theme::GAP);
        self.confirm(ui, &parts, out)
    }
}

/// One part: what it is, its size, its licence, and where its authors publish it.
fn tell(ui: &mut Ui, part: &Part<'_>) {
    let model = part.model;
    ui.add_space(theme::GAP);
    ui.horizontal_wrapped(|ui| {
        ui.strong(&model.label);
        match part.variant {
            Some(variant) => ui.label(text::part_size(variant.bytes)),
            None => ui.colored_label(theme::palette(ui).warn, text::BRING),
        };
    });
    ui.label(text::licence(&model.licence));
    if !model.origin.is_empty() {
        ui.hyperlink(&model.origin);
    }
}
