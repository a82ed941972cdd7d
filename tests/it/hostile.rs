//! Files that want to harm: cut, flipped, and much larger than they look.
#![expect(clippy::unwrap_used, reason = "writing the good samples must work")]

use std::io::Cursor;

use bandpass::domain::picture::Rgb;
use bandpass::engine::decode::{self, DecodeError, Limits};
use image::{DynamicImage, ImageFormat, RgbImage};
use proptest::prelude::*;

use crate::shared::shared;

/// A picture with some structure, so that every part of a codec is used.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 7;
        image::Rgb([(x * 3) as u8, (y * 5) as u8, (noise & 63) as u8 + 90])
    })
}

fn written(format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let image = DynamicImage::from(picture(60, 44));
    let image = if format == ImageFormat::Ico {
        DynamicImage::from(image.to_rgba8())
    } else {
        image
    };
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn jpeg() -> Vec<u8> {
    let image = picture(60, 44);
    decode::encode_thumb(&Rgb {
        width: 60,
        height: 44,
        data: image.into_raw(),
    })
    .unwrap()
}

/// One good file of every format that can be written here, and two that are only in `../shared`.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    use ImageFormat::{Bmp, Gif, Ico, Png, Pnm, Qoi, Tga, Tiff, WebP};
    let formats = [
        ("png", Png),
        ("gif", Gif),
        ("bmp", Bmp),
        ("tiff", Tiff),
        ("webp", WebP),
        ("pnm", Pnm),
        ("tga", Tga),
        ("ico", Ico),
        ("qoi", Qoi),
    ];
    let mut out: Vec<_> = formats
        .into_iter()
        .map(|(name, format)| (name, written(format)))
        .collect();
    out.push(("jpeg", jpeg()));
    let extra = [
        ("avif", "images/formats/made/avif.avif"),
        ("webp", "images/formats/made/webp-lossy.webp"),
        ("webp", "images/formats/made/webp-animated.webp"),
        ("jpeg", "images/formats/made/jpeg-progressive.jpg"),
        ("jpeg", "images/formats/made/jpeg-orientation-6.jpg"),
        ("png", "images/formats/made/png-animated.png"),
        ("gif", "images/formats/made/gif-animated.gif"),
        ("tiff", "images/formats/made/tiff-lzw.tif"),
        ("tiff", "images/formats/made/tiff-deflate.tif"),
        ("jxl", "images/formats/backgrounds_gnome_ring-l.jxl"),
    ];
    for (name, path) in extra {
        out.extend(shared(path).map(|path| (name, std::fs::read(path).unwrap())));
    }
    out
}

/// Every way in; a result is checked for whole pixels.
fn exercise(bytes: &[u8]) -> Result<(), DecodeError> {
    let limits = Limits {
        max_pixels: 4 << 20,
        max_bytes: 32 << 20,
    };
    let whole = |rgb: &Rgb| {
        assert_eq!(
            rgb.data.len() as u64,
            u64::from(rgb.width) * u64::from(rgb.height) * 3
        );
        assert!(rgb.width > 0 && rgb.height > 0);
    };
    decode::sniff(bytes);
    decode::probe(bytes).ok();
    if let Ok(small) = decode::thumbnail(bytes, 32, &limits) {
        whole(&small);
        assert!(small.width.max(small.height) <= 32);
    }
    let picture = decode::decode(bytes, &limits)?;
    whole(&picture.rgb);
    whole(&decode::view(bytes, &limits)?);
    Ok(())
}

#[test]
fn every_format_opens_with_its_colours() {
    for (name, bytes) in samples() {
        assert_eq!(decode::sniff(&bytes), Some(name));
        let limits = Limits::default();
        let picture = decode::decode(&bytes, &limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(picture.format, name);
        assert_eq!(picture.file_size, bytes.len() as u64);
        assert_eq!(decode::probe(&bytes), Ok(picture.upright_size()));
        let seen = decode::view(&bytes, &limits).unwrap();
        assert_eq!((seen.width, seen.height), picture.upright_size());
        let lossless = matches!(name, "png" | "bmp" | "tiff" | "pnm" | "tga" | "ico" | "qoi");
        if lossless && picture.rgb.width == 60 {
            assert_eq!(picture.rgb.data, picture_data(), "{name}");
        }
    }
}

fn picture_data() -> Vec<u8> {
    picture(60, 44).into_raw()
}

#[test]
fn a_cut_file_never_panics_and_most_are_errors() {
    for (name, bytes) in samples() {
        for eighth in 0..8 {
            let cut = &bytes[..bytes.len() * eighth / 8];
            let result = exercise(cut);
            let must_fail = matches!(
                name,
                "jpeg" | "png" | "bmp" | "pnm" | "tiff" | "avif" | "jxl"
            );
            // An animation may be whole up to its first frame.
            let animated = bytes.windows(4).any(|w| w == b"acTL");
            if must_fail && !animated {
                assert!(result.is_err(), "{name} cut at {eighth}/8 opens");
            }
        }
    }
}

#[test]
fn a_truncated_jpeg_or_png_says_so() {
    for (bytes, name) in [(jpeg(), "JPEG"), (written(ImageFormat::Png), "PNG")] {
        for end in [bytes.len() / 2, bytes.len() * 3 / 4] {
            let error = decode::decode(&bytes[..end], &Limits::default()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("truncated {name}: the data end early")
            );
        }
    }
    let bytes = jpeg();
    let without_end = &bytes[..bytes.len() - 2];
    assert!(decode::decode(without_end, &Limits::default()).is_err());
    let with_tail = [bytes.as_slice(), b"tail of a phone's motion photo"].concat();
    assert!(decode::decode(&with_tail, &Limits::default()).is_ok());
}

/// xorshift64*: the same flips in every run.
fn next(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_f491_4f6c_dd1d)
}

#[test]
fn flipped_bits_never_panic() {
    let mut state = 0x5eed_u64;
    for (name, good) in samples() {
        let rounds = if name == "jxl" { 4 } else { 120 };
        for round in 0..rounds {
            let mut bytes = good.clone();
            // Half of the rounds aim at the header, where sizes are.
            let reach = if round % 2 == 0 {
                bytes.len().min(256)
            } else {
                bytes.len()
            };
            for _ in 0..=round % 5 {
                let at = next(&mut state) as usize % reach;
                bytes[at] ^= 1 << (next(&mut state) % 8);
            }
            exercise(&bytes).ok();
        }
    }
}

fn crc(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    })
}

/// A PNG of `side`×`side` pixels with almost no data.
fn png_bomb(side: u32) -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend(side.to_be_bytes());
    head.extend(side.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    out.extend(&head);
    out.extend(crc(&head).to_be_bytes());
    out.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    out
}

/// A TIFF of one strip: width, height, bits, compression, interpretation, offset, samples, length.
fn tiff_bomb(side: u32) -> Vec<u8> {
    let fields: [(u16, u16, u32); 9] = [
        (256, 4, side),
        (257, 4, side),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, side),
        (279, 4, side.wrapping_mul(side)),
    ];
    let mut out = b"II*\0\x08\0\0\0".to_vec();
    out.extend((fields.len() as u16).to_le_bytes());
    for (tag, kind, value) in fields {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    out
}

/// A lossless WebP with nearly the largest canvas there is, 16383×16383, and nothing in it.
fn webp_bomb() -> Vec<u8> {
    let mut out = b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f".to_vec();
    out.extend([0xfe, 0xbf, 0xff, 0x0f, 0]);
    out
}

/// The whole canvas of a GIF, and a frame of one pixel.
fn gif_bomb() -> Vec<u8> {
    let mut out = b"GIF89a\xff\xff\xff\xff\x80\0\0".to_vec();
    out.extend([0; 6]);
    out.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;");
    out
}

#[test]
fn bombs_are_refused_by_their_headers() {
    let limits = Limits {
        max_pixels: 100_000_000,
        ..Limits::default()
    };
    let pnm = b"P6\n60000 60000\n255\nxx".to_vec();
    let mut bmp = written(ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&60000_u32.to_le_bytes());
    bmp[22..26].copy_from_slice(&60000_u32.to_le_bytes());
    let mut qoi = written(ImageFormat::Qoi);
    qoi[4..12].copy_from_slice(&[0, 0, 0x2e, 0xe0, 0, 0, 0x2e, 0xe0]);
    let mut tga = written(ImageFormat::Tga);
    tga[12..16].copy_from_slice(&[0xff; 4]);
    let mut jpeg = jpeg();
    let sof = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[sof + 5..sof + 9].copy_from_slice(&[0xff, 0, 0xff, 0]);
    let bombs = [
        png_bomb(60000),
        tiff_bomb(60000),
        webp_bomb(),
        gif_bomb(),
        pnm,
        bmp,
        qoi,
        tga,
        jpeg,
    ];
    for bomb in bombs {
        let format = decode::sniff(&bomb);
        for error in [
            decode::decode(&bomb, &limits).unwrap_err(),
            decode::thumbnail(&bomb, 256, &limits).unwrap_err(),
            decode::view(&bomb, &limits).unwrap_err(),
        ] {
            assert!(
                matches!(error, DecodeError::TooManyPixels { .. }),
                "{format:?}: {error}"
            );
        }
    }
    let error = decode::decode(&png_bomb(60000), &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "60000×60000 pixels are over the limit of 400 megapixels"
    );
}

#[test]
fn small_byte_limits_hold_for_every_format() {
    let limits = Limits {
        max_pixels: u64::MAX,
        max_bytes: 1000,
    };
    for (name, bytes) in samples() {
        let error = decode::decode(&bytes, &limits).unwrap_err();
        assert!(
            matches!(error, DecodeError::TooManyBytes { limit: 1000, .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn thumbnails_survive_the_disk() {
    let image = picture(200, 131);
    let rgb = Rgb {
        width: 200,
        height: 131,
        data: image.into_raw(),
    };
    let back = decode::decode_thumb(&decode::encode_thumb(&rgb).unwrap()).unwrap();
    assert_eq!((back.width, back.height), (200, 131));
    let off: u64 = rgb
        .data
        .iter()
        .zip(&back.data)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    assert!(off / (rgb.data.len() as u64) < 12);
    assert!(decode::decode_thumb(b"").is_err());
    assert!(decode::decode_thumb(b"\xff\xd8\xff").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_thumbnail_keeps_its_shape(w in 1_u32..700, h in 1_u32..700, edge in 1_u32..300, jpeg: bool) {
        let image = picture(w, h);
        let bytes = if jpeg {
            decode::encode_thumb(&Rgb { width: w, height: h, data: image.into_raw() }).unwrap()
        } else {
            let mut out = Cursor::new(Vec::new());
            image.write_to(&mut out, ImageFormat::Bmp).unwrap();
            out.into_inner()
        };
        let small = decode::thumbnail(&bytes, edge, &Limits::default()).unwrap();
        let longest = small.width.max(small.height);
        prop_assert_eq!(longest, w.max(h).min(edge));
        let scale = f64::from(longest) / f64::from(w.max(h));
        prop_assert!((f64::from(small.width) - f64::from(w) * scale).abs() <= 1.0);
        prop_assert!((f64::from(small.height) - f64::from(h) * scale).abs() <= 1.0);
    }

    #[test]
    fn random_bytes_behind_a_magic_never_panic(
        magic in 0_usize..12,
        tail in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        const MAGICS: [&[u8]; 12] = [
            b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"RIFF\x90\0\0\0WEBPVP8 ",
            b"RIFF\x90\0\0\0WEBPVP8X", b"GIF89a", b"BM", b"II*\0\x08\0\0\0",
            b"\0\0\0\x14ftypavif\0\0\0\0avif", b"\xff\x0a", b"qoif", b"P5 ", b"\0\0\x01\0\x01\0",
        ];
        exercise(&[MAGICS[magic], &tail].concat()).ok();
    }
}
