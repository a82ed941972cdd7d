//! EXIF orientation, read tolerantly: whatever is wrong with a block, the picture still opens.

use std::io::Cursor;

use exif::{Exif, In, Reader, Tag};

use super::sniff::Format;
use crate::domain::picture::Orientation;

/// Orientation from JPEG APP1, PNG eXIf, WebP EXIF or the TIFF tag; upright where there is none.
/// AVIF and JPEG XL turn through their own headers, see `avif` and `jxl`.
pub(super) fn orientation(format: Format, bytes: &[u8]) -> Orientation {
    let exif = match format {
        Format::Jpeg => jpeg_block(bytes).and_then(from_block),
        Format::Png | Format::Tiff => read(
            Reader::new()
                .continue_on_error(true)
                .read_from_container(&mut Cursor::new(bytes)),
        ),
        Format::Webp => webp_block(bytes).and_then(from_block),
        _ => None,
    };
    exif.map_or(Orientation::Upright, |exif| of(&exif))
}

fn of(exif: &Exif) -> Orientation {
    let value = exif
        .get_field(Tag::Orientation, In::PRIMARY)
        .and_then(|field| field.value.get_uint(0));
    Orientation::from_exif(value.unwrap_or(1))
}

fn read(result: Result<Exif, exif::Error>) -> Option<Exif> {
    result
        .or_else(|error| error.distill_partial_result(|_| {}))
        .ok()
}

/// Some writers put JPEG's prefix before the TIFF header.
fn from_block(block: &[u8]) -> Option<Exif> {
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    read(
        Reader::new()
            .continue_on_error(true)
            .read_raw(block.to_vec()),
    )
}

/// The first EXIF segment before the picture's data; searching those too would cost thumbnails a
/// fiftieth of their time.
fn jpeg_block(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(2..)?;
    loop {
        let (marker, after) = match rest {
            [0xff, 0xff, ..] => {
                rest = &rest[1..];
                continue;
            }
            [0xff, marker, after @ ..] => (*marker, after),
            _ => return None,
        };
        // Start of scan, end of image.
        if matches!(marker, 0xda | 0xd9) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes(*after.first_chunk()?));
        let body = after.get(2..length)?;
        if marker == 0xe1 && body.starts_with(b"Exif\0\0") {
            return Some(body);
        }
        rest = &after[length..];
    }
}

/// The EXIF chunk of a RIFF file; chunks are padded to even length.
fn webp_block(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(12..)?;
    loop {
        let (name, length) = (rest.get(..4)?, rest.get(4..8)?);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let body = rest.get(8..)?;
        if name == b"EXIF" {
            return body.get(..length);
        }
        rest = body.get(length.checked_next_multiple_of(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF block with one IFD that holds the orientation.
    fn block(value: u8) -> Vec<u8> {
        let mut out = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
        out.extend([value, 0, 0, 0, 0, 0, 0, 0]);
        out
    }

    fn webp(chunk: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\0\0\0\0WEBPVP8X\x03\0\0\0abc\0EXIF".to_vec();
        out.extend((chunk.len() as u32).to_le_bytes());
        out.extend(chunk);
        out
    }

    #[test]
    fn webp_with_and_without_prefix() {
        let bare = webp(&block(6));
        assert_eq!(orientation(Format::Webp, &bare), Orientation::Rotate90);
        let prefixed = webp(&[b"Exif\0\0".as_slice(), &block(8)].concat());
        assert_eq!(orientation(Format::Webp, &prefixed), Orientation::Rotate270);
    }

    #[test]
    fn jpeg_segments_are_walked_up_to_the_scan() {
        let exif = [b"\xff\xe1\0\x22Exif\0\0".as_slice(), &block(3)].concat();
        let with = |before: &[u8]| [b"\xff\xd8", before, &exif].concat();
        for before in [
            b"".as_slice(),
            b"\xff\xe0\0\x04ab\xff",
            b"\xff\xe1\0\x05xmp",
        ] {
            let found = orientation(Format::Jpeg, &with(before));
            assert_eq!(found, Orientation::Rotate180, "{before:?}");
        }
        let behind = with(b"\xff\xda\0\x02");
        assert_eq!(orientation(Format::Jpeg, &behind), Orientation::Upright);
    }

    #[test]
    fn nonsense_is_upright() {
        let cut = &webp(&block(6))[..40];
        for bytes in [cut, b"", b"RIFF", b"\xff\xd8\xff\xe1\0\x10Exif\0\0MM"] {
            for format in [Format::Webp, Format::Jpeg, Format::Png, Format::Tiff] {
                assert_eq!(orientation(format, bytes), Orientation::Upright);
            }
        }
        assert_eq!(
            orientation(Format::Webp, &webp(&block(99))),
            Orientation::Upright
        );
    }
}
