//! The window: layout, and one frame after the other.
//!
//! Must not know: what single panels do. Each frame takes events and keys, draws, and then carries
//! out what was asked for.

use std::path::PathBuf;

use egui::{CentralPanel, Context, Frame, Id, Modal, Panel, Popup, Ui};

use crate::domain::query::{SortBy, SortKey, ViewSpec};
use crate::domain::settings::Settings;
use crate::engine::{Command, JobKind};

use super::command::{self, UiCommand};
use super::ctx::{Action, Dialog, Stay};
use super::folders::Folders;
use super::panels::grid::Grid;
use super::panels::loupe::Loupe;
use super::panels::status;
use super::panels::top::Top;
use super::parts::Parts;
use super::port::Port;
use super::rest::Rest;
use super::run::Link;
use super::state::{Mode, State};
use super::textures::Textures;
use super::toasts::Toasts;
use super::{text, theme};

/// Seconds between a changed setting and its saving.
const SAVE_AFTER: f64 = 0.6;

/// The whole window.
pub struct App {
    pub(super) state: State,
    pub(super) port: Port,
    pub(super) parts: Parts,
    pub(super) top: Top,
    pub(super) grid: Grid,
    pub(super) loupe: Loupe,
    rest: Rest,
    pub(super) textures: Textures,
    pub(super) toasts: Toasts,
    pub(super) dialog: Option<Box<dyn Dialog>>,
    pub(super) folders: Folders,
    pub(super) show_left: bool,
    pub(super) show_right: bool,
    /// Settings were changed since they were last sent.
    pub(super) unsaved: bool,
    save_at: Option<f64>,
    in_force: Option<Settings>,
    keys: Vec<UiCommand>,
}

/// Folder by folder, names in natural order: what a new window shows.
fn by_path() -> ViewSpec {
    let sort = vec![SortKey {
        by: SortBy::Path,
        descending: false,
    }];
    ViewSpec {
        sort,
        ..ViewSpec::default()
    }
}

impl App {
    /// A window over these channels; opens the roots, if there are any.
    pub fn new(ctx: &Context, link: Link, roots: &[PathBuf]) -> Self {
        let Link {
            commands,
            events,
            scorers,
            settings,
            waker,
        } = link;
        waker.attach(ctx);
        let mut app = Self {
            state: State {
                settings,
                scorers,
                spec: by_path(),
                ..State::default()
            },
            port: Port::new(commands, events),
            parts: Parts::default(),
            top: Top::default(),
            grid: Grid::default(),
            loupe: Loupe::default(),
            rest: Rest::default(),
            textures: Textures::default(),
            toasts: Toasts::default(),
            dialog: None,
            folders: Folders::default(),
            show_left: true,
            show_right: true,
            unsaved: false,
            save_at: None,
            in_force: None,
            keys: Vec::new(),
        };
        app.apply_settings(ctx);
        app.ask_view();
        if !roots.is_empty() {
            app.port.send(Command::Open(roots.to_vec()));
        }
        app
    }

    /// What the window knows; for tests.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes events over. Runs also while the window is hidden.
    pub fn logic(&mut self, ctx: &Context) {
        self.drain(ctx);
        if let Some(folders) = self.folders.take() {
            self.send(Command::Open(folders));
        }
        self.apply_settings(ctx);
        self.save(ctx);
        if self.port.flush() {
            ctx.request_repaint_after_secs(0.05);
        }
    }

    /// Draws a frame and carries out what was asked for in it.
    pub fn show(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let mut events = ctx.input_mut(|input| std::mem::take(&mut input.events));
        self.take_keys(&ctx, &mut events);
        ctx.input_mut(|input| input.events = events);
        let mut out: Vec<Action> = self.keys.drain(..).map(Action::Run).collect();
        dropped(ui, &mut out);
        if self.textures.begin(&ctx, &self.state.catalog) {
            ctx.request_repaint();
        }
        let status_height = self.draw(ui, &mut out);
        self.state.added.clear();
        self.draw_dialog(&ctx, &mut out);
        self.toasts.ui(&ctx, status_height);
        self.want_thumbs(ui);
        let is_busy = !out.is_empty();
        for action in out {
            self.act(&ctx, action);
        }
        if is_busy {
            ctx.request_repaint();
        }
    }

    /// Keys that are commands, before egui moves the keyboard focus with them.
    fn take_keys(&mut self, ctx: &Context, events: &mut Vec<egui::Event>) {
        if self.dialog.is_some() {
            return;
        }
        let has_focus = ctx.memory(|memory| memory.focused().is_some());
        let typing = has_focus || Popup::is_any_open(ctx);
        let images = self.state.mode.shows_images();
        let wanted = |command: UiCommand| images || !command.is_about_images();
        let keys = command::take_those(events, typing, wanted);
        self.keys.extend(keys);
    }

    fn draw(&mut self, ui: &mut Ui, out: &mut Vec<Action>) -> f32 {
        let Self {
            state,
            top,
            parts,
            grid,
            loupe,
            textures,
            rest,
            ..
        } = self;
        let ctx = state.ctx();
        let margin = egui::Margin::symmetric(theme::MARGIN, theme::MARGIN / 2);
        let bar = Frame::side_top_panel(ui.style()).inner_margin(margin);
        Panel::top("top")
            .frame(bar)
            .show(ui, |ui| top.ui(ui, &ctx, out));
        let n_hidden = state.place.n_hidden;
        let status = Panel::bottom("status").frame(bar);
        let status = status.show(ui, |ui| status::ui(ui, &ctx, n_hidden, out));
        let side = Frame::side_top_panel(ui.style()).inner_margin(theme::MARGIN);
        let images = state.mode.shows_images();
        if images {
            rest.ask(ui, &ctx, out);
        }
        if self.show_left && images {
            let panel = Panel::left("left")
                .frame(side)
                .default_size(theme::LEFT_WIDTH);
            panel.show(ui, |ui| parts.filters.ui(ui, &ctx, out));
        }
        if self.show_right && images {
            let panel = Panel::right("right")
                .frame(side)
                .default_size(theme::RIGHT_WIDTH);
            panel.show(ui, |ui| parts.inspector.ui(ui, &ctx, out));
        }
        let canvas = Frame::new().fill(theme::palette(ui).canvas);
        let centre = CentralPanel::no_frame().frame(if images { canvas } else { side });
        centre.show(ui, |ui| match state.mode {
            Mode::Models => parts.models.ui(ui, &ctx, out),
            Mode::Devices => parts.devices.ui(ui, &ctx, out),
            _ if state.view.rows.is_empty() => empty(ui, state, out),
            Mode::Loupe => loupe.ui(ui, &ctx, textures, out),
            Mode::Grid => grid.ui(ui, &ctx, textures, out),
        });
        status.response.rect.height()
    }

    fn draw_dialog(&mut self, ctx: &Context, out: &mut Vec<Action>) {
        let Some(dialog) = &mut self.dialog else {
            return;
        };
        let panels = self.state.ctx();
        let frame = Frame::popup(&ctx.global_style()).inner_margin(theme::GAP_BIG);
        let modal = Modal::new(Id::unique("dialog")).frame(frame);
        let shown = modal.show(ctx, |ui| {
            ui.set_width(theme::DIALOG_WIDTH);
            ui.heading(dialog.title());
            ui.add_space(theme::GAP);
            dialog.ui(ui, &panels, out)
        });
        if shown.inner == Stay::Closed || shown.should_close() {
            self.dialog = None;
        }
    }

    fn want_thumbs(&mut self, ui: &Ui) {
        if self.state.view.rows.is_empty() {
            return;
        }
        let pixels = self.state.settings.thumb_size * ui.pixels_per_point();
        let edge = Textures::edge_for(pixels);
        let rows = self.grid.wanted().iter().copied();
        if let Some(command) = self.textures.request(&self.state.catalog, rows, edge) {
            self.port.send(command);
        }
    }

    fn apply_settings(&mut self, ctx: &Context) {
        let theme = self.state.settings.theme;
        if self.in_force.as_ref().map(|settings| settings.theme) != Some(theme) {
            theme::install(ctx, theme);
            self.in_force = Some(self.state.settings.clone());
        }
    }

    /// Sends changed settings once they have been still for a moment.
    fn save(&mut self, ctx: &Context) {
        let now = ctx.time();
        if std::mem::take(&mut self.unsaved) {
            self.save_at = Some(now + SAVE_AFTER);
        }
        let Some(at) = self.save_at else { return };
        if now >= at {
            self.save_at = None;
            let settings = Box::new(self.state.settings.clone());
            self.port.send(Command::SaveSettings(settings));
        } else {
            ctx.request_repaint_after_secs((at - now) as f32);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        Self::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }

    fn raw_input_hook(&mut self, ctx: &Context, raw_input: &mut egui::RawInput) {
        self.take_keys(ctx, &mut raw_input.events);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.unsaved || self.save_at.is_some() {
            let settings = Box::new(self.state.settings.clone());
            self.port.send(Command::SaveSettings(settings));
        }
    }
}

/// Opens what was dropped on the window, and says so while something is held over it.
fn dropped(ui: &Ui, out: &mut Vec<Action>) {
    let (dropped, hovering) = ui.input(|input| {
        let files = input.raw.dropped_files.iter();
        let paths: Vec<PathBuf> = files.map(|file| file.path().to_path_buf()).collect();
        (paths, !input.raw.hovered_files.is_empty())
    });
    if !dropped.is_empty() {
        out.push(Action::Send(Command::Open(dropped)));
    }
    if hovering {
        let painter = ui.ctx().debug_painter();
        let rect = ui.ctx().content_rect();
        let palette = theme::palette(ui);
        painter.rect_filled(rect, theme::RADIUS, palette.badge);
        let font = egui::FontId::proportional(theme::HEADING);
        let centre = egui::Align2::CENTER_CENTER;
        painter.text(
            rect.center(),
            centre,
            text::DROP_HERE,
            font,
            palette.on_badge,
        );
    }
}

/// What stands in the middle when there is nothing to show.
fn empty(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.35);
        let is_scanning = |kind| matches!(kind, JobKind::Scan | JobKind::Identify);
        let scanning = state
            .jobs
            .iter()
            .any(|job| is_scanning(job.kind) && !job.state.is_over());
        if state.view.total > 0 {
            ui.heading(text::NOTHING_KEPT);
            if ui.button(text::CLEAR_FILTER).clicked() {
                out.push(Action::Rules(Vec::new()));
                out.push(Action::Top(None));
            }
        } else if scanning {
            ui.heading(text::LOOKING);
            ui.spinner();
        } else {
            welcome(ui, state, out);
        }
    });
}

fn welcome(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let is_open = !state.catalog.roots.is_empty();
    ui.heading(if is_open {
        text::NO_IMAGES
    } else {
        text::EMPTY_TITLE
    });
    ui.weak(text::EMPTY_HINT);
    ui.add_space(theme::GAP_BIG);
    if ui
        .button(egui::RichText::new(text::OPEN_FOLDER).size(theme::HEADING))
        .clicked()
    {
        out.push(Action::Run(UiCommand::Open));
    }
    let last = &state.settings.last_roots;
    if let Some(root) = last.first()
        && !is_open
    {
        ui.add_space(theme::GAP);
        if ui
            .button(text::open_again(&root.display().to_string()))
            .clicked()
        {
            out.push(Action::Send(Command::Open(last.clone())));
        }
    }
}
