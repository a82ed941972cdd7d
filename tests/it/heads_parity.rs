//! Heads and fusion nets against the original code's values, and heads with their real weights.

use std::path::PathBuf;
use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;
use bandpass::zoo::graph::Network;
use serde_json::Value;

use crate::fixture::golden::{Tensor, Tolerance, assert_summary, compare};
use crate::fixture::{Fixture, ids};
use crate::shared::shared;

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
    values.iter_mut().for_each(|v| *v /= length);
    let checkpoint = fixture.checkpoint();
    let weights = arch::weights("head-mlp", &checkpoint, false).unwrap();
    let network = arch::build("head-mlp", &weights, &toml::Table::new()).unwrap();
    let (out_shape, scores) = run(&network, &[(shape, values)]);
    let golden = &case.outputs["out"];
    assert_summary(golden, &out_shape, &scores, Tolerance::rel(TOLERANCE));
}

/// A checkpoint of a few numbers.
fn checkpoint(tensors: &[(&str, &[usize], &[f32])]) -> Checkpoint {
    let mut header = serde_json::Map::new();
    let mut data = Vec::new();
    for (name, shape, values) in tensors {
        let start = data.len();
        data.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        let offsets = [start, data.len()];
        let about = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": offsets});
        header.insert((*name).to_owned(), about);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let length = (header.len() as u64).to_le_bytes().to_vec();
    Checkpoint::read(Arc::new([length, header, data].concat())).unwrap()
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
