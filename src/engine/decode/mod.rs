//! Everything between the bytes of a file and pixels.
//!
//! Must not know: files, folders, the store, scorers, windows. Bytes come in, pixels go out; no
//! byte can panic out of here or allocate beyond [`Limits`].
//!
//! Scorers get what Pillow's `Image.open(…).convert("RGB")` gave the original code, bit for bit
//! (`tests/it/decode.rs` says where not, and why). Colour profiles are ignored, as there.

mod av1;
mod avif;
mod error;
mod exif;
mod gif;
mod guard;
mod heif;
mod jpeg;
mod jpeg_dc;
mod jxl;
mod limits;
mod pixels;
mod png;
mod raster;
mod resize;
mod sniff;
mod tiff;
mod webp;

use image::ImageFormat;

pub use error::DecodeError;
pub(super) use guard::caught;
pub use limits::Limits;

use crate::domain::picture::{Orientation, Picture, Rgb};
use pixels::Pixels;
use raster::Kind;
use sniff::Format;

/// The format by content, never by name: `jpeg`, `png`, `webp`, `gif`, `bmp`, `tiff`, `avif`,
/// `jxl`, `pnm`, `tga`, `ico`, `qoi`; none for what Bandpass can't read.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    sniff::format(bytes).map(Format::key)
}

/// Upright width and height in pixels, from the header alone.
pub fn probe(bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    let format = known(bytes)?;
    guard::guarded(format.name(), || {
        let (width, height) = stored_size(format, bytes)?;
        Limits {
            max_pixels: u64::MAX,
            max_bytes: u64::MAX,
        }
        .check(format.name(), (width, height), 1)?;
        if orientation(format, bytes).swaps_sides() {
            return Ok((height, width));
        }
        Ok((width, height))
    })
}

/// For scorers: RGB exactly as Pillow's `convert("RGB")` gives it (alpha dropped, palette
/// expanded, CMYK by Pillow's formula, first frame or page), as stored, beside its alpha and
/// orientation.
/// 16-bit grey is scaled, where Pillow clips it at 255.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, DecodeError> {
    let format = known(bytes)?;
    guard::guarded(format.name(), || {
        let (rgb, alpha) = pixels(format, bytes, limits)?.split();
        Ok(Picture {
            rgb,
            alpha,
            orientation: orientation(format, bytes),
            format: format.key(),
            file_size: bytes.len() as u64,
        })
    })
}

/// For the eyes: full size, upright, transparency over a neutral checkerboard.
pub fn view(bytes: &[u8], limits: &Limits) -> Result<Rgb, DecodeError> {
    let format = known(bytes)?;
    guard::guarded(format.name(), || {
        Ok(pixels(format, bytes, limits)?.for_eyes(orientation(format, bytes)))
    })
}

/// For the eyes: upright, transparency over a neutral checkerboard, the longest side at most
/// `edge` pixels (at least 1); never enlarged. JPEG is decoded at a fraction of its size.
pub fn thumbnail(bytes: &[u8], edge: u32, limits: &Limits) -> Result<Rgb, DecodeError> {
    let format = known(bytes)?;
    guard::guarded(format.name(), || {
        let (size, pixels) = if format == Format::Jpeg {
            (jpeg::size(bytes)?, jpeg::read_scaled(bytes, edge, limits)?)
        } else {
            let pixels = pixels(format, bytes, limits)?;
            (pixels.size(), pixels)
        };
        let small = resize::shrink(pixels, resize::fit(size, edge))?;
        Ok(small.for_eyes(orientation(format, bytes)))
    })
}

/// The JPEG of a thumbnail for the cache on disk (quality 85).
pub fn encode_thumb(rgb: &Rgb) -> Result<Vec<u8>, DecodeError> {
    guard::guarded("JPEG", || jpeg::encode(rgb))
}

/// The thumbnail back from [`encode_thumb`]'s bytes.
pub fn decode_thumb(bytes: &[u8]) -> Result<Rgb, DecodeError> {
    guard::guarded("JPEG", || {
        Ok(jpeg::read(bytes, &Limits::default())?.without_alpha())
    })
}

fn known(bytes: &[u8]) -> Result<Format, DecodeError> {
    sniff::format(bytes).ok_or_else(|| sniff::otherwise(bytes))
}

fn stored_size(format: Format, bytes: &[u8]) -> Result<(u32, u32), DecodeError> {
    match format {
        Format::Jpeg => jpeg::size(bytes),
        Format::Png => png::size(bytes),
        Format::Webp => webp::size(bytes),
        Format::Gif => gif::size(bytes),
        Format::Tiff => tiff::size(bytes),
        Format::Avif => avif::size(bytes),
        Format::Jxl => jxl::size(bytes),
        Format::Bmp | Format::Pnm | Format::Tga | Format::Ico | Format::Qoi => {
            raster::size(plain(format), bytes)
        }
    }
}

fn pixels(format: Format, bytes: &[u8], limits: &Limits) -> Result<Pixels, DecodeError> {
    match format {
        Format::Jpeg => jpeg::read(bytes, limits),
        Format::Png => png::read(bytes, limits),
        Format::Webp => webp::read(bytes, limits),
        Format::Gif => gif::read(bytes, limits),
        Format::Tiff => tiff::read(bytes, limits),
        Format::Avif => avif::read(bytes, limits),
        Format::Jxl => jxl::read(bytes, limits),
        Format::Bmp | Format::Pnm | Format::Tga | Format::Ico | Format::Qoi => {
            raster::read(plain(format), bytes, limits)
        }
    }
}

fn orientation(format: Format, bytes: &[u8]) -> Orientation {
    match format {
        Format::Avif => heif::properties(bytes).orientation(),
        Format::Jxl => jxl::orientation(bytes),
        _ => exif::orientation(format, bytes),
    }
}

fn plain(format: Format) -> Kind {
    Kind {
        name: format.name(),
        format: match format {
            Format::Pnm => ImageFormat::Pnm,
            Format::Tga => ImageFormat::Tga,
            Format::Ico => ImageFormat::Ico,
            Format::Qoi => ImageFormat::Qoi,
            _ => ImageFormat::Bmp,
        },
    }
}
