//! Networks that no manifest knows: looked at, asked about, made into scorers.

use std::path::{Path, PathBuf};

use bandpass::engine::models::{BUILT_IN, Channels, Models, Question, Read, Values, look};
use bandpass::zoo::checkpoint::{Checkpoint, Dtype};
use bandpass::zoo::graph::Builder;
use bandpass::zoo::manifest::{Kind, Manifest, Output};
use bandpass::zoo::preprocess::{Fit, Layout, Resampler};

use crate::fixture::Fixture;
use crate::shared::shared;

/// A graph that means each channel: `[N, 3]`, as shares where `shares`.
fn means(folder: &Path, shape: &[Option<usize>], shares: bool) -> PathBuf {
    let mut graph = Builder::new("means");
    let x = graph.input("pixels", Dtype::F32, shape);
    let axes: &[i64] = if shape[1] == Some(3) {
        &[2, 3]
    } else {
        &[1, 2]
    };
    let mut y = graph.mean(x, axes);
    if shares {
        y = graph.softmax(y);
    }
    graph.output("answer", y, Dtype::F32, &[None, Some(3)]);
    let file = folder.join("My means.onnx");
    let mut out = std::fs::File::create(&file).unwrap();
    graph.finish().write_onnx(&mut out, None).unwrap();
    file
}

#[test]
fn a_graph_tells_its_ports_and_the_rest_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = means(folder.path(), &[None, Some(3), None, None], false);
    let draft = look(&file).unwrap();
    let asked = [
        Question::Size,
        Question::Values,
        Question::Channels,
        Question::Fit,
    ];
    assert!(asked.iter().all(|question| draft.open.contains(question)));
    assert!(draft.open.contains(&Question::Read) && draft.open.contains(&Question::Labels));
    assert!(!draft.open.contains(&Question::Output));
    let answers = &draft.own.answers;
    assert_eq!(
        (&*answers.key, answers.width, answers.read),
        ("my_means", 3, Read::Softmax)
    );
    assert_eq!(answers.file, "My_means.onnx");
    assert_eq!(answers.port_out, None);
    let text = draft.text();
    assert!(
        text.contains("#   takes `pixels` f32 [N, 3, N, N]"),
        "{text}"
    );
    assert!(text.contains("values = \"imagenet\"  # guessed"), "{text}");
    assert!(Manifest::parse(&text).is_ok(), "{text}");
}

#[test]
fn what_a_graph_fixes_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = means(folder.path(), &[Some(1), Some(48), Some(64), Some(3)], true);
    let draft = look(&file).unwrap();
    assert!(!draft.open.contains(&Question::Size) && !draft.open.contains(&Question::Read));
    let input = &draft.own.answers.input;
    assert_eq!((input.size, input.layout), ([64, 48], Layout::Nhwc));
    assert_eq!(draft.own.answers.read, Read::Raw);
    assert!(draft.outputs[0].shares);
}

#[test]
fn a_graph_below_a_published_folder_finds_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let onnx = folder.path().join("clouds/onnx");
    std::fs::create_dir_all(&onnx).unwrap();
    let file = means(&onnx, &[None, Some(3), None, None], false);
    let config = r#"{"architectures": ["ViTForImageClassification"], "model_type": "vit",
        "id2label": {"0": "clear", "1": "cloudy", "2": "rain"}}"#;
    std::fs::write(folder.path().join("clouds/config.json"), config).unwrap();
    let processor = r#"{"image_processor_type": "ViTImageProcessor", "size": 64, "resample": 2, "image_mean": [0, 0, 0], "image_std": [1, 1, 1]}"#;
    std::fs::write(
        folder.path().join("clouds/preprocessor_config.json"),
        processor,
    )
    .unwrap();
    let draft = look(&file).unwrap();
    assert_eq!(draft.open, []);
    let answers = &draft.own.answers;
    assert_eq!((&*answers.key, answers.read), ("clouds", Read::Softmax));
    assert_eq!(answers.labels, ["clear", "cloudy", "rain"]);
    assert_eq!(
        (answers.input.size, Values::of(&answers.input)),
        ([64; 2], Some(Values::Unit))
    );
    assert!(answers.parameters.is_empty(), "a graph is built already");
}

#[test]
fn what_is_no_configuration_beside_a_graph_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = means(folder.path(), &[None, Some(3), None, None], false);
    for name in ["config.json", "preprocessor_config.json"] {
        std::fs::write(folder.path().join(name), b"\xff\xfe\x00").unwrap();
    }
    assert_eq!(look(&file).unwrap().own.answers.key, "my_means");
}

#[test]
fn real_graphs_are_understood() {
    let Some(weights) = shared("weights") else {
        return;
    };
    let nsfw = look(&weights.join("open-nsfw/open-nsfw.onnx")).unwrap();
    let input = &nsfw.own.answers.input;
    assert_eq!((input.size, input.layout), ([224; 2], Layout::Nhwc));
    assert_eq!(
        (nsfw.own.answers.width, nsfw.own.answers.read),
        (2, Read::Raw)
    );
    let mobile = look(&weights.join("mobilenetv2/mobilenetv2-7.onnx")).unwrap();
    assert_eq!(mobile.own.answers.width, 1000);
    let manifest = mobile.own.manifest().unwrap();
    assert!(matches!(
        manifest.output,
        Output::Label { softmax: true, .. }
    ));
    // Two outputs: one is chosen, and may be changed.
    let mut pose = look(&weights.join(
        "rtmpose/rtmpose-s_simcc-body7_pt-body7-halpe26_700e-256x192-7f134165_20230605.onnx",
    ))
    .unwrap();
    assert!(pose.open.contains(&Question::Output));
    pose.choose_output("simcc_y").unwrap();
    assert_eq!(pose.own.answers.port_out.as_deref(), Some("simcc_y"));
    assert!(
        pose.open.contains(&Question::Width),
        "its graph doesn't say"
    );
    let problem = pose.choose_output("z").unwrap_err().to_string();
    assert!(problem.contains("simcc_x, simcc_y"), "{problem}");
}

#[test]
fn what_takes_no_pictures_is_refused_with_the_reason() {
    let Some(weights) = shared("weights") else {
        return;
    };
    for (file, why) in [
        (
            "clip-nsfw/clip_nsfw_vit_l14.onnx",
            "no picture of three channels",
        ),
        ("laion-v1/sa_0_4_vit_l_14_linear.pth", "takes no pictures"),
        ("README.md", "can't make a scorer"),
    ] {
        let problem = look(&weights.join(file)).unwrap_err().to_string();
        assert!(problem.contains(why), "{problem}");
    }
}

/// A folder as Hugging Face publishes it.
fn published(config: &str, processor: &str) -> Option<(tempfile::TempDir, PathBuf)> {
    let fixture = Fixture::open("siglip2_toy_regression")?;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("My-Quality_v2");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("model.safetensors"), fixture.safetensors()).unwrap();
    std::fs::write(folder.join("config.json"), config).unwrap();
    std::fs::write(folder.join("preprocessor_config.json"), processor).unwrap();
    Some((parent, folder))
}

const REGRESSION: &str = r#"{"architectures": ["SiglipForImageClassification"],
    "model_type": "siglip", "problem_type": "regression", "id2label": {"0": "LABEL_0"},
    "vision_config": {"num_attention_heads": 4, "hidden_act": "gelu_pytorch_tanh"}}"#;
const PROCESSOR: &str = r#"{"image_processor_type": "SiglipImageProcessor", "size": {"height": 48, "width": 48}, "resample": 3,
    "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}"#;

#[test]
fn a_published_folder_answers_everything_itself() {
    let Some((_parent, folder)) = published(REGRESSION, PROCESSOR) else {
        return;
    };
    let draft = look(&folder).unwrap();
    assert_eq!(draft.open, []);
    let answers = &draft.own.answers;
    assert_eq!(
        (&*answers.key, &*answers.label),
        ("my_quality_v2", "My-Quality_v2")
    );
    assert_eq!(answers.architecture.as_deref(), Some("siglip-classifier"));
    assert_eq!(answers.parameters["heads"].as_integer(), Some(4));
    let input = &answers.input;
    assert_eq!(
        (input.size, input.fit, input.resampler),
        ([48; 2], Fit::Squash, Resampler::Bicubic)
    );
    assert_eq!(
        (Values::of(input), input.channels),
        (Some(Values::Signed), Channels::Rgb)
    );
    let manifest = draft.own.manifest().unwrap();
    assert_eq!((manifest.kind, manifest.columns.len()), (Kind::Network, 1));
    // What is written is what the checkpoint is, tensor by tensor.
    let (models, _) = Models::open(BUILT_IN, folder.as_path(), folder.as_path());
    assert!(
        models
            .check("my_quality_v2", &answers.manifest(&[]))
            .is_ok()
    );
    let file = std::fs::read(folder.join("model.safetensors")).unwrap();
    assert!(Checkpoint::read(std::sync::Arc::new(file)).is_ok());
}

#[test]
fn an_architecture_that_we_have_not_is_named_and_refused() {
    let Some((_parent, folder)) = published(REGRESSION, PROCESSOR) else {
        return;
    };
    let vit = r#"{"architectures": ["ViTForImageClassification"], "model_type": "vit"}"#;
    std::fs::write(folder.join("config.json"), vit).unwrap();
    let header = br#"{"vit.cls":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend([0; 4]);
    std::fs::write(folder.join("model.safetensors"), bytes).unwrap();
    let problem = look(&folder).unwrap_err().to_string();
    for part in ["ViTForImageClassification (vit)", "siglip-classifier"] {
        assert!(problem.contains(part), "{problem}");
    }
    let bert = r#"{"architectures": ["BertForMaskedLM"], "model_type": "bert"}"#;
    std::fs::write(folder.join("config.json"), bert).unwrap();
    let problem = look(&folder).unwrap_err().to_string();
    assert!(
        problem.contains("not for image classification"),
        "{problem}"
    );
    std::fs::write(folder.join("config.json"), " ".repeat(9 << 20)).unwrap();
    let problem = look(&folder).unwrap_err().to_string();
    assert!(problem.contains("too large"), "{problem}");
    std::fs::remove_file(folder.join("model.safetensors")).unwrap();
    std::fs::write(folder.join("model.safetensors.index.json"), "{}").unwrap();
    let problem = look(&folder).unwrap_err().to_string();
    assert!(problem.contains("several files"), "{problem}");
}
