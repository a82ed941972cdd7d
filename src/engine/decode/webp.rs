//! WebP, still and animated (its first frame).

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use super::pixels::Pixels;
use super::{DecodeError, Limits};

const NAME: &str = "WebP";

/// Width and height as stored.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    Ok(open(bytes)?.dimensions())
}

/// The canvas of the first frame; pixels that it leaves out are transparent black.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    let mut decoder = open(bytes)?;
    let size = decoder.dimensions();
    limits.check(NAME, size, 4)?;
    decoder.set_memory_limit(usize::try_from(limits.max_bytes).unwrap_or(usize::MAX));
    let alpha = decoder.has_alpha();
    let need = decoder
        .output_buffer_size()
        .ok_or_else(|| DecodeError::corrupt(NAME, "its size overflows"))?;
    let mut data = vec![0; need];
    decoder.read_image(&mut data).map_err(explain)?;
    Ok(Pixels {
        width: size.0,
        height: size.1,
        data,
        alpha,
    })
}

fn open(bytes: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, DecodeError> {
    WebPDecoder::new(Cursor::new(bytes)).map_err(explain)
}

fn explain(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(error) => DecodeError::from_io(NAME, &error),
        DecodingError::NotEnoughInitData => DecodeError::truncated(NAME, "the data end early"),
        other => DecodeError::corrupt(NAME, other),
    }
}
