//! Heads with their published weights, which are only read here.

use std::path::PathBuf;
use std::sync::Arc;

use bandpass::zoo::checkpoint::Checkpoint;
use serde_json::Value;

use super::{TOLERANCE, build_recognised, run};
use crate::shared::shared;

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
