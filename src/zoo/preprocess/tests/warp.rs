//! Zooms, against pixels that OpenCV 4.14 made of the same pictures.

use super::*;

/// A picture of this size, warped to that size; placed in both ways.
fn warped([width, height]: [u32; 2], size: [u32; 2]) -> [Vec<f32>; 2] {
    [Placing::WholeImage, Placing::FixedAspect].map(|placing| {
        let spec = Preprocess {
            placing,
            ..plain(size, Fit::Warp, Resampler::Cv2Bilinear)
        };
        apply(&spec, &picture(width, height))
    })
}

const PAD: [f32; 3] = [9.0, 8.0, 7.0];

#[test]
fn a_high_picture_is_cut_off_unless_the_aspect_is_fixed() {
    let [whole, fixed] = warped([7, 13], [4, 3]);
    let expected = [
        29, 20, 30, 118, 200, 95, 137, 43, 174, 51, 184, 105, 28, 25, 21, 87, 118, 105, 174, 172,
        121, 95, 106, 119, 17, 25, 14, 133, 164, 70, 153, 117, 158, 155, 156, 113,
    ];
    assert_eq!(whole, expected.map(|level| level as f32));
    for (i, pixel) in fixed.chunks(3).enumerate() {
        let expected = match i {
            6 => [144.0, 74.0, 159.0],
            10 => [125.0, 157.0, 94.0],
            _ => PAD,
        };
        assert_eq!(pixel, expected, "pixel {i}");
    }
}

#[test]
fn the_placings_differ_where_height_decides() {
    let [whole, fixed] = warped([40, 31], [3, 2]);
    assert_eq!(whole[..12], PAD.repeat(4));
    assert_eq!(whole[12..], [138.0, 124.0, 109.0, 41.0, 42.0, 44.0]);
    assert_eq!(fixed[..12], PAD.repeat(4));
    assert_eq!(fixed[12..], [57.0, 201.0, 95.0, 55.0, 64.0, 75.0]);
}

#[test]
fn the_box_takes_the_shape_of_the_tensor() {
    let sides = |placing: Placing, picture| placing.sides(picture, [192, 256]);
    let (wide, high) = ((400, 100), (100, 400));
    assert_eq!(sides(Placing::WholeImage, wide), [500.0, 125.0]);
    assert_eq!(sides(Placing::FixedAspect, wide), [500.0, 500.0 / 0.75]);
    assert_eq!(sides(Placing::FixedAspect, high), [375.0, 500.0]);
}
