//! Small labels in a frame: a rule or a tag with a × to drop it, a band to choose.
//!
//! Must not know: what they stand for.

use egui::{Button, Frame, Margin, Response, RichText, Stroke, Ui, WidgetText};

use crate::gui::theme;

/// Glyph of the button that drops a chip.
const DROP: &str = "×";

/// A chip with a × at its end; true when the × was clicked.
///
/// `drop_name` is the accessible name of the ×, e.g. "Drop focus_measure ≥ 100".
pub fn removable(ui: &mut Ui, label: impl Into<WidgetText>, drop_name: &str) -> bool {
    let palette = theme::palette(ui);
    let margin = Margin {
        left: 8,
        right: 2,
        top: 1,
        bottom: 1,
    };
    let frame = Frame::new()
        .fill(palette.raised)
        .corner_radius(theme::RADIUS)
        .inner_margin(margin);
    let inner = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let room = (ui.available_width() - 24.0).max(20.0);
            ui.scope(|ui| {
                ui.set_max_width(room);
                ui.add(egui::Label::new(label.into()).truncate());
            });
            ui.add(Button::new(DROP).frame(false).small())
                .on_hover_text(drop_name)
                .accessible_name(drop_name)
                .clicked()
        })
        .inner
    });
    inner.inner
}

/// A chip that is on or off, e.g. a named band of a column.
pub fn choice(ui: &mut Ui, on: bool, label: &str) -> Response {
    let palette = theme::palette(ui);
    let (fill, ink, line) = if on {
        (palette.accent_dim, palette.text, palette.accent)
    } else {
        (palette.panel, palette.weak, palette.line)
    };
    let text = RichText::new(label).size(theme::SMALL).color(ink);
    let button = Button::selectable(on, text)
        .small()
        .fill(fill)
        .stroke(Stroke::new(1.0, line));
    ui.add(button)
}
