//! Vectors come back bit for bit, by encoder and content.

use super::super::{EmbeddingStore, NewEmbedding};
use super::hash;

#[test]
fn vectors_outlive_the_program_and_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let values = vec![1.5f32, -0.0, f32::MIN_POSITIVE];
    {
        let store = EmbeddingStore::open(dir.path()).unwrap();
        let (a, b) = (store.encoder("a").unwrap(), store.encoder("b").unwrap());
        assert_ne!(a, b);
        let new = |encoder, byte, values: &[f32]| NewEmbedding {
            encoder,
            hash: hash(byte),
            values: values.to_vec(),
            placement: "rten, cpu".to_owned(),
        };
        let batch = [new(a, 1, &values), new(a, 2, &[2.0]), new(b, 1, &[3.0])];
        store.put(&batch).unwrap();
        store.put_text(a, "a photo", &[7.0]).unwrap();
    }
    let store = EmbeddingStore::open(dir.path()).unwrap();
    let (a, b) = (store.encoder("a").unwrap(), store.encoder("b").unwrap());
    let (found, placement) = store.get(a, &hash(1)).unwrap().unwrap();
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&found), bits(&values));
    assert_eq!(placement, "rten, cpu");
    assert_eq!(store.get(b, &hash(1)).unwrap().unwrap().0, [3.0]);
    assert_eq!(store.get(b, &hash(2)).unwrap(), None);
    assert_eq!(store.known(a, 1).unwrap(), [hash(1), hash(2)]);
    assert_eq!(
        store.known(a, 3).unwrap(),
        [hash(1)],
        "of another length, it is computed anew"
    );
    assert_eq!(store.text(a, "a photo").unwrap(), Some(vec![7.0]));
    assert_eq!(store.text(b, "a photo").unwrap(), None);
    assert_eq!(store.forget(a).unwrap(), 2);
    assert_eq!(store.known(a, 1).unwrap(), []);
    assert_eq!(store.known(b, 1).unwrap(), [hash(1)]);
}

#[test]
fn a_damaged_file_is_put_aside() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("embeddings.db");
    std::fs::write(&file, vec![7u8; 9000]).unwrap();
    let store = EmbeddingStore::open(dir.path()).unwrap();
    assert_eq!(store.known(store.encoder("a").unwrap(), 1).unwrap(), []);
    assert_eq!(
        std::fs::read(dir.path().join("embeddings.db.bad")).unwrap(),
        vec![7u8; 9000]
    );
}
