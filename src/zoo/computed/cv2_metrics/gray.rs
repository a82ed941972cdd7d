//! Grey levels and colour saturation of one row.
//!
//! Must not know: neighbouring rows.

/// Red, green and blue weights in 1/32768. Red and blue are swapped on purpose: the original hands
/// RGB pixels to OpenCV's `BGR2GRAY`.
const WEIGHTS: [u32; 3] = [3735, 19235, 9798];

/// `255 · 4096 / value`, rounded half to even: OpenCV's division table for HSV.
static SATURATION_SCALE: [u32; 256] = saturation_scale();

const fn saturation_scale() -> [u32; 256] {
    let mut table = [0; 256];
    let mut value = 1;
    while value < 256 {
        let (whole, rest) = (255 * 4096 / value, 255 * 4096 % value);
        let round_up = 2 * rest > value || (2 * rest == value && whole % 2 == 1);
        table[value as usize] = whole + round_up as u32;
        value += 1;
    }
    table
}

/// Grey level 0–255 of each RGB pixel.
pub(super) fn gray_row(rgb: &[u8], gray: &mut [i16]) {
    for (pixel, gray) in rgb.as_chunks::<3>().0.iter().zip(gray) {
        let [r, g, b] = pixel.map(u32::from);
        *gray = ((WEIGHTS[0] * r + WEIGHTS[1] * g + WEIGHTS[2] * b + (1 << 14)) >> 15) as i16;
    }
}

/// Sum of the HSV saturations (0–255) of a row.
pub(super) fn saturation_sum(rgb: &[u8]) -> u64 {
    rgb.as_chunks::<3>()
        .0
        .iter()
        .map(|&[r, g, b]| {
            let value = r.max(g).max(b);
            let spread = value - r.min(g).min(b);
            let scaled = u32::from(spread) * SATURATION_SCALE[usize::from(value)];
            u64::from((scaled + 2048) >> 12)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_and_blue_weigh_as_in_the_original() {
        let mut gray = [0; 4];
        gray_row(&[255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255], &mut gray);
        assert_eq!(gray, [29, 150, 76, 255]);
    }

    #[test]
    fn saturation_of_known_colours() {
        let cases = [
            ([0, 0, 0], 0),
            ([255, 255, 255], 0),
            ([255, 0, 0], 255),
            ([200, 100, 150], 127),
            ([1, 0, 0], 255),
        ];
        for (pixel, saturation) in cases {
            assert_eq!(saturation_sum(&pixel), saturation, "{pixel:?}");
        }
    }

    #[test]
    fn the_scale_is_rounded_half_to_even() {
        for value in 1..256u32 {
            let exact = (255.0 * 4096.0 / f64::from(value)).round_ties_even();
            assert_eq!(
                f64::from(SATURATION_SCALE[value as usize]),
                exact,
                "{value}"
            );
        }
    }
}
