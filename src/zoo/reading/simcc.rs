//! Key points from shares over columns and rows (SimCC), and how many bones join them.
//!
//! procslib's arithmetic, and mmpose's and rtmlib's ways of scoring a point.
//!
//! Must not know: which network made the shares, drawing.

use serde::Deserialize;

use super::Answer;
use crate::domain::detail::{COCO_BONES, KeyPoint, Pose};

/// Parameters; those left out are procslib's.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimCc {
    /// Parts that a pixel of the tensor is split into.
    #[serde(default = "split")]
    pub split: f64,
    /// How sure a point is.
    #[serde(default)]
    pub score: PointScore,
    /// Above this score a point counts as seen.
    #[serde(default = "threshold")]
    pub threshold: f64,
}

/// How the largest share over the columns and that over the rows become one score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PointScore {
    /// The larger, as procslib.
    #[default]
    Max,
    /// The smaller, as mmpose.
    Min,
    /// The mean, as rtmlib.
    Mean,
}

fn split() -> f64 {
    2.0
}

fn threshold() -> f64 {
    0.3
}

/// Which part of a picture the shares are about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame {
    /// Width and height of the tensor in pixels.
    pub size: [u32; 2],
    /// Width and height of the picture in pixels.
    pub picture: (u32, u32),
    /// Width and height of the box around its centre that the tensor shows, in pixels of the
    /// picture.
    pub sides: [f64; 2],
}

/// Key points and shares over the columns of two answers: `[points, columns]` and `[points, rows]`;
/// none where the shapes are others.
pub fn points(shapes: [&[usize]; 2]) -> Option<usize> {
    match shapes {
        [&[points, across], &[same, down]] => {
            (points == same && points > 0 && across > 0 && down > 0).then_some(points)
        }
        _ => None,
    }
}

/// The key points, in pixels of the picture.
///
/// None where the answers are not shares over columns and rows for as many points.
pub fn pose(answers: [&Answer<'_>; 2], by: &SimCc, frame: &Frame) -> Option<Pose> {
    let n = points(answers.map(|answer| answer.shape))?;
    let whole = |answer: &Answer<'_>| {
        let length: Option<usize> = answer.shape[1].checked_mul(n);
        length == Some(answer.values.len())
    };
    if !answers.into_iter().all(whole) {
        return None;
    }
    let [across, down] = answers.map(|answer| answer.values.chunks_exact(answer.shape[1]));
    let point = |(columns, rows): (&[f32], &[f32])| {
        let [(x, first), (y, second)] = [largest(columns), largest(rows)];
        KeyPoint {
            x: frame.place(0, x as f64 / by.split) as f32,
            y: frame.place(1, y as f64 / by.split) as f32,
            score: by.score.of(first, second),
        }
    };
    let points = across.zip(down).map(point).collect();
    Some(Pose { points })
}

/// How many bones join two points that are seen, and the mean score of all points.
pub fn numbers(pose: &Pose, by: &SimCc) -> [f64; 2] {
    let threshold = by.threshold as f32;
    let seen = |i: u16| {
        let point = pose.points.get(usize::from(i));
        point.is_some_and(|point| point.score > threshold)
    };
    let bones = COCO_BONES.iter().filter(|(a, b)| seen(*a) && seen(*b));
    let scores = pose.points.iter().map(|point| f64::from(point.score));
    let mean = scores.sum::<f64>() / pose.points.len() as f64;
    [bones.count() as f64, mean]
}

impl Frame {
    /// From pixels of the tensor along one side to pixels of the picture.
    fn place(&self, side: usize, at: f64) -> f64 {
        let picture = [self.picture.0, self.picture.1].map(f64::from);
        let (length, box_length) = (f64::from(self.size[side]), self.sides[side]);
        at / length * box_length + picture[side] / 2.0 - box_length / 2.0
    }
}

impl PointScore {
    fn of(self, across: f32, down: f32) -> f32 {
        match self {
            Self::Max => across.max(down),
            Self::Min => across.min(down),
            Self::Mean => f32::midpoint(across, down),
        }
    }
}

/// The place and value of the largest number, the first of equals.
fn largest(row: &[f32]) -> (usize, f32) {
    let start = (0, f32::NEG_INFINITY);
    row.iter().enumerate().fold(
        start,
        |best, (i, &value)| {
            if value > best.1 { (i, value) } else { best }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY: SimCc = SimCc {
        split: 2.0,
        score: PointScore::Max,
        threshold: 0.3,
    };

    fn frame() -> Frame {
        Frame {
            size: [4, 2],
            picture: (80, 60),
            sides: [100.0, 75.0],
        }
    }

    fn answer<'a>(shape: &'a [usize], values: &'a [f32]) -> Answer<'a> {
        Answer { shape, values }
    }

    #[test]
    fn points_lie_where_the_shares_are_largest() {
        // Two points over 8 columns and 4 rows.
        let mut across = [0.0; 16];
        (across[2], across[8 + 7]) = (0.5, 0.25);
        let down = [0.1, 0.4, 0.4, 0.1, 0.0, 0.0, 0.0, 0.75];
        let read = |score| {
            let answers = [&answer(&[2, 8], &across), &answer(&[2, 4], &down)];
            pose(answers, &SimCc { score, ..BY }, &frame()).unwrap()
        };
        let found = read(PointScore::Max);
        // Column 2 of 8 is pixel 1 of 4: a quarter of 100 pixels that begin 10 left of the picture.
        assert_eq!((found.points[0].x, found.points[0].y), (15.0, 11.25));
        assert_eq!((found.points[1].x, found.points[1].y), (77.5, 48.75));
        let scores = |score| [0, 1].map(|i| read(score).points[i].score);
        assert_eq!(scores(PointScore::Max), [0.5, 0.75]);
        assert_eq!(scores(PointScore::Min), [0.4, 0.25]);
        assert_eq!(scores(PointScore::Mean), [0.45, 0.5]);
    }

    #[test]
    fn bones_join_points_that_are_both_seen() {
        let point = |score| KeyPoint {
            x: 0.0,
            y: 0.0,
            score,
        };
        let all = |n| Pose {
            points: vec![point(0.5); n],
        };
        assert_eq!(numbers(&all(17), &BY), [19.0, 0.5]);
        assert_eq!(numbers(&all(26), &BY), [25.0, 0.5]);
        assert_eq!(numbers(&all(133), &BY), [65.0, 0.5]);
        let mut one = all(17);
        one.points[0].score = 0.3;
        // The nose has two bones; 0.3 itself is not above.
        assert_eq!(numbers(&one, &BY)[0], 17.0);
        assert_eq!(numbers(&all(1), &BY), [0.0, 0.5]);
    }

    #[test]
    fn answers_of_other_shapes_have_no_pose() {
        let values = [0.0; 8];
        for (across, down) in [
            (&[2, 4][..], &[1, 8][..]),
            (&[8], &[8]),
            (&[1, 2, 4], &[2, 4]),
            (&[2, 5], &[2, 4]),
            (&[0, 4], &[0, 4]),
            (&[2, 0], &[2, 4]),
            (&[2, usize::MAX], &[2, 4]),
        ] {
            let answers = [&answer(across, &values), &answer(down, &values)];
            assert_eq!(pose(answers, &BY, &frame()), None, "{across:?} {down:?}");
        }
    }
}
