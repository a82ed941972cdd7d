//! Several rows about one image: the same, or contradicting each other.
//!
//! Must not know: how rows were matched.

use crate::domain::image::ContentId;
use crate::domain::import::Table;

/// What remains of matched rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Contents with the row that gives their values, ascending by content.
    pub kept: Vec<(ContentId, u32)>,
    /// Rows that say the same as a kept one.
    pub n_repeated: usize,
    /// Rows of contents that have differing ones.
    pub conflicting: Vec<u32>,
}

/// One row a content; none where its rows differ.
pub fn settle(table: &Table, mut matched: Vec<(ContentId, u32)>) -> Settled {
    matched.sort_unstable();
    let mut settled = Settled::default();
    for rows in matched.chunk_by(|a, b| a.0 == b.0) {
        let Some((&first, others)) = rows.split_first() else {
            continue;
        };
        if others.iter().all(|other| is_same(table, first.1, other.1)) {
            settled.kept.push(first);
            settled.n_repeated += others.len();
        } else {
            let rows = rows.iter().map(|(_, row)| *row);
            settled.conflicting.extend(rows);
        }
    }
    settled
}

fn is_same(table: &Table, a: u32, b: u32) -> bool {
    table.columns.iter().all(|column| {
        let value = |row: u32| column.values.get(row as usize).copied().unwrap_or(f64::NAN);
        let (a, b) = (value(a), value(b));
        a == b || a.is_nan() && b.is_nan()
    })
}
