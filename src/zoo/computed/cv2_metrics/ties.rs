//! Corner points of local binary patterns that equal their centre but for rounding errors.
//!
//! The original computes such a point from the coordinates' fractions, whose last bits depend on
//! where in the picture the pixel is. This repeats its double arithmetic, in its order.
//!
//! Must not know: integer shortcuts.

use std::ops::Range;
use std::sync::LazyLock;

/// `cos 45°` as the original rounds it.
#[expect(clippy::approx_constant, reason = "the rounding is the original's")]
const OFFSET: f64 = 0.70711;

/// From this coordinate on, fractions are multiples of 2⁻⁴⁵, so that their products with grey levels
/// are exact and a flat point equals its centre exactly.
const EXACT_FROM: usize = 129;

/// Corner bits: up right, up left, down left, down right.
const CORNERS: [u8; 4] = [1 << 1, 1 << 3, 1 << 5, 1 << 7];

/// Fractions above the next lower whole number of a coordinate less and plus the offset.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fractions {
    less: f64,
    plus: f64,
}

impl Fractions {
    fn at(coordinate: usize) -> Self {
        let at = coordinate as f64;
        Self {
            less: (at - OFFSET) - (at - 1.0),
            plus: (at + OFFSET) - at,
        }
    }
}

/// Bilinear mix of `[top left, top right, bottom left, bottom right]`, in the original's order.
fn mix(pixels: [f64; 4], row: f64, column: f64) -> f64 {
    let [top_left, top_right, bottom_left, bottom_right] = pixels;
    let top = (1.0 - column) * top_left + column * top_right;
    let bottom = (1.0 - column) * bottom_left + column * bottom_right;
    (1.0 - row) * top + row * bottom
}

/// Of the corner bits `asked`, those whose point is darker than the centre.
///
/// `rows` are padded by one pixel; `(x, y)` is the centre's place in the picture.
pub(super) fn slanted_fails(rows: [&[i16]; 3], (x, y): (usize, usize), asked: u8) -> u8 {
    let (across, along) = (Fractions::at(x), Fractions::at(y));
    let centre = f64::from(rows[1][x + 1]);
    let places = [
        (0, x + 1, along.less, across.plus),
        (0, x, along.less, across.less),
        (1, x, along.plus, across.less),
        (1, x + 1, along.plus, across.plus),
    ];
    let mut fails = 0;
    for (bit, (top, left, row, column)) in CORNERS.into_iter().zip(places) {
        if asked & bit == 0 {
            continue;
        }
        let (above, below) = (rows[top], rows[top + 1]);
        let pixels = [above[left], above[left + 1], below[left], below[left + 1]];
        if mix(pixels.map(f64::from), row, column) < centre {
            fails |= bit;
        }
    }
    fails
}

/// By grey level: the corner bits whose point, amid pixels of that level, is darker than it.
type Fails = [u8; 256];

/// The outcomes of flat ties, by where the pixel is.
#[derive(Debug)]
struct FlatTable {
    /// First coordinate of each class of coordinates with the same fractions; the last class stands
    /// for all coordinates from [`EXACT_FROM`] on.
    starts: Vec<usize>,
    /// By row class, then column class.
    fails: Vec<Fails>,
}

static FLAT: LazyLock<FlatTable> = LazyLock::new(|| {
    let starts: Vec<usize> = (0..=EXACT_FROM)
        .filter(|&at| at == 0 || at == EXACT_FROM || Fractions::at(at) != Fractions::at(at - 1))
        .collect();
    let pairs = starts
        .iter()
        .flat_map(|&y| starts.iter().map(move |&x| (x, y)));
    let fails = pairs.map(|(x, y)| flat_fails(x, y)).collect();
    FlatTable { starts, fails }
});

fn flat_fails(x: usize, y: usize) -> Fails {
    let (across, along) = (Fractions::at(x), Fractions::at(y));
    let places = [
        (along.less, across.plus),
        (along.less, across.less),
        (along.plus, across.less),
        (along.plus, across.plus),
    ];
    std::array::from_fn(|level| {
        let level = level as f64;
        let outcomes = CORNERS.into_iter().zip(places);
        outcomes.fold(0, |fails, (bit, (row, column))| {
            let darker = mix([level; 4], row, column) < level;
            fails | if darker { bit } else { 0 }
        })
    })
}

/// The outcomes of flat ties for one picture's columns.
#[derive(Debug)]
pub(super) struct FlatTies {
    table: &'static FlatTable,
    width: usize,
}

impl FlatTies {
    /// For a picture of that width in pixels.
    pub(super) fn new(width: usize) -> Self {
        Self {
            table: &FLAT,
            width,
        }
    }

    /// The columns of row `y` where flat corners may fail, with what fails by grey level.
    pub(super) fn segments(
        &self,
        y: usize,
    ) -> impl Iterator<Item = (Range<usize>, &'static Fails)> {
        let table = self.table;
        let (width, classes) = (self.width, table.starts.len());
        let row = table.starts.partition_point(|&start| start <= y) - 1;
        (0..classes)
            .map(move |class| {
                let end = table.starts.get(class + 1).copied().unwrap_or(width);
                let columns = table.starts[class].min(width)..end.min(width);
                (columns, &table.fails[row * classes + class])
            })
            .filter(|(columns, fails)| !columns.is_empty() && fails.iter().any(|&f| f != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fractions_are_those_of_the_whole_coordinate() {
        for at in (0..5000).chain([65_535, 65_536, 1_000_000]) {
            let (less, plus) = (at as f64 - OFFSET, at as f64 + OFFSET);
            assert_eq!(Fractions::at(at).less, less - less.floor(), "{at}");
            assert_eq!(Fractions::at(at).plus, plus - plus.floor(), "{at}");
        }
    }

    #[test]
    fn one_class_stands_for_all_far_coordinates() {
        let exact = FLAT.starts.len() - 1;
        assert_eq!(FLAT.starts[exact], EXACT_FROM);
        for &far in &[EXACT_FROM, 130, 255, 256, 1000, 4097, 70_001] {
            for (class, &near) in FLAT.starts.iter().enumerate() {
                let table = &FLAT.fails[class * FLAT.starts.len() + exact];
                assert_eq!(&flat_fails(far, near), table, "row {near}, column {far}");
                let table = &FLAT.fails[exact * FLAT.starts.len() + class];
                assert_eq!(&flat_fails(near, far), table, "row {far}, column {near}");
            }
        }
    }

    #[test]
    fn segments_cover_every_failing_column_once() {
        for y in [0, 1, 5, 64, 128, 129, 3000] {
            let flat = FlatTies::new(200);
            let mut fails = vec![[0; 256]; 200];
            for (columns, table) in flat.segments(y) {
                fails[columns].fill(*table);
            }
            for (x, found) in fails.iter().enumerate() {
                assert_eq!(*found, flat_fails(x, y), "row {y}, column {x}");
            }
        }
    }
}
