//! Vertical scrolling over rows of equal height, exact for a hundred million rows.
//!
//! egui keeps scroll offsets as f32, which loses whole pixels beyond some 100,000 rows; here the
//! offset is f64 and only rows near the window get coordinates.
//!
//! Must not know: what is in a row.

use std::ops::Range;

use egui::{Rect, Role, Sense, Ui, WidgetInfo};

use super::{text, theme};

/// Where a long list stands.
#[derive(Debug, Default)]
pub(super) struct Scroll {
    offset: f64,
    grabbed_at: f32,
}

/// The part of the list on screen.
#[derive(Debug, Clone)]
pub(super) struct Window {
    /// The rectangle of the list, without the bar.
    pub(super) rect: Rect,
    /// The rows that are at least partly in it.
    pub(super) rows: Range<usize>,
    first_top: f32,
    row_height: f32,
}

impl Window {
    /// The upper edge of a row near the window.
    pub(super) fn top_of(&self, row: usize) -> f32 {
        let below = row as f64 - self.rows.start as f64;
        self.first_top + (below * f64::from(self.row_height)) as f32
    }
}

impl Scroll {
    /// Back to the start.
    pub(super) fn reset(&mut self) {
        self.offset = 0.0;
    }

    /// Scrolls as little as needed to show a row entirely.
    pub(super) fn reveal(&mut self, row: usize, row_height: f32, view_height: f32) {
        let top = row as f64 * f64::from(row_height);
        let bottom = top + f64::from(row_height) - f64::from(view_height);
        self.offset = self.offset.max(bottom).min(top);
    }

    /// Takes the rest of the panel, the wheel and the bar, and says which rows are on screen.
    pub(super) fn show(&mut self, ui: &mut Ui, n_rows: usize, row_height: f32) -> Window {
        let outer = ui.available_rect_before_wrap();
        let (rect, bar) = outer.split_left_right_at_x(outer.right() - theme::SCROLL_BAR);
        let response = ui.allocate_rect(outer, Sense::hover());
        if response.contains_pointer() {
            let moved = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
            self.offset -= f64::from(moved);
        }
        let length = n_rows as f64 * f64::from(row_height);
        let max = (length - f64::from(rect.height())).max(0.0);
        self.offset = self.offset.clamp(0.0, max);
        if max > 0.0 {
            self.bar(ui, bar, max, length);
        }
        self.window(rect, n_rows, row_height)
    }

    fn window(&self, rect: Rect, n_rows: usize, row_height: f32) -> Window {
        let first = (self.offset / f64::from(row_height)) as usize;
        let within = self.offset - first as f64 * f64::from(row_height);
        let n_visible = ((f64::from(rect.height()) + within) / f64::from(row_height)).ceil();
        Window {
            rect,
            rows: first.min(n_rows)..(first + n_visible as usize).min(n_rows),
            first_top: rect.top() - within as f32,
            row_height,
        }
    }

    fn bar(&mut self, ui: &Ui, bar: Rect, max: f64, length: f64) {
        let palette = theme::palette(ui);
        let share = (f64::from(bar.height()) / length) as f32;
        let handle_height = (bar.height() * share)
            .max(theme::SCROLL_HANDLE)
            .min(bar.height());
        let free = (bar.height() - handle_height).max(1.0);
        let response = ui.interact(bar, ui.unique_id().with("bar"), Sense::DRAG | Sense::CLICK);
        let handle_top = |offset: f64| bar.top() + (offset / max) as f32 * free;
        if let Some(pointer) = response.interact_pointer_pos() {
            if response.drag_started() || response.clicked() {
                let inside = pointer.y - handle_top(self.offset);
                let on_handle = (0.0..handle_height).contains(&inside);
                self.grabbed_at = if on_handle {
                    inside
                } else {
                    handle_height / 2.0
                };
            }
            let at = (pointer.y - self.grabbed_at - bar.top()) / free;
            self.offset = f64::from(at.clamp(0.0, 1.0)) * max;
        }
        let percent = self.offset / max * 100.0;
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ScrollBar, true, text::SCROLL);
            info.value = Some(percent);
            info
        });
        let held = response.hovered() || response.dragged();
        let handle = Rect::from_min_size(
            egui::pos2(bar.left(), handle_top(self.offset)),
            egui::vec2(bar.width(), handle_height),
        );
        let fill = if held { palette.weak } else { palette.hovered };
        ui.painter()
            .rect_filled(handle.shrink(2.0), theme::RADIUS, fill);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: f32 = 164.0;

    fn rect() -> Rect {
        Rect::from_min_size(egui::pos2(0.0, 50.0), egui::vec2(1000.0, 800.0))
    }

    #[test]
    fn small_steps_move_far_down_a_hundred_million_rows() {
        let mut scroll = Scroll {
            offset: 99_000_000.0 * f64::from(ROW),
            ..Scroll::default()
        };
        let before = scroll.window(rect(), 100_000_000, ROW).top_of(99_000_000);
        scroll.offset += 0.75;
        let after = scroll.window(rect(), 100_000_000, ROW).top_of(99_000_000);
        assert!((before - after - 0.75).abs() < 1e-6);
    }

    #[test]
    fn revealing_scrolls_as_little_as_needed() {
        let mut scroll = Scroll::default();
        for (row, first) in [(3, 0), (5, 1), (2, 1), (0, 0), (999_999, 999_995)] {
            scroll.reveal(row, ROW, 800.0);
            let window = scroll.window(rect(), 1_000_000, ROW);
            assert_eq!(window.rows.start, first, "after revealing {row}");
            assert!(window.top_of(row) >= 50.0 - 0.01);
            assert!(window.top_of(row) + ROW <= 850.01);
        }
    }

    #[test]
    fn rows_end_with_the_list() {
        assert_eq!(Scroll::default().window(rect(), 2, ROW).rows, 0..2);
        assert_eq!(Scroll::default().window(rect(), 0, ROW).rows, 0..0);
    }
}
