//! `cv2_metrics` against the numbers of the original code, picture by picture.

use bandpass::zoo::Computed as _;
use bandpass::zoo::computed::cv2_metrics::Cv2Metrics;

use crate::decoded::decoded;
use crate::shared::shared;

/// Equal but for the order in which the original sums its doubles.
fn close(ours: f64, original: f64) -> bool {
    (ours - original).abs() <= 1e-9 * original.abs()
}

#[test]
fn every_golden_row_is_met() {
    let Some(folder) = shared("golden") else {
        return;
    };
    let scorer = Cv2Metrics::new();
    let mut golden = csv::Reader::from_path(folder.join("cv2_metrics/golden.csv")).unwrap();
    let titles = golden.headers().unwrap().clone();
    let (mut rows, mut wrong) = (0, Vec::new());
    for row in golden.records() {
        let row = row.unwrap();
        let name = &row[0];
        let picture = decoded(&folder.join(name));
        let scores = scorer.score(&picture).unwrap();
        for (column, value) in scorer.spec().columns.iter().zip(scores.values) {
            let at = titles.iter().position(|title| title == column.key).unwrap();
            let original: f64 = row[at].parse().unwrap();
            if !close(value, original) {
                wrong.push(format!(
                    "{name} {}: {value}, original {original}",
                    column.key
                ));
            }
        }
        rows += 1;
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(rows, 50, "rows of golden.csv");
}
