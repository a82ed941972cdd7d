//! Which samples make up each output of one side, and with which weights.
//!
//! Must not know: how weights come about, pixels.

use std::ops::{Add, Range};

use super::axis::Axis;

/// A number that samples are multiplied with.
pub(super) trait Weight: Copy + Default + PartialEq + Add<Output = Self> {}
impl Weight for i32 {}
impl Weight for f32 {}

/// The weights of one side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stencil<W> {
    spans: Vec<Span<W>>,
    weights: Vec<W>,
    offset: i64,
    inside: Range<i64>,
}

/// One output: a run of samples from `first` on (one beyond an edge repeats it), and what weight
/// falls on the border around the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span<W> {
    first: i64,
    at: usize,
    n: usize,
    outside: W,
}

impl<W: Weight> Stencil<W> {
    pub(super) fn new(axis: &Axis) -> Self {
        let (low, high) = (axis.offset, axis.offset + axis.source);
        let inside = Range {
            start: if low == 0 { i64::MIN } else { low as i64 },
            end: if high == axis.canvas {
                i64::MAX
            } else {
                high as i64
            },
        };
        Self {
            spans: Vec::with_capacity(axis.n),
            weights: Vec::new(),
            offset: axis.offset as i64,
            inside,
        }
    }

    /// Adds an output made of the samples of the canvas from `first` on.
    pub(super) fn push(&mut self, first: i64, weights: impl IntoIterator<Item = W>) {
        let at = self.weights.len();
        let mut span = Span {
            first: first - self.offset,
            at,
            n: 0,
            outside: W::default(),
        };
        for (i, weight) in (first..).zip(weights) {
            if !self.inside.contains(&i) {
                span.outside = span.outside + weight;
            } else if weight != W::default() || self.weights.len() > at {
                if self.weights.len() == at {
                    span.first = i - self.offset;
                }
                self.weights.push(weight);
            }
        }
        while self.weights.len() > at && self.weights.last() == Some(&W::default()) {
            self.weights.pop();
        }
        span.n = self.weights.len() - at;
        self.spans.push(span);
    }

    /// Outputs.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// All samples that any output needs.
    pub(super) fn reach(&self) -> Range<i64> {
        let used = || self.spans.iter().filter(|span| span.n > 0);
        let start = used().map(|span| span.first).min().unwrap_or(0);
        let end = used().map(|span| span.first + span.n as i64).max();
        start..end.unwrap_or(start)
    }

    /// Each output: its first sample counted from the start of [`reach`](Self::reach), its
    /// weights, and the weight of the border.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[W], W)> {
        let start = self.reach().start;
        self.spans.iter().map(move |span| {
            let first = if span.n == 0 { start } else { span.first };
            let weights = &self.weights[span.at..span.at + span.n];
            ((first - start) as usize, weights, span.outside)
        })
    }
}
