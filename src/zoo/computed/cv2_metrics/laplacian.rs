//! The Laplacian of a row: how much each pixel differs from its four neighbours.
//!
//! Must not know: the border rule; rows come padded.

use super::moments::Moments;

/// Pixels whose squares (at most 1020² each) surely fit an `i32` together.
const CHUNK: usize = 2048;

/// Adds `left + right + up + down − 4 · pixel` of every pixel of a row.
///
/// The rows have one pixel more at either end than `mid` has pixels to look at.
pub(super) fn laplacian_row(up: &[i16], mid: &[i16], down: &[i16], moments: &mut Moments) {
    let width = mid.len() - 2;
    for start in (0..width).step_by(CHUNK) {
        let end = width.min(start + CHUNK);
        let (sum, squares) = chunk_sums(
            &up[start + 1..=end],
            &mid[start..end + 2],
            &down[start + 1..=end],
        );
        moments.add(i64::from(sum), u64::from(squares));
    }
}

fn chunk_sums(up: &[i16], mid: &[i16], down: &[i16]) -> (i32, u32) {
    let width = up.len();
    let (left, centre, right) = (&mid[..width], &mid[1..=width], &mid[2..width + 2]);
    let down = &down[..width];
    let (mut sum, mut squares) = (0i32, 0i32);
    for x in 0..width {
        let bend = left[x] + right[x] + up[x] + down[x] - 4 * centre[x];
        sum += i32::from(bend);
        squares += i32::from(bend) * i32::from(bend);
    }
    (sum, squares as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_bright_pixel() {
        let (dark, spot) = ([0i16; 5], [0, 0, 10, 0, 0]);
        let mut moments = Moments::default();
        laplacian_row(&dark, &spot, &dark, &mut moments);
        let mut expected = Moments::default();
        expected.add(10 - 40 + 10, 100 + 1600 + 100);
        assert_eq!(moments, expected);
    }

    #[test]
    fn the_strongest_rows_do_not_overflow() {
        let width = 3 * CHUNK + 5;
        let mid: Vec<i16> = (0..width + 2).map(|x| 255 * (x % 2) as i16).collect();
        let other: Vec<i16> = mid.iter().map(|v| 255 - v).collect();
        let mut moments = Moments::default();
        laplacian_row(&other, &mid, &other, &mut moments);
        let mean_square = moments.variance(width as u64) + moments.mean(width as u64).powi(2);
        assert!(
            (mean_square - 1020.0 * 1020.0).abs() < 1e-3,
            "{mean_square}"
        );
    }
}
