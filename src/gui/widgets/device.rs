//! The choice of what networks run on.
//!
//! Must not know: engines' insides.

use egui::{RichText, Ui};

use crate::engine::infer::Choice;
use crate::engine::infer::status::Status;
use crate::gui::{text_models as text, theme};

use super::chip;

/// Chips for `auto` and every device at hand; whether `chosen` (text of a [`Choice`]) was changed.
pub fn choice(ui: &mut Ui, chosen: &mut String, status: Option<&Status>) -> bool {
    let engine = status.and_then(|status| status.engines.first());
    let at_hand = engine
        .map(|engine| engine.devices.as_slice())
        .unwrap_or_default();
    let now: Choice = chosen.parse().unwrap_or_default();
    let mut options = vec![Choice::Auto];
    options.extend(at_hand.iter().copied().map(Choice::One));
    let is_here = options.contains(&now);
    if !is_here {
        options.push(now);
    }
    let mut changed = false;
    ui.horizontal_wrapped(|ui| {
        for option in options {
            let name = option.to_string();
            let mut chip = chip::choice(ui, option == now, &name);
            if option == Choice::Auto {
                chip = chip.on_hover_text(text::AUTO_ABOUT);
            }
            if chip.clicked() && option != now {
                *chosen = name;
                changed = true;
            }
        }
    });
    if !is_here && status.is_some() {
        let warning = RichText::new(text::NOT_AT_HAND).size(theme::SMALL);
        ui.label(warning.color(theme::palette(ui).warn));
    }
    changed
}
