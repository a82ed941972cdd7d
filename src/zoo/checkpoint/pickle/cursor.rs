//! A place in a pickle's bytes.
//!
//! Must not know: opcodes.

use super::value::Span;
use crate::zoo::checkpoint::CheckpointError;

/// Reads forward; running out is an error that tells the place.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) source: &'a [u8],
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn fail<T>(&self, why: impl Into<String>) -> Result<T, CheckpointError> {
        Err(CheckpointError::Pickle {
            at: self.at,
            why: why.into(),
        })
    }

    /// The next `len` bytes.
    pub(super) fn span(&mut self, len: u64) -> Result<Span, CheckpointError> {
        let left = self.source.len() - self.at;
        let end = usize::try_from(len)
            .ok()
            .filter(|&len| len <= left)
            .and_then(|len| u32::try_from(self.at + len).ok());
        let Some(end) = end else {
            return self.fail(format!("{len} bytes are announced, {left} are left"));
        };
        let start = self.at as u32;
        self.at = end as usize;
        Ok(Span { start, end })
    }

    pub(super) fn bytes(&self, span: Span) -> &'a [u8] {
        &self.source[span.start as usize..span.end as usize]
    }

    /// The text of `span`, if it is UTF-8.
    pub(super) fn text(&self, span: Span) -> Result<&'a str, CheckpointError> {
        match str::from_utf8(self.bytes(span)) {
            Ok(text) => Ok(text),
            Err(_not_utf8) => self.fail("a text isn't UTF-8"),
        }
    }

    /// The rest of the line, without its end.
    pub(super) fn line(&mut self) -> Result<Span, CheckpointError> {
        let rest = &self.source[self.at..];
        let Some(len) = rest.iter().position(|&byte| byte == b'\n') else {
            return self.fail("a line has no end");
        };
        let line = self.span(len as u64)?;
        self.at += 1;
        Ok(line)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CheckpointError> {
        match self.source[self.at..].first_chunk() {
            Some(array) => {
                self.at += N;
                Ok(*array)
            }
            None => self.fail("it ends in the middle"),
        }
    }

    pub(super) fn u8(&mut self) -> Result<u8, CheckpointError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, CheckpointError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, CheckpointError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, CheckpointError> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, CheckpointError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A float, which pickles write big endian.
    pub(super) fn f64(&mut self) -> Result<f64, CheckpointError> {
        self.array().map(f64::from_be_bytes)
    }
}
