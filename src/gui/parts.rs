//! The one place where the shell learns of the panels and dialogs around it.
//!
//! Must not know: what they do.

use super::ctx::{Ask, Ctx, Dialog, Panel};
use super::dialogs;
use super::panels::devices::Devices;
use super::panels::filters::Filters;
use super::panels::history;
use super::panels::inspector::Inspector;
use super::panels::models::Models;

/// The panels beside the centre, the pages in it, and the maker of dialogs.
pub struct Parts {
    /// Left: folders and filters.
    pub filters: Box<dyn Panel>,
    /// Right: the focused image.
    pub inspector: Box<dyn Panel>,
    /// Page: scorers with weights.
    pub models: Box<dyn Panel>,
    /// Page: what networks run on.
    pub devices: Box<dyn Panel>,
    /// Makes the dialog asked for; none where there is none.
    pub dialog: fn(Ask, &Ctx<'_>) -> Option<Box<dyn Dialog>>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            filters: Box::new(Filters::default()),
            inspector: Box::new(Inspector::default()),
            models: Box::new(Models::default()),
            devices: Box::new(Devices::default()),
            dialog,
        }
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "another maker may have no dialog for it"
)]
fn dialog(ask: Ask, ctx: &Ctx<'_>) -> Option<Box<dyn Dialog>> {
    Some(match ask {
        Ask::Plan(plan) => Box::new(dialogs::plan::PlanView::new(*plan)),
        Ask::Move => Box::new(dialogs::act::Act::new(false, ctx)),
        Ask::Copy => Box::new(dialogs::act::Act::new(true, ctx)),
        Ask::Export => Box::new(dialogs::export::Export::new(ctx)),
        Ask::Import => Box::new(dialogs::import::Import::default()),
        Ask::ImportPlan(plan) => Box::new(dialogs::import::ImportView::new(plan)),
        Ask::Composite => Box::new(dialogs::composite::Composite::default()),
        Ask::Tags => Box::new(dialogs::tags::Tags::new(ctx)),
        Ask::History => Box::new(history::History::default()),
        Ask::Score => Box::new(dialogs::score::Score::new(ctx)),
        Ask::Pull(key) => Box::new(dialogs::pull::Pull::new(key)),
        Ask::AddModel(key) => Box::new(dialogs::add_model::AddModel::new(key)),
        Ask::OwnModel(draft) => Box::new(dialogs::own_model::OwnModel::new(draft)),
        Ask::RemoveModel(key) => Box::new(dialogs::remove_model::RemoveModel::new(key)),
        Ask::Prompts(key) => Box::new(dialogs::prompts::Prompts::new(key, ctx)),
        Ask::Help => Box::new(dialogs::help::Help),
        Ask::Palette => Box::new(dialogs::palette::Palette::default()),
    })
}
