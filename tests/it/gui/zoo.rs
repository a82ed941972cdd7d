//! Made-up models and devices for the stand-in engine.

use std::sync::Arc;

use bandpass::domain::catalog::Row;
use bandpass::domain::detail::{Detail, KeyPoint, Map, Pose, TagKind, TagShare};
use bandpass::domain::score::{Band, Better, ColumnSpec, Field, ScorerKind, ScorerSpec};
use bandpass::engine::infer::Device;
use bandpass::engine::infer::library::{Candidate, LibraryError, LibraryInfo, Origin};
use bandpass::engine::infer::status::{EngineStatus, Status};
use bandpass::engine::{ModelInfo, ModelState, SettingInfo, Speed, VariantInfo};

const MIB: u64 = 1 << 20;

fn column(key: &str, range: (f64, f64)) -> ColumnSpec {
    ColumnSpec {
        key: key.to_owned(),
        label: key.to_owned(),
        range,
        better: Better::Higher,
        unit: String::new(),
        readable: None,
        about: format!("{} to {}, as its authors publish it.", range.0, range.1),
        bands: Vec::new(),
    }
}

fn variant(name: &str, about: &str, mib: u64) -> VariantInfo {
    VariantInfo {
        name: name.to_owned(),
        about: about.to_owned(),
        bytes: Some(mib * MIB),
        obtainable: true,
    }
}

fn model(key: &str, label: &str, kind: ScorerKind) -> ModelInfo {
    ModelInfo {
        key: key.to_owned(),
        label: label.to_owned(),
        about: format!("What {label} measures, by its authors."),
        kind,
        field: Field::General,
        licence: "MIT".to_owned(),
        origin: format!("https://example.org/{key}"),
        columns: vec![column(key, (1.0, 10.0))],
        encoders: Vec::new(),
        sources: Vec::new(),
        along: Vec::new(),
        input: None,
        variants: vec![variant("f32", "", 16)],
        settings: Vec::new(),
        state: ModelState::Missing,
        memory: None,
        speed: None,
        route: None,
    }
}

/// A setting with choices that was changed.
fn crops() -> SettingInfo {
    let choice = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    SettingInfo {
        name: "crops".to_owned(),
        label: "Crops".to_owned(),
        about: "Where the picture is cut.".to_owned(),
        value: "random".to_owned(),
        default: "grid".to_owned(),
        choices: vec![
            choice("grid", "five by five"),
            choice("random", "by chance"),
        ],
        range: None,
    }
}

/// A number that is as it was at first.
fn percentile() -> SettingInfo {
    SettingInfo {
        name: "upper".to_owned(),
        label: "Upper percentile".to_owned(),
        about: "What counts as near.".to_owned(),
        value: "95".to_owned(),
        default: "95".to_owned(),
        choices: Vec::new(),
        range: Some([0.0, 100.0]),
    }
}

fn ready(ours: bool) -> ModelState {
    ModelState::Ready {
        variant: "f32".to_owned(),
        files: vec!["/weights/model.safetensors".into()],
        bytes: 330 * MIB,
        ours,
    }
}

/// One of each kind and state.
pub(crate) fn models() -> Arc<[ModelInfo]> {
    use ScorerKind as K;
    let mut city = model("city_aesthetics", "CityAesthetics", K::Head);
    city.field = Field::Anime;
    "Apache-2.0".clone_into(&mut city.licence);
    city.encoders = vec!["clip_vit_l14".to_owned()];
    city.along = vec!["clip_vit_l14".to_owned()];
    city.variants = vec![
        variant("f32", "as published", 16),
        variant("f16", "half the size", 8),
    ];
    city.columns = vec![banded()];
    let mut encoder = model("clip_vit_l14", "CLIP ViT-L/14", K::Encoder);
    encoder.columns.clear();
    encoder.input = Some([224, 224]);
    encoder.variants = vec![variant("f32", "", 1631)];
    let mut laion = model("laion_v1_b16", "LAION V1", K::Head);
    laion.state = ready(true);
    laion.encoders = vec!["clip_vit_b16".to_owned()];
    laion.speed = Some(Speed {
        placement: "ONNX Runtime 1.31.1 on cpu".to_owned(),
        per_second: 41.25,
    });
    let mut prompts = model("clip_prompts", "CLIP prompts", K::Prompts);
    prompts.state = ModelState::Ready {
        variant: String::new(),
        files: Vec::new(),
        bytes: 0,
        ours: false,
    };
    prompts.variants.clear();
    prompts.columns = ["a sharp photo", "a blurry photo"]
        .map(|key| column(key, (0.0, 100.0)))
        .to_vec();
    let mut nsfw = model("nsfw", "Open NSFW", K::Network);
    nsfw.state = ready(false);
    nsfw.memory = Some(17 << 30);
    nsfw.settings = vec![crops(), percentile()];
    let mut fusion = model("image_quality_fusion", "Image Quality Fusion", K::Head);
    fusion.state = ModelState::Waiting {
        on: "laion_v1_b32".to_owned(),
    };
    let mut waifu = model("waifu_scorer_v3", "Waifu scorer", K::Head);
    waifu.field = Field::Anime;
    for variant in &mut waifu.variants {
        variant.obtainable = false;
    }
    let mut siglip = model("siglip_aesthetic", "SigLIP aesthetic", K::Network);
    siglip.state = ModelState::Partial { have: 5 * MIB };
    let mut q_align = model("q_align_quality", "Q-Align quality", K::Network);
    q_align.state = ModelState::Broken {
        why: "head.onnx changed since it was added; add it again".to_owned(),
    };
    [
        city, prompts, encoder, fusion, laion, nsfw, q_align, siglip, waifu,
    ]
    .into()
}

/// CityAesthetics' column with the bands of its model card.
pub(crate) fn banded() -> ColumnSpec {
    let bands = [
        (0.0, 0.1, "photos, noise, text"),
        (0.1, 0.4, "sketches"),
        (0.4, 1.0, "high quality"),
    ];
    let band = |(low, high, meaning): (f64, f64, &str)| Band {
        low,
        high,
        meaning: meaning.to_owned(),
    };
    ColumnSpec {
        label: "CityAesthetics".to_owned(),
        bands: bands.map(band).to_vec(),
        ..column("city_aesthetics", (0.0, 1.0))
    }
}

/// A scorer of our own and a network, for the made-up library.
pub(crate) fn scorers(columns: Vec<ColumnSpec>) -> Vec<ScorerSpec> {
    let spec = |key: &str, kind, field, columns| ScorerSpec {
        key: key.to_owned(),
        label: key.to_owned(),
        about: format!("About {key}."),
        kind,
        field,
        licence: String::new(),
        version: "1".to_owned(),
        columns,
        signature: None,
    };
    let city = vec![banded()];
    vec![
        spec("cv2_metrics", ScorerKind::Computed, Field::General, columns),
        spec("city_aesthetics", ScorerKind::Head, Field::Anime, city),
    ]
}

/// With ONNX Runtime on a graphics card, or with nothing but what is built in.
pub(crate) fn status(with_onnx: bool) -> Status {
    let rten = EngineStatus {
        name: "rten",
        version: "0.27.0".to_owned(),
        library: None,
        devices: vec![Device::Cpu],
    };
    let path = |name: &str| std::path::Path::new("/opt/onnxruntime").join(name);
    let old = LibraryError::TooOld {
        path: path("old.so"),
        version: "1.16.3".to_owned(),
    };
    let broken = Candidate {
        origin: Origin::Environment,
        path: path("old.so"),
        state: Err(old.clone()),
    };
    if !with_onnx {
        return Status {
            engines: vec![rten],
            candidates: vec![broken],
            refused: vec![old],
        };
    }
    let onnx = EngineStatus {
        name: "ONNX Runtime",
        version: "1.31.1".to_owned(),
        library: Some(path("libonnxruntime.so.1.31.1")),
        devices: vec![Device::Cuda(0), Device::Cpu],
    };
    let good = Candidate {
        origin: Origin::Installed,
        path: path("libonnxruntime.so.1.31.1"),
        state: Ok(LibraryInfo {
            version: "1.31.1".to_owned(),
        }),
    };
    Status {
        engines: vec![onnx, rten],
        candidates: vec![broken, good],
        refused: Vec::new(),
    }
}

/// What was found beside numbers: a map and a pose; image 1 changed since it was scored.
pub(crate) fn details(row: Row) -> Result<Vec<(String, Detail)>, String> {
    if row == Row(1) {
        return Err("the file changed since it was scored; score it again".to_owned());
    }
    let (width, height) = (32, 24);
    let level = |i: u32| (i % width * 255 / (width - 1)) as u8;
    let map = Map {
        width,
        height,
        low: 0.0,
        high: 1.0,
        levels: (0..width * height).map(level).collect(),
    };
    Ok(vec![
        ("complexity_ic9600".to_owned(), Detail::Map(map)),
        ("rtmpose".to_owned(), Detail::Pose(person())),
        ("wd_vit_v3".to_owned(), Detail::Tags(tags())),
    ])
}

/// What a tagger saw.
fn tags() -> Vec<TagShare> {
    let tag = |name: &str, kind, share| TagShare {
        tag: name.into(),
        kind,
        share,
    };
    vec![
        tag("sensitive", TagKind::Rating, 0.8),
        tag("hatsune_miku", TagKind::Character, 0.97),
        tag("1girl", TagKind::General, 0.99),
        tag("twintails", TagKind::General, 0.93),
        tag("night_sky", TagKind::General, 0.4),
    ]
}

/// Somebody who stands in a picture of 1600 × 1200 pixels; the ankles are not seen.
fn person() -> Pose {
    let places = [
        (800, 200),
        (830, 180),
        (770, 180),
        (860, 200),
        (740, 200),
        (920, 360),
        (680, 360),
        (980, 540),
        (620, 540),
        (1000, 700),
        (600, 700),
        (880, 700),
        (720, 700),
        (890, 920),
        (710, 920),
        (890, 1120),
        (710, 1120),
    ];
    let point = |(i, (x, y)): (usize, (u32, u32))| KeyPoint {
        x: x as f32,
        y: y as f32,
        score: if i > 14 { 0.1 } else { 0.9 },
    };
    Pose {
        points: places.into_iter().enumerate().map(point).collect(),
    }
}
