//! `phash` on real pictures: the numbers of `imagehash`, and how far copies and strangers are apart.

use std::path::Path;

use bandpass::domain::picture::{Picture, Rgb};
use bandpass::zoo::Computed as _;
use bandpass::zoo::computed::phash::Phash;

use crate::decoded::{decoded, from_bytes};
use crate::shared::shared;

/// `str(imagehash.phash(Image.open(path).convert("RGB")))`, imagehash 4.3.2 with Pillow 13.0.
const IMAGEHASH: [(&str, u64); 20] = [
    ("golden/images/black.png", 0x0000_0000_0000_0000),
    ("golden/images/flat_gray128.png", 0x8000_0000_0000_0000),
    ("golden/images/one_pixel.png", 0x8000_0000_0000_0000),
    ("golden/images/lcg_noise.png", 0xc701_7417_fa8c_67a6),
    ("golden/ic9600/2007_005509.jpg", 0x868e_e5d1_523a_2f2d),
    ("golden/ic9600/2008_002672.jpg", 0xa7af_98d4_672a_2ab0),
    ("golden/ic9600/2008_007942.jpg", 0xc9f2_1670_8f68_cb1d),
    ("golden/ic9600/2009_001631.jpg", 0x87d2_533d_6464_91db),
    (
        "golden/image_quality_fusion/SPAQ_10241.jpg",
        0xdd9d_1989_195a_ca9c,
    ),
    ("images/photos/01.png", 0xc4c6_2e70_5bb9_4b17),
    ("images/photos/02.png", 0xcead_b0b8_87c7_30b8),
    ("images/photos/03.png", 0xafe1_283e_1c1e_0f87),
    ("images/photos/04.png", 0x9fe5_b0ea_c391_0786),
    ("images/photos/05.png", 0xd7d3_9278_b09c_3c68),
    ("images/photos/06.png", 0xf1c1_c3f8_e3e3_3c08),
    ("images/photos/09.png", 0xc1f8_1797_6a09_957c),
    ("images/photos/11.png", 0xd849_a5b6_926b_d31a),
    ("images/photos/12.png", 0xd1d7_c6c6_9498_999c),
    ("images/photos/astronaut.png", 0xc292_4c55_32bd_dfc8),
    ("images/photos/camera.png", 0xbff1_c1c0_434e_8cbc),
];

fn phash(picture: &Picture) -> u64 {
    let scores = Phash::new().score(picture).unwrap();
    scores.signature.unwrap()
}

fn photos(folder: &Path) -> Vec<Picture> {
    (1..=12)
        .map(|n| decoded(&folder.join(format!("{n:02}.png"))))
        .collect()
}

#[test]
fn hashes_are_those_of_imagehash() {
    let Some(folder) = shared("images/photos").and(shared("")) else {
        return;
    };
    for (name, expected) in IMAGEHASH {
        let ours = phash(&decoded(&folder.join(name)));
        assert_eq!(
            ours, expected,
            "{name}: {ours:016x}, imagehash {expected:016x}"
        );
    }
}

#[test]
fn copies_stay_near() {
    let Some(folder) = shared("images/photos") else {
        return;
    };
    for (n, photo) in photos(&folder).iter().enumerate() {
        let original = phash(photo);
        let copies = [
            ("half size", resized(photo, 2)),
            ("quarter size", resized(photo, 4)),
            ("JPEG 75", recompressed(photo, 75.0)),
            ("JPEG 30", recompressed(photo, 30.0)),
            (
                "JPEG 40 of half size",
                recompressed(&resized(photo, 2), 40.0),
            ),
        ];
        for (what, copy) in copies {
            let distance = (original ^ phash(&copy)).count_ones();
            assert!(
                distance <= 6,
                "photo {}: {what} differs in {distance} bits",
                n + 1
            );
        }
    }
}

#[test]
fn different_photos_are_far_apart() {
    let Some(folder) = shared("images/photos") else {
        return;
    };
    let hashes: Vec<u64> = photos(&folder).iter().map(phash).collect();
    for (i, a) in hashes.iter().enumerate() {
        for b in &hashes[..i] {
            let distance = (a ^ b).count_ones();
            assert!(
                distance >= 20,
                "{a:016x} and {b:016x} differ in {distance} bits only"
            );
        }
    }
}

fn resized(picture: &Picture, divisor: u32) -> Picture {
    let rgb = picture.rgb.clone();
    let image = image::RgbImage::from_raw(rgb.width, rgb.height, rgb.data).unwrap();
    let (width, height) = (rgb.width / divisor, rgb.height / divisor);
    let small = image::imageops::resize(&image, width, height, image::imageops::Triangle);
    Picture {
        rgb: Rgb {
            width,
            height,
            data: small.into_raw(),
        },
        ..picture.clone()
    }
}

fn recompressed(picture: &Picture, quality: f32) -> Picture {
    let mut jpeg = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_RGB);
    jpeg.set_size(picture.rgb.width as usize, picture.rgb.height as usize);
    jpeg.set_quality(quality);
    let mut started = jpeg.start_compress(Vec::new()).unwrap();
    started.write_scanlines(&picture.rgb.data).unwrap();
    from_bytes(&started.finish().unwrap())
}
