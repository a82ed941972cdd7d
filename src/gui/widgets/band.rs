//! The two-handled band slider, drawn on the histogram of its column.
//!
//! Must not know: filters, the engine. It turns a gesture into a new [`BandState`].

use egui::{
    Color32, CursorIcon, EventFilter, Id, Key, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo,
    accesskit, pos2,
};

use crate::domain::query::Histogram;
use crate::gui::{text_panels as text, theme};

use super::histogram::{self, Ink, Scale};

/// Width in which a handle can be grabbed, points.
const GRIP: f32 = 12.0;
/// Room below the bars for the handles' knobs, points.
const KNOB: f32 = 5.0;
/// Part of the width that an arrow key moves a handle.
const NUDGE: f64 = 0.01;
/// The same with Shift.
const NUDGE_BIG: f64 = 0.1;

/// Bounds of a band, both inclusive; infinite where open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandState {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

impl Default for BandState {
    fn default() -> Self {
        Self {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }
    }
}

impl BandState {
    /// Whether it keeps every value.
    pub fn is_open(&self) -> bool {
        self.low == f64::NEG_INFINITY && self.high == f64::INFINITY
    }

    /// Sets the lower bound to a typed value; the smallest value of the data opens it.
    pub fn type_low(&mut self, value: f64, (min, _): (f64, f64)) {
        self.low = if value <= min {
            f64::NEG_INFINITY
        } else {
            value.min(self.high)
        };
    }

    /// Sets the upper bound to a typed value; the largest value of the data opens it.
    pub fn type_high(&mut self, value: f64, (_, max): (f64, f64)) {
        self.high = if value >= max {
            f64::INFINITY
        } else {
            value.max(self.low)
        };
    }
}

/// What the slider draws.
#[derive(Debug, Clone, Copy)]
pub struct Band<'a> {
    /// Key of the column; names the handles.
    pub column: &'a str,
    /// Counts, once they came.
    pub histogram: Option<&'a Histogram>,
    /// Where values lie.
    pub scale: &'a Scale,
    /// Bars as logarithms of their counts.
    pub log_heights: bool,
}

/// What a drag has hold of, with the places at its start.
#[derive(Debug, Clone, Copy)]
enum Grab {
    /// Shifts the band: places of both ends and of the pointer.
    Shift(f64, f64, f64),
    /// Draws a new band from here.
    Draw(f64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handle {
    Low,
    High,
}

impl Band<'_> {
    /// Draws it over the available width; true when the band changed.
    pub fn ui(&self, ui: &mut Ui, band: &mut BandState) -> bool {
        let size = Vec2::new(ui.available_width(), theme::HISTOGRAM_HEIGHT + KNOB);
        let (outer, area) = ui.allocate_exact_size(size, Sense::CLICK | Sense::DRAG);
        let rail = Rect::from_min_max(
            pos2(outer.left() + GRIP / 2.0, outer.top()),
            pos2(outer.right() - GRIP / 2.0, outer.bottom() - KNOB),
        );
        let before = *band;
        self.drag_area(ui, &area, rail, band);
        let handles = [Handle::Low, Handle::High].map(|handle| {
            let response = self.handle(ui, (area.id, rail), handle, band);
            (handle, response)
        });
        if area.double_clicked() || handles.iter().any(|(_, r)| r.double_clicked()) {
            *band = BandState::default();
        }
        if ui.is_rect_visible(outer) {
            self.paint(ui, rail, band, &handles);
        }
        self.hover_text(&area, rail);
        *band != before
    }

    fn hover_text(&self, area: &Response, rail: Rect) {
        if area.dragged() || !area.hovered() {
            return;
        }
        let Some(pointer) = area.hover_pos() else {
            return;
        };
        let value = self.value_at(place(rail, pointer.x), rail);
        let percentile = self.scale.percentile(value);
        area.clone()
            .on_hover_text_at_pointer(text::at_value(value, percentile));
    }

    fn value_at(&self, unit: f64, rail: Rect) -> f64 {
        self.scale
            .round_value(unit, 1.0 / f64::from(rail.width().max(1.0)))
    }

    /// Places of both ends, 0–1.
    fn places(&self, band: &BandState) -> (f64, f64) {
        (self.scale.unit(band.low), self.scale.unit(band.high))
    }

    fn set_low(&self, band: &mut BandState, unit: f64, rail: Rect) {
        let unit = unit.min(self.scale.unit(band.high));
        band.low = if unit <= 0.0 {
            f64::NEG_INFINITY
        } else {
            self.value_at(unit, rail).min(band.high)
        };
    }

    fn set_high(&self, band: &mut BandState, unit: f64, rail: Rect) {
        let unit = unit.max(self.scale.unit(band.low));
        band.high = if unit >= 1.0 {
            f64::INFINITY
        } else {
            self.value_at(unit, rail).max(band.low)
        };
    }

    fn drag_area(&self, ui: &Ui, area: &Response, rail: Rect, band: &mut BandState) {
        let Some(pointer) = area.interact_pointer_pos().filter(|_| area.dragged()) else {
            return;
        };
        let at = place(rail, pointer.x);
        if area.drag_started() {
            let origin = ui.input(|i| i.pointer.press_origin());
            let from = origin.map_or(at, |pos| place(rail, pos.x));
            let (low, high) = self.places(band);
            let inside = !band.is_open() && (low..=high).contains(&from);
            let grab = if inside {
                Grab::Shift(low, high, from)
            } else {
                Grab::Draw(from)
            };
            ui.data_mut(|data| data.insert_temp(area.id, grab));
        }
        match ui.data(|data| data.get_temp::<Grab>(area.id)) {
            Some(Grab::Shift(low, high, from)) => {
                self.shift(band, (low, high), (at - from, rail));
            }
            Some(Grab::Draw(from)) => {
                *band = BandState::default();
                self.set_low(band, from.min(at), rail);
                self.set_high(band, from.max(at), rail);
            }
            None => {}
        }
    }

    /// Moves the closed ends together; an open end stays open.
    fn shift(&self, band: &mut BandState, (low, high): (f64, f64), (by, rail): (f64, Rect)) {
        let (closed_low, closed_high) = (low > 0.0, high < 1.0);
        let least = if closed_low { -low } else { -high };
        let most = if closed_high { 1.0 - high } else { 1.0 - low };
        let by = by.clamp(least, most);
        *band = BandState::default();
        if closed_low {
            self.set_low(band, low + by, rail);
        }
        if closed_high {
            self.set_high(band, high + by, rail);
        }
    }

    fn handle(
        &self,
        ui: &Ui,
        (area, rail): (Id, Rect),
        handle: Handle,
        band: &mut BandState,
    ) -> Response {
        let (low, high) = self.places(band);
        let (at, salt) = match handle {
            Handle::Low => (low, "low"),
            Handle::High => (high, "high"),
        };
        let x = lerp_x(rail, at);
        // The two grips lie outside the band, so that handles that meet can still be told apart.
        let (from, to) = match handle {
            Handle::Low => (x - GRIP / 2.0, x + 3.0),
            Handle::High => (x - 3.0, x + GRIP / 2.0),
        };
        let grip = Rect::from_min_max(pos2(from, rail.top()), pos2(to, rail.bottom() + KNOB));
        let id = area.with(salt);
        let response = ui
            .interact(grip, id, Sense::click_and_drag())
            .on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
        let mut unit = None;
        // A drag takes no keyboard focus: the keys go on working on the grid.
        if response.clicked() {
            response.request_focus();
        }
        if response.drag_started() {
            let origin = ui.input(|i| i.pointer.press_origin());
            let slip = origin.map_or(0.0, |pos| place(rail, pos.x) - at);
            ui.data_mut(|data| data.insert_temp(id, slip));
        }
        if let Some(pointer) = response
            .interact_pointer_pos()
            .filter(|_| response.dragged())
        {
            let slip: f64 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
            unit = Some(place(rail, pointer.x) - slip);
        }
        let steps = steps(ui, &response);
        if steps.abs() > 0.0 {
            unit = Some(at + steps);
        }
        match (unit, handle) {
            (Some(unit), Handle::Low) => self.set_low(band, unit, rail),
            (Some(unit), Handle::High) => self.set_high(band, unit, rail),
            (None, _) => {}
        }
        match (asked_value(ui, id), handle) {
            (Some(value), Handle::Low) => band.type_low(value, self.scale.bounds()),
            (Some(value), Handle::High) => band.type_high(value, self.scale.bounds()),
            (None, _) => {}
        }
        self.declare(ui, &response, handle, band);
        response
    }

    /// Tells screen readers what the handle is worth and what can be done with it.
    fn declare(&self, ui: &Ui, response: &Response, handle: Handle, band: &BandState) {
        let (min, max) = self.scale.bounds();
        let (value, name) = match handle {
            Handle::Low => (band.low.max(min), text::low_handle(self.column)),
            Handle::High => (band.high.min(max), text::high_handle(self.column)),
        };
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::slider(enabled, value, &name));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_min_numeric_value(min);
            node.set_max_numeric_value(max);
            node.add_action(accesskit::Action::SetValue);
            node.add_action(accesskit::Action::Increment);
            node.add_action(accesskit::Action::Decrement);
        });
    }

    fn paint(&self, ui: &Ui, rail: Rect, band: &BandState, handles: &[(Handle, Response)]) {
        let palette = theme::palette(ui);
        let painter = ui.painter();
        let (low, high) = self.places(band);
        painter.rect_filled(rail, theme::RADIUS, palette.field);
        let inside = Rect::from_min_max(
            pos2(lerp_x(rail, low), rail.top()),
            pos2(lerp_x(rail, high), rail.bottom()),
        );
        if !band.is_open() {
            painter.rect_filled(inside, 0.0, palette.accent_dim.gamma_multiply(0.6));
        }
        if let Some(histogram) = self.histogram {
            let n = ((rail.width() / 3.0) as usize).clamp(8, 120);
            let bars = self.scale.bars(histogram, n);
            let ink = Ink {
                all: palette.bar_out,
                kept: palette.accent,
                outside: palette.bar_all,
            };
            histogram::paint(painter, rail, &bars, (low, high), (ink, self.log_heights));
        }
        painter.hline(
            rail.x_range(),
            rail.bottom(),
            Stroke::new(1.0, palette.line),
        );
        for (handle, response) in handles {
            let at = match handle {
                Handle::Low => low,
                Handle::High => high,
            };
            let color = handle_color(ui, response, band.is_open());
            paint_handle(ui, rail, (*handle, at), color, response.has_focus());
        }
    }
}

fn handle_color(ui: &Ui, response: &Response, open: bool) -> Color32 {
    let palette = theme::palette(ui);
    if response.hovered() || response.dragged() || response.has_focus() {
        palette.text
    } else if open {
        palette.weak
    } else {
        palette.accent
    }
}

fn paint_handle(ui: &Ui, rail: Rect, (handle, at): (Handle, f64), color: Color32, focused: bool) {
    let painter = ui.painter();
    let x = lerp_x(rail, at);
    let out = match handle {
        Handle::Low => -1.0,
        Handle::High => 1.0,
    };
    painter.vline(x, rail.y_range(), Stroke::new(1.5, color));
    let foot = rail.bottom() + KNOB;
    let knob = Rect::from_two_pos(
        pos2(x, foot - 11.0),
        pos2(x + out * (GRIP / 2.0 - 0.5), foot),
    );
    painter.rect_filled(knob, 2.0, color);
    if focused {
        let ring = Stroke::new(1.5, theme::palette(ui).accent);
        painter.rect_stroke(knob.expand(2.0), 3.0, ring, egui::StrokeKind::Outside);
    }
}

fn lerp_x(rail: Rect, unit: f64) -> f32 {
    rail.left() + rail.width() * unit as f32
}

fn place(rail: Rect, x: f32) -> f64 {
    f64::from((x - rail.left()) / rail.width().max(1.0))
}

/// How far the keyboard or a screen reader moves a handle in this frame, in places.
fn steps(ui: &Ui, response: &Response) -> f64 {
    let mut steps = ui.input(|i| {
        i.num_accesskit_action_requests(response.id, accesskit::Action::Increment) as f64
            - i.num_accesskit_action_requests(response.id, accesskit::Action::Decrement) as f64
    }) * NUDGE;
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
        steps += ui.input(|i| {
            let presses =
                i.num_presses(Key::ArrowRight) as f64 - i.num_presses(Key::ArrowLeft) as f64;
            presses * if i.modifiers.shift { NUDGE_BIG } else { NUDGE }
        });
    }
    steps
}

fn asked_value(ui: &Ui, id: Id) -> Option<f64> {
    ui.input(|i| {
        i.accesskit_action_requests(id, accesskit::Action::SetValue)
            .filter_map(|request| match request.data {
                Some(accesskit::ActionData::NumericValue(value)) => Some(value),
                _ => None,
            })
            .last()
    })
}
