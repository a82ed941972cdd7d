//! The thumbnail file.

use super::super::{ThumbKey, ThumbStore};

fn key(n: u32) -> ThumbKey {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&n.to_le_bytes());
    ThumbKey(bytes)
}

#[test]
fn what_was_put_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    assert_eq!(thumbs.get(&key(1)), None);
    thumbs.put(vec![(key(1), vec![1; 9]), (key(2), vec![2; 9])]);
    thumbs.put(vec![(key(1), vec![3; 5])]);
    assert_eq!(thumbs.get(&key(1)), Some(vec![3; 5]));
    drop(thumbs);
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    assert_eq!(thumbs.get(&key(2)), Some(vec![2; 9]));
}

#[test]
fn many_threads_read_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    thumbs.put(
        (0..200)
            .map(|n| (key(n), n.to_le_bytes().repeat(500)))
            .collect(),
    );
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let thread = std::thread::Builder::new().name("reads".to_owned());
            thread
                .spawn_scoped(scope, || {
                    for n in 0..200u32 {
                        assert_eq!(thumbs.get(&key(n)), Some(n.to_le_bytes().repeat(500)));
                    }
                })
                .unwrap();
        }
        thumbs.put((200..300).map(|n| (key(n), vec![0; 10])).collect());
    });
}

#[test]
fn pruning_drops_the_oldest_and_frees_the_space() {
    let dir = tempfile::tempdir().unwrap();
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    for start in (0..3000).step_by(100) {
        thumbs.put(
            (start..start + 100)
                .map(|n| (key(n), vec![7; 5000]))
                .collect(),
        );
    }
    thumbs.prune(20_000_000).unwrap();
    assert!(thumbs.get(&key(2999)).is_some());
    thumbs.prune(6_000_000).unwrap();
    assert_eq!(thumbs.get(&key(0)), None);
    assert!(thumbs.get(&key(2999)).is_some());
    drop(thumbs);
    let bytes = dir.path().join("thumbs.db").metadata().unwrap().len();
    assert!(bytes < 8_000_000, "{bytes}");
}

#[test]
fn a_damaged_file_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("thumbs.db");
    std::fs::write(&file, "no database ".repeat(1000)).unwrap();
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    thumbs.put((0..500).map(|n| (key(n), vec![7; 2000])).collect());
    assert!(thumbs.get(&key(499)).is_some());
    drop(thumbs);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[4096..].fill(0xa5);
    std::fs::write(&file, &bytes).unwrap();
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    assert_eq!(thumbs.get(&key(1)), None);
    thumbs.put(vec![(key(1), vec![1])]);
    assert_eq!(thumbs.get(&key(1)), Some(vec![1]));
}

#[test]
fn without_a_folder_thumbnails_are_kept_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let taken = dir.path().join("taken");
    std::fs::write(&taken, "a file").unwrap();
    let thumbs = ThumbStore::open(&taken.join("cache")).unwrap();
    assert_eq!(thumbs.get(&key(1)), None);
    thumbs.put(vec![(key(1), vec![1; 9])]);
    assert_eq!(thumbs.get(&key(1)), Some(vec![1; 9]));
    // 150 MB in 15 000: the oldest have to go.
    for n in 10..160 {
        let hundred = (0..100).map(|i| (key(n * 100 + i), vec![7; 10_000]));
        thumbs.put(hundred.collect());
    }
    assert_eq!(thumbs.get(&key(1)), None);
    assert_eq!(thumbs.get(&key(15_999)), Some(vec![7; 10_000]));
    thumbs.prune(0).unwrap();
    assert_eq!(thumbs.get(&key(15_999)), None);
    assert_eq!(std::fs::read(&taken).unwrap(), b"a file");
}

#[test]
fn damage_while_open_empties_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("thumbs.db");
    drop(ThumbStore::open(dir.path()).unwrap());
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    thumbs.put((0..500).map(|n| (key(n), vec![7; 2000])).collect());
    drop(thumbs);
    let thumbs = ThumbStore::open(dir.path()).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    // Past the pages that opening looks at.
    bytes[200_000..].fill(0xa5);
    std::fs::write(&file, &bytes).unwrap();
    for n in 500..1000 {
        thumbs.put(vec![(key(n), vec![1; 100])]);
    }
    assert_eq!(thumbs.get(&key(999)), Some(vec![1; 100]));
}
