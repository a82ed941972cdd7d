//! The filter panel: what is done to it, and the rules that follow.

use std::path::PathBuf;

use bandpass::domain::query::{Keep, Rule};
use bandpass::gui::ctx::Action;
use bandpass::gui::panels::filters::Filters;
use bandpass::gui::widgets::band::BandState;
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::fixture::{Fixture, filters};

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
        BandState {
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
