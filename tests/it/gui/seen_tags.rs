//! Tags that a tagger saw become the user's own on request.

use bandpass::engine::TagWish;

use super::*;

fn window() -> Window {
    let mut window = Window::showing(6);
    window.click_tile(&fake::name(0), Modifiers::NONE);
    // Longer than the focus must rest before anything is asked.
    window.harness.run_steps(15);
    window.settle();
    window
}

#[test]
fn the_tags_of_one_image_are_taken_over_by_a_button() {
    let mut window = window();
    assert!(window.has("Seen by wd_vit_v3") && window.has("hatsune_miku"));
    window.click("Add to my tags");
    let Command::TakeTags { rows, wish } = window.last() else {
        panic!("{:?}", window.last());
    };
    assert_eq!(
        (rows.as_slice(), wish),
        (&[Row(0)][..], &TagWish::of("wd_vit_v3"))
    );
}

#[test]
fn the_tag_box_takes_them_for_every_selected_image() {
    let mut window = window();
    window.click_tile(&fake::name(2), CTRL);
    window.harness.run_steps(15);
    window.settle();
    window.press(Key::T);
    window.settle();
    window.click("Add what wd_vit_v3 saw");
    let Command::TakeTags { rows, .. } = window.last() else {
        panic!("{:?}", window.last());
    };
    assert_eq!(rows.len(), 2);
}
