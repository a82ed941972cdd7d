//! The native file dialog, on its own thread so that the window stays fluid.
//!
//! Must not know: what the path is for.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, bounded};

/// What is to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A folder.
    Folder,
    /// A file that exists.
    File,
    /// A file to write, with this name at first.
    Save(&'static str),
}

/// A native dialog that may be open.
#[derive(Debug, Default)]
pub struct Picker {
    answer: Option<Receiver<Option<PathBuf>>>,
}

impl Picker {
    /// Opens the dialog unless one is open.
    pub fn open(&mut self, wanted: Wanted, wake: egui::Context) {
        if self.answer.is_some() {
            return;
        }
        let (send, answer) = bounded(1);
        let ask = move || {
            let dialog = rfd::FileDialog::new();
            let path = match wanted {
                Wanted::Folder => dialog.pick_folder(),
                Wanted::File => dialog.pick_file(),
                Wanted::Save(name) => dialog.set_file_name(name).save_file(),
            };
            send.send(path).ok();
            wake.request_repaint();
        };
        let thread = std::thread::Builder::new().name("file-dialog".to_owned());
        if thread.spawn(ask).is_ok() {
            self.answer = Some(answer);
        }
    }

    /// The path, once one was chosen.
    pub fn poll(&mut self) -> Option<PathBuf> {
        let answer = self.answer.as_ref()?.try_recv();
        match answer {
            Err(crossbeam_channel::TryRecvError::Empty) => None,
            Err(crossbeam_channel::TryRecvError::Disconnected) => {
                self.answer = None;
                None
            }
            Ok(path) => {
                self.answer = None;
                path
            }
        }
    }
}
