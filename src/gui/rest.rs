//! Asks the engine about the focused image once the focus rests on it.
//!
//! Must not know: what is done with the answers.

use egui::Ui;

use crate::base::JobId;
use crate::domain::catalog::Row;
use crate::domain::score::ScorerKind;
use crate::engine::Command;

use super::ctx::{Action, Ctx};

/// Seconds that the focus rests before anything is asked.
const REST: f64 = 0.15;

/// What is asked about: the image, and the job that may have changed what is known of it.
type Subject = (Row, Option<JobId>);

/// Watches the focus.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// What the focus rests on, and since when.
    resting: Option<(Subject, f64)>,
    asked: Option<Subject>,
}

impl Rest {
    /// Asks where the values of the focused image came from and what was found beside them; our
    /// own code needs no asking.
    pub(super) fn ask(&mut self, ui: &Ui, ctx: &Ctx<'_>, out: &mut Vec<Action>) {
        let Some(row) = ctx.selection.focus() else {
            return;
        };
        if ctx.scorers.iter().all(|s| s.kind == ScorerKind::Computed) {
            return;
        }
        let ended = ctx.jobs.iter().filter(|job| job.state.is_over());
        let subject = (row, ended.map(|job| job.id).max());
        if self.asked == Some(subject) {
            return;
        }
        let now = ui.input(|input| input.time);
        let since = match self.resting {
            Some((resting, since)) if resting == subject => since,
            _ => now,
        };
        self.resting = Some((subject, since));
        if now - since >= REST {
            self.asked = Some(subject);
            out.push(Action::Send(Command::Placements(row)));
            out.push(Action::Send(Command::Details(row)));
        } else {
            ui.ctx().request_repaint_after_secs(REST as f32);
        }
    }
}
