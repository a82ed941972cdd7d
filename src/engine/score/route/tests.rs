use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::base::CancelToken;
use crate::domain::image::{ContentHash, Failure, FileId, Stamp};
use crate::domain::score::{ColumnSpec, Scores};
use crate::engine::score::plan::NetPlan;
use crate::engine::score::stage::Seen;
use crate::engine::score::{Known, Target};
use crate::store::{NewScores, ScoreBatch, ScorerId, SeenFile, Store};
use crate::zoo::Registry;
use crate::zoo::manifest::Manifest;

/// A network with the column `KEY_x`.
fn manifest(key: &str) -> Arc<Manifest> {
    let text = format!(
        r#"
key = "{key}"
label = "x"
about = "x"
licence = "x"
kind = "network"
tolerance = 0.0
weights = [{{ name = "only", files = [{{ name = "x.onnx" }}] }}]
output = {{ read = "raw" }}
columns = [{{ key = "{key}_x", label = "x", range = [0, 1], better = "neutral", about = "x." }}]
[input]
size = [8, 8]
fit = "squash"
resampler = "box"
scale = 1.0
mean = [0, 0, 0]
std = [1, 1, 1]
"#
    );
    Arc::new(Manifest::parse(&text).unwrap())
}

/// Networks in that order, each with its rule.
fn plan(networks: &[(&str, Option<&str>)]) -> Plan {
    let manifests: Vec<_> = networks
        .iter()
        .map(|(key, _)| (manifest(key), "1".to_owned()))
        .collect();
    let (registry, notices) =
        Registry::built_in().with_manifests(&manifests, &std::collections::BTreeMap::default());
    assert!(notices.is_empty(), "{notices:?}");
    let columns: Vec<Arc<ColumnSpec>> = registry.columns().cloned().map(Arc::new).collect();
    let mut plan = Plan::default();
    for (i, (key, rule)) in networks.iter().enumerate() {
        let running = Running {
            id: ScorerId(i as i64),
            scorer: Arc::clone(registry.get(key).unwrap()),
            columns: [].into(),
            shown: true,
            only: rule.map(|rule| crate::curation::condition::condition(rule, &columns).unwrap()),
        };
        let gate = Gate::of(&running, &plan.parts);
        // The networks stand in the opposite order, which must not matter.
        let how = How::Network(networks.len() - 1 - i);
        plan.parts.push(Part { running, how, gate });
    }
    for (i, (manifest, _)) in manifests.iter().enumerate().rev() {
        plan.nets.push(NetPlan {
            manifest: Arc::clone(manifest),
            tensor: 0,
            part: Some(i),
            vectors: None,
        });
    }
    plan
}

const STAMP: Stamp = Stamp {
    size: 10,
    mtime_ns: 0,
};

fn target(n_parts: usize) -> Target {
    Target {
        file: FileId(1),
        path: PathBuf::new(),
        stamp: STAMP,
        content: None,
        hash: None,
        missing: vec![true; n_parts],
        ruling: Ruling::default(),
    }
}

fn item(n_parts: usize) -> Item<'static> {
    Item {
        outcome: Outcome::of(&target(n_parts)),
        tensors: Vec::new(),
        wants: vec![true; n_parts],
        seen: Seen::default(),
        share: None,
    }
}

fn found_scores(value: f64) -> Scores {
    Scores {
        values: vec![value],
        signature: None,
    }
}

fn found(part: usize, value: f64) -> Found {
    Found {
        part,
        scores: found_scores(value),
        detail: None,
        placement: None,
    }
}

fn failure(reason: &str) -> Failure {
    Failure {
        stage: Stage::Score,
        reason: reason.to_owned(),
    }
}

const ROUTED: [(&str, Option<&str>); 3] = [
    ("router", None),
    ("routed", Some("router_x >= 0.5")),
    ("free", None),
];

#[test]
fn a_router_runs_before_what_it_holds_back() {
    assert_eq!(plan(&ROUTED).order(), [0, 2, 1]);
    let chain = [
        ("first", None),
        ("second", Some("first_x > 0")),
        ("third", Some("second_x > 0")),
    ];
    assert_eq!(plan(&chain).order(), [2, 1, 0]);
}

#[test]
fn a_network_is_wanted_until_its_rule_says_no() {
    let plan = plan(&ROUTED);
    let routed = 1;
    let mut items = vec![item(3), item(3), item(3)];
    plan.narrow_items(&mut items);
    assert!(
        items.iter().all(|item| item.wants == [true; 3]),
        "nothing is known yet"
    );
    for (item, value) in items.iter_mut().zip([0.7, 0.2, f64::NAN]) {
        item.outcome.scores.push(found(0, value));
    }
    plan.narrow_items(&mut items);
    let wanted: Vec<bool> = items.iter().map(|item| item.wants[routed]).collect();
    assert_eq!(wanted, [true, false, false]);
    let undecided: Vec<Vec<bool>> = items
        .iter()
        .map(|item| {
            item.outcome
                .ruling
                .kept_out
                .iter()
                .map(|out| out.undecided)
                .collect()
        })
        .collect();
    assert_eq!(undecided, [vec![], vec![false], vec![true]]);
    // Once said, it is said once.
    plan.narrow_items(&mut items);
    assert_eq!(items[1].outcome.ruling.kept_out.len(), 1);
}

#[test]
fn what_ran_too_early_is_dropped_with_its_failure_alone() {
    let plan = plan(&ROUTED);
    let mut outcome = item(3).outcome;
    outcome.scores = vec![found(1, f64::NAN), found(0, 0.1)];
    outcome.failures = ["routed: NaN", "free: NaN"].map(failure).to_vec();
    plan.narrow(&mut outcome, 3);
    assert_eq!(outcome.failures, [failure("free: NaN")]);
    let parts: Vec<usize> = outcome.scores.iter().map(|found| found.part).collect();
    assert_eq!(parts, [0]);
}

#[test]
fn what_never_came_leaves_the_rule_undecided_at_the_end() {
    let plan = plan(&ROUTED);
    let mut outcome = item(3).outcome;
    plan.narrow(&mut outcome, 0);
    assert_eq!(outcome.ruling.kept_out, []);
    plan.narrow(&mut outcome, 3);
    let out = KeptOut {
        part: 1,
        undecided: true,
    };
    assert_eq!(outcome.ruling.kept_out, [out]);
    let mut report = Vec::new();
    plan.add_routed(&[out, out], &mut report);
    assert_eq!((report[0].outside, report[0].undecided), (0, 2));
}

/// Else the outcome would be another where the middle one is out before the run begins.
#[test]
fn a_value_that_may_be_dropped_decides_nothing() {
    let plan = plan(&[
        ("head", None),
        ("middle", Some("head_x < 0.5")),
        ("last", Some("not has:middle_x")),
    ]);
    let out = |part| KeptOut {
        part,
        undecided: false,
    };
    for (head, kept_out) in [(0.7, out(1)), (0.2, out(2))] {
        let mut outcome = item(3).outcome;
        outcome.scores = vec![found(1, 0.9)];
        plan.narrow(&mut outcome, 0);
        assert_eq!(outcome.ruling.kept_out, []);
        outcome.scores.push(found(0, head));
        plan.narrow(&mut outcome, 3);
        assert_eq!(outcome.ruling.kept_out, [kept_out]);
    }
}

/// The plan changes where a scorer is left out; the database is not read again for that.
#[test]
fn what_is_known_is_read_once_unless_the_run_is_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), 0).unwrap();
    let (path, stamp) = ("/a/x.png".into(), STAMP);
    let file = store.upsert_files(vec![SeenFile { path, stamp }]).unwrap()[0];
    let found = vec![(file, STAMP, ContentHash([1; 32]))];
    let content = store.set_content(found).unwrap()[0];
    let mut plan = plan(&ROUTED);
    let router = store.scorer_id("router", "1").unwrap();
    plan.parts[0].running.id = router;
    let put = |value: f64| {
        let scores = found_scores(value);
        let scores = vec![NewScores::computed(router, content, scores)];
        let batch = ScoreBatch {
            scores,
            ..ScoreBatch::default()
        };
        store.put_scores(batch).unwrap();
    };
    let token = CancelToken::new();
    let missing = |known: &mut Known<'_>| {
        let mut targets = [target(3)];
        (targets[0].content, targets[0].missing[0]) = (Some(content), false);
        let applied = known.apply_rules(&plan, &mut targets, &token);
        applied.map(|()| targets[0].missing[1])
    };
    let mut known = Known::of(&store);
    put(0.2);
    assert!(!missing(&mut known).unwrap());
    put(0.7);
    assert!(!missing(&mut known).unwrap(), "read before");
    assert!(missing(&mut Known::of(&store)).unwrap());
    token.cancel();
    let stopped = missing(&mut known).unwrap_err();
    assert_eq!(stopped.kind, crate::base::Kind::Cancelled);
}

#[test]
fn size_is_known_once_the_picture_is_open() {
    let plan = plan(&[("wide", Some("width >= 100"))]);
    let mut outcome = item(1).outcome;
    plan.narrow(&mut outcome, 0);
    assert_eq!(outcome.missing, [true]);
    outcome.facts = Some(Facts {
        format: String::new(),
        width: 99,
        height: 500,
    });
    plan.narrow(&mut outcome, 0);
    assert_eq!(outcome.missing, [false]);
}
