//! Opcodes that stand for a plain value.
//!
//! Must not know: stacks, containers.

use super::machine::Machine;
use super::op;
use super::value::{Span, Value};
use crate::zoo::checkpoint::CheckpointError;

impl Machine<'_, '_> {
    /// The value of `code` and its argument; none if the opcode stands for no value.
    pub(super) fn literal(&mut self, code: u8) -> Result<Option<Value>, CheckpointError> {
        let cursor = &mut self.cursor;
        let value = match code {
            op::NONE => Value::None,
            op::NEWTRUE => Value::Bool(true),
            op::NEWFALSE => Value::Bool(false),
            op::BININT => Value::Int(i64::from(cursor.i32()?)),
            op::BININT1 => Value::Int(i64::from(cursor.u8()?)),
            op::BININT2 => Value::Int(i64::from(cursor.u16()?)),
            op::BINFLOAT => Value::Float(cursor.f64()?),
            op::LONG1 | op::LONG4 => self.long(code)?,
            op::INT | op::LONG | op::FLOAT => self.number_line(code)?,
            op::STRING | op::UNICODE => self.text_line(code)?,
            op::SHORT_BINUNICODE | op::BINUNICODE | op::BINUNICODE8 => {
                let span = self.counted(code)?;
                self.cursor.text(span)?;
                Value::Text(span)
            }
            // Text of Python 2, which may be in any encoding.
            op::SHORT_BINSTRING | op::BINSTRING => {
                let span = self.counted(code)?;
                self.cursor
                    .text(span)
                    .map_or(Value::Opaque, |_| Value::Text(span))
            }
            op::SHORT_BINBYTES | op::BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => {
                self.counted(code)?;
                Value::Opaque
            }
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// The bytes that follow their count.
    fn counted(&mut self, code: u8) -> Result<Span, CheckpointError> {
        let len = match code {
            op::SHORT_BINUNICODE | op::SHORT_BINSTRING | op::SHORT_BINBYTES => {
                u64::from(self.cursor.u8()?)
            }
            op::BINUNICODE | op::BINSTRING | op::BINBYTES => u64::from(self.cursor.u32()?),
            _ => self.cursor.u64()?,
        };
        self.cursor.span(len)
    }

    fn long(&mut self, code: u8) -> Result<Value, CheckpointError> {
        let len = if code == op::LONG1 {
            i64::from(self.cursor.u8()?)
        } else {
            i64::from(self.cursor.i32()?)
        };
        let Ok(len) = u64::try_from(len) else {
            return self.cursor.fail(format!("a number of {len} bytes"));
        };
        let span = self.cursor.span(len)?;
        Ok(small(self.cursor.bytes(span)).map_or(Value::Long(span), Value::Int))
    }

    fn number_line(&mut self, code: u8) -> Result<Value, CheckpointError> {
        let line = self.cursor.line()?;
        let text = self.cursor.text(line)?.trim_ascii();
        let value = match (code, text) {
            (op::INT, "00") => Some(Value::Bool(false)),
            (op::INT, "01") => Some(Value::Bool(true)),
            (op::FLOAT, _) => text.parse().ok().map(Value::Float),
            _ => {
                let digits = text.strip_suffix('L').unwrap_or(text);
                digits.parse().ok().map(Value::Int)
            }
        };
        match value {
            Some(value) => Ok(value),
            None => self.cursor.fail("a number isn't one, or is too large"),
        }
    }

    /// Text on a line of its own. With escapes it is none of the names that tensors have.
    fn text_line(&mut self, code: u8) -> Result<Value, CheckpointError> {
        let mut line = self.cursor.line()?;
        let bytes = self.cursor.bytes(line);
        if code == op::STRING {
            let (Some(b'\'' | b'"'), true) = (bytes.first(), bytes.len() >= 2) else {
                return self.cursor.fail("a string without quotes");
            };
            line.start += 1;
            line.end -= 1;
        }
        let text = self.cursor.text(line)?;
        Ok(if text.contains('\\') {
            Value::Opaque
        } else {
            Value::Text(line)
        })
    }
}

/// A little-endian two's complement number, if it fits i64.
fn small(bytes: &[u8]) -> Option<i64> {
    let Some(&last) = bytes.last() else {
        return Some(0);
    };
    let fill = if last >= 0x80 { 0xff } else { 0 };
    let mut wide = [fill; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use super::small;

    #[test]
    fn small_numbers_of_any_width() {
        assert_eq!(small(&[]), Some(0));
        assert_eq!(small(&[0xff]), Some(-1));
        assert_eq!(small(&[0xff, 0]), Some(255));
        assert_eq!(small(&[0, 0, 0, 0, 0, 0, 0, 0x80]), Some(i64::MIN));
        assert_eq!(small(&[0; 9]), None);
    }
}
