//! The models page, its dialogs, and the choice of what to score.

use bandpass::base::{JobId, ProgressSnapshot};
use bandpass::domain::catalog::Row;
use bandpass::engine::infer::{Choice, Device};
use bandpass::engine::{Command, Event, JobKind, JobState, JobStatus, ScoreRequest};
use bandpass::gui::state::Mode;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use super::{CTRL, Window, assert_named, snapshot};

impl Window {
    pub(super) fn model(&mut self, label: &str) {
        let label = label.to_owned();
        let row = self.harness.get_by(move |node| {
            node.role() == Role::ListBoxOption
                && node.label().is_some_and(|l| l.starts_with(&label))
        });
        row.click();
        self.settle();
    }

    fn rows(&self) -> usize {
        let rows = self.harness.query_all_by_role(Role::ListBoxOption);
        rows.count()
    }

    pub(super) fn type_into(&mut self, field: &str, text: &str) {
        let of = |window: &Self| {
            window
                .harness
                .get_by_role_and_label(Role::TextInput, field)
                .focus();
        };
        of(self);
        self.settle();
        self.harness
            .get_by_role_and_label(Role::TextInput, field)
            .type_text(text);
        self.settle();
    }
}

fn page() -> Window {
    let mut window = Window::showing(6);
    window.press(Key::F6);
    window
}

#[test]
fn the_models_page_opens_lists_searches_and_closes() {
    let mut window = page();
    assert_eq!(window.harness.state().state().mode, Mode::Models);
    assert_eq!(window.rows(), 9);
    assert!(window.has("CityAesthetics, download 16.0 MiB"));
    assert!(window.has("LAION V1, Ready") && window.has("Waifu scorer, bring the file"));
    assert!(window.has("Image Quality Fusion, needs laion_v1_b32"));
    assert!(window.has("SigLIP aesthetic, incomplete") && window.has("Q-Align quality, broken"));
    for (filter, n) in [
        ("Ready", 3),
        ("To download", 5),
        ("Anime", 2),
        ("General", 7),
    ] {
        window.click_button(filter);
        assert_eq!(window.rows(), n, "{filter}");
    }
    window.click_button("All");
    window.type_into("Find a model", "laion");
    assert_eq!(window.rows(), 1);
    window.press(Key::Escape);
    window.press(Key::Escape);
    assert_eq!(window.harness.state().state().mode, Mode::Grid);
}

#[test]
fn keys_of_marks_do_nothing_on_the_page() {
    let mut window = Window::showing(6);
    window.click_tile("img_0002", Modifiers::NONE);
    window.press(Key::F6);
    window.press(Key::P);
    window.press(Key::Delete);
    window.key(CTRL, Key::A);
    assert_eq!(window.last_mark(), None);
    assert_eq!(window.targets(), [2]);
    window.press(Key::F6);
    window.press(Key::P);
    assert!(window.last_mark().is_some(), "back among the images");
}

#[test]
fn a_model_is_told_in_full() {
    let mut window = page();
    window.model("CityAesthetics");
    for told in [
        "Apache-2.0",
        "16.0 MiB (f32), 8.0 MiB (f16)",
        "0 to 1",
        "photos, noise, text",
    ] {
        assert!(window.has(told), "{told}");
    }
    window.click("Show clip_vit_l14");
    assert!(window.has("224 × 224 px") && window.has("encoder"));
    window.click("Show city_aesthetics");
    window.model("LAION V1");
    assert!(window.has("ONNX Runtime 1.31.1 on cpu, 41.2 images/s"));
    window.model("Q-Align quality");
    assert!(window.has("head.onnx changed since it was added"));
    window.model("SigLIP aesthetic");
    assert!(window.has("5.0 MiB of 16.0 MiB are here"));
}

#[test]
fn a_download_begins_after_a_look_at_licence_and_size() {
    let mut window = page();
    window.model("CityAesthetics");
    window.click("Download city_aesthetics");
    assert!(window.has("Licence: Apache-2.0") && window.has("Licence: MIT"));
    assert!(window.has("Accept and download 1.6 GiB"));
    let before = window.engine.seen.len();
    window.click("f16 · 8.0 MiB · half the size");
    assert_eq!(
        window.engine.seen.len(),
        before,
        "nothing is sent before the yes"
    );
    window.click("Accept and download 1.6 GiB");
    let Command::Pull { key, variant } = window.last() else {
        panic!("{:?}", window.last());
    };
    assert_eq!(
        (key.as_str(), variant.as_deref()),
        ("city_aesthetics", Some("f16"))
    );
    assert!(!window.has("Licence: MIT"), "the dialog is gone");
}

#[test]
fn a_removal_says_what_goes_and_what_stays() {
    let mut window = page();
    window.model("Open NSFW");
    window.click("Remove nsfw");
    assert!(window.has("A file that you added yourself stays"));
    assert!(!window.has("downloaded is deleted"), "it is the user's own");
    window.click("Cancel");
    window.model("LAION V1");
    window.click("Remove laion_v1_b16");
    assert!(window.has("1 file that Bandpass downloaded is deleted: 330.0 MiB"));
    window.click_button("Remove");
    assert!(matches!(window.last(), Command::RemoveModel(key) if key == "laion_v1_b16"));
}

#[test]
fn a_file_is_added_by_its_path() {
    let file = std::path::absolute("waifu.pth").unwrap_or_default();
    let typed = file.display().to_string();
    for (button, expected) in [
        ("Add a model file…", None),
        ("Add a file for waifu_scorer_v3", Some("waifu_scorer_v3")),
    ] {
        let mut window = page();
        window.model("Waifu scorer");
        window.click(button);
        window.type_into("Model file", &typed);
        window.click_button("Add");
        let Command::AddModel { file: sent, key } = window.last() else {
            panic!("{:?}", window.last());
        };
        assert_eq!((sent, key.as_deref()), (&file, expected));
    }
}

#[test]
fn prompts_are_edited_one_a_line() {
    let mut window = page();
    window.model("CLIP prompts");
    window.click("Prompts of clip_prompts");
    let field = window
        .harness
        .get_by_role_and_label(Role::MultilineTextInput, "Prompts, one a line");
    assert_eq!(
        field.value().as_deref(),
        Some("a sharp photo\na blurry photo")
    );
    field.focus();
    window.settle();
    window.key(CTRL, Key::End);
    window
        .harness
        .get_by_role_and_label(Role::MultilineTextInput, "Prompts, one a line")
        .type_text("\nwith text");
    window.settle();
    window.click_button("Save");
    let Command::SetPrompts { key, text } = window.last() else {
        panic!("{:?}", window.last());
    };
    assert_eq!(key, "clip_prompts");
    assert_eq!(text, "a sharp photo\na blurry photo\nwith text");
}

fn score(window: &Window) -> &ScoreRequest {
    match window.last() {
        Command::Score(request) => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_model_scores_from_its_page() {
    let mut window = page();
    window.model("LAION V1");
    window.click("Score with laion_v1_b16");
    assert_eq!(score(&window).scorers, ["laion_v1_b16"]);
}

#[test]
fn what_to_score_is_chosen() {
    let mut window = Window::showing(6);
    window.click_tile("img_0001", Modifiers::NONE);
    window.click("Score with…");
    for ready in ["cv2_metrics", "LAION V1", "CLIP prompts", "Open NSFW"] {
        assert!(window.has(ready), "{ready}");
    }
    assert!(!window.has("Waifu scorer"));
    window.click_button("Compute scores");
    assert_eq!(
        *score(&window),
        ScoreRequest::default(),
        "all that is ready"
    );

    window.key(Modifiers::SHIFT, Key::S);
    window.click("LAION V1");
    window.click("cuda:0");
    window.click("Try failed images again");
    window.click("Let the CPU take what the device can't");
    window.click("Only the 1 selected image");
    window.click_button("Compute scores");
    let request = score(&window);
    assert_eq!(request.scorers, ["cv2_metrics", "clip_prompts", "nsfw"]);
    assert_eq!(request.rows, Some(vec![Row(1)]));
    assert!(request.retry_failed && request.wishes.allow_cpu);
    assert_eq!(request.wishes.device, Choice::One(Device::Cuda(0)));
}

#[test]
fn everything_on_the_page_has_a_name() {
    let mut window = page();
    for label in ["CityAesthetics", "LAION V1", "CLIP prompts"] {
        window.model(label);
        assert_named(&window, label);
    }
    window.model("CityAesthetics");
    for (open, place) in [
        ("Download city_aesthetics", "download"),
        ("Add a file for city_aesthetics", "adding"),
    ] {
        window.click(open);
        assert_named(&window, place);
        window.press(Key::Escape);
    }
}

#[test]
fn picture_of_the_models_page() {
    snapshot("models", |window| {
        window.engine.open();
        window.press(Key::F6);
        window.model("CityAesthetics");
    });
}

#[test]
fn a_download_is_counted_in_bytes_and_can_be_cancelled() {
    let mut window = page();
    let status = JobStatus {
        id: JobId(9),
        kind: JobKind::Models,
        title: "Downloading clip_vit_l14".to_owned(),
        state: JobState::Running,
        progress: ProgressSnapshot {
            total: 1631 << 20,
            done: 120 << 20,
            failed: 0,
            reused: 0,
        },
        rate: 2_621_440.0,
        eta: None,
    };
    window.engine.send(Event::Job(status));
    window.settle();
    assert!(window.has("120.0 MiB of 1.6 GiB") && window.has("2.5 MiB/s"));
    window.click("Cancel");
    assert!(matches!(window.last(), Command::Cancel(JobId(9))));
}
