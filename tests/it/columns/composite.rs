//! `bandpass columns`, end to end.

use serde_json::Value;

use super::import::{beside, values};
use crate::dataset::Dataset;

fn by_name(set: &Dataset, column: &str) -> Vec<String> {
    let mut all = values(set, column);
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all.iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect()
}

#[test]
fn formulas_over_imported_columns_and_other_formulas() {
    let set = Dataset::new(2);
    let text = "path,a,b\nsoft/絵0.png,1,10\nsoft/絵1.png,3,20\nsharp/0.png,2,\nsharp/1.png,3,40\n";
    let file = beside(&set, "t.csv", text);
    set.run(&["import", &file, "@", "--yes", "--lower", "b"])
        .ok();
    // Ranks of a: 1 < 2 < 3 = 3, so 0, 1/3, and 5/6 for both; of b, less is better: 1, 1/2, 0.
    set.run(&[
        "columns",
        "set",
        "mix",
        "mean(pct(a), rank(b))",
        "--label",
        "Mix",
    ])
    .ok();
    set.run(&["columns", "set", "safe", "coalesce(mix, 0) * 100"])
        .ok();
    let mut mix = values(&set, "mix");
    mix.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(mix[0], ("0.png".to_owned(), Value::Null));
    for ((name, got), wanted) in mix[1..].iter().zip([5.0 / 12.0, 0.5, 2.0 / 3.0]) {
        let got = got.as_f64().unwrap();
        assert!((got - wanted).abs() < 1e-6, "{name}: {got}, not {wanted}");
    }
    assert_eq!(by_name(&set, "safe")[0], "0.png 0.0");
    let args = [
        "query",
        "@",
        "--where",
        "safe > 45 and mix < 1",
        "--sort",
        "mix:desc",
    ];
    let found = set.run(&args).ok().lines();
    assert_eq!(found.len(), 2);
    assert!(found[0].ends_with("絵1.png"), "{found:?}");
    let scorers = set.run(&["scorers"]).ok().stdout();
    assert!(
        scorers.contains("mix  composite  mean(pct(a), rank(b))"),
        "{scorers}"
    );
    set.run(&["columns", "set", "mix", "a"]).ok();
    assert_eq!(
        by_name(&set, "mix")[3],
        "絵1.png 3.0",
        "a change is a change"
    );
    let run = set.run(&["columns", "remove", "mix"]).ok();
    assert!(
        run.stderr()
            .contains("left out until it is there again: safe"),
        "{}",
        run.stderr()
    );
    let run = set.run(&["query", "@", "--json", "--top", "1"]).ok();
    assert!(
        run.stderr().contains("there is no column \"mix\""),
        "{}",
        run.stderr()
    );
    let row: Value = serde_json::from_str(run.stdout().trim()).unwrap();
    assert!(row.get("safe").is_none());
}

#[test]
fn wrong_formulas_are_refused_where_they_are_wrong() {
    let set = Dataset::new(1);
    let run = set
        .run(&["columns", "check", "mean(focus_measure, brigthness)"])
        .fails(2);
    let lines: Vec<String> = run.stderr().lines().map(str::to_owned).collect();
    assert_eq!(
        lines[2].find('^'),
        Some(2 + "mean(focus_measure, ".len()),
        "{lines:?}"
    );
    assert!(run.stderr().contains("did you mean brightness?"));
    set.run(&["columns", "check", "mean(focus_measure, brightness)"])
        .ok();
    for (key, formula, why) in [
        ("stars", "brightness", "can't be the key"),
        ("a b", "brightness", "can't be the key"),
        ("brightness", "contrast", "is there already"),
        ("phash", "contrast", "is there already"),
        ("x", "x + 1", "no column \"x\""),
    ] {
        let run = set.run(&["columns", "set", key, formula]).fails(2);
        assert!(run.stderr().contains(why), "{key}: {}", run.stderr());
    }
    set.run(&["columns", "set", "x", "brightness"]).ok();
    set.run(&["columns", "set", "y", "x + 1"]).ok();
    let run = set.run(&["columns", "set", "x", "y + 1"]).fails(2);
    assert!(
        run.stderr().contains("builds on itself"),
        "{}",
        run.stderr()
    );
    assert_eq!(
        set.run(&["columns", "list"]).ok().lines(),
        ["x  brightness", "y  x + 1"]
    );
}

#[test]
fn a_broken_file_of_definitions_is_told_and_kept() {
    let set = Dataset::new(1);
    beside(&set, "columns.toml", "[[column]]\nkey = 3\n");
    let run = set.run(&["query", "@"]).ok();
    assert!(
        run.stderr().contains("composite columns not read"),
        "{}",
        run.stderr()
    );
    set.run(&["columns", "set", "x", "brightness"]).fails(1);
    let kept = std::fs::read_to_string(set.data.path().join("columns.toml")).unwrap();
    assert_eq!(kept, "[[column]]\nkey = 3\n");
}
