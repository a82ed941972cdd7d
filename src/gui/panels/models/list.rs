//! The list of models; only the visible rows are made.

use egui::{
    Color32, Rect, Response, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, TextStyle,
    TextWrapMode, Ui, Vec2, WidgetInfo, WidgetText,
};

use crate::domain::score::Field;
use crate::engine::{ModelInfo, ModelState};
use crate::gui::theme::{self, Palette};
use crate::gui::{text, text_models};

/// Margin inside a row, points.
const INSET: f32 = 8.0;

/// Draws the models; the key of one that was clicked.
pub(super) fn ui(ui: &mut Ui, models: &[&ModelInfo], chosen: Option<&str>) -> Option<String> {
    if models.is_empty() {
        ui.weak(text_models::NONE_FOUND);
        ui.take_available_space();
        return None;
    }
    let mut clicked = None;
    ui.spacing_mut().item_spacing.y = 2.0;
    ScrollArea::vertical()
        .id_salt("models")
        .auto_shrink([false, false])
        .show_rows(ui, theme::MODEL_ROW, models.len(), |ui, range| {
            let first = range.start;
            for (i, model) in models.get(range).unwrap_or_default().iter().enumerate() {
                let on = match chosen {
                    Some(key) => key == model.key,
                    None => first + i == 0,
                };
                if row(ui, model, on).clicked() {
                    clicked = Some(model.key.clone());
                }
            }
        });
    clicked
}

fn row(ui: &mut Ui, model: &ModelInfo, on: bool) -> Response {
    let size = Vec2::new(ui.available_width(), theme::MODEL_ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = text_models::row(model);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, on, &name));
    let palette = theme::palette(ui);
    let fill = match (on, response.hovered()) {
        (true, _) => palette.accent_dim,
        (false, true) => palette.hovered,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, theme::RADIUS, fill);
    if response.has_focus() {
        let stroke = Stroke::new(1.0, palette.accent);
        ui.painter()
            .rect_stroke(rect, theme::RADIUS, stroke, StrokeKind::Inside);
    }
    let (top, bottom) = rect
        .shrink2(Vec2::new(INSET, 4.0))
        .split_top_bottom_at_fraction(0.52);
    let state = RichText::new(text_models::state_short(model)).size(theme::SMALL);
    let left = line(ui, top, &state.color(colour(model, palette)), true);
    let title = Rect::from_min_max(top.min, left.left_bottom() - Vec2::new(theme::GAP, 0.0));
    line(
        ui,
        title,
        &RichText::new(&model.label).color(palette.text),
        false,
    );
    let speed = model.speed.as_ref();
    let speed = speed.map_or_else(String::new, |speed| text::rate(speed.per_second));
    let note = RichText::new(speed).size(theme::SMALL).color(palette.weak);
    let left = line(ui, bottom, &note, true);
    let rest = Rect::from_min_max(bottom.min, left.left_bottom() - Vec2::new(theme::GAP, 0.0));
    let mut about = model.key.clone();
    if model.field == Field::Anime {
        about.push_str(" · ");
        about.push_str(text_models::ANIME);
    }
    let about = RichText::new(about).size(theme::SMALL).color(palette.weak);
    line(ui, rest, &about, false);
    response
}

/// Paints one line, cut where it is too long; where it stands.
fn line(ui: &Ui, rect: Rect, text: &RichText, right: bool) -> Rect {
    let text = WidgetText::from(text.clone());
    let wrap = Some(TextWrapMode::Truncate);
    let galley = text.into_galley(ui, wrap, rect.width().max(0.0), TextStyle::Body);
    let size = galley.size();
    let x = if right {
        rect.right() - size.x
    } else {
        rect.left()
    };
    let at = egui::pos2(x, rect.center().y - size.y / 2.0);
    ui.painter().galley(at, galley, theme::palette(ui).text);
    Rect::from_min_size(egui::pos2(x, rect.top()), Vec2::new(size.x, rect.height()))
}

/// The colour of a state.
pub(super) fn colour(model: &ModelInfo, palette: &Palette) -> Color32 {
    match &model.state {
        ModelState::Ready { .. } => palette.pick,
        ModelState::Waiting { .. } | ModelState::Partial { .. } => palette.warn,
        ModelState::Missing => palette.weak,
        ModelState::Broken { .. } => palette.reject,
    }
}
