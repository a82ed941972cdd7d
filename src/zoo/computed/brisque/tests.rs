//! The scorer on made-up pictures with a made-up model.

use super::measure::{measure, portable};
use super::*;

/// Grey noise that doesn't repeat (an LCG's high bits).
fn noise(width: u32, height: u32) -> Rgb {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let data = (0..width * height * 3).map(|_| next()).collect();
    Rgb {
        width,
        height,
        data,
    }
}

/// Half of it black, a quarter white: where rounding decides signs.
fn clipped(width: u32, height: u32) -> Rgb {
    let mut rgb = noise(width, height);
    for (i, byte) in rgb.data.iter_mut().enumerate() {
        match i / 3 % width as usize * 4 / width as usize {
            0 | 1 => *byte = 0,
            2 => *byte = 255,
            _ => {}
        }
    }
    rgb
}

fn flat(width: u32, height: u32) -> Rgb {
    let data = vec![90; (width * height * 3) as usize];
    Rgb {
        width,
        height,
        data,
    }
}

/// One support vector at the middle of ranges 0–1: some score between 0 and 100.
fn scorer() -> Brisque {
    Brisque::new(Arc::new(Svr {
        gamma: 0.05,
        rho: 0.0,
        ranges: [[0.0; FEATURES], [1.0; FEATURES]],
        vectors: vec![([0.0; FEATURES], 60.0)],
    }))
}

fn score(rgb: Rgb, orientation: Orientation) -> f64 {
    let picture = Picture {
        rgb,
        alpha: None,
        orientation,
        format: "png",
        file_size: 0,
    };
    scorer().score(&picture).unwrap().values[0]
}

#[test]
fn the_fast_path_has_the_bits_of_the_portable_one() {
    for (width, height) in [(2, 2), (3, 9), (16, 16), (61, 47), (130, 33)] {
        for rgb in [
            noise(width, height),
            clipped(width, height),
            flat(width, height),
        ] {
            assert_eq!(measure(&rgb), portable(&rgb), "{width}×{height}");
        }
    }
}

#[test]
fn a_flat_picture_has_no_score() {
    for (width, height) in [(1, 1), (5, 1), (2, 2), (64, 48)] {
        assert!(
            score(flat(width, height), Orientation::Upright).is_nan(),
            "{width}×{height}"
        );
    }
}

#[test]
fn a_picture_without_a_half_has_features_at_full_size_only() {
    let [full, half] = measure(&noise(40, 1)).map(|scale| scale.features());
    assert!(!full[0].is_nan() && !full[1].is_nan());
    assert!(half[1].is_nan());
    assert!(score(noise(40, 1), Orientation::Upright).is_nan());
}

#[test]
fn the_upright_picture_is_scored() {
    for exif in 1..=8 {
        let orientation = Orientation::from_exif(exif);
        let stored = score(clipped(40, 31), orientation);
        let turned = score(clipped(40, 31).oriented(orientation), Orientation::Upright);
        assert_eq!(stored, turned, "EXIF orientation {exif}");
        assert!((0.0..=100.0).contains(&stored), "{stored}");
    }
    let upright = score(clipped(40, 31), Orientation::Upright);
    assert_ne!(upright, score(clipped(40, 31), Orientation::Rotate90));
}

#[test]
fn a_turn_by_ninety_degrees_swaps_right_and_below() {
    let features_of = |orientation| features(&clipped(64, 48).oriented(orientation));
    let stored = features_of(Orientation::Upright);
    let turned = features_of(Orientation::Transpose);
    for i in 0..4 {
        assert!((stored[2 + i] - turned[6 + i]).abs() < 2e-3, "{i}");
        assert!((stored[6 + i] - turned[2 + i]).abs() < 2e-3, "{i}");
    }
}

#[test]
fn a_picture_that_lies_about_its_size_is_refused() {
    let picture = Picture {
        rgb: Rgb {
            width: 4,
            height: 4,
            data: vec![0; 47],
        },
        alpha: None,
        orientation: Orientation::Upright,
        format: "png",
        file_size: 0,
    };
    assert!(scorer().score(&picture).is_err());
}

#[test]
fn the_score_stays_between_0_and_100() {
    let mut svr = (*scorer().model).clone();
    for (rho, expected) in [(-1e6, 100.0), (1e6, 0.0)] {
        svr.rho = rho;
        assert_eq!(svr.score(&[0.5; FEATURES]), expected);
    }
    assert!(svr.score(&[f32::NAN; FEATURES]).is_nan());
}
