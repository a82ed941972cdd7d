//! The words of the dialog about a network of the user's own; see [`text`](super::text) for the rest.
//!
//! Must not know: widgets.

/// Title of the dialog about a network of the user's own.
pub const TITLE: &str = "A scorer of your own";
/// Field: the name in filters and exports.
pub const KEY: &str = "Key";
/// Field: the title.
pub const LABEL: &str = "Title";
/// Field: what it measures.
pub const ABOUT: &str = "What it measures";
/// Field: the licence.
pub const LICENCE: &str = "Licence";
/// Menu: what pictures it was trained on.
pub const FIELD: &str = "Trained on";
/// Trained on everything.
pub const FIELD_GENERAL: &str = "photos and all else";
/// Fields: the size of the input.
pub const SIZE: &str = "Input size";
/// Field: width in pixels.
pub const WIDTH: &str = "Width";
/// Field: height in pixels.
pub const HEIGHT: &str = "Height";
/// Menu: how a picture is brought to size.
pub const FIT: &str = "Fit";
/// Menu: interpolation.
pub const RESAMPLER: &str = "Resampling";
/// Menu: what the levels become.
pub const VALUES: &str = "Values";
/// Menu: order of the colours.
pub const CHANNELS: &str = "Colours";
/// Menu: which output is read.
pub const OUTPUT: &str = "Output";
/// Menu: how it is read.
pub const READ: &str = "Read as";
/// Field: numbers of the answer.
pub const NUMBERS: &str = "Numbers";
/// A value that no choice of the menu is.
pub const OTHER: &str = "as the file says";
/// Below the answers.
pub const GUESSED: &str = "The file doesn't tell what is marked \u{201c}guessed\u{201d}: a wrong guess gives wrong scores without an error.";

/// `Values (guessed)`.
pub fn guessed(label: &str) -> String {
    format!("{label} (guessed)")
}

/// What the levels become, by its word in manifests.
pub fn values(word: &str) -> &str {
    match word {
        "imagenet" => "ImageNet mean and deviation",
        "clip" => "CLIP mean and deviation",
        other => other,
    }
}

/// How an answer is read, by its word in manifests.
pub fn read_as(word: &str) -> &str {
    match word {
        "raw" => "the numbers as they are",
        "sigmoid" => "sigmoid: several labels may hold",
        "softmax" => "softmax: one label holds",
        "embedding" => "a vector for heads",
        other => other,
    }
}

/// `Labels, one a line; the network gives 7 numbers`.
pub fn labels(n: usize) -> String {
    format!("Labels, one a line; the network gives {n} numbers")
}
