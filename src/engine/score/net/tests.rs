//! A network with a score and a map, in batches.

use super::*;
use crate::engine::infer::{ModelSource, RtenRuntime, Runtime as _, SessionOptions};
use crate::zoo::checkpoint::Dtype;
use crate::zoo::graph::Builder;

/// Pictures of one channel and 2 × 2 pixels → their mean, and twice the pixels.
fn bound(outputs: &[&str], batch: usize) -> Result<Net, Problem> {
    let mut b = Builder::new("two");
    let x = b.input("x", Dtype::F32, &[None, Some(1), Some(2), Some(2)]);
    let mean = b.mean(x, &[2, 3]);
    let twice = b.scale(x, 2.0);
    b.output("score", mean, Dtype::F32, &[None, Some(1)]);
    b.output("map", twice, Dtype::F32, &[None, Some(1), Some(2), Some(2)]);
    let source = ModelSource::Built(Arc::new(b.finish()));
    let session = RtenRuntime.load(&source, &SessionOptions::default());
    let names = Names {
        input: None,
        outputs,
    };
    Net::bind("two", session.unwrap(), names, vec![vec![1, 2, 2]], batch)
}

#[test]
fn every_output_is_given_row_by_row() {
    let pictures: Vec<[f32; 4]> = (0..5).map(|i| [i as f32, 1.0, 2.0, 3.0]).collect();
    let rows: Vec<Vec<&[f32]>> = pictures.iter().map(|p| vec![p.as_slice()]).collect();
    for batch in [1, 2, 8] {
        let mut net = bound(&["map", "score"], batch).unwrap();
        assert_eq!(net.answers(), [vec![1, 2, 2], vec![1]]);
        let found = net.run(&rows).unwrap();
        assert_eq!(found.len(), 5);
        for (i, answers) in found.iter().enumerate() {
            let first = i as f32;
            assert_eq!(answers[0].values, [2.0 * first, 2.0, 4.0, 6.0]);
            assert_eq!(answers[1].values, [(first + 6.0) / 4.0]);
            assert_eq!(answers[0].answer().shape, [1, 2, 2]);
        }
    }
}

#[test]
fn speed_is_of_pictures_whatever_their_views() {
    let rows: Vec<Vec<&[f32]>> = vec![vec![&[0.0; 4]]; 50];
    let mut net = bound(&["score"], 25).unwrap();
    net.run(&rows).unwrap();
    assert_eq!(net.per_second(), None, "no picture is counted yet");
    net.add_pictures(2);
    let (n, time) = net.worked;
    assert_eq!(n, 2);
    assert_eq!(net.per_second(), Some(2.0 / time.as_secs_f64()));
}

#[test]
fn outputs_are_named_where_there_are_several() {
    let why = |outputs: &[&str]| bound(outputs, 1).map(drop).unwrap_err().to_string();
    let told = why(&[]);
    assert!(told.contains("several outputs; name one"), "{told}");
    let told = why(&["score", "mask"]);
    assert!(told.contains("no output `mask`"), "{told}");
    assert!(bound(&["score"], 1).is_ok());
}
