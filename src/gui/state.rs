//! What the window knows: the engine's last word, and where the user stands.
//!
//! Must not know: widgets, channels.

use std::sync::Arc;

use crate::domain::catalog::{Catalog, Row};
use crate::domain::op::OpSummary;
use crate::domain::query::{Histogram, Rule, ViewResult, ViewSpec};
use crate::domain::score::ScorerSpec;
use crate::domain::selection::Selection;
use crate::domain::settings::Settings;
use crate::engine::infer::status::Status;
use crate::engine::{JobStatus, ModelInfo};

use super::command::Step;
use super::ctx::{Ctx, Details};

/// What fills the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Many images.
    #[default]
    Grid,
    /// The focused image.
    Loupe,
    /// Scorers with weights.
    Models,
    /// What networks run on.
    Devices,
}

impl Mode {
    /// Whether images fill the centre, and not a page about something else.
    pub fn shows_images(self) -> bool {
        matches!(self, Self::Grid | Self::Loupe)
    }
}

/// Everything the panels read, in one place.
#[derive(Default)]
pub struct State {
    /// The library.
    pub catalog: Arc<Catalog>,
    /// The list on screen.
    pub view: ViewResult,
    /// What was last asked for.
    pub spec: ViewSpec,
    /// Histograms that came last.
    pub histograms: Vec<Histogram>,
    /// Focus and selection.
    pub selection: Selection,
    /// Jobs that run, and those that just ended.
    pub jobs: Vec<JobStatus>,
    /// Settings in force.
    pub settings: Settings,
    /// The scorers whose columns the library has; follows the model files.
    pub scorers: Vec<ScorerSpec>,
    /// The scorers with weights that came last.
    pub models: Arc<[ModelInfo]>,
    /// What networks run on, as told last.
    pub runtime: Option<Box<Status>>,
    /// The self-test that came last: a line a device, and whether it can be trusted.
    pub selftest: Vec<(String, bool)>,
    /// What computed the scores of an image, as told last.
    pub placements: Option<(Row, Vec<(String, String)>)>,
    /// What scorers found in an image beside numbers, as told last, or why it can't be shown.
    pub details: Option<Details>,
    /// The history that came last, newest first.
    pub history: Vec<OpSummary>,
    /// Rules to be taken over by the filter panel in this frame.
    pub added: Vec<Rule>,
    /// What fills the centre.
    pub mode: Mode,
    /// Where the focus and the selection stand in the view.
    pub place: Place,
}

/// Where the focus and the selection stand in the view; counted when one of them changes, so that
/// no frame has to.
#[derive(Debug, Default)]
pub struct Place {
    /// Position of the focused image in the view, or where it was when it left the view.
    pub position: usize,
    /// Whether the focused image is in the view, at [`Place::position`].
    pub is_in_view: bool,
    /// Selected images that the filter hides.
    pub n_hidden: usize,
    members: Vec<u64>,
}

impl Place {
    /// Whether the view shows a row.
    pub fn shows(&self, row: Row) -> bool {
        let word = self.members.get(row.idx() / 64).copied().unwrap_or(0);
        word >> (row.idx() % 64) & 1 == 1
    }

    fn count(&mut self, view: &[Row], n_rows: usize) {
        self.members.clear();
        self.members.resize(n_rows.div_ceil(64), 0);
        for row in view {
            if let Some(word) = self.members.get_mut(row.idx() / 64) {
                *word |= 1 << (row.idx() % 64);
            }
        }
    }
}

impl State {
    /// What panels see.
    pub fn ctx(&self) -> Ctx<'_> {
        Ctx {
            catalog: &self.catalog,
            view: &self.view,
            spec: &self.spec,
            histograms: &self.histograms,
            selection: &self.selection,
            jobs: &self.jobs,
            settings: &self.settings,
            scorers: &self.scorers,
            models: &self.models,
            runtime: self.runtime.as_deref(),
            selftest: &self.selftest,
            placements: self.placements.as_ref(),
            details: self.details.as_ref(),
            history: &self.history,
            added: &self.added,
        }
    }

    /// Takes a new library over; what no longer exists leaves the selection.
    pub fn set_catalog(&mut self, catalog: Arc<Catalog>) {
        self.catalog = catalog;
        self.selection.retain(|row| self.catalog.exists(row));
    }

    /// Takes a new list over. `same_spec`: only the library changed, say by a mark; then a focused
    /// image that left the view hands its focus to the next one.
    pub fn set_view(&mut self, view: ViewResult, same_spec: bool) {
        let old = std::mem::replace(&mut self.view, view);
        self.place.count(&self.view.rows, self.catalog.len());
        let was_in_view = self.place.is_in_view;
        self.locate();
        if same_spec && was_in_view && !self.place.is_in_view {
            self.hand_over(&old.rows);
        }
        self.selection_changed();
    }

    fn hand_over(&mut self, old: &[Row]) {
        let at = self.place.position.min(old.len());
        let (before, after) = old.split_at(at);
        let shown = |row: &&Row| self.place.shows(**row);
        let next = after.iter().find(shown);
        let Some(&next) = next.or_else(|| before.iter().rev().find(shown)) else {
            return;
        };
        let keep = self
            .selection
            .rows()
            .iter()
            .any(|&row| self.place.shows(row));
        if keep || self.selection.rows().is_empty() {
            self.selection.focus_on(next);
        } else {
            self.selection.select_only(next);
        }
        self.locate();
    }

    /// Finds the focus in the view again: after a new view, or a focus set from outside.
    pub fn locate(&mut self) {
        let focus = self.selection.focus();
        let found = focus
            .filter(|&row| self.place.shows(row))
            .and_then(|focus| self.view.rows.iter().position(|&row| row == focus));
        self.place.is_in_view = found.is_some();
        if let Some(position) = found {
            self.place.position = position;
        }
    }

    /// Counts again what the filter hides of the selection.
    pub fn selection_changed(&mut self) {
        let hidden = |row: &&Row| !self.place.shows(**row);
        self.place.n_hidden = self.selection.rows().iter().filter(hidden).count();
    }

    /// The image at a position of the view.
    pub fn row_at(&self, position: usize) -> Option<Row> {
        self.view.rows.get(position).copied()
    }

    /// Where a step leads from the focus, in a grid of so many columns and rows a page.
    pub fn target_of(&self, step: Step, columns: usize, page_rows: usize) -> Option<usize> {
        let last = self.view.rows.len().checked_sub(1)?;
        let at = self.place.position.min(last);
        if self.selection.focus().is_none() {
            return Some(if step == Step::End { last } else { 0 });
        }
        let page = columns * page_rows.max(1);
        let below = |n: usize| if at + n <= last { at + n } else { at };
        let target = match step {
            Step::Left => at.saturating_sub(1),
            // When the focused image has left the view, the one after it stands in its place.
            Step::Right if !self.place.is_in_view => at,
            Step::Right => (at + 1).min(last),
            Step::Up => at.checked_sub(columns).unwrap_or(at),
            Step::Down if at / columns == last / columns => at,
            Step::Down => (at + columns).min(last),
            Step::PageUp => at.checked_sub(page).unwrap_or(at % columns),
            Step::PageDown if at + page > last => last.max(below(columns)),
            Step::PageDown => at + page,
            Step::Home => 0,
            Step::End => last,
        };
        Some(target)
    }

    /// Focuses and selects what stands at a position.
    pub fn go_to(&mut self, position: usize) {
        if let Some(row) = self.row_at(position) {
            self.selection.select_only(row);
            self.place.position = position;
            self.place.is_in_view = true;
            self.selection_changed();
        }
    }

    /// Extends the selection from its anchor to a position.
    pub fn extend_to(&mut self, position: usize) {
        if let Some(row) = self.row_at(position) {
            self.selection.extend_to(row, &self.view.rows);
            self.place.position = position;
            self.place.is_in_view = true;
            self.selection_changed();
        }
    }
}

#[cfg(test)]
mod tests;
