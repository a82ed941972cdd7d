//! Takes the engine's events over into the state.
//!
//! Must not know: how anything is drawn.

use egui::Context;

use crate::engine::{Event, JobStatus, Level, Notice};

use super::app::App;
use super::ctx::Ask;

/// Events taken a frame; the rest waits for the next one.
const EVENTS: usize = 256;
/// Ended jobs kept.
const ENDED: usize = 8;

impl App {
    /// Takes what has come since the last frame.
    pub(super) fn drain(&mut self, ctx: &Context) {
        for _ in 0..EVENTS {
            let Some(event) = self.port.event() else {
                return;
            };
            self.take(ctx, event);
        }
        ctx.request_repaint();
    }

    fn take(&mut self, ctx: &Context, event: Event) {
        match event {
            Event::Catalog(catalog) => {
                if catalog.roots != self.state.catalog.roots {
                    self.other_roots(&catalog.roots);
                }
                self.state.set_catalog(catalog);
            }
            Event::View(view) => {
                // Not only the newest: while a handle is dragged, each frame asks anew, and answers
                // that are a frame late are still what the user wants to see.
                if view.generation >= self.state.view.generation {
                    let same = view.generation == self.state.view.generation;
                    let focus = self.state.selection.focus();
                    let was_on_screen = focus.is_some_and(|row| self.grid.is_on_screen(row));
                    self.state.set_view(view, same);
                    let is_other = self.state.selection.focus() != focus;
                    if is_other || (!same && was_on_screen) {
                        self.reveal_focus();
                    }
                }
            }
            Event::Histograms {
                generation,
                histograms,
            } => {
                if generation >= self.state.view.generation {
                    self.state.histograms = histograms;
                }
            }
            Event::Thumbs(thumbs) => self.textures.receive(thumbs),
            Event::Picture { row, result } => self.loupe.receive(ctx, row, result),
            Event::Job(job) => self.take_job(job),
            Event::Planned(Ok(plan)) => self.ask(Ask::Plan(plan)),
            Event::ImportPlanned(Ok(plan)) => self.ask(Ask::ImportPlan(plan)),
            Event::Planned(Err(problem))
            | Event::ModelDraft(Err(problem))
            | Event::ImportPlanned(Err(problem)) => {
                self.toasts.push(Notice {
                    level: Level::Error,
                    text: problem.to_string(),
                });
            }
            Event::Scorers(scorers) => self.state.scorers = scorers.to_vec(),
            Event::Models(models) => self.state.models = models,
            Event::ModelDraft(Ok(draft)) => self.ask(Ask::OwnModel(draft)),
            Event::Runtime(status) => self.state.runtime = Some(status),
            Event::Selftest(lines) => self.state.selftest = lines,
            Event::Placements { row, placements } => {
                self.state.placements = Some((row, placements));
            }
            Event::Details { row, result } => {
                self.loupe.forget_overlay();
                self.state.details = Some((row, result));
            }
            Event::History(history) => self.state.history = history,
            Event::Notice(notice) => self.toasts.push(notice),
        }
    }

    fn take_job(&mut self, job: JobStatus) {
        let jobs = &mut self.state.jobs;
        match jobs.iter_mut().find(|known| known.id == job.id) {
            Some(known) => *known = job,
            None => jobs.push(job),
        }
        let n_ended = jobs.iter().filter(|job| job.state.is_over()).count();
        if n_ended > ENDED
            && let Some(oldest) = jobs.iter().position(|job| job.state.is_over())
        {
            jobs.remove(oldest);
        }
    }

    fn other_roots(&mut self, roots: &[std::path::PathBuf]) {
        self.textures.clear();
        self.loupe.close();
        self.grid.reset();
        self.state.placements = None;
        self.state.details = None;
        if let Some(root) = roots.first() {
            self.top.set_path(root.display().to_string());
        }
        if !roots.is_empty() && self.state.settings.last_roots != roots {
            let mut settings = self.state.settings.clone();
            settings.last_roots = roots.to_vec();
            self.set_settings(settings);
        }
    }
}
