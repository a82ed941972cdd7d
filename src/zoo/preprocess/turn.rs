//! Rows of bytes into columns.
//!
//! Must not know: what the bytes are.

/// Writes the bytes of a column side by side, column after column. `N` is a multiple of 8; the
/// rows are of one length.
#[inline]
pub(super) fn turn<const N: usize>(rows: &[&[u8]; N], columns: &mut [u8]) {
    let n = rows[0].len();
    let blocks = n / 8;
    for (i, columns) in columns.chunks_exact_mut(8 * N).enumerate() {
        for (group, rows) in rows.chunks_exact(8).enumerate() {
            let lines: [u64; 8] = std::array::from_fn(|row| {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&rows[row][i * 8..i * 8 + 8]);
                u64::from_le_bytes(bytes)
            });
            for (column, line) in columns.chunks_exact_mut(N).zip(turned(lines)) {
                column[group * 8..group * 8 + 8].copy_from_slice(&line.to_le_bytes());
            }
        }
    }
    for i in blocks * 8..n {
        for (place, row) in columns[i * N..(i + 1) * N].iter_mut().zip(rows) {
            *place = row[i];
        }
    }
}

/// An 8 × 8 matrix of bytes along its diagonal: blocks of 4, of 2, then single bytes change places.
#[inline]
fn turned(mut lines: [u64; 8]) -> [u64; 8] {
    for (apart, mask) in [
        (4, 0x0000_0000_FFFF_FFFF_u64),
        (2, 0x0000_FFFF_0000_FFFF),
        (1, 0x00FF_00FF_00FF_00FF),
    ] {
        for i in (0..8).filter(|i| i & apart == 0) {
            let (a, b, shift) = (lines[i], lines[i + apart], 8 * apart);
            lines[i] = (a & mask) | ((b & mask) << shift);
            lines[i + apart] = ((a >> shift) & mask) | (b & !mask);
        }
    }
    lines
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
