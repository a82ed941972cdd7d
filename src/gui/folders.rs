//! The desktop's folder dialog, on its own thread.
//!
//! Must not know: what is done with the folder.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, Sender};
use egui::Context;

use super::text;

/// Asks for a folder without holding up a frame.
pub(super) struct Folders {
    chosen: (Sender<Option<PathBuf>>, Receiver<Option<PathBuf>>),
    is_open: bool,
}

impl Default for Folders {
    fn default() -> Self {
        Self {
            chosen: crossbeam_channel::bounded(1),
            is_open: false,
        }
    }
}

impl Folders {
    /// Opens the dialog, unless it is open.
    pub(super) fn ask(&mut self, ctx: &Context) {
        if self.is_open {
            return;
        }
        let (chosen, ctx) = (self.chosen.0.clone(), ctx.clone());
        let spawned = std::thread::Builder::new()
            .name("folder-dialog".to_owned())
            .spawn(move || {
                let dialog = rfd::FileDialog::new().set_title(text::PICK_FOLDER);
                chosen.send(dialog.pick_folder()).ok();
                ctx.request_repaint();
            });
        self.is_open = spawned.is_ok();
    }

    /// The chosen folder, once.
    pub(super) fn take(&mut self) -> Option<Vec<PathBuf>> {
        let chosen = self.chosen.1.try_recv().ok()?;
        self.is_open = false;
        Some(vec![chosen?])
    }
}
