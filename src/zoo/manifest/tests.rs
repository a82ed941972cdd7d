//! Good manifests, and slips that must name their field.

use super::*;
use crate::domain::detail::Detail;
use crate::domain::score::Better;
use crate::zoo::reading::Answer;

const GOOD: &str = r#"
key = "laion_watermark"
label = "Watermark"
about = "How likely a watermark lies over the picture."
licence = "MIT"
kind = "network"
batch = 16
tolerance = 0.001

[[weights]]
name = "f32"
architecture = "efficientnet-b3"
parameters = { hidden = [625, 256], classes = 2 }
files = [{ name = "watermark.safetensors", sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", bytes = 1234, sources = ["hf:someone/watermark/model.safetensors@0123abc"] }]

[input]
size = [256, 256]
fit = "squash"
resampler = "bilinear"
scale = 0.00392156862745098
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]

[output]
read = "softmax"

[[columns]]
key = "laion_watermark_prob"
label = "Watermark"
index = 0
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
    assert_eq!(manifest.kind, Kind::Network);
    assert_eq!(manifest.input.as_ref().unwrap().size, [256, 256]);
    assert_eq!(manifest.output, Output::Softmax {});
    assert_eq!(manifest.columns[0].index, Some(0));
    assert_eq!(manifest.columns[0].better, Better::Lower);
    assert_eq!(manifest.columns[0].bands[0].meaning, "watermarked");
    let variant = &manifest.weights[0];
    assert_eq!(variant.parameters["classes"].as_integer(), Some(2));
    assert_eq!(variant.files[0].bytes, Some(1234));
}

#[test]
fn open_ranges_and_other_outputs_parse() {
    let cases = [
        ("range = [0.0, 1.0]", "range = [-inf, inf]"),
        ("read = \"softmax\"", "read = \"raw\""),
        ("read = \"softmax\"", "read = \"sigmoid\""),
        (
            "read = \"softmax\"",
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
        ("sources =", "source ="),
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
        ("size = [256, 256]", "", "`size`"),
        ("[output]\nread = \"softmax\"", "", "`output`"),
        ("\"bilinear\"", "\"blinear\"", "`blinear`"),
        ("read = \"softmax\"", "read = \"best\"", "`best`"),
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
        (
            "name = \"watermark.s",
            "name = \"../watermark.s",
            "weights[0].files[0].name",
        ),
        ("ddeeff\"", "ddeef\"", "weights[0].files[0].sha256"),
        ("ddeeff\"", "ddeefF\"", "weights[0].files[0].sha256"),
        ("bytes = 1234", "bytes = 0", "weights[0].files[0].bytes"),
        (
            "architecture = \"efficientnet-b3\"",
            "",
            "weights[0].parameters",
        ),
        ("kind = \"network\"", "kind = \"head\"", "input"),
        ("kind = \"network\"", "kind = \"encoder\"", "output.read"),
        (
            "[[weights]]",
            "parameters = { x = 1 }\n[[weights]]",
            "parameters",
        ),
        ("[[weights]]", "weights_of = \"x\"\n[[weights]]", "weights"),
        ("size = [256, 256]", "size = [0, 256]", "input.size"),
        ("size = [256, 256]", "size = [256, 99999]", "input.size"),
        ("scale = 0.0", "scale = -0.0", "input.scale"),
        ("std = [0.229", "std = [0.0", "input.std"),
        (
            "read = \"softmax\"",
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
    let raw = GOOD.replace("read = \"softmax\"", "read = \"raw\"");
    let message = Manifest::parse(&format!("{raw}{column}"))
        .unwrap_err()
        .to_string();
    assert!(message.starts_with("`columns[1].key` "), "{message}");
}

#[test]
fn the_version_follows_text_weights_and_what_it_builds_on() {
    let version = |text: &str, parts: &[&str]| {
        Manifest::parse(text)
            .unwrap()
            .version(parts.iter().copied())
    };
    let plain = version(GOOD, &["a", "b"]);
    assert_eq!(version(GOOD, &["a", "b"]), plain);
    assert_eq!(plain.len(), 16);
    assert_ne!(version(&GOOD.replace("0.485", "0.486"), &["a", "b"]), plain);
    assert_ne!(
        version(&GOOD.replace("index = 0", "index = 1"), &["a", "b"]),
        plain
    );
    for prose in ["Watermark", "hf:someone/watermark", "watermarked"] {
        assert!(GOOD.contains(prose));
        let told = GOOD.replace(prose, &format!("{prose}2"));
        assert_eq!(version(&told, &["a", "b"]), plain, "{prose} is only told");
    }
    for parts in [&["a", "c"][..], &["ab"], &["b", "a"], &[]] {
        assert_ne!(version(GOOD, parts), plain);
    }
}

const MAP: &str = "[map]\nlabel = \"Where it is\"\noutput = 1\n[output]";

/// The good manifest with a map as its second output.
fn mapped() -> String {
    GOOD.replace("[output]", MAP).replace(
        "name = \"f32\"",
        "name = \"f32\"\noutputs = [\"score\", \"map\"]",
    )
}

#[test]
fn answers_become_columns_and_a_map() {
    let manifest = Manifest::parse(&mapped()).unwrap();
    assert_eq!(manifest.weights[0].output_names(), ["score", "map"]);
    let (row, grid) = ([0.0, 0.0], [1.0, 2.0, 3.0, 5.0]);
    let view = || {
        let answer = |shape, values| Answer { shape, values };
        vec![answer(&[2], &row[..]), answer(&[1, 2, 2], &grid[..])]
    };
    let reading = manifest.read(&[view()], (640, 480));
    assert_eq!(reading.values, [0.5]);
    let Some(Detail::Map(map)) = reading.detail else {
        panic!("no map: {reading:?}");
    };
    assert_eq!(
        (map.low, map.high, map.levels),
        (1.0, 5.0, vec![0, 64, 128, 255])
    );
    // A map of several views would be of none of them.
    let reading = manifest.read(&[view(), view()], (640, 480));
    assert_eq!((reading.values, reading.detail), (vec![0.5], None));
    let reading = manifest.read(&[], (640, 480));
    assert!(reading.values[0].is_nan() && reading.detail.is_none());
}

#[test]
fn answers_of_other_shapes_are_refused() {
    let manifest = Manifest::parse(&mapped()).unwrap();
    let check = |shapes: &[&[usize]]| {
        let shapes: Vec<Vec<usize>> = shapes.iter().map(|shape| shape.to_vec()).collect();
        manifest.check_answers(&shapes)
    };
    assert_eq!(check(&[&[2], &[1, 64, 64]]), Ok(()));
    assert_eq!(check(&[&[2], &[64, 64]]), Ok(()));
    assert!(check(&[&[1], &[64, 64]]).unwrap_err().contains("always 1"));
    for (shapes, why) in [
        (&[&[0][..], &[64, 64]][..], "gives 0 numbers"),
        (&[&[2], &[64, 64, 3]], "no grid but [64, 64, 3]"),
        (&[&[2]], "its map is output 1, and its network gives 1"),
    ] {
        let told = check(shapes).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn maps_and_outputs_that_cant_be_meant_name_their_field() {
    let cases = [
        ("label = \"Where it is\"", "label = \"\"", "map.label"),
        ("output = 1", "output = 2", "map.output"),
        ("output = 1", "output = 1\nrange = [1, 0]", "map.range"),
        ("fit = \"squash\"", "fit = \"letterbox\"", "map"),
        ("fit = \"squash\"", "fit = \"squash\"\nresize = 300", "map"),
        (
            "outputs = [",
            "output = \"x\"\noutputs = [",
            "weights[0].outputs",
        ),
        ("\"map\"]", "\"score\"]", "weights[0].outputs"),
    ];
    for (from, to, field) in cases {
        assert!(mapped().contains(from), "no {from:?} to replace");
        let message = Manifest::parse(&mapped().replace(from, to))
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with(&format!("`{field}` ")),
            "{field}: {message}"
        );
    }
}

#[test]
fn how_a_map_is_told_is_no_part_of_the_version() {
    let version = |text: &str| Manifest::parse(text).unwrap().version([]);
    let told = mapped().replace("Where it is", "Here");
    assert_eq!(version(&told), version(&mapped()));
    let other = mapped().replace("output = 1", "output = 1\nrange = [0, 1]");
    assert_ne!(version(&other), version(&mapped()));
}

const SETTINGS: &str = r#"
[[settings]]
name = "detail"
label = "Detail"
about = "How large the picture is that the network sees."
default = "256"
choices = [
    { name = "256", label = "256 px", set = { "input.size" = [256, 256], "output.scale" = 1 } },
    { name = "512", label = "512 px", set = { "input.size" = [512, 512], "output.scale" = 2.5 } },
]

[[settings]]
name = "shift"
label = "Shift"
about = "What is added."
default = 0
field = "output.offset"
range = [0, 10]

[output]
read = "raw"
scale = 1
offset = 0
"#;

/// The good manifest with two settings.
fn adjustable() -> String {
    GOOD.replace("[output]\nread = \"softmax\"", SETTINGS)
}

fn chosen(pairs: &[(&str, &str)]) -> Chosen {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn choices_become_part_of_the_manifest() {
    let manifest = Manifest::parse(&adjustable()).unwrap();
    let version = |pairs: &[(&str, &str)]| {
        let adjusted = manifest.adjusted(&chosen(pairs)).unwrap();
        adjusted.version([])
    };
    let plain = manifest.version([]);
    assert_eq!(version(&[]), plain);
    assert_eq!(version(&[("detail", "256"), ("shift", "0")]), plain);
    assert_ne!(version(&[("shift", "3")]), plain);
    let adjusted = manifest
        .adjusted(&chosen(&[("detail", "512"), ("shift", "3")]))
        .unwrap();
    assert_eq!(adjusted.input.as_ref().unwrap().size, [512, 512]);
    assert_eq!(
        adjusted.output,
        Output::Raw {
            scale: 2.5,
            offset: 3.0
        }
    );
    assert_eq!(adjusted.columns, manifest.columns);
    assert_eq!(adjusted.settings, manifest.settings);
    assert_eq!(adjusted.chosen["detail"], "512");
    // From an adjusted manifest back to the defaults.
    let back = adjusted.adjusted(&chosen(&[("shift", "0")])).unwrap();
    assert_eq!(back.version([]), plain);
    // What is only said of a setting is no part of the version.
    let told = adjustable().replace("What is added.", "The summand.");
    assert_eq!(Manifest::parse(&told).unwrap().version([]), plain);
    let without = GOOD.replace(
        "read = \"softmax\"",
        "read = \"raw\"\nscale = 1\noffset = 0",
    );
    assert_eq!(Manifest::parse(&without).unwrap().version([]), plain);
}

#[test]
fn choices_that_cant_be_meant_name_the_setting() {
    let manifest = Manifest::parse(&adjustable()).unwrap();
    for (name, value, why) in [
        ("detail", "1024", "`detail` must be one of 256, 512"),
        ("shift", "11", "`shift` must be a number from 0 to 10"),
        ("shift", "nan", "`shift` must be a number from 0 to 10"),
        ("shift", "much", "`shift` must be a number from 0 to 10"),
        ("shift", "0.5", "`shift` must be a whole number"),
        (
            "shfit",
            "1",
            "`shfit` is no setting; there are: detail, shift",
        ),
    ] {
        let told = manifest.adjusted(&chosen(&[(name, value)])).unwrap_err();
        assert_eq!(told.to_string(), why);
    }
}

#[test]
fn settings_that_cant_be_meant_name_their_field() {
    for (from, to, field) in [
        (
            "default = \"256\"",
            "default = \"512\"",
            "settings[0].default",
        ),
        ("default = 0", "default = 1", "settings[1].default"),
        ("offset = 0", "offset = 1", "settings[1].default"),
        ("name = \"shift\"", "name = \"detail\"", "settings[1].name"),
        (
            "default = 0\nfield = \"output.offset\"",
            "default = 1\nfield = \"output.scale\"",
            "settings[1].name",
        ),
        ("\"output.offset\"", "\"batch\"", "settings[1].field"),
        ("range = [0, 10]", "range = [10, 0]", "settings[1].choices"),
        (
            "\"output.scale\" = 2.5",
            "\"output.offset\" = 2",
            "settings[0].choices[1]",
        ),
        ("[512, 512]", "[0, 512]", "input.size"),
        // Columns stay what they are.
        (
            "\"output.offset\"",
            "\"columns.index\"",
            "settings[1].field",
        ),
    ] {
        assert!(adjustable().contains(from), "no {from:?} to replace");
        let text = adjustable().replacen(from, to, 1);
        let told = Manifest::parse(&text).unwrap_err().to_string();
        assert!(told.starts_with(&format!("`{field}` ")), "{field}: {told}");
    }
}

const HEAD: &str = r#"
key = "quality"
label = "Quality"
about = "A head."
licence = "MIT"
kind = "head"
tolerance = 0.001
weights = [{ name = "f32", architecture = "fusion", files = [{ name = "a.pth" }] }]
inputs = [
    { embedding = "clip", norm = "unit" },
    { column = "brisque", clamp = [0, 100], scale = 0.01 },
]
output = { read = "raw" }
columns = [{ key = "quality", label = "Quality", range = [1, 10], better = "higher", about = "Better." }]
"#;

#[test]
fn a_head_names_its_vectors_and_columns() {
    let head = Manifest::parse(HEAD).unwrap();
    assert_eq!(head.encoders(), ["clip"]);
    assert_eq!(head.needed_columns().collect::<Vec<_>>(), ["brisque"]);
    assert_eq!(head.inputs[0].norm, Norm::Unit);
    assert_eq!(head.inputs[1].scale, 0.01);
    let both = HEAD.replace(
        "embedding = \"clip\"",
        "embedding = \"clip\", column = \"x\"",
    );
    let message = Manifest::parse(&both).unwrap_err().to_string();
    assert!(message.starts_with("`inputs[0]` "), "{message}");
}

#[test]
fn new_fields_leave_the_versions_of_those_who_say_nothing_of_them() {
    let version = |text: &str| Manifest::parse(text).unwrap().version([]);
    assert_eq!(version(GOOD), "f426fc955ff9fe8c");
    let white = GOOD.replace("fit =", "alpha = \"white\"\nfit =");
    assert_ne!(version(&white), version(GOOD));
    let upright = GOOD.replace("fit =", "orientation = \"apply\"\nfit =");
    assert_ne!(version(&upright), version(GOOD));
}

/// As docs/manifest.md shows it.
const SHORT: &str = r#"
key = "my_blur"
label = "My blur"
about = "Whether a picture is blurred, by a network of mine."
file = "my_blur.onnx"
input = { size = [224, 224], values = "imagenet" }
output = { read = "softmax" }
columns = [{ key = "my_blur", index = 1 }]
"#;

#[test]
fn a_manifest_in_ten_lines_says_the_same_as_a_long_one() {
    let shown = include_str!("../../../docs/manifest.md");
    assert!(shown.contains(SHORT.trim()), "docs/manifest.md shows it");
    let short = Manifest::parse(SHORT).unwrap();
    let long = Manifest::parse(
        r#"
        key = "my_blur"
        label = "My blur"
        about = "Whether a picture is blurred, by a network of mine."
        licence = "not stated"
        kind = "network"
        batch = 1
        tolerance = 0.001
        [[weights]]
        name = "own"
        files = [{ name = "my_blur.onnx" }]
        [input]
        size = [224, 224]
        fit = "squash"
        resampler = "bilinear"
        scale = 0.00392156862745098
        mean = [0.485, 0.456, 0.406]
        std = [0.229, 0.224, 0.225]
        [output]
        read = "softmax"
        [[columns]]
        key = "my_blur"
        label = "my_blur"
        index = 1
        range = [0, 1]
        better = "neutral"
        about = ""
        "#,
    )
    .unwrap();
    assert_eq!(short.weights, long.weights);
    assert_eq!(short.input, long.input);
    assert_eq!(short.columns, long.columns);
    let plain = |m: &Manifest| (m.kind, m.batch, m.tolerance, m.licence.clone());
    assert_eq!(plain(&short), plain(&long));
    let both = format!("{SHORT}weights = [{{ name = \"a\", files = [{{ name = \"a.onnx\" }}] }}]");
    let error = Manifest::parse(&both).unwrap_err().to_string();
    assert!(error.contains("`file`"), "{error}");
}

#[test]
fn the_name_of_a_file_is_no_part_of_the_version() {
    let version = |text: &str| Manifest::parse(text).unwrap().version([]);
    assert_eq!(
        version(SHORT),
        version(&SHORT.replace("my_blur.onnx", "b.onnx"))
    );
    assert_ne!(version(SHORT), version(&SHORT.replace("imagenet", "clip")));
}

const DEPTHS: (&str, &str) = ("read = \"softmax\"", "read = \"depth-spread\"");

#[test]
fn a_map_of_depths_becomes_its_spread() {
    let manifest = Manifest::parse(&GOOD.replace(DEPTHS.0, DEPTHS.1)).unwrap();
    let Output::DepthSpread(by) = manifest.output else {
        panic!("{:?}", manifest.output);
    };
    assert_eq!((by.out_size, by.lower, by.upper), (768, 15.0, 95.0));
    let answer = Answer {
        shape: &[1, 2, 2],
        values: &[1.0, 1.0, 2.0, 2.0],
    };
    let [spread] = manifest.read(&[vec![answer]], (9, 9)).values[..] else {
        panic!("one column");
    };
    assert!((0.7..1.0).contains(&spread), "{spread}");
    let row = Answer {
        shape: &[4],
        ..answer
    };
    assert!(manifest.read(&[vec![row]], (9, 9)).values[0].is_nan());
    assert!(manifest.check_answers(&[vec![384, 384]]).is_ok());
    assert!(manifest.check_answers(&[vec![4]]).is_err());
}

#[test]
fn slips_of_depths_name_their_field() {
    for (field, fields) in [
        ("output.out_size", "out_size = 0"),
        ("output.out_size", "out_size = 5000"),
        ("output.lower", "lower = 95"),
        ("output.lower", "upper = 101"),
        ("output.lower", "lower = nan"),
        ("outsize", "outsize = 512"),
    ] {
        let told = error(DEPTHS.0, &format!("{}\n{fields}", DEPTHS.1));
        assert!(told.contains(field), "{fields}: {told}");
    }
}

/// A manifest of key points, with this instead of that.
fn points(from: &str, to: &str) -> Result<Manifest, ManifestError> {
    let input = "fit = \"warp\"\norientation = \"apply\"\nchannels = \"bgr\"";
    let text = GOOD
        .replace("fit = \"squash\"", input)
        .replace("\"bilinear\"", "\"cv2-bilinear\"")
        .replace("read = \"softmax\"", "read = \"simcc\"\nsplit = 2.0")
        .replace("name = \"f32\"", "name = \"f32\"\noutputs = [\"x\", \"y\"]");
    assert!(text.contains(from), "no {from:?} to replace");
    Manifest::parse(&text.replace(from, to))
}

#[test]
fn answers_become_key_points_and_bones() {
    let manifest = points("", "").unwrap();
    let answer = |shape, values| Answer { shape, values };
    let (x, y) = ([0.0, 0.5, 0.0, 0.0], [0.25, 0.0]);
    let answers = vec![answer(&[1, 4], &x[..]), answer(&[1, 2], &y[..])];
    let reading = manifest.read(std::slice::from_ref(&answers), (256, 256));
    assert_eq!(reading.values, [0.0]);
    let Some(Detail::Pose(pose)) = reading.detail else {
        panic!("{:?}", reading.detail);
    };
    // Half a pixel of 256 that show 320, which begin 32 left of the picture.
    let [point] = pose.points[..] else {
        panic!("{pose:?}");
    };
    assert_eq!((point.x, point.y, point.score), (-31.375, -32.0, 0.5));
    let one = manifest.read(&[answers[..1].to_vec()], (256, 256));
    assert!(one.values[0].is_nan() && one.detail.is_none());
    let check = |shapes: &[&[usize]]| {
        let shapes: Vec<Vec<usize>> = shapes.iter().map(|shape| shape.to_vec()).collect();
        manifest.check_answers(&shapes)
    };
    assert_eq!(check(&[&[17, 384], &[17, 512]]), Ok(()));
    for shapes in [&[&[17, 384][..]][..], &[&[17, 384], &[16, 512]]] {
        let told = check(shapes).unwrap_err();
        assert!(told.contains("key points need two outputs"), "{told}");
    }
}

#[test]
fn slips_of_key_points_name_their_field() {
    for (from, to, field) in [
        ("split = 2.0", "split = 0.0", "output.split"),
        ("split = 2.0", "threshold = inf", "output.threshold"),
        ("fit = \"warp\"", "fit = \"squash\"", "input"),
        ("\"apply\"", "\"ignore\"", "input"),
        ("[\"x\", \"y\"]", "[\"x\"]", "weights.outputs"),
        ("index = 0", "index = 2", "columns[0].index"),
    ] {
        let told = points(from, to).unwrap_err().to_string();
        assert!(told.starts_with(&format!("`{field}` ")), "{field}: {told}");
    }
}
