//! Scores come back exactly as they were put.

use proptest::prelude::*;

use super::super::{NewScores, ScoreBatch, scores::values};
use super::{file, fresh, stamp};
use crate::domain::image::{ContentId, Facts, Failure, Stage};
use crate::domain::score::Scores;

fn scores(values: &[f64], signature: Option<u64>) -> Scores {
    Scores {
        values: values.to_vec(),
        signature,
    }
}

#[test]
fn a_scorer_has_an_id_a_version() {
    let (_dir, store) = fresh();
    let first = store.scorer_id("blur", "1").unwrap();
    assert_ne!(store.scorer_id("blur", "2").unwrap(), first);
    assert_ne!(store.scorer_id("noise", "1").unwrap(), first);
    assert_eq!(store.scorer_id("blur", "1").unwrap(), first);
}

#[test]
fn a_batch_is_written_as_a_whole() {
    let (_dir, store) = fresh();
    let (x, content) = file(&store, "/a/x.png", 1);
    let (y, _) = file(&store, "/a/y.png", 2);
    let scorer = store.scorer_id("s", "1").unwrap();
    let failure = Failure {
        stage: Stage::Decode,
        reason: "cut off".into(),
    };
    store
        .put_failures(vec![(x, stamp(1, 7), failure.clone())])
        .unwrap();
    let facts = Facts {
        format: "png".into(),
        width: 640,
        height: 480,
    };
    let exact = scores(
        &[0.1, -0.0, f64::MIN_POSITIVE, f64::INFINITY],
        Some(u64::MAX),
    );
    store
        .put_scores(ScoreBatch {
            facts: vec![(content, facts)],
            scores: vec![NewScores::computed(scorer, content, exact.clone())],
            failures: vec![(y, stamp(2, 7), failure.clone())],
            cleared: vec![x],
            keys: vec![],
        })
        .unwrap();
    let all = store.all_scores(scorer).unwrap();
    assert_eq!(all, [(content, exact.clone())].into());
    assert_eq!(store.scores_of(scorer, content).unwrap(), Some(exact));
    assert_eq!(store.scored(scorer).unwrap(), [content]);
    let catalog = store.load_catalog(&["/a".into()], &[]).unwrap();
    assert_eq!((catalog.dims[0].width, catalog.dims[0].height), (640, 480));
    assert_eq!(catalog.failures.values().collect::<Vec<_>>(), [&failure]);
    assert!(!catalog.status[0].failed && catalog.status[1].failed);
}

#[test]
fn bulk_reads_keep_both_orders_and_show_gaps() {
    let (_dir, store) = fresh();
    let (_, a) = file(&store, "/a/1.png", 1);
    let (_, b) = file(&store, "/a/2.png", 2);
    let s = store.scorer_id("s", "1").unwrap();
    let t = store.scorer_id("t", "1").unwrap();
    let batch = [
        (s, a, scores(&[1.0], None)),
        (s, b, scores(&[2.0], None)),
        (t, a, scores(&[], Some(3))),
        (s, a, scores(&[4.0], None)),
    ];
    let batch = batch.map(|(scorer, content, scores)| NewScores::computed(scorer, content, scores));
    store
        .put_scores(ScoreBatch {
            scores: batch.to_vec(),
            ..ScoreBatch::default()
        })
        .unwrap();
    let found = store.scores_for(&[t, s], &[b, a, ContentId(99)]).unwrap();
    let expected = [
        vec![None, Some(scores(&[2.0], None))],
        vec![Some(scores(&[], Some(3))), Some(scores(&[4.0], None))],
        vec![None, None],
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_older_version_stands_until_the_new_one_has_scored() {
    let (_dir, store) = fresh();
    let (_, a) = file(&store, "/a/1.png", 1);
    let (_, b) = file(&store, "/a/2.png", 2);
    let name =
        |version: &str, columns: &str| [("s".to_owned(), version.to_owned(), columns.to_owned())];
    let old = store.scorer_ids(&name("1", "x")).unwrap()[0];
    let other = store.scorer_ids(&name("2", "y")).unwrap()[0];
    let new = store.scorer_ids(&name("3", "x")).unwrap()[0];
    assert!(!store.has_scores(new).unwrap());
    let put = |scorer, content, value: f64| {
        let new = NewScores::computed(scorer, content, scores(&[value], None));
        let scores = vec![new];
        store
            .put_scores(ScoreBatch {
                scores,
                ..ScoreBatch::default()
            })
            .unwrap();
    };
    put(old, a, 1.0);
    put(old, b, 2.0);
    put(other, a, 9.0);
    put(new, b, 3.0);
    assert!(store.has_scores(new).unwrap());
    let shown = store.scores_for(&[new], &[a, b]).unwrap();
    let value = |value: f64| vec![Some(scores(&[value], None))];
    assert_eq!(shown, [value(1.0), value(3.0)]);
    assert_eq!(store.scored(new).unwrap(), [b]);
    let spec = crate::domain::score::ColumnSpec {
        key: "x".into(),
        label: "X".into(),
        range: (0.0, 1.0),
        better: crate::domain::score::Better::Higher,
        unit: String::new(),
        readable: None,
        about: String::new(),
        bands: vec![],
    };
    let columns = [(new, vec![std::sync::Arc::new(spec)])];
    let catalog = store.load_catalog(&["/a".into()], &columns).unwrap();
    assert_eq!(*catalog.columns[0].values, [1.0, 3.0]);
}

#[test]
fn what_computed_a_score_is_known() {
    let (_dir, store) = fresh();
    let (_, content) = file(&store, "/a/1.png", 1);
    let (s, t) = (
        store.scorer_id("s", "1").unwrap(),
        store.scorer_id("t", "1").unwrap(),
    );
    let gpu = store.placement_id("onnxruntime 1.31.1, cuda:0").unwrap();
    let again = store.placement_id("onnxruntime 1.31.1, cuda:0").unwrap();
    assert_eq!(gpu, again);
    let mut on_gpu = NewScores::computed(s, content, scores(&[1.0], None));
    on_gpu.placement = Some(gpu);
    let ours = NewScores::computed(t, content, scores(&[2.0], None));
    store
        .put_scores(ScoreBatch {
            scores: vec![on_gpu, ours],
            ..ScoreBatch::default()
        })
        .unwrap();
    let placements = store.placements_of(content).unwrap();
    assert_eq!(placements, [(s, "onnxruntime 1.31.1, cuda:0".to_owned())]);
}

#[test]
fn a_cut_off_blob_gives_its_whole_values() {
    let mut blob = 2.5f64.to_le_bytes().to_vec();
    blob.extend([1, 2, 3]);
    assert_eq!(values(&blob).collect::<Vec<_>>(), [2.5]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_bit_of_a_value_survives(bits in proptest::collection::vec(any::<u64>(), 0..9)) {
        let (_dir, store) = fresh();
        let (_, content) = file(&store, "/a/x.png", 1);
        let scorer = store.scorer_id("s", "1").unwrap();
        let put: Vec<f64> = bits.iter().copied().map(f64::from_bits).collect();
        store
            .put_scores(ScoreBatch {
                scores: vec![NewScores::computed(
                    scorer,
                    content,
                    scores(&put, bits.first().copied()),
                )],
                ..ScoreBatch::default()
            })
            .unwrap();
        let got = store.scores_of(scorer, content).unwrap().unwrap();
        let got_bits: Vec<u64> = got.values.iter().map(|value| value.to_bits()).collect();
        prop_assert_eq!(&got_bits, &bits);
        prop_assert_eq!(got.signature, bits.first().copied());
    }
}
