//! Scorer `phash`: the 64-bit perceptual hash by which near-duplicates are found.
//!
//! 1. Grey: `(19595·R + 38470·G + 7471·B + 32768) >> 16` (ITU-R 601 in Pillow's fixed point).
//! 2. Size: the whole picture as stored to 32×32 with Pillow's 8-bit Lanczos (a = 3, widened when
//!    shrinking, horizontal pass first); then the 32×32 turned upright by the EXIF orientation.
//! 3. Two-dimensional DCT-II; of it the 8×8 lowest frequencies, the constant one included.
//! 4. A bit is set where a coefficient exceeds the median of the 64 (the mean of the middle two).
//!    Row by row (a row holds one vertical frequency), the first bit is the most significant.
//!
//! For upright pictures this is `imagehash.phash` 4.3 bit for bit, and its hexadecimal text is the
//! same; except that coefficients are rounded to 10⁻⁶ first, so that where many are exactly zero
//! (flat or symmetrical pictures) rounding noise sets no bits.
//!
//! Must not know: which distance counts as near.

mod lanczos;
#[cfg(test)]
mod tests;

use std::f64::consts::PI;

use crate::domain::picture::{Orientation, Picture, Rgb};
use crate::domain::score::{Field, ScorerKind, ScorerSpec, Scores};
use crate::zoo::{Computed, ScoreError, check_shape};
use lanczos::Kernels;

/// Side of the reduced picture, in pixels.
const SIDE: usize = 32;
/// Frequencies kept in either direction.
const KEPT: usize = 8;

/// The DCT hash of the upright picture.
#[derive(Debug)]
pub struct Phash {
    spec: ScorerSpec,
}

impl Default for Phash {
    fn default() -> Self {
        Self::new()
    }
}

impl Phash {
    /// The scorer with its spec.
    pub fn new() -> Self {
        Self {
            spec: ScorerSpec {
                key: "phash".to_owned(),
                label: "Perceptual hash".to_owned(),
                about: "A 64-bit fingerprint of what the picture looks like; near-duplicates \
                        differ in few bits. Equal to imagehash's phash."
                    .to_owned(),
                kind: ScorerKind::Computed,
                field: Field::General,
                licence: String::new(),
                version: "1".to_owned(),
                columns: Vec::new(),
                signature: Some("phash".to_owned()),
            },
        }
    }
}

impl Computed for Phash {
    fn spec(&self) -> &ScorerSpec {
        &self.spec
    }

    fn score(&self, picture: &Picture) -> Result<Scores, ScoreError> {
        check_shape(picture)?;
        Ok(Scores {
            values: Vec::new(),
            signature: Some(hash(&picture.rgb, picture.orientation)),
        })
    }
}

fn hash(rgb: &Rgb, orientation: Orientation) -> u64 {
    let upright = turned(&reduced(rgb), orientation);
    let frequencies = low_frequencies(&upright);
    let mut sorted = frequencies;
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[KEPT * KEPT / 2 - 1], sorted[KEPT * KEPT / 2]);
    frequencies
        .iter()
        .fold(0, |bits, &c| bits << 1 | u64::from(c > median))
}

/// The picture in 32×32 grey levels, row by row.
fn reduced(rgb: &Rgb) -> Vec<u8> {
    let (width, height) = (rgb.width as usize, rgb.height as usize);
    let across = Kernels::new(width, SIDE);
    let mut gray = vec![0i16; width];
    let mut narrow = vec![0u8; height * SIDE];
    for (pixels, out) in rgb
        .data
        .chunks_exact(width * 3)
        .zip(narrow.chunks_exact_mut(SIDE))
    {
        gray_row(pixels, &mut gray);
        for (x, level) in out.iter_mut().enumerate() {
            *level = across.along(x, &gray);
        }
    }
    let along = Kernels::new(height, SIDE);
    (0..SIDE)
        .flat_map(|y| along.across(y, &narrow, SIDE))
        .collect()
}

fn gray_row(rgb: &[u8], gray: &mut [i16]) {
    for (pixel, gray) in rgb.as_chunks::<3>().0.iter().zip(gray) {
        let [r, g, b] = pixel.map(u32::from);
        *gray = ((19595 * r + 38470 * g + 7471 * b + (1 << 15)) >> 16) as i16;
    }
}

/// A 32×32 picture turned upright.
fn turned(levels: &[u8], orientation: Orientation) -> Vec<u8> {
    let square = Rgb {
        width: SIDE as u32,
        height: SIDE as u32,
        data: levels.iter().flat_map(|&level| [level; 3]).collect(),
    };
    square
        .oriented(orientation)
        .data
        .into_iter()
        .step_by(3)
        .collect()
}

/// The lowest DCT-II coefficients, by vertical then horizontal frequency.
fn low_frequencies(levels: &[u8]) -> [f64; KEPT * KEPT] {
    let wave = |frequency: usize, at: usize| {
        (PI * frequency as f64 * (2 * at + 1) as f64 / (2 * SIDE) as f64).cos()
    };
    let waves: [[f64; SIDE]; KEPT] =
        std::array::from_fn(|frequency| std::array::from_fn(|at| wave(frequency, at)));
    let columns: [[f64; SIDE]; KEPT] = std::array::from_fn(|v| {
        std::array::from_fn(|x| {
            (0..SIDE)
                .map(|y| waves[v][y] * f64::from(levels[y * SIDE + x]))
                .sum()
        })
    });
    std::array::from_fn(|at| {
        let (v, u) = (at / KEPT, at % KEPT);
        let sum: f64 = (0..SIDE).map(|x| waves[u][x] * columns[v][x]).sum();
        (sum * 1e6).round() / 1e6
    })
}
