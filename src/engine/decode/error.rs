//! Why a file gives no pixels, in one line for the user.

use crate::base::format;

/// Why a file gives no pixels. The text says what and why; the caller adds the path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A file of no bytes.
    #[error("empty file")]
    Empty,
    /// Bytes that no image format begins with; holds what they look like instead.
    #[error("not an image ({0})")]
    NotAnImage(&'static str),
    /// An image, but of a kind that Bandpass can't read.
    #[error("unsupported {format}: {why}")]
    Unsupported {
        /// Format as people write it, e.g. `HEIC`.
        format: &'static str,
        /// The feature that is missing.
        why: String,
    },
    /// The header asks for more pixels than [`super::Limits::max_pixels`].
    #[error("{width}×{height} pixels are over the limit of {} megapixels", megapixels(*.limit))]
    TooManyPixels {
        /// Width in the header, pixels.
        width: u32,
        /// Height in the header, pixels.
        height: u32,
        /// The limit, pixels.
        limit: u64,
    },
    /// The pixels would need more memory than [`super::Limits::max_bytes`].
    #[error("its pixels need {}, over the limit of {}", format::bytes(*.need), format::bytes(*.limit))]
    TooManyBytes {
        /// Bytes that decoding needs.
        need: u64,
        /// The limit, bytes.
        limit: u64,
    },
    /// The data end before the picture does.
    #[error("truncated {format}: {why}")]
    Truncated {
        /// Format as people write it.
        format: &'static str,
        /// Where it ended.
        why: String,
    },
    /// The data break the rules of their format.
    #[error("corrupt {format}: {why}")]
    Corrupt {
        /// Format as people write it.
        format: &'static str,
        /// The rule, in the decoder's words.
        why: String,
    },
    /// The decoder itself gave up on these bytes (a panic that was caught).
    #[error("the {format} decoder gave up: {why}")]
    GaveUp {
        /// Format as people write it.
        format: &'static str,
        /// The panic's message.
        why: String,
    },
    /// A thumbnail could not be written.
    #[error("can't encode the thumbnail: {0}")]
    Encode(String),
}

impl DecodeError {
    pub(super) fn corrupt(format: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            format,
            why: one_line(&why.to_string()),
        }
    }

    pub(super) fn truncated(format: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Truncated {
            format,
            why: one_line(&why.to_string()),
        }
    }

    pub(super) fn unsupported(format: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Unsupported {
            format,
            why: one_line(&why.to_string()),
        }
    }

    pub(super) fn gave_up(format: &'static str, why: &str) -> Self {
        Self::GaveUp {
            format,
            why: one_line(why),
        }
    }

    /// An I/O error of a decoder that reads from memory: the data ended, or they are wrong.
    pub(super) fn from_io(format: &'static str, error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            return Self::truncated(format, "the data end early");
        }
        Self::corrupt(format, error)
    }
}

/// Decoders quote file content in their messages; a reason must stay one short line.
fn one_line(text: &str) -> String {
    const LONGEST: usize = 160;
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    clean.trim().to_owned()
}

fn megapixels(pixels: u64) -> String {
    if pixels.is_multiple_of(1_000_000) {
        return format::thousands(pixels / 1_000_000);
    }
    format!("{:.2}", pixels as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_one_line_with_what_and_why() {
        let cases = [
            (DecodeError::Empty, "empty file"),
            (DecodeError::NotAnImage("text"), "not an image (text)"),
            (
                DecodeError::unsupported("HEIC", "no decoder for it"),
                "unsupported HEIC: no decoder for it",
            ),
            (
                DecodeError::TooManyPixels {
                    width: 60000,
                    height: 60000,
                    limit: 400_000_000,
                },
                "60000×60000 pixels are over the limit of 400 megapixels",
            ),
            (
                DecodeError::TooManyPixels {
                    width: 40,
                    height: 50,
                    limit: 1500,
                },
                "40×50 pixels are over the limit of 0.00 megapixels",
            ),
            (
                DecodeError::TooManyBytes {
                    need: 3 << 30,
                    limit: 2 << 30,
                },
                "its pixels need 3.0 GiB, over the limit of 2.0 GiB",
            ),
            (
                DecodeError::truncated("JPEG", "the data end early"),
                "truncated JPEG: the data end early",
            ),
            (
                DecodeError::corrupt("PNG", "bad\nchunk \u{7}"),
                "corrupt PNG: bad chunk",
            ),
            (
                DecodeError::gave_up("WebP", "index out of bounds"),
                "the WebP decoder gave up: index out of bounds",
            ),
            (
                DecodeError::Encode("no memory".into()),
                "can't encode the thumbnail: no memory",
            ),
        ];
        for (error, text) in cases {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn a_long_reason_is_cut() {
        let error = DecodeError::corrupt("PNG", "é".repeat(1000));
        assert!(error.to_string().chars().count() < 200);
    }

    #[test]
    fn an_early_end_is_told_from_wrong_data() {
        let eof = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        assert!(matches!(
            DecodeError::from_io("GIF", &eof),
            DecodeError::Truncated { .. }
        ));
        let wrong = std::io::Error::other("odd");
        assert!(matches!(
            DecodeError::from_io("GIF", &wrong),
            DecodeError::Corrupt { .. }
        ));
    }
}
