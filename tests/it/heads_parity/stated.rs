//! What the tensors of a head don't tell, and a manifest states.

use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;

use super::{TOLERANCE, checkpoint, run};
use crate::fixture::Fixture;
use crate::fixture::golden::{Tensor, Tolerance, assert_summary, compare};

/// What `fixture`'s network gives for its first case when it is built with `stated`.
fn run_stated(fixture: &Fixture, file: Vec<u8>, stated: &toml::Table) -> Tensor {
    let checkpoint = Checkpoint::read(Arc::new(file)).unwrap();
    let weights = arch::weights("head-mlp", &checkpoint, false).unwrap();
    let network = arch::build("head-mlp", &weights, stated).unwrap();
    run(&network, &fixture.golden.cases[0].input.tensors().unwrap())
}

#[test]
fn an_activation_that_keys_do_not_tell_can_be_stated() {
    let Some(fixture) = Fixture::open("head_laion_relumse") else {
        return;
    };
    let narrow = |name: &str| {
        let gaps = [
            (".11.", ".8."),
            (".9.", ".6."),
            (".6.", ".4."),
            (".3.", ".2."),
        ];
        let gap = gaps.iter().find(|(from, _)| name.contains(from));
        Some(gap.map_or(name.to_owned(), |(from, to)| name.replace(from, to)))
    };
    let golden = &fixture.golden.cases[0].outputs["out"];
    let run = |stated| run_stated(&fixture, fixture.safetensors_of(narrow), &stated);
    let (shape, scores) = run(toml::toml! { input = "unit"
    activation = "relu" });
    assert_summary(golden, &shape, &scores, Tolerance::rel(TOLERANCE));
    let (shape, scores) = run(toml::toml! { input = "unit" });
    assert!(compare(golden, &shape, &scores, Tolerance::rel(0.1)).is_err());
}

#[test]
fn classes_can_be_had_without_softmax() {
    let Some(fixture) = Fixture::open("head_clip_classifier2") else {
        return;
    };
    let stated = toml::toml! { input = "unit"
    output = "raw" };
    let (shape, raw) = run_stated(&fixture, fixture.safetensors(), &stated);
    let softmax = |row: &[f32]| {
        let e = [row[0].exp(), row[1].exp()];
        e.map(|x| x / (e[0] + e[1]))
    };
    let scores: Vec<f32> = raw.chunks_exact(2).flat_map(softmax).collect();
    let golden = &fixture.golden.cases[0].outputs["out"];
    assert_summary(golden, &shape, &scores, Tolerance::rel(TOLERANCE));
}

#[test]
fn an_embedding_is_taken_as_it_comes_unless_stated() {
    let Some(fixture) = Fixture::open("head_laion_v2") else {
        return;
    };
    let case = &fixture.golden.cases[1];
    let (shape, mut values) = case.input.tensors().unwrap().remove(0);
    let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
    for value in &mut values {
        *value /= length;
    }
    let checkpoint = fixture.checkpoint();
    let weights = arch::weights("head-mlp", &checkpoint, false).unwrap();
    let network = arch::build("head-mlp", &weights, &toml::Table::new()).unwrap();
    let (out_shape, scores) = run(&network, &[(shape, values)]);
    let golden = &case.outputs["out"];
    assert_summary(golden, &out_shape, &scores, Tolerance::rel(TOLERANCE));
}

#[test]
fn normalisation_and_activation_stand_in_the_order_of_their_numbers() {
    for (norm, wanted) in [("layers.1", 1.0), ("layers.2", 2.0)] {
        let part = |name: &str| format!("{norm}.{name}");
        let head = checkpoint(&[
            ("layers.0.weight", &[2, 2], &[1.0, 0.0, 0.0, 1.0]),
            ("layers.0.bias", &[2], &[0.0, 0.0]),
            (&part("weight"), &[2], &[1.0, 1.0]),
            (&part("bias"), &[2], &[0.0, 0.0]),
            (&part("running_mean"), &[2], &[2.0, -3.0]),
            (&part("running_var"), &[2], &[0.99999, 0.99999]),
            ("layers.3.weight", &[1, 2], &[1.0, 1.0]),
            ("layers.3.bias", &[1], &[0.0]),
        ]);
        let weights = arch::weights("head-mlp", &head, false).unwrap();
        let network = arch::build("head-mlp", &weights, &toml::Table::new()).unwrap();
        let (_, scores) = run(&network, &[(vec![1, 2], vec![1.0, -2.0])]);
        assert!((scores[0] - wanted).abs() < 1e-5, "{norm}: {scores:?}");
    }
}
