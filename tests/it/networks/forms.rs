//! One network in every form it can take: batched, halved, written to disk.

use std::fs::File;

use bandpass::zoo::graph::Network;

use super::run::{Input, Loaded, engines, run};
use super::{build, checkpoint};
use crate::fixture::Fixture;

/// The toy twin of SigLIP's tower with its pooling head, and two different pictures.
fn sample() -> Option<(Network, Input)> {
    let fixture = Fixture::open("siglip_toy_v25")?;
    let network = build(
        &checkpoint(&fixture),
        "siglip-vision",
        "heads = 4\nimage = 45",
    );
    let (mut shape, values) = fixture.golden.cases[0].input.tensors()?.swap_remove(0);
    shape[0] = 2;
    let both = values.iter().chain(values.iter().rev()).copied().collect();
    Some((network, Input::F32(shape, both)))
}

/// The largest difference in units of the root mean square of `a`.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let rms = (a.iter().map(|v| v * v).sum::<f32>() / a.len() as f32).sqrt();
    let off = a.iter().zip(b).map(|(a, b)| (a - b).abs());
    off.fold(0.0, |a, b| if b.is_nan() { b } else { a.max(b) }) / rms
}

#[test]
fn a_batch_gives_what_its_pictures_give() {
    let Some((network, batch)) = sample() else {
        return;
    };
    let Input::F32(mut shape, values) = batch.clone() else {
        return;
    };
    shape[0] = 1;
    for engine in engines() {
        let ([rows, width], together) = run(engine.as_ref(), &network, &batch).swap_remove(0);
        assert_eq!(rows, 2);
        for (picture, expected) in values.chunks(values.len() / 2).zip(together.chunks(width)) {
            let alone = run(
                engine.as_ref(),
                &network,
                &Input::F32(shape.clone(), picture.to_vec()),
            );
            let off = difference(&alone[0].1, expected);
            assert!(off < 1e-5, "{}: {off:e}", engine.name());
        }
    }
}

#[test]
fn half_precision_stays_near() {
    let Some((network, batch)) = sample() else {
        return;
    };
    for engine in engines() {
        let whole = run(engine.as_ref(), &network, &batch).swap_remove(0).1;
        let half = run(engine.as_ref(), &network.clone().into_half(), &batch)
            .swap_remove(0)
            .1;
        let off = difference(&whole, &half);
        // f16 has 11 bits; rten, which only stores in f16, is nearer than a GPU.
        assert!(off < 2e-2, "{}: {off:e}", engine.name());
        assert!(off > 0.0, "{}: nothing was rounded", engine.name());
    }
}

#[test]
fn written_files_give_the_same_values() {
    let Some((network, batch)) = sample() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("alone.onnx");
    std::fs::write(&alone, network.to_onnx().unwrap()).unwrap();
    let beside = folder.path().join("beside.onnx");
    let mut data = File::create(folder.path().join("beside.onnx.data")).unwrap();
    network
        .write_onnx(
            &mut File::create(&beside).unwrap(),
            Some(("beside.onnx.data", &mut data)),
        )
        .unwrap();
    for engine in engines() {
        let expected = run(engine.as_ref(), &network, &batch);
        for path in [&alone, &beside] {
            let written = Loaded::from_file(engine.as_ref(), path).run(&batch);
            assert_eq!(written, expected, "{} {}", engine.name(), path.display());
        }
    }
}
