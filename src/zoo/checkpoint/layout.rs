//! Where the elements of a tensor lie in its storage.
//!
//! Must not know: files, element types beyond their size.

/// Repeated elements (stride 0) may always fill this many bytes; more only in a larger file.
const REPEATED_BYTES: usize = 1 << 20;

/// Shape, strides and offset, all in elements, checked against the storage they index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    shape: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
    len: usize,
}

impl Layout {
    /// Most dimensions a tensor may have: as many as numpy allows.
    pub(super) const MAX_RANK: usize = 64;

    /// A row-major layout from the start of a storage.
    ///
    /// None if the shape has too many dimensions or more elements than can be counted.
    pub(super) fn row_major(shape: Vec<usize>) -> Option<Self> {
        let strides = row_major_strides(&shape)?;
        Self::checked(shape, strides, 0)
    }

    /// A column-major (Fortran) layout from the start of a storage; none as in [`Self::row_major`].
    pub(super) fn column_major(shape: Vec<usize>) -> Option<Self> {
        let reversed: Vec<usize> = shape.iter().rev().copied().collect();
        let mut strides = row_major_strides(&reversed)?;
        strides.reverse();
        Self::checked(shape, strides, 0)
    }

    /// A view of a storage of `available` elements of `size` bytes, in a file of `file_bytes`.
    ///
    /// The numbers come from a stranger; the error says which of them is wrong.
    pub(super) fn view(
        shape: &[i64],
        strides: &[i64],
        offset: i64,
        (available, size): (usize, usize),
        file_bytes: usize,
    ) -> Result<Self, String> {
        if shape.len() != strides.len() {
            return Err(format!(
                "{} sizes but {} strides",
                shape.len(),
                strides.len()
            ));
        }
        if shape.len() > Self::MAX_RANK {
            return Err(format!("it has {} dimensions", shape.len()));
        }
        let offset =
            usize::try_from(offset).map_err(|_negative| format!("its offset is {offset}"))?;
        let layout = Self::checked(natural(shape)?, natural(strides)?, offset)
            .ok_or_else(|| format!("its shape {shape:?} is too large"))?;
        match layout.end() {
            Some(end) if end <= available => {}
            _ => {
                return Err(format!(
                    "shape {shape:?}, strides {strides:?} and offset {offset} reach past its \
                     {available} elements"
                ));
            }
        }
        let repeated = layout.len > available;
        if repeated && layout.len.saturating_mul(size) > file_bytes.max(REPEATED_BYTES) {
            return Err(format!(
                "shape {shape:?} repeats {available} elements beyond reason"
            ));
        }
        Ok(layout)
    }

    /// `len` elements in a row.
    pub(super) fn flat(len: usize) -> Self {
        Self {
            shape: vec![len],
            strides: vec![1],
            offset: 0,
            len,
        }
    }

    fn checked(shape: Vec<usize>, mut strides: Vec<usize>, offset: usize) -> Option<Self> {
        let len = count(&shape)?;
        for (stride, &size) in strides.iter_mut().zip(&shape) {
            // Never stepped, so whatever stands there must not count.
            if size <= 1 {
                *stride = 0;
            }
        }
        (shape.len() <= Self::MAX_RANK).then_some(Self {
            shape,
            strides,
            offset,
            len,
        })
    }

    /// One row of a matrix; none if it has another number of dimensions or no such row.
    pub(super) fn row(&self, row: usize) -> Option<Self> {
        let (&[rows, columns], &[down, across]) = (&self.shape[..], &self.strides[..]) else {
            return None;
        };
        (row < rows).then(|| Self {
            shape: vec![columns],
            strides: vec![across],
            offset: self.offset + row * down,
            len: columns,
        })
    }

    pub(super) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Elements, all told.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The first element's place.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Elements of the storage up to and with the last that is used; none if beyond counting.
    fn end(&self) -> Option<usize> {
        if self.len == 0 {
            return Some(self.offset);
        }
        let mut last = self.offset;
        for (size, stride) in self.shape.iter().zip(&self.strides) {
            last = last.checked_add((size - 1).checked_mul(*stride)?)?;
        }
        last.checked_add(1)
    }

    /// Whether the elements lie in row-major order without gaps.
    pub(super) fn is_contiguous(&self) -> bool {
        let mut expected = 1;
        for (&size, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if size != 1 && stride != expected {
                return self.len == 0;
            }
            expected *= size.max(1);
        }
        true
    }

    /// Calls `each` with the place of every element, in row-major order.
    pub(super) fn for_each(&self, mut each: impl FnMut(usize)) {
        if self.len == 0 {
            return;
        }
        let mut index = vec![0; self.shape.len()];
        let mut place = self.offset;
        loop {
            each(place);
            // Counts up like an odometer, from the last dimension.
            let mut dimension = self.shape.len();
            loop {
                let Some(d) = dimension.checked_sub(1) else {
                    return;
                };
                dimension = d;
                index[d] += 1;
                place += self.strides[d];
                if index[d] < self.shape[d] {
                    break;
                }
                place -= self.strides[d] * self.shape[d];
                index[d] = 0;
            }
        }
    }
}

/// Elements of a shape; none if beyond counting, even where another dimension is 0.
fn count(shape: &[usize]) -> Option<usize> {
    let nonzero = shape.iter().filter(|&&size| size > 0);
    let product = nonzero.copied().try_fold(1usize, usize::checked_mul)?;
    // Strides and offsets in bytes must be countable too.
    (product <= isize::MAX as usize / 8).then_some(if shape.contains(&0) { 0 } else { product })
}

fn row_major_strides(shape: &[usize]) -> Option<Vec<usize>> {
    count(shape)?;
    let mut strides = vec![1; shape.len()];
    for d in (1..shape.len()).rev() {
        strides[d - 1] = strides[d] * shape[d].max(1);
    }
    Some(strides)
}

fn natural(numbers: &[i64]) -> Result<Vec<usize>, String> {
    let natural = numbers.iter().map(|&n| usize::try_from(n));
    natural
        .collect::<Result<_, _>>()
        .map_err(|_negative| format!("a size or stride of {numbers:?} is negative"))
}

#[cfg(test)]
mod tests {
    use super::Layout;

    fn view(
        shape: &[i64],
        strides: &[i64],
        offset: i64,
        available: usize,
    ) -> Result<Layout, String> {
        Layout::view(shape, strides, offset, (available, 4), 1000)
    }

    fn places(layout: &Layout) -> Vec<usize> {
        let mut places = Vec::new();
        layout.for_each(|place| places.push(place));
        places
    }

    #[test]
    fn views_walk_row_major() {
        let transposed = view(&[3, 2], &[1, 3], 1, 7).unwrap();
        assert_eq!(places(&transposed), [1, 4, 2, 5, 3, 6]);
        assert!(!transposed.is_contiguous());
        let expanded = view(&[2, 3], &[0, 1], 0, 3).unwrap();
        assert_eq!(places(&expanded), [0, 1, 2, 0, 1, 2]);
        let scalar = view(&[], &[], 2, 3).unwrap();
        assert_eq!((places(&scalar), scalar.is_contiguous()), (vec![2], true));
        let empty = view(&[0, 3], &[3, 1], 0, 0).unwrap();
        assert_eq!((places(&empty), empty.is_contiguous()), (vec![], true));
    }

    #[test]
    fn one_long_dimension_is_contiguous_whatever_the_other_strides() {
        assert!(view(&[1, 4, 1], &[99, 1, 7], 0, 4).unwrap().is_contiguous());
    }

    #[test]
    fn column_major_is_the_transpose() {
        let layout = Layout::column_major(vec![2, 3]).unwrap();
        assert_eq!(places(&layout), [0, 2, 4, 1, 3, 5]);
    }

    #[test]
    fn what_reaches_out_is_refused() {
        assert!(view(&[2, 2], &[2, 1], 0, 4).is_ok());
        assert!(view(&[2, 2], &[2, 1], 1, 4).is_err());
        assert!(view(&[2, 2], &[3, 1], 0, 4).is_err());
        assert!(view(&[2], &[-1], 1, 4).is_err());
        assert!(view(&[-2], &[1], 0, 4).is_err());
        assert!(view(&[2], &[1], -1, 4).is_err());
        assert!(view(&[2, 2], &[1], 0, 4).is_err());
        assert!(view(&[0], &[1], 5, 4).is_err());
        assert!(view(&[i64::MAX, 2], &[0, 0], 0, 4).is_err());
        assert!(view(&[2, 2], &[i64::MAX, i64::MAX], 0, 4).is_err());
        assert!(view(&[1 << 40], &[0], 0, 4).is_err());
        assert!(view(&[1; 65], &[1; 65], 0, 4).is_err());
    }
}
