//! The one place where the shell learns of the panels and dialogs around it.
//!
//! Must not know: what they do.

use super::ctx::{Ask, Ctx, Dialog, Panel};
use super::dialogs;
use super::panels::filters::Filters;
use super::panels::history;
use super::panels::inspector::Inspector;

/// The panels beside the centre, and the maker of dialogs.
pub struct Parts {
    /// Left: folders and filters.
    pub filters: Box<dyn Panel>,
    /// Right: the focused image.
    pub inspector: Box<dyn Panel>,
    /// Makes the dialog asked for; none where there is none.
    pub dialog: fn(Ask, &Ctx<'_>) -> Option<Box<dyn Dialog>>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            filters: Box::new(Filters::default()),
            inspector: Box::new(Inspector::default()),
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
        Ask::Tags => Box::new(dialogs::tags::Tags::new(ctx)),
        Ask::History => Box::new(history::History::default()),
        Ask::Help => Box::new(dialogs::help::Help),
        Ask::Palette => Box::new(dialogs::palette::Palette::default()),
    })
}
