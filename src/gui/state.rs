//! What the window knows: the engine's last word, and where the user stands.
//!
//! Must not know: widgets, channels.

use std::sync::Arc;

use crate::domain::catalog::Catalog;
use crate::domain::op::OpSummary;
use crate::domain::query::{Histogram, Rule, ViewResult, ViewSpec};
use crate::domain::score::ScorerSpec;
use crate::domain::selection::Selection;
use crate::domain::settings::Settings;
use crate::engine::JobStatus;

use super::ctx::Ctx;

/// What fills the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Many images.
    #[default]
    Grid,
    /// The focused image.
    Loupe,
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
    /// Every scorer of the program.
    pub scorers: Vec<ScorerSpec>,
    /// The history that came last, newest first.
    pub history: Vec<OpSummary>,
    /// Rules to be taken over by the filter panel in this frame.
    pub added: Vec<Rule>,
    /// What fills the centre.
    pub mode: Mode,
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
            history: &self.history,
            added: &self.added,
        }
    }
}
