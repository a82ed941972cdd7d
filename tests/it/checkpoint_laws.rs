//! Laws of the checkpoint reader: what is written comes back, and no change of a byte makes it
//! panic or grow.

use std::sync::Arc;

use bandpass::zoo::checkpoint::{Checkpoint, Kind};
use proptest::prelude::*;

use crate::shared::shared;

/// Names with shapes, each a tensor of counted values.
fn tensors() -> impl Strategy<Value = Vec<(String, Vec<usize>)>> {
    let shape = prop::collection::vec(0usize..5, 0..4);
    prop::collection::btree_map("[a-z.é\"]{1,12}", shape, 0..6)
        .prop_map(|map| map.into_iter().collect())
}

fn values(shape: &[usize]) -> Vec<f32> {
    (0..shape.iter().product::<usize>())
        .map(|i| i as f32 - 1.5)
        .collect()
}

fn bytes(shape: &[usize]) -> Vec<u8> {
    values(shape).iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn safetensors(tensors: &[(String, Vec<usize>)]) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut data = Vec::new();
    for (name, shape) in tensors {
        let start = data.len();
        data.extend(bytes(shape));
        let entry = serde_json::json!({
            "dtype": "F32", "shape": shape, "data_offsets": [start, data.len()]
        });
        header.insert(name.clone(), entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

fn npy(shape: &[usize]) -> Vec<u8> {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    let sizes = sizes.join(", ") + if shape.len() == 1 { "," } else { "" };
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({sizes}), }}\n");
    let len = (header.len() as u16).to_le_bytes();
    [
        b"\x93NUMPY\x01\x00",
        &len[..],
        header.as_bytes(),
        &bytes(shape),
    ]
    .concat()
}

/// An archive of stored arrays.
fn npz(tensors: &[(String, Vec<usize>)]) -> Vec<u8> {
    let mut archive = rawzip::ZipArchiveWriter::new(Vec::new());
    for (name, shape) in tensors {
        let name = format!("{name}.npy");
        let (mut entry, config) = archive.new_file(&name).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        std::io::Write::write_all(&mut writer, &npy(shape)).unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap()
}

fn check(file: Vec<u8>, kind: Kind, tensors: &[(String, Vec<usize>)]) {
    let checkpoint = Checkpoint::read(Arc::new(file)).unwrap();
    assert_eq!((checkpoint.kind(), checkpoint.len()), (kind, tensors.len()));
    for (name, shape) in tensors {
        let tensor = checkpoint.get(name).unwrap();
        assert_eq!(tensor.shape(), shape);
        assert_eq!(tensor.to_f32(), values(shape));
        assert_eq!(tensor.in_place(), Some(&bytes(shape)[..]));
    }
}

proptest! {
    #[test]
    fn safetensors_come_back(tensors in tensors()) {
        check(safetensors(&tensors), Kind::Safetensors, &tensors);
    }

    #[test]
    fn npz_comes_back(tensors in tensors()) {
        prop_assume!(!tensors.is_empty());
        check(npz(&tensors), Kind::Npz, &tensors);
    }

    #[test]
    fn changed_files_never_panic(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let Some(folder) = shared("fixtures/files") else { return Ok(()); };
        let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
        let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
        files.sort();
        let mut file = std::fs::read(pick.get(&files)).unwrap();
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let len = file.len() as u64;
        let memory = allocation_counter::measure(|| {
            if let Ok(checkpoint) = Checkpoint::read(Arc::new(file)) {
                for (_, tensor) in checkpoint.iter().take(8) {
                    assert_eq!(tensor.to_f32().len(), tensor.len());
                }
            }
        });
        prop_assert!(memory.bytes_max < (16 << 20) + 5 * len);
    }
}
