//! Multi-head attention (Vaswani et al. 2017) as plain matrix products.
//!
//! Must not know: names of weights beyond those it is given.

use super::ArchError;
use super::assembler::Assembler;
use crate::zoo::graph::Value;

/// Extents of an attention layer.
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    /// Tokens of a sequence.
    pub tokens: usize,
    /// Values of a token.
    pub width: usize,
    /// How many heads; they divide the width.
    pub count: usize,
}

/// Where queries, keys and values come from.
#[derive(Debug, Clone, Copy)]
pub enum Projections {
    /// Three linear layers: queries, keys, values.
    Separate([&'static str; 3]),
    /// One matrix `[3·width, width]` and bias, as torch's `MultiheadAttention`: the tensors are
    /// called `NAME_weight` and `NAME_bias`.
    Joined(&'static str),
}

impl Assembler<'_, '_> {
    /// Queries, keys and values of rows `[N·T, width]`.
    pub fn projections(
        &mut self,
        x: Value,
        layer: &str,
        from: Projections,
        width: usize,
    ) -> Result<[Value; 3], ArchError> {
        match from {
            Projections::Separate([q, k, v]) => {
                let mut project =
                    |name: &str| self.linear(x, &format!("{layer}{name}"), [width, width]);
                Ok([project(q)?, project(k)?, project(v)?])
            }
            Projections::Joined(name) => {
                let weight = format!("{layer}{name}_weight");
                let weight = self.weight(&weight, &[3 * width, width])?;
                let bias = self.weight(&format!("{layer}{name}_bias"), &[3 * width])?;
                let all = self.graph.gemm(x, weight, Some(bias));
                Ok(self.graph.split(all, -1))
            }
        }
    }

    /// softmax(Q·Kᵀ/√d + mask)·V for rows `[N·T, width]`; gives rows `[N·queries, width]`.
    ///
    /// `queries` is the number of query tokens; keys and values have `heads.tokens`.
    pub fn attend(
        &mut self,
        [q, k, v]: [Value; 3],
        queries: usize,
        heads: Heads,
        mask: Option<Value>,
    ) -> Value {
        let graph = &mut self.graph;
        let depth = heads.width / heads.count;
        let split = |tokens: usize| [-1, tokens as i64, heads.count as i64, depth as i64];
        let q = graph.reshape(q, &split(queries));
        let q = graph.transpose(q, &[0, 2, 1, 3]);
        let k = graph.reshape(k, &split(heads.tokens));
        let k = graph.transpose(k, &[0, 2, 3, 1]);
        let v = graph.reshape(v, &split(heads.tokens));
        let v = graph.transpose(v, &[0, 2, 1, 3]);
        let weights = graph.matmul(q, k);
        let mut weights = graph.scale(weights, 1.0 / (depth as f32).sqrt());
        if let Some(mask) = mask {
            weights = graph.add(weights, mask);
        }
        let weights = graph.softmax(weights);
        let x = graph.matmul(weights, v);
        let x = graph.transpose(x, &[0, 2, 1, 3]);
        graph.reshape(x, &[-1, heads.width as i64])
    }
}
