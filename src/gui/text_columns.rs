//! The words of the dialogs about imported and composite columns; see [`text`](super::text) for the
//! rest.
//!
//! Must not know: widgets.

/// Title of the dialog that imports columns.
pub const IMPORT_TITLE: &str = "Import columns";
/// Field: the table.
pub const TABLE: &str = "Table";
/// Inside the empty field.
pub const TABLE_HINT: &str = "/path/to/scores.csv, .jsonl, .json or .parquet";
/// Field: what the import is called.
pub const IMPORT_NAME: &str = "Name";
/// Inside the empty field.
pub const IMPORT_NAME_HINT: &str = "that of the file";
/// Field: the column that says which image a row is about.
pub const KEY_COLUMN: &str = "Column with paths, names or hashes";
/// Inside the empty field.
pub const KEY_COLUMN_HINT: &str = "found out";
/// What will happen.
pub const IMPORT_ABOUT: &str = "Numbers become columns to filter, sort and export by. A name that fits several images is never guessed: the plan says which rows are left out.";
/// Button: what would be done.
pub const SHOW_PLAN: &str = "Show the plan";
/// Button: do it.
pub const IMPORT: &str = "Import";
/// Why it can't be done.
pub const NOTHING_FITS: &str = "No row fits an image of the open folders";
/// Heading above earlier imports.
pub const IMPORTED: &str = "Imported before";
/// Button beside an import or a composite column.
pub const REMOVE: &str = "Remove";

/// Title of the dialog about composite columns.
pub const COMPOSITE_TITLE: &str = "Composite column";
/// Field: name in filters and exports.
pub const KEY: &str = "Key";
/// Inside the empty field.
pub const KEY_HINT: &str = "best";
/// Field: what it is.
pub const FORMULA: &str = "Formula";
/// Inside the empty field.
pub const FORMULA_HINT: &str = "wmean(2, pct(focus_measure), 1, rank(noise_level))";
/// Field: title.
pub const TITLE: &str = "Title";
/// Inside the empty field.
pub const TITLE_HINT: &str = "the key";
/// More is better.
pub const HIGHER: &str = "Higher is better";
/// Less is better.
pub const LOWER: &str = "Lower is better";
/// Neither.
pub const NEUTRAL: &str = "Neither";
/// What a formula may hold.
pub const FORMULA_ABOUT: &str = "Columns, numbers, + - * / ^, mean, gmean, wmean, min, max, clamp, if, coalesce; pct(x) is the percentile from 0 to 1, rank(x) the same with the better end at 1, unit(x) the native range from 0 to 1.";
/// Button.
pub const KEEP: &str = "Keep column";
/// Why it can't be kept.
pub const NEED_FORMULA: &str = "It needs a key and a formula that can be read";

/// `Remove best`.
pub fn remove(key: &str) -> String {
    format!("Remove {key}")
}
