//! `brisque` against the numbers of OpenCV, picture by picture.

use std::sync::Arc;

use bandpass::zoo::Computed as _;
use bandpass::zoo::computed::brisque::{Brisque, FEATURES, Svr, features};
use serde_json::Value;

use crate::decoded::decoded;
use crate::shared::shared;

const SCORE_TOLERANCE: f64 = 0.05;
const FEATURE_TOLERANCE: f64 = 1e-3;

/// The rows of `golden.json`, whose NaN is no JSON.
fn golden_rows(text: &str) -> Vec<Value> {
    serde_json::from_str(&text.replace("NaN", "null")).unwrap()
}

/// Within the tolerance; NaN where the original's is.
fn feature_close(ours: f32, original: &Value) -> bool {
    original.as_f64().map_or(ours.is_nan(), |original| {
        // Shapes come in steps of 0.001 and are rounded to f32 on both sides.
        (f64::from(ours) - original).abs() <= FEATURE_TOLERANCE + 1e-6
    })
}

#[test]
fn every_golden_row_is_met() {
    let (Some(folder), Some(model)) = (shared("golden"), shared("weights/brisque-opencv")) else {
        return;
    };
    let read = |name: &str| std::fs::read_to_string(model.join(name)).unwrap();
    let [model, range] = ["brisque_model_live.yml", "brisque_range_live.yml"].map(read);
    let scorer = Brisque::new(Arc::new(Svr::parse(&model, &range).unwrap()));
    let golden = std::fs::read_to_string(folder.join("brisque_opencv/golden.json")).unwrap();
    let rows = golden_rows(&golden);
    let (mut wrong, mut unscored) = (Vec::new(), 0);
    for row in &rows {
        let name = row["file"].as_str().unwrap();
        let picture = decoded(&folder.join(name));
        let ours = features(&picture.rgb.clone().oriented(picture.orientation));
        let original = row["features"].as_array().unwrap();
        assert_eq!(original.len(), FEATURES, "{name}");
        for (i, (ours, original)) in ours.iter().zip(original).enumerate() {
            if !feature_close(*ours, original) {
                wrong.push(format!("{name} feature {i}: {ours}, original {original}"));
            }
        }
        let score = scorer.score(&picture).unwrap().values[0];
        let expected = row["score"].as_f64().unwrap();
        if original.iter().any(|feature| !feature.is_number()) {
            unscored += 1;
            assert!(score.is_nan(), "{name}: {score}");
        } else if (score - expected).abs() > SCORE_TOLERANCE || score.is_nan() {
            wrong.push(format!("{name}: {score}, original {expected}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(
        (rows.len(), unscored),
        (40, 5),
        "rows of golden.json, without a score"
    );
}
