//! Types of tensor elements.
//!
//! Must not know: file layouts, values.

/// The type of a tensor's elements. `Display` gives the name that safetensors uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it: kind and bits")]
pub enum Dtype {
    F64,
    F32,
    F16,
    /// The upper half of an f32.
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    /// One byte, 0 or 1.
    Bool,
}

/// Each type with its names: in safetensors, as a torch storage, as a torch dtype, and its numpy
/// kind.
const NAMES: [(Dtype, &str, &str, &str, u8); 13] = [
    (Dtype::F64, "F64", "DoubleStorage", "float64", b'f'),
    (Dtype::F32, "F32", "FloatStorage", "float32", b'f'),
    (Dtype::F16, "F16", "HalfStorage", "float16", b'f'),
    (Dtype::Bf16, "BF16", "BFloat16Storage", "bfloat16", b'-'),
    (Dtype::I64, "I64", "LongStorage", "int64", b'i'),
    (Dtype::I32, "I32", "IntStorage", "int32", b'i'),
    (Dtype::I16, "I16", "ShortStorage", "int16", b'i'),
    (Dtype::I8, "I8", "CharStorage", "int8", b'i'),
    (Dtype::U64, "U64", "", "uint64", b'u'),
    (Dtype::U32, "U32", "", "uint32", b'u'),
    (Dtype::U16, "U16", "", "uint16", b'u'),
    (Dtype::U8, "U8", "ByteStorage", "uint8", b'u'),
    (Dtype::Bool, "BOOL", "BoolStorage", "bool", b'b'),
];

impl Dtype {
    /// Bytes of one element.
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether it holds fractions.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16)
    }

    /// By its name in a safetensors header.
    pub(super) fn from_safetensors(name: &str) -> Option<Self> {
        NAMES.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// By the class of its storage, as in `torch.FloatStorage`.
    pub(super) fn from_torch_storage(class: &str) -> Option<Self> {
        let mut rows = NAMES.iter().filter(|row| !row.2.is_empty());
        rows.find(|row| row.2 == class).map(|row| row.0)
    }

    /// By its name in torch, as in `torch.float32`.
    pub(super) fn from_torch(name: &str) -> Option<Self> {
        NAMES.iter().find(|row| row.3 == name).map(|row| row.0)
    }

    /// By numpy's kind and bytes, as in `f4`.
    pub(super) fn from_numpy(kind: u8, size: usize) -> Option<Self> {
        let mut rows = NAMES.iter().filter(|row| row.4 == kind);
        rows.find(|row| row.0.size() == size).map(|row| row.0)
    }
}

impl std::fmt::Display for Dtype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let row = NAMES.iter().find(|row| row.0 == *self);
        f.write_str(row.map_or("?", |row| row.1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Dtype, NAMES};

    #[test]
    fn every_name_leads_back() {
        for (dtype, safetensors, storage, torch, kind) in NAMES {
            assert_eq!(dtype.to_string(), safetensors);
            assert_eq!(Dtype::from_safetensors(safetensors), Some(dtype));
            assert_eq!(Dtype::from_torch(torch), Some(dtype));
            if !storage.is_empty() {
                assert_eq!(Dtype::from_torch_storage(storage), Some(dtype));
            }
            if dtype != Dtype::Bf16 {
                assert_eq!(Dtype::from_numpy(kind, dtype.size()), Some(dtype));
            }
        }
        assert_eq!(Dtype::from_torch_storage(""), None);
        assert_eq!(Dtype::from_numpy(b'f', 16), None);
    }
}
