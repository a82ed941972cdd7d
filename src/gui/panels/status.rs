//! The line at the bottom: counts on the left, jobs above it.
//!
//! Must not know: what jobs do.

use egui::{ProgressBar, Ui};

use crate::base::format;
use crate::engine::{Command, JobKind, JobState, JobStatus};
use crate::gui::command::UiCommand;
use crate::gui::ctx::{Action, Ctx};
use crate::gui::{text, theme};

use super::guard;

/// Draws the jobs at work, a line each, and the counts. `n_hidden`: selected images that the
/// filter hides.
pub(in crate::gui) fn ui(ui: &mut Ui, ctx: &Ctx<'_>, n_hidden: usize, out: &mut Vec<Action>) {
    for job in ctx.jobs.iter().filter(|job| !job.state.is_over()) {
        ui.push_id(job.id.0, |ui| job_line(ui, job, out));
    }
    ui.horizontal(|ui| counts(ui, ctx, n_hidden, out));
}

fn counts(ui: &mut Ui, ctx: &Ctx<'_>, n_hidden: usize, out: &mut Vec<Action>) {
    ui.strong(text::shown(ctx.view.rows.len(), ctx.view.total));
    let n_selected = ctx.selection.rows().len();
    if n_selected > 0 {
        ui.separator();
        ui.label(text::selected(n_selected, n_hidden));
    }
    if ctx.view.unscored > 0 {
        ui.separator();
        ui.weak(text::unscored(ctx.view.unscored));
    }
    guard::ui(ui, ctx, out);
    if ctx.view.failed > 0 {
        ui.separator();
        let link =
            egui::RichText::new(text::failed(ctx.view.failed)).color(theme::palette(ui).warn);
        let link = ui.link(link).on_hover_text(UiCommand::ShowFailed.tooltip());
        if link.clicked() {
            out.push(Action::Run(UiCommand::ShowFailed));
        }
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        ui.weak(text::HELP_HINT);
    });
}

fn job_line(ui: &mut Ui, job: &JobStatus, out: &mut Vec<Action>) {
    let progress = job.progress;
    ui.horizontal(|ui| {
        ui.label(&job.title);
        let bar = ProgressBar::new(share(job))
            .desired_width(theme::PROGRESS_WIDTH)
            .desired_height(theme::BAR_HEIGHT * 2.0)
            .fill(theme::palette(ui).accent)
            .animate(false);
        ui.add(bar);
        ui.label(done(job));
        if progress.failed > 0 {
            let failed = text::failed(progress.failed as usize);
            ui.colored_label(theme::palette(ui).warn, failed);
        }
        if job.state == JobState::Paused {
            ui.weak(text::PAUSED);
        } else {
            if job.rate > 0.0 {
                ui.weak(rate(job));
            }
            if let Some(eta) = job.eta {
                ui.weak(text::left(&format::duration(eta)));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            job_buttons(ui, job, out);
        });
    });
}

fn job_buttons(ui: &mut Ui, job: &JobStatus, out: &mut Vec<Action>) {
    if ui.button(text::CANCEL).clicked() {
        out.push(Action::Send(Command::Cancel(job.id)));
    }
    if job.state == JobState::Paused {
        if ui.button(text::RESUME).clicked() {
            out.push(Action::Send(Command::Resume(job.id)));
        }
    } else if ui.button(text::PAUSE).clicked() {
        out.push(Action::Send(Command::Pause(job.id)));
    }
}

/// How far it is: downloads in bytes, all else in items.
fn done(job: &JobStatus) -> String {
    let (done, total) = (job.progress.done, job.progress.total);
    match job.kind {
        JobKind::Models if total == 0 => String::new(),
        JobKind::Models => text::bytes_done(done, total),
        _ => text::done(done, total),
    }
}

fn rate(job: &JobStatus) -> String {
    match job.kind {
        JobKind::Models => text::bytes_rate(job.rate),
        _ => text::rate(job.rate),
    }
}

fn share(job: &JobStatus) -> f32 {
    let progress = job.progress;
    if progress.total == 0 {
        return 0.0;
    }
    (progress.done as f64 / progress.total as f64) as f32
}
