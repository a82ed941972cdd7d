//! Against mozjpeg's 1/8 scale, and hostile files.

use mozjpeg::{ColorSpace, Compress};

use super::*;
use crate::engine::decode::jpeg;

const ODD: (u32, u32) = (1001, 777);

/// How a test picture is written.
#[derive(Clone, Copy)]
struct Style {
    size: (u32, u32),
    grey: bool,
    /// Luma samples a chroma sample, across and down.
    sampling: (u8, u8),
    quality: f32,
    progressive: bool,
    optimised: bool,
}

const PLAIN: Style = Style {
    size: ODD,
    grey: false,
    sampling: (2, 2),
    quality: 90.0,
    progressive: false,
    optimised: false,
};

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Soft colours, hard edges of luma, and some noise. Steeper colours would show that mozjpeg repeats
/// the chroma samples of 4:2:2, where Bandpass blends them.
fn picture((width, height): (u32, u32), channels: usize) -> Vec<u8> {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    let mut out = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let noise = dice.next();
        for c in 0..channels as u32 {
            let wave = (x as f64 / (90.0 + f64::from(c) * 30.0)).sin() * 60.0
                + (y as f64 / (150.0 - f64::from(c) * 20.0)).cos() * 50.0;
            let edge = if (x / 200 + y / 160) % 2 == 0 {
                20.0
            } else {
                -10.0
            };
            let grain = (noise >> (c * 8) & 15) as f64;
            out.push((120.0 + wave + edge + grain).clamp(0.0, 255.0) as u8);
        }
    }
    out
}

fn encode(style: Style) -> Vec<u8> {
    let mut encoder = Compress::new(if style.grey {
        ColorSpace::JCS_GRAYSCALE
    } else {
        ColorSpace::JCS_RGB
    });
    encoder.set_size(style.size.0 as usize, style.size.1 as usize);
    encoder.set_fastest_defaults();
    encoder.set_quality(style.quality);
    encoder.set_optimize_coding(style.optimised);
    if style.progressive {
        encoder.set_progressive_mode();
    }
    if !style.grey {
        encoder.set_chroma_sampling_pixel_sizes(style.sampling, style.sampling);
    }
    let mut encoder = encoder.start_compress(Vec::new()).unwrap();
    let data = picture(style.size, if style.grey { 1 } else { 3 });
    encoder.write_scanlines(&data).unwrap();
    encoder.finish().unwrap()
}

fn ours(bytes: &[u8]) -> Option<Pixels> {
    Header::parse(bytes)?.eighth(&Limits::default())
}

/// Mean and largest difference to mozjpeg's picture.
fn difference(bytes: &[u8]) -> (f64, u8) {
    let header = Header::parse(bytes).unwrap();
    let own = header.eighth(&Limits::default()).unwrap();
    let reference = jpeg::scaled_by_mozjpeg(bytes, 1, &Limits::default())
        .ok()
        .unwrap();
    assert_eq!(own.size(), reference.size());
    assert!(own.is_whole());
    let off = || {
        own.data
            .iter()
            .zip(&reference.data)
            .map(|(a, b)| a.abs_diff(*b))
    };
    let sum: f64 = off().map(f64::from).sum();
    (sum / own.data.len() as f64, off().max().unwrap())
}

#[test]
fn close_to_mozjpeg_in_every_usual_style() {
    let styles = [
        PLAIN,
        Style {
            sampling: (1, 1),
            ..PLAIN
        },
        Style {
            sampling: (2, 1),
            ..PLAIN
        },
        Style {
            sampling: (1, 2),
            ..PLAIN
        },
        Style {
            optimised: true,
            ..PLAIN
        },
        Style {
            quality: 100.0,
            ..PLAIN
        },
        Style {
            quality: 100.0,
            optimised: true,
            sampling: (1, 1),
            ..PLAIN
        },
        Style {
            quality: 10.0,
            ..PLAIN
        },
        Style {
            size: (1, 1),
            ..PLAIN
        },
        Style {
            size: (16, 16),
            ..PLAIN
        },
        Style {
            size: (17, 9),
            ..PLAIN
        },
        Style {
            size: (1024, 8),
            ..PLAIN
        },
    ];
    for (i, style) in styles.into_iter().enumerate() {
        let (mean, _) = difference(&encode(style));
        assert!(mean <= 2.0, "style {i}: {mean}");
    }
}

#[test]
fn luma_and_unsampled_chroma_are_those_of_mozjpeg() {
    let styles = [
        Style {
            grey: true,
            ..PLAIN
        },
        Style {
            grey: true,
            quality: 100.0,
            ..PLAIN
        },
        Style {
            grey: true,
            quality: 100.0,
            optimised: true,
            ..PLAIN
        },
        Style {
            sampling: (1, 1),
            ..PLAIN
        },
        Style {
            sampling: (1, 1),
            quality: 100.0,
            ..PLAIN
        },
    ];
    for (i, style) in styles.into_iter().enumerate() {
        let (_, largest) = difference(&encode(style));
        assert!(largest <= u8::from(!style.grey), "style {i}: {largest}");
    }
}

#[test]
fn what_is_unusual_is_left_to_mozjpeg() {
    assert!(
        ours(&encode(Style {
            progressive: true,
            ..PLAIN
        }))
        .is_none()
    );
    assert!(ours(b"").is_none());
    assert!(ours(b"\xff\xd8\xff").is_none());
    let usual = encode(PLAIN);
    let tight = Limits {
        max_pixels: 1000,
        ..Limits::default()
    };
    assert!(Header::parse(&usual).unwrap().eighth(&tight).is_none());
    // Adobe's marker that says RGB.
    let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0";
    let with = |extra: &[u8]| [&usual[..2], extra, &usual[2..]].concat();
    assert!(ours(&with(adobe)).is_none());
    assert!(ours(&with(b"\xff\xfe\0\x04hi")).is_some());
}

#[test]
fn every_cut_is_left_to_mozjpeg() {
    let bytes = encode(Style {
        size: (130, 70),
        ..PLAIN
    });
    assert!(ours(&bytes).is_some());
    for end in 0..bytes.len() {
        assert!(ours(&bytes[..end]).is_none(), "cut at {end}");
        let closed = [&bytes[..end], b"\xff\xd9"].concat();
        let whole = end + 2 >= bytes.len();
        assert!(whole || ours(&closed).is_none(), "closed at {end}");
    }
}

#[test]
fn flipped_bits_never_panic_and_keep_the_size() {
    let styles = [
        PLAIN,
        Style {
            grey: true,
            optimised: true,
            ..PLAIN
        },
    ];
    let mut dice = Dice(0xdead_beef_0bad_cafe);
    for style in styles {
        let bytes = encode(Style {
            size: (257, 131),
            ..style
        });
        for round in 0..400 {
            let mut broken = bytes.clone();
            let reach = if round % 2 == 0 { 700 } else { broken.len() };
            for _ in 0..=dice.below(4) {
                let at = dice.below(reach.min(bytes.len()));
                broken[at] ^= 1 << dice.below(8);
            }
            let Some(header) = Header::parse(&broken) else {
                continue;
            };
            let (width, height) = header.size();
            if let Some(small) = header.eighth(&Limits::default()) {
                assert_eq!(small.size(), (width.div_ceil(8), height.div_ceil(8)));
                assert!(small.is_whole());
            }
        }
    }
}

/// A colour picture (4:2:2) of random means, with a restart marker each `interval` MCUs. A DC category
/// is its own code in five bits, and the only AC symbol, the block's end, is 0.
fn with_restarts((across, down): (usize, usize), interval: usize) -> Vec<u8> {
    let mut out = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    out.extend([8; 64]);
    out.extend(b"\xff\xc0\0\x11\x08");
    out.extend(((down * 8) as u16).to_be_bytes());
    out.extend(((across * 16) as u16).to_be_bytes());
    out.extend(b"\x03\x01\x21\0\x02\x11\0\x03\x11\0");
    out.extend(b"\xff\xc4\0\x1c\0\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0");
    out.extend([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    out.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    out.extend(b"\xff\xdd\0\x04");
    out.extend((interval as u16).to_be_bytes());
    out.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0");
    let mut dice = Dice(0x0bad_5eed_1234_4321);
    let (mut bits, mut last) = (String::new(), [0_i32; 3]);
    for mcu in 0..across * down {
        if mcu > 0 && mcu % interval == 0 {
            flush(&mut out, &mut bits);
            out.extend([0xff, 0xd0 + ((mcu / interval - 1) % 8) as u8]);
            last = [0; 3];
        }
        for component in [0, 0, 1, 2] {
            let mean = dice.below(200) as i32 - 100;
            let step = mean - std::mem::replace(&mut last[component], mean);
            let size = 32 - step.unsigned_abs().leading_zeros() as usize;
            bits.extend([format!("{size:05b}")]);
            if size > 0 {
                let value = if step < 0 {
                    step + (1 << size) - 1
                } else {
                    step
                };
                bits.extend([format!("{value:0size$b}")]);
            }
            bits += "0";
        }
    }
    flush(&mut out, &mut bits);
    out.extend(b"\xff\xd9");
    out
}

fn flush(out: &mut Vec<u8>, bits: &mut String) {
    for byte in bits.as_bytes().chunks(8) {
        let text = format!("{:1<8}", String::from_utf8_lossy(byte));
        let byte = u8::from_str_radix(&text, 2).unwrap();
        out.push(byte);
        if byte == 0xff {
            out.push(0);
        }
    }
    bits.clear();
}

#[test]
fn restart_markers_reset_the_predictors() {
    for interval in [1, 2, 7, 50, 10_000] {
        let bytes = with_restarts((21, 13), interval);
        let (mean, _) = difference(&bytes);
        // Random chroma in two widths: mozjpeg takes each sample twice, Bandpass blends them.
        assert!(mean < 30.0, "interval {interval}: {mean}");
        let own = ours(&bytes).unwrap();
        assert_eq!(
            own.data,
            ours(&with_restarts((21, 13), 10_000)).unwrap().data
        );
        let at = bytes
            .windows(2)
            .rposition(|w| w[0] == 0xff && w[1] & 0xf8 == 0xd0);
        if let Some(at) = at {
            let lost = [&bytes[..at], &bytes[at + 2..]].concat();
            assert!(ours(&lost).is_none(), "interval {interval}: a lost marker");
            let mut other = bytes.clone();
            other[at + 1] ^= 1;
            assert!(
                ours(&other).is_none(),
                "interval {interval}: another marker"
            );
        }
    }
}
