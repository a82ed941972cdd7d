//! One model in full: what it measures, where it stands, what can be done with it.

use egui::{Button, Grid, Label, RichText, ScrollArea, Ui};

use crate::domain::score::{Better, ColumnSpec, Field, ScorerKind};
use crate::engine::{Command, ModelInfo, ModelState, ScoreRequest};
use crate::gui::ctx::{Action, Ask, Ctx};
use crate::gui::widgets::{chip, score_bar};
use crate::gui::{text_models as text, theme};

use super::rule::RuleBox;
use super::{can_download, list, settings};

/// Draws the model; the key of another one that was clicked.
pub(super) fn ui(
    ui: &mut Ui,
    model: &ModelInfo,
    ctx: &Ctx<'_>,
    rule: &mut RuleBox,
    out: &mut Vec<Action>,
) -> Option<String> {
    let scrolled = ScrollArea::vertical()
        .id_salt(("model", &model.key))
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.set_max_width(theme::TEXT_WIDTH.min(ui.available_width()));
            ui.horizontal_wrapped(|ui| {
                ui.heading(&model.label);
                if model.field == Field::Anime {
                    chip::tag(ui, text::ANIME).on_hover_text(text::ANIME_ABOUT);
                }
            });
            let state = RichText::new(text::state(model));
            let colour = list::colour(model, theme::palette(ui));
            ui.add(Label::new(state.color(colour)).wrap());
            ui.add_space(theme::GAP);
            ui.add(Label::new(&model.about).wrap());
            ui.add_space(theme::GAP);
            buttons(ui, model, ctx, out);
            ui.add_space(theme::GAP_BIG);
            let other = facts(ui, model, ctx);
            settings::ui(ui, model, out);
            rule.ui(ui, model, ctx, out);
            columns(ui, model);
            other
        });
    scrolled.inner
}

fn buttons(ui: &mut Ui, model: &ModelInfo, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    let key = &model.key;
    let ready = matches!(model.state, ModelState::Ready { .. });
    ui.horizontal_wrapped(|ui| {
        if can_download(model) {
            let palette = theme::palette(ui);
            let label = RichText::new(text::DOWNLOAD).color(palette.on_accent);
            let button = ui.add(Button::new(label).fill(palette.accent));
            if button.accessible_name(text::download(key)).clicked() {
                out.push(Action::Ask(Ask::Pull(key.clone())));
            }
        }
        if ready && !model.columns.is_empty() {
            let button = ui.add_enabled(ctx.can_score(), Button::new(text::SCORE_WITH_THIS));
            let button = button.on_disabled_hover_text(text::CANT_SCORE);
            if button.accessible_name(text::score_with(key)).clicked() {
                out.push(Action::Send(Command::Score(ScoreRequest {
                    scorers: vec![key.clone()],
                    wishes: ctx.wishes(),
                    ..ScoreRequest::default()
                })));
            }
        }
        if model.kind == ScorerKind::Prompts {
            let button = ui.button(text::PROMPTS);
            if button.accessible_name(text::edit_prompts(key)).clicked() {
                out.push(Action::Ask(Ask::Prompts(key.clone())));
            }
            return;
        }
        let button = ui.button(text::ADD_FILE);
        if button.accessible_name(text::add_file(key)).clicked() {
            out.push(Action::Ask(Ask::AddModel(Some(key.clone()))));
        }
        if model.state != ModelState::Missing {
            let button = ui.button(text::REMOVE);
            if button.accessible_name(text::remove(key)).clicked() {
                out.push(Action::Ask(Ask::RemoveModel(key.clone())));
            }
        }
    });
}

/// The table of facts; the key of a model in it that was clicked.
fn facts(ui: &mut Ui, model: &ModelInfo, ctx: &Ctx<'_>) -> Option<String> {
    let mut other = None;
    let grid = Grid::new(("facts", &model.key)).num_columns(2);
    grid.spacing(egui::vec2(theme::GAP_BIG, theme::GAP))
        .show(ui, |ui| {
            let mut fact = |name: &str, value: &str| {
                ui.weak(name);
                ui.add(Label::new(value).wrap());
                ui.end_row();
            };
            fact(text::KEY, &model.key);
            fact(text::KIND, text::kind(model.kind));
            fact(text::FIELD, text::field(model.field));
            let licence = if model.licence.is_empty() {
                text::UNKNOWN
            } else {
                &model.licence
            };
            fact(text::LICENCE, licence);
            fact(text::SIZE, &text::size(model));
            if let Some(memory) = model.memory {
                fact(text::MEMORY, &text::memory(memory));
            }
            let speed = model.speed.as_ref().map(text::speed);
            fact(text::LAST_RUN, speed.as_deref().unwrap_or(text::NOT_RUN));
            if let Some(input) = model.input {
                fact(text::INPUT, &text::input(input));
            }
            let feeds_on = model.encoders.iter().chain(&model.sources);
            let feeds_on: Vec<&str> = feeds_on.map(String::as_str).collect();
            other = links(ui, text::FEEDS_ON, &feeds_on);
            let feeds =
                |m: &&ModelInfo| m.encoders.contains(&model.key) || m.sources.contains(&model.key);
            let fed: Vec<&str> = ctx
                .models
                .iter()
                .filter(feeds)
                .map(|m| m.key.as_str())
                .collect();
            other = links(ui, text::FEEDS, &fed).or(other.take());
            if !model.origin.is_empty() {
                ui.weak(text::ORIGIN);
                ui.hyperlink(&model.origin);
                ui.end_row();
            }
            if let ModelState::Ready { files, .. } = &model.state {
                for (i, file) in files.iter().enumerate() {
                    ui.weak(if i == 0 { text::FILES } else { "" });
                    ui.add(Label::new(file.display().to_string()).wrap());
                    ui.end_row();
                }
            }
        });
    other
}

fn links(ui: &mut Ui, name: &str, keys: &[&str]) -> Option<String> {
    if keys.is_empty() {
        return None;
    }
    let mut clicked = None;
    ui.weak(name);
    ui.horizontal_wrapped(|ui| {
        for &key in keys {
            if ui.link(key).accessible_name(text::show(key)).clicked() {
                clicked = Some(key.to_owned());
            }
        }
    });
    ui.end_row();
    clicked
}

fn columns(ui: &mut Ui, model: &ModelInfo) {
    if model.columns.is_empty() {
        return;
    }
    ui.add_space(theme::GAP_BIG);
    ui.strong(text::COLUMNS);
    for spec in &model.columns {
        ui.add_space(theme::GAP);
        column(ui, spec);
    }
}

fn column(ui: &mut Ui, spec: &ColumnSpec) {
    ui.horizontal_wrapped(|ui| {
        ui.label(&spec.label);
        if spec.better != Better::Neutral {
            score_bar::direction(ui, spec.better);
        }
        ui.weak(text::range(spec));
        if spec.key != spec.label {
            ui.label(
                RichText::new(&spec.key)
                    .monospace()
                    .size(theme::SMALL)
                    .weak(),
            );
        }
    });
    if !spec.about.is_empty() {
        let about = RichText::new(&spec.about).size(theme::SMALL).weak();
        ui.add(Label::new(about).wrap());
    }
    if !spec.bands.is_empty() {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::splat(4.0);
            for band in &spec.bands {
                chip::tag(ui, &band.meaning).on_hover_text(text::band(band));
            }
        });
    }
}
