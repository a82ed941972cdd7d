//! A made-up library, and a window just large enough for one panel.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bandpass::base::{Generation, paths};
use bandpass::domain::catalog::{Catalog, NewRow, Row};
use bandpass::domain::image::{Failure, FileId, Stage};
use bandpass::domain::op::{
    Clash, Destination, Intent, OpId, OpState, OpSummary, Plan, Skip, Step,
};
use bandpass::domain::query::{Histogram, ViewResult};
use bandpass::domain::score::{Band, Better, ColumnSpec, Field, ScorerKind, ScorerSpec};
use bandpass::domain::settings::Theme;
use bandpass::engine::Command;
use bandpass::gui::ctx::{Action, Ctx, Dialog, Panel, Stay};
use bandpass::gui::panels::filters::Filters;
use bandpass::gui::state::State;
use bandpass::gui::theme;
use egui_kittest::Harness;

/// A panel or dialog in a small window, with a shell that does the least.
pub(super) struct Fixture<P> {
    pub(super) part: P,
    pub(super) state: State,
    pub(super) actions: Vec<Action>,
    pub(super) closed: bool,
}

impl<P> Fixture<P> {
    pub(super) fn commands(&self) -> impl Iterator<Item = &Command> {
        self.actions.iter().filter_map(|action| match action {
            Action::Send(command) => Some(command),
            _ => None,
        })
    }

    pub(super) fn labels(&self) -> Vec<&str> {
        let rules = self.state.spec.rules.iter();
        rules.map(|rule| rule.label.as_str()).collect()
    }

    pub(super) fn obey(&mut self, out: Vec<Action>) {
        self.state.added.clear();
        for action in &out {
            match action {
                Action::Rules(rules) => self.state.spec.rules.clone_from(rules),
                Action::Histograms(keys) => self.state.spec.histograms.clone_from(keys),
                _ => {}
            }
        }
        self.state.view.hidden = vec![312; self.state.spec.rules.len()];
        self.actions.extend(out);
    }
}

pub(super) fn panel<P: Panel + 'static>(
    part: P,
    state: State,
    size: (f32, f32),
) -> Harness<'static, Fixture<P>> {
    shown(part, state, size, |part, ui, ctx, out| {
        part.ui(ui, ctx, out);
        Stay::Open
    })
}

pub(super) fn dialog<D: Dialog + 'static>(part: D, state: State) -> Harness<'static, Fixture<D>> {
    shown(
        part,
        state,
        (theme::DIALOG_WIDTH, 420.0),
        |part, ui, ctx, out| {
            ui.heading(part.title());
            part.ui(ui, ctx, out)
        },
    )
}

pub(super) fn shown<P: 'static>(
    part: P,
    state: State,
    size: (f32, f32),
    draw: impl Fn(&mut P, &mut egui::Ui, &Ctx<'_>, &mut Vec<Action>) -> Stay + 'static,
) -> Harness<'static, Fixture<P>> {
    let fixture = Fixture {
        part,
        state,
        actions: Vec::new(),
        closed: false,
    };
    Harness::builder()
        .with_size(size)
        .allow_missing_glyphs()
        .with_step_dt(1.0 / 60.0)
        .with_context_setup(|ctx| {
            theme::install(ctx, Theme::Dark);
            ctx.all_styles_mut(|style| style.animation_time = 0.0);
        })
        .build_ui_state(
            move |ui, fixture: &mut Fixture<P>| {
                let mut out = Vec::new();
                let frame = egui::Frame::central_panel(ui.style()).inner_margin(theme::MARGIN);
                frame.show(ui, |ui| {
                    ui.take_available_space();
                    let stay = draw(&mut fixture.part, ui, &fixture.state.ctx(), &mut out);
                    fixture.closed |= stay == Stay::Closed;
                });
                fixture.obey(out);
            },
            fixture,
        )
}

pub(super) fn column(key: &str, label: &str, better: Better) -> ColumnSpec {
    ColumnSpec {
        key: key.into(),
        label: label.into(),
        range: (0.0, f64::INFINITY),
        better,
        unit: String::new(),
        readable: None,
        about: format!("What {label} measures."),
        bands: Vec::new(),
    }
}

pub(super) fn scorer() -> ScorerSpec {
    let mut focus = column("focus_measure", "Focus measure", Better::Higher);
    focus.bands = [
        (0.0, 100.0, "blurred"),
        (100.0, 1000.0, "ordinary"),
        (1000.0, f64::INFINITY, "crisp"),
    ]
    .map(|(low, high, meaning)| Band {
        low,
        high,
        meaning: meaning.into(),
    })
    .to_vec();
    let mut brightness = column("brightness", "Brightness", Better::Neutral);
    brightness.range = (0.0, 255.0);
    ScorerSpec {
        key: "cv2_metrics".into(),
        label: "Classic measures".into(),
        about: "Formulas on pixels.".into(),
        kind: ScorerKind::Computed,
        field: Field::General,
        licence: String::new(),
        version: "1".into(),
        columns: vec![
            focus,
            brightness,
            column("noise_level", "Noise level", Better::Lower),
        ],
        signature: None,
    }
}

/// An absolute path on every platform; nothing is there.
pub(super) fn absolute(name: &str) -> PathBuf {
    let root = if cfg!(windows) {
        "C:\\nowhere"
    } else {
        "/nowhere"
    };
    Path::new(root).join(name)
}

/// 2,000 images: a skewed, a bell-shaped and an even column.
pub(super) fn library() -> State {
    let spec = scorer();
    let mut catalog = Catalog::new(spec.columns.iter().cloned().map(Arc::new));
    catalog.generation = Generation(1);
    catalog.roots = Arc::new(vec![PathBuf::from("/set")]);
    let folders = [
        "/set/2024/spring",
        "/set/2024/summer",
        "/set/portraits",
        "/set",
    ];
    for i in 0..2000_i64 {
        let folder = catalog.folder_index(Path::new(folders[i as usize % folders.len()]));
        catalog.push(&NewRow {
            file: FileId(i),
            folder,
            name: &paths::to_bytes(format!("img{i}.png")),
            size: 1_500_000,
            mtime_ns: 1_700_000_000_000_000_000,
            content: None,
        });
    }
    let unit = |i: usize| (i as f32 * 0.618_034).fract();
    let values: [fn(f32) -> f32; 3] = [
        |u| (u * 9.0).exp(),
        |u| 128.0 + 100.0 * (u * 2.0 - 1.0).powi(3),
        |u| u * 40.0,
    ];
    for (column, of) in catalog.columns.iter_mut().zip(values) {
        let filled = (0..2000).map(|i| if i % 50 == 7 { f32::NAN } else { of(unit(i)) });
        column.values = Arc::new(filled.collect());
    }
    let histograms = catalog
        .columns
        .iter()
        .map(|c| histogram(&c.spec.key, &c.values));
    State {
        histograms: histograms.collect(),
        view: ViewResult {
            rows: Arc::new((0..1204).map(Row).collect()),
            total: 2000,
            unscored: 40,
            failed: 3,
            ..ViewResult::default()
        },
        scorers: vec![spec],
        catalog: Arc::new(catalog),
        ..State::default()
    }
}

pub(super) fn histogram(key: &str, values: &[f32]) -> Histogram {
    let finite = || values.iter().filter(|v| v.is_finite());
    let low = f64::from(finite().copied().fold(f32::INFINITY, f32::min));
    let high = f64::from(finite().copied().fold(f32::NEG_INFINITY, f32::max));
    let mut all = vec![0; 100];
    for &v in finite() {
        all[(((f64::from(v) - low) / (high - low) * 100.0) as usize).min(99)] += 1;
    }
    Histogram {
        column: key.into(),
        low,
        high,
        kept: all.iter().map(|n| n * 2 / 3).collect(),
        all,
        missing: 40,
    }
}

pub(super) fn filters() -> Harness<'static, Fixture<Filters>> {
    let mut harness = panel(Filters::default(), library(), (theme::LEFT_WIDTH, 1000.0));
    harness.run();
    harness
}

pub(super) fn focused() -> State {
    let mut state = library();
    let catalog = Arc::make_mut(&mut state.catalog);
    let tags: Arc<[Arc<str>]> = ["best", "猫"].map(Arc::from).into();
    Arc::make_mut(&mut catalog.tags).insert(Row(3), tags);
    let failure = Failure {
        stage: Stage::Decode,
        reason: "the data ends early".into(),
    };
    Arc::make_mut(&mut catalog.failures).insert(Row(3), failure);
    state.selection.select_only(Row(3));
    state
}

pub(super) fn plan() -> Plan {
    let steps = (0..213).map(|i| Step {
        item: i,
        file: Some(FileId(i64::from(i))),
        from: format!("/set/2024/img{i}.png").into(),
        to: Some(format!("/keep/img{i}.png").into()),
        size: 6_000_000,
        mtime_ns: 0,
    });
    Plan {
        intent: Intent::Move(Destination {
            folder: "/keep".into(),
            keep_tree: false,
        }),
        steps: steps.collect(),
        clashes: vec![Clash {
            from: "/set/2024/x.png".into(),
            wanted: "/keep/x.png".into(),
            given: "/keep/x (2).png".into(),
        }],
        skipped: vec![Skip {
            path: "/keep/y.png".into(),
            reason: "already there".into(),
        }],
        n_images: 213,
        n_sidecars: 213,
        bytes: 1_288_490_189,
    }
}

pub(super) fn with_history() -> State {
    let op = |id, title: &str, state| OpSummary {
        id: OpId(id),
        title: title.into(),
        at: 1_700_000_000,
        state,
        n_done: 3,
        n_failed: 0,
    };
    let mut state = library();
    state.history = vec![
        op(2, "5 stars on 1 image", OpState::Undone),
        op(1, "move 3 images to /x", OpState::Done),
    ];
    state
}
