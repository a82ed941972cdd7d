//! Filters, sorts and views as values, and what a view shows.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::Generation;

use super::catalog::Row;
use super::image::Stage;
use super::marks::Flag;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cmp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `=`
    Eq,
    /// `!=`
    Ne,
}

/// A number that every row has.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// A score column by key.
    Column(String),
    /// The percentile rank (0–100) of a row within a score column.
    Percentile(String),
    /// Stars, 0–5.
    Stars,
    /// File size in bytes.
    Size,
    /// Width in pixels.
    Width,
    /// Height in pixels.
    Height,
    /// Width over height.
    Aspect,
}

/// Text that every row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextField {
    /// File name.
    Name,
    /// Full path.
    Path,
    /// Folder path.
    Folder,
}

/// State of a row that a filter can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Without a value in at least one column that scoring fills.
    Unscored,
    /// With a value in every such column.
    Scored,
    /// Failed at any stage.
    Failed,
    /// Failed at this stage.
    FailedAt(Stage),
    /// On a root that can't be reached.
    Offline,
}

/// A boolean expression on a row.
///
/// A comparison with a missing value is false, and so is its opposite comparison; `not` negates.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// Both.
    And(Box<Self>, Box<Self>),
    /// Either.
    Or(Box<Self>, Box<Self>),
    /// The opposite.
    Not(Box<Self>),
    /// A number compared with a constant.
    Compare(Quantity, Cmp, f64),
    /// Whether the text contains the other, ignoring case; `*` and `?` make it a whole-text pattern.
    Text(TextField, String),
    /// Whether it has the tag (`*` and `?` allowed).
    Tag(String),
    /// Whether it has the flag.
    Flag(Flag),
    /// Whether it is in the state.
    Is(State),
    /// Whether the column has a value.
    Has(String),
}

/// What a sort orders by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// Natural order of the file name (2 before 10), then of the folder.
    Name,
    /// Natural order of the full path.
    Path,
    /// Modification time.
    Date,
    /// File size.
    Size,
    /// Stars.
    Stars,
    /// A score column by key; rows without a value come last in both directions.
    Column(String),
}

/// One key of a sort.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// What to order by.
    pub by: SortBy,
    /// Largest first.
    pub descending: bool,
}

/// What one rule keeps.
#[derive(Debug, Clone, PartialEq)]
pub enum Keep {
    /// Values of a column between two bounds, both inclusive.
    Band {
        /// Column key.
        column: String,
        /// Lower bound; `-inf` where open.
        low: f64,
        /// Upper bound; `inf` where open.
        high: f64,
        /// Whether rows without a value are kept too.
        missing: bool,
    },
    /// Rows for which the expression is true.
    Where(Expr),
    /// Rows whose file lies in this folder or below it.
    Below(PathBuf),
}

/// One line of the filter; the count of what it hides is shown beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What people read, e.g. "focus_measure ≥ 100".
    pub label: String,
    /// What it keeps.
    pub keep: Keep,
}

/// Filter, order, and the histograms asked for: what decides the list on screen.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewSpec {
    /// All of them must keep a row. At most 64.
    pub rules: Vec<Rule>,
    /// First key first; ties fall to row order.
    pub sort: Vec<SortKey>,
    /// Keep only this many of the sorted rows.
    pub top: Option<usize>,
    /// Columns whose histograms are wanted, by key.
    pub histograms: Vec<String>,
    /// Whether values outside their scorer's scope come after all others, and count neither for
    /// `top` nor for percentiles. On unless the user says otherwise.
    pub guard: bool,
}

impl Default for ViewSpec {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            sort: Vec::new(),
            top: None,
            histograms: Vec::new(),
            guard: true,
        }
    }
}

/// Counts of a column's values in equal intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Column key.
    pub column: String,
    /// Lower end of the first interval: the smallest finite value of the library.
    pub low: f64,
    /// Upper end of the last interval: the largest finite value of the library.
    pub high: f64,
    /// Counts over the whole library.
    pub all: Vec<u32>,
    /// Counts over the rows that every *other* rule keeps (cross-filtering).
    pub kept: Vec<u32>,
    /// Rows of the library without a value.
    pub missing: u32,
}

/// What a view shows of one catalog generation.
#[derive(Debug, Clone, Default)]
pub struct ViewResult {
    /// Of the [`ViewSpec`] this answers.
    pub generation: Generation,
    /// The rows on screen, in order.
    pub rows: Arc<Vec<Row>>,
    /// Number of files of the library.
    pub total: usize,
    /// For each rule, how many files fail it (alone or with others).
    pub hidden: Vec<usize>,
    /// Files of the library without a value in at least one column that scoring fills, failed ones
    /// left out.
    pub unscored: usize,
    /// Files of the library that failed.
    pub failed: usize,
    /// Files that the rules keep and whose value of a column sorted by is outside its scorer's
    /// scope, whether or not the guard is on.
    pub outside: usize,
}
