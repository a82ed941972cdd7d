//! Every fixture of a head or fusion net, against the original code's values.

use super::{TOLERANCE, build_recognised, run};
use crate::fixture::golden::{Tolerance, assert_summary};
use crate::fixture::{Fixture, ids};

/// Every fixture of a head or fusion net: what it is built as, and whether the embedding is
/// recognised to be normalised first.
const FIXTURES: [(&str, &str, &str); 15] = [
    ("fusion_deep256", "fusion", "raw"),
    ("fusion_deep512", "fusion", "raw"),
    ("fusion_ensemble", "fusion", "raw"),
    ("fusion_weighted", "fusion", "raw"),
    ("head_city_class3", "head-city", "raw"),
    ("head_city_score", "head-city", "raw"),
    ("head_clip_classifier2", "head-mlp", "unit"),
    ("head_enferlain_class2", "head-city", "raw"),
    ("head_laion_relumse", "head-mlp", "unit"),
    ("head_laion_v1_512", "head-linear", "unit"),
    ("head_laion_v1_768", "head-linear", "unit"),
    ("head_laion_v2", "head-mlp", "unit"),
    ("head_v25", "head-mlp", "unit"),
    ("head_waifu_mlp", "head-mlp", "unit"),
    ("head_waifu_resmlp", "head-resmlp", "unit"),
];

#[test]
fn every_fixture_of_a_head_has_a_row() {
    let (Some(heads), Some(fusions)) = (ids("head_"), ids("fusion_")) else {
        return;
    };
    let mut here = [heads, fusions].concat();
    here.sort();
    assert_eq!(here, FIXTURES.map(|(id, ..)| id.to_owned()));
}

#[test]
fn scores_are_the_originals() {
    for (id, architecture, input) in FIXTURES {
        let Some(fixture) = Fixture::open(id) else {
            return;
        };
        let (found, network) = build_recognised(&fixture.checkpoint());
        assert_eq!(found.architecture, architecture, "{id}");
        assert_eq!(found.parameters["input"].as_str(), Some(input), "{id}");
        for case in &fixture.golden.cases {
            let (shape, scores) = run(&network, &case.input.tensors().unwrap());
            let golden = case
                .outputs
                .get("out")
                .or(case.outputs.get("score"))
                .unwrap();
            println!("{id} {}", case.name);
            assert_summary(golden, &shape, &scores, Tolerance::rel(TOLERANCE));
            let abs = Tolerance::abs(fixture.golden.tolerance("score_abs"));
            assert_summary(golden, &shape, &scores, abs);
        }
    }
}
