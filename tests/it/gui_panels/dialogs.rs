//! The image panel and the dialogs: the commands they send.

use bandpass::domain::catalog::Row;
use bandpass::domain::marks::MarkEdit;
use bandpass::domain::op::{Destination, Intent, OpId};
use bandpass::engine::Command;
use bandpass::gui::dialogs::{act::Act, export::Export, plan::PlanView, tags::Tags};
use bandpass::gui::panels::{history::History, inspector::Inspector};
use bandpass::gui::theme;
use egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::fixture::{absolute, dialog, focused, library, panel, plan, with_history};

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
