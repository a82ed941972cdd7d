//! Every visible word of the window, in English.
//!
//! Sentence case; "…" where a button asks for more; no period after a single sentence. Texts of one
//! part of the window stand together; what has numbers in it is a function.
//!
//! Must not know: widgets.

use crate::base::format::{bytes, count, thousands};
use crate::domain::marks::Flag;

/// Title of the window.
pub const APP: &str = "Bandpass";

// Top bar and empty state.
/// Button and command that asks for a folder.
pub const OPEN_FOLDER: &str = "Open folder…";
/// Label of the path box.
pub const FOLDER_PATH: &str = "Folder path";
/// Inside the empty path box.
pub const FOLDER_PATH_HINT: &str = "/path/to/images";
/// Button beside the path box.
pub const OPEN: &str = "Open";
/// Heading of the empty window.
pub const EMPTY_TITLE: &str = "Sieve your images";
/// What to do in the empty window.
pub const EMPTY_HINT: &str =
    "Open a folder, or drop one here. Nothing in it is changed until you say so.";
/// Heading when a filter hides all.
pub const NOTHING_KEPT: &str = "No image passes the filter";
/// Button that removes every rule.
pub const CLEAR_FILTER: &str = "Clear the filter";
/// Heading when folders hold no image.
pub const NO_IMAGES: &str = "No images found here";
/// While folders are read.
pub const LOOKING: &str = "Looking for images…";
/// Label of the sort menu.
pub const SORT_BY: &str = "Sort by";
/// Direction button: largest first.
pub const DESCENDING: &str = "Largest first";
/// Direction button: smallest first.
pub const ASCENDING: &str = "Smallest first";
/// Button that computes scores.
pub const SCORE: &str = "Score";
/// Button that asks what to score.
pub const SCORE_WITH: &str = "Score with…";
/// Button that shows the scorers with weights.
pub const MODELS: &str = "Models…";
/// Undo button.
pub const UNDO: &str = "Undo";
/// Label of the size slider.
pub const THUMB_SIZE: &str = "Thumbnail size";
/// Title of the native folder dialog.
pub const PICK_FOLDER: &str = "Open a folder of images";

// Sort menu.
/// Sort by file name.
pub const BY_NAME: &str = "Name";
/// Sort by path.
pub const BY_PATH: &str = "Path";
/// Sort by time.
pub const BY_DATE: &str = "Date modified";
/// Sort by bytes.
pub const BY_SIZE: &str = "File size";
/// Sort by stars.
pub const BY_STARS: &str = "Stars";

// Status bar.
/// Button on a running job.
pub const PAUSE: &str = "Pause";
/// Button on a held job.
pub const RESUME: &str = "Resume";
/// Button on a job or dialog.
pub const CANCEL: &str = "Cancel";
/// Button on a notice.
pub const DISMISS: &str = "Dismiss";
/// State of a held job.
pub const PAUSED: &str = "paused";

// Dialogs of the shell.
/// Button that closes.
pub const CLOSE: &str = "Close";
/// Box of the palette.
pub const PALETTE_BOX: &str = "Find a command";
/// Nothing matches in the palette.
pub const PALETTE_NONE: &str = "No command matches";

// Loupe.
/// The picture is being read.
pub const LOADING: &str = "Loading…";
/// Zoom buttons.
pub const FIT: &str = "Fit";
/// Zoom buttons.
pub const FULL: &str = "1:1";

/// `1,204 of 38,517`.
pub fn shown(shown: usize, total: usize) -> String {
    format!("{} of {}", thousands(shown as u64), thousands(total as u64))
}

/// `12 selected, 3 hidden by filter`.
pub fn selected(n: usize, hidden: usize) -> String {
    let n = thousands(n as u64);
    if hidden == 0 {
        return format!("{n} selected");
    }
    format!(
        "{n} selected, {} hidden by filter",
        thousands(hidden as u64)
    )
}

/// `3 failed`.
pub fn failed(n: usize) -> String {
    format!("{} failed", thousands(n as u64))
}

/// `120 unscored`.
pub fn unscored(n: usize) -> String {
    format!("{} unscored", thousands(n as u64))
}

/// `12.3 images/s`.
pub fn rate(per_second: f64) -> String {
    format!("{per_second:.1} images/s")
}

/// Stars as text: `3 stars`.
pub fn stars(n: u8) -> String {
    count(u64::from(n), "star")
}

/// Label of the grid's scroll bar.
pub const SCROLL: &str = "Scroll position";
/// Title of the help overlay.
pub const HELP_TITLE: &str = "Keyboard shortcuts";
/// Title of the palette.
pub const PALETTE_TITLE: &str = "Commands";
/// Hint at the end of the status bar.
pub const HELP_HINT: &str = "? for keys, Ctrl+P for commands";
/// Heading of a notice.
pub const LEVEL_INFO: &str = "Done";
/// Heading of a notice.
pub const LEVEL_WARNING: &str = "Please note";
/// Heading of a notice.
pub const LEVEL_ERROR: &str = "This did not work";
/// Why a tile has no picture, where no reason is known.
pub const NO_THUMB: &str = "no thumbnail could be made";
/// Label of the rule that keeps failed images.
pub const RULE_FAILED: &str = "failed";
/// While folders are held over the window.
pub const DROP_HERE: &str = "Drop to open";

/// `Failed: not an image`.
pub fn failed_because(reason: &str) -> String {
    format!("Failed: {reason}")
}

/// `Picture x.png` or `Picture x.png, loading`: the loupe's accessible name.
pub fn picture(name: &str, is_loading: bool) -> String {
    let loading = if is_loading { ", loading" } else { "" };
    format!("Picture {name}{loading}")
}

/// `4000 × 3000`.
pub fn pixels(width: u32, height: u32) -> String {
    format!("{width} × {height}")
}

/// `50 %`.
pub fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// `Picked`, `Rejected` or nothing.
pub fn flag(flag: Flag) -> Option<&'static str> {
    match flag {
        Flag::None => None,
        Flag::Pick => Some("Picked"),
        Flag::Reject => Some("Rejected"),
    }
}

/// `123 of 4,000`, or `123` while the total is unknown.
pub fn done(done: u64, total: u64) -> String {
    if total == 0 {
        return thousands(done);
    }
    format!("{} of {}", thousands(done), thousands(total))
}

/// `120.0 MiB of 1.6 GiB`.
pub fn bytes_done(done: u64, total: u64) -> String {
    format!("{} of {}", bytes(done), bytes(total))
}

/// `12.3 MiB/s`.
pub fn bytes_rate(per_second: f64) -> String {
    format!("{}/s", bytes(per_second as u64))
}

/// `1 min 35 s left`.
pub fn left(duration: &str) -> String {
    format!("{duration} left")
}

/// `3 more`.
pub fn more(n: usize) -> String {
    format!("{} more", thousands(n as u64))
}

/// `Open /a/b again`.
pub fn open_again(path: &str) -> String {
    format!("Open {path} again")
}
