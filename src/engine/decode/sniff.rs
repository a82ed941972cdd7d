//! What a file is, by its first bytes; never by its name.

use super::DecodeError;

/// Image formats that Bandpass reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Png,
    Webp,
    Gif,
    Bmp,
    Tiff,
    Avif,
    Jxl,
    Pnm,
    Tga,
    Ico,
    Qoi,
}

impl Format {
    /// As in [`crate::domain::picture::Picture::format`].
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Avif => "avif",
            Self::Jxl => "jxl",
            Self::Pnm => "pnm",
            Self::Tga => "tga",
            Self::Ico => "ico",
            Self::Qoi => "qoi",
        }
    }

    /// As people write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Tiff => "TIFF",
            Self::Avif => "AVIF",
            Self::Jxl => "JPEG XL",
            Self::Pnm => "PNM",
            Self::Tga => "TGA",
            Self::Ico => "ICO",
            Self::Qoi => "QOI",
        }
    }
}

/// The format that the bytes begin with.
pub(super) fn format(bytes: &[u8]) -> Option<Format> {
    let at = |from: usize, magic: &[u8]| bytes.get(from..from + magic.len()) == Some(magic);
    Some(match bytes {
        _ if at(0, b"\xff\xd8\xff") => Format::Jpeg,
        _ if at(0, b"\x89PNG\r\n\x1a\n") => Format::Png,
        _ if at(0, b"RIFF") && at(8, b"WEBP") => Format::Webp,
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Format::Gif,
        _ if at(0, b"BM") && is_bmp(bytes) => Format::Bmp,
        _ if at(0, b"II*\0") || at(0, b"MM\0*") => Format::Tiff,
        _ if at(0, b"II+\0") || at(0, b"MM\0+") => Format::Tiff,
        _ if is_avif(bytes) => Format::Avif,
        _ if at(0, b"\xff\x0a") || at(0, b"\0\0\0\x0cJXL \r\n\x87\n") => Format::Jxl,
        _ if at(0, b"qoif") => Format::Qoi,
        _ if at(0, b"\0\0\x01\0") && is_ico(bytes) => Format::Ico,
        [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n' | b'#', ..] => Format::Pnm,
        _ if is_tga(bytes) => Format::Tga,
        _ => return None,
    })
}

/// What the bytes are instead of an image that Bandpass reads.
pub(super) fn otherwise(bytes: &[u8]) -> DecodeError {
    if bytes.is_empty() {
        return DecodeError::Empty;
    }
    if is_brand(
        bytes,
        &[b"heic", b"heix", b"hevc", b"mif1", b"heim", b"msf1"],
    ) {
        return DecodeError::unsupported("HEIC", "there is no decoder for it");
    }
    if bytes.starts_with(b"8BPS") {
        return DecodeError::unsupported("Photoshop file", "there is no decoder for it");
    }
    if bytes.starts_with(b"\0\0\0\x0cjP  ") || bytes.starts_with(b"\xff\x4f\xff\x51") {
        return DecodeError::unsupported("JPEG 2000", "there is no decoder for it");
    }
    DecodeError::NotAnImage(looks_like(bytes))
}

fn looks_like(bytes: &[u8]) -> &'static str {
    const MAGICS: [(&[u8], &str); 8] = [
        (b"%PDF", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"Rar!", "a RAR archive"),
        (b"\x1a\x45\xdf\xa3", "a video"),
        (b"SQLite format 3", "a database"),
        (b"version https://git-lfs", "a Git LFS pointer"),
    ];
    if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return what;
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return "a video";
    }
    let head = &bytes[..bytes.len().min(1024)];
    if head.iter().all(|byte| *byte == 0) {
        return "only zero bytes";
    }
    if !is_text(head) {
        return "unknown content";
    }
    let lower = head.to_ascii_lowercase();
    let has = |word: &[u8]| lower.windows(word.len()).any(|at| at == word);
    match () {
        () if has(b"<svg") => "an SVG drawing",
        () if has(b"<html") || has(b"<!doctype") => "a web page",
        () => "text",
    }
}

fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character may be cut by the end of the sample.
        Err(error) => error.error_len().is_none(),
    };
    valid
        && head
            .iter()
            .all(|byte| *byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c))
}

/// "BM" begins many texts: the size of the second header tells.
fn is_bmp(bytes: &[u8]) -> bool {
    let header = bytes.get(14..18).map(le32);
    matches!(header, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// At least one entry, and a reserved byte of zero in it.
fn is_ico(bytes: &[u8]) -> bool {
    bytes.len() >= 22 && (bytes[4] != 0 || bytes[5] != 0) && bytes[9] == 0
}

fn is_avif(bytes: &[u8]) -> bool {
    is_brand(bytes, &[b"avif", b"avis"])
}

/// Whether the file-type box names one of the brands.
fn is_brand(bytes: &[u8], brands: &[&[u8; 4]]) -> bool {
    if bytes.get(4..8) != Some(b"ftyp") {
        return false;
    }
    let size = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    let end = size.clamp(8, 256).min(bytes.len());
    bytes[8..end]
        .chunks_exact(4)
        .any(|brand| brands.iter().any(|known| brand == *known))
}

/// Targa has no magic number: every field of its header must make sense, as in Pillow.
fn is_tga(bytes: &[u8]) -> bool {
    let Some(head) = bytes.get(..18) else {
        return false;
    };
    let le16 = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
    let (map, kind, depth) = (head[1], head[2], head[16]);
    let kind_fits = match kind {
        1 | 9 => map == 1 && depth == 8,
        2 | 10 => map == 0 && matches!(depth, 15 | 16 | 24 | 32),
        3 | 11 => map == 0 && matches!(depth, 8 | 16),
        _ => false,
    };
    let map_fits = map == 0 || matches!(head[7], 15 | 16 | 24 | 32);
    kind_fits && map_fits && le16(12) > 0 && le16(14) > 0 && head[17] & 0xc0 == 0
}

fn le32(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let cases: [(&[u8], Option<&str>); 15] = [
            (b"\xff\xd8\xff\xe0", Some("jpeg")),
            (b"\x89PNG\r\n\x1a\n", Some("png")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("webp")),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"GIF89a", Some("gif")),
            (b"II*\0\x08\0\0\0", Some("tiff")),
            (b"MM\0*\0\0\0\x08", Some("tiff")),
            (b"\0\0\0\x14ftypavif\0\0\0\0mif1", Some("avif")),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Some("avif")),
            (b"\xff\x0a", Some("jxl")),
            (b"qoif", Some("qoi")),
            (b"P6\n2 2\n", Some("pnm")),
            (b"P6th street", None),
            (b"BM is no bitmap, but a text", None),
            (b"", None),
        ];
        for (bytes, key) in cases {
            assert_eq!(format(bytes).map(Format::key), key, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_image_is_named() {
        let cases: [(&[u8], &str); 12] = [
            (b"", "empty file"),
            (b"just a caption, 1girl", "not an image (text)"),
            ("字幕".as_bytes(), "not an image (text)"),
            (b"<!DOCTYPE html><p>404", "not an image (a web page)"),
            (b"<?xml?><svg>", "not an image (an SVG drawing)"),
            (b"PK\x03\x04zip", "not an image (a ZIP archive)"),
            (b"%PDF-1.4", "not an image (a PDF)"),
            (b"\0\0\0\x18ftypisom", "not an image (a video)"),
            (&[0; 40], "not an image (only zero bytes)"),
            (&[1, 2, 3, 250], "not an image (unknown content)"),
            (
                b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
                "unsupported HEIC: there is no decoder for it",
            ),
            (
                b"8BPS\0\x01",
                "unsupported Photoshop file: there is no decoder for it",
            ),
        ];
        for (bytes, text) in cases {
            assert_eq!(otherwise(bytes).to_string(), text);
        }
    }

    #[test]
    fn a_targa_header_must_make_sense() {
        let mut head = [0_u8; 18];
        head[2] = 2;
        head[12] = 4;
        head[14] = 4;
        head[16] = 24;
        assert_eq!(format(&head), Some(Format::Tga));
        head[16] = 23;
        assert_eq!(format(&head), None);
    }
}
