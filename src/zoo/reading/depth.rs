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
    let depths = enlarge(answer.values, [height, width], by.out_size as usize);
    let bins = Bins::new(&depths)?;
    let range = f64::from(bins.high) - f64::from(bins.low) + 1e-8;
    Some((bins.percentile(by.upper) - bins.percentile(by.lower)) / range)
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

/// Values counted in bins of equal width, so that a percentile is looked for among few of them.
struct Bins<'a> {
    values: &'a [f32],
    low: f32,
    high: f32,
    scale: f32,
    counts: Vec<usize>,
}

impl<'a> Bins<'a> {
    const N: usize = 2048;

    /// None where there is no value, or where the largest and the smallest are too far apart.
    fn new(values: &'a [f32]) -> Option<Self> {
        let [low, high] = ends(values);
        if values.is_empty() || !(high - low).is_finite() {
            return None;
        }
        let mut bins = Self {
            values,
            low,
            high,
            scale: Self::N as f32 / (high - low),
            counts: vec![0; Self::N],
        };
        for &value in values {
            let bin = bins.bin(value);
            bins.counts[bin] += 1;
        }
        Some(bins)
    }

    /// The bin of a value; never lower for a larger value.
    fn bin(&self, value: f32) -> usize {
        (((value - self.low) * self.scale) as usize).min(Self::N - 1)
    }

    /// The percentile `q` (0 to 100), between two values by their distance, as numpy does it.
    fn percentile(&self, q: f64) -> f64 {
        let last = self.values.len() - 1;
        let place = q / 100.0 * last as f64;
        let index = (place as usize).min(last);
        let [low, high] = self.pair(index, (index + 1).min(last)).map(f64::from);
        low + (high - low) * place.fract()
    }

    /// The values that would be at these two places if all were sorted.
    fn pair(&self, first: usize, second: usize) -> [f32; 2] {
        let ((from, before), (to, _)) = (self.find(first), self.find(second));
        let inside = |value: &f32| (from..=to).contains(&self.bin(*value));
        let mut few: Vec<f32> = self.values.iter().copied().filter(inside).collect();
        few.sort_unstable_by(f32::total_cmp);
        [first, second].map(|place| few[place - before])
    }

    /// The bin of the value at a place, and how many values lie in the bins below.
    fn find(&self, place: usize) -> (usize, usize) {
        let mut before = 0;
        for (bin, count) in self.counts.iter().enumerate() {
            if place < before + count {
                return (bin, before);
            }
            before += count;
        }
        (Self::N - 1, before)
    }
}

/// The smallest and the largest value, by lanes, which compilers turn into vector instructions.
fn ends(values: &[f32]) -> [f32; 2] {
    let (mut low, mut high) = ([f32::INFINITY; 16], [f32::NEG_INFINITY; 16]);
    for chunk in values.chunks(16) {
        for ((low, high), &value) in low.iter_mut().zip(&mut high).zip(chunk) {
            *low = if value < *low { value } else { *low };
            *high = if value > *high { value } else { *high };
        }
    }
    let least = low.into_iter().fold(f32::INFINITY, f32::min);
    [least, high.into_iter().fold(f32::NEG_INFINITY, f32::max)]
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
        let values = [4.0, 1.0, 3.0, 2.0];
        let of = |q| Bins::new(&values).unwrap().percentile(q);
        assert_eq!(
            [of(0.0), of(50.0), of(90.0), of(100.0)],
            [1.0, 2.5, 3.7, 4.0]
        );
        assert_eq!(Bins::new(&[7.0]).unwrap().percentile(15.0), 7.0);
        assert!(Bins::new(&[]).is_none());
        assert!(Bins::new(&[f32::MAX, f32::MIN]).is_none());
    }

    proptest::proptest! {
        #[test]
        fn bins_find_what_sorting_finds(
            values in proptest::collection::vec(-1e3_f32..1e3, 1..300),
            tiny in proptest::bool::ANY,
            q in 0.0_f64..100.0,
        ) {
            let scale = if tiny { 1e-44 } else { 1.0 };
            let values: Vec<f32> = values.iter().map(|v| v * scale).collect();
            let mut sorted: Vec<f64> = values.iter().map(|&v| v.into()).collect();
            sorted.sort_by(f64::total_cmp);
            let place = q / 100.0 * (values.len() - 1) as f64;
            let (below, above) = (sorted[place as usize], sorted[place.ceil() as usize]);
            let expected = below + (above - below) * place.fract();
            assert_eq!(Bins::new(&values).unwrap().percentile(q), expected);
        }
    }
}
