use std::sync::Arc;

use super::*;

/// A field with a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut len = bytes.len();
    while len >= 0x80 {
        out.push(len as u8 | 0x80);
        len >>= 7;
    }
    out.push(len as u8);
    out.extend_from_slice(bytes);
    out
}

fn value(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

fn join(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

fn port(name: &str, size: u8) -> Vec<u8> {
    let free = field(1, &field(2, b"N"));
    let fixed = field(1, &value(1, size));
    let shape = field(2, &join(&[free, fixed]));
    let kind = field(1, &join(&[value(1, 1), shape]));
    join(&[field(1, name.as_bytes()), field(2, &kind)])
}

fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    join(&[field(8, &value(2, 17)), field(7, &join(graph))])
}

fn read(bytes: &[u8]) -> Result<Facts, InferError> {
    scan(&ModelSource::Bytes(Arc::from(bytes)))
}

fn whole() -> Vec<u8> {
    let node = |op: &str| field(1, &field(4, op.as_bytes()));
    let weight = [value(1, 2), value(2, 1), field(8, b"w"), field(9, &[0; 8])];
    model(&[
        node("Conv"),
        node("Conv"),
        field(1, &join(&[field(4, b"Odd"), field(7, b"ai.onnx.ml")])),
        field(5, &join(&weight)),
        field(11, &port("x", 3)),
        field(11, &port("w", 2)),
        field(12, &port("y", 1)),
    ])
}

#[test]
fn ports_operators_and_opset_are_read() {
    let facts = read(&whole()).unwrap();
    assert_eq!(facts.opset, 17);
    assert_eq!((facts.nodes(), facts.count("Conv")), (3, 2));
    assert_eq!(facts.count("ai.onnx.ml:Odd"), 1);
    assert_eq!(facts.inputs.len(), 1, "weights are no inputs");
    assert_eq!(facts.inputs[0].to_string(), "`x` f32 [N, 3]");
}

#[test]
fn what_rten_gets_wrong_is_noted() {
    let input = |name: &[u8]| field(1, name);
    let mode = field(5, &join(&[field(1, b"mode"), field(4, b"cubic")]));
    let resize = field(1, &join(&[input(b"x"), field(4, b"Resize"), mode]));
    let product = field(1, &join(&[input(b"x"), input(b"w"), field(4, b"MatMul")]));
    let vector = field(5, &join(&[value(1, 2), field(8, b"w")]));
    let matrix = field(5, &join(&[value(1, 2), value(1, 2), field(8, b"w")]));
    let y = field(12, &port("y", 1));
    let facts = read(&model(&[resize, product.clone(), vector, y.clone()])).unwrap();
    assert_eq!(facts.count_mode("Resize mode=cubic"), 1);
    assert!(facts.multiplies_by_vector());
    let facts = read(&model(&[product, matrix, y])).unwrap();
    assert!(!facts.multiplies_by_vector());
}

#[test]
fn dynamic_quantisation_couples_a_batch_in_any_domain() {
    let coupled = |op: &[u8], domain: &[u8]| {
        let node = field(1, &join(&[field(4, op), field(7, domain)]));
        let facts = read(&model(&[node, field(12, &port("y", 1))])).unwrap();
        facts.couples_batch()
    };
    assert!(coupled(b"DynamicQuantizeLinear", b""));
    assert!(coupled(b"DynamicQuantizeMatMul", b"com.microsoft"));
    assert!(!coupled(b"QuantizeLinear", b""));
}

#[test]
fn every_cut_is_an_error() {
    let bytes = whole();
    for len in 0..bytes.len() {
        // Cut between two fields of the model the rest is a model of its own, without a graph.
        assert!(read(&bytes[..len]).is_err(), "{len} bytes");
    }
}

#[test]
fn damage_never_panics() {
    let bytes = whole();
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            if let Ok(facts) = read(&damaged) {
                assert!(!facts.outputs.is_empty());
            }
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let text = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert_eq!(text(b""), "this is no ONNX network: it holds no graph");
    assert!(text(b"PK\x03\x04 not an onnx").contains("this is no ONNX network"));
    let y = field(12, &port("y", 1));
    let short = join(&[value(1, 3), value(2, 1), field(8, b"w"), field(9, &[0; 8])]);
    let short = model(&[field(5, &short), y.clone()]);
    assert!(text(&short).contains("the weight `w` has 8 bytes, which don't fill its shape"));
    let entry = |key: &[u8], value: &[u8]| field(13, &join(&[field(1, key), field(2, value)]));
    let place = |entries: &[Vec<u8>]| {
        let weight = join(&[field(8, b"w"), value(1, 2), value(2, 1), join(entries)]);
        model(&[field(5, &weight), y.clone()])
    };
    let outside = place(&[entry(b"location", b"../../etc/passwd")]);
    assert!(text(&outside).contains("outside of its folder"));
    let vast = place(&[
        entry(b"location", b"a"),
        entry(b"offset", b"18446744073709551615"),
    ]);
    assert!(text(&vast).contains("ends beyond any file"));
    let beside = place(&[entry(b"location", b"a")]);
    assert!(text(&beside).contains("its weights are in another file: `a`"));
    assert!(text(&model(&[])).contains("no outputs"));
    let mut deep = field(7, b"x");
    for _ in 0..40 {
        deep = field(1, &join(&[field(4, b"If"), field(5, &field(6, &deep))]));
    }
    assert!(text(&model(&[deep, y])).contains("nested too deeply"));
}

#[test]
fn weights_in_files_that_lack_or_are_short_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.onnx");
    let entry = field(13, &join(&[field(1, b"location"), field(2, b"m.data")]));
    let weight = join(&[field(8, b"w"), value(1, 2), value(2, 1), entry]);
    let bytes = model(&[field(5, &weight), field(12, &port("y", 1))]);
    std::fs::write(&path, bytes).unwrap();
    let source = ModelSource::File(path);
    let missing = scan(&source).unwrap_err();
    assert!(matches!(missing, InferError::Read { .. }), "{missing}");
    std::fs::write(dir.path().join("m.data"), [0; 7]).unwrap();
    assert!(
        scan(&source)
            .unwrap_err()
            .to_string()
            .contains("7 of 8 bytes")
    );
    std::fs::write(dir.path().join("m.data"), [0; 8]).unwrap();
    assert!(scan(&source).is_ok());
}
