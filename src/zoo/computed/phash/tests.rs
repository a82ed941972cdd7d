//! The hash on small made-up pictures; real ones are in `tests/it/phash_real.rs`.

use super::*;

fn picture(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> Rgb {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Rgb {
        width,
        height,
        data: places.flat_map(|(x, y)| [level(x, y); 3]).collect(),
    }
}

/// Four soft blobs without symmetry.
fn blobs(width: u32, height: u32) -> Rgb {
    picture(width, height, |x, y| {
        let (x, y) = (
            f64::from(x) / f64::from(width),
            f64::from(y) / f64::from(height),
        );
        let blob = |cx: f64, cy: f64, size: f64| {
            (-((x - cx).powi(2) + (y - cy).powi(2)) / (size * size)).exp()
        };
        (60.0
            + 120.0 * blob(0.2, 0.3, 0.2)
            + 70.0 * blob(0.7, 0.2, 0.1)
            + 60.0 * blob(0.6, 0.8, 0.3)
            - 50.0 * blob(0.1, 0.9, 0.2)) as u8
    })
}

#[test]
fn a_flat_picture_has_only_its_constant_bit() {
    for level in [1, 128, 255] {
        assert_eq!(
            hash(&picture(50, 40, |_, _| level), Orientation::Upright),
            1 << 63
        );
    }
    assert_eq!(hash(&picture(50, 40, |_, _| 0), Orientation::Upright), 0);
}

#[test]
fn scaling_hardly_changes_it() {
    let full = hash(&blobs(640, 480), Orientation::Upright);
    for (width, height) in [(320, 240), (1000, 750), (64, 48), (480, 640)] {
        let scaled = hash(&blobs(width, height), Orientation::Upright);
        assert!((full ^ scaled).count_ones() <= 4, "{width}×{height}");
    }
}

#[test]
fn a_turned_file_hashes_like_its_upright_picture() {
    let stored = blobs(300, 200);
    for exif in 1..=8 {
        let orientation = Orientation::from_exif(exif);
        let upright = hash(&stored.clone().oriented(orientation), Orientation::Upright);
        let distance = (hash(&stored, orientation) ^ upright).count_ones();
        assert!(distance <= 2, "EXIF orientation {exif}: {distance} bits");
    }
}
