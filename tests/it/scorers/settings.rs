//! Settings of a scorer: chosen, kept, part of its version.

use bandpass::engine::infer::selftest;
use bandpass::engine::{Core, Places};

use super::toy::{TOY, add};
use super::{run_with, scores};
use crate::dataset::Dataset;

const SETTINGS: &str = r#"
[[settings]]
name = "strength"
label = "Strength"
about = "The factor on every value."
default = "plain"
choices = [
    { name = "plain", label = "Plain", set = { "output.scale" = 1.0 } },
    { name = "double", label = "Doubled", set = { "output.scale" = 2.0 } },
]

[[settings]]
name = "offset"
label = "Offset"
about = "What is added to every value."
default = 0.0
field = "output.offset"
range = [-1, 1]
"#;

/// The toy with two settings.
fn toy() -> Dataset {
    let set = Dataset::new(2);
    let output = "output = { read = \"raw\", scale = 1.0, offset = 0.0 }";
    let text = TOY.replace("output = { read = \"raw\" }", output);
    let text = text.replacen("[[columns]]", &format!("{SETTINGS}\n[[columns]]"), 1);
    add(&set, "toy", &text, &selftest::network());
    set
}

fn score(set: &Dataset) -> serde_json::Value {
    let run = run_with(set, None, &["score", "@", "--with", "toy", "--json"]).ok();
    serde_json::from_str(run.stdout().trim()).unwrap()
}

#[test]
fn a_changed_setting_scores_again_and_keeps_the_old_values_until_then() {
    let set = toy();
    assert_eq!(score(&set)["scored"], 4);
    let plain = scores(&set, &["toy_a"]);
    let said = run_with(&set, None, &["models", "set", "toy", "strength=double"]).ok();
    assert_eq!(said.lines(), ["strength=double", "offset=0.0"]);
    assert_eq!(scores(&set, &["toy_a"]), plain, "not scored again yet");
    assert_eq!(score(&set)["scored"], 4);
    for (name, value) in scores(&set, &["toy_a"]) {
        assert_eq!(value[0], 2.0 * plain[&name][0], "{name}");
    }
    let shown = run_with(&set, None, &["models", "show", "toy"]).ok();
    let line = "strength=double (plain, double; plain if left): The factor on every value.";
    assert!(shown.stdout().contains(line), "{}", shown.stdout());
    // What was scored before with these settings is there still.
    run_with(&set, None, &["models", "set", "toy", "--reset"]).ok();
    assert_eq!(score(&set)["scored"], 0);
    assert_eq!(scores(&set, &["toy_a"]), plain);
}

#[test]
fn what_cant_be_chosen_changes_nothing() {
    let set = toy();
    for (change, why) in [
        ("strength=triple", "`strength` must be one of plain, double"),
        ("offset=2", "`offset` must be a number from -1 to 1"),
        (
            "ofset=0",
            "`ofset` is no setting; there are: strength, offset",
        ),
        ("offset", "write NAME=VALUE"),
    ] {
        let run = run_with(&set, None, &["models", "set", "toy", change]).fails(2);
        assert!(run.stderr().contains(why), "{change}: {}", run.stderr());
    }
    assert!(!set.data.path().join("settings/toy.toml").exists());
}

#[test]
fn a_bad_file_is_a_notice_and_the_defaults_hold() {
    let set = toy();
    score(&set);
    std::fs::create_dir(set.data.path().join("settings")).unwrap();
    for (text, why) in [
        ("offset = 7", "`offset` must be a number from -1 to 1"),
        ("offset = [1]", "`offset` must be a number from -1 to 1"),
        ("offset = ", "settings of toy are left at their defaults"),
    ] {
        std::fs::write(set.data.path().join("settings/toy.toml"), text).unwrap();
        let run = run_with(&set, None, &["score", "@", "--with", "toy", "--json"]).ok();
        assert!(run.stderr().contains(why), "{text}: {}", run.stderr());
        assert!(run.stdout().contains("\"scored\":0"), "{}", run.stdout());
    }
    // A number without quotes is as good as one with them.
    std::fs::write(set.data.path().join("settings/toy.toml"), "offset = 1").unwrap();
    assert_eq!(score(&set)["scored"], 4);
}

#[test]
fn a_bad_line_leaves_the_others_as_they_are() {
    let set = toy();
    let file = set.data.path().join("settings/toy.toml");
    std::fs::create_dir(set.data.path().join("settings")).unwrap();
    std::fs::write(&file, "offset = 7\nstrength = \"double\"").unwrap();
    let shown = run_with(&set, None, &["models", "show", "toy"]).ok();
    assert!(shown.stdout().contains("strength=double"));
    assert!(shown.stdout().contains("offset=0.0"));
    run_with(&set, None, &["models", "set", "toy", "strength=plain"]).ok();
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("offset") && kept.contains("plain"), "{kept}");

    std::fs::write(&file, "offset = ").unwrap();
    let set_one = || run_with(&set, None, &["models", "set", "toy", "strength=double"]);
    assert!(set_one().fails(2).stderr().contains("--reset"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "offset = ");
    run_with(&set, None, &["models", "set", "toy", "--reset"]).ok();
    set_one().ok();
}

#[test]
fn changes_at_the_same_time_are_all_kept() {
    let set = toy();
    let core = Core::open(Places::find(Some(set.data.path())).unwrap()).unwrap();
    let change = |name: &str, value: &str| {
        let changes = [(name.to_owned(), Some(value.to_owned()))];
        core.set_scorer_settings("toy", false, &changes).unwrap();
    };
    for (strength, offset) in [("double", "0.5"), ("plain", "-0.5"), ("double", "1")] {
        std::thread::scope(|threads| {
            threads.spawn(|| change("strength", strength));
            threads.spawn(|| change("offset", offset));
        });
        let text = std::fs::read_to_string(set.data.path().join("settings/toy.toml")).unwrap();
        assert!(text.contains(strength) && text.contains(offset), "{text}");
        let toy = core.models().into_iter().find(|model| model.key == "toy");
        let held: Vec<String> = toy.unwrap().settings.into_iter().map(|s| s.value).collect();
        assert_eq!(held, [strength, offset]);
    }
}
