//! Which weak edge pixels hang on a strong one.
//!
//! Must not know: gradients.

const WEAK: u8 = 1;
const STRONG: u8 = 2;

/// The weak bits of the first three of four cells.
const WEAK_THREE: u32 = u32::from_le_bytes([WEAK, WEAK, WEAK, 0]);

/// Pixels skipped together where none is a seed.
const SEEDS_AT_ONCE: usize = 16;

/// One byte a pixel: 0 no edge, 1 an edge if it touches one (8 neighbours), 2 an edge.
#[derive(Debug)]
pub(super) struct EdgeMap {
    width: usize,
    /// Row length with an empty pixel at either end.
    stride: usize,
    /// All rows, with an empty one above and below, and one cell more, so that cells can be read
    /// by fours.
    cells: Vec<u8>,
}

impl EdgeMap {
    /// An empty map of that size in pixels.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let stride = width + 2;
        Self {
            width,
            stride,
            cells: vec![0; stride * (height + 2) + 1],
        }
    }

    /// The cells of row `y`, to be filled.
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [u8] {
        let start = (y + 1) * self.stride + 1;
        &mut self.cells[start..start + self.width]
    }

    /// Number of edge pixels: the strong ones and the weak ones connected to them.
    pub(super) fn count_edges(mut self) -> u64 {
        let (mut stack, mut edges) = (Vec::new(), 0);
        let mut seeds = vec![false; self.width];
        for y in 0..self.cells.len() / self.stride - 2 {
            let first = (y + 1) * self.stride + 1;
            edges += find_seeds([-1, 0, 1].map(|dy| self.padded_row(y, dy)), &mut seeds);
            for start in (0..self.width).step_by(SEEDS_AT_ONCE) {
                let end = self.width.min(start + SEEDS_AT_ONCE);
                if !seeds[start..end].contains(&true) {
                    continue;
                }
                for x in (start..end).filter(|&x| seeds[x]) {
                    self.take(first + x, &mut stack);
                    edges += self.take_connected(&mut stack);
                }
            }
        }
        edges
    }

    /// Row `y + dy` with the empty pixel at either end.
    fn padded_row(&self, y: usize, dy: isize) -> &[u8] {
        let start = (y + 1).wrapping_add_signed(dy) * self.stride;
        &self.cells[start..start + self.stride]
    }

    /// Puts a weak pixel on the stack. It becomes empty, not strong, so that it counts once.
    fn take(&mut self, at: usize, stack: &mut Vec<usize>) {
        if self.cells[at] == WEAK {
            self.cells[at] = 0;
            stack.push(at);
        }
    }

    /// The same for three cells in a row, looked at together.
    fn take_three(&mut self, first: usize, stack: &mut Vec<usize>) {
        let Some(&four) = self.cells[first..].first_chunk::<4>() else {
            return;
        };
        let mut weak = u32::from_le_bytes(four) & WEAK_THREE;
        while weak != 0 {
            let at = first + (weak.trailing_zeros() / 8) as usize;
            self.cells[at] = 0;
            stack.push(at);
            weak &= weak - 1;
        }
    }

    /// Takes all weak pixels connected to those on the stack; the number of all of them.
    fn take_connected(&mut self, stack: &mut Vec<usize>) -> u64 {
        let mut taken = 0;
        while let Some(at) = stack.pop() {
            taken += 1;
            for centre in [at - self.stride, at, at + self.stride] {
                self.take_three(centre - 1, stack);
            }
        }
        taken
    }
}

/// Marks the weak pixels of the middle row that touch a strong one; the number of strong ones.
fn find_seeds([up, mid, down]: [&[u8]; 3], seeds: &mut [bool]) -> u64 {
    let width = seeds.len();
    let (up_l, up_c, up_r) = (&up[..width], &up[1..=width], &up[2..width + 2]);
    let (left, mid, right) = (&mid[..width], &mid[1..=width], &mid[2..width + 2]);
    let (down_l, down_c, down_r) = (&down[..width], &down[1..=width], &down[2..width + 2]);
    for x in 0..width {
        let above = up_l[x].max(up_c[x]).max(up_r[x]);
        let below = down_l[x].max(down_c[x]).max(down_r[x]);
        let touches = above.max(below).max(left[x]).max(right[x]) == STRONG;
        seeds[x] = touches & (mid[x] == WEAK);
    }
    let strong = |cells: &[u8]| cells.iter().map(|cell| cell >> 1).sum::<u8>();
    // Chunks this short can't overflow a byte.
    mid.chunks(128).map(|cells| u64::from(strong(cells))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(rows: &[&str]) -> u64 {
        let mut map = EdgeMap::new(rows[0].len(), rows.len());
        for (y, row) in rows.iter().enumerate() {
            for (cell, digit) in map.row_mut(y).iter_mut().zip(row.bytes()) {
                *cell = digit - b'0';
            }
        }
        map.count_edges()
    }

    #[test]
    fn weak_pixels_count_only_when_connected() {
        assert_eq!(edges(&["11011", "00000", "11111"]), 0);
        assert_eq!(edges(&["2"]), 1);
        assert_eq!(edges(&["10001", "01010", "00200"]), 5);
        assert_eq!(edges(&["20101"]), 1);
        assert_eq!(edges(&["1101", "0002", "1000"]), 2);
    }

    #[test]
    fn rows_do_not_touch_around_the_border() {
        assert_eq!(edges(&["0002", "1000", "1000"]), 1);
    }
}
