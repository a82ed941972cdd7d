//! Paths of any system as comparable text.
//!
//! Must not know: which files there are.

use std::path::Path;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::base::paths;

/// A path as its steps between slashes: no empty step, no `.` or `..`, composed letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Normal {
    /// The steps, `/` between them and none at the ends.
    pub text: Vec<u8>,
    /// Whether it begins at the top of a file system.
    pub absolute: bool,
}

impl Normal {
    /// Of a path of this system.
    pub(super) fn of_path(path: &Path) -> Self {
        let bytes = paths::to_bytes(path);
        if cfg!(windows) {
            return Self::of_key(&bytes);
        }
        Self::new(&bytes, |byte| byte == b'/')
    }

    /// Of a path that any system wrote: `\` parts the steps where there is no `/`.
    pub(super) fn of_key(key: &[u8]) -> Self {
        let key = key.trim_ascii();
        let backward = key.contains(&b'\\') && !key.contains(&b'/');
        let mut normal = Self::new(key, |byte| byte == if backward { b'\\' } else { b'/' });
        let has_drive =
            key.get(1) == Some(&b':') && key.first().is_some_and(u8::is_ascii_alphabetic);
        normal.absolute |= has_drive;
        normal
    }

    fn new(path: &[u8], parts: impl Fn(u8) -> bool) -> Self {
        let mut steps: Vec<&[u8]> = Vec::new();
        for step in path.split(|&byte| parts(byte)) {
            match step {
                b"" | b"." => {}
                b".." => {
                    steps.pop();
                }
                step => steps.push(step),
            }
        }
        let text = steps.join(&b'/');
        Self {
            text: composed(text),
            absolute: path.first().is_some_and(|&byte| parts(byte)),
        }
    }

    /// Number of steps.
    pub(super) fn depth(&self) -> usize {
        if self.text.is_empty() {
            return 0;
        }
        self.text.split(|&byte| byte == b'/').count()
    }
}

/// Letters with their accents in one, as systems differ in it; other bytes as they are.
fn composed(text: Vec<u8>) -> Vec<u8> {
    if text.is_ascii() {
        return text;
    }
    match std::str::from_utf8(&text) {
        Ok(valid) if !is_nfc(valid) => valid.nfc().collect::<String>().into_bytes(),
        _ => text,
    }
}

/// The ends of a path that begin with a step, shortest first, each with a hash of its bytes.
pub(super) fn tails(text: &[u8]) -> impl Iterator<Item = (&[u8], u64)> {
    let mut hash = START;
    (0..text.len()).rev().filter_map(move |at| {
        hash = mixed(hash, *text.get(at)?);
        let begins = at == 0 || text.get(at - 1) == Some(&b'/');
        begins.then(|| (text.get(at..).unwrap_or_default(), hash))
    })
}

/// The hash that [`tails`] gives the whole of a text.
pub(super) fn hash(text: &[u8]) -> u64 {
    text.iter()
        .rev()
        .fold(START, |hash, &byte| mixed(hash, byte))
}

/// How many last steps two paths share.
pub(super) fn shared(a: &[u8], b: &[u8]) -> usize {
    let steps = |text| <[u8]>::rsplit(text, |&byte| byte == b'/');
    let pairs = steps(a).zip(steps(b));
    pairs.take_while(|(a, b)| a == b && !a.is_empty()).count()
}

/// FNV-1a, byte by byte from the end; who finds something by it compares the bytes.
const START: u64 = 0xcbf2_9ce4_8422_2325;

fn mixed(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}
