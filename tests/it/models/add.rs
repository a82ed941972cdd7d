//! Files that the user has: recognised, refused, watched.

use std::path::{Path, PathBuf};

use bandpass::base::Problem;
use bandpass::engine::Job;
use bandpass::engine::models::{AddOptions, Added, BUILT_IN, Models, Recognition, State};

use crate::shared::shared;

/// Ours, in a folder of its own.
fn ours() -> (Models, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (
        Models::open(BUILT_IN, folder.path(), folder.path()).0,
        folder,
    )
}

fn add(models: &mut Models, file: &Path) -> Result<Added, Problem> {
    models.add(file, &AddOptions::default(), &Job::default())
}

fn add_as(models: &mut Models, file: &Path, key: &str) -> Result<Added, Problem> {
    let options = AddOptions {
        as_key: Some(key.to_owned()),
        ..AddOptions::default()
    };
    models.add(file, &options, &Job::default())
}

/// A safetensors file of zeros.
fn safetensors(folder: &Path, tensors: &[(&str, &[usize])]) -> PathBuf {
    let mut end = 0;
    let entries: Vec<String> = tensors
        .iter()
        .map(|(name, shape)| {
            let start = end;
            end += shape.iter().product::<usize>() * 4;
            format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}")
        })
        .collect();
    let header = format!("{{{}}}", entries.join(","));
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + end, 0);
    let file = folder.join("made.safetensors");
    std::fs::write(&file, bytes).unwrap();
    file
}

fn mlp(width: usize) -> Vec<(String, Vec<usize>)> {
    let sizes = [width, 1024, 128, 64, 16, 1];
    let numbers = [0, 2, 4, 6, 7];
    let layers = numbers.iter().zip(sizes.windows(2));
    layers
        .flat_map(|(n, size)| {
            [
                (format!("layers.{n}.weight"), vec![size[1], size[0]]),
                (format!("layers.{n}.bias"), vec![size[1]]),
            ]
        })
        .collect()
}

fn made(folder: &Path, tensors: &[(String, Vec<usize>)]) -> PathBuf {
    let borrowed: Vec<(&str, &[usize])> = tensors
        .iter()
        .map(|(n, s)| (n.as_str(), s.as_slice()))
        .collect();
    safetensors(folder, &borrowed)
}

#[test]
fn published_files_are_known_by_their_hash() {
    let Some(weights) = shared("weights") else {
        return;
    };
    let (mut models, _folder) = ours();
    let files = [
        ("laion-v1/sa_0_4_vit_b_16_linear.pth", "laion_v1_b16"),
        ("laion-v1/sa_0_4_vit_b_32_linear.pth", "laion_v1_b32"),
        ("laion-v1/sa_0_4_vit_l_14_linear.pth", "laion_v1_l14"),
        (
            "laion-v2/sac+logos+ava1-l14-linearMSE.pth",
            "clip_aesthetic",
        ),
        ("laion-v2/ava+logos-l14-linearMSE.pth", "laion_v2_ava_logos"),
        (
            "laion-v2/ava+logos-l14-reluMSE.pth",
            "laion_v2_ava_logos_relu",
        ),
        (
            "simulacra/sac_public_2022_06_29_vit_b_16_linear.pth",
            "simulacra_b16",
        ),
        (
            "simulacra/sac_public_2022_06_29_vit_b_32_linear.pth",
            "simulacra_b32",
        ),
        (
            "simulacra/sac_public_2022_06_29_vit_l_14_linear.pth",
            "simulacra_l14",
        ),
        (
            "aesthetic-v2.5/aesthetic_predictor_v2_5.pth",
            "siglip_aesthetic",
        ),
        ("clip-vit-b16/clip_encoder.int8.onnx", "clip_vit_b16"),
        ("open-nsfw/open-nsfw.onnx", "nsfw"),
    ];
    for (file, key) in files {
        let added = add(&mut models, &weights.join(file)).unwrap();
        assert_eq!(
            (added.key.as_str(), &added.how),
            (key, &Recognition::Hash),
            "{file}"
        );
        let installed = models.installed(key).unwrap();
        assert_eq!(installed.network(), added.file);
        assert!(!installed.files[0].ours);
        // What is published fits what the manifest says of it, tensor by tensor.
        let checked = models
            .check(key, models.manifest(key).unwrap().text())
            .unwrap();
        assert_eq!(checked.weights, !file.contains(".onnx"), "{file}");
    }
    let used = add(
        &mut models,
        &weights.join("clip-vit-b16/clip_encoder.int8.onnx"),
    )
    .unwrap()
    .used_for;
    assert_eq!(used, ["clip_vit_b16", "laion_v1_b16", "simulacra_b16"]);
}

#[test]
fn two_files_make_one_scorer() {
    let Some(weights) = shared("weights/brisque-opencv") else {
        return;
    };
    let (mut models, _folder) = ours();
    add(&mut models, &weights.join("brisque_range_live.yml")).unwrap();
    assert!(matches!(
        models.state("brisque"),
        State::Partial { have: 1356, .. }
    ));
    add(&mut models, &weights.join("brisque_model_live.yml")).unwrap();
    let names: Vec<_> = models
        .installed("brisque")
        .unwrap()
        .files
        .into_iter()
        .map(|f| f.name)
        .collect();
    assert_eq!(names, ["brisque_model_live.yml", "brisque_range_live.yml"]);
}

#[test]
fn unpublished_files_are_known_by_their_tensors() {
    let (mut models, folder) = ours();
    let city = |outputs: usize| {
        let mut tensors: Vec<(String, Vec<usize>)> = Vec::new();
        let layers = [
            ("up.0", 1024, 768),
            ("up.1.long.0", 1024, 1024),
            ("up.1.long.2", 1024, 1024),
            ("up.1.long.4", 1024, 1024),
            ("down.0", 128, 1024),
            ("down.1", 64, 128),
            ("down.4", 32, 64),
            ("down.5", outputs, 32),
        ];
        for (name, out, into) in layers {
            tensors.push((format!("{name}.weight"), vec![out, into]));
            tensors.push((format!("{name}.bias"), vec![out]));
        }
        tensors
    };
    for (outputs, key) in [(2, "city_chromatic_aberration"), (3, "city_compression")] {
        let file = made(folder.path(), &city(outputs));
        let added = add(&mut models, &file).unwrap();
        assert_eq!(added.key, key);
        assert!(
            matches!(added.how, Recognition::Shapes(_)),
            "{:?}",
            added.how
        );
        assert!(models.installed(key).is_ok());
    }
    // One score: that would be CityAesthetics, whose published file has another hash.
    let file = made(folder.path(), &city(1));
    let problem = add(&mut models, &file).unwrap_err().to_string();
    assert!(problem.contains("--as city_aesthetics"), "{problem}");
    let added = add_as(&mut models, &file, "city_aesthetics_336").unwrap();
    assert_eq!(
        (added.key.as_str(), added.how),
        (
            "city_aesthetics",
            Recognition::Told(
                "not the published file: it has 16312642 bytes, and that has 16312596".to_owned()
            )
        )
    );
    assert_eq!(added.used_for, ["city_aesthetics", "city_aesthetics_336"]);
}

#[test]
fn a_file_that_could_be_several_things_asks() {
    let (mut models, folder) = ours();
    let file = made(folder.path(), &mlp(768));
    let problem = add(&mut models, &file).unwrap_err().to_string();
    for key in [
        "clip_aesthetic",
        "laion_v2_ava_logos",
        "twitter_aesthetic",
        "twitter_aesthetic_v2",
    ] {
        assert!(problem.contains(&format!("--as {key}")), "{key}: {problem}");
    }
    assert!(!problem.contains("laion_v1"), "{problem}");
    let before = models.version("twitter_aesthetic_v2");
    add_as(&mut models, &file, "twitter_aesthetic_v2").unwrap();
    assert!(models.installed("twitter_aesthetic_v2").is_ok());
    assert_ne!(models.version("twitter_aesthetic_v2"), before);
}

#[test]
fn a_head_of_another_size_or_kind_is_refused() {
    let (mut models, folder) = ours();
    let file = made(folder.path(), &mlp(512));
    let problem = add_as(&mut models, &file, "twitter_aesthetic_v2")
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("512") && problem.contains("768"),
        "{problem}"
    );
    let problem = add(&mut models, &file).unwrap_err().to_string();
    assert!(problem.contains("512"), "{problem}");
    let problem = add_as(&mut models, &file, "city_aesthetics")
        .unwrap_err()
        .to_string();
    assert!(problem.contains("up.0.weight"), "{problem}");
    let problem = add_as(&mut models, &file, "nsfw").unwrap_err().to_string();
    assert!(problem.contains("ONNX"), "{problem}");
    let problem = add_as(&mut models, &file, "clip_aestetic")
        .unwrap_err()
        .to_string();
    assert!(problem.contains("did you mean"), "{problem}");
    let Some(weights) = shared("weights") else {
        return;
    };
    let other = weights.join("laion-v1/sa_0_4_vit_b_32_linear.pth");
    let problem = add_as(&mut models, &other, "laion_v1_l14")
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("512") && problem.contains("768"),
        "{problem}"
    );
    let graph = weights.join("open-nsfw/open-nsfw.onnx");
    let problem = add_as(&mut models, &graph, "laion_v1_l14")
        .unwrap_err()
        .to_string();
    assert!(problem.contains("ONNX"), "{problem}");
    let odd = weights.join("mobilenetv2/mobilenetv2-7.onnx");
    let problem = add(&mut models, &odd).unwrap_err().to_string();
    assert!(problem.contains("--as KEY"), "{problem}");
}

#[test]
fn what_is_no_model_file_is_told() {
    let (mut models, folder) = ours();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("text", b"Hello, I am a text."),
        ("page.html", b"<!doctype html>"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let problem = add(&mut models, &file).unwrap_err();
        assert!(
            problem
                .to_string()
                .contains("can't tell what the file is for"),
            "{problem}"
        );
        assert_eq!(problem.path.as_deref(), Some(file.as_path()));
        assert!(add_as(&mut models, &file, "clip_aesthetic").is_err());
    }
    assert!(add(&mut models, &folder.path().join("absent")).is_err());
    assert!(add(&mut models, folder.path()).is_err());
}

#[test]
fn a_file_that_changed_or_went_is_told_and_can_be_added_again() {
    let (mut models, folder) = ours();
    let file = made(folder.path(), &mlp(768));
    let key = "twitter_aesthetic_v2";
    add_as(&mut models, &file, key).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, [bytes.as_slice(), &[0]].concat()).unwrap();
    let State::Broken(why) = models.state(key) else {
        panic!("{:?}", models.state(key));
    };
    assert!(
        why.contains("changed") && why.contains("made.safetensors"),
        "{why}"
    );
    assert!(
        models
            .installed(key)
            .unwrap_err()
            .to_string()
            .contains("changed")
    );
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(models.state(key), State::Broken(why) if why.contains("can't be read")));
    std::fs::write(&file, &bytes).unwrap();
    add_as(&mut models, &file, key).unwrap();
    assert!(models.installed(key).is_ok());
    assert_eq!(models.remove(key).unwrap(), 0);
    assert!(file.exists());
    assert!(matches!(models.state(key), State::Missing { .. }));
}

#[test]
fn a_copy_outlives_the_original_and_is_freed() {
    let (mut models, folder) = ours();
    let file = made(folder.path(), &mlp(768));
    let bytes = std::fs::metadata(&file).unwrap().len();
    let options = AddOptions {
        as_key: Some("twitter_aesthetic_v2".to_owned()),
        copy: true,
        ..AddOptions::default()
    };
    let added = models.add(&file, &options, &Job::default()).unwrap();
    assert!(added.file.starts_with(folder.path().join("models")));
    std::fs::remove_file(&file).unwrap();
    let installed = models.installed("twitter_aesthetic_v2").unwrap();
    assert!(installed.files[0].ours);
    let (reopened, notices) = Models::open(BUILT_IN, folder.path(), folder.path());
    assert!(notices.is_empty());
    assert_eq!(
        reopened.installed("twitter_aesthetic_v2").unwrap(),
        installed
    );
    assert_eq!(models.remove("twitter_aesthetic_v2").unwrap(), bytes);
    assert!(!added.file.exists());
}

#[test]
fn a_copy_that_another_file_replaced_is_freed() {
    let (mut models, folder) = ours();
    let file = made(folder.path(), &mlp(768));
    let key = "twitter_aesthetic_v2";
    let copy = AddOptions {
        as_key: Some(key.to_owned()),
        copy: true,
        ..AddOptions::default()
    };
    let added = models.add(&file, &copy, &Job::default()).unwrap();
    let bytes = std::fs::metadata(&added.file).unwrap().len();
    for _ in 0..2 {
        add_as(&mut models, &file, key).unwrap();
    }
    let (mut models, _) = Models::open(BUILT_IN, folder.path(), folder.path());
    assert!(!models.installed(key).unwrap().files[0].ours);
    assert_eq!(models.remove(key).unwrap(), bytes);
    assert!(!added.file.exists() && file.exists());
    add_as(&mut models, &file, key).unwrap();
    assert_eq!(models.remove(key).unwrap(), 0, "left once");
}

#[test]
fn a_broken_ledger_is_told_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("models")).unwrap();
    std::fs::write(folder.path().join("models/installed.json"), "{").unwrap();
    let (mut models, notices) = Models::open(BUILT_IN, folder.path(), folder.path());
    assert!(notices[0].contains("installed.json"), "{notices:?}");
    let file = made(folder.path(), &mlp(768));
    add_as(&mut models, &file, "twitter_aesthetic").unwrap();
    let (models, notices) = Models::open(BUILT_IN, folder.path(), folder.path());
    assert!(notices.is_empty(), "{notices:?}");
    assert!(models.installed("twitter_aesthetic").is_ok());
    let bad = folder.path().join("models/installed.json.bad");
    assert_eq!(std::fs::read_to_string(bad).unwrap(), "{");
}

#[test]
fn a_borrower_builds_the_same_weights_otherwise() {
    let (mut models, folder) = ours();
    let graph = folder.path().join("vision_model.onnx");
    std::fs::write(&graph, onnx("image_embeds", 512)).unwrap();
    let options = AddOptions {
        as_key: Some("clip_vit_b32".to_owned()),
        variant: Some("onnx".to_owned()),
        copy: false,
    };
    models.add(&graph, &options, &Job::default()).unwrap();
    assert!(models.installed("clip_vit_b32").is_ok());
    let problem = models
        .installed("clip_vit_b32_gelu")
        .unwrap_err()
        .to_string();
    assert!(problem.contains("finished graph"), "{problem}");
    let file = made_fusion(folder.path());
    assert_eq!(add(&mut models, &file).unwrap().key, "image_quality_fusion");
    let borrowed = models.installed("image_quality_fusion_trained").unwrap();
    assert_eq!(borrowed.owner.key, "image_quality_fusion");
    assert_eq!(borrowed.parameters["embedding"].as_integer(), Some(512));
}

/// A protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
}

/// An ONNX file with one node, and one output of this width.
fn onnx(output: &str, width: u16) -> Vec<u8> {
    let dimension = [
        &[1 << 3],
        [width as u8 | 0x80, (width >> 7) as u8].as_slice(),
    ]
    .concat();
    let shape = field(2, &field(1, &dimension));
    let kind = field(1, &[&[1 << 3, 1], shape.as_slice()].concat());
    let port = |name: &str| [field(1, name.as_bytes()), field(2, &kind)].concat();
    let graph = [
        field(1, &field(4, b"Identity")),
        field(11, &port("pixel_values")),
        field(12, &port(output)),
    ];
    [vec![1 << 3, 9], field(7, &graph.concat())].concat()
}

#[test]
fn a_graph_that_is_cut_or_another_is_refused() {
    let (mut models, folder) = ours();
    let options = AddOptions {
        as_key: Some("clip_vit_b32".to_owned()),
        variant: Some("onnx".to_owned()),
        copy: false,
    };
    let whole = onnx("image_embeds", 512);
    let file = folder.path().join("vision_model.onnx");
    for (bytes, told) in [
        (whole[..whole.len() - 3].to_vec(), "no ONNX network"),
        (onnx("last_hidden", 512), "no output `image_embeds`"),
        (onnx("image_embeds", 768), "768"),
    ] {
        std::fs::write(&file, bytes).unwrap();
        let problem = models.add(&file, &options, &Job::default()).unwrap_err();
        assert!(problem.to_string().contains(told), "{problem}");
        assert!(models.installed("clip_vit_b32").is_err());
    }
    std::fs::write(&file, whole).unwrap();
    let added = models.add(&file, &options, &Job::default()).unwrap();
    let Recognition::Told(words) = added.how else {
        panic!("{:?}", added.how);
    };
    assert!(words.contains("not the published file"), "{words}");
}

#[test]
fn what_the_user_put_into_our_folder_stays() {
    let (mut models, folder) = ours();
    let own = folder.path().join("models/twitter_aesthetic_v2/f32");
    std::fs::create_dir_all(&own).unwrap();
    let file = made(&own, &mlp(768));
    add_as(&mut models, &file, "twitter_aesthetic_v2").unwrap();
    let beside = own.join("notes.txt");
    std::fs::write(&beside, "mine").unwrap();
    std::fs::write(own.join("x.part"), "half").unwrap();
    assert_eq!(models.remove("twitter_aesthetic_v2").unwrap(), 4);
    assert!(file.exists() && beside.exists());
    assert!(!own.join("x.part").exists());
}

#[test]
fn a_file_of_another_variant_leaves_a_complete_one_in_use() {
    let (mut models, folder) = ours();
    let graph = |variant: &str, name: &str, output: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, onnx(output, 512)).unwrap();
        let options = AddOptions {
            as_key: Some("clip_vit_b32".to_owned()),
            variant: Some(variant.to_owned()),
            copy: false,
        };
        (file, options)
    };
    let (file, options) = graph("onnx", "vision_model.onnx", "image_embeds");
    models.add(&file, &options, &Job::default()).unwrap();
    let before = models.version("clip_vit_b32");
    for (variant, name) in [
        ("onnx", "text_model.onnx"),
        ("onnx-fp16", "text_model_fp16.onnx"),
    ] {
        let (file, options) = graph(variant, name, "text_embeds");
        models.add(&file, &options, &Job::default()).unwrap();
        let installed = models.installed("clip_vit_b32").unwrap();
        assert_eq!(installed.variant().name, "onnx", "{name}");
        // A text tower sees no picture.
        assert_eq!(models.version("clip_vit_b32"), before, "{name}");
    }
    let (file, options) = graph("onnx-fp16", "vision_model_fp16.onnx", "image_embeds");
    models.add(&file, &options, &Job::default()).unwrap();
    let installed = models.installed("clip_vit_b32").unwrap();
    assert_eq!(installed.variant().name, "onnx-fp16");
}

/// Zeros in the layers of Image Quality Fusion.
fn made_fusion(folder: &Path) -> PathBuf {
    let layers = [
        ("brisque_net.0", 64, 1),
        ("brisque_net.3", 64, 64),
        ("laion_net.0", 64, 1),
        ("laion_net.3", 64, 64),
        ("clip_net.0", 256, 512),
        ("clip_net.3", 128, 256),
        ("fusion_net.0", 256, 256),
        ("fusion_net.3", 128, 256),
        ("fusion_net.6", 1, 128),
    ];
    let tensors: Vec<(String, Vec<usize>)> = layers
        .iter()
        .flat_map(|(name, out, into)| {
            [
                (format!("fusion_model.{name}.weight"), vec![*out, *into]),
                (format!("fusion_model.{name}.bias"), vec![*out]),
            ]
        })
        .collect();
    made(folder, &tensors)
}
