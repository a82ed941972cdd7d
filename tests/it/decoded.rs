//! Real pictures as scorers get them.

use std::path::Path;

use bandpass::domain::picture::Picture;
use bandpass::engine::decode::{Limits, decode};

/// Decodes a file.
pub(crate) fn decoded(path: &Path) -> Picture {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    from_bytes(&bytes)
}

/// Decodes the bytes of a file.
pub(crate) fn from_bytes(bytes: &[u8]) -> Picture {
    decode(bytes, &Limits::default()).unwrap()
}
