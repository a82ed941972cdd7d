//! Flows through the panels and dialogs around the grid; widgets are found by their labels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bandpass::base::{Generation, paths};
use bandpass::domain::catalog::{Catalog, NewRow, Row};
use bandpass::domain::image::{Failure, FileId, Stage};
use bandpass::domain::marks::MarkEdit;
use bandpass::domain::op::{
    Clash, Destination, Intent, OpId, OpState, OpSummary, Plan, Skip, Step,
};
use bandpass::domain::query::{Histogram, Keep, Rule, ViewResult};
use bandpass::domain::score::{Band, Better, ColumnSpec, ScorerKind, ScorerSpec};
use bandpass::domain::settings::Theme;
use bandpass::engine::{Command, Event};
use bandpass::gui::ctx::{Action, Ctx, Dialog, Panel, Stay};
use bandpass::gui::dialogs::{act::Act, export::Export, plan::PlanView, tags::Tags};
use bandpass::gui::panels::{filters::Filters, history::History, inspector::Inspector};
use bandpass::gui::state::State;
use bandpass::gui::{App, Link, Waker, theme};
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, SnapshotError};

/// A panel or dialog in a small window, with a shell that does the least.
struct Fixture<P> {
    part: P,
    state: State,
    actions: Vec<Action>,
    closed: bool,
}

impl<P> Fixture<P> {
    fn commands(&self) -> impl Iterator<Item = &Command> {
        self.actions.iter().filter_map(|action| match action {
            Action::Send(command) => Some(command),
            _ => None,
        })
    }

    fn labels(&self) -> Vec<&str> {
        let rules = self.state.spec.rules.iter();
        rules.map(|rule| rule.label.as_str()).collect()
    }

    fn obey(&mut self, out: Vec<Action>) {
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

fn panel<P: Panel + 'static>(
    part: P,
    state: State,
    size: (f32, f32),
) -> Harness<'static, Fixture<P>> {
    shown(part, state, size, |part, ui, ctx, out| {
        part.ui(ui, ctx, out);
        Stay::Open
    })
}

fn dialog<D: Dialog + 'static>(part: D, state: State) -> Harness<'static, Fixture<D>> {
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

fn shown<P: 'static>(
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

fn column(key: &str, label: &str, better: Better) -> ColumnSpec {
    ColumnSpec {
        key: key.into(),
        label: label.into(),
        range: (0.0, f64::INFINITY),
        better,
        unit: String::new(),
        about: format!("What {label} measures."),
        bands: Vec::new(),
    }
}

fn scorer() -> ScorerSpec {
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
fn absolute(name: &str) -> PathBuf {
    let root = if cfg!(windows) {
        "C:\\nowhere"
    } else {
        "/nowhere"
    };
    Path::new(root).join(name)
}

/// 2,000 images: a skewed, a bell-shaped and an even column.
fn library() -> State {
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

fn histogram(key: &str, values: &[f32]) -> Histogram {
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

fn filters() -> Harness<'static, Fixture<Filters>> {
    let mut harness = panel(Filters::default(), library(), (theme::LEFT_WIDTH, 1000.0));
    harness.run();
    harness
}

fn drag(harness: &mut Harness<'_, Fixture<Filters>>, label: &str, by: f32) {
    let from = harness.get_by_label(label).rect().center();
    harness.hover_at(from);
    harness.step();
    harness.drag_at(from);
    for part in 1..=4 {
        harness.hover_at(from + egui::vec2(by * part as f32 / 4.0, 0.0));
        harness.step();
    }
    harness.drop_at(from + egui::vec2(by, 0.0));
    harness.run();
}

fn band(rules: &[Rule]) -> (&str, f64, f64) {
    match &rules[0].keep {
        Keep::Band {
            column, low, high, ..
        } => (column, *low, *high),
        other => panic!("not a band: {other:?}"),
    }
}

#[test]
fn dragging_a_handle_sends_a_rule_each_frame() {
    let mut harness = filters();
    drag(&mut harness, "brightness low handle", 60.0);
    let fixture = harness.state();
    let (column, low, high) = band(&fixture.state.spec.rules);
    assert_eq!((column, high), ("brightness", f64::INFINITY));
    assert!(low > 50.0 && low < 120.0, "{low}");
    let sent = fixture.actions.iter();
    assert!(
        sent.filter(|action| matches!(action, Action::Rules(_)))
            .count()
            >= 3
    );
}

#[test]
fn a_band_is_shifted_by_its_middle_and_reset_by_a_double_click() {
    let mut harness = filters();
    harness.state_mut().part.state.set_band(
        "noise_level",
        bandpass::gui::widgets::band::BandState {
            low: 10.0,
            high: 20.0,
        },
    );
    harness.run();
    let low = harness
        .get_by_label("noise_level low handle")
        .rect()
        .center();
    let high = harness
        .get_by_label("noise_level high handle")
        .rect()
        .center();
    let middle = low + (high - low) / 2.0;
    harness.drag_at(middle);
    for x in [10.0, 25.0, 50.0] {
        harness.hover_at(middle + egui::vec2(x, 0.0));
        harness.step();
    }
    harness.drop_at(middle + egui::vec2(50.0, 0.0));
    harness.run();
    let (_, low, high) = band(&harness.state().state.spec.rules);
    assert!(
        low > 15.0 && (high - low - 10.0).abs() < 0.5,
        "{low} {high}"
    );
    let low = harness
        .get_by_label("noise_level low handle")
        .rect()
        .center();
    let inside = low + egui::vec2(20.0, 0.0);
    for _ in 0..2 {
        harness.drag_at(inside);
        harness.drop_at(inside);
    }
    harness.run();
    assert!(harness.state().labels().is_empty());
}

#[test]
fn arrow_keys_and_screen_readers_move_a_handle() {
    let mut harness = filters();
    harness.get_by_label("noise_level low handle").focus();
    harness.run();
    for _ in 0..10 {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    let (_, low, _) = band(&harness.state().state.spec.rules);
    assert!((low - 4.0).abs() < 0.5, "ten steps of 1 % of 40: {low}");
    harness
        .get_by_label("noise_level high handle")
        .set_value_accesskit(30.0);
    harness.run();
    let (_, _, high) = band(&harness.state().state.spec.rules);
    assert!((high - 30.0).abs() < 1e-9);
    harness
        .get_by_label("noise_level low handle")
        .decrement_accesskit();
    harness.run();
    let (_, less, _) = band(&harness.state().state.spec.rules);
    assert!(less < low);
}

#[test]
fn bounds_can_be_typed() {
    let mut harness = filters();
    for (field, value) in [("focus_measure low", "100"), ("focus_measure high", "2500")] {
        harness.get_by_label(field).focus();
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        harness.get_by_label(field).type_text(value);
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
    }
    assert_eq!(harness.state().labels(), ["100 ≤ focus_measure ≤ 2500"]);
}

#[test]
fn named_bands_are_chips() {
    let mut harness = filters();
    harness.get_by_label("crisp").click();
    harness.run();
    assert_eq!(harness.state().labels(), ["focus_measure ≥ 1000"]);
    harness.get_by_label("crisp").click();
    harness.run();
    assert!(harness.state().labels().is_empty());
}

#[test]
fn chips_tell_what_they_hide_and_drop_their_rule() {
    let mut harness = filters();
    harness.get_by_label("1,204 of 2,000");
    harness.get_by_label("(796 hidden)");
    harness.get_by_label("At least 3 stars").click();
    harness.run();
    harness.get_by_label("Picked").click();
    harness.run();
    assert_eq!(harness.state().labels(), ["stars ≥ 3", "picked"]);
    assert_eq!(harness.query_all_by_label("hides 312").count(), 2);
    harness.get_by_label("Drop stars ≥ 3").click();
    harness.run();
    assert_eq!(harness.state().labels(), ["picked"]);
    harness.get_by_label("Clear all").click();
    harness.run();
    assert!(harness.state().labels().is_empty());
}

#[test]
fn a_wrong_expression_shows_its_place_and_keeps_the_last_good_rule() {
    let mut harness = filters();
    harness.get_by_label("Filter").focus();
    harness.run();
    harness.get_by_label("Filter").type_text("stars >= 3");
    harness.run();
    assert_eq!(harness.state().labels(), ["stars >= 3"]);
    harness.get_by_label("Filter").type_text(")");
    harness.run();
    assert_eq!(harness.state().labels(), ["stars >= 3"]);
    harness.get_by_label_contains("At character 11: ");
}

#[test]
fn folders_filter_and_unfold() {
    let mut harness = filters();
    assert!(harness.query_by_label("spring").is_none());
    harness.get_by_label("Unfold 2024").click();
    harness.run();
    harness.get_by_label("spring").click();
    harness.run();
    assert_eq!(harness.state().labels(), ["in spring"]);
    let keep = &harness.state().state.spec.rules[0].keep;
    assert_eq!(*keep, Keep::Below(PathBuf::from("/set/2024/spring")));
    harness.get_by_label("All folders").click();
    harness.run();
    assert!(harness.state().labels().is_empty());
}

#[test]
fn toggles_decide_over_unscored_and_failed_images() {
    let mut harness = filters();
    harness.get_by_label("Failed images (3)").click();
    harness.run();
    assert_eq!(harness.state().labels(), ["not failed"]);
    harness.get_by_label("crisp").click();
    harness.run();
    harness.get_by_label("Unscored images (40)").click();
    harness.run();
    let keep = &harness.state().state.spec.rules[0].keep;
    assert!(matches!(keep, Keep::Band { missing: true, .. }), "{keep:?}");
}

#[test]
fn the_panel_follows_rules_that_others_add_or_clear() {
    let mut harness = filters();
    harness.get_by_label("Picked").click();
    harness.run();
    let rule = Rule {
        label: "failed".into(),
        keep: Keep::Below("/x".into()),
    };
    harness.state_mut().state.added = vec![rule];
    harness.run();
    assert_eq!(harness.state().labels(), ["picked", "failed"]);
    harness.state_mut().state.spec.rules.clear();
    harness.run();
    assert!(harness.query_by_label("Drop picked").is_none());
    assert!(harness.state().labels().is_empty());
}

#[test]
fn histograms_are_asked_for_the_columns_that_are_shown() {
    let mut harness = filters();
    let all = ["focus_measure", "brightness", "noise_level"];
    assert_eq!(harness.state().state.spec.histograms, all);
    harness.get_by_label("Classic measures").click();
    harness.run();
    assert!(harness.state().state.spec.histograms.is_empty());
}

fn focused() -> State {
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

fn mark(command: &Command) -> (&[Row], &MarkEdit) {
    match command {
        Command::Mark { rows, edit } => (rows, edit),
        other => panic!("not a mark: {other:?}"),
    }
}

#[test]
fn the_inspector_sets_marks_of_the_focused_image() {
    let mut harness = panel(Inspector::default(), focused(), (theme::RIGHT_WIDTH, 800.0));
    harness.run();
    harness.get_by_label("img3.png");
    harness.get_by_label("4 stars").click();
    harness.run();
    harness.get_by_label("Remove tag best").click();
    harness.run();
    harness.get_by_label("Add tag").focus();
    harness.run();
    harness.get_by_label("Add tag").type_text("keep, 夏");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let edits: Vec<_> = harness.state().commands().map(mark).collect();
    let tags = |add: &[&str], remove: &[&str]| MarkEdit::Tags {
        add: add.iter().map(ToString::to_string).collect(),
        remove: remove.iter().map(ToString::to_string).collect(),
    };
    let row: &[Row] = &[Row(3)];
    assert_eq!(
        edits,
        [
            (row, &MarkEdit::Stars(4)),
            (row, &tags(&[], &["best"])),
            (row, &tags(&["keep", "夏"], &[])),
        ]
    );
}

#[test]
fn a_failed_image_tells_why_and_can_be_tried_again() {
    let mut harness = panel(Inspector::default(), focused(), (theme::RIGHT_WIDTH, 800.0));
    harness.run();
    harness.get_by_label("Failed to decode");
    harness.get_by_label("the data ends early");
    harness.get_by_label("Try again").click();
    harness.run();
    let again = harness.state().commands().next();
    let Some(Command::Score(request)) = again else {
        panic!("{again:?}");
    };
    assert_eq!(request.rows, Some(vec![Row(3)]));
    assert!(request.retry_failed);
}

fn plan() -> Plan {
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

#[test]
fn confirming_a_plan_applies_that_very_plan() {
    let mut harness = dialog(PlanView::new(plan()), library());
    harness.run();
    harness.get_by_label("Move 213 images + 213 sidecars (1.2 GiB) to /keep");
    harness.get_by_label("x.png exists; becomes x (2).png");
    harness.get_by_label("y.png: already there");
    let button = |node: &egui_kittest::Node<'_>| node.accesskit_node().role() == egui::Role::Button;
    let nodes = harness.get_all_by_label("Move 213 images");
    let confirm = nodes.into_iter().find(button).expect("a button");
    confirm.click();
    harness.run();
    let sent: Vec<_> = harness.state().commands().collect();
    let [Command::Apply(confirmed)] = sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(*confirmed.plan(), plan());
    assert!(harness.state().closed);
}

#[test]
fn cancelling_a_plan_does_nothing() {
    let mut harness = dialog(PlanView::new(plan()), library());
    harness.run();
    harness.get_by_label("Cancel").click();
    harness.run();
    assert!(harness.state().closed);
    assert_eq!(harness.state().commands().count(), 0);
}

#[test]
fn moving_asks_for_a_plan_of_the_selected_images() {
    let mut state = library();
    state.selection.select_only(Row(5));
    state.selection.toggle(Row(2));
    state.selection.toggle(Row(1500));
    let act = Act::new(false, &state.ctx());
    let mut harness = dialog(act, state);
    harness.run();
    harness.get_by_label("Move 2 images");
    harness.get_by_label_contains("1 selected image is hidden by the filter");
    harness.get_by_label("Destination folder").focus();
    harness.run();
    let folder = absolute("選");
    let typed = folder.display().to_string();
    harness
        .get_by_role_and_label(egui::Role::TextInput, "Destination folder")
        .type_text(&typed);
    harness.run();
    harness.get_by_label("Keep folders").click();
    harness.run();
    harness.get_by_label("Preview…").click();
    harness.run();
    let sent: Vec<_> = harness.state().commands().collect();
    let [Command::Plan { rows, intent }] = sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(*rows, [Row(2), Row(5)], "in the order of the view");
    let to = Destination {
        folder,
        keep_tree: true,
    };
    assert_eq!(*intent, Intent::Move(to));
}

#[test]
fn tags_of_a_selection_are_added_and_removed_together() {
    let mut state = focused();
    state.selection.toggle(Row(4));
    let tags = Tags::new(&state.ctx());
    let mut harness = dialog(tags, state);
    harness.run();
    harness.get_by_label("Tag 2 images");
    harness.get_by_label("Add tag").type_text("a, -b");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    harness.get_by_label("Remove tag 猫").click();
    harness.run();
    let edits: Vec<_> = harness.state().commands().map(mark).collect();
    assert_eq!(edits.len(), 2);
    assert_eq!(edits[0].0, [Row(3), Row(4)]);
    let expected = MarkEdit::Tags {
        add: vec!["a".into()],
        remove: vec!["b".into()],
    };
    assert_eq!(*edits[0].1, expected);
}

#[test]
fn a_list_of_the_view_is_exported() {
    let state = library();
    let export = Export::new(&state.ctx());
    let mut harness = dialog(export, state);
    harness.run();
    let file = absolute("list.jsonl");
    let typed = file.display().to_string();
    harness
        .get_by_role_and_label(egui::Role::TextInput, "File")
        .type_text(&typed);
    harness.run();
    let button = harness.get_by_role_and_label(egui::Role::Button, "Export");
    button.click();
    harness.run();
    let sent: Vec<_> = harness.state().commands().collect();
    let [Command::Export { rows, format, to }] = sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(rows.len(), 1204);
    assert_eq!((*format, to), (bandpass::engine::ListFormat::Jsonl, &file));
}

fn with_history() -> State {
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

#[test]
fn each_operation_of_the_history_can_be_undone() {
    let mut harness = dialog(History::default(), with_history());
    harness.run();
    harness.get_by_label("Undo move 3 images to /x").click();
    harness.run();
    let sent: Vec<_> = harness.state().commands().collect();
    assert!(matches!(sent[0], Command::History), "{sent:?}");
    assert!(matches!(sent[1], Command::Undo(Some(OpId(1)))), "{sent:?}");
}

/// The whole window over channels whose other end the test holds.
struct Window {
    harness: Harness<'static, App>,
    commands: Receiver<Command>,
    events: Sender<Event>,
}

impl Window {
    fn open(state: State) -> Self {
        let (to_engine, commands) = bounded(256);
        let (events, from_engine) = bounded(256);
        let link = Link {
            commands: to_engine,
            events: from_engine,
            scorers: state.scorers,
            settings: state.settings,
            waker: Waker::default(),
        };
        for event in [
            Event::Catalog(Arc::clone(&state.catalog)),
            Event::View(ViewResult {
                generation: Generation(1),
                ..state.view
            }),
            Event::Histograms {
                generation: Generation(1),
                histograms: state.histograms,
            },
        ] {
            assert!(events.send(event).is_ok(), "there is room");
        }
        let mut harness = Harness::builder()
            .with_size((1400.0, 900.0))
            .allow_missing_glyphs()
            .with_step_dt(1.0 / 60.0)
            .with_max_steps(60)
            .build_eframe(|cc| App::new(&cc.egui_ctx, link, &[]));
        harness.run_ok();
        Self {
            harness,
            commands,
            events,
        }
    }

    fn commands(&mut self) -> Vec<Command> {
        self.harness.run_ok();
        self.commands.try_iter().collect()
    }
}

#[test]
fn the_window_has_the_panels_and_opens_the_dialogs() {
    let mut window = Window::open(library());
    window.commands();
    window.harness.get_by_label("crisp").click();
    let sent = window.commands();
    let labels = sent.iter().find_map(|command| match command {
        Command::View { spec, .. } => Some(spec.rules.iter().map(|rule| rule.label.as_str())),
        _ => None,
    });
    let labels: Vec<_> = labels.into_iter().flatten().collect();
    assert_eq!(labels, ["focus_measure ≥ 1000"], "{sent:?}");
    let planned = Event::Planned(Ok(Box::new(plan())));
    window.events.send(planned).expect("there is room");
    window.commands();
    window
        .harness
        .get_by_label("x.png exists; becomes x (2).png");
    window.harness.key_press(Key::Enter);
    let sent = window.commands();
    let applied = sent
        .iter()
        .any(|command| matches!(command, Command::Apply(_)));
    assert!(applied, "Enter confirms: {sent:?}");
    window
        .harness
        .key_press_modifiers(egui::Modifiers::COMMAND, Key::H);
    let sent = window.commands();
    let asked = sent
        .iter()
        .any(|command| matches!(command, Command::History));
    assert!(asked, "{sent:?}");
    window.harness.get_by_label("Nothing was done yet");
}

/// Compares with the reference picture; where nothing can draw, says so.
#[expect(clippy::print_stdout, reason = "tells why a picture is skipped")]
fn snapshot<P>(harness: &mut Harness<'_, Fixture<P>>, name: &str) {
    harness.remove_cursor();
    harness.run();
    match harness.try_snapshot(name) {
        Ok(()) => {}
        Err(SnapshotError::RenderError { err }) => println!("skipped: can't draw here: {err}"),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn picture_of_the_filter_panel() {
    let mut harness = filters();
    harness.get_by_label("ordinary").click();
    harness.run();
    harness.get_by_label("At least 3 stars").click();
    harness.run();
    snapshot(&mut harness, "filters");
}

#[test]
fn picture_of_a_plan() {
    let mut harness = dialog(PlanView::new(plan()), library());
    harness.run();
    snapshot(&mut harness, "plan");
}

/// Pictures for people to look at, of everything, in both themes: set `BANDPASS_PICTURES` to a folder.
#[test]
fn gallery() {
    let Some(folder) = std::env::var_os("BANDPASS_PICTURES") else {
        println!("skipped: BANDPASS_PICTURES is not set");
        return;
    };
    let folder = PathBuf::from(folder);
    let mut harness = filters();
    harness.get_by_label("Filter").focus();
    harness.run();
    harness.get_by_label("Filter").type_text("stars >= 3x");
    harness.run();
    harness.get_by_label("crisp").click();
    harness.run();
    save(&mut harness, &folder, "filters-error");
    let mut harness = panel(Inspector::default(), focused(), (theme::RIGHT_WIDTH, 700.0));
    save(&mut harness, &folder, "inspector");
    let mut state = focused();
    state.selection.toggle(Row(4));
    let act = Act::new(false, &state.ctx());
    save(&mut dialog(act, state), &folder, "act");
    let mut state = focused();
    state.selection.toggle(Row(4));
    let tags = Tags::new(&state.ctx());
    save(&mut dialog(tags, state), &folder, "tags");
    let mut state = focused();
    state.selection.toggle(Row(4));
    let export = Export::new(&state.ctx());
    save(&mut dialog(export, state), &folder, "export");
    save(
        &mut dialog(History::default(), with_history()),
        &folder,
        "history",
    );
    save(&mut Window::open(focused()).harness, &folder, "window");
}

fn save<P>(harness: &mut Harness<'_, P>, folder: &Path, name: &str) {
    harness.run_ok();
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        harness.ctx.set_theme(theme);
        harness.run_ok();
        let file = folder.join(format!("{name}-{theme:?}.png"));
        let saved = harness.render().map(|image| image.save(file));
        assert!(matches!(saved, Ok(Ok(()))), "{saved:?}");
    }
}
