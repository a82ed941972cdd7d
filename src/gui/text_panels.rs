//! The words of the panels and dialogs around the grid; see [`text`](super::text) for the rest.
//!
//! Must not know: widgets.

use std::path::Path;

use crate::base::format::{bytes, count, thousands};
use crate::domain::marks::Flag;
use crate::domain::op::{Intent, OpState, Plan};

// Filter panel.
/// Label of the expression box.
pub const FILTER: &str = "Filter";
/// Inside the empty expression box.
pub const FILTER_HINT: &str = "focus_measure > 100 and not tag:blurry";
/// Button that drops every rule.
pub const CLEAR_ALL: &str = "Clear all";
/// Rule that hides failed images.
pub const NOT_FAILED: &str = "not failed";
/// Heading of the folder tree.
pub const FOLDERS: &str = "Folders";
/// Label before the stars.
pub const AT_LEAST: &str = "At least";
/// Why the toggle is off duty.
pub const NO_BAND: &str = "No band is set, so unscored images are shown";
/// What the toggle does.
pub const UNSCORED_ABOUT: &str = "Keep images that have no value for a banded column";
/// What the toggle does.
pub const FAILED_ABOUT: &str = "Keep images that could not be read or scored";
/// Row of the tree that stands for every folder.
pub const ALL_FOLDERS: &str = "All folders";

// Column.
/// Menu entry: axis.
pub const AXIS_AUTO: &str = "Automatic axis";
/// Menu entry: axis.
pub const AXIS_LINEAR: &str = "Linear axis";
/// Menu entry: axis.
pub const AXIS_LOG: &str = "Logarithmic axis";
/// Menu entry: axis.
pub const AXIS_PERCENTILE: &str = "Percentile axis";
/// Menu entry: heights of bars.
pub const LOG_HEIGHTS: &str = "Logarithmic bars";
/// Menu entry: sort.
pub const SORT_BEST: &str = "Sort best first";
/// Menu entry: sort.
pub const SORT_LARGEST: &str = "Sort largest first";
/// Menu entry: the opposite sort.
pub const SORT_WORST: &str = "Sort worst first";
/// Menu entry: the opposite sort.
pub const SORT_SMALLEST: &str = "Sort smallest first";
/// Menu entry: drop the band.
pub const RESET_BAND: &str = "Reset band";
/// Mark of columns where less is better.
pub const LOWER_BETTER: &str = "lower is better";
/// Mark of columns where more is better.
pub const HIGHER_BETTER: &str = "higher is better";
/// A row has no value in a column.
pub const NO_VALUE: &str = "No value";

// Inspector.
/// Nothing is focused.
pub const NO_FOCUS: &str = "Select an image to see its scores";
/// Button.
pub const COPY_PATH: &str = "Copy path";
/// Button.
pub const TRY_AGAIN: &str = "Try again";
/// Heading.
pub const TAGS: &str = "Tags";
/// Label of the tag box.
pub const ADD_TAG: &str = "Add tag";
/// Button.
pub const PICK: &str = "Pick";
/// Button.
pub const REJECT: &str = "Reject";
/// Line of the fact table.
pub const SIZE: &str = "Size";
/// Line of the fact table.
pub const PIXELS: &str = "Pixels";
/// Line of the fact table.
pub const DATE: &str = "Modified";
/// Line of the fact table.
pub const FORMAT: &str = "Format";
/// Heading above the columns.
pub const SCORES: &str = "Scores";
/// The file's root is not reachable.
pub const OFFLINE: &str = "Offline: its folder can't be reached";

// Dialogs.
/// Label of the path field.
pub const DESTINATION: &str = "Destination folder";
/// Inside the empty path field.
pub const DESTINATION_HINT: &str = "/path/to/folder";
/// Opens the native dialog.
pub const BROWSE: &str = "Browse…";
/// Checkbox.
pub const KEEP_FOLDERS: &str = "Keep folders";
/// What the checkbox does.
pub const KEEP_FOLDERS_ABOUT: &str = "Rebuild the folders below the opened one at the destination";
/// Button that asks for a plan.
pub const PREVIEW: &str = "Preview…";
/// While the plan is made.
pub const PLANNING: &str = "Looking at the files…";
/// Button.
pub const CANCEL: &str = "Cancel";
/// Button.
pub const CLOSE: &str = "Close";
/// Why the button is off.
pub const NEED_FOLDER: &str = "Give a full path";
/// Why the button is off.
pub const NOTHING_CHOSEN: &str = "No image is selected";
/// Heading of the list.
pub const STEPS: &str = "Files";
/// Heading of the list of taken names.
pub const CLASHES: &str = "Names already taken";
/// Heading of the list of skipped files.
pub const SKIPPED: &str = "Left alone";
/// Promise below a plan.
pub const UNDOABLE: &str = "This can be undone with Ctrl+Z";
/// Promise below a plan for the trash.
pub const UNDOABLE_TRASH: &str = "Files go to the desktop's trash; undo brings them back";
/// An empty plan.
pub const NOTHING_TO_DO: &str = "There is nothing to do";
/// Export choice.
pub const ONLY_SELECTED: &str = "Selected";
/// Export choice.
pub const WHOLE_VIEW: &str = "All shown";
/// Label of the file field.
pub const EXPORT_FILE: &str = "File";
/// Button.
pub const EXPORT: &str = "Export";
/// Title.
pub const EXPORT_TITLE: &str = "Export";
/// Format.
pub const CSV: &str = "CSV";
/// Format.
pub const JSONL: &str = "JSON lines";
/// Format.
pub const PATH_LIST: &str = "Path list";
/// Choice that copies the images.
pub const COPY_FILES: &str = "Copy of the files";
/// Inside the empty file field.
pub const EXPORT_HINT: &str = "/path/to/list.csv";
/// Why the button is off.
pub const NEED_FILE: &str = "Give a full path of a file";
/// Title.
pub const TAG_TITLE: &str = "Tags";
/// Heading.
pub const ON_ALL: &str = "On all of them";
/// Heading.
pub const ON_SOME: &str = "On some of them";
/// Help below the tag box.
pub const TAG_HELP: &str = "Enter adds; commas separate; a leading − removes";
/// Title.
pub const HISTORY: &str = "History";
/// Empty history.
pub const NO_HISTORY: &str = "Nothing was done yet";
/// Button.
pub const UNDO: &str = "Undo";

/// `(37,313 hidden)`.
pub fn hidden(n: usize) -> String {
    format!("({} hidden)", thousands(n as u64))
}

/// `hides 312`.
pub fn hides(n: usize) -> String {
    format!("hides {}", thousands(n as u64))
}

/// `Drop focus_measure ≥ 100`.
pub fn drop_rule(label: &str) -> String {
    format!("Drop {label}")
}

/// `in 2024-05`.
pub fn in_folder(name: &str) -> String {
    format!("in {name}")
}

/// `stars ≥ 3`.
pub fn stars_min(n: u8) -> String {
    format!("stars ≥ {n}")
}

/// `At least 3 stars`.
pub fn at_least_stars(n: u8) -> String {
    format!("At least {}", count(u64::from(n), "star"))
}

/// What a flag rule keeps.
pub fn flag_rule(flag: Flag) -> &'static str {
    match flag {
        Flag::Pick => "picked",
        Flag::Reject => "rejected",
        Flag::None => "not flagged",
    }
}

/// Name of a flag button.
pub fn flag_button(flag: Flag) -> &'static str {
    match flag {
        Flag::Pick => "Picked",
        Flag::Reject => "Rejected",
        Flag::None => "Unflagged",
    }
}

/// `Unscored images (12)`.
pub fn unscored_images(n: usize) -> String {
    format!("Unscored images ({})", thousands(n as u64))
}

/// `Failed images (12)`.
pub fn failed_images(n: usize) -> String {
    format!("Failed images ({})", thousands(n as u64))
}

/// `12 without a value`.
pub fn without_value(n: u32) -> String {
    format!("{} without a value", thousands(u64::from(n)))
}

/// Name of the lower handle.
pub fn low_handle(column: &str) -> String {
    format!("{column} low handle")
}

/// Name of the upper handle.
pub fn high_handle(column: &str) -> String {
    format!("{column} high handle")
}

/// Name of the lower bound's field.
pub fn low_field(column: &str) -> String {
    format!("{column} low")
}

/// Name of the upper bound's field.
pub fn high_field(column: &str) -> String {
    format!("{column} high")
}

/// Name of a column's menu.
pub fn column_menu(column: &str) -> String {
    format!("{column} options")
}

/// Under the pointer in a histogram: `128 · percentile 73`.
pub fn at_value(value: f64, percentile: f64) -> String {
    format!("{} · percentile {percentile:.0}", bound(value))
}

/// A bound as short as it can be said: `100`, `0.05`, `12.5`.
pub fn bound(value: f64) -> String {
    let text = value.to_string();
    if text.len() <= 8 || !value.is_finite() {
        return text;
    }
    let digits = value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
    let decimals = (5 - digits).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A bound in a narrow field: at most four significant digits.
pub fn bound_short(value: f64) -> String {
    let digits = value.abs().max(1e-9).log10().floor() as i32;
    let factor = 10_f64.powi(3 - digits);
    bound((value * factor).round() / factor)
}

/// The text shortly before and after a place, cut with "…" where it is long.
pub fn around(text: &str, at: usize) -> (String, String) {
    const BEFORE: usize = 24;
    const AFTER: usize = 12;
    let chars: Vec<char> = text.chars().collect();
    let (left, right) = chars.split_at(at.min(chars.len()));
    let from = left.len().saturating_sub(BEFORE);
    let mut before: String = left.iter().skip(from).collect();
    if from > 0 {
        before.insert(0, '…');
    }
    let mut after: String = right.iter().take(AFTER).collect();
    if right.len() > AFTER {
        after.push('…');
    }
    (before, after)
}

/// `At character 9: a number is missing`.
pub fn at_character(at: usize, message: &str) -> String {
    format!("At character {}: {message}", at + 1)
}

/// Name of an arrow in the tree.
pub fn unfold(name: &str, open: bool) -> String {
    let verb = if open { "Fold" } else { "Unfold" };
    format!("{verb} {name}")
}

/// `and 300 more folders`.
pub fn more_folders(n: usize) -> String {
    format!("and {}", count(n as u64, "more folder"))
}

/// `percentile 87`.
pub fn percentile(p: f64) -> String {
    format!("percentile {p:.0}")
}

/// Name of a star button of the inspector.
pub fn set_stars(n: u8) -> String {
    count(u64::from(n), "star")
}

/// `Remove tag best`.
pub fn remove_tag(tag: &str) -> String {
    format!("Remove tag {tag}")
}

/// `Failed to decode`.
pub fn failed_at(stage: &str) -> String {
    format!("Failed to {stage}")
}

/// `Move 213 images`, for the confirming button.
pub fn confirm(plan: &Plan) -> String {
    let images = count(plan.n_images as u64, "image");
    match plan.intent {
        Intent::Trash => format!("Move {images} to trash"),
        Intent::Move(_) => format!("Move {images}"),
        Intent::Copy(_) => format!("Copy {images}"),
    }
}

/// `Move 213 images + 213 sidecars (1.2 GiB) to /x`.
pub fn plan_title(plan: &Plan) -> String {
    let verb = match plan.intent {
        Intent::Copy(_) => "Copy",
        Intent::Move(_) | Intent::Trash => "Move",
    };
    let images = count(plan.n_images as u64, "image");
    let sidecars = match plan.n_sidecars {
        0 => String::new(),
        n => format!(" + {}", count(n as u64, "sidecar")),
    };
    let to = match plan.intent.destination() {
        Some(to) => to.folder.display().to_string(),
        None => "trash".to_owned(),
    };
    format!("{verb} {images}{sidecars} ({}) to {to}", bytes(plan.bytes))
}

/// `x.png exists; becomes x (2).png`.
pub fn clash(wanted: &Path, given: &Path) -> String {
    format!("{} exists; becomes {}", name(wanted), name(given))
}

/// `x.png: already there`.
pub fn skip(path: &Path, reason: &str) -> String {
    format!("{}: {reason}", name(path))
}

/// `a/x.png » b/x.png`.
pub fn step(from: &Path, to: Option<&Path>) -> String {
    match to {
        Some(to) => format!("{} » {}", name(from), to.display()),
        None => from.display().to_string(),
    }
}

/// `Move 12 images…`, the title of the destination dialog.
pub fn act_title(copy: bool, n: usize) -> String {
    let verb = if copy { "Copy" } else { "Move" };
    format!("{verb} {}", count(n as u64, "image"))
}

/// `Names already taken (3)`.
pub fn with_count(heading: &str, n: usize) -> String {
    format!("{heading} ({})", thousands(n as u64))
}

/// `12 selected images are hidden by the filter and stay where they are`.
pub fn hidden_stay(n: usize) -> String {
    let (are, stay, they) = if n == 1 {
        ("is", "stays", "it is")
    } else {
        ("are", "stay", "they are")
    };
    let images = count(n as u64, "selected image");
    format!("{images} {are} hidden by the filter and {stay} where {they}")
}

/// `Tag 12 images`.
pub fn tag_title(n: usize) -> String {
    format!("Tag {}", count(n as u64, "image"))
}

/// How far an operation has come.
pub fn op_state(state: OpState, done: u64, failed: u64) -> String {
    let text = match state {
        OpState::Running => "unfinished".to_owned(),
        OpState::Done => count(done, "step"),
        OpState::Undoing => "being undone".to_owned(),
        OpState::Undone => "undone".to_owned(),
    };
    if failed == 0 {
        return text;
    }
    format!("{text}, {} failed", thousands(failed))
}

/// Name of an undo button: `Undo move 3 images to /x`.
pub fn undo_op(title: &str) -> String {
    format!("Undo {title}")
}

/// Button: the tags that a tagger saw become the user's own.
pub const TAKE_TAGS: &str = "Add to my tags";
/// What that button does.
pub const TAKE_TAGS_ABOUT: &str =
    "Adds the tags from the tagger's thresholds on, characters first; Ctrl+Z takes them back";

/// `Seen by WD ViT v3`: heading above the tags of a tagger.
pub fn seen_by(tagger: &str) -> String {
    format!("Seen by {tagger}")
}

/// `Add what WD ViT v3 saw`: button for several images.
pub fn take_from(tagger: &str) -> String {
    format!("Add what {tagger} saw")
}

/// The choice without an overlay.
pub const NO_OVERLAY: &str = "No overlay";
/// Slider beside the choice of an overlay.
pub const OVERLAY_STRENGTH: &str = "Strength of the overlay";
/// The scorer of the overlay that is on has nothing for the image.
pub const OVERLAY_ABSENT: &str = "No overlay for this image: score it first";

/// Name of the choice of an overlay: `Overlay: Depth`.
pub fn overlay(shown: &str) -> String {
    format!("Overlay: {shown}")
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_said_shortly() {
        for (value, text) in [
            (100.0, "100"),
            (0.05, "0.05"),
            (12.5, "12.5"),
            (-3.0, "-3"),
            (12_300.000_000_000_002, "12300"),
            (0.300_000_000_000_04, "0.3"),
        ] {
            assert_eq!(bound(value), text);
        }
    }
}
