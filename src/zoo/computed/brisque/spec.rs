//! What the column `brisque` is called and means.
//!
//! Must not know: how it is computed.

use crate::domain::score::{Better, Field, ScorerKind, ScorerSpec};
use crate::zoo::computed::{band, column};

/// Raised whenever a value may change.
const VERSION: &str = "1";

/// The scorer's description, which needs no model.
pub fn spec() -> ScorerSpec {
    let mut brisque = column(
        "brisque",
        "BRISQUE",
        (0.0, 100.0),
        Better::Lower,
        "Distortion: 0 is a clean photo, 100 a badly blurred, noisy or compressed one. Flat and \
         tiny pictures have none.",
    );
    brisque.bands = vec![
        band(0.0, 20.0, "excellent"),
        band(20.0, 35.0, "good"),
        band(35.0, 50.0, "fair"),
        band(50.0, 65.0, "poor"),
        band(65.0, 100.0, "very poor"),
    ];
    ScorerSpec {
        key: "brisque".to_owned(),
        label: "BRISQUE".to_owned(),
        about: "How far a picture's local contrast is from that of undistorted photos, equal to \
                OpenCV's QualityBRISQUE. Trained on the photos of the LIVE database; drawings and \
                other programs' BRISQUE values are not comparable."
            .to_owned(),
        kind: ScorerKind::Computed,
        field: Field::General,
        licence: "Apache-2.0".to_owned(),
        version: VERSION.to_owned(),
        columns: vec![brisque],
        signature: None,
    }
}
