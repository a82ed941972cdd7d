//! Networks that are nearly ours: told for what they are, refused by the first tensor that differs.

use std::sync::Arc;

use bandpass::zoo::arch;
use bandpass::zoo::checkpoint::Checkpoint;

use crate::fixture::Fixture;

/// The shapes of a fixture's tensors in a file of its own, changed by `change`.
fn changed(
    fixture: &str,
    change: impl Fn(&str, &mut Vec<usize>) -> Option<String>,
) -> Option<Checkpoint> {
    let fixture = Fixture::open(fixture)?;
    let mut header = serde_json::Map::new();
    let mut end = 0;
    for entry in &fixture.manifest.entries {
        let mut shape = entry.shape.clone();
        let Some(name) = change(&entry.name, &mut shape) else {
            continue;
        };
        let start = end;
        end += shape.iter().product::<usize>() * 2;
        let about =
            serde_json::json!({"dtype": "F16", "shape": shape, "data_offsets": [start, end]});
        header.insert(name, about);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.resize(file.len() + end, 0);
    Some(Checkpoint::read(Arc::new(file)).unwrap())
}

/// Asserts that building says what the file is and names the tensor with both shapes, and that
/// nothing takes it for `architecture`.
#[track_caller]
fn assert_refused(checkpoint: &Checkpoint, architecture: &str, parameters: &str, told: &[&str]) {
    let weights = arch::weights(architecture, checkpoint, false).unwrap();
    let error = arch::build(architecture, &weights, &parameters.parse().unwrap()).unwrap_err();
    let error = arch::explain(checkpoint, &error);
    for part in told {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[track_caller]
fn assert_unknown(checkpoint: &Checkpoint) {
    assert_eq!(arch::recognise(checkpoint), []);
}

#[expect(clippy::unnecessary_wraps, reason = "others rename")]
fn same(name: &str) -> Option<String> {
    Some(name.to_owned())
}

#[test]
fn convnext_of_the_first_version_is_refused() {
    let hugging_face = changed("convnextv2_base", |name, shape| {
        let name = name.replace("convnextv2.", "convnext.");
        if name.ends_with("grn.bias") {
            return None;
        }
        if name.ends_with("grn.weight") {
            *shape = vec![shape[3] / 4];
        }
        Some(name.replace("grn.weight", "layer_scale_parameter"))
    });
    let reference = changed("convnextv2_tiny", |name, shape| {
        if name.ends_with("grn.beta") {
            return None;
        }
        if name.ends_with("grn.gamma") {
            *shape = vec![shape[3] / 4];
        }
        Some(name.replace("grn.gamma", "gamma"))
    });
    let (Some(hugging_face), Some(reference)) = (hugging_face, reference) else {
        return;
    };
    for (checkpoint, key) in [
        (
            hugging_face,
            "“convnextv2.embeddings.patch_embeddings.weight”",
        ),
        (reference, "“stages.0.0.grn.gamma”"),
    ] {
        assert_unknown(&checkpoint);
        let told = ["it is a ConvNeXt of the first version", key];
        assert_refused(&checkpoint, "convnextv2", "", &told);
    }
}

#[test]
fn convnext_v2_of_other_sizes_is_told_and_refused() {
    let Some(tiny) = changed("convnextv2_tiny", |name, _| same(name)) else {
        return;
    };
    let told = [
        "“downsample_layers.0.0.weight” is [96, 3, 4, 4]",
        "[128, 3, 4, 4]",
    ];
    assert_refused(&tiny, "convnextv2", "width = 128", &told);
    let classes = changed("convnextv2_tiny", |name, shape| {
        if name.starts_with("head.") {
            shape[0] = 1000;
        }
        Some(format!("state_dict.net.{name}"))
    });
    let classes = classes.unwrap();
    let found = arch::recognise(&classes);
    assert_eq!(found[0].description, "ConvNeXt V2 Tiny, 1000 classes");
    let told = ["“state_dict.net.head.weight” is [1000, 768]", "[1, 768]"];
    assert_refused(&classes, "convnextv2", "labels = 1", &told);
}

#[test]
fn efficientnets_of_other_sizes_are_refused() {
    let b0 = changed("effnet_b3_watermark", |name, shape| {
        if name.starts_with("conv_stem") {
            shape[0] = 32;
        }
        same(name)
    });
    let classes = changed("effnet_b3_watermark", |name, shape| {
        if name == "classifier.5.weight" || name == "classifier.5.bias" {
            shape[0] = 5;
        }
        same(name)
    });
    let plain = changed("effnet_b3_watermark", |name, shape| {
        if name == "classifier.0.weight" {
            shape[0] = 1000;
        }
        let kept = !name.starts_with("classifier.") || name.starts_with("classifier.0.");
        kept.then(|| name.replace("classifier.0.", "classifier."))
    });
    let (Some(b0), Some(classes), Some(plain)) = (b0, classes, plain) else {
        return;
    };
    let architecture = "efficientnet-b3-watermark";
    assert_unknown(&b0);
    let told = [
        "of another size than B3",
        "“conv_stem.weight” is [32, 3, 3, 3]",
        "[40, 3, 3, 3]",
    ];
    assert_refused(&b0, architecture, "", &told);
    assert_unknown(&plain);
    let told = [
        "with another classifier than LAION's",
        "“classifier.5.weight”",
    ];
    assert_refused(&plain, architecture, "", &told);
    let told = ["“classifier.5.weight” is [5, 256]", "[2, 256]"];
    assert_refused(&classes, architecture, "labels = 2", &told);
}

#[test]
fn icnet_on_a_deeper_resnet_is_refused() {
    let Some(deeper) = changed("icnet", |name, _| same(name)) else {
        return;
    };
    assert_eq!(arch::recognise(&deeper)[0].architecture, "icnet");
    let third = changed("icnet", |name, _| {
        // The map's head gives its tensors away as a third block.
        let name = name.replace("to_map_f.conv.weight", "b1_1.4.2.conv1.weight");
        Some(name)
    });
    let third = third.unwrap();
    assert_unknown(&third);
    let told = [
        "on a deeper ResNet than 18",
        "“b1_1.4.2.conv1.weight” is [512, 512, 3, 3]",
        "no such tensor",
    ];
    assert_refused(&third, "icnet", "", &told);
}

#[test]
fn networks_near_rtmpose_are_refused() {
    let detector = changed("rtmpose_toy", |name, _| match name {
        "head.final_layer.weight" => Some("bbox_head.rtm_cls.0.weight".to_owned()),
        name => (!name.starts_with("head.")).then(|| name.to_owned()),
    });
    let yolo = changed("rtmpose_toy", |name, _| {
        let backbone = name.starts_with("backbone.");
        let name = name.replace("backbone.stem.0.", "backbone.stem.conv.");
        backbone.then_some(name)
    });
    let plain = changed("rtmpose_toy", |name, _| {
        // CSPDarknet's blocks have an ordinary second convolution.
        (!name.contains("depthwise")).then(|| name.replace(".pointwise_conv", ""))
    });
    let baseline = changed("rtmpose_toy", |name, _| match name {
        "head.final_layer.weight" => same(name),
        name => {
            let backbone = name.starts_with("backbone.stem.0.");
            backbone.then(|| name.replace("stem.0.conv", "conv1"))
        }
    });
    let no_attention = changed("rtmpose_toy", |name, _| {
        (!name.contains("attention")).then(|| name.to_owned())
    });
    let larger = changed("rtmpose_toy", |name, shape| {
        if name == "head.mlp.1.weight" {
            shape[1] = 48;
        }
        same(name)
    });
    for (checkpoint, what, key) in [
        (detector, "an RTMDet", "“head.final_layer.weight”"),
        (yolo, "a CSPDarknet", "“backbone.stem.0.conv.weight”"),
        (
            plain,
            "",
            "“backbone.stage1.1.blocks.0.conv2.depthwise_conv.conv.weight”",
        ),
        (baseline, "on heat maps", "“backbone.stem.0.conv.weight”"),
        (no_attention, "", "“backbone.stage1.1.attention.fc.weight”"),
        (
            larger,
            "another make",
            "“head.mlp.1.weight” is [48, 48], but [48, 12]",
        ),
    ] {
        let Some(checkpoint) = checkpoint else {
            return;
        };
        assert_refused(&checkpoint, "rtmpose", "", &[what, key]);
    }
}

#[test]
fn rtmpose_is_told_with_its_points_and_size() {
    let Some(toy) = changed("rtmpose_toy", |name, _| Some(format!("state_dict.{name}"))) else {
        return;
    };
    let found = arch::recognise(&toy);
    let told = "RTMPose of width 128, 26 key points, 96 × 128 px";
    assert_eq!(found[0].description, told);
    let told = ["the manifest says points = 17, but the checkpoint has 26"];
    assert_refused(&toy, "rtmpose", "points = 17", &told);
}

#[test]
fn what_is_not_hyperiqa_is_refused() {
    let classifier = changed("hyperiqa_res50", |name, shape| {
        if name == "res.lda4_fc.weight" {
            *shape = vec![1000, 2048];
            return Some("fc.weight".to_owned());
        }
        let name = name.strip_prefix("res.")?;
        (!name.starts_with("lda")).then(|| name.to_owned())
    });
    let stem = changed("hyperiqa_res50", |name, _| {
        Some(name.replace("res.conv1.", "res.conv1.0."))
    });
    let wide = changed("hyperiqa_res50", |name, shape| {
        if name == "res.layer1.0.conv1.weight" {
            shape[0] = 128;
        }
        same(name)
    });
    let (Some(classifier), Some(stem), Some(wide)) = (classifier, stem, wide) else {
        return;
    };
    for (checkpoint, told) in [
        (
            &classifier,
            ["a ResNet that classifies", "“res.conv1.weight”"],
        ),
        (
            &stem,
            ["hyperIQA on another backbone", "“res.conv1.weight”"],
        ),
        (
            &wide,
            [
                "hyperIQA on another backbone",
                "“res.layer1.0.conv1.weight” is [128, 64, 1, 1]",
            ],
        ),
    ] {
        assert_unknown(checkpoint);
        assert_refused(checkpoint, "hyperiqa", "", &told);
    }
    let resnet_50 = changed("hyperiqa_res50", |name, _| same(name)).unwrap();
    let told = ["the manifest says depth = 152, but the checkpoint has 50"];
    assert_refused(&resnet_50, "hyperiqa", "depth = 152", &told);
}

#[test]
fn dpt_without_a_resnet_is_refused() {
    let large = changed("dpt_hybrid", |name, _| {
        let name = name.replace(
            "embeddings.projection",
            "embeddings.patch_embeddings.projection",
        );
        (!name.contains("backbone")).then_some(name)
    });
    let Some(large) = large else {
        return;
    };
    assert_unknown(&large);
    let told = [
        "a DPT without a ResNet",
        "“dpt.embeddings.backbone.bit.embedder.convolution.weight”",
    ];
    assert_refused(&large, "dpt-hybrid", "", &told);
    let pre_activated = changed("dpt_hybrid", |name, _| {
        (!name.ends_with("layers.0.norm3.bias")).then(|| name.to_owned())
    });
    let told = ["“dpt.embeddings.backbone.bit.encoder.stages.0.layers.0.norm3.bias”"];
    assert_refused(&pre_activated.unwrap(), "dpt-hybrid", "", &told);
}
