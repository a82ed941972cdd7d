//! A band slider per column, grouped by scorer.
//!
//! Must not know: rules. It sets the bands of a [`FilterState`].

use std::collections::{BTreeMap, BTreeSet};

use egui::{CollapsingHeader, DragValue, RichText, Ui, UiBuilder, Vec2};

use crate::domain::catalog::Column;
use crate::domain::query::{Histogram, SortBy, SortKey};
use crate::domain::score::{Better, ColumnSpec, ScorerSpec};
use crate::gui::ctx::{Action, Ctx};
use crate::gui::filter::FilterState;
use crate::gui::scales::Scales;
use crate::gui::widgets::band::{Band, BandState};
use crate::gui::widgets::chip;
use crate::gui::widgets::histogram::{Axis, Scale};
use crate::gui::widgets::score_bar::direction;
use crate::gui::{text_panels as text, theme};

/// Height of a column that was never drawn, points.
const FIRST_HEIGHT: f32 = 120.0;
/// Width of a typed bound, points.
const FIELD_WIDTH: f32 = 72.0;

/// How one column is drawn.
#[derive(Debug, Default, Clone, Copy)]
struct Look {
    axis: Option<Axis>,
    log_heights: bool,
    height: Option<f32>,
}

/// The columns part of the filter panel.
#[derive(Debug, Default)]
pub(super) struct Columns {
    scales: Scales,
    looks: BTreeMap<String, Look>,
    shown: Vec<String>,
}

impl Columns {
    /// Keys of the columns whose histograms are wanted.
    pub(super) fn shown(&self) -> &[String] {
        &self.shown
    }

    /// Draws every scorer that has columns.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        ctx: &Ctx<'_>,
        state: &mut FilterState,
        out: &mut Vec<Action>,
    ) {
        self.shown.clear();
        let mut grouped = BTreeSet::new();
        for scorer in ctx.scorers {
            let keys = scorer.columns.iter().map(|spec| spec.key.as_str());
            let columns = with_keys(ctx, keys);
            grouped.extend(columns.iter().map(|column| column.spec.key.clone()));
            self.group(ui, ctx, (scorer, &columns), state, out);
        }
        let loose = ctx.catalog.columns.iter();
        let loose: Vec<&Column> = loose
            .filter(|column| !grouped.contains(&column.spec.key))
            .collect();
        for column in loose {
            self.column(ui, ctx, column, state, out);
        }
    }

    fn group(
        &mut self,
        ui: &mut Ui,
        ctx: &Ctx<'_>,
        (scorer, columns): (&ScorerSpec, &[&Column]),
        state: &mut FilterState,
        out: &mut Vec<Action>,
    ) {
        if columns.is_empty() {
            return;
        }
        let header = CollapsingHeader::new(RichText::new(&scorer.label).strong())
            .id_salt(("scorer", &scorer.key))
            .default_open(true)
            .show_unindented(ui, |ui| {
                for column in columns {
                    self.column(ui, ctx, column, state, out);
                }
            });
        header.header_response.on_hover_text(&scorer.about);
    }

    /// One column; off screen only its room is kept.
    fn column(
        &mut self,
        ui: &mut Ui,
        ctx: &Ctx<'_>,
        column: &Column,
        state: &mut FilterState,
        out: &mut Vec<Action>,
    ) {
        let key = &column.spec.key;
        self.shown.push(key.clone());
        let mut look = self.looks.get(key).copied().unwrap_or_default();
        let height = look.height.unwrap_or(FIRST_HEIGHT);
        let room =
            egui::Rect::from_min_size(ui.cursor().min, Vec2::new(ui.available_width(), height));
        if !ui.is_rect_visible(room) {
            ui.allocate_space(Vec2::new(1.0, height));
            return;
        }
        let histogram = ctx.histograms.iter().find(|h| h.column == *key);
        let scale = self.scales.get(column, histogram, look.axis);
        let mut band = state.band(key);
        // An id of its own: a drag goes on when rules appear or columns above it close.
        let id = egui::Id::unique(("filter-column", key));
        let drawn = ui.scope_builder(UiBuilder::new().scope_id(id), |ui| {
            let one = One {
                spec: &column.spec,
                histogram,
                scale: &scale,
            };
            one.header(ui, &mut look, &mut band, out);
            one.slider(ui, &look, &mut band);
            one.bounds(ui, &mut band);
            one.bands(ui, &mut band);
            ui.add_space(theme::GAP);
        });
        look.height = Some(drawn.response.rect.height());
        self.looks.insert(key.clone(), look);
        state.set_band(key, band);
    }
}

fn with_keys<'a, 'k>(ctx: &Ctx<'a>, keys: impl Iterator<Item = &'k str>) -> Vec<&'a Column> {
    let catalog = ctx.catalog;
    keys.filter_map(|key| catalog.columns.get(catalog.column_index(key)?))
        .collect()
}

/// What is known of the column being drawn.
struct One<'a> {
    spec: &'a ColumnSpec,
    histogram: Option<&'a Histogram>,
    scale: &'a Scale,
}

impl One<'_> {
    fn header(&self, ui: &mut Ui, look: &mut Look, band: &mut BandState, out: &mut Vec<Action>) {
        let spec = self.spec;
        ui.horizontal(|ui| {
            let title = ui.label(&spec.label).on_hover_text(&spec.about);
            title.on_hover_text(RichText::new(&spec.key).monospace());
            if !spec.unit.is_empty() {
                ui.weak(&spec.unit);
            }
            if spec.better == Better::Lower {
                direction(ui, spec.better);
                ui.label(RichText::new(text::LOWER_BETTER).size(theme::SMALL).weak());
            }
            let right = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(right, |ui| {
                ui.visuals_mut().button_frame = false;
                let menu = ui.menu_button("…", |ui| self.menu(ui, look, band, out));
                menu.response
                    .on_hover_text(text::column_menu(&spec.key))
                    .accessible_name(text::column_menu(&spec.key));
            });
        });
    }

    fn menu(&self, ui: &mut Ui, look: &mut Look, band: &mut BandState, out: &mut Vec<Action>) {
        let axes = [
            (None, text::AXIS_AUTO),
            (Some(Axis::Linear), text::AXIS_LINEAR),
            (Some(Axis::Log), text::AXIS_LOG),
            (Some(Axis::Percentile), text::AXIS_PERCENTILE),
        ];
        for (axis, name) in axes {
            ui.radio_value(&mut look.axis, axis, name);
        }
        ui.separator();
        ui.checkbox(&mut look.log_heights, text::LOG_HEIGHTS);
        ui.separator();
        let lower = self.spec.better == Better::Lower;
        let (first, second) = match self.spec.better {
            Better::Neutral => (text::SORT_LARGEST, text::SORT_SMALLEST),
            Better::Higher | Better::Lower => (text::SORT_BEST, text::SORT_WORST),
        };
        for (name, descending) in [(first, !lower), (second, lower)] {
            if ui.button(name).clicked() {
                let by = SortBy::Column(self.spec.key.clone());
                out.push(Action::Sort(vec![SortKey { by, descending }]));
            }
        }
        ui.separator();
        if ui.button(text::RESET_BAND).clicked() {
            *band = BandState::default();
        }
    }

    fn slider(&self, ui: &mut Ui, look: &Look, band: &mut BandState) {
        let slider = Band {
            column: &self.spec.key,
            histogram: self.histogram,
            scale: self.scale,
            log_heights: look.log_heights,
        };
        slider.ui(ui, band);
    }

    /// The typed bounds, and between them how many have no value.
    fn bounds(&self, ui: &mut Ui, band: &mut BandState) {
        let (min, max) = self.scale.bounds();
        ui.horizontal(|ui| {
            let mut low = band.low.max(min);
            if self.field(ui, &mut low, &text::low_field(&self.spec.key)) {
                band.type_low(low, (min, max));
            }
            let missing = self.histogram.map_or(0, |h| h.missing);
            let room = (ui.available_width() - FIELD_WIDTH - ui.spacing().item_spacing.x).max(0.0);
            let size = Vec2::new(room, ui.spacing().interact_size.y);
            // Room also for nothing, so that the upper bound stays at the right end.
            let middle = egui::Layout::centered_and_justified(egui::Direction::LeftToRight);
            ui.allocate_ui_with_layout(size, middle, |ui| {
                ui.set_min_size(size);
                if missing > 0 {
                    let note = RichText::new(text::without_value(missing)).size(theme::SMALL);
                    ui.add(egui::Label::new(note.weak()).truncate());
                }
            });
            let mut high = band.high.min(max);
            if self.field(ui, &mut high, &text::high_field(&self.spec.key)) {
                band.type_high(high, (min, max));
            }
        });
    }

    fn field(&self, ui: &mut Ui, value: &mut f64, name: &str) -> bool {
        let (min, max) = self.scale.bounds();
        let field = DragValue::new(value)
            .speed((max - min) / 400.0)
            .update_while_editing(false)
            .custom_formatter(|v, _| text::bound_short(v));
        ui.add_sized(Vec2::new(FIELD_WIDTH, ui.spacing().interact_size.y), field)
            .accessible_name(name)
            .changed()
    }

    /// The named bands of the model's authors, as one-click chips.
    fn bands(&self, ui: &mut Ui, band: &mut BandState) {
        if self.spec.bands.is_empty() {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(4.0);
            for named in &self.spec.bands {
                let state = BandState {
                    low: named.low,
                    high: named.high,
                };
                let on = *band == state;
                let range = crate::gui::filter::band_label(&self.spec.key, state);
                let chip = chip::choice(ui, on, &named.meaning).on_hover_text(range);
                if chip.clicked() {
                    *band = if on { BandState::default() } else { state };
                }
            }
        });
    }
}
