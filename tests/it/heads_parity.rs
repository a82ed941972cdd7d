//! Heads and fusion nets against the original code's values, and heads with their real weights.

use std::path::PathBuf;
use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::graph::Network;
use serde_json::Value;

use crate::fixture::golden::{Tensor, Tolerance, assert_summary};
use crate::fixture::{Fixture, ids};
use crate::shared::shared;

/// Every fixture of a head or fusion net: what it is built as, and whether the embedding is
/// recognised to be normalised first.
const FIXTURES: [(&str, &str, Option<&str>); 15] = [
    ("fusion_deep256", "fusion", None),
    ("fusion_deep512", "fusion", None),
    ("fusion_ensemble", "fusion", None),
    ("fusion_weighted", "fusion", None),
    ("head_city_class3", "head-city", Some("raw")),
    ("head_city_score", "head-city", Some("raw")),
    ("head_clip_classifier2", "head-mlp", Some("unit")),
    ("head_enferlain_class2", "head-city", Some("raw")),
    ("head_laion_relumse", "head-mlp", Some("unit")),
    ("head_laion_v1_512", "head-linear", Some("unit")),
    ("head_laion_v1_768", "head-linear", Some("unit")),
    ("head_laion_v2", "head-mlp", Some("unit")),
    ("head_v25", "head-mlp", Some("unit")),
    ("head_waifu_mlp", "head-mlp", Some("unit")),
    ("head_waifu_resmlp", "head-resmlp", Some("unit")),
];

/// How far a score may be off, relative to the scores of its run.
const TOLERANCE: f64 = 1e-4;

/// Runs a network whose inputs and one output are f32.
fn run(network: &Network, inputs: &[Tensor]) -> Tensor {
    let mut options = rten::ModelOptions::with_all_ops();
    for (location, weight) in network.external_weights() {
        options.external_data(&location, weight.bytes().into_owned());
    }
    let model = options.load(network.skeleton()).unwrap();
    let inputs = model
        .input_ids()
        .iter()
        .zip(inputs)
        .map(|(id, (shape, values))| {
            let value = rten::Value::from_shape(shape, values.clone()).unwrap();
            (*id, value.into())
        });
    let outputs = model
        .run(inputs.collect(), model.output_ids(), None)
        .unwrap();
    let output = outputs.into_iter().next().unwrap();
    let (shape, values) = output.into_shape_vec::<f32, 2>().unwrap();
    (shape.to_vec(), values)
}

/// Builds what a checkpoint is recognised as, with the parameters that are then suggested.
fn build_recognised(checkpoint: &Checkpoint) -> (arch::Recognised, Network) {
    let mut found = arch::recognise(checkpoint);
    assert_eq!(found.len(), 1, "{found:?}");
    let found = found.remove(0);
    let weights = arch::weights(found.architecture, checkpoint, false).unwrap();
    let network = arch::build(found.architecture, &weights, &found.parameters).unwrap();
    let unused = weights.unused();
    assert!(
        unused.iter().all(|n| n.ends_with(".num_batches_tracked")),
        "{unused:?}"
    );
    (found, network)
}

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
        assert_eq!(
            found.parameters.get("input").and_then(|i| i.as_str()),
            input,
            "{id}"
        );
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

/// A file of the shared weights or golden values.
fn read(path: PathBuf) -> Checkpoint {
    Checkpoint::read(Arc::new(std::fs::read(path).unwrap())).unwrap()
}

/// The embedding that a row of `heads_golden.json` names: by formula, or by file.
fn embedding(named: &str, size: usize) -> Vec<f32> {
    let Some(formula) = named.strip_prefix("lcg seed=") else {
        let (_, file) = named.split_once(' ').unwrap();
        let path = shared("weights/laion-v1").unwrap().join(file);
        return read(path).get("").unwrap().to_f32();
    };
    let seed = formula.split_once(' ').unwrap().0.parse().unwrap();
    let next = |s: &u32| Some(s.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let states = std::iter::successors(next(&seed), next).take(size);
    let values: Vec<f64> = states
        .map(|s| f64::from(s >> 8) / 16_777_216.0 - 0.5)
        .collect();
    let length = values.iter().map(|v| v * v).sum::<f64>().sqrt();
    values.iter().map(|v| (v / length) as f32).collect()
}

/// Where the weights of a head in `heads_golden.json` are.
fn head_file(head: &str) -> Option<PathBuf> {
    shared(match head {
        "laion_v1_linear_vit_b_16" => "weights/laion-v1/sa_0_4_vit_b_16_linear.pth",
        "laion_v1_linear_vit_b_32" => "weights/laion-v1/sa_0_4_vit_b_32_linear.pth",
        "laion_v1_linear_vit_l_14" => "weights/laion-v1/sa_0_4_vit_l_14_linear.pth",
        "laion_v2_sac_logos_ava1_l14_linearMSE" => {
            "weights/laion-v2/sac+logos+ava1-l14-linearMSE.pth"
        }
        "laion_v2_ava_logos_l14_linearMSE" => "weights/laion-v2/ava+logos-l14-linearMSE.pth",
        "laion_v2_ava_logos_l14_reluMSE" => "weights/laion-v2/ava+logos-l14-reluMSE.pth",
        "aesthetic_predictor_v2_5_head" => "weights/aesthetic-v2.5/aesthetic_predictor_v2_5.pth",
        other => panic!("no file is known for {other}"),
    })
}

#[test]
fn real_heads_give_the_published_scores() {
    let Some(path) = shared("golden/laion_aesthetic/heads_golden.json") else {
        return;
    };
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(!rows.is_empty());
    for row in &rows {
        let head = row["head"].as_str().unwrap();
        let Some(file) = head_file(head) else { return };
        let (_, network) = build_recognised(&read(file));
        let size = network.inputs()[0].shape[1].unwrap();
        // The zero embedding shows what a head without activations adds in the end.
        let (values, wanted) = match row["input"].as_str() {
            Some(named) => (embedding(named, size), &row["score"]),
            None => (vec![0.0; size], &row["collapsed_bias"]),
        };
        let wanted = wanted.as_f64().unwrap();
        let (_, scores) = run(&network, &[(vec![1, size], values)]);
        let off = (f64::from(scores[0]) - wanted).abs();
        assert!(
            off <= TOLERANCE * wanted.abs().max(1.0),
            "{row}: {scores:?}"
        );
    }
}

/// The photographs of `clip_retrieval/fixture.npz`, by array and row.
const PHOTOGRAPHS: [(&str, &[&str]); 4] = [
    ("embeddings0_image_embs.npy", &["123_456", "208_495"]),
    ("embeddings1_image_embs.npy", &["416_264", "456_123"]),
    ("embeddings2_image_embs.npy", &["321_421", "389_535"]),
    ("embeddings3_image_embs.npy", &["524_316"]),
];

/// One array of an archive that also holds text, which no checkpoint does.
fn array(npz: &[u8], name: &str) -> Checkpoint {
    let zip = rawzip::ZipArchive::from_slice(npz).unwrap();
    let mut records = zip.entries().map(|record| record.unwrap());
    let record = records
        .find(|r| r.file_path().as_ref() == name.as_bytes())
        .unwrap();
    let deflated = zip.get_entry(record.wayfinder()).unwrap();
    let mut npy = vec![0; record.uncompressed_size_hint() as usize];
    let data = std::iter::once(deflated.data());
    miniz_oxide::inflate::decompress_slice_iter_to_slice(&mut npy, data, false, true).unwrap();
    Checkpoint::read(Arc::new(npy)).unwrap()
}

#[test]
fn real_embeddings_have_the_recorded_scores() {
    let Some(folder) = shared("golden/clip_retrieval") else {
        return;
    };
    let Some(weights) = shared("weights") else {
        return;
    };
    let golden = std::fs::read(folder.join("head_scores.json")).unwrap();
    let golden: Value = serde_json::from_slice(&golden).unwrap();
    let npz = std::fs::read(folder.join("fixture.npz")).unwrap();
    for (head, file) in [
        ("laion_v1_b32", "laion-v1/sa_0_4_vit_b_32_linear.pth"),
        (
            "simulacra_b32",
            "simulacra/sac_public_2022_06_29_vit_b_32_linear.pth",
        ),
    ] {
        let (_, network) = build_recognised(&read(weights.join(file)));
        for (name, photographs) in PHOTOGRAPHS {
            let array = array(&npz, name);
            let array = array.get("").unwrap();
            let (_, scores) = run(&network, &[(array.shape().to_vec(), array.to_f32())]);
            assert_eq!(scores.len(), photographs.len());
            for (photograph, score) in photographs.iter().zip(scores) {
                let wanted = golden[photograph][head].as_f64().unwrap();
                let off = (f64::from(score) - wanted).abs();
                assert!(off <= 1e-3, "{photograph} {head}: {score}, not {wanted}");
            }
        }
    }
}
