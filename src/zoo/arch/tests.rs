use std::sync::Arc;

use super::{ArchError, MAX_VIEWS, build, recognise, relative, views, weights};
use crate::zoo::checkpoint::Checkpoint;

type Shapes = Vec<(String, Vec<usize>)>;

/// A safetensors file of zeros.
fn checkpoint(shapes: &Shapes) -> Checkpoint {
    let mut end = 0;
    let entries = shapes.iter().map(|(name, shape)| {
        let start = end;
        end += shape.iter().product::<usize>() * 4;
        format!(
            "\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}"
        )
    });
    let header = format!("{{{}}}", entries.collect::<Vec<_>>().join(","));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    file.resize(file.len() + end, 0);
    Checkpoint::read(Arc::new(file)).unwrap()
}

fn shapes(list: &[(&str, &[usize])]) -> Shapes {
    let entry = |(name, shape): &(&str, &[usize])| ((*name).to_owned(), shape.to_vec());
    list.iter().map(entry).collect()
}

/// An image tower of two layers, 3 × 3 patches of 4 pixels, in OpenAI's layout.
fn open_ai(prefix: &str) -> Shapes {
    let mut all = shapes(&[
        ("visual.class_embedding", &[64]),
        ("visual.positional_embedding", &[10, 64]),
        ("visual.proj", &[64, 32]),
        ("visual.conv1.weight", &[64, 3, 4, 4]),
    ]);
    let mut norms = vec!["visual.ln_pre".to_owned(), "visual.ln_post".to_owned()];
    for layer in 0..2 {
        let name = |part: &str| format!("visual.transformer.resblocks.{layer}.{part}");
        all.push((name("attn.in_proj_weight"), vec![192, 64]));
        all.push((name("attn.in_proj_bias"), vec![192]));
        for (part, rows, columns) in [
            ("attn.out_proj", 64, 64),
            ("mlp.c_fc", 128, 64),
            ("mlp.c_proj", 64, 128),
        ] {
            all.push((name(&format!("{part}.weight")), vec![rows, columns]));
            all.push((name(&format!("{part}.bias")), vec![rows]));
        }
        norms.extend([name("ln_1"), name("ln_2")]);
    }
    for norm in norms {
        all.push((format!("{norm}.weight"), vec![64]));
        all.push((format!("{norm}.bias"), vec![64]));
    }
    let prefixed = all
        .into_iter()
        .map(|(name, s)| (format!("{prefix}{name}"), s));
    prefixed.collect()
}

fn built(shapes: &Shapes, parameters: &str) -> Result<(), ArchError> {
    let checkpoint = checkpoint(shapes);
    let weights = weights("clip-vision", &checkpoint, false)?;
    let network = build("clip-vision", &weights, &parameters.parse().unwrap())?;
    assert_eq!(
        network.inputs()[0].shape,
        [None, Some(3), Some(12), Some(12)]
    );
    assert_eq!(network.outputs()[0].shape, [None, Some(32)]);
    assert_eq!(weights.unused(), ["logit_scale"; 0]);
    Ok(())
}

fn without(name: &str) -> Shapes {
    let mut all = open_ai("");
    all.retain(|(n, _)| n != name);
    all
}

fn with(name: &str, shape: &[usize]) -> Shapes {
    let mut all = without(name);
    all.push((name.to_owned(), shape.to_vec()));
    all
}

#[test]
fn a_network_is_found_inside_its_wrappers() {
    for prefix in ["", "module.", "state_dict.model."] {
        built(&open_ai(prefix), "").unwrap();
    }
}

#[test]
fn a_tensor_without_use_is_listed() {
    let mut all = open_ai("");
    all.push(("logit_scale".to_owned(), vec![]));
    let checkpoint = checkpoint(&all);
    let weights = weights("clip-vision", &checkpoint, false).unwrap();
    build("clip-vision", &weights, &toml::Table::new()).unwrap();
    assert_eq!(weights.unused(), ["logit_scale"]);
}

#[test]
fn a_missing_key_is_named() {
    for key in [
        "visual.ln_post.bias",
        "visual.proj",
        "visual.transformer.resblocks.1.mlp.c_fc.bias",
    ] {
        let error = built(&without(key), "").unwrap_err();
        assert_eq!(
            error,
            ArchError::MissingKey {
                key: key.to_owned()
            }
        );
    }
}

#[test]
fn a_missing_key_is_named_with_its_wrapper() {
    let mut all = open_ai("module.");
    all.retain(|(n, _)| n != "module.visual.proj");
    let text = built(&all, "").unwrap_err().to_string();
    assert!(text.contains("“module.visual.proj”"), "{text}");
}

#[test]
fn a_wrong_shape_is_named_with_both_shapes() {
    let error = built(&with("visual.ln_pre.weight", &[63]), "").unwrap_err();
    let text = error.to_string();
    let expected = "tensor “visual.ln_pre.weight” is [63], but [64] is expected";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn shapes_that_cannot_be_are_errors() {
    for (key, shape) in [
        ("visual.positional_embedding", &[0, 64][..]),
        ("visual.positional_embedding", &[1, 64]),
        ("visual.positional_embedding", &[9, 64]),
        ("visual.conv1.weight", &[64, 3, 0, 0]),
        ("visual.conv1.weight", &[64, 3, 4, 5]),
        ("visual.conv1.weight", &[64]),
        ("visual.proj", &[64]),
        ("visual.class_embedding", &[]),
    ] {
        let error = built(&with(key, shape), "").unwrap_err();
        let named = matches!(&error, ArchError::WrongShape { key: k, .. } if k.starts_with(key));
        assert!(named, "{key} {shape:?}: {error}");
    }
}

#[test]
fn manifests_are_held_to_the_shapes() {
    built(
        &open_ai(""),
        "width = 64\ndepth = 2\npatch = 4\nimage = 12\nheads = 4",
    )
    .unwrap();
    let error = built(&open_ai(""), "depth = 12").unwrap_err();
    let text = "the manifest says depth = 12, but the checkpoint has 2";
    assert_eq!(error.to_string(), text);
    for wrong in [
        "image = 224",
        "embedding = 512",
        "patch = \"4\"",
        "width = -64",
    ] {
        let error = built(&open_ai(""), wrong).unwrap_err();
        assert!(
            matches!(error, ArchError::Mismatch { .. }),
            "{wrong}: {error}"
        );
    }
    for wrong in [
        "heads = 5",
        "heads = 0",
        "activation = \"relu\"",
        "depht = 2",
    ] {
        let error = built(&open_ai(""), wrong).unwrap_err();
        let name = wrong.split(' ').next().unwrap();
        let named = matches!(&error, ArchError::Parameter { name: n, .. } if n == name);
        assert!(named, "{wrong}: {error}");
    }
}

#[test]
fn an_unknown_architecture_is_answered_with_the_list() {
    let error = weights("resnet", &checkpoint(&open_ai("")), false).unwrap_err();
    assert!(
        error.to_string().contains("clip-vision, clip-text"),
        "{error}"
    );
}

#[test]
fn a_checkpoint_is_recognised_by_keys_and_shapes() {
    let found = recognise(&checkpoint(&open_ai("module.")));
    let names: Vec<_> = found.iter().map(|r| r.architecture).collect();
    assert_eq!(names, ["clip-vision"]);
    let stated = "width = 64\ndepth = 2\nheads = 1\npatch = 4\nimage = 12\nembedding = 32";
    assert_eq!(found[0].parameters, stated.parse().unwrap());
    assert!(
        found[0].description.contains("12 px"),
        "{}",
        found[0].description
    );
    assert!(recognise(&checkpoint(&without("visual.proj"))).is_empty());
}

#[test]
fn networks_with_the_names_of_an_efficientnet_are_told_apart() {
    let stem = |channels| ("conv_stem.weight", [channels, 3, 3, 3]);
    let shape = [16, 1, 3, 3];
    let told = |last: &[(&str, &[usize])]| {
        let (stem, sizes) = stem(16);
        let mut all = shapes(&[(stem, &sizes), ("blocks.0.0.conv_dw.weight", &shape)]);
        all.extend(shapes(last));
        relative(&checkpoint(&all)).unwrap()
    };
    let mobile = told(&[
        ("conv_head.weight", &[8, 8, 1, 1]),
        ("conv_head.bias", &[8]),
    ]);
    assert_eq!(mobile, "a network of timm's mobile family");
    let small = told(&[("conv_head.weight", &[8, 8, 1, 1]), ("bn2.weight", &[8])]);
    assert_eq!(small, "an EfficientNet of another size than B3");
}

#[test]
fn of_many_views_the_nearest_are_looked_at() {
    let names: Vec<String> = (0..100).map(|n| format!("{n}.a.weight")).collect();
    let all: Shapes = names.into_iter().map(|name| (name, vec![1])).collect();
    let all = checkpoint(&all);
    let found: Vec<_> = views(&all, &["a.weight"]).collect();
    assert_eq!(found.len(), MAX_VIEWS);
    assert!(found.iter().all(|view| view.prefix().len() <= 3));
}

#[test]
fn a_gap_does_not_pass_for_a_shallower_network() {
    let mut all = open_ai("");
    for (name, _) in &mut all {
        *name = name.replace("resblocks.1.", "resblocks.2.");
    }
    let told = built(&all, "").unwrap_err().to_string();
    assert!(told.contains("resblocks.1.ln_1.weight"), "{told}");
    let list: &[(&str, &[usize])] = &[
        ("layer1.0.conv1.weight", &[1]),
        ("layer1.2.conv1.weight", &[1]),
    ];
    let gap = checkpoint(&shapes(list));
    let told = super::resnet::ResNet::infer(&super::Weights::new(gap.below("")), "");
    let told = told.unwrap_err().to_string();
    assert!(told.contains("layer1.1.conv1.weight"), "{told}");
}
