//! PNG and APNG (its still image, which players without animation show, as Pillow does).

use std::io::Cursor;

use png::{ColorType, Decoder, DecodingError, Limits as Memory, Reader, Transformations};

use super::pixels::{self, Pixels};
use super::{DecodeError, Limits};

const NAME: &str = "PNG";

/// Width and height as stored.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    let header = decoder.read_header_info().map_err(explain)?;
    Ok((header.width, header.height))
}

/// Palettes and low bit depths expanded; of 16-bit samples the high byte, as Pillow takes it for
/// colour. Its grey 16-bit images are clipped at 255: here they are scaled too.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    limits.check(NAME, size(bytes)?, 4)?;
    let memory = Memory {
        bytes: usize::try_from(limits.max_bytes).unwrap_or(usize::MAX),
    };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), memory);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(explain)?;
    let need = needed(&reader, limits)?;
    let mut data = vec![0; need];
    let frame = reader.next_frame(&mut data).map_err(explain)?;
    data.truncate(frame.buffer_size());
    let size = (frame.width, frame.height);
    Ok(match frame.color_type {
        ColorType::Grayscale => Pixels::rgb(size, pixels::from_grey(&data)),
        ColorType::GrayscaleAlpha => Pixels::rgba(size, pixels::from_grey_alpha(&data)),
        ColorType::Rgb => Pixels::rgb(size, data),
        ColorType::Rgba => Pixels::rgba(size, data),
        ColorType::Indexed => return Err(DecodeError::corrupt(NAME, "it has no palette")),
    })
}

fn needed(reader: &Reader<Cursor<&[u8]>>, limits: &Limits) -> Result<usize, DecodeError> {
    reader
        .output_buffer_size()
        .filter(|need| *need as u64 <= limits.max_bytes)
        .ok_or(DecodeError::TooManyBytes {
            need: u64::MAX,
            limit: limits.max_bytes,
        })
}

fn explain(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(error) => DecodeError::from_io(NAME, &error),
        other => DecodeError::corrupt(NAME, other),
    }
}
