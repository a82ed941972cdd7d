//! Stars, painted, so that no font has to have them.
//!
//! Must not know: what is rated.

use egui::{Color32, Mesh, Painter, Pos2, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::gui::theme;

/// Radius of the inner corners over that of the tips.
const WAIST: f32 = 0.45;

/// Paints a five-pointed star, filled or as an outline.
pub fn paint(painter: &Painter, center: Pos2, radius: f32, filled: bool, color: Color32) {
    let corners: Vec<Pos2> = (0_u8..10)
        .map(|i| {
            let angle = f32::from(i) * std::f32::consts::PI / 5.0;
            let far = if i % 2 == 0 { radius } else { radius * WAIST };
            center + far * Vec2::new(angle.sin(), -angle.cos())
        })
        .collect();
    if filled {
        let mut mesh = Mesh::default();
        mesh.colored_vertex(center, color);
        for &corner in &corners {
            mesh.colored_vertex(corner, color);
        }
        for i in 0..10 {
            mesh.add_triangle(0, 1 + i, 1 + (i + 1) % 10);
        }
        painter.add(Shape::mesh(mesh));
    }
    // The outline also smooths the edge of the mesh.
    painter.add(Shape::closed_line(corners, Stroke::new(1.0, color)));
}

/// A star that can be clicked; true when it was.
pub fn button(ui: &mut Ui, on: bool, name: &str) -> bool {
    let size = Vec2::new(theme::HEADING + 4.0, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, name));
    let palette = theme::palette(ui);
    let color = if on {
        palette.star
    } else if response.hovered() {
        palette.text
    } else {
        palette.weak
    };
    if response.has_focus() {
        let ring = Stroke::new(1.0, palette.accent);
        ui.painter()
            .rect_stroke(rect, theme::RADIUS, ring, egui::StrokeKind::Inside);
    }
    paint(
        ui.painter(),
        rect.center(),
        theme::HEADING / 2.0 - 1.0,
        on,
        color,
    );
    response.on_hover_text(name).clicked()
}
