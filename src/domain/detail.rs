//! What a scorer found in an image beside its numbers: maps, key points, tags.
//!
//! Everything is said of the image as it stands upright.

use std::sync::Arc;

/// What a scorer found beside its numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Detail {
    /// A value at every place of the image.
    Map(Map),
    /// Key points of a body.
    Pose(Pose),
    /// Tags with their shares, the largest first within each kind.
    Tags(Vec<TagShare>),
}

/// A grid of values over the whole image, in 256 levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Columns of the grid, 1–128.
    pub width: u32,
    /// Rows of the grid, 1–128.
    pub height: u32,
    /// Value of level 0.
    pub low: f32,
    /// Value of level 255, at least `low`.
    pub high: f32,
    /// `width * height` levels, rows top to bottom.
    pub levels: Vec<u8>,
}

/// Key points in a fixed order, e.g. the 17 of COCO.
#[derive(Debug, Clone, PartialEq)]
pub struct Pose {
    /// The points.
    pub points: Vec<KeyPoint>,
}

/// One key point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KeyPoint {
    /// Pixels from the left edge; may lie outside of the image.
    pub x: f32,
    /// Pixels from the upper edge; may lie outside of the image.
    pub y: f32,
    /// How sure the network is, mostly 0–1.
    pub score: f32,
}

/// A tag that a network saw.
#[derive(Debug, Clone, PartialEq)]
pub struct TagShare {
    /// Its name as the tagger's authors write it.
    pub tag: Arc<str>,
    /// What kind of tag it is.
    pub kind: TagKind,
    /// 0–1.
    pub share: f32,
}

/// What a tag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagKind {
    /// How fit for an audience: `general`, `sensitive`, …
    Rating,
    /// Who.
    Character,
    /// Everything else.
    General,
}

/// Bones of a body: pairs of places among the key points.
///
/// The first 19 are those of COCO's 17 points; feet and hands follow for models of the whole body
/// (mmpose's and rtmlib's lists, as procslib 0.7.1 counts them).
pub const COCO_BONES: &[(u16, u16)] = &[
    (15, 13),
    (13, 11),
    (16, 14),
    (14, 12),
    (11, 12),
    (5, 11),
    (6, 12),
    (5, 6),
    (5, 7),
    (6, 8),
    (7, 9),
    (8, 10),
    (1, 2),
    (0, 1),
    (0, 2),
    (1, 3),
    (2, 4),
    (3, 5),
    (4, 6),
];

/// The bones of a body of so many key points.
pub fn bones(n_points: usize) -> impl Iterator<Item = (u16, u16)> {
    let there = move |&(from, to): &(u16, u16)| usize::from(from.max(to)) < n_points;
    COCO_BONES.iter().copied().filter(there)
}

/// The colour of a level in a heat map: black over purple and orange to light yellow, ever lighter,
/// so that it reads without colours, too (the five marks of matplotlib's magma).
pub fn heat(level: u8) -> [u8; 3] {
    const MARKS: [[f32; 3]; 5] = [
        [0.0, 0.0, 4.0],
        [81.0, 18.0, 124.0],
        [183.0, 55.0, 121.0],
        [252.0, 137.0, 97.0],
        [252.0, 253.0, 191.0],
    ];
    let at = f32::from(level) / 255.0 * 4.0;
    let from = (at as usize).min(3);
    let share = at - from as f32;
    let mix = |channel: usize| {
        let (a, b) = (MARKS[from][channel], MARKS[from + 1][channel]);
        (a + (b - a) * share).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}
