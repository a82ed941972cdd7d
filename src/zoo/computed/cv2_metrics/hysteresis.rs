//! Which weak edge pixels hang on a strong one.
//!
//! Must not know: gradients.

const WEAK: u8 = 1;
const STRONG: u8 = 2;

/// One byte a pixel: 0 no edge, 1 an edge if it touches one (8 neighbours), 2 an edge.
#[derive(Debug)]
pub(super) struct EdgeMap {
    width: usize,
    /// Row length with an empty pixel at either end.
    stride: usize,
    /// All rows, with an empty one above and below.
    cells: Vec<u8>,
}

impl EdgeMap {
    /// An empty map of that size in pixels.
    pub(super) fn new(width: usize, height: usize) -> Self {
        let stride = width + 2;
        Self {
            width,
            stride,
            cells: vec![0; stride * (height + 2)],
        }
    }

    /// The cells of row `y`, to be filled.
    pub(super) fn row_mut(&mut self, y: usize) -> &mut [u8] {
        let start = (y + 1) * self.stride + 1;
        &mut self.cells[start..start + self.width]
    }

    /// Number of edge pixels: the strong ones and the weak ones connected to them.
    pub(super) fn count_edges(mut self) -> u64 {
        let mut stack = Vec::new();
        let mut edges = 0;
        for start in (0..self.cells.len()).step_by(8) {
            let end = self.cells.len().min(start + 8);
            if !self.cells[start..end].contains(&STRONG) {
                continue;
            }
            for at in start..end {
                if self.cells[at] == STRONG {
                    edges += 1;
                    edges += self.adopt_neighbours(at, &mut stack);
                }
            }
        }
        edges
    }

    /// Takes away every weak pixel connected to `at`; their number.
    ///
    /// Taken pixels become empty, not strong, so that nothing is counted twice.
    fn adopt_neighbours(&mut self, at: usize, stack: &mut Vec<usize>) -> u64 {
        let mut adopted = 0;
        stack.push(at);
        while let Some(at) = stack.pop() {
            for row in [at - self.stride, at, at + self.stride] {
                for near in row - 1..=row + 1 {
                    if self.cells[near] == WEAK {
                        self.cells[near] = 0;
                        adopted += 1;
                        stack.push(near);
                    }
                }
            }
        }
        adopted
    }
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
