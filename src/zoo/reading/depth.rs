//! How far the depths of a picture spread: procslib's `depth_score`.
//!
//! Must not know: which network made the map.

use serde::Deserialize;

use super::{Answer, map};

/// Parameters of the score; those left out are procslib's.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepthSpread {
    /// Side of the square that the map is enlarged to before it is measured, in pixels.
    #[serde(default = "out_size")]
    pub out_size: u32,
    /// The percentile that counts as near the one end, 0 to 100.
    #[serde(default = "lower")]
    pub lower: f64,
    /// The percentile that counts as near the other end, above `lower`.
    #[serde(default = "upper")]
    pub upper: f64,
}

fn out_size() -> u32 {
    768
}

fn lower() -> f64 {
    15.0
}

fn upper() -> f64 {
    95.0
}

/// The distance between two percentiles of a map of depths, as a share of all its depths: 0 to 1.
///
/// The map, `[height, width]` or `[1, height, width]`, is first enlarged to a square. None if the
/// shape is another, or a depth is no number.
pub fn spread(answer: &Answer<'_>, by: &DepthSpread) -> Option<f64> {
    let (height, width) = map::sides(answer.shape)?;
    let fits = height.checked_mul(width) == Some(answer.values.len());
    if !fits || !answer.values.iter().all(|v| v.is_finite()) {
        return None;
    }
    let side = by.out_size as usize;
    let mut depths = enlarge(answer.values, [height, width], side);
    let ends = depths.iter().fold((f32::MAX, f32::MIN), |(low, high), &v| {
        (low.min(v), high.max(v))
    });
    let range = f64::from(ends.1) - f64::from(ends.0) + 1e-8;
    let upper = percentile(&mut depths, by.upper)?;
    let lower = percentile(&mut depths, by.lower)?;
    Some((upper - lower) / range)
}

/// Bicubic interpolation of a map to `side` × `side`, as torch's `interpolate` without antialias.
fn enlarge(map: &[f32], [height, width]: [usize; 2], side: usize) -> Vec<f32> {
    let across = taps(width, side);
    let mut wide = Vec::with_capacity(height * side);
    for row in map.chunks_exact(width) {
        wide.extend(across.iter().map(|tap| tap.of(|x| row[x])));
    }
    let mut square = Vec::with_capacity(side * side);
    for tap in taps(height, side) {
        let [a, b, c, d] = tap.from.map(|y| &wide[y * side..][..side]);
        let rows = a.iter().zip(b).zip(c).zip(d);
        let [wa, wb, wc, wd] = tap.weights;
        square.extend(rows.map(|(((a, b), c), d)| a * wa + b * wb + c * wc + d * wd));
    }
    square
}

/// The four samples that make one new one.
struct Tap {
    from: [usize; 4],
    weights: [f32; 4],
}

impl Tap {
    fn of(&self, sample: impl Fn(usize) -> f32) -> f32 {
        let pairs = self.from.iter().zip(self.weights);
        pairs.map(|(&from, weight)| sample(from) * weight).sum()
    }
}

/// Where each of `to` samples comes from among `from`, which repeat beyond their ends.
fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f64 / to as f64;
    let last = from as i64 - 1;
    let tap = |i: usize| {
        let place = (i as f64 + 0.5) * scale - 0.5;
        let first = place.floor() as i64 - 1;
        Tap {
            from: [0, 1, 2, 3].map(|k| (first + k).clamp(0, last) as usize),
            weights: weights(place - place.floor()),
        }
    };
    (0..to).map(tap).collect()
}

/// Keys' cubic convolution (1981) with A = −0.75, for a place `t` behind the second of four samples.
fn weights(t: f64) -> [f32; 4] {
    const A: f64 = -0.75;
    let near = |x: f64| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)].map(|w| w as f32)
}

/// The percentile `q` (0 to 100) of finite values, between two of them by their distance, as numpy
/// does it; reorders them.
fn percentile(values: &mut [f32], q: f64) -> Option<f64> {
    let place = q / 100.0 * (values.len().checked_sub(1)? as f64);
    let index = (place as usize).min(values.len() - 1);
    let (_, &mut low, above) = values.select_nth_unstable_by(index, f32::total_cmp);
    let high = above.iter().copied().min_by(f32::total_cmp).unwrap_or(low);
    let (low, high) = (f64::from(low), f64::from(high));
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: DepthSpread = DepthSpread {
        out_size: 768,
        lower: 15.0,
        upper: 95.0,
    };

    fn spread_of(values: &[f32], shape: &[usize]) -> Option<f64> {
        spread(&Answer { shape, values }, &USUAL)
    }

    /// A map of 384 × 384 by a formula of x and y.
    fn picture(depth: impl Fn(f32, f32) -> f32) -> Vec<f32> {
        let places = (0..384).flat_map(|y| (0..384).map(move |x| (x as f32, y as f32)));
        places.map(|(x, y)| depth(x, y)).collect()
    }

    /// Numbers of a linear congruential generator that starts at 5.
    fn noise() -> Vec<f32> {
        let mut state = 5_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / 16_777_216.0
        };
        (0..384 * 384).map(|_| next()).collect()
    }

    #[test]
    fn maps_spread_as_in_the_original() {
        // Of ../shared/golden/depth/golden.json.
        let maps = [
            ("ramp", picture(|x, _| x), 0.801_125_359_298_985_9),
            (
                "radial",
                picture(|x, y| (x - 191.5).hypot(y - 191.5)),
                0.540_144_556_627_945_7,
            ),
            (
                "two planes",
                picture(|x, _| if x < 192.0 { 1.0 } else { 5.0 }),
                0.825_806_450_760_457_8,
            ),
            ("constant", picture(|_, _| 3.0), 0.0),
            ("lcg", noise(), 0.466_089_696_493_771_1),
        ];
        for (name, depths, golden) in maps {
            for shape in [&[384, 384][..], &[1, 384, 384]] {
                let found = spread_of(&depths, shape).unwrap();
                assert!((found - golden).abs() < 1e-6, "{name}: {found}");
            }
        }
    }

    #[test]
    fn what_is_no_map_has_no_spread() {
        assert_eq!(spread_of(&[1.0; 6], &[6]), None);
        assert_eq!(spread_of(&[1.0; 6], &[2, 2]), None);
        assert_eq!(spread_of(&[1.0; 6], &[2, 1, 3]), None);
        assert_eq!(spread_of(&[], &[0, 3]), None);
        assert_eq!(spread_of(&[], &[usize::MAX, 3]), None);
        assert_eq!(spread_of(&[0.0, f32::NAN], &[1, 2]), None);
        assert_eq!(spread_of(&[0.0, f32::INFINITY], &[1, 2]), None);
        assert!(spread_of(&[0.0, 1.0], &[1, 2]).is_some());
    }

    #[test]
    fn percentiles_lie_between_values() {
        let of = |q| percentile(&mut [4.0, 1.0, 3.0, 2.0], q).unwrap();
        assert_eq!(
            [of(0.0), of(50.0), of(90.0), of(100.0)],
            [1.0, 2.5, 3.7, 4.0]
        );
        assert_eq!(percentile(&mut [7.0], 15.0), Some(7.0));
        assert_eq!(percentile(&mut [], 15.0), None);
    }
}
