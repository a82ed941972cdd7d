//! Thumbnails on the graphics card: uploaded a few a frame, evicted by bytes, oldest use first.
//!
//! Must not know: where thumbnails come from, where they are drawn.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};

use crate::domain::catalog::{Catalog, Row};
use crate::domain::picture::Rgb;
use crate::engine::{Command, Thumb};

/// Textures kept, bytes.
const BUDGET: usize = 256 << 20;
/// Uploads a frame.
const UPLOADS: usize = 12;
/// Arrived thumbnails kept for upload; what came before is long off the screen.
const WAITING: usize = 1024;

/// A thumbnail as far as it has come.
pub(super) enum Shown<'a> {
    /// Not here yet.
    Loading,
    /// Ready to draw.
    Ready(&'a TextureHandle),
    /// There will be none.
    Failed,
}

enum Content {
    Ready(TextureHandle),
    Failed(String),
}

struct Entry {
    content: Content,
    bytes: usize,
    edge: u32,
    mtime_ns: i64,
    used: u64,
}

/// The cache.
#[derive(Default)]
pub(super) struct Textures {
    entries: HashMap<Row, Entry>,
    arrived: VecDeque<Thumb>,
    waiting: HashSet<Row>,
    bytes: usize,
    frame: u64,
    edge: u32,
    sent: (u32, Vec<Row>),
}

impl Textures {
    /// The smallest class of thumbnails that fills so many pixels: 256 or 512.
    pub(super) fn edge_for(pixels: f32) -> u32 {
        if pixels <= 256.0 { 256 } else { 512 }
    }

    /// Puts arrived thumbnails aside until there is time to upload them; the newest batch is about
    /// what is on screen now, so it goes first.
    pub(super) fn receive(&mut self, thumbs: Vec<Thumb>) {
        for thumb in thumbs.into_iter().rev() {
            self.waiting.insert(thumb.row);
            self.arrived.push_front(thumb);
        }
        while self.arrived.len() > WAITING
            && let Some(late) = self.arrived.pop_back()
        {
            self.waiting.remove(&late.row);
        }
    }

    /// Begins a frame: uploads some of what arrived. Whether more waits.
    pub(super) fn begin(&mut self, ctx: &Context, catalog: &Catalog) -> bool {
        self.frame += 1;
        for _ in 0..UPLOADS {
            let Some(thumb) = self.arrived.pop_front() else {
                break;
            };
            self.waiting.remove(&thumb.row);
            self.store(ctx, catalog, thumb);
        }
        if self.bytes > BUDGET {
            self.evict();
        }
        !self.arrived.is_empty()
    }

    /// What there is to draw for a row; marks it as used.
    pub(super) fn get(&mut self, row: Row) -> Shown<'_> {
        let Some(entry) = self.entries.get_mut(&row) else {
            return Shown::Loading;
        };
        entry.used = self.frame;
        match &entry.content {
            Content::Ready(texture) => Shown::Ready(texture),
            Content::Failed(_) => Shown::Failed,
        }
    }

    /// Why there is no thumbnail, where there is none.
    pub(super) fn reason(&self, row: Row) -> Option<&str> {
        match &self.entries.get(&row)?.content {
            Content::Failed(reason) => Some(reason),
            Content::Ready(_) => None,
        }
    }

    /// The request for these rows, most urgent first, if it differs from the last one.
    pub(super) fn request(
        &mut self,
        catalog: &Catalog,
        rows: impl Iterator<Item = Row>,
        edge: u32,
    ) -> Option<Command> {
        self.edge = edge;
        let is_missing = |row: &Row| !self.waiting.contains(row) && !self.is_fresh(catalog, *row);
        let rows: Vec<Row> = rows.filter(is_missing).collect();
        if rows.is_empty() || (edge, &rows) == (self.sent.0, &self.sent.1) {
            return None;
        }
        let shrunk = edge == self.sent.0 && is_subsequence(&rows, &self.sent.1);
        if shrunk {
            return None;
        }
        self.sent = (edge, rows.clone());
        Some(Command::Thumbs { rows, edge })
    }

    /// Forgets everything: another library was opened.
    pub(super) fn clear(&mut self) {
        *self = Self {
            frame: self.frame,
            ..Self::default()
        };
    }

    fn is_fresh(&self, catalog: &Catalog, row: Row) -> bool {
        self.entries
            .get(&row)
            .is_some_and(|entry| entry.edge >= self.edge && entry.mtime_ns == mtime(catalog, row))
    }

    fn store(&mut self, ctx: &Context, catalog: &Catalog, thumb: Thumb) {
        let Thumb { row, result } = thumb;
        let (content, bytes, edge) = match result {
            Ok(rgb) => {
                let edge = class_of(&rgb, self.edge);
                let texture = upload(ctx, row, &rgb);
                (Content::Ready(texture), rgb.data.len() / 3 * 4, edge)
            }
            Err(failure) => (Content::Failed(failure.reason), 0, u32::MAX),
        };
        let entry = Entry {
            content,
            bytes,
            edge,
            mtime_ns: mtime(catalog, row),
            used: self.frame,
        };
        self.bytes += bytes;
        if let Some(old) = self.entries.insert(row, entry) {
            self.bytes -= old.bytes;
        }
    }

    /// Frees a quarter, so that this happens seldom.
    fn evict(&mut self) {
        let mut oldest: Vec<(u64, Row)> =
            self.entries.iter().map(|(row, e)| (e.used, *row)).collect();
        oldest.sort_unstable();
        for (_, row) in oldest {
            if self.bytes <= BUDGET / 4 * 3 {
                break;
            }
            if let Some(entry) = self.entries.remove(&row) {
                self.bytes -= entry.bytes;
            }
        }
        self.sent.1.clear();
    }
}

fn mtime(catalog: &Catalog, row: Row) -> i64 {
    catalog.mtime_ns.get(row.idx()).copied().unwrap_or_default()
}

/// The class a thumbnail was made for. One of exactly 256 pixels may still be on its way when the
/// user has asked for larger ones.
fn class_of(rgb: &Rgb, asked: u32) -> u32 {
    match rgb.width.max(rgb.height) {
        256 => 256,
        257.. => 512,
        _ => asked,
    }
}

fn is_subsequence(part: &[Row], whole: &[Row]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|row| rest.any(|other| other == row))
}

fn upload(ctx: &Context, row: Row, rgb: &Arc<Rgb>) -> TextureHandle {
    let size = [rgb.width as usize, rgb.height as usize];
    let image = ColorImage::from_rgb(size, &rgb.data);
    ctx.load_texture(format!("thumb {}", row.0), image, TextureOptions::LINEAR)
}

#[cfg(test)]
mod tests;
