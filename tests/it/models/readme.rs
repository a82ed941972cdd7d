//! The README's table of models is the one that the manifests give.

use std::path::Path;

use bandpass::engine::models::{BUILT_IN, Models, models_table};

const BEGIN: &str = "<!-- models:begin -->\n";
const END: &str = "<!-- models:end -->";

/// `UPDATE_README=1 cargo test` writes it.
#[test]
fn the_table_of_models_is_up_to_date() {
    let nowhere = tempfile::tempdir().unwrap();
    let (models, _) = Models::open(BUILT_IN, nowhere.path(), nowhere.path());
    let table = models_table(models.manifests());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let begin = text.find(BEGIN).unwrap() + BEGIN.len();
    let end = text.find(END).unwrap();
    if std::env::var_os("UPDATE_README").is_some_and(|v| v == "1") {
        std::fs::write(&file, format!("{}{table}{}", &text[..begin], &text[end..])).unwrap();
        return;
    }
    let written = &text[begin..end];
    assert_eq!(written, table, "UPDATE_README=1 cargo test writes it anew");
}

#[test]
fn manifests_of_the_tests_are_sound() {
    let nowhere = tempfile::tempdir().unwrap();
    let (models, _) = Models::open(BUILT_IN, nowhere.path(), nowhere.path());
    for (name, text) in [
        (
            "clip_nsfw_f64",
            include_str!("../manifests/clip_nsfw_f64.toml"),
        ),
        ("fastdepth", include_str!("../manifests/fastdepth.toml")),
        ("mobilenetv2", include_str!("../manifests/mobilenetv2.toml")),
        ("pp_ocr_det", include_str!("../manifests/pp_ocr_det.toml")),
        ("rtmpose_s", include_str!("../manifests/rtmpose_s.toml")),
    ] {
        models
            .check(name, text)
            .unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
}

#[test]
fn every_example_of_the_guide_is_a_manifest() {
    let guide = include_str!("../../../docs/manifest.md");
    let nowhere = tempfile::tempdir().unwrap();
    let (models, _) = Models::open(BUILT_IN, nowhere.path(), nowhere.path());
    let examples: Vec<&str> = guide.split("```toml\n").skip(1).collect();
    let mut whole = 0;
    for example in examples {
        let text = example.split("```").next().unwrap();
        let Some(key) = text
            .strip_prefix("key = \"")
            .and_then(|rest| rest.split('"').next())
        else {
            continue;
        };
        models
            .check(key, text)
            .unwrap_or_else(|problem| panic!("{key}: {problem}"));
        whole += 1;
    }
    assert!(whole >= 2, "{whole} whole examples");
}
