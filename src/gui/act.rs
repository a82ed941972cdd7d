//! Carries out what panels and keys asked for.
//!
//! Must not know: how anything is drawn.

use egui::{Context, ViewportCommand};

use crate::domain::marks::{Flag, MarkEdit};
use crate::domain::op::Intent;
use crate::domain::query::{Expr, Keep, Rule, State as RowState};
use crate::domain::settings::{Settings, Theme};
use crate::engine::{Command, ScoreRequest};

use super::app::App;
use super::command::{Step, UiCommand};
use super::ctx::{self, Action, Ask};
use super::state::Mode;
use super::{text, theme};

impl App {
    /// Carries out one action.
    pub(super) fn act(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::Send(command) => self.send(command),
            Action::Run(command) => self.run(ctx, command),
            Action::Rules(rules) => {
                self.state.spec.rules = rules;
                self.ask_view();
            }
            Action::AddRule(rule) => self.state.added.push(rule),
            Action::Top(top) => {
                self.state.spec.top = top;
                self.ask_view();
            }
            Action::Histograms(columns) => {
                self.state.spec.histograms = columns;
                self.ask_view();
            }
            Action::Sort(sort) => {
                self.state.spec.sort = sort;
                self.ask_view();
            }
            Action::Guard(on) => {
                self.state.spec.guard = on;
                self.ask_view();
            }
            Action::Select(row) => {
                self.state.selection.select_only(row);
                self.moved();
            }
            Action::Toggle(row) => {
                self.state.selection.toggle(row);
                self.moved();
            }
            Action::Extend(row) => {
                let view = std::sync::Arc::clone(&self.state.view.rows);
                self.state.selection.extend_to(row, &view);
                self.moved();
            }
            Action::Settings(settings) => self.set_settings(*settings),
            Action::Ask(ask) => self.ask(ask),
            Action::Notice(notice) => self.toasts.push(notice),
        }
    }

    fn run(&mut self, ctx: &Context, command: UiCommand) {
        use UiCommand as C;
        if command.is_about_images() && !self.state.mode.shows_images() {
            self.show_grid(ctx);
        }
        match command {
            C::Open => self.folders.ask(ctx),
            C::Rescan => self.send(Command::Rescan),
            C::Score => self.score(false),
            C::ScoreWith => self.ask(Ask::Score),
            C::RetryFailed => self.score(true),
            C::Export => self.ask(Ask::Export),
            C::Import => self.ask(Ask::Import),
            C::Composite => self.ask(Ask::Composite),
            C::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            C::Undo => self.send(Command::Undo(None)),
            C::History => {
                self.send(Command::History);
                self.ask(Ask::History);
            }
            C::SelectAll | C::SelectNone | C::Invert | C::Toggle => self.select(command),
            C::Go(step) => self.step(step, false),
            C::Extend(step) => self.step(step, true),
            C::Pick => self.flag(Flag::Pick),
            C::Reject => self.flag(Flag::Reject),
            C::Unflag => self.mark(MarkEdit::Flag(Flag::None)),
            C::Stars(stars) => self.stars(stars),
            C::Tags => self.ask_about_targets(Ask::Tags),
            C::Move => self.ask_about_targets(Ask::Move),
            C::Copy => self.ask_about_targets(Ask::Copy),
            C::Trash => self.trash(),
            C::Filter => {
                self.show_left = true;
                ctx.memory_mut(|memory| memory.request_focus(ctx::filter_box()));
            }
            C::ShowFailed => {
                self.show_left = true;
                self.show_failed();
            }
            C::AutoAdvance => self.change_settings(|s| s.auto_advance = !s.auto_advance),
            C::Palette => self.ask(Ask::Palette),
            C::Help => self.ask(Ask::Help),
            _ => self.look(ctx, command),
        }
    }

    /// Commands that change only what is on screen.
    fn look(&mut self, ctx: &Context, command: UiCommand) {
        use UiCommand as C;
        match command {
            C::Loupe if self.state.selection.focus().is_some() => self.state.mode = Mode::Loupe,
            C::Grid => self.show_grid(ctx),
            C::Models => self.show_page(Mode::Models),
            C::Devices => self.show_page(Mode::Devices),
            C::Zoom => self.loupe.toggle_zoom(),
            C::ZoomFit => self.loupe.zoom_fit(),
            C::ZoomFull => self.loupe.zoom_full(),
            C::Overlay => self.overlay(),
            C::Larger => self.resize(32.0),
            C::Smaller => self.resize(-32.0),
            C::LeftPanel => self.show_left = !self.show_left,
            C::RightPanel => self.show_right = !self.show_right,
            C::Theme => self.change_settings(|s| {
                s.theme = match s.theme {
                    Theme::Dark => Theme::Light,
                    Theme::Light => Theme::Dark,
                };
            }),
            _ => {}
        }
    }

    fn overlay(&mut self) {
        if self.state.selection.focus().is_some() {
            self.state.mode = Mode::Loupe;
            self.loupe.next_overlay(&self.state.ctx());
        }
    }

    /// Sends a command that is not about the view.
    pub(super) fn send(&mut self, command: Command) {
        if matches!(command, Command::Open(_)) && !self.state.mode.shows_images() {
            self.state.mode = Mode::Grid;
        }
        self.port.send(command);
    }

    /// Asks for the view as it is wanted now.
    pub(super) fn ask_view(&mut self) {
        self.port.view(self.state.spec.clone());
    }

    /// Opens a dialog.
    pub(super) fn ask(&mut self, ask: Ask) {
        if let Some(dialog) = (self.parts.dialog)(ask, &self.state.ctx()) {
            self.dialog = Some(dialog);
        }
    }

    fn ask_about_targets(&mut self, ask: Ask) {
        if !self.state.selection.targets().is_empty() {
            self.ask(ask);
        }
    }

    /// Puts settings into force now and on disk soon.
    pub(super) fn set_settings(&mut self, settings: Settings) {
        self.state.settings = settings;
        self.unsaved = true;
    }

    fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.state.settings.clone();
        change(&mut settings);
        self.set_settings(settings);
    }

    fn resize(&mut self, by: f32) {
        self.change_settings(|settings| {
            let size = settings.thumb_size + by;
            settings.thumb_size = size.clamp(*theme::THUMB_SIZE.start(), *theme::THUMB_SIZE.end());
        });
        self.reveal_focus();
    }

    /// In the grid, Esc gives the keys back to it.
    fn show_grid(&mut self, ctx: &Context) {
        match self.state.mode {
            Mode::Loupe | Mode::Models | Mode::Devices => {
                self.state.mode = Mode::Grid;
                self.loupe.close();
                self.reveal_focus();
            }
            Mode::Grid => ctx.memory_mut(egui::Memory::stop_text_input),
        }
    }

    /// The same command again leads back.
    fn show_page(&mut self, page: Mode) {
        self.loupe.close();
        let was_there = self.state.mode == page;
        self.state.mode = if was_there { Mode::Grid } else { page };
    }

    fn select(&mut self, command: UiCommand) {
        let view = std::sync::Arc::clone(&self.state.view.rows);
        let selection = &mut self.state.selection;
        match command {
            UiCommand::SelectAll => selection.select_all(&view),
            UiCommand::SelectNone => selection.clear(),
            UiCommand::Invert => selection.invert(&view),
            _ => {
                if let Some(focus) = selection.focus() {
                    selection.toggle(focus);
                }
            }
        }
        self.state.selection_changed();
    }

    fn step(&mut self, step: Step, extend: bool) {
        let (columns, page) = match self.state.mode {
            Mode::Grid => (self.grid.columns(), self.grid.page_rows()),
            Mode::Loupe | Mode::Models | Mode::Devices => (1, 10),
        };
        let Some(position) = self.state.target_of(step, columns, page) else {
            return;
        };
        if extend {
            self.state.extend_to(position);
        } else {
            self.state.go_to(position);
        }
        self.reveal_focus();
    }

    fn moved(&mut self) {
        self.state.locate();
        self.state.selection_changed();
        self.reveal_focus();
    }

    /// Keeps the focused image on screen.
    pub(super) fn reveal_focus(&mut self) {
        if self.state.place.is_in_view {
            self.grid.reveal(self.state.place.position);
        }
    }

    /// The same flag again clears it.
    fn flag(&mut self, flag: Flag) {
        let targets = self.state.selection.targets();
        let flags = &self.state.catalog.flags;
        let has_it = |row: &crate::domain::catalog::Row| flags.get(row.idx()) == Some(&flag);
        let flag = if targets.iter().all(has_it) {
            Flag::None
        } else {
            flag
        };
        self.mark(MarkEdit::Flag(flag));
    }

    /// The same stars again clear them.
    fn stars(&mut self, stars: u8) {
        let targets = self.state.selection.targets();
        let all = &self.state.catalog.stars;
        let has_them = |row: &crate::domain::catalog::Row| all.get(row.idx()) == Some(&stars);
        let stars = if targets.iter().all(has_them) {
            0
        } else {
            stars
        };
        self.mark(MarkEdit::Stars(stars));
    }

    fn mark(&mut self, edit: MarkEdit) {
        let rows = self.state.selection.targets();
        if rows.is_empty() {
            return;
        }
        let one = rows.len() == 1;
        self.send(Command::Mark { rows, edit });
        if one && self.state.settings.auto_advance {
            self.step(Step::Right, false);
        }
    }

    fn trash(&mut self) {
        let rows = self.state.ctx().file_targets();
        if !rows.is_empty() {
            let intent = Intent::Trash;
            self.send(Command::Plan { rows, intent });
        }
    }

    /// Everything that is ready, on the device of the settings.
    fn score(&mut self, retry_failed: bool) {
        let wishes = self.state.ctx().wishes();
        self.send(Command::Score(ScoreRequest {
            retry_failed,
            wishes,
            ..ScoreRequest::default()
        }));
    }

    fn show_failed(&mut self) {
        let rule = Rule {
            label: text::RULE_FAILED.to_owned(),
            keep: Keep::Where(Expr::Is(RowState::Failed)),
        };
        if !self.state.spec.rules.contains(&rule) {
            self.state.added.push(rule);
        }
    }
}
