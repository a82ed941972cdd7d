//! One cell of the grid: picture, name, marks.
//!
//! Painted in three layers over all cells (ground, picture, marks), which keeps the number of
//! draw calls low.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, TextureId, Vec2};

use crate::gui::theme::{self, Palette};
use crate::gui::widgets::star;

/// Flag of a cell, as it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Badge {
    /// Nothing.
    None,
    /// A check mark.
    Pick,
    /// A cross.
    Reject,
}

/// What fills the picture of a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Face {
    /// Not here yet.
    Loading,
    /// A texture and its size in pixels.
    Picture(TextureId, Vec2),
    /// There is none.
    Broken,
}

/// A cell.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a cell can be any of these at once"
)]
pub struct Tile {
    /// The whole cell.
    pub rect: Rect,
    /// File name.
    pub name: String,
    /// Its picture.
    pub face: Face,
    /// 0–5.
    pub stars: u8,
    /// Its flag.
    pub badge: Badge,
    /// Value of the column that the view is sorted by; empty where there is none.
    pub value: String,
    /// Why it has no picture; empty where it has one.
    pub reason: String,
    /// Whether reading or scoring failed.
    pub is_failed: bool,
    /// In the selection.
    pub is_selected: bool,
    /// With the keyboard focus.
    pub is_focused: bool,
    /// Under the pointer.
    pub is_hovered: bool,
}

impl Tile {
    /// The height of a cell for an edge of the picture, both in points.
    pub fn height(edge: f32) -> f32 {
        edge + theme::TILE_CAPTION + 2.0 * theme::TILE_MARGIN
    }

    /// The rectangle of the picture.
    fn frame(&self) -> Rect {
        let inner = self.rect.shrink(theme::TILE_MARGIN);
        Rect::from_min_max(inner.min, inner.max - Vec2::new(0.0, theme::TILE_CAPTION))
    }

    /// First layer: ground and outlines.
    pub fn paint_ground(&self, painter: &Painter, palette: &Palette) {
        let cell = self.rect.shrink(1.0);
        if self.is_selected {
            painter.rect_filled(cell, theme::RADIUS, palette.accent_dim);
        } else if self.is_hovered {
            painter.rect_filled(cell, theme::RADIUS, palette.placeholder);
        }
        if self.is_focused {
            let stroke = Stroke::new(2.0, palette.accent);
            painter.rect_stroke(cell, theme::RADIUS, stroke, StrokeKind::Inside);
        } else if self.is_selected {
            let stroke = Stroke::new(1.0, palette.accent);
            painter.rect_stroke(cell, theme::RADIUS, stroke, StrokeKind::Inside);
        }
        if !matches!(self.face, Face::Picture(..)) {
            painter.rect_filled(self.frame(), theme::RADIUS, palette.placeholder);
        }
    }

    /// Second layer: the picture, dimmed when rejected.
    pub fn paint_picture(&self, painter: &Painter) {
        let Face::Picture(texture, size) = self.face else {
            return;
        };
        let frame = self.frame();
        let scale = (frame.width() / size.x).min(frame.height() / size.y);
        let rect = Rect::from_center_size(frame.center(), size * scale);
        let tint = if self.badge == Badge::Reject {
            theme::DIMMED
        } else {
            Color32::WHITE
        };
        let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
        painter.image(texture, rect, uv, tint);
    }

    /// Third layer: marks and texts.
    pub fn paint_marks(&self, painter: &Painter, palette: &Palette) {
        let frame = self.frame();
        let corner = frame.left_top() + Vec2::splat(theme::BADGE * 0.5 + 3.0);
        paint_badge(painter, palette, corner, self.badge);
        if self.is_failed {
            let corner =
                frame.right_top() + Vec2::new(-theme::BADGE * 0.5 - 3.0, theme::BADGE * 0.5 + 3.0);
            paint_warning(painter, palette, corner);
        }
        if self.face == Face::Broken {
            self.paint_reason(painter, palette);
        }
        self.paint_caption(painter, palette);
    }

    fn paint_reason(&self, painter: &Painter, palette: &Palette) {
        let frame = self.frame().shrink(theme::TILE_MARGIN * 2.0);
        let (font, colour) = (theme::small(), palette.weak);
        let text = painter.layout(self.reason.clone(), font, colour, frame.width());
        let at = frame.center() - text.size() * 0.5;
        painter.with_clip_rect(frame).galley(at, text, colour);
    }

    fn paint_caption(&self, painter: &Painter, palette: &Palette) {
        let frame = self.frame();
        let font = theme::small();
        let name = elide_middle(painter, &self.name, &font, frame.width());
        let dimmed = self.badge == Badge::Reject;
        let colour = if dimmed { palette.weak } else { palette.text };
        let line = frame.bottom() + 3.0;
        painter.text(
            Pos2::new(frame.center().x, line),
            Align2::CENTER_TOP,
            name,
            font.clone(),
            colour,
        );
        let line = line + theme::SMALL + 4.0;
        let left = Pos2::new(frame.left(), line + theme::SMALL * 0.6);
        paint_stars(painter, left, self.stars, palette.star);
        if !self.value.is_empty() {
            let at = Pos2::new(frame.right(), line);
            painter.text(at, Align2::RIGHT_TOP, &self.value, font, palette.weak);
        }
    }
}

/// Draws so many stars side by side, to the right of a point.
pub fn paint_stars(painter: &Painter, left: Pos2, n: u8, color: Color32) {
    for i in 0..n {
        let x = (f32::from(i) + 0.5) * theme::STAR;
        let centre = left + Vec2::new(x, 0.0);
        star::paint(painter, centre, theme::STAR * 0.42, true, color);
    }
}

/// Draws the mark of a flag, told apart by shape and colour.
pub fn paint_badge(painter: &Painter, palette: &Palette, centre: Pos2, badge: Badge) {
    let (colour, lines): (_, &[[f32; 4]]) = match badge {
        Badge::None => return,
        Badge::Pick => (
            palette.pick,
            &[[-0.45, 0.05, -0.1, 0.4], [-0.1, 0.4, 0.5, -0.35]],
        ),
        Badge::Reject => (
            palette.reject,
            &[[-0.38, -0.38, 0.38, 0.38], [-0.38, 0.38, 0.38, -0.38]],
        ),
    };
    let radius = theme::BADGE * 0.5;
    painter.circle_filled(centre, radius, palette.badge);
    for [x0, y0, x1, y1] in lines {
        let from = centre + Vec2::new(*x0, *y0) * radius;
        let to = centre + Vec2::new(*x1, *y1) * radius;
        painter.line_segment([from, to], Stroke::new(2.0, colour));
    }
}

fn paint_warning(painter: &Painter, palette: &Palette, centre: Pos2) {
    painter.circle_filled(centre, theme::BADGE * 0.5, palette.badge);
    let font = FontId::proportional(theme::BADGE * 0.8);
    painter.text(centre, Align2::CENTER_CENTER, "!", font, palette.warn);
}

/// The text with its middle replaced by "…" so that it fits; name and ending stay readable.
pub fn elide_middle(painter: &Painter, text: &str, font: &FontId, width: f32) -> String {
    let width_of = |text: String| {
        let galley = painter.layout_no_wrap(text, font.clone(), Color32::PLACEHOLDER);
        galley.size().x
    };
    let full = width_of(text.to_owned());
    if full <= width {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut keep = (chars.len() as f32 * width / full) as usize;
    loop {
        let elided = cut_middle(&chars, keep);
        if keep <= 2 || width_of(elided.clone()) <= width {
            return elided;
        }
        keep -= 1;
    }
}

fn cut_middle(chars: &[char], keep: usize) -> String {
    let tail = keep / 2;
    let head = keep.saturating_sub(tail).min(chars.len());
    let from = chars.len().saturating_sub(tail);
    let (start, end) = (chars.iter().take(head), chars.iter().skip(from));
    start.copied().chain(['…']).chain(end.copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_survives_the_cut() {
        let chars: Vec<char> = "絵の長い名前の写真.png".chars().collect();
        assert_eq!(cut_middle(&chars, 8), "絵の長い….png");
        assert_eq!(cut_middle(&chars, 0), "…");
    }
}
