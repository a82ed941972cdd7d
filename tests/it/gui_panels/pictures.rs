//! Reference pictures, and a gallery for people to look at.

use std::path::{Path, PathBuf};

use bandpass::domain::catalog::Row;
use bandpass::gui::dialogs::{act::Act, export::Export, plan::PlanView, tags::Tags};
use bandpass::gui::panels::{history::History, inspector::Inspector};
use bandpass::gui::theme;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotError};

use super::fixture::{Fixture, dialog, filters, focused, library, panel, plan, with_history};
use super::scores::many;
use super::window::Window;

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

#[test]
fn picture_of_many_scores() {
    let mut harness = panel(Inspector::default(), many(4), (theme::RIGHT_WIDTH, 800.0));
    harness.run();
    snapshot(&mut harness, "scores");
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
