//! Pixels against Pillow's, and what hostile files may not do.
#![expect(
    clippy::unwrap_used,
    reason = "the reference numbers have these fields"
)]

use std::path::Path;

use bandpass::domain::picture::Rgb;
use bandpass::engine::decode::{self, Limits};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::shared::shared;

/// A picture whose pixels differ from Pillow's on purpose or by a decoder of another family.
struct Exception {
    file: &'static str,
    why: &'static str,
    /// Most that the mean of a channel may differ.
    mean: f64,
}

const DIFFERENT: &[Exception] = &[
    Exception {
        file: "formats/made/avif.avif",
        why: "YUV to RGB by another converter than libavif's",
        mean: 0.5,
    },
    Exception {
        file: "formats/made/png-grey16.png",
        why: "Pillow clips 16-bit grey at 255, Bandpass scales it",
        mean: 130.0,
    },
];

/// What Pillow could not open and Bandpass can.
const BETTER: &[(&str, &str)] = &[
    (
        "backgrounds_gnome_glass-chip-l.jxl",
        "Pillow reads no JPEG XL",
    ),
    ("backgrounds_gnome_ring-l.jxl", "Pillow reads no JPEG XL"),
];

fn sha(data: &[u8]) -> String {
    Sha256::digest(data)
        .iter()
        .fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
}

fn means(rgb: &Rgb) -> [f64; 3] {
    let mut sums = [0_u64; 3];
    for pixel in rgb.data.chunks_exact(3) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(*value);
        }
    }
    sums.map(|sum| sum as f64 / (rgb.data.len() / 3) as f64)
}

/// What is wrong with one picture, if anything.
fn compare(root: &Path, entry: &Value) -> Result<(), String> {
    let file = entry["file"].as_str().unwrap();
    let bytes = std::fs::read(root.join(file)).map_err(|error| error.to_string())?;
    let result = decode::decode(&bytes, &Limits::default());
    if entry.get("error").is_some() {
        let better = BETTER.iter().any(|(name, _)| file.ends_with(name));
        return match (result, better) {
            (Ok(_), true) | (Err(_), false) => Ok(()),
            (Ok(_), false) => Err("opens, and must not".to_owned()),
            (Err(error), true) => Err(error.to_string()),
        };
    }
    let picture = result.map_err(|error| error.to_string())?;
    let size = |key: &str| {
        (
            entry[key][0].as_u64().unwrap() as u32,
            entry[key][1].as_u64().unwrap() as u32,
        )
    };
    if (picture.rgb.width, picture.rgb.height) != size("size") {
        return Err("another size".to_owned());
    }
    if picture.upright_size() != size("oriented_size")
        || decode::probe(&bytes) != Ok(size("oriented_size"))
    {
        return Err("another upright size".to_owned());
    }
    if let Some(exception) = DIFFERENT.iter().find(|e| file.ends_with(e.file)) {
        return close(&picture.rgb, entry, exception);
    }
    if sha(&picture.rgb.data) != entry["rgb_sha256"] {
        return Err(format!(
            "other pixels, means {:?} for {}",
            means(&picture.rgb),
            entry["mean_rgb"]
        ));
    }
    let upright = picture.rgb.oriented(picture.orientation);
    if sha(&upright.data) != entry["oriented_rgb_sha256"] {
        return Err("other upright pixels".to_owned());
    }
    Ok(())
}

fn close(rgb: &Rgb, entry: &Value, exception: &Exception) -> Result<(), String> {
    let off = means(rgb)
        .iter()
        .enumerate()
        .any(|(i, mean)| (mean - entry["mean_rgb"][i].as_f64().unwrap()).abs() > exception.mean);
    if off {
        return Err(format!(
            "{}: means {:?} for {}",
            exception.why,
            means(rgb),
            entry["mean_rgb"]
        ));
    }
    Ok(())
}

#[test]
fn pixels_equal_pillows() {
    let Some(golden) = shared("golden/decode/pillow_rgb.json") else {
        return;
    };
    let root = shared("images").unwrap();
    let root = root.parent().unwrap();
    let golden: Value = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
    let entries = golden["pictures"].as_array().unwrap();
    assert!(entries.len() > 500);
    let wrong: Vec<String> = entries
        .iter()
        .filter_map(|entry| {
            let error = compare(root, entry).err()?;
            Some(format!("{}: {error}", entry["file"].as_str().unwrap()))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        entries.len(),
        wrong.join("\n")
    );
}

#[test]
fn sixteen_bit_grey_is_scaled() {
    let Some(path) = shared("images/formats/made/png-grey16.png") else {
        return;
    };
    let picture = decode::decode(&std::fs::read(path).unwrap(), &Limits::default()).unwrap();
    let (least, most) = picture
        .rgb
        .data
        .iter()
        .fold((255, 0), |(least, most), v| (least.min(*v), most.max(*v)));
    assert!(least < 10 && most > 245, "{least} to {most}");
}

/// Pictures of `images` that something shows through: how Pillow opens them, the first digits of the
/// SHA-256 of the alpha of its `convert("RGBA")`, and of that pasted over white.
const THROUGH: [(&str, &str, &str, &str); 9] = [
    (
        "art/clipart/openclipart_png_animals_fish_dolphin.png",
        "LA",
        "b2c31c0e90b68e79",
        "30921781a56c186e",
    ),
    (
        "art/clipart/openclipart_png_computer_icons_flat-theme_action_bar5.png",
        "P",
        "88f2a652586981db",
        "c117d53f3d397644",
    ),
    (
        "art/clipart/openclipart_png_people_clothing_shoe_print_01.png",
        "P",
        "d8a4e8a6e8f1bcba",
        "a888e8e5febd784f",
    ),
    (
        "art/clipart/openclipart_png_signs_and_symbols_weather_w_cloud.png",
        "RGBA",
        "848943300b7ee86f",
        "99075ffac8e021f4",
    ),
    (
        "art/sprites/sylvie_blue_smile.png",
        "RGBA",
        "fdeeda6c00c24ccb",
        "c44f177326fe74e5",
    ),
    (
        "formats/made/png-grey-alpha.png",
        "LA",
        "645c269288561d89",
        "cd7216fabe666436",
    ),
    (
        "formats/made/png-palette-transparent.png",
        "P",
        "92d62315e3d672e5",
        "30af5b84f77e31e8",
    ),
    (
        "formats/made/png-rgba.png",
        "RGBA",
        "645c269288561d89",
        "db79cd847090263f",
    ),
    (
        "formats/made/webp-alpha.webp",
        "RGBA",
        "645c269288561d89",
        "db79cd847090263f",
    ),
];

#[test]
fn alpha_and_what_white_makes_of_it_equal_pillows() {
    let Some(images) = shared("images") else {
        return;
    };
    for (file, mode, alpha, white) in THROUGH {
        let bytes = std::fs::read(images.join(file)).unwrap();
        let picture = decode::decode(&bytes, &Limits::default()).unwrap();
        let found = picture.alpha.unwrap();
        assert_eq!(sha(&found)[..16], *alpha, "{mode} {file}");
        let seen = picture.rgb.over_white(&found);
        assert_eq!(sha(&seen.data)[..16], *white, "{mode} {file}");
    }
    for opaque in ["png-palette.png", "gif.gif", "jpeg-420.jpg", "tga.tga"] {
        let bytes = std::fs::read(images.join("formats/made").join(opaque)).unwrap();
        let picture = decode::decode(&bytes, &Limits::default()).unwrap();
        assert_eq!(picture.alpha, None, "{opaque}");
    }
}
