//! Notices in the corner; errors stay until they are closed.
//!
//! Must not know: what they are about.

use std::collections::VecDeque;

use egui::{Align2, Area, Context, Frame, Id, Order, Ui, Vec2};

use crate::engine::{Level, Notice};

use super::text;
use super::theme;
use super::widgets::icon_button::{Icon, icon_button};

/// Notices on screen at once.
const SHOWN: usize = 4;
/// Notices kept.
const KEPT: usize = 100;

struct Toast {
    notice: Notice,
    /// Seconds left on screen; none for errors.
    left: Option<f32>,
}

/// The notices that are still to be seen.
#[derive(Default)]
pub(super) struct Toasts {
    toasts: VecDeque<Toast>,
}

impl Toasts {
    /// Adds a notice; the same text twice in a row is one.
    pub(super) fn push(&mut self, notice: Notice) {
        if self.toasts.back().is_some_and(|last| last.notice == notice) {
            return;
        }
        let left = match notice.level {
            Level::Info => Some(6.0),
            Level::Warning => Some(15.0),
            Level::Error => None,
        };
        self.toasts.push_back(Toast { notice, left });
        if self.toasts.len() > KEPT {
            self.toasts.pop_front();
        }
    }

    /// Draws the oldest few above the status bar.
    pub(super) fn ui(&mut self, ctx: &Context, above: f32) {
        if self.toasts.is_empty() {
            return;
        }
        self.age(ctx);
        let hidden = self.toasts.len().saturating_sub(SHOWN);
        let area = Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(
                Align2::RIGHT_BOTTOM,
                Vec2::new(-theme::GAP_BIG, -above - theme::GAP_BIG),
            );
        let mut closed = None;
        area.show(ctx, |ui| {
            ui.set_width(theme::TOAST_WIDTH);
            for (i, toast) in self.toasts.iter().take(SHOWN).enumerate() {
                if line(ui, &toast.notice) {
                    closed = Some(i);
                }
            }
            if hidden > 0 {
                ui.weak(text::more(hidden));
            }
        });
        if let Some(i) = closed {
            self.toasts.remove(i);
        }
    }

    fn age(&mut self, ctx: &Context) {
        let dt = ctx.input(|input| input.stable_dt).min(0.2);
        for toast in self.toasts.iter_mut().take(SHOWN) {
            toast.left = toast.left.map(|left| left - dt);
        }
        self.toasts
            .retain(|toast| toast.left.is_none_or(|left| left > 0.0));
        let next = self
            .toasts
            .iter()
            .take(SHOWN)
            .filter_map(|toast| toast.left);
        if next.count() > 0 {
            ctx.request_repaint_after_secs(0.1);
        }
    }
}

fn line(ui: &mut Ui, notice: &Notice) -> bool {
    let palette = theme::palette(ui);
    let (colour, word) = match notice.level {
        Level::Info => (palette.accent, text::LEVEL_INFO),
        Level::Warning => (palette.warn, text::LEVEL_WARNING),
        Level::Error => (palette.reject, text::LEVEL_ERROR),
    };
    let frame = Frame::popup(ui.style()).stroke(egui::Stroke::new(1.0, colour));
    let shown = frame.show(ui, |ui| {
        ui.horizontal_top(|ui| {
            let text_width = theme::TOAST_WIDTH - 3.0 * ui.spacing().interact_size.y;
            ui.vertical(|ui| {
                ui.set_width(text_width);
                ui.colored_label(colour, word);
                ui.label(&notice.text);
            });
            icon_button(ui, Icon::Close, text::DISMISS).clicked()
        })
        .inner
    });
    shown.inner
}
