//! The devices page.

use bandpass::engine::infer::install::Flavour;
use bandpass::engine::infer::{Choice, Device};
use bandpass::engine::{Command, Event};
use egui::Key;

use super::{Window, assert_named, snapshot};
use crate::gui::zoo;

fn page() -> Window {
    let mut window = Window::showing(6);
    window.press(Key::F6);
    window.click_button("Devices");
    window
}

#[test]
fn engines_libraries_and_their_faults_are_told() {
    let mut window = page();
    assert!(window.has("ONNX Runtime 1.31.1") && window.has("cuda:0, cpu"));
    assert!(window.has("old.so is ONNX Runtime 1.16.3; 1.24 or newer is needed"));
    assert!(!window.has("through rten"));
    window
        .engine
        .send(Event::Runtime(Box::new(zoo::status(false))));
    window.settle();
    assert!(window.has("Networks run on the CPU through rten"));
    assert_named(&window, "devices");
}

#[test]
fn the_device_chosen_is_kept_and_scored_on() {
    let mut window = page();
    window.click_button("cuda:0");
    window.harness.run_steps(60);
    window.settle();
    let saved = window
        .engine
        .seen
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::SaveSettings(settings) => Some(settings.device.clone()),
            _ => None,
        });
    assert_eq!(saved.as_deref(), Some("cuda:0"));
    window.click_button("Back to the images");
    window.press(Key::S);
    let Command::Score(request) = window.last() else {
        panic!("{:?}", window.last());
    };
    assert_eq!(request.wishes.device, Choice::One(Device::Cuda(0)));
}

#[test]
fn a_device_that_is_gone_is_said_so() {
    let mut window = page();
    window.click_button("cuda:0");
    assert!(!window.has("is not at hand"));
    window
        .engine
        .send(Event::Runtime(Box::new(zoo::status(false))));
    window.settle();
    assert!(window.has("The chosen device is not at hand"));
}

#[test]
fn devices_are_tested() {
    let mut window = page();
    window.click_button("Test devices");
    assert!(matches!(window.last(), Command::Selftest));
    assert!(window.has("largest difference 1.2e-7"));
}

#[test]
fn a_library_is_installed_or_taken_as_it_lies() {
    let mut window = page();
    let first = Flavour::here().next();
    let Some(flavour) = first else { return };
    window.click_button(&format!("Install {flavour}"));
    assert!(matches!(window.last(), Command::InstallRuntime(sent) if *sent == flavour));
    let library = std::path::absolute("libonnxruntime.so").unwrap_or_default();
    window.type_into("Another library", &library.display().to_string());
    window.click_button("Use");
    assert!(matches!(window.last(), Command::UseRuntime(path) if *path == library));
}

#[test]
fn picture_of_the_devices_page() {
    snapshot("devices", |window| {
        window.engine.open();
        window.press(Key::F6);
        window.click_button("Devices");
        window.click_button("Test devices");
    });
}
