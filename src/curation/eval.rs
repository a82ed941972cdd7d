//! Rules and expressions as masks over the rows.
//!
//! Each leaf is one pass over one array, in chunks on all cores; the nodes above combine bits.
//! Scores are kept as f32, so constants are rounded to f32 before a comparison: `score <= 0.1` then
//! keeps what was scored as 0.1.
//!
//! Must not know: sorts or views.

use std::path::{MAIN_SEPARATOR, Path};

use crate::base::paths;
use crate::domain::catalog::{Catalog, Dims, Row};
use crate::domain::query::{Cmp, Expr, Keep, Quantity, State, TextField};

use super::facts::Facts;
use super::mask::Mask;
use super::scope;
use super::stamp::Stamp;
use super::text::{Pattern, fold, fold_into};

/// The rows that a rule keeps, gone ones among them.
pub(super) fn keep(keep: &Keep, catalog: &Catalog, facts: &mut Facts) -> Mask {
    match keep {
        Keep::Band {
            column,
            low,
            high,
            missing,
        } => band(catalog, column, (*low, *high), *missing),
        Keep::Where(expr) => eval(expr, catalog, facts),
        Keep::Below(folder) => in_folders(catalog, |path| path.starts_with(folder)),
    }
}

fn band(catalog: &Catalog, column: &str, bounds: (f64, f64), missing: bool) -> Mask {
    let len = catalog.len();
    let Some(at) = catalog.column_index(column) else {
        return if missing {
            Mask::all(len)
        } else {
            Mask::none(len)
        };
    };
    let values: &[f32] = &catalog.columns[at].values;
    let (low, high) = (bounds.0 as f32, bounds.1 as f32);
    if missing {
        return Mask::of(len, values, |v| (*v >= low && *v <= high) || v.is_nan());
    }
    Mask::of(len, values, |v| *v >= low && *v <= high)
}

/// The rows for which the expression is true, gone ones among them.
pub(super) fn eval(expr: &Expr, catalog: &Catalog, facts: &mut Facts) -> Mask {
    match expr {
        Expr::And(a, b) => {
            let mut mask = eval(a, catalog, facts);
            mask.and(&eval(b, catalog, facts));
            mask
        }
        Expr::Or(a, b) => {
            let mut mask = eval(a, catalog, facts);
            mask.or(&eval(b, catalog, facts));
            mask
        }
        Expr::Not(inner) => {
            let mut mask = eval(inner, catalog, facts);
            mask.negate();
            mask
        }
        Expr::Compare(quantity, cmp, value) => compare(catalog, facts, quantity, (*cmp, *value)),
        Expr::Text(field, pattern) => text(catalog, *field, &Pattern::within(pattern)),
        Expr::Tag(pattern) => tagged(catalog, &Pattern::whole(pattern)),
        Expr::Flag(flag) => Mask::of(catalog.len(), &catalog.flags, |f| f == flag),
        Expr::Is(state) => in_state(*state, catalog, facts),
        Expr::Has(column) => match catalog.column_index(column) {
            Some(at) => (*facts.has(&catalog.columns[at])).clone(),
            None => Mask::none(catalog.len()),
        },
    }
}

fn compare(catalog: &Catalog, facts: &mut Facts, quantity: &Quantity, to: (Cmp, f64)) -> Mask {
    let len = catalog.len();
    let small = (to.0, to.1 as f32);
    let side = |n: u32| if n == 0 { f64::NAN } else { f64::from(n) };
    match quantity {
        Quantity::Column(key) => match catalog.column_index(key) {
            Some(at) => test(len, &catalog.columns[at].values, |&v: &f32| v, small),
            None => Mask::none(len),
        },
        Quantity::Percentile(key) => match catalog.column_index(key) {
            Some(at) => {
                let ranks = facts.percentiles(catalog, &catalog.columns[at]);
                test(len, &ranks, |&v: &f32| v, small)
            }
            None => Mask::none(len),
        },
        Quantity::Stars => test(len, &catalog.stars, |&s| f64::from(s), to),
        Quantity::Size => test(len, &catalog.size, |&s| s as f64, to),
        Quantity::Width => test(len, &catalog.dims, |d: &Dims| side(d.width), to),
        Quantity::Height => test(len, &catalog.dims, |d: &Dims| side(d.height), to),
        Quantity::Aspect => test(
            len,
            &catalog.dims,
            |d: &Dims| (side(d.width) / side(d.height)) as f32,
            small,
        ),
    }
}

/// One pass over an array; a missing (NaN) number fails every comparison.
fn test<T: Sync, N: PartialOrd + Copy + Sync>(
    len: usize,
    values: &[T],
    number: impl Fn(&T) -> N + Sync,
    (cmp, x): (Cmp, N),
) -> Mask {
    match cmp {
        Cmp::Lt => Mask::of(len, values, |v| number(v) < x),
        Cmp::Le => Mask::of(len, values, |v| number(v) <= x),
        Cmp::Gt => Mask::of(len, values, |v| number(v) > x),
        Cmp::Ge => Mask::of(len, values, |v| number(v) >= x),
        Cmp::Eq => Mask::of(len, values, |v| number(v) == x),
        Cmp::Ne => Mask::of(len, values, |v| number(v) < x || number(v) > x),
    }
}

fn in_folders(catalog: &Catalog, pass: impl Fn(&Path) -> bool) -> Mask {
    let passing: Vec<bool> = catalog.folders.iter().map(|path| pass(path)).collect();
    Mask::of(catalog.len(), &catalog.folder, |&folder| {
        passing.get(folder as usize).copied().unwrap_or(false)
    })
}

fn text(catalog: &Catalog, field: TextField, pattern: &Pattern) -> Mask {
    let folded = |path: &Path| {
        let mut out = String::new();
        fold_into(&paths::to_bytes(path), &mut out);
        out
    };
    match field {
        TextField::Folder => in_folders(catalog, |path| pattern.matches(&folded(path))),
        TextField::Name => Mask::by_row(catalog.len(), String::new, |scratch, row| {
            scratch.clear();
            fold_into(catalog.names.get(Row(row as u32)), scratch);
            pattern.matches(scratch)
        }),
        TextField::Path => {
            let folders: Vec<String> = catalog.folders.iter().map(|p| folded(p)).collect();
            Mask::by_row(catalog.len(), String::new, |scratch, row| {
                scratch.clear();
                let folder = catalog.folder.get(row).map_or(0, |&f| f as usize);
                scratch.push_str(folders.get(folder).map_or("", String::as_str));
                if !scratch.ends_with(MAIN_SEPARATOR) {
                    scratch.push(MAIN_SEPARATOR);
                }
                fold_into(catalog.names.get(Row(row as u32)), scratch);
                pattern.matches(scratch)
            })
        }
    }
}

fn tagged(catalog: &Catalog, pattern: &Pattern) -> Mask {
    let mut mask = Mask::none(catalog.len());
    for (row, tags) in catalog.tags.iter() {
        if tags.iter().any(|tag| pattern.matches(&fold(tag))) {
            mask.insert(row.idx());
        }
    }
    mask
}

fn in_state(state: State, catalog: &Catalog, facts: &mut Facts) -> Mask {
    match state {
        State::Scored => facts.scored(catalog),
        State::Unscored => {
            let mut mask = facts.scored(catalog);
            mask.negate();
            mask
        }
        State::Failed => (*facts.failed(catalog)).clone(),
        State::FailedAt(stage) => {
            let mut mask = Mask::none(catalog.len());
            for (row, failure) in catalog.failures.iter() {
                if failure.stage == stage {
                    mask.insert(row.idx());
                }
            }
            mask
        }
        State::Offline => Mask::of(catalog.len(), &catalog.status, |s| s.offline),
    }
}

/// The arrays that a rule's mask depends on.
pub(super) fn inputs(keep: &Keep, catalog: &Catalog) -> Stamp {
    // Grows with every row, as all arrays do.
    let mut stamp = Stamp::of(&catalog.files);
    match keep {
        Keep::Band { column, .. } => push_column(&mut stamp, catalog, column),
        Keep::Where(expr) => push_inputs(&mut stamp, catalog, expr),
        Keep::Below(_) => {
            stamp.push(&catalog.folder);
            stamp.push(&catalog.folders);
        }
    }
    stamp
}

fn push_column(stamp: &mut Stamp, catalog: &Catalog, key: &str) {
    if let Some(at) = catalog.column_index(key) {
        stamp.push(&catalog.columns[at].values);
    }
}

fn push_inputs(stamp: &mut Stamp, catalog: &Catalog, expr: &Expr) {
    match expr {
        Expr::And(a, b) | Expr::Or(a, b) => {
            push_inputs(stamp, catalog, a);
            push_inputs(stamp, catalog, b);
        }
        Expr::Not(inner) => push_inputs(stamp, catalog, inner),
        Expr::Compare(quantity, ..) => match quantity {
            Quantity::Column(key) => push_column(stamp, catalog, key),
            Quantity::Percentile(key) => {
                if let Some(column) = catalog.column(key) {
                    stamp.append(scope::stamp(catalog, column));
                }
                stamp.push(&catalog.status);
            }
            Quantity::Stars => stamp.push(&catalog.stars),
            Quantity::Size => stamp.push(&catalog.size),
            Quantity::Width | Quantity::Height | Quantity::Aspect => stamp.push(&catalog.dims),
        },
        Expr::Text(..) => {
            stamp.push(&catalog.names);
            stamp.push(&catalog.folder);
            stamp.push(&catalog.folders);
        }
        Expr::Tag(_) => stamp.push(&catalog.tags),
        Expr::Flag(_) => stamp.push(&catalog.flags),
        Expr::Is(State::Scored | State::Unscored) => {
            for column in catalog.scored_columns() {
                stamp.push(&column.values);
            }
        }
        Expr::Is(State::FailedAt(_)) => stamp.push(&catalog.failures),
        Expr::Is(_) => stamp.push(&catalog.status),
        Expr::Has(key) => push_column(stamp, catalog, key),
    }
}
