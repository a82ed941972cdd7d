//! Thumbnails for what is on screen: the newest list wins, most urgent first.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::base::{Problem, paths};
use crate::domain::catalog::Row;
use crate::domain::image::{Failure, Stage, Stamp};
use crate::domain::picture::Rgb;
use crate::store::{ThumbKey, ThumbStore};

use super::budget::Budget;
use super::decode::{self, Limits};
use super::event::Thumb;
use super::read;

/// A thumbnail to be made.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Its row.
    pub row: Row,
    /// The file.
    pub path: PathBuf,
    /// As the catalog knows it.
    pub stamp: Stamp,
    /// Longest edge in pixels.
    pub edge: u32,
}

#[derive(Debug, Default)]
struct Queue {
    wanted: VecDeque<Wanted>,
    closed: bool,
}

/// Memory for pictures that thumbnails are being made of.
const BUDGET: u64 = 1 << 30;

/// The workers' shared list.
#[derive(Debug, Clone)]
pub(crate) struct Thumbs {
    queue: Arc<(Mutex<Queue>, Condvar)>,
    budget: Arc<Budget>,
}

impl Thumbs {
    /// Starts the workers; `send` gets every thumbnail.
    pub(crate) fn start(
        n_workers: usize,
        cache: &Arc<ThumbStore>,
        send: impl Fn(Thumb) + Clone + Send + 'static,
    ) -> Result<Self, Problem> {
        let thumbs = Self {
            queue: Arc::default(),
            budget: Arc::new(Budget::new(BUDGET)),
        };
        for n in 0..n_workers {
            let (thumbs, cache, send) = (thumbs.clone(), Arc::clone(cache), send.clone());
            std::thread::Builder::new()
                .name(format!("thumbs-{n}"))
                .spawn(move || thumbs.work(&cache, &send))
                .map_err(|error| Problem::environment("can't start a worker", error))?;
        }
        Ok(thumbs)
    }

    /// Replaces the list; what is being made is finished.
    pub(crate) fn want(&self, wanted: Vec<Wanted>) {
        self.edit(|queue| queue.wanted = wanted.into());
    }

    /// Lets the workers end.
    pub(crate) fn close(&self) {
        self.edit(|queue| queue.closed = true);
    }

    fn edit(&self, edit: impl FnOnce(&mut Queue)) {
        edit(&mut self.queue.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.queue.1.notify_all();
    }

    fn next(&self) -> Option<Wanted> {
        let queue = self.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut queue = self
            .queue
            .1
            .wait_while(queue, |queue| queue.wanted.is_empty() && !queue.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if queue.closed {
            None
        } else {
            queue.wanted.pop_front()
        }
    }

    fn work(&self, cache: &ThumbStore, send: &impl Fn(Thumb)) {
        while let Some(wanted) = self.next() {
            let result = thumbnail(&wanted, cache, &self.budget).map(Arc::new);
            send(Thumb {
                row: wanted.row,
                result,
            });
        }
    }
}

fn thumbnail(wanted: &Wanted, cache: &ThumbStore, budget: &Budget) -> Result<Rgb, Failure> {
    let key = key(wanted);
    if let Some(rgb) = cache
        .get(&key)
        .and_then(|jpeg| decode::decode_thumb(&jpeg).ok())
    {
        return Ok(rgb);
    }
    let share = budget.take(wanted.stamp.size);
    let bytes = read::bytes(&wanted.path)?;
    let pixels = decode::probe(&bytes).map_or(0, |(w, h)| u64::from(w) * u64::from(h));
    let _share = share.grow(pixels * 4);
    let failed = |error: decode::DecodeError| Failure {
        stage: Stage::Decode,
        reason: error.to_string(),
    };
    let rgb = decode::thumbnail(&bytes, wanted.edge, &Limits::default()).map_err(failed)?;
    if let Ok(jpeg) = decode::encode_thumb(&rgb) {
        cache.put(vec![(key, jpeg)]);
    }
    Ok(rgb)
}

/// A file that changes gets another key; its old thumbnail is pruned with age.
fn key(wanted: &Wanted) -> ThumbKey {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&paths::to_bytes(&wanted.path));
    hasher.update(&[0]);
    hasher.update(&wanted.stamp.size.to_le_bytes());
    hasher.update(&wanted.stamp.mtime_ns.to_le_bytes());
    hasher.update(&wanted.edge.to_le_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    ThumbKey(key)
}
