//! Real pictures as scorers get them.

use std::path::Path;

use bandpass::domain::picture::{Orientation, Picture, Rgb};

/// Decodes a file as Pillow's `convert("RGB")` does, orientation and alpha dropped.
pub(crate) fn decoded(path: &Path) -> Picture {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    from_bytes(&bytes)
}

/// The same, from the bytes of a file.
pub(crate) fn from_bytes(bytes: &[u8]) -> Picture {
    let is_jpeg = bytes.starts_with(&[0xff, 0xd8]);
    let rgb = if is_jpeg { jpeg(bytes) } else { other(bytes) };
    Picture {
        rgb,
        orientation: Orientation::Upright,
        format: if is_jpeg { "jpeg" } else { "png" },
        file_size: bytes.len() as u64,
    }
}

fn jpeg(bytes: &[u8]) -> Rgb {
    let mut image = mozjpeg::Decompress::new_mem(bytes).unwrap().rgb().unwrap();
    let (width, height) = (image.width() as u32, image.height() as u32);
    let data: Vec<u8> = image.read_scanlines().unwrap();
    Rgb {
        width,
        height,
        data,
    }
}

fn other(bytes: &[u8]) -> Rgb {
    let image = image::load_from_memory(bytes).unwrap().to_rgb8();
    Rgb {
        width: image.width(),
        height: image.height(),
        data: image.into_raw(),
    }
}
