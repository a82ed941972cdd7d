//! The domain guard: values that lie outside what their scorer is meant for.
//!
//! A scorer made for anime says nothing of a photo, and one that the user runs only where a rule
//! holds nothing of the rest. Such values are kept and marked; what is not known is not outside.
//!
//! Must not know: sorts or views.

use crate::domain::catalog::{Catalog, Column, Row};
use crate::domain::query::{Expr, Quantity};

use super::condition::{columns_of, decide};
use super::mask::Mask;
use super::stamp::Stamp;

/// Why a value is outside its scorer's scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// The scorer was made for pictures of another field.
    Field,
    /// The user's rule keeps the image out.
    Rule,
    /// It is computed from a value that is outside.
    Input,
}

/// Why the row's value of that column is outside its scope; none where it has no value or is not
/// known to be outside.
pub fn outside(catalog: &Catalog, column: usize, row: Row) -> Option<Outside> {
    let scope = &catalog.columns.get(column)?.scope;
    if catalog.value(column, row).is_nan() {
        return None;
    }
    let is_foreign = |image| scope.field.is_foreign_to(image);
    if catalog.field_of(row).is_some_and(is_foreign) {
        return Some(Outside::Field);
    }
    let is_closed = |only| told(only, catalog, row) == Some(false);
    if scope.only.as_ref().is_some_and(is_closed) {
        return Some(Outside::Rule);
    }
    let mut inputs = scope.inputs.iter();
    let is_outside = |key: &String| outside(catalog, catalog.column_index(key)?, row);
    inputs.find_map(is_outside).map(|_| Outside::Input)
}

/// Keys of the columns whose values are outside their scope for a row.
pub fn outside_columns(catalog: &Catalog, row: Row) -> Vec<&str> {
    let columns = catalog.columns.iter().enumerate();
    let outside = columns.filter(|(at, _)| outside(catalog, *at, row).is_some());
    outside
        .map(|(_, column)| column.spec.key.as_str())
        .collect()
}

/// Whether the column has a scope that rows may be outside of.
pub(super) fn is_bounded(catalog: &Catalog, column: &Column) -> bool {
    column.scope.field != crate::domain::score::Field::General
        || column.scope.only.is_some()
        || inputs(catalog, column).any(|input| is_bounded(catalog, input))
}

/// The columns that the column is computed from.
fn inputs<'c>(catalog: &'c Catalog, column: &'c Column) -> impl Iterator<Item = &'c Column> {
    let keys = column.scope.inputs.iter();
    keys.filter_map(|key| catalog.column(key))
}

/// The rows whose value of that column is outside its scope, gone ones among them.
pub(super) fn mask(catalog: &Catalog, column: &Column) -> Mask {
    let (len, field) = (catalog.len(), column.scope.field);
    let foreign = |image: &Option<_>| image.is_some_and(|image| field.is_foreign_to(image));
    let mut mask = Mask::of(len, &catalog.fields, foreign);
    if let Some(only) = &column.scope.only {
        let closed = |(): &mut (), row: usize| told(only, catalog, Row(row as u32)) == Some(false);
        mask.or(&Mask::by_row(len, || (), closed));
    }
    for input in inputs(catalog, column) {
        mask.or(&self::mask(catalog, input));
    }
    mask.and(&Mask::of(len, &column.values, |value| !value.is_nan()));
    mask
}

/// The arrays that the column and its mask depend on.
pub(super) fn stamp(catalog: &Catalog, column: &Column) -> Stamp {
    let mut stamp = Stamp::of(&column.values).with(&column.scope);
    if is_bounded(catalog, column) {
        stamp.push(&catalog.fields);
    }
    if let Some(only) = &column.scope.only {
        stamp.push(&catalog.dims);
        stamp.push(&catalog.size);
        for key in columns_of(only) {
            if let Some(read) = catalog.column(key) {
                stamp.push(&read.values);
            }
        }
    }
    for input in inputs(catalog, column) {
        stamp.append(self::stamp(catalog, input));
    }
    stamp
}

fn told(condition: &Expr, catalog: &Catalog, row: Row) -> Option<bool> {
    decide(condition, &|quantity| number(catalog, row, quantity))
}

/// A quantity of a row, as far as the image alone decides it; NaN where it has none.
pub(super) fn number(catalog: &Catalog, row: Row, quantity: &Quantity) -> Option<f64> {
    let dims = catalog.dims.get(row.idx()).copied().unwrap_or_default();
    let side = |n: u32| if n == 0 { f64::NAN } else { f64::from(n) };
    Some(match quantity {
        Quantity::Column(key) => {
            let column = catalog.column_index(key);
            column.map_or(f64::NAN, |at| f64::from(catalog.value(at, row)))
        }
        Quantity::Size => catalog.size.get(row.idx()).map_or(f64::NAN, |&s| s as f64),
        Quantity::Width => side(dims.width),
        Quantity::Height => side(dims.height),
        Quantity::Aspect => side(dims.width) / side(dims.height),
        Quantity::Percentile(_) | Quantity::Stars => return None,
    })
}
