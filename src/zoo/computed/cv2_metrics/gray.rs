//! Grey levels and colour saturation of one row.
//!
//! Must not know: neighbouring rows.

/// Red, green and blue weights in 1/32768. Red and blue are swapped on purpose: the original hands
/// RGB pixels to OpenCV's `BGR2GRAY`.
const WEIGHTS: [u32; 3] = [3735, 19235, 9798];

/// Added to a float below 2²², rounds it half to even; its whole part is then in the last bits.
const ROUNDER: f32 = 8_388_608.0;

/// Pixels whose saturations surely fit an `u32` together.
const CHUNK: usize = 1 << 16;

/// Grey level 0–255 of each RGB pixel of a row.
pub(super) fn gray_row(rgb: &[u8], gray: &mut [i16]) {
    for (&[r, g, b], gray) in rgb.as_chunks::<3>().0.iter().zip(gray) {
        let [r, g, b] = [r, g, b].map(u32::from);
        *gray = ((WEIGHTS[0] * r + WEIGHTS[1] * g + WEIGHTS[2] * b + (1 << 14)) >> 15) as i16;
    }
}

/// Sum of the HSV saturations (0–255) of a row.
pub(super) fn saturation_sum(rgb: &[u8]) -> u64 {
    let pixels = rgb.as_chunks::<3>().0;
    let sum = |chunk: &[[u8; 3]]| chunk.iter().map(|&pixel| saturation(pixel)).sum::<u32>();
    pixels
        .chunks(CHUNK)
        .map(|chunk| u64::from(sum(chunk)))
        .sum()
}

/// OpenCV's `(spread · scale + 2048) >> 12`, where `scale` is `255 · 4096 / value` rounded half to
/// even, in floats, which hold all these numbers exactly and need no table.
fn saturation([r, g, b]: [u8; 3]) -> u32 {
    let value = r.max(g).max(b);
    let spread = f32::from(value - r.min(g).min(b));
    let scale = (255.0 * 4096.0 / f32::from(value.max(1)) + ROUNDER) - ROUNDER;
    // The half of the last place makes ties round up, as the shift does.
    let rounded = (spread * scale / 4096.0 + 0.5 / 4096.0) + ROUNDER;
    rounded.to_bits() & 0x1ff
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
    fn saturation_is_opencvs_for_all_values() {
        for value in 1..=255u8 {
            let scale = (255.0 * 4096.0 / f64::from(value)).round_ties_even() as u32;
            for least in 0..=value {
                let expected = (u32::from(value - least) * scale + 2048) >> 12;
                assert_eq!(
                    saturation([least, value, least]),
                    expected,
                    "{value} {least}"
                );
            }
        }
    }
}
