//! What every fuzz target does with the bytes it is given.

pub mod zoo;

use std::sync::Arc;

use zoo::checkpoint::Checkpoint;

/// What reading may hold at once, beside five times the file (entries that inflate).
const MOST_BYTES: u64 = 16 << 20;

/// Tensors whose values are looked at.
const TENSORS: usize = 8;

/// Reads `file`, looks at what is in it, and panics if that took more memory than it may.
pub fn check(file: Vec<u8>) {
    let len = file.len() as u64;
    let mut read = None;
    let memory = allocation_counter::measure(|| read = Some(Checkpoint::read(Arc::new(file))));
    assert!(
        memory.bytes_max <= MOST_BYTES + 5 * len,
        "{} bytes held at once for a file of {len}",
        memory.bytes_max
    );
    match read {
        Some(Ok(checkpoint)) => look(&checkpoint),
        Some(Err(error)) => assert!(error.to_string().len() < 4000, "a message without end"),
        None => {}
    }
}

fn look(checkpoint: &Checkpoint) {
    assert_eq!(checkpoint.names().count(), checkpoint.len());
    for (name, tensor) in checkpoint.iter().take(TENSORS) {
        assert!(checkpoint.get(name).is_some());
        let size = tensor.dtype().size();
        assert_eq!(tensor.shape().iter().product::<usize>(), tensor.len());
        assert_eq!(tensor.bytes().len(), tensor.len() * size);
        assert_eq!(tensor.to_f32().len(), tensor.len());
        if let Some(bytes) = tensor.in_place() {
            assert_eq!(bytes.len(), tensor.len() * size);
        }
    }
    let landmark = checkpoint.names().next().unwrap_or_default();
    assert!(checkpoint.is_empty() || checkpoint.view(landmark, true).is_some());
}

/// A zip archive of stored entries, without checksums, which the reader ignores.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for (name, data) in entries {
        let at = (file.len() as u32).to_le_bytes();
        let (len, name_len) = ((data.len() as u32).to_le_bytes(), name.len() as u16);
        // From "version needed" to "extra length": the same in both headers.
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend([len, len].concat());
        common.extend(name_len.to_le_bytes());
        common.extend([0, 0]);
        file.extend([b"PK\x03\x04", &common[..], name.as_bytes(), data].concat());
        directory.extend(
            [
                b"PK\x01\x02\x14\x00",
                &common[..],
                &[0; 10],
                &at,
                name.as_bytes(),
            ]
            .concat(),
        );
    }
    let count = (entries.len() as u16).to_le_bytes();
    let (size, at) = (directory.len() as u32, file.len() as u32);
    file.extend(directory);
    file.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count].concat());
    file.extend([size.to_le_bytes(), at.to_le_bytes()].concat());
    file.extend([0, 0]);
    file
}
