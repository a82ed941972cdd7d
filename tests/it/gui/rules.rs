//! Rules of scorers on the models page, and the notice of the guard.

use std::sync::Arc;

use bandpass::domain::scope::Scope;
use bandpass::domain::score::Field;
use bandpass::engine::{Command, Event};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::{Window, assert_named, zoo};

const BOX: &str = "Run only where…";

/// The models page with CityAesthetics in full, and that rule in force.
fn page(rule: Option<&str>) -> Window {
    let mut window = Window::showing(6);
    window.press(Key::F6);
    window.type_into("Find a model", "city");
    let mut models = zoo::models().to_vec();
    for model in models.iter_mut().filter(|m| m.key == "city_aesthetics") {
        model.route = rule.map(str::to_owned);
    }
    window.engine.send(Event::Models(models.into()));
    window.harness.run_steps(4);
    window
}

fn rules(window: &Window) -> Vec<(&str, Option<&str>)> {
    let set = window
        .engine
        .seen
        .iter()
        .filter_map(|command| match command {
            Command::SetRoute { key, condition } => Some((key.as_str(), condition.as_deref())),
            _ => None,
        });
    set.collect()
}

fn is_on(window: &Window, button: &str) -> bool {
    let node = window.harness.get_by_role_and_label(Role::Button, button);
    !node.accesskit_node().is_disabled()
}

#[test]
fn a_rule_is_written_checked_and_set() {
    let mut window = page(None);
    assert!(!is_on(&window, "Set rule"));
    window.type_into(BOX, "sharpnes > ");
    assert!(window.has("there is no column") || window.has("is missing"));
    assert!(!is_on(&window, "Set rule"));
    window.type_into(BOX, "0.5");
    assert!(window.has("did you mean sharpness?"));
    assert_named(&window, "models page with a rule");
    let mut window = page(None);
    window.type_into(BOX, "sharpness > 0.5");
    window.click_button("Set rule");
    assert_eq!(
        rules(&window),
        [("city_aesthetics", Some("sharpness > 0.5"))]
    );
}

#[test]
fn a_rule_in_force_is_shown_and_taken_back() {
    let mut window = page(Some("sharpness > 0.5"));
    let field = window.harness.get_by_role_and_label(Role::TextInput, BOX);
    assert_eq!(
        field.accesskit_node().value().as_deref(),
        Some("sharpness > 0.5")
    );
    assert!(!is_on(&window, "Set rule"), "it is in force already");
    window.click_button("Run on every image");
    assert_eq!(rules(&window), [("city_aesthetics", None)]);
}

#[test]
fn the_guard_says_what_comes_last_and_is_switched() {
    let mut window = Window::showing(30);
    let catalog = &mut window.engine.catalog;
    catalog.columns[0].scope = Arc::new(Scope {
        field: Field::Anime,
        ..Scope::default()
    });
    catalog.fields = Arc::new(
        (0..30)
            .map(|i| (i < 12).then_some(Field::General))
            .collect(),
    );
    window.engine.publish();
    window.settle();
    assert!(!window.has("outside its field"));
    window.click("Sort by");
    window.click_button("sharpness");
    assert!(window.has("12 images outside its field come last"));
    assert!(window.last_view().guard);
    window.click("Sort all");
    assert!(!window.last_view().guard);
    assert!(window.has("12 images outside its field among them"));
    window.click("Put them last");
    assert!(window.last_view().guard);
    assert_named(&window, "grid under the guard");
}
