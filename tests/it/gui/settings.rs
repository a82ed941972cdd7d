//! The settings of a scorer on the models page.

use super::*;

/// The page with a scorer that has settings.
fn page() -> Window {
    let mut window = Window::showing(6);
    window.press(Key::F6);
    window.model("Open NSFW");
    window
}

fn sent(window: &Window) -> (&str, &str, Option<&str>) {
    let Command::SetScorerSetting { key, name, value } = window.last() else {
        panic!("{:?}", window.last());
    };
    (key, name, value.as_deref())
}

#[test]
fn a_setting_is_chosen_and_put_back() {
    let mut window = page();
    assert!(window.has("needs 17.0 GiB on the device it runs on"));
    assert_named(&window, "settings of a scorer");
    window.click("Crops: by chance");
    window.click("five by five");
    assert_eq!(sent(&window), ("nsfw", "crops", Some("grid")));
    window.click("Put Crops back to the default");
    assert_eq!(sent(&window), ("nsfw", "crops", None));
    assert!(
        !window.has("Put Upper percentile back"),
        "it is the default"
    );
}

#[test]
fn a_number_is_sent_once_it_is_let_go_of() {
    let mut window = page();
    let number = |window: &Window| {
        let nodes = &window.harness;
        nodes
            .get_by_role_and_label(Role::SpinButton, "Upper percentile")
            .focus();
    };
    number(&window);
    window.settle();
    let number = window
        .harness
        .get_by_role_and_label(Role::SpinButton, "Upper percentile");
    number.type_text("90");
    window.settle();
    window.press(Key::Enter);
    window.settle();
    assert_eq!(sent(&window), ("nsfw", "upper", Some("90")));
}
