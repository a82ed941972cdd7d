//! The protobuf wire format, forwards only, over anything that can be read and skipped.
//!
//! Must not know: ONNX.

use std::io::{self, Read, Seek};

/// What is wrong with the bytes.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// A length that reaches beyond what there is.
    #[error("the file is cut short or damaged at byte {0}")]
    Cut(u64),
    /// A byte that can't stand there.
    #[error("byte {0} makes no sense in an ONNX file")]
    Garbled(u64),
    /// Something that is well-formed but can't be meant.
    #[error("{0}")]
    Meaning(String),
    /// The file can't be read.
    #[error("it can't be read: {0}")]
    Io(#[from] io::Error),
}

/// The payload of a field.
pub(super) enum Payload {
    /// A whole number.
    Varint(u64),
    /// A message, text or packed list that ends at this byte.
    Until(u64),
    /// Four or eight bytes, which were skipped.
    Fixed,
}

/// A reader that knows where it is and never reads beyond the end that it was given.
pub(super) struct Wire<R> {
    inner: R,
    at: u64,
    end: u64,
}

impl<R: Read + Seek> Wire<R> {
    /// Reads `end` bytes of `inner`.
    pub(super) fn new(inner: R, end: u64) -> Self {
        Self { inner, at: 0, end }
    }

    /// The end of all bytes.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// The byte that is read next.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next field before `end`: its number and payload; none at `end`.
    pub(super) fn field(&mut self, end: u64) -> Result<Option<(u64, Payload)>, Fault> {
        if self.at >= end {
            return if self.at == end {
                Ok(None)
            } else {
                Err(Fault::Cut(end))
            };
        }
        let start = self.at;
        let key = self.varint(end)?;
        let payload = match key & 7 {
            0 => Payload::Varint(self.varint(end)?),
            1 => self.fixed(8, end)?,
            2 => {
                let len = self.varint(end)?;
                let until = self.at.checked_add(len).filter(|&until| until <= end);
                Payload::Until(until.ok_or(Fault::Cut(start))?)
            }
            5 => self.fixed(4, end)?,
            _ => return Err(Fault::Garbled(start)),
        };
        match key >> 3 {
            0 => Err(Fault::Garbled(start)),
            number => Ok(Some((number, payload))),
        }
    }

    /// Goes on at byte `until`.
    pub(super) fn skip_to(&mut self, until: u64) -> Result<(), Fault> {
        let by = until.checked_sub(self.at).ok_or(Fault::Cut(until))?;
        self.inner.seek_relative(by as i64)?;
        self.at = until;
        Ok(())
    }

    /// A short text that ends at `until`; longer than 64 KiB is damage.
    pub(super) fn text(&mut self, until: u64) -> Result<String, Fault> {
        let len = until - self.at;
        if len > 1 << 16 {
            return Err(Fault::Garbled(self.at));
        }
        let mut bytes = vec![0; len as usize];
        self.inner.read_exact(&mut bytes)?;
        let start = std::mem::replace(&mut self.at, until);
        String::from_utf8(bytes).map_err(|_bad| Fault::Garbled(start))
    }

    /// A whole number, seven bits a byte, lowest first.
    pub(super) fn varint(&mut self, end: u64) -> Result<u64, Fault> {
        let start = self.at;
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            if self.at >= end {
                return Err(Fault::Cut(start));
            }
            let mut byte = [0];
            self.inner.read_exact(&mut byte)?;
            self.at += 1;
            value |= u64::from(byte[0] & 0x7f) << shift;
            if byte[0] < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::Garbled(start))
    }

    fn fixed(&mut self, len: u64, end: u64) -> Result<Payload, Fault> {
        if end - self.at < len {
            return Err(Fault::Cut(self.at));
        }
        self.skip_to(self.at + len)?;
        Ok(Payload::Fixed)
    }
}
