//! The header of an `.npy` file: a Python dictionary with three known keys, as text.
//!
//! Must not know: archives, the data.

use crate::zoo::checkpoint::dtype::Dtype;
use crate::zoo::checkpoint::layout::Layout;

/// Before the header's length: magic and version.
const MAGIC: &[u8] = b"\x93NUMPY";
/// Longer than any header of a plain array.
const MAX_TEXT: usize = 1 << 16;

/// What the header says.
#[derive(Debug)]
pub(super) struct Header {
    /// Bytes of the file before the data.
    pub(super) len: usize,
    /// The element type as numpy writes it, `<f4`; `[…]` for structures.
    pub(super) descr: String,
    /// The element type, if it is one that tensors have.
    pub(super) dtype: Option<Dtype>,
    pub(super) big_endian: bool,
    pub(super) layout: Layout,
}

impl Header {
    /// Reads the header at the start of `file`; the error says what is wrong with it.
    pub(super) fn parse(file: &[u8]) -> Result<Self, String> {
        let (text, len) = split(file).ok_or("its header is cut off")?;
        if text.len() > MAX_TEXT {
            return Err(format!("its header has {} bytes", text.len()));
        }
        let fields = Fields::parse(text).ok_or("its header isn't the plain dictionary of numpy")?;
        let (big_endian, dtype) = element(&fields.descr);
        let layout = if fields.fortran_order {
            Layout::column_major(fields.shape)
        } else {
            Layout::row_major(fields.shape)
        };
        Ok(Self {
            len,
            descr: fields.descr,
            dtype,
            big_endian,
            layout: layout.ok_or("its shape is too large")?,
        })
    }

    /// Whether the elements are Python objects.
    pub(super) fn is_object(&self) -> bool {
        self.descr.ends_with('O')
    }
}

/// The header's text, and the place of the data behind it.
fn split(file: &[u8]) -> Option<(&[u8], usize)> {
    let (&[major, _minor], rest) = file.strip_prefix(MAGIC)?.split_first_chunk()?;
    let (length, start) = if major == 1 {
        let length: [u8; 2] = *rest.first_chunk()?;
        (usize::from(u16::from_le_bytes(length)), 10)
    } else {
        let length: [u8; 4] = *rest.first_chunk()?;
        (usize::try_from(u32::from_le_bytes(length)).ok()?, 12)
    };
    let end = length.checked_add(start)?;
    Some((file.get(start..end)?, end))
}

/// Byte order and type of a `descr` such as `<f4`.
fn element(descr: &str) -> (bool, Option<Dtype>) {
    let [order, kind, size @ ..] = descr.as_bytes() else {
        return (false, None);
    };
    let size = str::from_utf8(size).ok().and_then(|size| size.parse().ok());
    let dtype = size.and_then(|size| Dtype::from_numpy(*kind, size));
    (*order == b'>', dtype.filter(|_| b"<>|=".contains(order)))
}

struct Fields {
    descr: String,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl Fields {
    fn parse(text: &[u8]) -> Option<Self> {
        let mut text = Text(str::from_utf8(text).ok()?);
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        text.eat("{")?;
        while text.eat("}").is_none() {
            let key = text.quoted()?;
            text.eat(":")?;
            match key {
                "descr" if descr.is_none() => descr = Some(text.descr()?),
                "fortran_order" if fortran_order.is_none() => fortran_order = Some(text.truth()?),
                "shape" if shape.is_none() => shape = Some(text.sizes()?),
                _ => return None,
            }
            if text.eat(",").is_none() {
                text.eat("}")?;
                break;
            }
        }
        text.is_empty().then_some(Self {
            descr: descr?,
            fortran_order: fortran_order?,
            shape: shape?,
        })
    }
}

/// The text that is still to be read.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn is_empty(&self) -> bool {
        self.0.trim_ascii().is_empty()
    }

    /// Takes `token`, after any blanks, if it comes next.
    fn eat(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_ascii_start().strip_prefix(token)?;
        Some(())
    }

    /// Takes text in quotes; numpy writes none with escapes.
    fn quoted(&mut self) -> Option<&'a str> {
        let text = self.0.trim_ascii_start();
        let quote = text.chars().next().filter(|c| ['\'', '"'].contains(c))?;
        let (inside, rest) = text[1..].split_once(quote)?;
        self.0 = rest;
        (!inside.contains('\\')).then_some(inside)
    }

    /// Takes a plain type, or a structure, which ends the reading.
    fn descr(&mut self) -> Option<String> {
        if self.0.trim_ascii_start().starts_with('[') {
            return self.structure();
        }
        self.quoted().map(str::to_owned)
    }

    /// Takes a structure up to the key that follows it.
    fn structure(&mut self) -> Option<String> {
        let end = self.0.find(']').map(|end| end + 1)?;
        let (structure, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(structure.trim_ascii().to_owned())
    }

    fn truth(&mut self) -> Option<bool> {
        let yes = self.eat("True").is_some();
        (yes || self.eat("False").is_some()).then_some(yes)
    }

    /// Takes a tuple of sizes: `()`, `(3,)`, `(3, 2)`.
    fn sizes(&mut self) -> Option<Vec<usize>> {
        let mut sizes = Vec::new();
        self.eat("(")?;
        while self.eat(")").is_none() {
            if sizes.len() == Layout::MAX_RANK {
                return None;
            }
            sizes.push(self.number()?);
            if self.eat(",").is_none() {
                self.eat(")")?;
                break;
            }
        }
        Some(sizes)
    }

    fn number(&mut self) -> Option<usize> {
        let text = self.0.trim_ascii_start();
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        self.0 = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Dtype, Header};

    fn parse(dictionary: &str) -> Result<Header, String> {
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend_from_slice(&(dictionary.len() as u16).to_le_bytes());
        file.extend_from_slice(dictionary.as_bytes());
        Header::parse(&file)
    }

    #[test]
    fn what_numpy_writes_is_read() {
        let header =
            parse("{'descr': '>f4', 'fortran_order': True, 'shape': (3, 4), }  \n").unwrap();
        assert_eq!(header.dtype, Some(Dtype::F32));
        assert!(header.big_endian);
        assert_eq!(header.layout.shape(), [3, 4]);
        assert!(!header.layout.is_contiguous());
        let scalar = parse("{'descr':'|b1','fortran_order':False,'shape':()}").unwrap();
        assert_eq!((scalar.dtype, scalar.layout.len()), (Some(Dtype::Bool), 1));
        let old = parse("{'shape': (3L,), 'fortran_order': False, 'descr': '<i8'}").unwrap();
        assert_eq!(old.layout.shape(), [3]);
    }

    #[test]
    fn other_python_is_refused() {
        for wrong in [
            "",
            "{}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2**9,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
            "{'descr': '<f4', 'fortran_order': 1, 'shape': (2,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
            "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + open('x')",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let structure =
            parse("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }").unwrap();
        assert_eq!(structure.dtype, None);
        assert!(
            parse("{'descr': '|O', 'fortran_order': False, 'shape': ()}")
                .unwrap()
                .is_object()
        );
    }
}
