//! One tensor: a view of bytes that stay where they are.
//!
//! Must not know: names, file formats.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use half::{bf16, f16};

use super::dtype::Dtype;
use super::layout::Layout;

/// The bytes of a file, usually memory-mapped; they must not change while they are held.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A run of elements of one type in a file, or in memory where the file holds it deflated.
#[derive(Clone)]
pub(super) struct Storage {
    bytes: Bytes,
    range: Range<usize>,
    big_endian: bool,
}

impl Storage {
    /// The bytes `range` of a file, little endian; out of its bounds they read as empty.
    pub(super) fn new(bytes: Bytes, range: Range<usize>) -> Self {
        Self {
            bytes,
            range,
            big_endian: false,
        }
    }

    /// The same bytes, read as big endian if `big_endian`.
    pub(super) fn with_order(self, big_endian: bool) -> Self {
        Self { big_endian, ..self }
    }

    /// The same bytes without the first `bytes`.
    pub(super) fn skip(mut self, bytes: usize) -> Self {
        self.range.start = self.range.start.saturating_add(bytes).min(self.range.end);
        self
    }

    /// Bytes that were made here, little endian.
    pub(super) fn owned(bytes: Vec<u8>) -> Self {
        let range = 0..bytes.len();
        Self::new(Arc::new(bytes), range)
    }

    pub(super) fn data(&self) -> &[u8] {
        let bytes: &[u8] = (*self.bytes).as_ref();
        bytes.get(self.range.clone()).unwrap_or_default()
    }
}

/// A tensor of a [`Checkpoint`](super::Checkpoint). Cloning copies no data.
#[derive(Clone)]
pub struct Tensor {
    storage: Storage,
    dtype: Dtype,
    layout: Arc<Layout>,
}

impl Tensor {
    /// A tensor of values made here, as folded weights are; row-major.
    ///
    /// `values` must be as many as `shape` has elements.
    pub fn from_f32(shape: impl Into<Vec<usize>>, values: impl AsRef<[f32]>) -> Self {
        let values = values.as_ref();
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let layout = Layout::row_major(shape.into()).filter(|l| l.len() == values.len());
        debug_assert!(layout.is_some(), "the values don't fill the shape");
        let layout = layout.unwrap_or_else(|| Layout::flat(values.len()));
        Self::new(Storage::owned(bytes), Dtype::F32, layout)
    }

    /// A view of `storage`; the layout was checked against it.
    pub(super) fn new(storage: Storage, dtype: Dtype, layout: Layout) -> Self {
        Self {
            storage,
            dtype,
            layout: Arc::new(layout),
        }
    }

    /// The type of its elements in the file.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Its dimensions, outermost first; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    /// Its number of elements: 1 for a scalar.
    pub fn len(&self) -> usize {
        self.layout.len()
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its bytes where they lie, if they are row-major and little endian there.
    ///
    /// They are part of the file, unless the file holds them deflated.
    pub fn in_place(&self) -> Option<&[u8]> {
        let size = self.dtype.size();
        if !self.layout.is_contiguous() || (self.storage.big_endian && size > 1) {
            return None;
        }
        let start = self.layout.offset() * size;
        self.storage
            .data()
            .get(start..start + self.layout.len() * size)
    }

    /// Its bytes, row-major and little endian, copied only if they don't lie so.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        self.in_place()
            .map_or_else(|| Cow::Owned(self.gathered()), Cow::Borrowed)
    }

    fn gathered(&self) -> Vec<u8> {
        let size = self.dtype.size();
        let data = self.storage.data();
        let mut out = Vec::with_capacity(self.layout.len() * size);
        self.layout.for_each(|place| {
            let element = data.get(place * size..(place + 1) * size);
            let start = out.len();
            out.extend_from_slice(element.unwrap_or(&[0; 8][..size]));
            if self.storage.big_endian {
                out[start..].reverse();
            }
        });
        out
    }

    /// These rows of a matrix, copied, in its own type; none if it is no matrix or lacks one of them.
    pub fn rows(&self, rows: &[usize]) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut columns = 0;
        for &row in rows {
            let layout = Arc::new(self.layout.row(row)?);
            columns = layout.len();
            let row = Self {
                layout,
                ..self.clone()
            };
            bytes.extend_from_slice(&row.bytes());
        }
        let layout = Layout::row_major(vec![rows.len(), columns])?;
        Some(Self::new(Storage::owned(bytes), self.dtype, layout))
    }

    /// Its values as f32, row-major: exact from f16, bf16, bool and small integers, else the nearest.
    pub fn to_f32(&self) -> Vec<f32> {
        let bytes = &self.bytes();
        match self.dtype {
            Dtype::F64 => decoded(bytes, |b| f64::from_le_bytes(b) as f32),
            Dtype::F32 => decoded(bytes, f32::from_le_bytes),
            Dtype::F16 => decoded(bytes, |b| f16::from_le_bytes(b).to_f32()),
            Dtype::Bf16 => decoded(bytes, |b| bf16::from_le_bytes(b).to_f32()),
            Dtype::I64 => decoded(bytes, |b| i64::from_le_bytes(b) as f32),
            Dtype::I32 => decoded(bytes, |b| i32::from_le_bytes(b) as f32),
            Dtype::I16 => decoded(bytes, |b| f32::from(i16::from_le_bytes(b))),
            Dtype::I8 => decoded(bytes, |b| f32::from(i8::from_le_bytes(b))),
            Dtype::U64 => decoded(bytes, |b| u64::from_le_bytes(b) as f32),
            Dtype::U32 => decoded(bytes, |b| u32::from_le_bytes(b) as f32),
            Dtype::U16 => decoded(bytes, |b| f32::from(u16::from_le_bytes(b))),
            Dtype::U8 => decoded(bytes, |[b]| f32::from(b)),
            Dtype::Bool => decoded(bytes, |[b]| f32::from(u8::from(b != 0))),
        }
    }

    /// Its values as f64, row-major: exact from all floats, else as [`Self::to_f32`].
    pub fn to_f64(&self) -> Vec<f64> {
        match self.dtype {
            Dtype::F64 => decoded(&self.bytes(), f64::from_le_bytes),
            _ => self.to_f32().into_iter().map(f64::from).collect(),
        }
    }

    /// Its values as i64, row-major, if they are integers or booleans that fit.
    pub fn to_i64(&self) -> Option<Vec<i64>> {
        let bytes = &self.bytes();
        Some(match self.dtype {
            Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::Bf16 => return None,
            Dtype::I64 => decoded(bytes, i64::from_le_bytes),
            Dtype::I32 => decoded(bytes, |b| i64::from(i32::from_le_bytes(b))),
            Dtype::I16 => decoded(bytes, |b| i64::from(i16::from_le_bytes(b))),
            Dtype::I8 => decoded(bytes, |b| i64::from(i8::from_le_bytes(b))),
            Dtype::U64 => {
                let values = decoded(bytes, |b| i64::try_from(u64::from_le_bytes(b)).ok());
                return values.into_iter().collect();
            }
            Dtype::U32 => decoded(bytes, |b| i64::from(u32::from_le_bytes(b))),
            Dtype::U16 => decoded(bytes, |b| i64::from(u16::from_le_bytes(b))),
            Dtype::U8 => decoded(bytes, |[b]| i64::from(b)),
            Dtype::Bool => decoded(bytes, |[b]| i64::from(b != 0)),
        })
    }
}

impl std::fmt::Debug for Tensor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tensor({} {:?})", self.dtype, self.shape())
    }
}

/// Every `N` bytes as one value.
fn decoded<const N: usize, T>(bytes: &[u8], value: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|b| value(*b)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Dtype, Layout, Storage, Tensor};

    #[test]
    fn own_values_come_back() {
        let tensor = Tensor::from_f32([2, 3], [1.0, 2.0, 3.0, -4.0, 0.5, f32::MIN_POSITIVE]);
        assert_eq!((tensor.dtype(), tensor.shape()), (Dtype::F32, &[2, 3][..]));
        assert_eq!(tensor.to_f32()[3..], [-4.0, 0.5, f32::MIN_POSITIVE]);
        assert_eq!(tensor.in_place().unwrap().len(), 24);
        assert_eq!(tensor.to_i64(), None);
    }

    #[test]
    fn big_endian_is_turned_round() {
        let storage = Storage::owned(vec![0, 1, 0, 2]).with_order(true);
        let tensor = Tensor::new(storage, Dtype::I16, Layout::row_major(vec![2]).unwrap());
        assert_eq!(tensor.in_place(), None);
        assert_eq!(*tensor.bytes(), [1, 0, 2, 0]);
        assert_eq!(tensor.to_i64(), Some(vec![1, 2]));
    }

    #[test]
    fn rows_are_picked_in_the_order_asked_for() {
        let tensor = Tensor::from_f32([3, 2], [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
        let rows = tensor.rows(&[2, 0, 2]).unwrap();
        assert_eq!((rows.dtype(), rows.shape()), (Dtype::F32, &[3, 2][..]));
        assert_eq!(rows.to_f32(), [20.0, 21.0, 0.0, 1.0, 20.0, 21.0]);
        assert!(tensor.rows(&[3]).is_none());
        assert!(Tensor::from_f32([2], [0.0, 1.0]).rows(&[0]).is_none());
        let turned = Layout::column_major(vec![2, 2]).unwrap();
        let bytes = [1.0f32, 2.0, 3.0, 4.0].iter().flat_map(|v| v.to_le_bytes());
        let turned = Tensor::new(Storage::owned(bytes.collect()), Dtype::F32, turned);
        assert_eq!(turned.rows(&[1]).unwrap().to_f32(), [2.0, 4.0]);
    }

    #[test]
    fn what_does_not_fit_i64_is_none() {
        let storage = Storage::owned(u64::MAX.to_le_bytes().to_vec());
        let tensor = Tensor::new(storage, Dtype::U64, Layout::row_major(vec![]).unwrap());
        assert_eq!(tensor.to_i64(), None);
    }
}
