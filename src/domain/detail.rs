//! What a scorer found in an image beside its numbers: maps, key points, tags.
//!
//! Everything is said of the image as it stands upright.

use std::sync::Arc;

use super::picture::Orientation;

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

impl Detail {
    /// The same of the upright image, where it was found in one stored with these sides in pixels.
    #[must_use]
    pub fn upright(self, orientation: Orientation, stored: (u32, u32)) -> Self {
        match self {
            Self::Map(map) => Self::Map(map.upright(orientation)),
            Self::Pose(pose) => Self::Pose(pose.upright(orientation, stored)),
            Self::Tags(tags) => Self::Tags(tags),
        }
    }
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

impl Map {
    /// Longest side of a grid.
    pub const MAX_SIDE: u32 = 128;

    /// Whether its sides are in bounds and filled by its levels, and its values finite.
    pub fn is_sound(&self) -> bool {
        let side = |n: u32| (1..=Self::MAX_SIDE).contains(&n);
        let filled = || self.levels.len() as u64 == u64::from(self.width) * u64::from(self.height);
        let ordered = self.low.is_finite() && self.high.is_finite() && self.low <= self.high;
        side(self.width) && side(self.height) && filled() && ordered
    }

    fn upright(self, orientation: Orientation) -> Self {
        if orientation == Orientation::Upright || !self.is_sound() {
            return self;
        }
        let (width, height) = orientation.sides((self.width, self.height));
        Self {
            width,
            height,
            levels: orientation.turn::<1>(&self.levels, (self.width, self.height)),
            ..self
        }
    }
}

/// Key points in a fixed order, e.g. the 17 of COCO.
#[derive(Debug, Clone, PartialEq)]
pub struct Pose {
    /// The points.
    pub points: Vec<KeyPoint>,
}

impl Pose {
    fn upright(mut self, orientation: Orientation, stored: (u32, u32)) -> Self {
        for point in &mut self.points {
            (point.x, point.y) = orientation.upright((point.x, point.y), stored);
        }
        self
    }
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
    (15, 17),
    (15, 18),
    (15, 19),
    (16, 20),
    (16, 21),
    (16, 22),
    (91, 92),
    (92, 93),
    (93, 94),
    (94, 95),
    (91, 96),
    (96, 97),
    (97, 98),
    (98, 99),
    (91, 100),
    (100, 101),
    (101, 102),
    (102, 103),
    (91, 104),
    (104, 105),
    (105, 106),
    (106, 107),
    (91, 108),
    (108, 109),
    (109, 110),
    (110, 111),
    (112, 113),
    (113, 114),
    (114, 115),
    (115, 116),
    (112, 117),
    (117, 118),
    (118, 119),
    (119, 120),
    (112, 121),
    (121, 122),
    (122, 123),
    (123, 124),
    (112, 125),
    (125, 126),
    (126, 127),
    (127, 128),
    (112, 129),
    (129, 130),
    (130, 131),
    (131, 132),
];

/// Bones of COCO's 17 points, at the start of [`COCO_BONES`].
const BODY_BONES: usize = 19;
/// Key points of COCO's whole bodies, with feet, faces and hands.
const WHOLE_BODY: usize = 133;

/// The bones that are drawn of a body of so many key points. Feet and hands only of whole bodies:
/// models between them count their points otherwise after the 17th.
pub fn bones(n_points: usize) -> impl Iterator<Item = (u16, u16)> {
    let n = if n_points < WHOLE_BODY {
        BODY_BONES
    } else {
        COCO_BONES.len()
    };
    let there = move |&(from, to): &(u16, u16)| usize::from(from.max(to)) < n_points;
    COCO_BONES.iter().copied().take(n).filter(there)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feet_and_hands_are_drawn_of_whole_bodies_alone() {
        let drawn = |n_points| bones(n_points).count();
        assert_eq!([5, 17, 26, 133].map(drawn), [5, 19, 19, 65]);
    }
    use crate::domain::picture::Rgb;

    #[test]
    fn details_turn_with_their_picture() {
        let red = [10, 11, 12, 13, 14, 15];
        let stored = Rgb {
            width: 2,
            height: 3,
            data: red.iter().flat_map(|&level| [level, 0, 0]).collect(),
        };
        let map = Map {
            width: 2,
            height: 3,
            low: 0.0,
            high: 1.0,
            levels: red.to_vec(),
        };
        let point = KeyPoint {
            x: 1.0,
            y: 2.0,
            score: 0.5,
        };
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif);
            let picture = stored.clone().oriented(orientation);
            let turned = Detail::Map(map.clone()).upright(orientation, (2, 3));
            let Detail::Map(turned) = turned else {
                panic!("a map stays a map");
            };
            assert_eq!(
                (turned.width, turned.height),
                (picture.width, picture.height)
            );
            let levels: Vec<u8> = picture.data.chunks(3).map(|pixel| pixel[0]).collect();
            assert_eq!(turned.levels, levels, "EXIF orientation {exif}");
            let points = vec![point];
            let turned = Detail::Pose(Pose { points }).upright(orientation, (2, 3));
            let Detail::Pose(Pose { points }) = turned else {
                panic!("a pose stays a pose");
            };
            let at = points[0].y as usize * picture.width as usize + points[0].x as usize;
            assert_eq!(levels[at], 15, "EXIF orientation {exif}");
        }
    }
}
