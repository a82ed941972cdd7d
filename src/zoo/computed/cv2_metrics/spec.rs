//! What the columns of `cv2_metrics` are called and mean.
//!
//! Must not know: how they are computed.

use crate::domain::score::{Better, ColumnSpec, Field, ScorerKind, ScorerSpec};
use crate::zoo::computed::{band, column};

/// Raised whenever a value may change.
const VERSION: &str = "1";

/// The scorer's description.
pub(super) fn spec() -> ScorerSpec {
    ScorerSpec {
        key: "cv2_metrics".to_owned(),
        label: "OpenCV metrics".to_owned(),
        about: "Sharpness, texture, colour and light, equal to procslib's cv2_metrics. \
                Computed on the original pixels, so sharpness and edges depend on resolution."
            .to_owned(),
        kind: ScorerKind::Computed,
        field: Field::General,
        licence: String::new(),
        version: VERSION.to_owned(),
        columns: [detail(), light()].concat(),
        signature: None,
    }
}

fn detail() -> Vec<ColumnSpec> {
    let open = f64::INFINITY;
    let mut focus = column(
        "focus_measure",
        "Focus",
        // An alternating ±1020 Laplacian is the strongest there is.
        (0.0, 1020.0 * 1020.0),
        Better::Higher,
        "Sharpness: the variance of the Laplacian. Blurred pictures have little; so have smooth \
         ones, and large ones less than small ones of the same subject.",
    );
    focus.bands = vec![
        band(
            0.0,
            100.0,
            "likely blurred (the usual threshold; it depends on resolution)",
        ),
        band(100.0, open, "likely sharp"),
    ];
    vec![
        column(
            "edge_density",
            "Edges",
            (0.0, 255.0),
            Better::Neutral,
            "How much of the picture is edge (Canny 100/200): 255 × the share of edge pixels.",
        ),
        focus,
        column(
            "texture_score",
            "Texture",
            // Codes lie in 0–9; their variance is largest with half of them at either end.
            (0.0, 20.25),
            Better::Neutral,
            "Variety of fine texture: the variance of the local binary patterns.",
        ),
        column(
            "noise_level",
            "Noise",
            (0.0, 1020.0),
            Better::Lower,
            "Strength of fine detail, noise included: the square root of Focus, so it tells the \
             same story.",
        ),
    ]
}

fn light() -> Vec<ColumnSpec> {
    vec![
        column(
            "saturation",
            "Saturation",
            (0.0, 255.0),
            Better::Neutral,
            "Mean colour saturation (HSV): 0 is grey, 255 pure colours.",
        ),
        column(
            "contrast",
            "Contrast",
            (0.0, 127.5),
            Better::Neutral,
            "Spread of the grey levels (standard deviation): 0 is flat, 127.5 half black half white.",
        ),
        column(
            "brightness",
            "Brightness",
            (0.0, 255.0),
            Better::Neutral,
            "Mean grey level: 0 is black, 255 white. Red and blue weigh as in the original, which \
             swaps them.",
        ),
        column(
            "avg_dynamic_range",
            "Dynamic range",
            (0.0, 255.0),
            Better::Higher,
            "Distance between the darkest and the brightest twentieth of the picture, in grey levels.",
        ),
    ]
}
