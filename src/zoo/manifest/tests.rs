//! Good manifests, and slips that must name their field.

use super::*;
use crate::zoo::preprocess::Layout;

const GOOD: &str = r#"
key = "laion_watermark"
label = "Watermark"
about = "How likely a watermark lies over the picture."
licence = "MIT"
batch = 16
tolerance = 0.001

[weights]
file = "watermark.safetensors"
source = "hf:someone/watermark/model.safetensors@0123abc"
sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
bytes = 1234
format = "safetensors"
architecture = "efficientnet-b3"
parameters = { hidden = [625, 256], classes = 2 }

[input]
size = [256, 256]
fit = "squash"
resampler = "bilinear"
scale = 0.00392156862745098
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]

[output]
read = "class"
index = 0

[[columns]]
key = "laion_watermark_prob"
label = "Watermark"
range = [0.0, 1.0]
better = "lower"
about = "0 is clear, 1 is marked."
bands = [{ low = 0.8, high = 1.0, meaning = "watermarked" }]
"#;

fn error(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "no {from:?} to replace");
    Manifest::parse(&GOOD.replace(from, to))
        .unwrap_err()
        .to_string()
}

#[test]
fn a_good_manifest_parses() {
    let manifest = Manifest::parse(GOOD).unwrap();
    assert_eq!(manifest.key, "laion_watermark");
    assert_eq!(manifest.field, Field::General);
    assert_eq!(manifest.input.layout, Layout::Nchw);
    assert_eq!(manifest.output, Output::Class { index: 0 });
    assert_eq!(manifest.columns[0].better, Better::Lower);
    assert_eq!(manifest.columns[0].bands[0].meaning, "watermarked");
    assert_eq!(manifest.weights.parameters["classes"].as_integer(), Some(2));
}

#[test]
fn open_ranges_and_other_outputs_parse() {
    let cases = [
        ("range = [0.0, 1.0]", "range = [-inf, inf]"),
        ("read = \"class\"\nindex = 0", "read = \"raw\""),
        ("read = \"class\"\nindex = 0", "read = \"sigmoid\""),
        (
            "read = \"class\"\nindex = 0",
            "read = \"expected\"\nweights = [5, 4, 3, 2, 1]",
        ),
    ];
    for (from, to) in cases {
        assert!(GOOD.contains(from), "no {from:?} to replace");
        Manifest::parse(&GOOD.replace(from, to)).unwrap();
    }
}

#[test]
fn slips_of_spelling_name_the_field() {
    let cases = [
        ("licence =", "license ="),
        ("bytes =", "byte ="),
        ("resampler =", "resample ="),
        ("index =", "indx ="),
        ("better =", "beter ="),
        ("meaning =", "meanin ="),
    ];
    for (from, to) in cases {
        let (message, slip) = (error(from, to), to.trim_end_matches(" ="));
        assert!(message.contains(&format!("`{slip}`")), "{message}");
    }
}

#[test]
fn missing_fields_and_unknown_kinds_are_named() {
    let cases = [
        ("tolerance = 0.001", "", "`tolerance`"),
        ("fit = \"squash\"", "", "`fit`"),
        ("\"bilinear\"", "\"blinear\"", "`blinear`"),
        ("read = \"class\"", "read = \"best\"", "`best`"),
        ("better = \"lower\"", "better = \"less\"", "`less`"),
    ];
    for (from, to, named) in cases {
        let message = error(from, to);
        assert!(message.contains(named), "{named}: {message}");
    }
}

#[test]
fn impossible_values_name_their_field() {
    let cases = [
        (
            "key = \"laion_watermark\"",
            "key = \"LAION watermark\"",
            "key",
        ),
        (
            "key = \"laion_watermark_prob\"",
            "key = \"\"",
            "columns[0].key",
        ),
        ("batch = 16", "batch = 0", "batch"),
        ("tolerance = 0.001", "tolerance = nan", "tolerance"),
        ("licence = \"MIT\"", "licence = \" \"", "licence"),
        ("file = \"", "file = \"../", "weights.file"),
        ("ddeeff\"", "ddeef\"", "weights.sha256"),
        ("ddeeff\"", "ddeefF\"", "weights.sha256"),
        ("bytes = 1234", "bytes = 0", "weights.bytes"),
        (
            "format = \"safetensors\"",
            "format = \"onnx\"",
            "weights.architecture",
        ),
        ("size = [256, 256]", "size = [0, 256]", "input.size"),
        ("size = [256, 256]", "size = [256, 99999]", "input.size"),
        ("scale = 0.0", "scale = -0.0", "input.scale"),
        ("std = [0.229", "std = [0.0", "input.std"),
        (
            "read = \"class\"\nindex = 0",
            "read = \"expected\"\nweights = [1]",
            "output.weights",
        ),
        (
            "range = [0.0, 1.0]",
            "range = [1.0, 0.0]",
            "columns[0].range",
        ),
        (
            "range = [0.0, 1.0]",
            "range = [nan, 0.0]",
            "columns[0].range",
        ),
        ("low = 0.8", "low = 1.8", "columns[0].bands"),
    ];
    for (from, to, field) in cases {
        let message = error(from, to);
        assert!(
            message.starts_with(&format!("`{field}` ")),
            "{field}: {message}"
        );
    }
}

#[test]
fn two_columns_need_two_names() {
    let column = &GOOD[GOOD.find("[[columns]]").unwrap()..];
    let raw = GOOD.replace("read = \"class\"\nindex = 0", "read = \"raw\"");
    let message = Manifest::parse(&format!("{raw}{column}"))
        .unwrap_err()
        .to_string();
    assert!(message.starts_with("`columns[1].key` "), "{message}");
}

#[test]
fn the_version_follows_text_and_weights() {
    let version = |text: &str| Manifest::parse(text).unwrap().version();
    assert_eq!(version(GOOD), version(GOOD));
    assert_eq!(version(GOOD).len(), 16);
    let others = [
        GOOD.replace("0011", "0012"),
        GOOD.replace("0.485", "0.486"),
        GOOD.replace("index = 0", "index = 1"),
    ];
    for other in others {
        assert_ne!(version(&other), version(GOOD));
    }
}
