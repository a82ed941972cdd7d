//! The plain formats, through the image crate: BMP, PNM, Targa, ICO, QOI.

use std::io::Cursor;

use image::error::ImageError;
use image::{DynamicImage, ImageFormat, ImageReader};

use super::pixels::Pixels;
use super::{DecodeError, Limits};

/// Which of them, with the name for messages.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    pub(super) format: ImageFormat,
    pub(super) name: &'static str,
}

/// Width and height as stored.
pub(super) fn size(kind: Kind, bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    ImageReader::with_format(Cursor::new(bytes), kind.format)
        .into_dimensions()
        .map_err(|error| explain(kind.name, error))
}

/// 16-bit samples are scaled to 8 bits.
pub(super) fn read(kind: Kind, bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    let size = size(kind, bytes)?;
    limits.check(kind.name, size, 4)?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind.format);
    let mut memory = image::Limits::no_limits();
    memory.max_alloc = Some(limits.max_bytes);
    reader.limits(memory);
    let image = reader.decode().map_err(|error| explain(kind.name, error))?;
    Ok(from_image(image))
}

fn from_image(image: DynamicImage) -> Pixels {
    let size = (image.width(), image.height());
    if image.color().has_alpha() {
        Pixels::rgba(size, image.into_rgba8().into_raw())
    } else {
        Pixels::rgb(size, image.into_rgb8().into_raw())
    }
}

fn explain(name: &'static str, error: ImageError) -> DecodeError {
    match error {
        ImageError::IoError(error) => DecodeError::from_io(name, &error),
        ImageError::Unsupported(error) => DecodeError::unsupported(name, error),
        other => DecodeError::corrupt(name, other),
    }
}
