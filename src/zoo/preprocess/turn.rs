//! Rows of bytes into columns.
//!
//! Must not know: what the bytes are.

#![expect(
    clippy::inline_always,
    reason = "part of work that is compiled for several processors"
)]

/// Writes the bytes of a column side by side, column after column. `N` is a multiple of 8; the
/// rows are of one length.
#[inline(always)]
pub(super) fn turn<const N: usize>(rows: &[&[u8]; N], columns: &mut [u8]) {
    let n = rows[0].len();
    let (whole, rest) = columns.split_at_mut(n / 8 * 8 * N);
    for (group, rows) in rows.chunks_exact(8).enumerate() {
        let rows: [&[[u8; 8]]; 8] = std::array::from_fn(|row| rows[row].as_chunks().0);
        for (i, block) in whole.chunks_exact_mut(8 * N).enumerate() {
            let lines = turned(rows.map(|row| u64::from_le_bytes(row[i])));
            for (column, line) in block.chunks_exact_mut(N).zip(lines) {
                column[group * 8..group * 8 + 8].copy_from_slice(&line.to_le_bytes());
            }
        }
    }
    for (i, column) in (n / 8 * 8..).zip(rest.chunks_exact_mut(N)) {
        for (place, row) in column.iter_mut().zip(rows) {
            *place = row[i];
        }
    }
}

/// An 8 × 8 matrix of bytes along its diagonal: blocks of 4, of 2, then single bytes change places.
#[inline(always)]
fn turned([a, b, c, d, e, f, g, h]: [u64; 8]) -> [u64; 8] {
    let four = |x, y| swapped(x, y, 32, 0x0000_0000_FFFF_FFFF);
    let two = |x, y| swapped(x, y, 16, 0x0000_FFFF_0000_FFFF);
    let one = |x, y| swapped(x, y, 8, 0x00FF_00FF_00FF_00FF);
    let ((a, e), (b, f), (c, g), (d, h)) = (four(a, e), four(b, f), four(c, g), four(d, h));
    let ((a, c), (b, d), (e, g), (f, h)) = (two(a, c), two(b, d), two(e, g), two(f, h));
    let ((a, b), (c, d), (e, f), (g, h)) = (one(a, b), one(c, d), one(e, f), one(g, h));
    [a, b, c, d, e, f, g, h]
}

/// The upper half of each block of `x` and the lower half of each of `y` change places.
#[inline(always)]
fn swapped(x: u64, y: u64, shift: u32, lower: u64) -> (u64, u64) {
    (
        (x & lower) | ((y & lower) << shift),
        ((x >> shift) & lower) | (y & !lower),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_the_rows_turned() {
        for n in [1, 7, 8, 21, 24] {
            let rows: Vec<Vec<u8>> = (0..16)
                .map(|y| (0..n).map(|x| (y * 16 + x) as u8).collect())
                .collect();
            let lines: [&[u8]; 16] = std::array::from_fn(|y| rows[y].as_slice());
            let mut columns = vec![0; n * 16];
            turn(&lines, &mut columns);
            for (x, column) in columns.chunks(16).enumerate() {
                for (y, byte) in column.iter().enumerate() {
                    assert_eq!(*byte, rows[y][x], "column {x}, row {y} of {n}");
                }
            }
        }
    }
}
