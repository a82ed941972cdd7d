//! Every scoring system of the specification is a scorer, under its own key and columns.

use bandpass::engine::{Places, all_scorers};

use crate::shared::shared;

/// First cell of each row of the specification's master table, and the keys that stand for it.
const SYSTEMS: &[(&str, &[&str])] = &[
    ("`twitter_logfav`", &["twitter_logfav"]),
    ("`weakm_v2`", &["weakm_v2", "weakm_v3"]),
    ("`pixiv_compound_score`", &["pixiv_compound_score"]),
    ("`siglip_aesthetic`", &["siglip_aesthetic"]),
    ("`cv2_metrics`", &["cv2_metrics"]),
    ("`complexity_ic9600`", &["complexity_ic9600"]),
    ("`rtmpose`", &["rtmpose"]),
    ("`depth`", &["depth"]),
    (
        "`q_align_quality`, `q_align_aesthetics`",
        &[
            "q_align_quality",
            "q_align_aesthetics",
            "distill_q_align_quality",
            "distill_q_align_aesthetics",
        ],
    ),
    ("`laion_watermark`", &["laion_watermark"]),
    (
        "`clip_aesthetic`",
        &[
            "clip_aesthetic",
            "twitter_aesthetic",
            "twitter_aesthetic_v2",
            "clip_prompts",
            "nsfw",
        ],
    ),
    ("CityAesthetics-Anime v1.8", &["city_aesthetics"]),
    (
        "City96 AnimeClassifiers",
        &["city_chromatic_aberration", "city_compression"],
    ),
    ("Image Quality Fusion", &["image_quality_fusion"]),
    ("hybridIQA-V1", &["hybridiqa_v1"]),
    ("hyperIQA (base of it)", &["hyperiqa"]),
    ("BRISQUE (OpenCV)", &["brisque"]),
    (
        "LAION aesthetic V1 (linear)",
        &["laion_v1_b32", "laion_v1_b16", "laion_v1_l14"],
    ),
    (
        "LAION aesthetic V2 (improved)",
        &[
            "clip_aesthetic",
            "laion_v2_ava_logos",
            "laion_v2_ava_logos_relu",
        ],
    ),
];

/// Columns under the names of the original programs (specification §2).
const COLUMNS: &[&str] = &[
    "twitter_logfav_score",
    "weakm_v2_score",
    "pixiv_compound_score",
    "siglip_aesthetic",
    "edge_density",
    "ic9600_score",
    "rtm_bone_count",
    "depth_score",
    "qalign_quality_score",
    "qalign_aesthetics_score",
    "laion_watermark_prob",
    "clip_aesthetic",
    "twitter_aesthetic",
];

/// The first cells of the first table behind `heading`.
fn first_cells<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let at = text.find(heading).unwrap();
    let lines = text[at..].lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.filter_map(|row| row.split('|').nth(1).map(str::trim))
        .collect()
}

#[test]
fn every_system_of_the_specification_is_listed() {
    let nowhere = tempfile::tempdir().unwrap();
    let places = Places::find(Some(nowhere.path())).unwrap();
    let all = all_scorers(&places);
    let has = |key: &&str| all.iter().any(|(spec, _)| spec.key == **key);
    for (system, keys) in SYSTEMS {
        let missing: Vec<&&str> = keys.iter().filter(|key| !has(key)).collect();
        assert!(missing.is_empty(), "{system}: {missing:?}");
    }
    let columns: Vec<&str> = all
        .iter()
        .flat_map(|(spec, _)| spec.columns.iter().map(|column| column.key.as_str()))
        .collect();
    for column in COLUMNS {
        assert!(columns.contains(column), "{column}");
    }
    let Some(file) = shared("spec/scorers.md") else {
        return;
    };
    let text = std::fs::read_to_string(file).unwrap();
    let mut unknown = first_cells(&text, "### 0.2");
    assert!(unknown.len() > 15, "the table was found: {unknown:?}");
    unknown.retain(|system| SYSTEMS.iter().all(|(known, _)| known != system));
    assert_eq!(unknown, Vec::<&str>::new(), "systems without a scorer");
}
