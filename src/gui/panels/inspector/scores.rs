//! Every column of one image as a bar in its native range, grouped by scorer.
//!
//! Columns that are off screen only keep their room, and those without a value stand together at
//! the end, so that sixty columns are as readable as six.

use std::collections::BTreeMap;

use egui::text::LayoutJob;
use egui::{CollapsingHeader, FontSelection, RichText, Style, Ui, Vec2};

use crate::base::format;
use crate::domain::catalog::{Column, Row};
use crate::domain::score::{Field, ScorerSpec};
use crate::gui::ctx::Ctx;
use crate::gui::scales::Scales;
use crate::gui::widgets::histogram::Axis;
use crate::gui::widgets::{chip, score_bar};
use crate::gui::{text_models, text_panels as text, theme};

use super::mark;

/// Height of a column that was never drawn, points.
const FIRST_HEIGHT: f32 = 34.0;
/// The scores part of the inspector.
#[derive(Debug, Default)]
pub(super) struct Scores {
    scales: Scales,
    heights: BTreeMap<String, f32>,
}

impl Scores {
    /// Draws the scores of an image.
    pub(super) fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, row: Row) {
        let mut empty: Vec<&Column> = Vec::new();
        let mut seen = vec![false; ctx.catalog.columns.len()];
        for scorer in ctx.scorers {
            let mut known = Vec::new();
            for spec in &scorer.columns {
                let Some(at) = ctx.catalog.column_index(&spec.key) else {
                    continue;
                };
                sort_out(ctx, at, row, &mut known, &mut empty);
                if let Some(seen) = seen.get_mut(at) {
                    *seen = true;
                }
            }
            self.group(ui, ctx, scorer, &known, row);
        }
        let mut other = Vec::new();
        for at in (0..seen.len()).filter(|&at| seen.get(at) == Some(&false)) {
            sort_out(ctx, at, row, &mut other, &mut empty);
        }
        for (column, value) in other {
            self.column(ui, ctx, column, (row, value));
        }
        if empty.len() == seen.len() {
            ui.weak(text_models::NO_SCORES);
        }
        without_value(ui, &empty);
    }

    fn group(
        &mut self,
        ui: &mut Ui,
        ctx: &Ctx<'_>,
        scorer: &ScorerSpec,
        columns: &[(&Column, f64)],
        row: Row,
    ) {
        if columns.is_empty() {
            return;
        }
        let placement = placement(ctx, row, &scorer.key);
        let header = CollapsingHeader::new(title(ui.style(), scorer))
            .id_salt(("scores", &scorer.key))
            .default_open(true)
            .show_unindented(ui, |ui| {
                if let Some(placement) = placement {
                    let note = RichText::new(placement).size(theme::SMALL).weak();
                    ui.add(egui::Label::new(note).truncate());
                }
                for (column, value) in columns {
                    self.column(ui, ctx, column, (row, *value));
                }
            });
        header.header_response.on_hover_ui(|ui| {
            ui.set_max_width(theme::TOAST_WIDTH);
            ui.label(&scorer.about);
            if scorer.field == Field::Anime {
                ui.weak(text_models::ANIME_ABOUT);
            }
            if let Some(placement) = placement {
                ui.weak(text_models::computed_on(placement));
            }
        });
    }

    /// One column; off screen only its room is kept.
    fn column(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, column: &Column, (row, value): (Row, f64)) {
        let key = &column.spec.key;
        let height = self.heights.get(key).copied().unwrap_or(FIRST_HEIGHT);
        let size = Vec2::new(ui.available_width(), height);
        if !ui.is_rect_visible(egui::Rect::from_min_size(ui.cursor().min, size)) {
            ui.allocate_space(Vec2::new(1.0, height));
            return;
        }
        let drawn = ui.scope(|ui| {
            self.bar(ui, ctx, column, value);
            mark::ui(ui, ctx, column, row);
        });
        let height = drawn.response.rect.height();
        match self.heights.get_mut(key) {
            Some(known) => *known = height,
            None => drop(self.heights.insert(key.clone(), height)),
        }
    }

    fn bar(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, column: &Column, value: f64) {
        let spec = &column.spec;
        let histogram = ctx.histograms.iter().find(|h| h.column == spec.key);
        let scale = self.scales.get(column, histogram, None);
        let shown = format::quantity(value, &spec.unit);
        let readable = spec.readable.as_ref().and_then(|r| r.in_words(value));
        ui.horizontal(|ui| {
            let right = egui::Layout::right_to_left(egui::Align::Center);
            ui.with_layout(right, |ui| {
                ui.label(&shown);
                let note = text::percentile(scale.percentile(value));
                ui.label(RichText::new(note).size(theme::SMALL).weak());
                let left = egui::Layout::left_to_right(egui::Align::Center);
                ui.with_layout(left, |ui| {
                    let label = RichText::new(&spec.label).size(theme::SMALL);
                    ui.add(egui::Label::new(label).truncate())
                        .on_hover_text(&spec.about);
                    score_bar::direction(ui, spec.better);
                });
            });
        });
        let (low, high) = score_bar::range(spec, Some(scale.bounds()));
        let is_open = !(spec.range.0.is_finite() && spec.range.1.is_finite());
        let unit = if is_open && scale.axis() == Axis::Log {
            scale.unit(value)
        } else {
            (value - low) / (high - low)
        };
        let name = format!("{} {shown}", spec.key);
        score_bar::ui(ui, Some(unit), spec.better, &name).on_hover_ui(|ui| {
            ui.label(text_models::range(spec));
        });
        if let Some(readable) = readable {
            ui.label(RichText::new(readable).size(theme::SMALL).weak());
        }
        let holds = |band: &&crate::domain::score::Band| band.low <= value && value <= band.high;
        if let Some(band) = spec.bands.iter().find(holds) {
            chip::tag(ui, &band.meaning).on_hover_ui(|ui| {
                ui.label(text_models::band(band));
            });
        }
    }
}

/// The image's value of a column, or the column among those that have none.
fn sort_out<'a>(
    ctx: &Ctx<'a>,
    at: usize,
    row: Row,
    known: &mut Vec<(&'a Column, f64)>,
    empty: &mut Vec<&'a Column>,
) {
    let Some(column) = ctx.catalog.columns.get(at) else {
        return;
    };
    let value = f64::from(ctx.catalog.value(at, row));
    if value.is_finite() {
        known.push((column, value));
    } else {
        empty.push(column);
    }
}

/// The scorer's label, and a mark where it is meant for anime.
fn title(style: &Style, scorer: &ScorerSpec) -> LayoutJob {
    let mut job = LayoutJob::default();
    let align = egui::Align::Center;
    RichText::new(&scorer.label)
        .strong()
        .append_to(&mut job, style, FontSelection::Default, align);
    if scorer.field == Field::Anime {
        RichText::new("  ").append_to(&mut job, style, FontSelection::Default, align);
        RichText::new(format!(" {} ", text_models::ANIME))
            .size(theme::SMALL)
            .background_color(style.visuals.faint_bg_color)
            .append_to(&mut job, style, FontSelection::Default, align);
    }
    job
}

fn placement<'a>(ctx: &Ctx<'a>, row: Row, key: &str) -> Option<&'a str> {
    let (of, placements) = ctx.placements?;
    let mut placements = placements.iter().filter(|_| *of == row);
    placements
        .find(|(scorer, _)| scorer == key)
        .map(|(_, placement)| placement.as_str())
}

fn without_value(ui: &mut Ui, columns: &[&Column]) {
    if columns.is_empty() {
        return;
    }
    let title = RichText::new(text_models::without_value(columns.len())).weak();
    CollapsingHeader::new(title)
        .id_salt("without-value")
        .default_open(false)
        .show_unindented(ui, |ui| {
            for column in columns {
                let label = RichText::new(&column.spec.label).size(theme::SMALL).weak();
                ui.add(egui::Label::new(label).truncate())
                    .on_hover_text(&column.spec.about);
            }
        });
}
