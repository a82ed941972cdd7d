//! What is known of an image file apart from its scores.

use serde::{Deserialize, Serialize};

/// One path in the database. Ids grow and are never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub i64);

/// One content in the database; files with the same bytes share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentId(pub i64);

/// BLAKE3 of a file's bytes: the identity of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Lower-case hexadecimal, 64 digits.
    pub fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.0
            .iter()
            .fold(String::with_capacity(64), |mut out, byte| {
                write!(out, "{byte:02x}").ok();
                out
            })
    }
}

/// What a file's directory entry says; a change in it means the bytes may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970 UTC.
    pub mtime_ns: i64,
}

/// The first step that failed for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Opening or reading the bytes: permission, vanished, device error. Tried again in every run.
    Read,
    /// Turning bytes into pixels. Tried again on demand, or when the file changes.
    Decode,
    /// A scorer on the pixels. Tried again on demand, or when the scorer changes.
    Score,
}

impl Stage {
    /// `read`, `decode` or `score`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Score => "score",
        }
    }

    /// The stage of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Read, Self::Decode, Self::Score]
            .into_iter()
            .find(|stage| stage.name() == name)
    }
}

/// Why an image has no scores. A failed image is data: counted, filterable, retryable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The step that failed.
    pub stage: Stage,
    /// Why, in words for the user.
    pub reason: String,
}

/// What decoding tells about an image, stored with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Format by content, e.g. `jpeg`.
    pub format: String,
    /// Width in pixels after EXIF orientation.
    pub width: u32,
    /// Height in pixels after EXIF orientation.
    pub height: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_prints_as_64_hex_digits() {
        assert_eq!(ContentHash([0xab; 32]).hex(), "ab".repeat(32));
    }

    #[test]
    fn stage_names_round_trip() {
        for stage in [Stage::Read, Stage::Decode, Stage::Score] {
            assert_eq!(Stage::parse(stage.name()), Some(stage));
        }
    }
}
