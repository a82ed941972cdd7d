//! GIF: its first frame on its canvas, as Pillow shows it.

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, Frame, MemoryLimit};

use super::pixels::Pixels;
use super::{DecodeError, Limits};

const NAME: &str = "GIF";

/// Width and height of the canvas.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let decoder = open(bytes, 1 << 20)?;
    Ok((u32::from(decoder.width()), u32::from(decoder.height())))
}

/// Indices become colours of the frame's palette. What the frame leaves out of the canvas has the
/// transparent index, or index 0.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    let size = size(bytes)?;
    limits.check(NAME, size, 5)?;
    let mut decoder = open(bytes, limits.max_bytes)?;
    let frame = decoder
        .next_frame_info()
        .map_err(explain)?
        .ok_or_else(|| DecodeError::truncated(NAME, "there is no frame"))?;
    limits.check(NAME, (u32::from(frame.width), u32::from(frame.height)), 1)?;
    let mut indices = vec![0; usize::from(frame.width) * usize::from(frame.height)];
    decoder.read_into_buffer(&mut indices).map_err(explain)?;
    let palette = decoder.palette().unwrap_or_default().to_vec();
    let frame = decoder
        .current_frame_info()
        .ok_or_else(|| DecodeError::corrupt(NAME, "there is no frame"))?;
    let colours = table(&palette, frame.transparent);
    let back = colours[usize::from(frame.transparent.unwrap_or(0))];
    let mut canvas = Canvas {
        width: size.0 as usize,
        height: size.1 as usize,
        data: back.repeat(size.0 as usize * size.1 as usize),
    };
    canvas.paste(frame, &indices, &colours);
    let pixels = Pixels::rgba(size, canvas.data);
    if frame.transparent.is_some() {
        return Ok(pixels);
    }
    let rgb = pixels.without_alpha();
    Ok(Pixels::rgb(size, rgb.data))
}

/// RGBA of all 256 indices; those behind the palette are black, without a palette they are grey.
fn table(palette: &[u8], transparent: Option<u8>) -> Vec<[u8; 4]> {
    let mut colours: Vec<[u8; 4]> = (0..=255_u8)
        .map(|i| {
            if palette.is_empty() {
                [i, i, i, 255]
            } else {
                [0, 0, 0, 255]
            }
        })
        .collect();
    for (colour, rgb) in colours.iter_mut().zip(palette.chunks_exact(3)) {
        colour[..3].copy_from_slice(rgb);
    }
    if let Some(index) = transparent {
        colours[usize::from(index)][3] = 0;
    }
    colours
}

struct Canvas {
    width: usize,
    height: usize,
    data: Vec<u8>,
}

impl Canvas {
    /// Frames may stick out of the canvas; what does is cut.
    fn paste(&mut self, frame: &Frame<'_>, indices: &[u8], colours: &[[u8; 4]]) {
        let (left, top) = (usize::from(frame.left), usize::from(frame.top));
        let width = usize::from(frame.width);
        let visible = width.min(self.width.saturating_sub(left));
        if visible == 0 {
            return;
        }
        for (row, y) in indices.chunks_exact(width).zip(top..self.height) {
            let start = (y * self.width + left) * 4;
            let line = &mut self.data[start..start + visible * 4];
            for (pixel, index) in line.chunks_exact_mut(4).zip(row) {
                pixel.copy_from_slice(&colours[usize::from(*index)]);
            }
        }
    }
}

fn open(bytes: &[u8], memory: u64) -> Result<Decoder<&[u8]>, DecodeError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    let memory = std::num::NonZeroU64::new(memory).unwrap_or(std::num::NonZeroU64::MIN);
    options.set_memory_limit(MemoryLimit::Bytes(memory));
    options.read_info(bytes).map_err(explain)
}

fn explain(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::UnexpectedEof => DecodeError::truncated(NAME, "the data end early"),
        DecodingError::Io(error) => DecodeError::from_io(NAME, &error),
        other => DecodeError::corrupt(NAME, other),
    }
}
