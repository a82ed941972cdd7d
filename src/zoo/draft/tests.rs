//! Answers become manifests that can be read, whatever they hold.

use super::*;
use crate::domain::score::Better;
use crate::zoo::manifest::{Combine, Kind, Manifest, Output};
use crate::zoo::preprocess::{Channels, Fit, Layout, Resampler, Values};

fn input(text: &str) -> Preprocess {
    let mut input: Preprocess = toml::from_str(text).unwrap();
    input.spell_out();
    input
}

fn answers(read: Read, width: usize, labels: &[&str]) -> Answers {
    Answers {
        key: "mine".to_owned(),
        label: String::new(),
        about: String::new(),
        licence: String::new(),
        field: Field::Anime,
        file: "mine.onnx".to_owned(),
        architecture: None,
        parameters: toml::Table::new(),
        port_in: Some("pixels: \"0\"".to_owned()),
        port_out: None,
        input: input("size = [224, 160]\nvalues = \"clip\"\nchannels = \"bgr\"\nlayout = \"nhwc\""),
        read,
        adds_up: false,
        width,
        labels: labels.iter().map(|&label| label.to_owned()).collect(),
    }
}

fn manifest(answers: &Answers) -> Manifest {
    let text = answers.manifest(&["input.fit", "output.read"]);
    Manifest::parse(&text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

#[test]
fn one_number_is_one_column() {
    let answers = answers(Read::Raw, 1, &[]);
    let found = manifest(&answers);
    assert_eq!((found.kind, found.field), (Kind::Network, Field::Anime));
    assert_eq!(found.input.as_ref(), Some(&answers.input));
    assert_eq!(found.weights[0].input.as_deref(), Some("pixels: \"0\""));
    assert_eq!(found.columns.len(), 1);
    let column = &found.columns[0];
    assert_eq!((&*column.key, &*column.label), ("mine", "mine"));
    assert_eq!(
        (column.better, column.combine),
        (Better::Higher, Combine::Mean)
    );
    assert_eq!(column.range, [f64::NEG_INFINITY, f64::INFINITY]);
    assert!(
        answers
            .manifest(&["input.fit"])
            .contains("fit = \"squash\"  # guessed")
    );
}

#[test]
fn classes_are_columns_with_their_names() {
    let found = manifest(&answers(Read::Softmax, 3, &["Sharp \"!\"", "blur", "blur"]));
    let keys: Vec<&str> = found.columns.iter().map(|c| &*c.key).collect();
    assert_eq!(keys, ["mine_sharp", "mine_blur", "mine_blur_2"]);
    assert_eq!(found.columns[0].label, "Sharp \"!\"");
    assert_eq!(found.columns[0].range, [0.0, 1.0]);
    assert_eq!(found.output, Output::Softmax {});
    let unnamed = manifest(&answers(Read::Sigmoid, 2, &[]));
    let keys: Vec<&str> = unnamed.columns.iter().map(|c| &*c.key).collect();
    assert_eq!(keys, ["mine_0", "mine_1"]);
}

#[test]
fn of_many_classes_the_likeliest_is_kept() {
    let found = manifest(&answers(Read::Softmax, 1000, &["tench", "goldfish"]));
    assert_eq!(found.columns.len(), 2);
    let Output::Label {
        names,
        softmax: true,
    } = &found.output
    else {
        panic!("{:?}", found.output);
    };
    assert_eq!(
        (names.len(), &*names[1], &*names[999]),
        (1000, "goldfish", "999")
    );
    let shares = Answers {
        adds_up: true,
        ..answers(Read::Raw, 30, &[])
    };
    assert_eq!(manifest(&shares).columns.len(), 2);
}

#[test]
fn numbers_that_do_not_add_up_to_1_are_all_kept() {
    for read in [Read::Raw, Read::Sigmoid] {
        let found = manifest(&answers(read, 30, &[]));
        assert_eq!(found.columns.len(), 30, "{read:?}");
    }
}

#[test]
fn vectors_make_an_encoder() {
    let found = manifest(&answers(Read::Embedding, 512, &[]));
    assert_eq!(found.kind, Kind::Encoder);
    assert_eq!(found.output, Output::Embedding { dims: 512 });
}

#[test]
fn names_of_files_become_safe() {
    for (name, clean) in [
        ("a b.onnx", "a_b.onnx"),
        ("..", "weights"),
        ("日本.onnx", "__.onnx"),
        ("ok-1.2+3.pth", "ok-1.2+3.pth"),
    ] {
        assert_eq!(clean_file(name), clean);
    }
}

#[test]
fn a_configuration_says_classes_and_reading() {
    let regression = r#"{"architectures": ["SiglipForImageClassification"], "model_type": "siglip",
        "problem_type": "regression", "id2label": {"0": "LABEL_0"},
        "vision_config": {"num_attention_heads": 12, "hidden_act": "gelu_pytorch_tanh"}}"#;
    let found = Config::parse(regression).unwrap();
    assert_eq!(found.read, Some(Read::Raw));
    assert!(found.labels.is_empty());
    assert_eq!(found.parameters["heads"].as_integer(), Some(12));
    assert_eq!(found.parameters["activation"].as_str(), Some("gelu_tanh"));
    let classes = r#"{"architectures": ["ConvNextV2ForImageClassification"],
        "id2label": {"1": "real\nphoto", "0": "anime"}}"#;
    let found = Config::parse(classes).unwrap();
    assert_eq!(found.labels, ["anime", "real photo"]);
    assert_eq!(found.read, Some(Read::Softmax));
    let several = classes.replace(
        "\"id2label\"",
        "\"problem_type\": \"multi_label_classification\", \"id2label\"",
    );
    assert_eq!(Config::parse(&several).unwrap().read, Some(Read::Sigmoid));
    let gap = r#"{"id2label": {"0": "clear", "3": "rain"}}"#;
    assert_eq!(
        Config::parse(gap).unwrap().labels,
        ["clear", "LABEL_1", "LABEL_2", "rain"]
    );
    let relu = Config::parse(r#"{"hidden_act": "relu"}"#).unwrap();
    assert_eq!(relu.strange.as_deref(), Some("relu"));
    let timm = r#"{"architecture": "resnet18", "num_classes": 1}"#;
    let silent = Config::parse(timm).unwrap();
    assert_eq!((silent.read, silent.width), (None, None));
    let other = Config::parse(r#"{"architectures": ["BertForMaskedLM"], "model_type": "bert"}"#);
    assert_eq!(
        other.unwrap_err().to_string(),
        "it is a BertForMaskedLM (bert), and not for image classification"
    );
}

#[test]
fn hostile_configurations_do_no_harm() {
    for text in [
        "",
        "[]",
        "{\"id2label\": {\"18446744073709551615\": 1, \"-1\": []}, \"num_labels\": -5}",
        "{\"num_labels\": 18446744073709551615}",
        "{\"architectures\": 3, \"id2label\": [1]}",
    ] {
        if let Ok(found) = Config::parse(text) {
            assert!(found.labels.len() <= MAX_LABELS);
        }
    }
    let usual = input("size = [224, 224]");
    for text in [
        "{\"size\": -1, \"resample\": 99, \"image_mean\": [1], \"crop_pct\": 0}",
        "{\"size\": {\"shortest_edge\": 1e300}}",
        "{\"size\": 4294967297, \"rescale_factor\": \"x\"}",
    ] {
        let (found, open) = input_of(text, &usual).unwrap();
        assert!(found.check().is_ok() && open.contains(&"fit"), "{text}");
    }
}

#[test]
fn image_processors_are_understood() {
    let usual = input("size = [224, 224]");
    let of = |text: &str| input_of(text, &usual).unwrap();
    let (clip, open) = of(
        r#"{"image_processor_type": "CLIPImageProcessor", "size": 224, "do_center_crop": true, "resample": 3,
        "crop_size": {"height": 224, "width": 224}, "do_rescale": true, "rescale_factor": 0.00392156862745098,
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711]}"#,
    );
    assert_eq!(
        (clip.fit, clip.size, clip.resize),
        (Fit::ShortestSide, [224; 2], None)
    );
    assert_eq!(
        (clip.resampler, Values::of(&clip)),
        (Resampler::Bicubic, Some(Values::Clip))
    );
    assert!(open.is_empty());
    let (siglip, _) = of(r#"{"size": {"height": 512, "width": 512}, "resample": 2,
        "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#);
    assert_eq!((siglip.fit, siglip.size), (Fit::Squash, [512; 2]));
    assert_eq!(Values::of(&siglip), Some(Values::Signed));
    let (convnext, _) = of(r#"{"size": {"shortest_edge": 224}, "crop_pct": 0.875, "resample": 3}"#);
    assert_eq!(
        (convnext.fit, convnext.size, convnext.resize),
        (Fit::ShortestSide, [224; 2], Some(256))
    );
    let (large, open) =
        of(r#"{"size": {"shortest_edge": 384}, "crop_pct": 0.875, "do_normalize": false}"#);
    assert_eq!(
        (large.fit, large.size, large.resize),
        (Fit::Squash, [384; 2], None)
    );
    assert_eq!(Values::of(&large), Some(Values::Unit));
    assert_eq!(
        open,
        ["resampler", "fit", "values", "channels"],
        "of no known processor"
    );
    let (mobile, open) = of(r#"{"image_processor_type": "MobileViTImageProcessor",
        "size": 224, "resample": 2, "do_normalize": false, "do_flip_channel_order": true}"#);
    assert_eq!(mobile.channels, Channels::Bgr);
    assert_eq!(open, ["fit", "values"]);
    assert_eq!(
        (large.channels, large.layout),
        (Channels::Rgb, Layout::Nchw)
    );
}
