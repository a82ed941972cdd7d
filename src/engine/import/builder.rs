//! Rows of any format to a table: which column is the key, which hold numbers, what is broken.
//!
//! Must not know: formats.

use std::collections::HashMap;

use crate::base::{Problem, format};
use crate::curation::import::key_kind;
use crate::domain::import::{ImportOptions, KeyKind, Keys, Table, TableColumn};

/// Columns of one table.
pub(super) const MAX_COLUMNS: usize = 4096;
/// Rows of one table.
const MAX_ROWS: usize = 50_000_000;
/// Numbers of one table: 1.6 GiB of memory.
const MAX_NUMBERS: usize = 200_000_000;
/// Bytes of a key.
const MAX_KEY: usize = 32 << 10;
/// Broken rows that are named.
const N_NAMED: usize = 5;

/// Names of columns that number the rows.
const ROW_NUMBERS: [&str; 5] = ["", "index", "Unnamed: 0", "__index_level_0__", "row"];

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A number, or a truth value as 0 or 1.
    Number(f64),
    /// Text, as bytes.
    Text(&'a [u8]),
    /// A list or the like.
    Other,
}

impl<'a> Cell<'a> {
    /// What the text of a cell stands for.
    pub(super) fn of_text(text: &'a [u8]) -> Self {
        let trimmed = text.trim_ascii();
        let is = |words: &[&str]| {
            words
                .iter()
                .any(|word| trimmed.eq_ignore_ascii_case(word.as_bytes()))
        };
        if trimmed.is_empty() || is(&["nan", "null", "none", "na", "n/a"]) {
            return Self::Empty;
        }
        if is(&["true", "false"]) {
            return Self::Number(f64::from(u8::from(is(&["true"]))));
        }
        match number(trimmed) {
            Some(value) => Self::Number(value),
            None => Self::Text(text),
        }
    }

    /// Whether it holds a number.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number(_))
    }
}

fn number(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A column while it is read.
struct Draft {
    name: String,
    content: Content,
}

enum Content {
    /// As many values as rows with a cell there were, padded when the next one comes.
    Numbers(Vec<f64>),
    /// Not wanted.
    Ignored,
    /// It has a cell that is no number: the row, and the cell.
    Text(u64, String),
}

/// The table so far.
pub(super) struct Builder<'a> {
    options: &'a ImportOptions,
    columns: Vec<Draft>,
    places: HashMap<String, usize>,
    /// Place of the key among the columns, and what it is.
    key: Option<(usize, KeyKind)>,
    keys: Keys,
    now: Vec<u8>,
    n_numbers: usize,
    n_broken: usize,
    notices: Vec<String>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(options: &'a ImportOptions) -> Self {
        Self {
            options,
            columns: Vec::new(),
            places: HashMap::new(),
            key: None,
            keys: Keys::default(),
            now: Vec::new(),
            n_numbers: 0,
            n_broken: 0,
            notices: Vec::new(),
        }
    }

    /// Place of the column of that name, made if there is none.
    pub(super) fn column(&mut self, name: &str) -> Result<usize, Problem> {
        match self.places.get(name) {
            Some(&at) => Ok(at),
            None => self.add_column(name),
        }
    }

    /// Adds a column; where there is one of that name already, the new one is left out.
    pub(super) fn add_column(&mut self, name: &str) -> Result<usize, Problem> {
        if self.columns.len() == MAX_COLUMNS {
            return Err(cant(format!("it has more than {MAX_COLUMNS} columns"))
                .hint("is it a table with a row for each image?"));
        }
        let wanted = &self.options.columns;
        let is_wanted = wanted.is_empty() && !ROW_NUMBERS.contains(&name.trim())
            || wanted.iter().any(|wanted| wanted == name);
        let at = self.columns.len();
        let is_known = *self.places.entry(name.to_owned()).or_insert(at) != at;
        if is_known {
            self.notices.push(format!(
                "there are two columns '{name}'; the second is left out"
            ));
        }
        let content = if is_wanted && !is_known {
            Content::Numbers(Vec::new())
        } else {
            Content::Ignored
        };
        self.columns.push(Draft {
            name: name.to_owned(),
            content,
        });
        Ok(at)
    }

    /// Whether it is decided which column is the key.
    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Decides which of the columns so far is the key.
    pub(super) fn choose_key(&mut self) -> Result<(), Problem> {
        let named = |at: &usize| {
            let column = self.columns.get(*at);
            column.is_some_and(|column| Some(&column.name) == self.options.key.as_ref())
        };
        let places = 0..self.columns.len();
        self.key = if self.options.key.is_some() {
            let kind = |at: usize| key_kind(&self.columns.get(at)?.name);
            let at = places.clone().find(named);
            at.map(|at| (at, kind(at).map_or(KeyKind::Path, |(_, kind)| kind)))
        } else {
            let known = places.filter_map(|at| {
                let (rank, kind) = key_kind(&self.columns.get(at)?.name)?;
                Some((rank, at, kind))
            });
            known
                .min_by_key(|(rank, ..)| *rank)
                .map(|(_, at, kind)| (at, kind))
        };
        if self.key.is_some() {
            return Ok(());
        }
        let names: Vec<&str> = self
            .columns
            .iter()
            .take(20)
            .map(|c| c.name.as_str())
            .collect();
        let missing = match &self.options.key {
            Some(key) => format!("it has no column '{key}'"),
            None => "no column of it says which image a row is about".to_owned(),
        };
        Err(cant(missing).hint(format!(
            "name the one with paths, file names or hashes with --key; it has: {}",
            names.join(", ")
        )))
    }

    /// Makes this column the key.
    pub(super) fn set_key(&mut self, at: usize, kind: KeyKind) {
        self.key = Some((at, kind));
    }

    /// Whether a column must be read: it is the key, or may hold numbers.
    pub(super) fn needs(&self, at: usize) -> bool {
        let content = self.columns.get(at).map(|column| &column.content);
        self.key.is_some_and(|(key, _)| key == at) || matches!(content, Some(Content::Numbers(_)))
    }

    /// Whether this column is the key.
    pub(super) fn is_key(&self, at: usize) -> bool {
        self.key.is_some_and(|(key, _)| key == at)
    }

    /// Takes a cell of the row that is being read.
    pub(super) fn cell(&mut self, at: usize, cell: Cell<'_>, line: u64) {
        if self.is_key(at) {
            self.now.clear();
            match cell {
                Cell::Text(text) if text.len() <= MAX_KEY => {
                    self.now.extend_from_slice(text.trim_ascii());
                }
                // A file name may be a number.
                Cell::Number(value) => self.now.extend_from_slice(value.to_string().as_bytes()),
                _ => {}
            }
            return;
        }
        let n_rows = self.keys.len();
        let Some(column) = self.columns.get_mut(at) else {
            return;
        };
        let Content::Numbers(values) = &mut column.content else {
            return;
        };
        let value = match cell {
            Cell::Empty => return,
            Cell::Number(value) => value,
            Cell::Text(text) => {
                let sample: String = String::from_utf8_lossy(text).chars().take(40).collect();
                column.content = Content::Text(line, sample);
                return;
            }
            Cell::Other => {
                column.content = Content::Text(line, "a list".to_owned());
                return;
            }
        };
        self.n_numbers += n_rows + 1 - values.len().min(n_rows + 1);
        values.resize(n_rows, f64::NAN);
        values.push(value);
    }

    /// Ends a row. One without a key is broken.
    pub(super) fn end_row(&mut self, line: u64) -> Result<(), Problem> {
        if self.now.is_empty() {
            self.broken(line, "it has no key");
            return Ok(());
        }
        self.keys.push(&self.now);
        self.now.clear();
        if self.keys.len() > MAX_ROWS || self.n_numbers > MAX_NUMBERS {
            let most = format::thousands(MAX_NUMBERS as u64);
            return Err(cant(format!(
                "it has more than {most} numbers, or {MAX_ROWS} rows"
            ))
            .hint("import some of its columns at a time with --columns"));
        }
        Ok(())
    }

    /// Leaves the row out that is being read.
    pub(super) fn broken(&mut self, line: u64, why: &str) {
        self.now.clear();
        let n_rows = self.keys.len();
        for column in &mut self.columns {
            if let Content::Numbers(values) = &mut column.content {
                values.truncate(n_rows);
            }
        }
        self.n_broken += 1;
        if self.n_broken <= N_NAMED {
            self.notices.push(format!("row {line} is left out: {why}"));
        }
    }

    /// The table. Fails where it has no numbers.
    pub(super) fn finish(mut self) -> Result<Table, Problem> {
        let (at, kind) = self.key.ok_or_else(|| cant("it has no rows"))?;
        let key_column = self.columns.get(at).map(|column| column.name.clone());
        if self.n_broken > N_NAMED {
            let n = format::thousands(self.n_broken as u64);
            self.notices.push(format!("{n} rows are left out in all"));
        }
        let n_rows = self.keys.len();
        let mut columns = Vec::new();
        for (i, column) in self.columns.into_iter().enumerate() {
            let name = column.name;
            match column.content {
                _ if i == at => {}
                Content::Numbers(mut values) if values.iter().any(|value| !value.is_nan()) => {
                    values.resize(n_rows, f64::NAN);
                    columns.push(TableColumn { name, values });
                }
                Content::Numbers(_) => self
                    .notices
                    .push(format!("'{name}' is left out: it is empty")),
                Content::Text(line, sample) => {
                    let why = format!("'{name}' is left out: no number in row {line}: {sample}");
                    self.notices.push(why);
                }
                Content::Ignored => {}
            }
        }
        for wanted in &self.options.columns {
            if !columns.iter().any(|column| column.name == *wanted) {
                let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).take(20).collect();
                return Err(cant(format!("it has no column '{wanted}' with numbers"))
                    .hint(format!("it has: {}", names.join(", "))));
            }
        }
        if columns.is_empty() || n_rows == 0 {
            let why = "it has no column with numbers beside the key";
            return Err(cant(why).hint(self.notices.join("; ")));
        }
        Ok(Table {
            kind,
            key_column: key_column.unwrap_or_default(),
            keys: self.keys,
            columns,
            notices: self.notices,
            n_broken: self.n_broken,
        })
    }
}

/// A table that can't be read, and why.
pub(super) fn cant(why: impl std::fmt::Display) -> Problem {
    Problem::usage("can't read the table", why)
}
