//! Rules that say where a scorer runs, end to end.

use bandpass::engine::infer::selftest;
use bandpass::zoo::graph::Network;
use serde_json::{Value, json};

use super::toy::{HEAD, TOY, add, encoder, manifest, mean, square_root, sum};
use super::{run_with, scores};
use crate::dataset::{Dataset, Run};

/// How bright a picture is, −1 to 1: about 0 for what is sharp, about −0.5 for what is soft.
fn router() -> String {
    let head = &TOY[..TOY.find("[[columns]]").unwrap()];
    let column = r#"
[[columns]]
key = "light"
label = "Light"
range = [-1, 1]
better = "neutral"
about = "How bright."
"#;
    let head = head.replace("\"toy\"", "\"router\"");
    head.replace("toy.onnx", "router.onnx") + column
}

const BRIGHT: &str = "light >= -0.25";

/// Pictures, a router and a network, and an encoder with its head.
fn set_with(router_network: &Network) -> Dataset {
    let set = Dataset::new(3);
    add(&set, "router", &router(), router_network);
    add(&set, "toy", TOY, &selftest::network());
    add(&set, "toy_encoder", &encoder(), &selftest::network());
    add(&set, "toy_head", HEAD, &sum(8));
    set
}

fn set() -> Dataset {
    set_with(&mean())
}

fn route(set: &Dataset, key: &str, condition: &str) {
    run_with(set, None, &["models", "route", key, condition]).ok();
}

fn score(set: &Dataset, with: &str, options: &[&str]) -> Value {
    let args = ["score", "@", "--with", with, "--json"];
    let run = run_with(set, None, &[&args, options].concat()).ok();
    serde_json::from_str(run.stdout().trim()).unwrap()
}

/// The file names that have a value, ascending.
fn scored(set: &Dataset, column: &str) -> Vec<String> {
    let found = scores(set, &[column]).into_iter();
    let with = found.filter(|(_, values)| values[0].is_finite());
    with.map(|(name, _)| name).collect()
}

const SHARP: [&str; 3] = ["0.png", "1.png", "2.png"];

fn kept_out(scorer: &str, outside: usize, undecided: usize) -> Value {
    json!([{ "scorer": scorer, "outside": outside, "undecided": undecided }])
}

#[test]
fn a_network_runs_only_where_its_rule_holds() {
    let free = set();
    score(&free, "toy", &[]);
    let everywhere = scores(&free, &["toy_a", "toy_b"]);
    for options in [
        vec![],
        vec!["--jobs", "1"],
        vec!["--jobs", "7"],
        vec!["--batch", "1"],
    ] {
        let set = set();
        route(&set, "toy", BRIGHT);
        let report = score(&set, "toy", &options);
        assert_eq!(report["routed"], kept_out("toy", 3, 0));
        assert_eq!(
            (&report["scored"], &report["failed"]),
            (&json!(6), &json!(0))
        );
        assert_eq!(scored(&set, "toy_a"), SHARP, "{options:?}");
        let found = scores(&set, &["toy_a", "toy_b"]);
        for name in SHARP {
            assert_eq!(found[name], everywhere[name], "{options:?}");
        }
        assert_eq!(
            scored(&set, "light").len(),
            6,
            "the router was added to the run"
        );
    }
    let set = set();
    route(&set, "toy", BRIGHT);
    score(&set, "toy", &["--batch", "3"]);
    assert_eq!(scored(&set, "toy_a"), SHARP);
}

#[test]
fn an_encoder_that_feeds_only_heads_kept_out_does_not_run() {
    for key in ["toy_head", "toy_encoder"] {
        let set = set();
        route(&set, key, BRIGHT);
        let report = score(&set, "toy_head", &[]);
        assert_eq!(
            report["routed"],
            kept_out("toy_head", 3, 0),
            "a rule on {key}"
        );
        assert_eq!(scored(&set, "toy_sum"), SHARP);
        run_with(&set, None, &["models", "route", key, "--none"]).ok();
        let vectors = score(&set, "toy_encoder", &[]);
        assert_eq!(
            (&vectors["reused"], &vectors["scored"]),
            (&json!(3), &json!(3))
        );
    }
}

#[test]
fn what_earlier_runs_found_decides_before_a_picture_is_opened() {
    let set = set();
    score(&set, "router", &[]);
    route(&set, "toy", BRIGHT);
    let report = score(&set, "toy", &[]);
    assert_eq!(
        (&report["decoded"], &report["scored"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(report["routed"], kept_out("toy", 3, 0));
    let again = score(&set, "toy", &[]);
    assert_eq!(
        (&again["decoded"], &again["scored"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(again["routed"], kept_out("toy", 3, 0));
    assert_eq!(scored(&set, "toy_a"), SHARP);
}

#[test]
fn another_rule_scores_what_is_in_now_and_keeps_and_marks_what_is_out() {
    let set = set();
    route(&set, "toy", BRIGHT);
    score(&set, "toy", &[]);
    let before = scores(&set, &["toy_a"]);
    route(&set, "toy", "not light >= -0.25");
    let report = score(&set, "toy", &[]);
    assert_eq!(report["scored"], 3);
    let after = scores(&set, &["toy_a"]);
    assert!(after.values().all(|values| values[0].is_finite()));
    for name in SHARP {
        assert_eq!(after[name], before[name]);
    }
    let query = ["query", "@", "--sort", "toy_a:desc", "--json"];
    let listed = run_with(&set, None, &query).ok();
    let told = listed.stderr();
    assert!(
        told.contains("3 images outside what toy_a is meant for: put last"),
        "{told}"
    );
    assert!(
        told.contains("toy_a: 3 scores of images that its rule keeps out"),
        "{told}"
    );
    let marked = |line: &String| line.contains(r#""outside_field":["toy_a","toy_b"]"#);
    let marks: Vec<bool> = listed.lines().iter().map(marked).collect();
    assert_eq!(marks, [false, false, false, true, true, true]);
    let best = run_with(
        &set,
        None,
        &["query", "@", "--sort", "toy_a:desc", "--top", "5"],
    )
    .ok();
    assert_eq!(best.lines().len(), 3, "{}", best.stderr());
    let all = run_with(
        &set,
        None,
        &["query", "@", "--sort", "toy_a", "--top", "5", "--no-guard"],
    )
    .ok();
    assert_eq!(all.lines().len(), 5);
}

#[test]
fn what_cannot_be_decided_is_not_scored_and_counted() {
    let set = set_with(&square_root());
    set.draw("white.png", 50, |_, _| image::Rgb([255; 3]));
    route(&set, "toy", "light > 0.1");
    let report = score(&set, "toy", &[]);
    assert_eq!(report["failed"], 6, "the router fails on what is dark");
    assert_eq!(report["routed"], kept_out("toy", 0, 6));
    assert_eq!(scored(&set, "toy_a"), ["white.png"]);
    let again = score(&set, "toy", &[]);
    assert_eq!(
        (&again["failed"], &again["routed"]),
        (&json!(0), &kept_out("toy", 0, 6))
    );
    let told = run_with(&set, None, &["score", "@", "--with", "toy"]).ok();
    let told = told.stderr();
    assert!(
        told.contains("toy undecided for 6 images (route)"),
        "{told}"
    );
}

#[test]
fn a_failure_of_what_is_kept_out_is_none() {
    let set = Dataset::new(2);
    set.draw("white.png", 50, |_, _| image::Rgb([255; 3]));
    add(&set, "toy", TOY, &square_root());
    route(&set, "toy", "brightness > 200");
    let report = score(&set, "toy", &[]);
    assert_eq!(
        (&report["failed"], &report["scored"]),
        (&json!(0), &json!(5))
    );
    assert_eq!(scored(&set, "toy_a"), ["white.png"]);
}

/// The head runs where results are collected, after all networks.
#[test]
fn a_network_may_wait_for_a_head() {
    let set = set();
    score(&set, "toy_head", &[]);
    let found = scores(&set, &["toy_sum"]);
    let mut sums: Vec<f64> = found.values().map(|values| values[0]).collect();
    sums.sort_by(f64::total_cmp);
    let middle = f64::midpoint(sums[2], sums[3]);
    let above: Vec<&String> = found
        .iter()
        .filter(|(_, v)| v[0] >= middle)
        .map(|(n, _)| n)
        .collect();
    let fresh = self::set();
    for set in [&set, &fresh] {
        route(set, "toy", &format!("toy_sum >= {middle}"));
        let report = score(set, "toy", &[]);
        assert_eq!(report["routed"], kept_out("toy", 3, 0));
        assert_eq!(scored(set, "toy_a").iter().collect::<Vec<_>>(), above);
    }
}

#[track_caller]
fn refused(run: &Run, words: &str) {
    assert_eq!(run.code(), 2, "{}", run.stderr());
    assert!(run.stderr().contains(words), "{words}: {}", run.stderr());
}

#[test]
fn rules_that_cannot_be_carried_out_are_refused() {
    let set = set();
    let try_to =
        |key: &str, condition: &str| run_with(&set, None, &["models", "route", key, condition]);
    refused(&try_to("toy", "lihgt >= 1"), "light");
    refused(&try_to("toy", "light >= "), "^");
    refused(
        &try_to("toy", "stars > 2"),
        "the image alone must decide it",
    );
    refused(&try_to("toy", "toy_a > 1"), "circle");
    refused(&try_to("toy_encoder", "toy_sum > 1"), "circle");
    refused(&try_to("toyy", BRIGHT), "did you mean 'toy'");
    refused(&try_to("basics", BRIGHT), "it is no network");
    refused(
        &run_with(&set, None, &["models", "route", "toyy", "--none"]),
        "did you mean 'toy'",
    );
    route(&set, "toy_head", "toy_a > 1");
    refused(&try_to("toy", "toy_sum > 1"), "circle");
    let listed = run_with(&set, None, &["models", "route"]).ok();
    assert_eq!(listed.lines().len(), 1, "{}", listed.stdout());
    assert!(listed.stdout().contains("toy_a > 1"));
}

#[test]
fn a_rule_is_shown_by_its_key_and_only_scorers_have_one() {
    let set = set();
    let show = |key: &str| run_with(&set, None, &["models", "route", key]);
    assert_eq!(show("toy").ok().lines(), ["toy runs on every image"]);
    refused(&show("toyy"), "did you mean 'toy'");
    route(&set, "toy", BRIGHT);
    let said = format!("toy runs only where {BRIGHT}");
    assert_eq!(show("toy").ok().lines(), [said]);
    let rule = |least: u8| format!("[[route]]\nscorer = \"toy\"\nwhere = \"light > {least}\"\n");
    let file = set.data.path().join("routes.toml");
    std::fs::write(file, rule(1) + &rule(2)).unwrap();
    let shown = show("toy").ok();
    assert_eq!(shown.lines(), ["toy runs only where light > 2"]);
    assert!(shown.stderr().contains("another stands below it"));
}

#[test]
fn a_rule_reads_columns_of_scorers_only() {
    let set = set();
    let columns = "[[column]]\nkey = \"mine\"\nlabel = \"Mine\"\nformula = \"light + 1\"\n";
    std::fs::write(set.data.path().join("columns.toml"), columns).unwrap();
    let run = run_with(&set, None, &["models", "route", "toy", "mine > 1"]);
    refused(&run, "a rule can't read 'mine'");
}

#[test]
fn a_rule_by_hand_that_cannot_be_used_is_a_notice() {
    let set = set();
    let file = set.data.path().join("routes.toml");
    std::fs::write(
        &file,
        "[[route]]\nscorer = \"toy\"\nwhere = \"nothing > 1\"\n",
    )
    .unwrap();
    let run = run_with(&set, None, &["score", "@", "--with", "toy"]).ok();
    assert!(
        run.stderr().contains("'toy' runs on every image"),
        "{}",
        run.stderr()
    );
    assert_eq!(scored(&set, "toy_a").len(), 6);
    std::fs::write(&file, "[[route]]\nscorer = 3\n").unwrap();
    let run = run_with(&set, None, &["score", "@", "--with", "basics"]).ok();
    assert!(
        run.stderr().contains("the rules are not understood"),
        "{}",
        run.stderr()
    );
    let set_one = run_with(&set, None, &["models", "route", "toy", BRIGHT]);
    refused(&set_one, "the rules are not understood");
}

#[test]
fn a_scorer_waits_for_the_weights_that_its_rule_needs() {
    let set = Dataset::new(1);
    add(&set, "toy", TOY, &selftest::network());
    manifest(&set, "router", &router());
    route(&set, "toy", BRIGHT);
    let shown = run_with(&set, None, &["models", "show", "toy"]).ok();
    assert!(
        shown.stdout().contains("needs router"),
        "{}",
        shown.stdout()
    );
    assert!(shown.stdout().contains(BRIGHT), "{}", shown.stdout());
    let all = run_with(&set, None, &["score", "@"]).ok();
    assert!(all.stderr().contains("scored 2 images"), "{}", all.stderr());
    let named = run_with(&set, None, &["score", "@", "--with", "toy"]);
    assert_ne!(named.code(), 0);
    assert!(named.stderr().contains("router"), "{}", named.stderr());
}

/// A scorer for anime, and a router that tells it from other pictures.
#[test]
fn scores_outside_their_field_are_marked_and_sorted_last() {
    let set = Dataset::new(3);
    let tells = "better = \"neutral\"\ntells = { anime = [-0.25, 1] }";
    let router = router().replace("better = \"neutral\"", tells);
    add(&set, "router", &router, &mean());
    let anime = TOY.replace("kind =", "field = \"anime\"\nkind =");
    add(&set, "toy", &anime, &selftest::network());
    score(&set, "router,toy", &[]);
    let order = |options: &[&str]| {
        let args = ["query", "@", "--sort", "toy_a"];
        run_with(&set, None, &[&args, options].concat()).ok()
    };
    let guarded = order(&[]);
    let is_sharp: Vec<bool> = guarded
        .lines()
        .iter()
        .map(|l| l.contains("sharp"))
        .collect();
    assert_eq!(is_sharp, [true, true, true, false, false, false]);
    assert!(
        guarded.stderr().contains("3 images outside"),
        "{}",
        guarded.stderr()
    );
    let open = order(&["--no-guard"]);
    let value = |line: &String| {
        let name = std::path::Path::new(line)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        scores(&set, &["toy_a"])[&name][0]
    };
    assert!(open.lines().iter().map(value).is_sorted());
    let csv = set.data.path().join("list.csv");
    let listed = order(&["--out", &csv.to_string_lossy()]);
    assert!(
        listed
            .stderr()
            .contains("toy_a: 3 scores of images outside its field"),
        "{}",
        listed.stderr()
    );
    let text = std::fs::read_to_string(&csv).unwrap();
    assert!(text.lines().next().unwrap().ends_with(",outside_field"));
    assert!(
        text.lines().last().unwrap().ends_with(",\"toy_a, toy_b\""),
        "{text}"
    );
    // What the user says stands above it.
    std::fs::write(
        set.data.path().join("settings.toml"),
        "field_of_library = \"anime\"\n",
    )
    .unwrap();
    assert!(!order(&[]).stderr().contains("outside"));
}
