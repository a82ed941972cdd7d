//! JPEG through mozjpeg, whose decoder is libjpeg-turbo's: the same pixels as Pillow.

use std::cell::Cell;
use std::io::{BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mozjpeg::{ColorSpace, Compress, Decompress, Format};

use super::pixels::{self, Pixels};
use super::{DecodeError, Limits, guard, jpeg_dc};
use crate::domain::picture::Rgb;

const NAME: &str = "JPEG";
/// Of the thumbnails on disk.
const QUALITY: f32 = 85.0;

/// Width and height as stored.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    reading(bytes, |source| {
        let header = Decompress::new_reader(source)?;
        Ok(Ok((header.width() as u32, header.height() as u32)))
    })
}

/// Full size, with the default DCT and upsampling: Pillow's pixels bit for bit.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    reading(bytes, |source| {
        let header = Decompress::new_reader(source)?;
        finish(header, limits)
    })
}

/// Scaled by the smallest of the DCT's own scales (1/8, 2/8, 4/8, 1) that leaves both sides at
/// least as long as in a thumbnail of that edge. An eighth of a usual JPEG comes from its DC
/// coefficients alone.
pub(super) fn read_scaled(bytes: &[u8], edge: u32, limits: &Limits) -> Result<Pixels, DecodeError> {
    if let Some(small) = eighth(bytes, edge, limits) {
        return Ok(small);
    }
    scaled_by_mozjpeg(bytes, edge, limits)
}

/// None where an eighth is too small, and for every file that mozjpeg must look at.
fn eighth(bytes: &[u8], edge: u32, limits: &Limits) -> Option<Pixels> {
    let header = jpeg_dc::Header::parse(bytes)?;
    let (width, height) = header.size();
    if scale(width.max(height), edge) != 1 {
        return None;
    }
    header.eighth(limits)
}

pub(super) fn scaled_by_mozjpeg(
    bytes: &[u8],
    edge: u32,
    limits: &Limits,
) -> Result<Pixels, DecodeError> {
    reading(bytes, |source| {
        let mut header = Decompress::new_reader(source)?;
        let longest = header.width().max(header.height()) as u32;
        header.scale(scale(longest, edge));
        finish(header, limits)
    })
}

/// Eighths of the full size.
fn scale(longest: u32, edge: u32) -> u8 {
    let fits =
        |eighths: &u8| (u64::from(longest) * u64::from(*eighths)).div_ceil(8) >= u64::from(edge);
    [1, 2, 4].into_iter().find(fits).unwrap_or(8)
}

fn finish(
    header: Decompress<Source<'_>>,
    limits: &Limits,
) -> std::io::Result<Result<Pixels, DecodeError>> {
    let stored = (header.width() as u32, header.height() as u32);
    if let Err(error) = limits.check(NAME, stored, 4) {
        return Ok(Err(error));
    }
    let (mut started, ink) = match header.image()? {
        Format::RGB(started) | Format::Gray(started) => (started, false),
        Format::CMYK(started) => (started, true),
    };
    let size = (started.width() as u32, started.height() as u32);
    let grey = started.color_space() == ColorSpace::JCS_GRAYSCALE;
    let mut data: Vec<u8> = started.read_scanlines()?;
    started.finish()?;
    if grey {
        data = pixels::from_grey(&data);
    } else if ink {
        // Adobe writes inverted inks, and Pillow takes that for granted.
        for value in &mut data {
            *value = !*value;
        }
        data = pixels::from_cmyk(&data);
    }
    Ok(Ok(Pixels::rgb(size, data)))
}

/// Runs a decoder over the bytes and turns its panics into errors. A decoder that asked for bytes
/// behind the last one met a truncated file: libjpeg would fill the rest with grey.
fn reading<'a, T>(
    bytes: &'a [u8],
    work: impl FnOnce(Source<'a>) -> std::io::Result<Result<T, DecodeError>>,
) -> Result<T, DecodeError> {
    let ended = std::rc::Rc::new(Cell::new(false));
    let source = Source {
        rest: bytes,
        ended: std::rc::Rc::clone(&ended),
    };
    let result = catch_unwind(AssertUnwindSafe(|| work(source)));
    if ended.get() {
        return Err(DecodeError::truncated(NAME, "the data end early"));
    }
    match result {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => Err(DecodeError::from_io(NAME, &error)),
        Err(payload) => {
            let why = guard::message(payload.as_ref());
            let why = why.strip_prefix("libjpeg fatal error: ").unwrap_or(why);
            Err(DecodeError::corrupt(NAME, why))
        }
    }
}

/// The file's bytes; remembers whether it was asked for more of them.
struct Source<'a> {
    rest: &'a [u8],
    ended: std::rc::Rc<Cell<bool>>,
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.rest.read(out)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.rest.is_empty() {
            self.ended.set(true);
        }
        Ok(self.rest)
    }

    fn consume(&mut self, amount: usize) {
        self.rest = &self.rest[amount..];
    }
}

/// A baseline JPEG, 4:2:0, without optimised Huffman tables: for speed.
pub(super) fn encode(rgb: &Rgb) -> Result<Vec<u8>, DecodeError> {
    let work = || -> std::io::Result<Vec<u8>> {
        let mut encoder = Compress::new(ColorSpace::JCS_RGB);
        encoder.set_size(rgb.width as usize, rgb.height as usize);
        encoder.set_fastest_defaults();
        encoder.set_quality(QUALITY);
        let mut encoder = encoder.start_compress(Vec::with_capacity(32 * 1024))?;
        encoder.write_scanlines(&rgb.data)?;
        encoder.finish()
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| DecodeError::Encode(error.to_string())),
        Err(payload) => Err(DecodeError::Encode(
            guard::message(payload.as_ref()).to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_scale_that_is_enough() {
        let cases = [
            (4000, 256, 1),
            (2048, 256, 1),
            (2047, 256, 1),
            (2040, 256, 2),
            (1024, 256, 2),
            (1000, 256, 4),
            (512, 256, 4),
            (500, 256, 8),
            (10, 256, 8),
        ];
        for (longest, edge, eighths) in cases {
            assert_eq!(scale(longest, edge), eighths, "{longest} to {edge}");
        }
    }

    #[test]
    fn garbage_after_the_magic_is_corrupt_and_silence_is_truncated() {
        let limits = Limits::default();
        let bytes = [b"\xff\xd8\xff\xc0\0\x03".as_slice(), &[0; 64]].concat();
        let corrupt = read(&bytes, &limits).err().unwrap();
        assert!(matches!(corrupt, DecodeError::Corrupt { .. }), "{corrupt}");
        let cut = read(b"\xff\xd8\xff\xe0\0\x10JF", &limits).err().unwrap();
        assert_eq!(cut.to_string(), "truncated JPEG: the data end early");
    }
}
