//! Files that are no head, or another one.

use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;

use super::{build_recognised, checkpoint};
use crate::fixture::Fixture;

#[test]
fn another_embedding_is_refused_by_name() {
    let Some(fixture) = Fixture::open("head_laion_v2") else {
        return;
    };
    let checkpoint = fixture.checkpoint();
    let weights = arch::weights("head-mlp", &checkpoint, false).unwrap();
    let stated = toml::toml! { embedding = 512 };
    let error = arch::build("head-mlp", &weights, &stated)
        .unwrap_err()
        .to_string();
    for part in ["layers.0.weight", "[1024, 768]", "[1024, 512]"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_head_is_not_taken_for_another() {
    let Some(fixture) = Fixture::open("head_city_score") else {
        return;
    };
    let checkpoint = fixture.checkpoint();
    for (architecture, key) in [
        ("head-linear", "linear.weight"),
        ("head-mlp", "layers.0.weight"),
        ("head-resmlp", "layers.0.linear.weight"),
        ("fusion", "clip_net.0.weight"),
    ] {
        let weights = arch::weights(architecture, &checkpoint, false).unwrap();
        let error = arch::build(architecture, &weights, &toml::Table::new()).unwrap_err();
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn wrapped_names_are_seen_through() {
    let Some(fixture) = Fixture::open("fusion_ensemble") else {
        return;
    };
    let file = fixture.safetensors_of(|name| Some(format!("model_state_dict.{name}")));
    let (found, _) = build_recognised(&Checkpoint::read(Arc::new(file)).unwrap());
    assert_eq!(found.architecture, "fusion");
}

#[test]
fn a_tower_is_not_taken_for_a_head() {
    for id in [
        "clip_toy_hf",
        "clip_toy_openai",
        "siglip2_toy_regression",
        "rtmpose_toy",
    ] {
        let Some(fixture) = Fixture::open(id) else {
            return;
        };
        let found = arch::recognise(&fixture.checkpoint());
        let mut names = found.iter().map(|f| f.architecture);
        assert!(
            names.all(|n| !n.starts_with("head-") && n != "fusion"),
            "{id}: {found:?}"
        );
    }
}

#[test]
fn numbers_written_oddly_are_no_layers() {
    let head = checkpoint(&[
        ("layers.0.weight", &[1, 2], &[1.0, 1.0]),
        ("layers.0.bias", &[1], &[0.0]),
        ("layers.00.weight", &[1, 1], &[1.0]),
        ("layers.18446744073709551615.weight", &[1, 1], &[1.0]),
    ]);
    let weights = arch::weights("head-mlp", &head, false).unwrap();
    let error = arch::build("head-mlp", &weights, &toml::Table::new()).unwrap_err();
    assert!(
        error.to_string().contains("18446744073709551615.bias"),
        "{error}"
    );
}
