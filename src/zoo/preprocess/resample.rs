//! Interpolation in two passes, horizontally first, over any arithmetic.
//!
//! Some rows at a time are turned so that the pixels of a column lie side by side; both passes then
//! are multiply-adds on neighbours, which compilers turn into vector instructions, provided that
//! the inner loops are too long to be unrolled.
//!
//! Must not know: where weights come from, tensors.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for newer processors"
)]

use super::arithmetic::Arithmetic;
use super::simd::{Work, widest};
use super::stencil::Stencil;
use super::turn::turn;
use super::view::View;

/// Rows that the horizontal pass takes at once.
const ROWS: usize = 32;
/// Samples of a column of pixels in these rows.
const COLUMN: usize = 3 * ROWS;
/// Samples that the vertical pass takes at once.
const BLOCK: usize = 128;

/// The pixels that the stencils of both sides ask for, RGB, row by row without gaps.
///
/// What lies on the border around the picture has the colour `pad`.
pub(super) fn resample<A: Arithmetic>(
    arithmetic: &A,
    view: View<'_>,
    [x, y]: [&Stencil<A::Weight>; 2],
    pad: [u8; 3],
) -> Vec<A::Out> {
    widest(Passes {
        arithmetic,
        view,
        x,
        y,
        pad,
    })
}

struct Passes<'a, A: Arithmetic> {
    arithmetic: &'a A,
    view: View<'a>,
    x: &'a Stencil<A::Weight>,
    y: &'a Stencil<A::Weight>,
    pad: [u8; 3],
}

impl<A: Arithmetic> Work for Passes<'_, A> {
    type Output = Vec<A::Out>;

    #[inline(always)]
    fn run(self) -> Vec<A::Out> {
        let middle = self.across();
        self.down(&middle)
    }
}

impl<A: Arithmetic> Passes<'_, A> {
    /// Samples of a row between the passes: whole blocks.
    fn stride(&self) -> usize {
        (self.x.len() * 3).next_multiple_of(BLOCK)
    }

    /// The horizontal pass over the rows that the vertical one needs.
    #[inline(always)]
    fn across(&self) -> Vec<A::Middle> {
        let (columns, rows) = (self.x.reach(), self.y.reach());
        let stride = self.stride();
        let mut middle = vec![A::Middle::default(); (rows.end - rows.start) as usize * stride];
        let mut bytes = vec![0; columns.clone().count() * COLUMN];
        let mut strip = vec![A::Source::default(); bytes.len()];
        for (y, block) in rows.step_by(ROWS).zip(middle.chunks_mut(stride * ROWS)) {
            turn::<ROWS>(&self.view.rows(y, &columns), &mut bytes);
            for (sample, &byte) in strip.iter_mut().zip(&bytes) {
                *sample = self.arithmetic.level(byte);
            }
            self.across_strip(&strip, block);
        }
        middle
    }

    /// Up to [`ROWS`] rows at once.
    #[inline(always)]
    fn across_strip(&self, strip: &[A::Source], block: &mut [A::Middle]) {
        let (a, stride) = (self.arithmetic, self.stride());
        for (i, (first, weights, outside)) in self.x.iter().enumerate() {
            let mut sums = [a.start_across(); COLUMN];
            for (sums, level) in sums.chunks_exact_mut(ROWS).zip(self.pad) {
                sums.fill(a.across(a.start_across(), outside, a.level(level)));
            }
            let columns = strip[first * COLUMN..].chunks_exact(COLUMN);
            for (&weight, column) in weights.iter().zip(columns) {
                for (sum, &sample) in sums.iter_mut().zip(column) {
                    *sum = a.across(*sum, weight, sample);
                }
            }
            let sums = sums.map(|sum| a.end_across(sum));
            for (row, line) in block.chunks_exact_mut(stride).enumerate() {
                for channel in 0..3 {
                    line[i * 3 + channel] = sums[channel * ROWS + row];
                }
            }
        }
    }

    #[inline(always)]
    fn down(&self, middle: &[A::Middle]) -> Vec<A::Out> {
        let (a, stride, width) = (self.arithmetic, self.stride(), self.x.len() * 3);
        let mut out = vec![A::Out::default(); width * self.y.len()];
        let border = self.pad.map(|level| a.border(level));
        let border: Vec<A::Middle> = border.into_iter().cycle().take(stride).collect();
        for ((first, weights, outside), line) in self.y.iter().zip(out.chunks_exact_mut(width)) {
            for (i, place) in line.chunks_mut(BLOCK).enumerate() {
                let mut sums = [a.start_down(); BLOCK];
                let border = &border[i * BLOCK..];
                for (sum, &border) in sums.iter_mut().zip(border) {
                    *sum = a.down(*sum, outside, border);
                }
                let lines = middle[first * stride + i * BLOCK..].chunks(stride);
                for (&weight, samples) in weights.iter().zip(lines) {
                    for (sum, &sample) in sums.iter_mut().zip(samples) {
                        *sum = a.down(*sum, weight, sample);
                    }
                }
                for (place, sum) in place.iter_mut().zip(sums) {
                    *place = a.end_down(sum);
                }
            }
        }
        out
    }
}
