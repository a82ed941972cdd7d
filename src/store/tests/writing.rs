//! The writing thread: combined commits, failures, a full disk.

use std::path::Path;

use super::super::{NewScores, ScoreBatch, StoreError};
use super::{file, fresh, hash, seen};
use crate::domain::score::Scores;

#[test]
fn a_full_disk_loses_nothing_and_stops_nothing() {
    let (_dir, store) = fresh();
    let (kept, _) = file(&store, "/a/kept.png", 1);
    let pages: i64 = store
        .write(|conn| {
            let pages: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let limit = |_: &rusqlite::Row<'_>| Ok(());
            conn.pragma_update_and_check(None, "max_page_count", pages + 2, limit)?;
            Ok(pages)
        })
        .unwrap();
    let many = || {
        (0..5000)
            .map(|i| seen(format!("/b/{i:05}.png"), i))
            .collect()
    };
    let error = store.upsert_files(many()).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    assert!(store.files_below(Path::new("/b")).unwrap().is_empty());
    assert_eq!(store.files_below(Path::new("/a")).unwrap()[0].id, kept);
    store
        .write(move |conn| {
            let limit = |_: &rusqlite::Row<'_>| Ok(());
            Ok(conn.pragma_update_and_check(None, "max_page_count", pages + 10_000, limit)?)
        })
        .unwrap();
    assert_eq!(store.upsert_files(many()).unwrap().len(), 5000);
}

#[test]
fn a_failing_change_does_not_take_others_with_it() {
    let (_dir, store) = fresh();
    let (_, content) = file(&store, "/a/x.png", 1);
    let scorer = store.scorer_id("s", "1").unwrap();
    let bad = super::super::ScorerId(999);
    let put = |scorer| {
        let scores = Scores {
            values: vec![1.0],
            signature: None,
        };
        store.put_scores(ScoreBatch {
            scores: vec![NewScores::computed(scorer, content, scores)],
            ..ScoreBatch::default()
        })
    };
    std::thread::scope(|scope| {
        for round in 0..40 {
            let put = &put;
            let name = std::thread::Builder::new().name(format!("put-{round}"));
            name.spawn_scoped(scope, move || {
                let wrong = round % 2 == 0;
                let done = put(if wrong { bad } else { scorer });
                assert_eq!(done.is_err(), wrong, "{done:?}");
            })
            .unwrap();
        }
    });
    assert_eq!(store.scored(scorer).unwrap(), [content]);
}

#[test]
fn a_panic_in_a_change_is_an_error_and_the_thread_lives_on() {
    let (_dir, store) = fresh();
    let broken: super::super::Result<()> = store.write(|_| panic!("on purpose"));
    assert!(matches!(broken, Err(StoreError::Other { .. })));
    file(&store, "/a/x.png", 1);
    assert_eq!(store.files_below(Path::new("/a")).unwrap().len(), 1);
}

#[test]
fn readers_do_not_wait_for_the_writer() {
    let (_dir, store) = fresh();
    file(&store, "/a/x.png", 1);
    let (started, wait) = crossbeam_channel::bounded::<()>(0);
    let (go_on, held) = crossbeam_channel::bounded::<()>(0);
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("slow-change".to_owned());
        let writer = store.clone();
        thread
            .spawn_scoped(scope, move || {
                writer.write(move |conn| {
                    conn.execute("UPDATE file SET gone = 1", [])?;
                    started.send(()).unwrap();
                    held.recv().unwrap();
                    Ok(())
                })
            })
            .unwrap();
        wait.recv().unwrap();
        assert_eq!(store.files_below(Path::new("/a")).unwrap().len(), 1);
        go_on.send(()).unwrap();
    });
    assert!(store.files_below(Path::new("/a")).unwrap().is_empty());
}

#[test]
fn the_log_is_folded_in_when_the_store_closes() {
    let (dir, store) = fresh();
    file(&store, "/a/x.png", 1);
    store.hashes(&[]).unwrap();
    assert_eq!(hash(1).hex().len(), 64);
    drop(store);
    assert!(!dir.path().join("bandpass.db-wal").exists());
}
