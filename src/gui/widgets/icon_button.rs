//! A button without text: its name is not optional.

use egui::{Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::gui::theme;

/// What is drawn on it; drawn by us, so that no font has to have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// A cross.
    Close,
    /// An arrow up: smallest first.
    Ascending,
    /// An arrow down: largest first.
    Descending,
    /// To the left.
    Back,
    /// To the right.
    Forward,
}

/// A square button with an icon. `name` is its accessible name and its tooltip.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let size = Vec2::splat(ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let visuals = ui.style().interact(&response);
    if response.hovered() || response.has_focus() || response.is_pointer_button_down_on() {
        ui.painter()
            .rect_filled(rect, theme::RADIUS, visuals.weak_bg_fill);
    }
    let stroke = Stroke::new(1.5, visuals.text_color());
    ui.painter().extend(lines(icon).into_iter().map(|line| {
        let points = line.map(|(x, y)| rect.center() + Vec2::new(x, y) * size.x * 0.5);
        Shape::line_segment(points, stroke)
    }));
    response.on_hover_text(name)
}

/// Lines in units of half the button, from its centre.
fn lines(icon: Icon) -> Vec<[(f32, f32); 2]> {
    match icon {
        Icon::Close => vec![[(-0.4, -0.4), (0.4, 0.4)], [(-0.4, 0.4), (0.4, -0.4)]],
        Icon::Ascending => vec![
            [(0.0, 0.5), (0.0, -0.5)],
            [(-0.32, -0.15), (0.0, -0.5)],
            [(0.32, -0.15), (0.0, -0.5)],
        ],
        Icon::Descending => vec![
            [(0.0, -0.5), (0.0, 0.5)],
            [(-0.32, 0.15), (0.0, 0.5)],
            [(0.32, 0.15), (0.0, 0.5)],
        ],
        Icon::Back => vec![[(0.2, -0.5), (-0.25, 0.0)], [(-0.25, 0.0), (0.2, 0.5)]],
        Icon::Forward => vec![[(-0.2, -0.5), (0.25, 0.0)], [(0.25, 0.0), (-0.2, 0.5)]],
    }
}
