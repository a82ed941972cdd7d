//! The values of a formula, some thousand rows at a time on all cores.
//!
//! Must not know: texts, catalogs.

use rayon::prelude::*;

use super::{Formula, Node};

/// Rows computed together: their numbers stay in the processor's cache.
const PIECE: usize = 4096;

impl Formula {
    /// One value a row; NaN where there is none. `inputs` are arrays of `n_rows` in the order of
    /// [`Formula::inputs`]; what one lacks at its end counts as missing.
    pub(in crate::curation) fn values(&self, inputs: &[&[f32]], n_rows: usize) -> Vec<f32> {
        let mut values = vec![f32::NAN; n_rows];
        let pieces = values.par_chunks_mut(PIECE).enumerate();
        pieces.for_each(|(nth, out)| {
            let piece = Piece {
                inputs,
                start: nth * PIECE,
                len: out.len(),
            };
            for (out, value) in out.iter_mut().zip(piece.of(&self.root)) {
                let value = value as f32;
                *out = if value.is_finite() { value } else { f32::NAN };
            }
        });
        values
    }
}

struct Piece<'a> {
    inputs: &'a [&'a [f32]],
    start: usize,
    len: usize,
}

impl Piece<'_> {
    fn of(&self, node: &Node) -> Vec<f64> {
        match node {
            Node::Number(value) => vec![*value; self.len],
            Node::Input(at) => self.input(*at),
            Node::Negative(inner) => {
                let mut values = self.of(inner);
                for value in &mut values {
                    *value = -*value;
                }
                values
            }
            Node::Operation(operator, left, right) => {
                let mut values = self.of(left);
                let pairs = values.iter_mut().zip(self.of(right));
                pairs.for_each(|(a, b)| *a = operator.apply(*a, b));
                values
            }
            Node::Call(function, arguments) => {
                let columns: Vec<Vec<f64>> = arguments.iter().map(|node| self.of(node)).collect();
                let mut row = vec![0.0; columns.len()];
                let value = |i: usize| {
                    for (slot, column) in row.iter_mut().zip(&columns) {
                        *slot = column.get(i).copied().unwrap_or(f64::NAN);
                    }
                    function.apply(&row)
                };
                (0..self.len).map(value).collect()
            }
        }
    }

    fn input(&self, at: usize) -> Vec<f64> {
        let all = self.inputs.get(at).copied().unwrap_or_default();
        let from = all.get(self.start.min(all.len())..).unwrap_or_default();
        let values = from.iter().take(self.len).copied().map(f64::from);
        let mut values: Vec<f64> = values.collect();
        values.resize(self.len, f64::NAN);
        values
    }
}
