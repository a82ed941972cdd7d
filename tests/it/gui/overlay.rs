//! Maps and skeletons over the image in the loupe.

use super::*;

/// The loupe over the image with this number, once the focus has rested.
fn loupe(image: u32) -> Window {
    let mut window = Window::showing(6);
    let name = fake::name(image);
    window.click_tile(&name, Modifiers::NONE);
    window.press(Key::Enter);
    rest(&mut window);
    window
}

/// Longer than the focus must rest before anything is asked.
fn rest(window: &mut Window) {
    window.harness.run_steps(15);
    window.settle();
}

fn asked(window: &Window) -> usize {
    let details = |command: &&Command| matches!(command, Command::Details(_));
    window.engine.seen.iter().filter(details).count()
}

#[test]
fn a_key_steps_through_the_overlays_of_an_image() {
    let mut window = loupe(0);
    assert_eq!(asked(&window), 1, "once an image");
    assert!(window.has("Overlay: No overlay"));
    window.press(Key::O);
    window.settle();
    assert!(window.has("Overlay: complexity_ic9600"));
    assert!(window.has("Strength of the overlay"));
    window.press(Key::O);
    window.settle();
    assert!(window.has("Overlay: rtmpose"));
    assert!(
        !window.has("Strength of the overlay"),
        "a skeleton has none"
    );
    window.press(Key::O);
    window.settle();
    assert!(window.has("Overlay: No overlay"));
}

#[test]
fn the_overlay_stays_on_from_image_to_image_and_a_stale_one_says_so() {
    let mut window = loupe(0);
    window.press(Key::O);
    window.press(Key::ArrowRight);
    rest(&mut window);
    assert_eq!(asked(&window), 2);
    assert!(window.has("Overlay: complexity_ic9600"));
    // Words over the picture are painted; the picture's own name tells nothing of them.
    let (row, details) = window.harness.state().state().details.as_ref().unwrap();
    assert_eq!(*row, Row(1));
    assert!(details.as_ref().unwrap_err().contains("changed since"));
    window.press(Key::ArrowRight);
    rest(&mut window);
    assert!(window.has("Strength of the overlay"));
}

#[test]
fn picture_of_an_overlay() {
    snapshot("overlay", |window| {
        window.engine.open();
        window.settle();
        window.click_tile(&fake::name(0), Modifiers::NONE);
        window.press(Key::Enter);
        rest(window);
        window.press(Key::O);
        window.press(Key::O);
        window.load();
    });
}
