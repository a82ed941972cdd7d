//! The metrics against their definitions, computed slowly and literally.

use proptest::prelude::*;

use super::*;
use crate::domain::picture::Orientation;

/// Grey levels as a plain grid that answers anywhere.
struct Grid {
    width: i64,
    height: i64,
    levels: Vec<u8>,
}

impl Grid {
    fn of(rgb: &Rgb) -> Self {
        let weigh =
            |p: &[u8]| 3735 * u32::from(p[0]) + 19235 * u32::from(p[1]) + 9798 * u32::from(p[2]);
        Self {
            width: i64::from(rgb.width),
            height: i64::from(rgb.height),
            levels: rgb
                .data
                .chunks(3)
                .map(|p| ((weigh(p) + 16384) >> 15) as u8)
                .collect(),
        }
    }

    fn inside(&self, x: i64, y: i64) -> bool {
        (0..self.width).contains(&x) && (0..self.height).contains(&y)
    }

    fn zero(&self, x: i64, y: i64) -> f64 {
        if self.inside(x, y) {
            f64::from(self.levels[(y * self.width + x) as usize])
        } else {
            0.0
        }
    }

    fn replicate(&self, x: i64, y: i64) -> i64 {
        let (x, y) = (x.clamp(0, self.width - 1), y.clamp(0, self.height - 1));
        self.zero(x, y) as i64
    }

    fn reflect(&self, x: i64, y: i64) -> f64 {
        let mirror = |at: i64, size: i64| match at {
            _ if size == 1 => 0,
            -1 => 1,
            at if at == size => size - 2,
            at => at,
        };
        self.zero(mirror(x, self.width), mirror(y, self.height))
    }

    fn places(&self) -> impl Iterator<Item = (i64, i64)> {
        let width = self.width;
        (0..self.height).flat_map(move |y| (0..width).map(move |x| (x, y)))
    }
}

fn variance(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count
}

/// The original's local binary pattern of a pixel, in its double arithmetic.
fn pattern(grid: &Grid, x: i64, y: i64) -> f64 {
    let round = |v: f64| (v * 1e5).round_ties_even() / 1e5;
    let bits: Vec<bool> = (0..8)
        .map(|i| {
            let angle = 2.0 * std::f64::consts::PI * f64::from(i) / 8.0;
            let (row, column) = (
                y as f64 + round(-angle.sin()),
                x as f64 + round(angle.cos()),
            );
            let (top, left) = (row.floor(), column.floor());
            let (dr, dc) = (row - top, column - left);
            let at = |x: f64, y: f64| grid.zero(x as i64, y as i64);
            let (bottom, right) = (row.ceil(), column.ceil());
            let upper = (1.0 - dc) * at(left, top) + dc * at(right, top);
            let lower = (1.0 - dc) * at(left, bottom) + dc * at(right, bottom);
            (1.0 - dr) * upper + dr * lower - grid.zero(x, y) >= 0.0
        })
        .collect();
    let changes = bits.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if changes <= 2 {
        bits.iter().filter(|bit| **bit).count() as f64
    } else {
        9.0
    }
}

/// Sobel gradient, replicated border.
fn gradient(grid: &Grid, x: i64, y: i64) -> (i64, i64) {
    let at = |dx, dy| grid.replicate(x + dx, y + dy);
    let dx = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1);
    let dy = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1);
    (dx, dy)
}

fn strength(grid: &Grid, x: i64, y: i64) -> i64 {
    let (dx, dy) = gradient(grid, x, y);
    if grid.inside(x, y) {
        dx.abs() + dy.abs()
    } else {
        0
    }
}

/// Whether a pixel is a local maximum across its edge.
fn is_ridge(grid: &Grid, x: i64, y: i64) -> bool {
    let (dx, dy) = gradient(grid, x, y);
    let m = |x, y| strength(grid, x, y);
    let own = m(x, y);
    let (steep, tan_22) = (dy.abs() << 15, dx.abs() * 13573);
    if steep < tan_22 {
        return own > m(x - 1, y) && own >= m(x + 1, y);
    }
    if steep > tan_22 + (dx.abs() << 16) {
        return own > m(x, y - 1) && own >= m(x, y + 1);
    }
    let s = if (dx ^ dy) < 0 { -1 } else { 1 };
    own > m(x - s, y - 1) && own > m(x + s, y + 1)
}

/// Edge pixels: candidates reached from strong ones, found by repeating until nothing changes.
fn edges(grid: &Grid) -> usize {
    let candidates: Vec<(i64, i64)> = grid
        .places()
        .filter(|&(x, y)| strength(grid, x, y) > 100 && is_ridge(grid, x, y))
        .collect();
    let mut found: Vec<bool> = candidates
        .iter()
        .map(|&(x, y)| strength(grid, x, y) > 200)
        .collect();
    loop {
        let touching: Vec<usize> = (0..candidates.len())
            .filter(|&i| {
                let (x, y) = candidates[i];
                !found[i]
                    && candidates
                        .iter()
                        .zip(&found)
                        .any(|(&(u, v), edge)| *edge && (x - u).abs() <= 1 && (y - v).abs() <= 1)
            })
            .collect();
        if touching.is_empty() {
            return found.iter().filter(|edge| **edge).count();
        }
        for i in touching {
            found[i] = true;
        }
    }
}

fn saturation(pixel: &[u8]) -> f64 {
    let value = *pixel.iter().max().unwrap();
    let spread = f64::from(value - pixel.iter().min().unwrap());
    if value == 0 {
        return 0.0;
    }
    let scale = (255.0 * 4096.0 / f64::from(value)).round_ties_even();
    ((spread * scale + 2048.0) / 4096.0).floor()
}

/// All eight columns by their definitions.
fn reference(rgb: &Rgb) -> Vec<f64> {
    let grid = Grid::of(rgb);
    let count = grid.levels.len() as f64;
    let laplacian: Vec<f64> = grid
        .places()
        .map(|(x, y)| {
            grid.reflect(x - 1, y)
                + grid.reflect(x + 1, y)
                + grid.reflect(x, y - 1)
                + grid.reflect(x, y + 1)
                - 4.0 * grid.reflect(x, y)
        })
        .collect();
    let patterns: Vec<f64> = grid.places().map(|(x, y)| pattern(&grid, x, y)).collect();
    let levels: Vec<f64> = grid.levels.iter().map(|&v| f64::from(v)).collect();
    let below = |level: usize| {
        grid.levels
            .iter()
            .filter(|v| usize::from(**v) <= level)
            .count()
    };
    let highest = (0..256)
        .map(|level: usize| {
            grid.levels
                .iter()
                .filter(|v| usize::from(**v) == level)
                .count()
        })
        .max()
        .unwrap();
    let cumulated: Vec<f64> = (0..256)
        .map(|level| (below(level) * highest) as f64 / count)
        .collect();
    let first = |share: f64| {
        (0..256)
            .find(|&i| cumulated[i] >= cumulated[255] * share)
            .unwrap() as f64
    };
    vec![
        255.0 * edges(&grid) as f64 / count,
        variance(&laplacian),
        variance(&patterns),
        variance(&laplacian).sqrt(),
        rgb.data.chunks(3).map(saturation).sum::<f64>() / count,
        variance(&levels).sqrt(),
        levels.iter().sum::<f64>() / count,
        first(0.95) - first(0.05),
    ]
}

fn fast(rgb: &Rgb) -> Vec<f64> {
    let picture = Picture {
        rgb: rgb.clone(),
        alpha: None,
        orientation: Orientation::Rotate90,
        format: "png",
        file_size: 0,
    };
    Cv2Metrics::new().score(&picture).unwrap().values
}

fn assert_same(rgb: &Rgb) {
    let (fast, slow) = (fast(rgb), reference(rgb));
    for ((a, b), column) in fast.iter().zip(&slow).zip(&Cv2Metrics::new().spec.columns) {
        let close = (a - b).abs() <= 1e-9 * b.abs() + 1e-12;
        assert!(
            close,
            "{}: {a}, by definition {b}, {}×{}",
            column.key, rgb.width, rgb.height
        );
    }
}

/// A small picture: rough or smooth, in colour or grey.
fn pictures() -> impl Strategy<Value = Rgb> {
    let sizes = (1u32..40, 1u32..24);
    (sizes, 1u8..=255, any::<u64>()).prop_map(|((width, height), spread, seed)| {
        let mut state = seed | 1;
        let data = (0..width * height * 3).map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            ((state >> 40) % u64::from(spread)) as u8
        });
        Rgb {
            width,
            height,
            data: data.collect(),
        }
    })
}

fn gray_picture(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> Rgb {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Rgb {
        width,
        height,
        data: places.flat_map(|(x, y)| [level(x, y); 3]).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn equals_the_definitions(rgb in pictures()) {
        assert_same(&rgb);
    }

    #[test]
    fn a_constant_picture_is_as_bright_as_its_level(level: u8, width in 1u32..50, height in 1u32..50) {
        let values = fast(&gray_picture(width, height, |_, _| level));
        prop_assert_eq!(values[6], f64::from(level));
        for column in [0, 1, 3, 4, 5, 7] {
            prop_assert_eq!(values[column], 0.0);
        }
    }
}

#[test]
fn rounding_errors_of_equal_neighbours_are_the_originals() {
    for level in [1, 3, 29, 77, 128, 200, 255] {
        assert_same(&gray_picture(150, 140, |_, _| level));
    }
    // Slopes across the diagonals: the two side pixels differ by opposite amounts.
    assert_same(&gray_picture(150, 140, |x, y| {
        (x.wrapping_sub(y) & 0xff) as u8
    }));
    assert_same(&gray_picture(150, 140, |x, y| {
        ((3 * x + 3 * y) & 0xff) as u8
    }));
    assert_same(&gray_picture(300, 20, |x, y| {
        ((x / 3 + 250 - y / 2) & 0x7f) as u8
    }));
}

#[test]
fn any_thread_gives_the_same_bits() {
    let rgb = gray_picture(64, 48, |x, y| (x * y % 251) as u8);
    let expected = fast(&rgb);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| fast(&rgb))).collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), expected);
        }
    });
}
