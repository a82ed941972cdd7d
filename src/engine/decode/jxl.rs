//! JPEG XL: its first frame.

use jxl::api::{
    AlphaMode, Event, ExtraChannel, JxlBasicInfo, JxlColorType, JxlDataFormat, JxlDecoder,
    JxlDecoderOptions, JxlOutputBuffer, JxlPixelFormat,
};
use jxl::error::Error;

use super::pixels::{self, Pixels};
use super::{DecodeError, Limits};
use crate::domain::picture::Orientation;

const NAME: &str = "JPEG XL";

/// Width and height as stored.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let (_, _, info) = open(bytes, None)?;
    stored(&info)
}

/// From the codestream; upright where it can't be read.
pub(super) fn orientation(bytes: &[u8]) -> Orientation {
    open(bytes, None).map_or(Orientation::Upright, |(_, _, info)| {
        Orientation::from_exif(info.orientation as u32)
    })
}

/// 8-bit RGB or RGBA in the file's own colour space, sRGB for lossy files.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    let samples = usize::try_from(limits.max_pixels.saturating_mul(4)).unwrap_or(usize::MAX);
    let (mut decoder, mut rest, info) = open(bytes, Some(samples))?;
    let size = stored(&info)?;
    // The decoder works on floats.
    limits.check(NAME, size, 4)?;
    let alpha = info
        .extra_channels
        .iter()
        .any(|channel| channel.ec_type == ExtraChannel::Alpha);
    let grey = decoder
        .current_pixel_format()
        .is_some_and(|format| format.color_type.is_grayscale());
    let (colour, channels) = match (grey, alpha) {
        (true, false) => (JxlColorType::Grayscale, 1),
        (true, true) => (JxlColorType::GrayscaleAlpha, 2),
        (false, false) => (JxlColorType::Rgb, 3),
        (false, true) => (JxlColorType::Rgba, 4),
    };
    decoder
        .set_pixel_format(JxlPixelFormat {
            color_type: colour,
            color_data_format: Some(JxlDataFormat::U8 { bit_depth: 8 }),
            extra_channel_format: vec![None; info.extra_channels.len()],
        })
        .map_err(explain)?;
    let (width, height) = (size.0 as usize, size.1 as usize);
    let mut data = vec![0; width * height * channels];
    render(
        &mut decoder,
        &mut rest,
        &mut data,
        (height, width * channels),
    )?;
    Ok(match colour {
        JxlColorType::Grayscale => Pixels::rgb(size, pixels::from_grey(&data)),
        JxlColorType::GrayscaleAlpha => Pixels::rgba(size, pixels::from_grey_alpha(&data)),
        JxlColorType::Rgba => Pixels::rgba(size, data),
        _ => Pixels::rgb(size, data),
    })
}

fn render(
    decoder: &mut JxlDecoder,
    rest: &mut &[u8],
    data: &mut [u8],
    (rows, stride): (usize, usize),
) -> Result<(), DecodeError> {
    loop {
        let mut target = [JxlOutputBuffer::new(data, rows, stride)];
        match decoder
            .process(rest, Some(&mut target), None)
            .map_err(explain)?
        {
            Event::FrameComplete { .. } => return Ok(()),
            Event::NeedMoreInput { .. } => return Err(cut()),
            Event::Complete => return Err(DecodeError::corrupt(NAME, "there is no frame")),
            Event::BasicInfo | Event::FrameHeader => {}
        }
    }
}

type Opened<'a> = (JxlDecoder, &'a [u8], JxlBasicInfo);

/// Reads up to the header: the decoder, the bytes that are left, and what the header says.
fn open(bytes: &[u8], sample_limit: Option<usize>) -> Result<Opened<'_>, DecodeError> {
    let mut options = JxlDecoderOptions::default();
    options.adjust_orientation = false;
    options.alpha_mode = AlphaMode::Unpremultiplied;
    options.sample_limit = sample_limit;
    let mut decoder = JxlDecoder::new(options);
    let mut rest = bytes;
    loop {
        let event = decoder.process(&mut rest, None, None).map_err(explain)?;
        if let Some(info) = decoder.basic_info().cloned() {
            return Ok((decoder, rest, info));
        }
        if matches!(event, Event::NeedMoreInput { .. } | Event::Complete) {
            return Err(cut());
        }
    }
}

fn stored(info: &JxlBasicInfo) -> Result<(u32, u32), DecodeError> {
    let side =
        |value: usize| u32::try_from(value).map_err(|error| DecodeError::corrupt(NAME, error));
    Ok((side(info.size.0)?, side(info.size.1)?))
}

fn cut() -> DecodeError {
    DecodeError::truncated(NAME, "the data end early")
}

fn explain(error: Error) -> DecodeError {
    match error {
        Error::OutOfBounds(_) => cut(),
        other => DecodeError::corrupt(NAME, other),
    }
}
