//! What panels read and what they may ask for.
//!
//! Must not know: how the engine or the window work. A panel draws from a [`Ctx`] and pushes
//! [`Action`]s; the shell carries them out after the frame is drawn.

use egui::{Id, Ui};

use crate::domain::catalog::{Catalog, Row};
use crate::domain::detail::Detail;
use crate::domain::import::ImportPlan;
use crate::domain::op::{OpSummary, Plan};
use crate::domain::query::{Histogram, Rule, SortKey, ViewResult, ViewSpec};
use crate::domain::score::ScorerSpec;
use crate::domain::selection::Selection;
use crate::domain::settings::Settings;
use crate::engine::infer::status::Status;
use crate::engine::models::ModelDraft;
use crate::engine::{Command, JobKind, JobStatus, ModelInfo, Notice, Use};

use super::command::UiCommand;

/// What scorers found in an image beside numbers, by scorer; or why it can't be shown.
pub type Details = (Row, Result<Vec<(String, Detail)>, String>);

/// Everything a panel may read in one frame.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    /// The library.
    pub catalog: &'a Catalog,
    /// The list on screen.
    pub view: &'a ViewResult,
    /// What was last asked for: rules, order, histograms.
    pub spec: &'a ViewSpec,
    /// Histograms that came last, in the order asked for.
    pub histograms: &'a [Histogram],
    /// Focus and selection.
    pub selection: &'a Selection,
    /// Jobs that run, and those that just ended.
    pub jobs: &'a [JobStatus],
    /// Settings in force.
    pub settings: &'a Settings,
    /// The scorers whose columns the library has; follows the model files.
    pub scorers: &'a [ScorerSpec],
    /// The scorers with weights; empty until asked for ([`Command::Models`]).
    pub models: &'a [ModelInfo],
    /// What networks run on here; none until asked for ([`Command::Runtime`]).
    pub runtime: Option<&'a Status>,
    /// How each device did in the last self-test, with whether it can be trusted.
    pub selftest: &'a [(String, bool)],
    /// What computed the scores of an image, by scorer, as told last ([`Command::Placements`]).
    pub placements: Option<&'a (Row, Vec<(String, String)>)>,
    /// What scorers found in an image beside numbers, by scorer, as told last, or why it can't be
    /// shown ([`Command::Details`]).
    pub details: Option<&'a Details>,
    /// The history that came last, newest first; empty until asked for ([`Command::History`]).
    pub history: &'a [OpSummary],
    /// Rules that others asked to be added ([`Action::AddRule`]); shown for one frame to the filter
    /// panel, which takes them over and answers with [`Action::Rules`].
    pub added: &'a [Rule],
}

impl<'a> Ctx<'a> {
    /// The rows a file operation is about: the selected ones that the filter shows, in the order of
    /// the view; without a selection the focused image.
    ///
    /// Walks the view: only on a click, never per frame.
    pub fn file_targets(&self) -> Vec<Row> {
        if self.selection.rows().is_empty() {
            return self.selection.focus().into_iter().collect();
        }
        let view = self.view.rows.iter().copied();
        view.filter(|&row| self.selection.contains(row)).collect()
    }

    /// What networks are to run on, as the settings have it.
    pub fn wishes(&self) -> Use {
        Use {
            device: self.settings.device.parse().unwrap_or_default(),
            ..Use::default()
        }
    }

    /// The scorer with weights that has this key.
    pub fn model(&self, key: &str) -> Option<&'a ModelInfo> {
        self.models.iter().find(|model| model.key == key)
    }

    /// Whether scores can be asked for now: there are images, and no scoring is at work.
    pub fn can_score(&self) -> bool {
        let scoring = |job: &JobStatus| job.kind == JobKind::Score && !job.state.is_over();
        !self.catalog.is_empty() && !self.jobs.iter().any(scoring)
    }
}

/// What a panel asks for; carried out by the shell after the frame.
pub enum Action {
    /// Sends a command to the engine.
    Send(Command),
    /// Runs an entry of the command table.
    Run(UiCommand),
    /// Replaces the rules of the view.
    Rules(Vec<Rule>),
    /// Asks the filter panel to add a rule.
    AddRule(Rule),
    /// Keeps only the first rows of the sorted view.
    Top(Option<usize>),
    /// Asks for histograms of these columns from now on.
    Histograms(Vec<String>),
    /// Sorts the view.
    Sort(Vec<SortKey>),
    /// Puts scores outside their scorer's field last, or among the others.
    Guard(bool),
    /// Focuses and selects one image.
    Select(Row),
    /// Ctrl+click: one image in or out of the selection.
    Toggle(Row),
    /// Shift+click: selects from the anchor to this image.
    Extend(Row),
    /// Puts new settings into force and saves them.
    Settings(Box<Settings>),
    /// Opens a dialog.
    Ask(Ask),
    /// Shows a notice.
    Notice(Notice),
}

/// A part of the window that lives as long as the window.
pub trait Panel {
    /// Draws it and collects what the user asked for.
    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>);
}

/// Whether a dialog stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// It stays on screen.
    Open,
    /// It is done.
    Closed,
}

/// The inside of a modal window; the shell draws title and frame, and closes it on Esc.
pub trait Dialog {
    /// The heading, sentence case.
    fn title(&self) -> String;

    /// Draws it and collects what the user asked for.
    fn ui(&mut self, ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) -> Stay;
}

/// Which dialog is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Show this plan, and apply it if agreed to.
    Plan(Box<Plan>),
    /// Where to move [`Ctx::file_targets`].
    Move,
    /// Where to copy [`Ctx::file_targets`].
    Copy,
    /// Where and how to write the list.
    Export,
    /// Which table to import columns from.
    Import,
    /// Show this plan of an import, and carry it out if agreed to.
    ImportPlan(Box<ImportPlan>),
    /// Define a column made of others.
    Composite,
    /// Add and remove tags.
    Tags,
    /// What was done, with undo.
    History,
    /// What to score, and on what.
    Score,
    /// Download the weights of this scorer, after a look at the licence.
    Pull(String),
    /// Use a weight file that the user has, for this scorer or the one it turns out to be for.
    AddModel(Option<String>),
    /// Say what a network that no manifest knows takes and gives.
    OwnModel(Box<ModelDraft>),
    /// Delete the weights of this scorer.
    RemoveModel(String),
    /// Edit the prompts of this scorer.
    Prompts(String),
    /// Every command with its keys.
    Help,
    /// Find a command by typing.
    Palette,
}

/// The id of the filter's text box, so that a key can focus it.
pub fn filter_box() -> Id {
    Id::unique("filter-box")
}
