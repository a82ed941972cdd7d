//! One bit a row: 125 KB for a million rows, so that combining rules stays in the cache.
//!
//! Must not know: what the bits stand for.

use rayon::prelude::*;

/// Rows handled by one task; a multiple of 64.
const CHUNK: usize = 65_536;

/// A set of rows as bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mask {
    words: Vec<u64>,
    len: usize,
}

impl Mask {
    /// No row of `len`.
    pub fn none(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
            len,
        }
    }

    /// Every row of `len`.
    pub fn all(len: usize) -> Self {
        let mut mask = Self::none(len);
        mask.negate();
        mask
    }

    /// The rows whose value passes. `values` that are too short count as not passing.
    pub fn of<T: Sync>(len: usize, values: &[T], pass: impl Fn(&T) -> bool + Sync) -> Self {
        let mut mask = Self::none(len);
        let values = &values[..values.len().min(len)];
        mask.words
            .par_chunks_mut(CHUNK / 64)
            .zip(values.par_chunks(CHUNK))
            .for_each(|(words, values)| {
                for (word, values) in words.iter_mut().zip(values.chunks(64)) {
                    *word = pack(values, &pass);
                }
            });
        mask
    }

    /// The rows for which `pass` is true; each task has a scratch made by `scratch`.
    pub fn by_row<S>(
        len: usize,
        scratch: impl Fn() -> S + Sync,
        pass: impl Fn(&mut S, usize) -> bool + Sync,
    ) -> Self {
        let mut mask = Self::none(len);
        let chunks = mask.words.par_chunks_mut(CHUNK / 64).enumerate();
        chunks.for_each(|(chunk, words)| {
            let mut scratch = scratch();
            for row in chunk * CHUNK..((chunk + 1) * CHUNK).min(len) {
                let bit = u64::from(pass(&mut scratch, row));
                words[row % CHUNK / 64] |= bit << (row % 64);
            }
        });
        mask
    }

    /// Number of rows, in the set or not.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the row is in the set; false beyond the end.
    pub fn get(&self, row: usize) -> bool {
        self.bit(row) == 1
    }

    /// 1 if the row is in the set, else 0.
    pub(super) fn bit(&self, row: usize) -> usize {
        let word = self.words.get(row / 64).copied().unwrap_or(0);
        (word >> (row % 64) & 1) as usize
    }

    /// Puts a row into the set; nothing happens beyond the end.
    pub fn insert(&mut self, row: usize) {
        if row < self.len {
            self.words[row / 64] |= 1 << (row % 64);
        }
    }

    /// Keeps the rows that are in both.
    pub fn and(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    /// Keeps the rows that are not in the other.
    pub fn and_not(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// Adds the rows of the other.
    pub fn or(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    /// Keeps the rows that were not in the set.
    pub fn negate(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        let used = self.len % 64;
        if let (Some(last), 1..) = (self.words.last_mut(), used) {
            *last &= (1 << used) - 1;
        }
    }

    /// Number of rows in the set.
    pub fn count(&self) -> usize {
        let ones = self.words.iter().map(|word| word.count_ones() as usize);
        ones.sum()
    }

    /// Number of rows in this set and not in the other.
    pub fn count_without(&self, other: &Self) -> usize {
        let pairs = self.words.iter().zip(&other.words);
        pairs.map(|(a, b)| (a & !b).count_ones() as usize).sum()
    }
}

/// Up to 64 results as bits: first as bytes, which compiles to vector compares, then eight bytes at
/// a time gathered by one multiplication.
fn pack<T>(values: &[T], pass: impl Fn(&T) -> bool) -> u64 {
    let mut bytes = [0_u8; 64];
    for (byte, value) in bytes.iter_mut().zip(values) {
        *byte = u8::from(pass(value));
    }
    let (eights, _) = bytes.as_chunks::<8>();
    let gathered = eights.iter().map(|eight| {
        let spread = u64::from_le_bytes(*eight);
        spread.wrapping_mul(0x0102_0408_1020_4080) >> 56
    });
    gathered.rev().fold(0, |word, byte| word << 8 | byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn behaves_like_a_list_of_booleans(a in prop::collection::vec(any::<bool>(), 0..300), seed: u64) {
            let len = a.len();
            let b: Vec<bool> = (0..len).map(|i| seed.rotate_left(i as u32) & 1 == 1).collect();
            let (ma, mb) = (Mask::of(len, &a, |&x| x), Mask::by_row(len, || (), |(), i| b[i]));
            let check = |mask: &Mask, want: &dyn Fn(usize) -> bool| {
                (0..len).all(|i| mask.get(i) == want(i))
                    && mask.count() == (0..len).filter(|&i| want(i)).count()
            };
            prop_assert!(check(&ma, &|i| a[i]));
            let mut m = ma.clone();
            m.and(&mb);
            prop_assert!(check(&m, &|i| a[i] && b[i]));
            let mut m = ma.clone();
            m.or(&mb);
            prop_assert!(check(&m, &|i| a[i] || b[i]));
            let mut m = ma.clone();
            m.and_not(&mb);
            prop_assert!(check(&m, &|i| a[i] && !b[i]));
            prop_assert_eq!(m.count(), ma.count_without(&mb));
            m.negate();
            prop_assert!(check(&m, &|i| !a[i] || b[i]));
        }
    }

    #[test]
    fn missing_values_and_far_rows_are_out() {
        let mask = Mask::of(130, &[true; 70], |&x| x);
        assert_eq!(mask.count(), 70);
        assert!(!mask.get(129) && !mask.get(5000));
        assert_eq!(Mask::all(130).count(), 130);
    }
}
