//! Page: what networks run on, and how to have something better.
//!
//! Must not know: how libraries are found, loaded, installed.

use std::path::PathBuf;

use egui::{Button, Grid, Label, RichText, ScrollArea, TextEdit, Ui};

use crate::engine::infer::install::Flavour;
use crate::engine::infer::library::Candidate;
use crate::engine::infer::status::{EngineStatus, Status};
use crate::engine::{Command, JobKind};
use crate::gui::command::UiCommand;
use crate::gui::ctx::{Action, Ctx, Panel};
use crate::gui::dialogs::pick::{Picker, Wanted};
use crate::gui::widgets::{chip, device};
use crate::gui::{text_models as text, text_panels, theme};

use super::models::tabs;

/// The page; asks for the state when it is first drawn.
#[derive(Debug, Default)]
pub struct Devices {
    asked: bool,
    library: String,
    picker: Picker,
}

impl Panel for Devices {
    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        if !self.asked {
            self.asked = true;
            out.push(Action::Send(Command::Runtime));
        }
        tabs(ui, UiCommand::Devices, out);
        ui.add_space(theme::GAP);
        let Some(status) = ctx.runtime else {
            ui.weak(text::ASKING);
            return;
        };
        ScrollArea::vertical()
            .id_salt("devices")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.set_max_width(theme::TEXT_WIDTH.min(ui.available_width()));
                engines(ui, status);
                choice(ui, ctx, status, out);
                test(ui, ctx, out);
                libraries(ui, status);
                install(ui, ctx, out);
                self.other(ui, out);
            });
    }
}

fn heading(ui: &mut Ui, title: &str) {
    ui.add_space(theme::GAP_BIG);
    ui.strong(title);
}

fn note(ui: &mut Ui, text: impl Into<String>) {
    let text = RichText::new(text).size(theme::SMALL).weak();
    ui.add(Label::new(text).wrap());
}

fn engines(ui: &mut Ui, status: &Status) {
    if status.engines.iter().all(|engine| engine.library.is_none()) {
        ui.add(Label::new(text::ONLY_RTEN).wrap());
    }
    heading(ui, text::ENGINES);
    Grid::new("engines").num_columns(3).show(ui, |ui| {
        for (i, engine) in status.engines.iter().enumerate() {
            row(ui, engine, i == 0);
        }
    });
}

fn row(ui: &mut Ui, engine: &EngineStatus, in_use: bool) {
    ui.horizontal(|ui| {
        ui.label(format!("{} {}", engine.name, engine.version));
        if in_use {
            chip::tag(ui, text::IN_USE);
        }
    });
    let devices: Vec<String> = engine.devices.iter().map(ToString::to_string).collect();
    ui.label(devices.join(", "));
    match &engine.library {
        Some(library) => {
            let path = library.display().to_string();
            ui.add(Label::new(RichText::new(&path).weak()).truncate())
                .on_hover_text(path);
        }
        None => {
            ui.weak(text::BUILT_IN);
        }
    }
    ui.end_row();
}

fn choice(ui: &mut Ui, ctx: &Ctx<'_>, status: &Status, out: &mut Vec<Action>) {
    heading(ui, text::DEVICE_CHOICE);
    let mut chosen = ctx.settings.device.clone();
    if device::choice(ui, &mut chosen, Some(status)) {
        let mut settings = ctx.settings.clone();
        settings.device = chosen;
        out.push(Action::Settings(Box::new(settings)));
    }
}

fn test(ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    ui.add_space(theme::GAP);
    let busy = is_busy(ctx);
    let button = ui.add_enabled(!busy, Button::new(text::TEST));
    if button.on_hover_text(text::TEST_ABOUT).clicked() {
        out.push(Action::Send(Command::Selftest));
    }
    let palette = theme::palette(ui);
    for (line, good) in ctx.selftest {
        let colour = if *good { palette.pick } else { palette.reject };
        let line = RichText::new(line).monospace().color(colour);
        ui.add(Label::new(line.size(theme::SMALL)).wrap());
    }
}

/// Whether a download, an installation or a test is at work.
fn is_busy(ctx: &Ctx<'_>) -> bool {
    let mut jobs = ctx.jobs.iter();
    jobs.any(|job| job.kind == JobKind::Models && !job.state.is_over())
}

fn libraries(ui: &mut Ui, status: &Status) {
    heading(ui, text::LIBRARIES);
    if status.candidates.is_empty() {
        ui.weak(text::NO_LIBRARY);
    }
    for candidate in &status.candidates {
        library(ui, candidate);
    }
    for refused in &status.refused {
        let text = RichText::new(format!("{refused}; {}", refused.hint()));
        let known = status
            .candidates
            .iter()
            .any(|c| c.state.as_ref().err() == Some(refused));
        if !known && !status.candidates.is_empty() {
            ui.add(Label::new(text.color(theme::palette(ui).reject)).wrap());
        }
    }
}

fn library(ui: &mut Ui, candidate: &Candidate) {
    let path = candidate.path.display().to_string();
    ui.add(Label::new(path).wrap());
    match &candidate.state {
        Ok(info) => note(
            ui,
            format!("ONNX Runtime {} · {}", info.version, candidate.origin),
        ),
        Err(error) => {
            let text = format!("{} · {error}", candidate.origin);
            let text = RichText::new(text).size(theme::SMALL);
            ui.add(Label::new(text.color(theme::palette(ui).reject)).wrap());
        }
    }
}

fn install(ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
    heading(ui, text::INSTALL);
    note(ui, text::INSTALL_ABOUT);
    let busy = is_busy(ctx);
    Grid::new("flavours").num_columns(2).show(ui, |ui| {
        for flavour in Flavour::here() {
            let button = Button::new(text::install(flavour));
            if ui.add_enabled(!busy, button).clicked() {
                out.push(Action::Send(Command::InstallRuntime(flavour)));
            }
            ui.vertical(|ui| {
                ui.label(text::flavour(flavour));
                if !flavour.note().is_empty() {
                    note(ui, flavour.note());
                }
            });
            ui.end_row();
        }
    });
}

impl Devices {
    fn other(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        if let Some(path) = self.picker.poll() {
            self.library = path.display().to_string();
        }
        ui.add_space(theme::GAP_BIG);
        let label = ui.strong(text::OTHER_LIBRARY);
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.library)
                .hint_text(text::OTHER_HINT)
                .desired_width(ui.available_width() - 2.0 * theme::BROWSE_WIDTH);
            ui.add(field).labelled_by(label.id);
            if ui.button(text_panels::BROWSE).clicked() {
                self.picker.open(Wanted::File, ui.ctx().clone());
            }
            let path = PathBuf::from(self.library.trim());
            let button = ui.add_enabled(path.is_absolute(), Button::new(text::USE));
            if button
                .on_disabled_hover_text(text_panels::NEED_FILE)
                .clicked()
            {
                out.push(Action::Send(Command::UseRuntime(path)));
            }
        });
    }
}
