//! The one place where the shell learns of the panels and dialogs around it.
//!
//! Must not know: what they do.

use egui::Ui;

use super::ctx::{Action, Ask, Ctx, Dialog, Panel};
use super::dialogs;

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
            filters: Box::new(Blank),
            inspector: Box::new(Blank),
            dialog,
        }
    }
}

/// Stands where a panel is not there.
struct Blank;

impl Panel for Blank {
    fn ui(&mut self, _ui: &mut Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        if !ctx.added.is_empty() {
            let rules = ctx.spec.rules.iter().chain(ctx.added).cloned().collect();
            out.push(Action::Rules(rules));
        }
    }
}

fn dialog(ask: Ask, _ctx: &Ctx<'_>) -> Option<Box<dyn Dialog>> {
    match ask {
        Ask::Help => Some(Box::new(dialogs::help::Help)),
        Ask::Palette => Some(Box::new(dialogs::palette::Palette::default())),
        Ask::Plan(_) | Ask::Move | Ask::Copy | Ask::Export | Ask::Tags | Ask::History => None,
    }
}
