//! What bad networks, inputs and libraries get: an error with what to do, never a crash.

use std::sync::Arc;

use bandpass::engine::infer::library::{LibraryError, inspect};
use bandpass::engine::infer::{
    Device, InferError, ModelSource, OnnxRuntime, RtenRuntime, Runtime, SessionOptions, Tensor,
};
use bandpass::zoo::checkpoint::{self, Dtype};
use bandpass::zoo::graph::{Attribute, Builder};

use super::inputs::noise;
use super::{bytes, engines, onnx_runtime, options};
use crate::shared::shared;

fn refusal(engine: &dyn Runtime, source: &ModelSource) -> InferError {
    let error = engine.load(source, &options(1)).err();
    let error = error.unwrap_or_else(|| panic!("{} took it", engine.name()));
    println!("{}: {error} ({})", engine.name(), error.hint());
    error
}

#[test]
fn files_that_are_no_networks() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.onnx");
    for engine in engines() {
        let none = refusal(engine.as_ref(), &ModelSource::File(path.clone()));
        assert!(matches!(none, InferError::Read { .. }));
        let folder = refusal(
            engine.as_ref(),
            &ModelSource::File(dir.path().to_path_buf()),
        );
        assert!(matches!(folder, InferError::Read { .. }));
        for junk in [
            &b""[..],
            b"\0",
            b"hello, this is text",
            b"RTEN\x02\0\0\0",
            b"PK\x03\x04",
        ] {
            let error = refusal(engine.as_ref(), &bytes(junk));
            assert!(matches!(error, InferError::NotAModel(_)), "{junk:?}");
        }
    }
}

#[test]
fn files_cut_short() {
    let Some(path) = shared("weights/clip-nsfw/clip_nsfw_vit_l14.onnx") else {
        return;
    };
    let whole = std::fs::read(path).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.onnx");
    for engine in engines() {
        for len in [1, 100, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..len]).unwrap();
            let error = refusal(engine.as_ref(), &ModelSource::File(path.clone()));
            assert!(matches!(error, InferError::NotAModel(_)), "{len}");
            assert!(error.hint().contains("download the file again"));
        }
    }
}

/// y = Op(x) for an operator that no engine has.
#[test]
fn unknown_operators() {
    let mut b = Builder::new("odd");
    let x = b.input("x", Dtype::F32, &[None]);
    let y = b.node("NoSuchOperator", &[x], &[]);
    b.output("y", y, Dtype::F32, &[None]);
    let source = ModelSource::Built(Arc::new(b.finish()));
    for engine in engines() {
        let error = refusal(engine.as_ref(), &source);
        assert!(matches!(error, InferError::Refused { .. }));
        assert!(error.to_string().contains("NoSuchOperator"), "{error}");
        assert!(error.hint().contains("bandpass runtime"));
    }
}

/// Operators that rten would run and get wrong; see `docs/engines.md`.
#[test]
fn operators_that_rten_gets_wrong() {
    for (op, mode) in [("Sign", None), ("ArgMax", None), ("Resize", Some("cubic"))] {
        let mut b = Builder::new("wrong");
        let x = b.input("x", Dtype::F32, &[None, Some(4)]);
        let attributes: Vec<_> = mode
            .map(|m| ("mode", Attribute::Text(m)))
            .into_iter()
            .collect();
        let y = b.node(op, &[x], &attributes);
        b.output("y", y, Dtype::F32, &[None, Some(4)]);
        let source = bytes(&b.finish().to_onnx().unwrap());
        let error = refusal(&RtenRuntime, &source);
        assert!(error.to_string().contains(&format!("1 × {op}")), "{error}");
        assert!(error.hint().starts_with("ONNX Runtime can"));
    }
}

/// A matrix product whose sizes don't fit: both engines say so when they load or run.
#[test]
fn graphs_that_contradict_themselves() {
    let mut b = Builder::new("odd");
    let x = b.input("x", Dtype::F32, &[None, Some(4)]);
    let w = b.weight("w", &checkpoint::Tensor::from_f32([5, 5], [1.0; 25]));
    let y = b.matmul(x, w);
    b.output("y", y, Dtype::F32, &[None, Some(5)]);
    let source = ModelSource::Built(Arc::new(b.finish()));
    for engine in engines() {
        let session = engine.load(&source, &options(1));
        let result = session.and_then(|mut s| s.run(&[("x", &noise(&[2, 4]))], &["y"]));
        assert!(result.is_err(), "{}", engine.name());
    }
}

#[test]
fn inputs_that_do_not_fit() {
    let source = ModelSource::Built(Arc::new(super::source::built()));
    let input = noise(&[2, 64]);
    for engine in engines() {
        let mut session = engine.load(&source, &options(1)).unwrap();
        let mut say = |inputs: &[(&str, &Tensor)], outputs: &[&str]| {
            session.run(inputs, outputs).unwrap_err().to_string()
        };
        assert!(say(&[("z", &input)], &["y"]).contains("no input `z`; it has `x` f32 [N, 64]"));
        assert!(say(&[("x", &input)], &["z"]).contains("no output `z`; it has `y`"));
        assert!(say(&[], &["y"]).contains("it is not given"));
        assert!(say(&[("x", &noise(&[2, 63]))], &["y"]).contains("the shape is [2, 63]"));
        assert!(say(&[("x", &noise(&[64]))], &["y"]).contains("the shape is [64]"));
        // What came before has not broken the session.
        assert!(session.run(&[("x", &input)], &["y"]).is_ok());
        // An empty batch is odd, not deadly.
        drop(session.run(&[("x", &Tensor::f32(&[0, 64], Vec::new()))], &["y"]));
    }
}

#[test]
fn devices_that_are_not_there() {
    let source = ModelSource::Built(Arc::new(super::source::built()));
    for engine in engines() {
        let mut wanted = SessionOptions {
            device: Device::MiGraphX(0),
            ..options(1)
        };
        if engine.devices().contains(&wanted.device) {
            continue;
        }
        let error = engine.load(&source, &wanted).err().unwrap();
        println!("{error}");
        assert!(matches!(error, InferError::Device { .. }), "{error}");
        assert!(error.to_string().starts_with("migraphx:0 can't be used: "));
        wanted.allow_cpu_fallback = true;
        let session = engine.load(&source, &wanted).unwrap();
        assert_eq!(session.placement().device, Device::Cpu);
    }
}

/// A tensor of 2⁴⁶ bytes: ONNX Runtime says that memory is out, which the pipeline can act on.
#[test]
fn too_little_memory_is_recognised() {
    let Some(runtime) = onnx_runtime() else {
        return;
    };
    let mut b = Builder::new("vast");
    let shape = b.input("shape", Dtype::I64, &[Some(2)]);
    let y = b.node("ConstantOfShape", &[shape], &[]);
    let y = b.node("ReduceSum", &[y], &[("keepdims", Attribute::Int(0))]);
    b.output("y", y, Dtype::F32, &[]);
    let source = ModelSource::Built(Arc::new(b.finish()));
    let mut session = runtime.load(&source, &options(1)).unwrap();
    let input = |n: i64| Tensor {
        shape: vec![2],
        data: bandpass::engine::infer::TensorData::I64(vec![n, n]),
    };
    assert!(session.run(&[("shape", &input(4))], &["y"]).is_ok());
    let error = session
        .run(&[("shape", &input(1 << 22))], &["y"])
        .unwrap_err();
    assert!(matches!(error, InferError::OutOfMemory { .. }), "{error}");
    assert!(session.run(&[("shape", &input(4))], &["y"]).is_ok());
}

#[test]
fn libraries_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("libonnxruntime.so");
    let missing = inspect(&path).unwrap_err();
    assert_eq!(missing, LibraryError::Missing(path.clone()));
    assert!(missing.hint().contains("bandpass runtime install"));
    std::fs::write(&path, b"not a library").unwrap();
    assert!(matches!(
        inspect(&path),
        Err(LibraryError::NotALibrary { .. })
    ));
    if OnnxRuntime::loaded().is_none() {
        assert!(OnnxRuntime::open(&path).is_err());
    }
}

/// Loading this file would end the process.
#[test]
fn a_library_cut_short_is_refused_before_it_is_loaded() {
    let Some(runtime) = onnx_runtime() else {
        return;
    };
    let whole = std::fs::read(runtime.path()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(runtime.path().file_name().unwrap());
    for len in [whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..len]).unwrap();
        let error = inspect(&path).unwrap_err();
        assert!(matches!(error, LibraryError::Truncated { .. }), "{error}");
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(inspect(&path).unwrap().version, runtime.version());
    // A whole one that isn't the one in use.
    let error = OnnxRuntime::open(&path).unwrap_err();
    assert!(matches!(error, LibraryError::InUse(_)), "{error}");
    assert!(error.hint().contains("restart"));
}

#[test]
fn rten_says_that_it_has_no_graphics_cards() {
    let wanted = SessionOptions {
        device: Device::Cuda(0),
        ..options(1)
    };
    let source = ModelSource::Built(Arc::new(super::source::built()));
    let error = RtenRuntime
        .load(&source, &wanted)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("cuda:0") && error.contains("install ONNX Runtime"));
}
