//! A value as a bar within the range of its column.
//!
//! Must not know: the catalog, the engine.

use egui::{CornerRadius, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2};

use crate::domain::score::{Better, ColumnSpec};
use crate::gui::{text_panels as text, theme};

/// The range that a bar spans: the native one, with open ends taken from the data.
pub fn range(spec: &ColumnSpec, data: Option<(f64, f64)>) -> (f64, f64) {
    let (native_low, native_high) = spec.range;
    let (data_low, data_high) = data.unwrap_or((0.0, 1.0));
    let low = if native_low.is_finite() {
        native_low
    } else {
        data_low
    };
    let high = if native_high.is_finite() {
        native_high
    } else {
        data_high
    };
    if high > low {
        (low, high)
    } else {
        (low, low + 1.0)
    }
}

/// An arrow that tells in which direction quality lies; nothing for neutral columns.
pub fn direction(ui: &mut Ui, better: Better) {
    let (down, name) = match better {
        Better::Higher => (-1.0, text::HIGHER_BETTER),
        Better::Lower => (1.0, text::LOWER_BETTER),
        Better::Neutral => return,
    };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(9.0, 11.0), Sense::hover());
    let stroke = Stroke::new(1.2, theme::palette(ui).weak);
    let at = |x: f32, y: f32| rect.center() + Vec2::new(x, y * down);
    let tip = at(0.0, 4.5);
    for end in [at(0.0, -4.5), at(-3.0, 1.0), at(3.0, 1.0)] {
        ui.painter().line_segment([end, tip], stroke);
    }
    response.on_hover_text(name);
}

/// Draws `value` at its `unit` place (0–1) over the available width; `name` is what readers hear.
pub fn ui(ui: &mut Ui, unit: Option<f64>, better: Better, name: &str) -> Response {
    let size = Vec2::new(ui.available_width(), theme::BAR_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Meter, enabled, name));
    let palette = theme::palette(ui);
    let round = CornerRadius::same(3);
    ui.painter().rect_filled(rect, round, palette.field);
    let Some(unit) = unit else {
        return response.on_hover_text(text::NO_VALUE);
    };
    let color = match better {
        Better::Neutral => palette.weak,
        Better::Higher | Better::Lower => palette.accent,
    };
    let end = rect.left() + rect.width() * unit.clamp(0.0, 1.0) as f32;
    let bar = Rect::from_min_max(rect.min, pos2(end.max(rect.left() + 2.0), rect.bottom()));
    ui.painter().rect_filled(bar, round, color);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_ends_come_from_the_data() {
        let mut spec = ColumnSpec {
            key: "x".into(),
            label: "X".into(),
            range: (0.0, f64::INFINITY),
            better: Better::Higher,
            unit: String::new(),
            readable: None,
            about: String::new(),
            bands: Vec::new(),
        };
        assert_eq!(range(&spec, Some((3.0, 90.0))), (0.0, 90.0));
        assert_eq!(range(&spec, None), (0.0, 1.0));
        spec.range = (0.0, 10.0);
        assert_eq!(range(&spec, Some((3.0, 90.0))), (0.0, 10.0));
    }
}
