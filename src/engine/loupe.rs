//! The full picture of the focused image: latest request wins.

use std::path::PathBuf;
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::Problem;
use crate::domain::catalog::Row;
use crate::domain::image::{Failure, Stage};
use crate::domain::picture::Rgb;

use super::decode::{self, Limits};
use super::event::Event;
use super::read;
use super::session::{Out, spawn};

/// The loupe's worker.
#[derive(Debug)]
pub(crate) struct Loupe {
    requests: Sender<(Row, PathBuf)>,
    queue: Receiver<(Row, PathBuf)>,
}

impl Loupe {
    /// Starts the thread; it ends when the loupe is dropped.
    pub(crate) fn start(out: Out) -> Result<Self, Problem> {
        let (requests, queue) = bounded::<(Row, PathBuf)>(1);
        let inbox = queue.clone();
        spawn("loupe", move || {
            for (row, path) in inbox {
                let result = picture(&path).map(Arc::new);
                out.send(Event::Picture { row, result });
            }
        })?;
        Ok(Self { requests, queue })
    }

    /// Asks for a picture instead of the one waiting.
    pub(crate) fn want(&self, row: Row, path: PathBuf) {
        while self.queue.try_recv().is_ok() {}
        self.requests.try_send((row, path)).ok();
    }
}

fn picture(path: &std::path::Path) -> Result<Rgb, Failure> {
    let bytes = read::bytes(path)?;
    decode::view(&bytes, &Limits::default()).map_err(|error| Failure {
        stage: Stage::Decode,
        reason: error.to_string(),
    })
}
