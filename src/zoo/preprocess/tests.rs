//! The arithmetic in small, what is refused, and that nothing panics.

mod cuts;
mod warp;

use proptest::prelude::*;

use super::*;

fn plain(size: [u32; 2], fit: Fit, resampler: Resampler) -> Preprocess {
    Preprocess {
        size,
        fit,
        resampler,
        resize: None,
        crop: Crop::Transformers,
        pad: [9, 8, 7],
        position: Position::Centre,
        placing: Placing::WholeImage,
        tiles: None,
        channels: Channels::Rgb,
        layout: Layout::Nhwc,
        scale: 1.0,
        mean: [0.0; 3],
        std: [1.0; 3],
        alpha: Alpha::Drop,
        orientation: Exif::Ignore,
        values: None,
    }
}

fn picture(width: u32, height: u32) -> Rgb {
    let bytes = width as usize * height as usize * 3;
    let data = (0..bytes).map(|i| (i * i % 251) as u8).collect();
    Rgb {
        width,
        height,
        data,
    }
}

fn apply(spec: &Preprocess, picture: &Rgb) -> Vec<f32> {
    assert_eq!(spec.check(), Ok(()));
    let views = spec.n_views(picture.width, picture.height);
    let mut out = vec![f32::NAN; views * spec.n_values()];
    spec.apply(picture, &mut out).unwrap();
    out
}

fn as_floats(picture: &Rgb) -> Vec<f32> {
    picture.data.iter().map(|level| f32::from(*level)).collect()
}

const ALL: [Resampler; 9] = [
    Resampler::Nearest,
    Resampler::Box,
    Resampler::Bilinear,
    Resampler::Hamming,
    Resampler::Bicubic,
    Resampler::Lanczos,
    Resampler::TorchBilinear,
    Resampler::Cv2Bilinear,
    Resampler::Cv2BilinearFloat,
];

#[test]
fn its_own_size_changes_no_pixel() {
    let picture = picture(13, 7);
    for resampler in ALL {
        let spec = plain([13, 7], Fit::Squash, resampler);
        assert_eq!(apply(&spec, &picture), as_floats(&picture), "{resampler:?}");
    }
}

#[test]
fn channels_and_layout_place_the_same_numbers() {
    let picture = Rgb {
        width: 2,
        height: 1,
        data: vec![1, 2, 3, 4, 5, 6],
    };
    let mut spec = plain([2, 1], Fit::Squash, Resampler::Bilinear);
    assert_eq!(apply(&spec, &picture), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(spec.shape(), [1, 2, 3]);
    spec.channels = Channels::Bgr;
    spec.mean = [3.0, 0.0, 0.0];
    assert_eq!(apply(&spec, &picture), [0.0, 2.0, 1.0, 3.0, 5.0, 4.0]);
    spec.layout = Layout::Nchw;
    assert_eq!(apply(&spec, &picture), [0.0, 3.0, 2.0, 5.0, 1.0, 4.0]);
    assert_eq!(spec.shape(), [3, 1, 2]);
}

/// `ToTensor` divides in binary32, transformers multiplies in binary64.
#[test]
fn a_255th_is_the_same_in_torch_and_transformers() {
    for (level, scaled) in values::scaled(1.0 / 255.0).iter().enumerate() {
        assert_eq!(*scaled, level as f32 / 255.0);
    }
}

#[test]
fn crops_round_an_odd_margin_as_their_library_does() {
    let before = |margin| [Crop::Transformers, Crop::Torchvision].map(|crop| crop.before(margin));
    assert_eq!(
        [1, 2, 3, 127].map(before),
        [[0, 0], [1, 1], [1, 2], [63, 64]]
    );
}

#[test]
fn a_letterbox_keeps_the_proportion_and_fills_the_rest() {
    let mut spec = plain([4, 4], Fit::Letterbox, Resampler::Nearest);
    let picture = Rgb {
        width: 1,
        height: 2,
        data: vec![1; 6],
    };
    let red =
        |spec: &Preprocess| -> Vec<f32> { apply(spec, &picture).into_iter().step_by(3).collect() };
    assert_eq!(red(&spec), [9.0, 1.0, 1.0, 9.0].repeat(4));
    spec.position = Position::TopLeft;
    assert_eq!(red(&spec), [1.0, 1.0, 9.0, 9.0].repeat(4));
}

#[test]
fn the_border_of_a_square_weighs_in_as_if_it_were_there() {
    let narrow = picture(3, 8);
    let mut square = Vec::new();
    for row in narrow.data.chunks(9) {
        square.extend([9, 8, 7].repeat(2));
        square.extend_from_slice(row);
        square.extend([9, 8, 7].repeat(3));
    }
    let square = Rgb {
        width: 8,
        height: 8,
        data: square,
    };
    for resampler in ALL {
        let padded = apply(&plain([5, 5], Fit::PadSquare, resampler), &narrow);
        let whole = apply(&plain([5, 5], Fit::Squash, resampler), &square);
        let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-4;
        assert!(padded.iter().zip(&whole).all(close), "{resampler:?}");
    }
}

#[test]
fn slips_name_their_field() {
    let good = plain([8, 8], Fit::Squash, Resampler::Bicubic);
    let slip = |change: &dyn Fn(&mut Preprocess)| {
        let mut spec = good.clone();
        change(&mut spec);
        spec.check().unwrap_err().0
    };
    assert_eq!(slip(&|s| s.size = [0, 8]), "size");
    assert_eq!(slip(&|s| s.size = [8, 5000]), "size");
    assert_eq!(slip(&|s| s.scale = f64::NAN), "scale");
    assert_eq!(slip(&|s| s.mean[1] = f64::INFINITY), "mean");
    assert_eq!(slip(&|s| s.std[2] = 0.0), "std");
    assert_eq!(slip(&|s| s.std[2] = 1e-37), "std");
    assert_eq!(slip(&|s| s.resize = Some(7)), "resize");
    let letterbox = |s: &mut Preprocess| {
        s.fit = Fit::Letterbox;
        s.resize = Some(9);
    };
    assert_eq!(slip(&letterbox), "resize");
    assert_eq!(slip(&|s| s.placing = Placing::FixedAspect), "placing");
    assert_eq!(slip(&|s| s.fit = Fit::Warp), "resampler");
}

#[test]
fn pictures_and_buffers_of_the_wrong_size_are_refused() {
    let spec = plain([2, 2], Fit::Squash, Resampler::Box);
    let mut out = [0.0; 12];
    for (width, height, bytes) in [(0, 0, 0), (2, 2, 11), (u32::MAX, u32::MAX, 3)] {
        let data = vec![0; bytes];
        let broken = Rgb {
            width,
            height,
            data,
        };
        let error = spec.apply(&broken, &mut out).unwrap_err();
        assert!(matches!(error, PreprocessError::Shape { .. }));
    }
    let error = spec.apply(&picture(3, 3), &mut out[1..]).unwrap_err();
    let (given, needed) = (11, 12);
    assert_eq!(error, PreprocessError::Buffer { given, needed });
}

#[test]
fn fingerprints_tell_preprocessings_apart() {
    let one = plain([8, 8], Fit::Squash, Resampler::Bicubic);
    let mut other = one.clone();
    assert_eq!(one.fingerprint(), other.fingerprint());
    other.mean[2] = f64::EPSILON;
    assert_ne!(one.fingerprint(), other.fingerprint());
}

fn any_spec() -> impl Strategy<Value = Preprocess> {
    let fits = ALL.into_iter().flat_map(|by| {
        let fits = [
            Fit::Squash,
            Fit::ShortestSide,
            Fit::Letterbox,
            Fit::PadSquare,
        ];
        fits.map(|fit| (fit, by))
    });
    let fits: Vec<_> = fits.chain([(Fit::Warp, Resampler::Cv2Bilinear)]).collect();
    let tiles = [
        None,
        cuts::five(16, 15, None).tiles,
        Some(Tiles::Grid {
            n: 3,
            side: 16,
            squash: Some([20, 16]),
        }),
        Some(Tiles::Random {
            n: 4,
            side: 16,
            seed: 1,
            squash: None,
        }),
    ];
    let size = [1_u32..40, 1_u32..40];
    let tiles = prop::sample::select(tiles.to_vec());
    (size, prop::sample::select(fits), tiles).prop_map(|(size, (fit, by), tiles)| Preprocess {
        tiles,
        ..plain(size, fit, by)
    })
}

proptest! {
    #[test]
    fn any_picture_fills_every_value(spec in any_spec(), width in 1_u32..70, height in 1_u32..70) {
        let out = apply(&spec, &picture(width, height));
        prop_assert!(out.iter().all(|v| (-0.001..255.001).contains(v)));
    }

    #[test]
    fn extreme_shapes_are_fine(spec in any_spec(), long in 1_u32..20_000, upright in any::<bool>()) {
        let picture = if upright { picture(1, long) } else { picture(long, 1) };
        prop_assert!(apply(&spec, &picture).iter().all(|v| v.is_finite()));
    }
}
