//! Small labels in a frame: a rule or a tag with a × to drop it, a band to choose.
//!
//! Must not know: what they stand for.

use egui::{
    Align, Button, Frame, Label, Layout, Margin, Response, RichText, Role, Sense, Stroke, Ui, Vec2,
    WidgetInfo, WidgetText,
};

use crate::gui::theme;

/// A chip with a × at its end; true when the × was clicked.
///
/// `drop_name` is the accessible name of the ×, e.g. "Remove tag best".
pub fn removable(ui: &mut Ui, label: impl Into<WidgetText>, drop_name: &str) -> bool {
    let inner = frame(ui).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.label(label);
            close(ui, drop_name)
        })
        .inner
    });
    inner.inner
}

/// A chip over the whole width: label, a note at its end, a × to drop it; true when it was clicked.
pub fn row(ui: &mut Ui, label: &str, note: &str, drop_name: &str) -> bool {
    let inner = frame(ui).show(ui, |ui| {
        let size = Vec2::new(ui.available_width(), 18.0);
        let right = Layout::right_to_left(Align::Center);
        let row = ui.allocate_ui_with_layout(size, right, |ui| {
            let dropped = close(ui, drop_name);
            ui.label(RichText::new(note).size(theme::SMALL).weak());
            let left = Layout::left_to_right(Align::Center);
            ui.with_layout(left, |ui| {
                let text = RichText::new(label).size(theme::SMALL + 0.5);
                ui.add(Label::new(text).truncate()).on_hover_text(label);
            });
            dropped
        });
        row.inner
    });
    inner.inner
}

fn frame(ui: &Ui) -> Frame {
    let margin = Margin {
        left: 8,
        right: 2,
        top: 1,
        bottom: 1,
    };
    Frame::new()
        .fill(theme::palette(ui).raised)
        .corner_radius(theme::RADIUS)
        .inner_margin(margin)
}

/// A small ×; true when it was clicked.
fn close(ui: &mut Ui, name: &str) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let palette = theme::palette(ui);
    let active = response.hovered() || response.has_focus();
    let color = if active { palette.text } else { palette.weak };
    if active {
        ui.painter()
            .rect_filled(rect, theme::RADIUS, palette.hovered);
    }
    let arm = 3.5;
    for y in [-arm, arm] {
        let ends = [Vec2::new(-arm, -y), Vec2::new(arm, y)].map(|v| rect.center() + v);
        ui.painter().line_segment(ends, Stroke::new(1.3, color));
    }
    response.on_hover_text(name).clicked()
}

/// A chip that only tells something.
pub fn tag(ui: &mut Ui, label: &str) -> Response {
    let palette = theme::palette(ui);
    let frame = Frame::new()
        .fill(palette.raised)
        .corner_radius(theme::RADIUS)
        .inner_margin(Margin::symmetric(6, 1));
    let text = RichText::new(label).size(theme::SMALL).color(palette.text);
    let shown = frame.show(ui, |ui| {
        ui.spacing_mut().interact_size.y = 0.0;
        ui.add(Label::new(text).selectable(false))
    });
    shown.inner
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
