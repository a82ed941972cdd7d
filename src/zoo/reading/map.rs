//! A grid of values over the picture, small enough to be kept: means over areas, in 256 levels.
//!
//! Must not know: manifests, colours.

use super::Answer;
use crate::domain::detail::Map;

/// Rows and columns of an answer that is a grid: `[h, w]` or `[1, h, w]`.
pub fn sides(shape: &[usize]) -> Option<(usize, usize)> {
    let (&[height, width] | &[1, height, width]) = shape else {
        return None;
    };
    (height > 0 && width > 0).then_some((height, width))
}

/// The grid, averaged over areas to at most [`Map::MAX_SIDE`] a side.
///
/// `range` are the values of the lowest and the highest level, the grid's own where none is given.
/// None for an answer that is no grid, or has a value that is not finite.
pub fn map(answer: &Answer<'_>, range: Option<[f64; 2]>) -> Option<Map> {
    let (height, width) = sides(answer.shape)?;
    let filled = height.checked_mul(width) == Some(answer.values.len());
    if !filled || !answer.values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let kept = |side: usize| side.min(Map::MAX_SIDE as usize);
    let (rows, columns) = (kept(height), kept(width));
    let lines = answer.values.chunks_exact(width);
    let across: Vec<Vec<f64>> = lines
        .map(|line| means(width, columns, |x| f64::from(line[x])))
        .collect();
    let down: Vec<Vec<f64>> = (0..columns)
        .map(|x| means(height, rows, |y| across[y][x]))
        .collect();
    let grid = || (0..rows).flat_map(|y| down.iter().map(move |column| column[y]));
    let own = || {
        grid().fold([f64::MAX, f64::MIN], |[low, high], v| {
            [low.min(v), high.max(v)]
        })
    };
    let [low, high] = range.unwrap_or_else(own);
    let step = if high > low {
        255.0 / (high - low)
    } else {
        0.0
    };
    Some(Map {
        width: columns as u32,
        height: rows as u32,
        low: low as f32,
        high: high as f32,
        levels: grid().map(|v| ((v - low) * step).round() as u8).collect(),
    })
}

/// The means of `n` values over `to` equal stretches, `to` at most `n`.
fn means(n: usize, to: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    let length = n as f64 / to as f64;
    let mean = |i: usize| {
        let (from, end) = (i as f64 * length, (i + 1) as f64 * length);
        let share = |k: usize| end.min((k + 1) as f64) - from.max(k as f64);
        let touched = from as usize..(end.ceil() as usize).min(n);
        touched.map(|k| value(k) * share(k)).sum::<f64>() / length
    };
    (0..to).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shape: &[usize], values: &[f32], range: Option<[f64; 2]>) -> Option<Map> {
        map(&Answer { shape, values }, range)
    }

    #[test]
    fn small_grids_are_kept_as_they_are() {
        let found = of(&[1, 2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], None).unwrap();
        assert_eq!((found.width, found.height), (3, 2));
        assert_eq!((found.low, found.high), (0.0, 5.0));
        assert_eq!(found.levels, [0, 51, 102, 153, 204, 255]);
        let given = of(&[2, 2], &[-1.0, 0.0, 0.5, 2.0], Some([0.0, 1.0])).unwrap();
        assert_eq!(given.levels, [0, 0, 128, 255]);
        let flat = of(&[1, 2], &[7.0, 7.0], None).unwrap();
        assert_eq!((flat.levels, flat.low, flat.high), (vec![0, 0], 7.0, 7.0));
    }

    #[test]
    fn large_grids_are_averaged_over_areas() {
        // 192 columns to 128: each takes one and a half.
        let values: Vec<f32> = (0..192).map(|x| (x % 3) as f32).collect();
        let found = of(&[1, 192], &values, Some([0.0, 2.0])).unwrap();
        assert_eq!((found.width, found.height), (128, 1));
        let mean = |level: u8| f64::from(level) / 255.0 * 2.0;
        // Of 0, 1, 2: (0 + 1/2)/1.5 and (1/2 + 2)/1.5.
        assert!((mean(found.levels[0]) - 1.0 / 3.0).abs() < 0.01);
        assert!((mean(found.levels[1]) - 5.0 / 3.0).abs() < 0.01);
        let ramp: Vec<f32> = (0..384 * 384).map(|i| (i / 384) as f32).collect();
        let found = of(&[384, 384], &ramp, None).unwrap();
        assert_eq!((found.width, found.height), (128, 128));
        assert_eq!((found.low, found.high), (1.0, 382.0));
        assert!(found.levels.chunks(128).is_sorted_by(|a, b| a[0] < b[0]));
        assert!(found.is_sound());
    }

    #[test]
    fn what_is_no_grid_has_no_map() {
        for (shape, values) in [
            (&[4][..], &[0.0; 4][..]),
            (&[2, 2, 1], &[0.0; 4]),
            (&[2, 2], &[0.0; 3]),
            (&[0, 2], &[]),
            (&[usize::MAX, 2], &[0.0; 2]),
            (&[1, 2], &[0.0, f32::NAN]),
        ] {
            assert_eq!(of(shape, values, None), None, "{shape:?}");
        }
    }
}
