//! Q-Align's real shapes: 16 GB of weights as a file of holes, of which next to nothing is read.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bandpass::engine::models::map;
use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::{Checkpoint, Index};
use bandpass::zoo::graph::Network;
use serde_json::{Value, json};

use crate::shared::shared;

/// What building may hold: names, nodes, the words of the question and the tables of places.
const MOST_BYTES: u64 = 24 << 20;

/// Writes a safetensors file of these tensors, f16, all zero and none on the disk.
fn holes(path: &Path, entries: &[&Value]) {
    let mut end = 0;
    let mut header = serde_json::Map::new();
    for entry in entries {
        let shape: Vec<u64> = serde_json::from_value(entry["shape"].clone()).unwrap();
        let start = end;
        end += shape.iter().product::<u64>() * 2;
        let about = json!({ "dtype": "F16", "shape": shape, "data_offsets": [start, end] });
        header.insert(entry["name"].as_str().unwrap().to_owned(), about);
    }
    let mut json = serde_json::to_vec(&header).unwrap();
    json.resize(json.len().next_multiple_of(8), b' ');
    let mut file = File::create(path).unwrap();
    file.write_all(&(json.len() as u64).to_le_bytes()).unwrap();
    file.write_all(&json).unwrap();
    file.set_len(8 + json.len() as u64 + end).unwrap();
}

/// The set of the real shapes in two files; gives the index.
fn set(folder: &Path) -> Option<PathBuf> {
    let manifest = shared("fixtures/qalign_toy/manifest_full.json")?;
    let manifest: Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    let entries: Vec<&Value> = manifest["entries"].as_array().unwrap().iter().collect();
    let (first, second) = entries.split_at(entries.len() / 2);
    let mut map = serde_json::Map::new();
    for (name, part) in [("a.safetensors", first), ("b.safetensors", second)] {
        holes(&folder.join(name), part);
        let names = part.iter().map(|e| e["name"].as_str().unwrap().to_owned());
        map.extend(names.map(|tensor| (tensor, name.into())));
    }
    let index = folder.join("model.safetensors.index.json");
    std::fs::write(&index, json!({ "weight_map": map }).to_string()).unwrap();
    Some(index)
}

fn built(index: &Path) -> Network {
    let list = Index::parse(&std::fs::read(index).unwrap()).unwrap();
    let part = |name: &String| Checkpoint::read(map(&index.with_file_name(name)).unwrap()).unwrap();
    let checkpoint = list.join(list.files().iter().map(part).collect()).unwrap();
    let weights = arch::weights("q-align", &checkpoint, false).unwrap();
    let parameters = "image = 448\ndepth = 32\nwidth = 4096\nqueries = 64\nprompt = \"quality\"";
    let network = arch::build("q-align", &weights, &parameters.parse().unwrap()).unwrap();
    assert_eq!(weights.unused(), Vec::<&str>::new());
    network
}

#[test]
fn the_full_size_is_built_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let Some(index) = set(folder.path()) else {
        return;
    };
    let mut network = None;
    let memory = allocation_counter::measure(|| network = Some(built(&index)));
    println!("building 16.4 GB held {} bytes at once", memory.bytes_max);
    assert!(memory.bytes_max < MOST_BYTES, "{}", memory.bytes_max);
    let network = network.unwrap();
    let side = Some(448);
    assert_eq!(network.inputs()[0].shape, [None, Some(3), side, side]);
    assert_eq!(network.outputs()[0].shape, [None, Some(5)]);

    let size = |network: &Network| -> usize {
        network
            .weights()
            .iter()
            .map(bandpass::zoo::graph::Weight::byte_len)
            .sum()
    };
    let whole = size(&network);
    let mut kept = None;
    let memory = allocation_counter::measure(|| kept = Some(network.clone().keep_half()));
    assert!(memory.bytes_max < MOST_BYTES, "{}", memory.bytes_max);
    let kept = kept.unwrap();
    let (f32_bytes, f16_bytes) = (whole as f64 / 1e9, size(&kept) as f64 / 1e9);
    println!("{f32_bytes:.2} GB in f32, {f16_bytes:.2} GB as it lies");
    // The two matrices of the vocabulary, 0.26 GB each, are not among them.
    assert!((15.8..15.95).contains(&f16_bytes), "{f16_bytes}");
    let in_place: usize = kept
        .weights()
        .iter()
        .filter_map(|w| w.in_place().map(<[u8]>::len))
        .sum();
    assert!(in_place as f64 > 0.999 * size(&kept) as f64, "{in_place}");
    assert!(kept.skeleton().len() < MOST_BYTES as usize);
    let shapes = network.weights().iter().map(|w| (w.name(), w.shape()));
    let shapes: std::collections::BTreeMap<_, _> = shapes.collect();
    assert_eq!(shapes["lm_head.weight"], [5, 4096]);
    assert_eq!(shapes["question"], [15 + 65 + 12, 4096]);
    assert_eq!(
        shapes["model.layers.31.mlp.down_proj.weight"],
        [4096, 11008]
    );
}
