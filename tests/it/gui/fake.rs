//! A stand-in for the engine: a made-up library, pictures drawn here, answers without threads.

#![expect(clippy::unwrap_used, reason = "a stand-in that fails is a failed test")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bandpass::base::{Generation, JobId, ProgressSnapshot};
use bandpass::curation::scope::outside;
use bandpass::domain::catalog::{Catalog, Dims, NewRow, Row};
use bandpass::domain::image::{Failure, FileId, Stage};
use bandpass::domain::marks::{Flag, MarkEdit};
use bandpass::domain::picture::Rgb;
use bandpass::domain::query::{Expr, Histogram, Keep, SortBy, State, ViewResult, ViewSpec};
use bandpass::domain::score::{Better, ColumnSpec};
use bandpass::domain::settings::Settings;
use bandpass::engine::{Command, Event, JobKind, JobState, JobStatus, Thumb};
use bandpass::gui::{Link, Waker};
use crossbeam_channel::{Receiver, Sender};

use super::zoo;

/// The engine's side of the channels.
pub(crate) struct Fake {
    commands: Receiver<Command>,
    events: Sender<Event>,
    /// The library.
    pub(crate) catalog: Catalog,
    spec: ViewSpec,
    generation: Generation,
    is_open: bool,
    /// Every command so far.
    pub(crate) seen: Vec<Command>,
}

/// A library of `n` images and the channels to it.
pub(crate) fn fake(n: u32) -> (Link, Fake) {
    let (commands, received) = crossbeam_channel::bounded(64);
    let (sent, events) = crossbeam_channel::bounded(4096);
    let link = Link {
        commands,
        events,
        scorers: zoo::scorers(specs()),
        settings: Settings::default(),
        waker: Waker::default(),
    };
    let fake = Fake {
        commands: received,
        events: sent,
        catalog: catalog(n),
        spec: ViewSpec::default(),
        generation: Generation::default(),
        is_open: false,
        seen: Vec::new(),
    };
    (link, fake)
}

impl Fake {
    /// Sends an event; false once the window is gone.
    pub(crate) fn send(&self, event: Event) -> bool {
        self.events.send(event).is_ok()
    }

    /// Answers everything that was asked; whether something was.
    pub(crate) fn answer(&mut self) -> bool {
        let before = self.seen.len();
        while let Ok(command) = self.commands.try_recv() {
            self.reply(&command);
            self.seen.push(command);
        }
        self.seen.len() > before
    }

    fn reply(&mut self, command: &Command) {
        match command {
            Command::Open(_) => self.open(),
            Command::View { generation, spec } => {
                self.generation = *generation;
                self.spec = spec.clone();
                self.show();
            }
            Command::Thumbs { rows, edge } => {
                let thumbs = rows.iter().map(|&row| self.thumb(row, *edge)).collect();
                self.send(Event::Thumbs(thumbs));
            }
            Command::Picture(row) => {
                let dims = self.catalog.dims[row.idx()];
                let result = Ok(Arc::new(picture(*row, dims.width, dims.height)));
                self.send(Event::Picture { row: *row, result });
            }
            Command::Mark { rows, edit } => {
                self.mark(rows, edit);
                self.publish();
            }
            Command::Models => {
                self.send(Event::Models(zoo::models()));
            }
            Command::Runtime => {
                self.send(Event::Runtime(Box::new(zoo::status(true))));
            }
            Command::Selftest => {
                let line = "ok      ONNX Runtime 1.31.1  cpu  largest difference 1.2e-7";
                self.send(Event::Selftest(vec![(line.to_owned(), true)]));
            }
            Command::Placements(row) => {
                let placement = "ONNX Runtime 1.31.1 on cuda:0".to_owned();
                let placements = vec![("city_aesthetics".to_owned(), placement)];
                self.send(Event::Placements {
                    row: *row,
                    placements,
                });
            }
            Command::Details(row) => {
                let result = zoo::details(*row);
                self.send(Event::Details { row: *row, result });
            }
            _ => {}
        }
    }

    /// Opens the library.
    pub(crate) fn open(&mut self) {
        self.is_open = true;
        self.publish();
    }

    /// Publishes the library and the view of it.
    pub(crate) fn publish(&mut self) {
        self.catalog.generation = self.catalog.generation.next();
        self.send(Event::Catalog(Arc::new(self.catalog.clone())));
        self.show();
    }

    fn show(&self) {
        if !self.is_open {
            return;
        }
        let c = &self.catalog;
        let mut rows: Vec<Row> = c.rows().filter(|&row| self.keeps(row)).collect();
        if let Some(key) = self.spec.sort.first() {
            match &key.by {
                SortBy::Column(column) => {
                    let i = c.column_index(column).unwrap();
                    rows.sort_by(|&a, &b| c.value(i, a).total_cmp(&c.value(i, b)));
                }
                SortBy::Stars => rows.sort_by_key(|row| c.stars[row.idx()]),
                _ => {}
            }
            if key.descending {
                rows.reverse();
            }
        }
        let failed = c.status.iter().filter(|status| status.failed).count();
        let outside = self.outside(&rows);
        self.send(Event::View(ViewResult {
            generation: self.generation,
            rows: Arc::new(rows),
            total: c.len(),
            hidden: vec![0; self.spec.rules.len()],
            unscored: 0,
            failed,
            outside,
        }));
        let histograms = self
            .spec
            .histograms
            .iter()
            .filter_map(|key| self.histogram(key));
        self.send(Event::Histograms {
            generation: self.generation,
            histograms: histograms.collect(),
        });
    }

    /// How many rows are outside the scope of the column that is sorted by.
    fn outside(&self, rows: &[Row]) -> usize {
        let Some(SortBy::Column(column)) = self.spec.sort.first().map(|key| &key.by) else {
            return 0;
        };
        let at = self.catalog.column_index(column).unwrap();
        let is_outside = |row: &&Row| outside(&self.catalog, at, **row).is_some();
        rows.iter().filter(is_outside).count()
    }

    fn histogram(&self, key: &str) -> Option<Histogram> {
        let i = self.catalog.column_index(key)?;
        let mut all = vec![0; 64];
        for &value in self.catalog.columns[i].values.iter() {
            all[((value * 63.99) as usize).min(63)] += 1;
        }
        Some(Histogram {
            column: key.to_owned(),
            low: 0.0,
            high: 1.0,
            kept: all.clone(),
            all,
            missing: 0,
        })
    }

    fn keeps(&self, row: Row) -> bool {
        let c = &self.catalog;
        self.spec.rules.iter().all(|rule| match &rule.keep {
            Keep::Where(Expr::Is(State::Failed)) => c.status[row.idx()].failed,
            Keep::Where(Expr::Flag(flag)) => c.flags[row.idx()] == *flag,
            Keep::Band {
                column, low, high, ..
            } => {
                let value = f64::from(c.value(c.column_index(column).unwrap(), row));
                (*low..=*high).contains(&value)
            }
            _ => true,
        })
    }

    fn mark(&mut self, rows: &[Row], edit: &MarkEdit) {
        for row in rows {
            match edit {
                MarkEdit::Stars(stars) => {
                    Arc::make_mut(&mut self.catalog.stars)[row.idx()] = *stars;
                }
                MarkEdit::Flag(flag) => Arc::make_mut(&mut self.catalog.flags)[row.idx()] = *flag,
                MarkEdit::Tags { .. } => {}
            }
        }
    }

    fn thumb(&self, row: Row, edge: u32) -> Thumb {
        let dims = self.catalog.dims[row.idx()];
        let scale = f64::from(edge) / f64::from(dims.width.max(dims.height));
        let size = |n: u32| ((f64::from(n) * scale) as u32).max(1);
        let result = if let Some(failure) = self.catalog.failures.get(&row) {
            Err(failure.clone())
        } else {
            Ok(Arc::new(picture(row, size(dims.width), size(dims.height))))
        };
        Thumb { row, result }
    }
}

/// A job half way through.
pub(crate) fn job(id: u64, state: JobState) -> Event {
    Event::Job(JobStatus {
        id: JobId(id),
        kind: JobKind::Score,
        title: "Scoring with cv2_metrics".to_owned(),
        state,
        progress: ProgressSnapshot {
            total: 38_517,
            done: 12_204,
            failed: 3,
            reused: 0,
        },
        rate: 241.3,
        eta: Some(std::time::Duration::from_secs(109)),
    })
}

/// Columns `sharpness` and `noise`, as a scorer of our own fills them.
fn specs() -> Vec<ColumnSpec> {
    let column = |(key, better): (&str, Better)| ColumnSpec {
        key: key.to_owned(),
        label: key.to_owned(),
        range: (0.0, 1.0),
        better,
        unit: String::new(),
        readable: None,
        about: format!("How much {key} the picture has"),
        bands: Vec::new(),
    };
    let columns = [("sharpness", Better::Higher), ("noise", Better::Lower)];
    columns.map(column).to_vec()
}

/// The columns of every scorer, names in several scripts, image 5 broken.
pub(crate) fn catalog(n: u32) -> Catalog {
    let scorers = zoo::scorers(specs());
    let columns = scorers.into_iter().flat_map(|scorer| scorer.columns);
    let mut catalog = Catalog::new(columns.map(Arc::new));
    catalog.roots = Arc::new(vec!["/pictures".into()]);
    let folder = catalog.folder_index(Path::new("/pictures/2024"));
    for i in 0..n {
        catalog.push(&NewRow {
            file: FileId(i64::from(i)),
            folder,
            name: name(i).as_bytes(),
            size: 1000 + u64::from(i),
            // No date, so that the pictures hold in every time zone.
            mtime_ns: 0,
            content: None,
        });
    }
    fill(&mut catalog, n);
    catalog
}

fn fill(catalog: &mut Catalog, n: u32) {
    let value = |i: u32, step: u32| ((i * step) % 997) as f32 / 997.0;
    for (column, step) in catalog.columns.iter_mut().zip([389, 211, 607]) {
        column.values = Arc::new((0..n).map(|i| value(i, step)).collect());
    }
    let shapes = [(1600, 1200), (1200, 1600), (1024, 1024), (2000, 900)];
    let dims = (0..n).map(|i| shapes[(i % 4) as usize]);
    let dims = dims.map(|(width, height)| Dims { width, height });
    catalog.dims = Arc::new(dims.collect());
    if n > 5 {
        let failure = Failure {
            stage: Stage::Decode,
            reason: "the file ends too early".to_owned(),
        };
        catalog.failures = Arc::new(BTreeMap::from([(Row(5), failure)]));
        Arc::make_mut(&mut catalog.status)[5].failed = true;
    }
}

/// So many first names are in Latin letters.
pub(crate) const LATIN: u32 = 6;

/// File names; every seventh with Japanese, Chinese or very long ones among them.
pub(crate) fn name(i: u32) -> String {
    match i % 21 {
        6 => format!("夜の街_{i:04}.png"),
        13 => format!("山水画-{i:04}.webp"),
        20 => format!("a_rather_long_file_name_from_some_camera_export_{i:04}.jpg"),
        _ => format!("img_{i:04}.jpg"),
    }
}

/// Marks for a picture of the window.
pub(crate) fn decorate(catalog: &mut Catalog) {
    let n = catalog.len();
    let stars = Arc::make_mut(&mut catalog.stars);
    for i in (1..n).step_by(3) {
        stars[i] = (i % 6) as u8;
    }
    let flags = Arc::make_mut(&mut catalog.flags);
    for i in (2..n).step_by(5) {
        flags[i] = if i % 2 == 0 { Flag::Pick } else { Flag::Reject };
    }
}

/// A picture for a row: sky, sun and hills in colours of its own.
pub(crate) fn picture(row: Row, width: u32, height: u32) -> Rgb {
    let seed = row.0.wrapping_mul(2_654_435_761);
    let part = |shift: u32| (seed >> shift & 0xff) as f32 / 255.0;
    let (sun_x, sun_y, sun_r) = (
        0.2 + 0.6 * part(0),
        0.15 + 0.3 * part(8),
        0.06 + 0.1 * part(16),
    );
    let aspect = width as f32 / height as f32;
    let mut data = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
            let ridge = 0.6 + 0.12 * (u * (5.0 + 6.0 * part(4)) + 6.0 * part(12)).sin();
            let near = ridge + 0.16 + 0.06 * (u * 11.0 + 9.0 * part(20)).cos();
            let distance = ((u - sun_x) * aspect).hypot(v - sun_y);
            let rgb = if v > near {
                [0.08 + 0.1 * part(2), 0.16 + 0.12 * part(6), 0.14]
            } else if v > ridge {
                [0.22, 0.28 + 0.2 * part(10), 0.34 + 0.2 * part(14)]
            } else if distance < sun_r {
                [1.0, 0.93, 0.72]
            } else {
                [
                    0.35 + 0.6 * v * part(3),
                    0.45 + 0.3 * v,
                    0.9 - 0.55 * v * part(9),
                ]
            };
            data.extend(rgb.map(|channel| (channel * 255.0) as u8));
        }
    }
    Rgb {
        width,
        height,
        data,
    }
}
