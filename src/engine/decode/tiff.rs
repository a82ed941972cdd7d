//! TIFF: its first page.

use std::io::Cursor;

use tiff::decoder::{Decoder, DecodingResult, Limits as Memory};
use tiff::{ColorType, TiffError};

use super::pixels::{self, Pixels};
use super::{DecodeError, Limits};

const NAME: &str = "TIFF";

/// Width and height as stored.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    Decoder::new(Cursor::new(bytes))
        .and_then(|mut decoder| decoder.dimensions())
        .map_err(explain)
}

/// Grey, RGB and CMYK of 1 to 16 bits, with or without alpha, and floats between 0 and 1.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(explain)?;
    let size = decoder.dimensions().map_err(explain)?;
    limits.check(NAME, size, 4)?;
    let colour = decoder.colortype().map_err(explain)?;
    let bits = u64::from(colour.bit_depth()) * u64::from(colour.num_samples());
    limits.check(NAME, size, bits.div_ceil(8))?;
    let mut memory = Memory::default();
    memory.decoding_buffer_size = usize::try_from(limits.max_bytes).unwrap_or(usize::MAX);
    memory.intermediate_buffer_size = memory.decoding_buffer_size;
    decoder = decoder.with_limits(memory);
    let mut result = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(explain)?;
    let mut samples = bytes_of(result)?;
    if colour.bit_depth() < 8 {
        samples = unpack(&samples, size, colour)?;
    }
    if layout.planes > 1 {
        samples = interleave(&samples, layout.planes);
    }
    arrange(size, colour, samples)
}

fn arrange(size: (u32, u32), colour: ColorType, data: Vec<u8>) -> Result<Pixels, DecodeError> {
    let pixels = match colour {
        ColorType::Gray(_) => Pixels::rgb(size, pixels::from_grey(&data)),
        ColorType::GrayA(_) => Pixels::rgba(size, pixels::from_grey_alpha(&data)),
        ColorType::Multiband { num_samples: 2, .. } => {
            Pixels::rgba(size, pixels::from_grey_alpha(&data))
        }
        ColorType::RGB(_) => Pixels::rgb(size, data),
        ColorType::RGBA(_) => Pixels::rgba(size, data),
        ColorType::CMYK(_) => Pixels::rgb(size, pixels::from_cmyk(&data)),
        other => return Err(DecodeError::unsupported(NAME, format!("{other:?} pixels"))),
    };
    if pixels.is_whole() {
        return Ok(pixels);
    }
    Err(DecodeError::truncated(NAME, "pixels are missing"))
}

/// Samples as 8 bits: the high byte of integers, floats from 0 to 1.
fn bytes_of(result: DecodingResult) -> Result<Vec<u8>, DecodeError> {
    let float = |value: f32| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    Ok(match result {
        DecodingResult::U8(data) => data,
        DecodingResult::U16(data) => data.into_iter().map(|v| (v >> 8) as u8).collect(),
        DecodingResult::U32(data) => data.into_iter().map(|v| (v >> 24) as u8).collect(),
        DecodingResult::F32(data) => data.into_iter().map(float).collect(),
        DecodingResult::F64(data) => data.into_iter().map(|v| float(v as f32)).collect(),
        _ => return Err(DecodeError::unsupported(NAME, "signed or wide samples")),
    })
}

/// Samples of 1, 2 or 4 bits, rows padded to bytes, spread to 0–255.
fn unpack(
    data: &[u8],
    (width, height): (u32, u32),
    colour: ColorType,
) -> Result<Vec<u8>, DecodeError> {
    let bits = usize::from(colour.bit_depth());
    if !matches!(bits, 1 | 2 | 4) {
        return Err(DecodeError::unsupported(
            NAME,
            format!("{bits}-bit samples"),
        ));
    }
    let per_row = width as usize * usize::from(colour.num_samples());
    let stride = (per_row * bits).div_ceil(8);
    let most = (1_u16 << bits) - 1;
    let mut out = Vec::with_capacity(per_row * height as usize);
    for row in data.chunks_exact(stride).take(height as usize) {
        out.extend((0..per_row).map(|i| {
            let at = i * bits;
            let sample = u16::from(row[at / 8]) >> (8 - bits - at % 8) & most;
            (sample * 255 / most) as u8
        }));
    }
    Ok(out)
}

/// `RRR…GGG…BBB…` to `RGBRGB…`.
fn interleave(data: &[u8], planes: usize) -> Vec<u8> {
    let plane = data.len() / planes;
    let mut out = Vec::with_capacity(plane * planes);
    for i in 0..plane {
        out.extend((0..planes).map(|p| data[p * plane + i]));
    }
    out
}

fn explain(error: TiffError) -> DecodeError {
    match error {
        TiffError::IoError(error) => DecodeError::from_io(NAME, &error),
        TiffError::UnsupportedError(error) => DecodeError::unsupported(NAME, error),
        other => DecodeError::corrupt(NAME, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_bit_depths_fill_the_range() {
        let row = unpack(&[0b1010_0000], (3, 1), ColorType::Gray(1)).unwrap();
        assert_eq!(row, [255, 0, 255]);
        let row = unpack(&[0b0001_1011, 0b1100_0000], (5, 1), ColorType::Gray(2)).unwrap();
        assert_eq!(row, [0, 85, 170, 255, 255]);
        let row = unpack(&[0x0f, 0x80], (3, 1), ColorType::Gray(4)).unwrap();
        assert_eq!(row, [0, 255, 136]);
    }

    #[test]
    fn planes_are_interleaved() {
        assert_eq!(interleave(&[1, 2, 3, 4, 5, 6], 3), [1, 3, 5, 2, 4, 6]);
    }
}
