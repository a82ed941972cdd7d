//! The manifests that come with Bandpass, and those of users beside them.

use super::*;
use crate::domain::score::Field;
use crate::zoo::manifest::{Kind, Source};

fn ours() -> Models {
    let nowhere = tempfile::tempdir().unwrap();
    let (models, notices) = Models::open(BUILT_IN, nowhere.path(), nowhere.path());
    assert_eq!(notices, Vec::<String>::new());
    models
}

/// Ours and a user's own, with the notices.
fn with_own(files: &[(&str, &str)]) -> (Models, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("models")).unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join("models").join(name), text).unwrap();
    }
    Models::open(BUILT_IN, folder.path(), folder.path())
}

const OWN: &str = r#"
key = "own"
label = "Own"
about = "A head of a user."
licence = "none"
kind = "head"
tolerance = 0.001
weights = [{ name = "f32", architecture = "head-linear", files = [{ name = "own.pth" }] }]
inputs = [{ embedding = "clip_vit_l14", norm = "unit" }]
output = { read = "raw" }
columns = [{ key = "own", label = "Own", range = [1, 10], better = "higher", about = "Better." }]
"#;

#[test]
fn all_of_ours_are_read_and_build_on_what_is_there() {
    let models = ours();
    assert_eq!(models.manifests().len(), BUILT_IN.len());
    for (manifest, (name, text)) in models.manifests().iter().zip(BUILT_IN) {
        assert_eq!(manifest.key, *name);
        assert_eq!(manifest.text(), *text);
        models.check(name, text).unwrap();
    }
}

#[test]
fn all_of_ours_can_be_obtained_or_say_where_from() {
    for manifest in ours().manifests() {
        assert!(!manifest.origin.is_empty(), "{}", manifest.key);
        assert!(manifest.about.ends_with('.'), "{}", manifest.key);
        // Other variants may be for files that the user has.
        let first = manifest.weights.first();
        assert!(first.is_none_or(state::is_obtainable), "{}", manifest.key);
        for variant in &manifest.weights {
            let built = [
                ".safetensors",
                ".pth",
                ".pt",
                ".ckpt",
                ".bin",
                ".index.json",
            ];
            let first = &variant.files[0].name;
            let checkpoint = built.iter().any(|ending| first.ends_with(ending));
            let why = format!("{}: {first}", manifest.key);
            assert_eq!(variant.architecture.is_some(), checkpoint, "{why}");
        }
    }
}

#[test]
fn one_of_ours_tells_drawings_from_photographs() {
    let models = ours();
    let manifest = models.manifest("anime_real_cls").unwrap();
    let tells = manifest.columns[0].tells.as_ref().unwrap();
    assert_eq!(tells.field(0.9), Some(Field::Anime));
    assert_eq!(tells.field(0.1), Some(Field::General));
}

/// Nobody states a SHA-256 of these; a pull says so, and what it got.
const UNSTATED: &[&str] = &[
    "assessment_hyperIQA.pth",
    "watermark_model_v1.pt",
    "rtmpose-l_8xb256-420e_humanart-256x192-389f2cb0_20230611.pth",
    "rtmpose-l_8xb256-420e_humanart-256x192-389f2cb0_20230611_e2e.onnx",
];

#[test]
fn what_lies_in_packages_is_verified() {
    let models = ours();
    let files = models
        .manifests()
        .iter()
        .flat_map(|m| &m.weights)
        .flat_map(|v| &v.files);
    for file in files {
        let elsewhere = |s: &Source| !matches!(s, Source::Hub { .. });
        if file.sources.iter().any(elsewhere) {
            let stated = file.sha256.is_some() || UNSTATED.contains(&file.name.as_str());
            assert!(stated, "{}", file.name);
        }
    }
}

#[test]
fn slips_of_users_are_told_and_hide_nothing() {
    let typo = OWN.replace("licence", "license");
    let reference = OWN
        .replace("clip_vit_l14", "clip_vit_l15")
        .replace("\"own\"", "\"lost\"");
    let column = OWN
        .replace("key = \"own\", label", "key = \"clip_aesthetic\", label")
        .replacen("\"own\"", "\"taken\"", 1);
    let (models, notices) = with_own(&[
        ("own.toml", OWN),
        ("typo.toml", &typo),
        ("lost.toml", &reference),
        ("taken.toml", &column),
        ("renamed.toml", OWN),
        (
            "clip_aesthetic.toml",
            &OWN.replacen("\"own\"", "\"clip_aesthetic\"", 1),
        ),
        ("notes.txt", "not a manifest"),
    ]);
    assert_eq!(models.manifests().len(), BUILT_IN.len() + 1);
    assert!(models.manifest("own").is_ok());
    let of = |name: &str| notices.iter().find(|n| n.starts_with(name)).unwrap();
    assert!(of("typo.toml").contains("`license`"), "{notices:?}");
    assert!(of("lost.toml").contains("clip_vit_l15"), "{notices:?}");
    assert!(of("taken.toml").contains("clip_aesthetic"), "{notices:?}");
    assert!(
        of("renamed.toml").contains("must be the same"),
        "{notices:?}"
    );
    assert!(
        of("clip_aesthetic.toml").contains("another key"),
        "{notices:?}"
    );
    assert_eq!(notices.len(), 5);
}

#[test]
fn manifests_that_need_each_other_are_left_out() {
    let needs = |own: &str, column: &str| {
        OWN.replace("\"own\"", &format!("\"{own}\"")).replace(
            "embedding = \"clip_vit_l14\", norm = \"unit\"",
            &format!("column = \"{column}\""),
        )
    };
    let (models, notices) = with_own(&[
        ("a.toml", &needs("a", "b")),
        ("b.toml", &needs("b", "a")),
        ("c.toml", &needs("c", "edge_density")),
    ]);
    assert!(models.manifest("a").is_err() && models.manifest("b").is_err());
    assert!(models.manifest("c").is_ok());
    assert_eq!(notices.len(), 2, "{notices:?}");
}

#[test]
fn a_manifest_that_borrows_in_vain_is_left_out() {
    let borrows = |from: &str| {
        let weights = OWN
            .lines()
            .find(|line| line.starts_with("weights"))
            .unwrap();
        OWN.replace(weights, &format!("weights_of = \"{from}\""))
    };
    for from in ["nobody", "clip_prompts", "city_aesthetics_336"] {
        let (models, notices) = with_own(&[("own.toml", &borrows(from))]);
        assert!(models.manifest("own").is_err(), "{from}");
        assert!(notices[0].contains(from), "{notices:?}");
    }
}

#[test]
fn an_unknown_key_suggests_the_nearest() {
    let problem = ours().manifest("clip_aestetic").unwrap_err();
    assert!(
        problem
            .to_string()
            .contains("did you mean 'clip_aesthetic'?"),
        "{problem}"
    );
}

#[test]
fn what_is_missing_says_how_to_get_it() {
    let models = ours();
    let State::Missing { bytes, obtainable } = models.state("clip_aesthetic") else {
        panic!("{:?}", models.state("clip_aesthetic"));
    };
    assert_eq!((bytes, obtainable), (Some(3_714_759), true));
    let problem = models
        .installed("city_aesthetics_336")
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("bandpass models pull city_aesthetics,"),
        "{problem}"
    );
    let (own, _) = with_own(&[("own.toml", OWN)]);
    let problem = own.installed("own").unwrap_err().to_string();
    assert!(
        !problem.contains("pull") && problem.contains("models add FILE"),
        "{problem}"
    );
}

#[test]
fn a_version_follows_what_a_scorer_builds_on() {
    let (models, _) = with_own(&[("own.toml", OWN)]);
    let versions: Vec<String> = models
        .manifests()
        .iter()
        .map(|m| models.version(&m.key))
        .collect();
    let mut distinct = versions.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), versions.len());
    assert!(versions.iter().all(|version| version.len() == 16));
    assert_eq!(models.version("nobody"), "");
    let other = BUILT_IN.iter().map(|(name, text)| {
        let changed = name == &"clip_vit_b32";
        (
            *name,
            if changed {
                text.replace("0.00392156862745098", "0.00392156862745099")
            } else {
                (*text).to_owned()
            },
        )
    });
    let other: Vec<(&str, String)> = other.collect();
    let texts: Vec<(&str, &str)> = other
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let nowhere = tempfile::tempdir().unwrap();
    let (changed, _) = Models::open(&texts, nowhere.path(), nowhere.path());
    let follows = |key: &str| changed.version(key) != models.version(key);
    for key in [
        "clip_vit_b32",
        "laion_v1_b32",
        "image_quality_fusion",
        "image_quality_fusion_trained",
    ] {
        assert!(follows(key), "{key}");
    }
    for key in ["clip_vit_b16", "clip_aesthetic", "brisque"] {
        assert!(!follows(key), "{key}");
    }
}

#[test]
fn the_table_has_a_row_for_each() {
    let models = ours();
    let table = models_table(models.manifests());
    assert_eq!(table.lines().count(), models.manifests().len() + 2);
    for manifest in models.manifests() {
        assert!(table.contains(&format!("| `{}` |", manifest.key)));
    }
    let encoders = models
        .manifests()
        .iter()
        .filter(|m| m.kind == Kind::Encoder)
        .count();
    assert_eq!(table.matches("a vector for heads").count(), encoders);
}

#[test]
fn checking_a_manifest_names_its_fault() {
    let models = ours();
    assert!(!models.check("own", OWN).unwrap().weights);
    for (name, from, to, told) in [
        ("own", "tolerance", "tolerence", "tolerence"),
        (
            "own",
            "clip_vit_l14",
            "clip_vit_l15",
            "'clip_vit_l15' is no encoder",
        ),
        ("other", "own", "own", "must be the same"),
        (
            "own",
            "range = [1, 10]",
            "range = [10, 1]",
            "columns[0].range",
        ),
    ] {
        let problem = models.check(name, &OWN.replace(from, to)).unwrap_err();
        assert!(problem.to_string().contains(told), "{problem}");
    }
}
