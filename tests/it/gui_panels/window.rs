//! The panels and dialogs in the whole window.

use std::sync::Arc;

use bandpass::base::Generation;
use bandpass::domain::catalog::Row;
use bandpass::domain::query::ViewResult;
use bandpass::engine::{Command, Event};
use bandpass::gui::state::State;
use bandpass::gui::{App, Link, Waker};
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::fixture::{library, plan};

/// The whole window over channels whose other end the test holds.
pub(super) struct Window {
    pub(super) harness: Harness<'static, App>,
    commands: Receiver<Command>,
    events: Sender<Event>,
}

impl Window {
    pub(super) fn open(state: State) -> Self {
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

    pub(super) fn commands(&mut self) -> Vec<Command> {
        self.harness.run_ok();
        self.commands.try_iter().collect()
    }
}

#[test]
fn answers_that_are_a_step_late_are_shown() {
    let mut window = Window::open(library());
    let mut asked = Vec::new();
    for chip in ["crisp", "ordinary", "blurred"] {
        window.harness.get_by_label(chip).click();
        asked.extend(
            window
                .commands()
                .iter()
                .filter_map(|command| match command {
                    Command::View { generation, .. } => Some(*generation),
                    _ => None,
                }),
        );
    }
    let answer = |generation, n| {
        Event::View(ViewResult {
            generation,
            rows: Arc::new((0..n).map(Row).collect()),
            total: 2000,
            ..ViewResult::default()
        })
    };
    let [.., late, latest] = asked[..] else {
        panic!("{asked:?}");
    };
    for (generation, n, shown) in [
        (late, 11, "11 of 2,000"),
        (latest, 12, "12 of 2,000"),
        (late, 11, "12 of 2,000"),
    ] {
        assert!(window.events.send(answer(generation, n)).is_ok());
        window.commands();
        assert!(
            window.harness.query_all_by_label(shown).count() > 0,
            "{shown}"
        );
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
