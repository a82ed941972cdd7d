//! What a scorer found, drawn over its picture.
//!
//! Must not know: files, scorers.

use crate::domain::detail::{COCO_BONES, Detail, KeyPoint, Map, Pose};
use crate::domain::picture::Rgb;
use crate::zoo::manifest::Colours;

/// Share of a map over its picture, as IC9600's demonstration.
const OPACITY: f32 = 0.8;
/// Points less sure are not drawn: procslib's bound for a bone.
const SURE: f32 = 0.3;
/// Thickness of a bone, as a share of the picture's longer side.
const THICKNESS: f32 = 1.0 / 200.0;
/// Colour of bones, and of points.
const BONE: [u8; 3] = [80, 220, 130];
const POINT: [u8; 3] = [250, 90, 60];
/// The scale of heat maps, from the lowest level to the highest in equal steps.
const HEAT: [[f32; 3]; 6] = [
    [2.0, 2.0, 10.0],
    [60.0, 15.0, 110.0],
    [150.0, 45.0, 125.0],
    [225.0, 80.0, 95.0],
    [252.0, 150.0, 105.0],
    [252.0, 250.0, 190.0],
];

/// Draws a detail over its upright picture; false for tags, which have no place.
pub(crate) fn draw(picture: &mut Rgb, detail: &Detail, colours: Colours) -> bool {
    match detail {
        Detail::Map(map) => lay(picture, map, colours),
        Detail::Pose(pose) => skeleton(picture, pose),
        Detail::Tags(_) => return false,
    }
    true
}

fn lay(picture: &mut Rgb, map: &Map, colours: Colours) {
    if !map.is_sound() {
        return;
    }
    let (width, height) = (picture.width, picture.height);
    let across: Vec<Between> = (0..width)
        .map(|x| Between::of(x, width, map.width))
        .collect();
    let rows = picture.data.chunks_exact_mut(width as usize * 3);
    for (y, row) in (0..height).zip(rows) {
        let down = Between::of(y, height, map.height);
        for (x, pixel) in across.iter().zip(row.as_chunks_mut::<3>().0) {
            let line = |at: usize| {
                let line = &map.levels[at * map.width as usize..];
                x.mix(f32::from(line[x.first]), f32::from(line[x.second]))
            };
            let level = down.mix(line(down.first), line(down.second)) / 255.0;
            let over = colour(level, colours);
            for (channel, over) in pixel.iter_mut().zip(over) {
                let mixed = f32::from(*channel) * (1.0 - OPACITY) + over * OPACITY;
                *channel = mixed.round() as u8;
            }
        }
    }
}

/// Two neighbours in a line of cells, and the share of the second.
struct Between {
    first: usize,
    second: usize,
    share: f32,
}

impl Between {
    /// The cells around the middle of pixel `x` of `n`, on a grid of `cells` over the same length.
    fn of(x: u32, n: u32, cells: u32) -> Self {
        let last = cells.saturating_sub(1) as f32;
        let at = (x as f32 + 0.5) * cells as f32 / n as f32 - 0.5;
        let at = at.clamp(0.0, last);
        let first = at as usize;
        Self {
            first,
            second: (first + 1).min(last as usize),
            share: at - first as f32,
        }
    }

    fn mix(&self, first: f32, second: f32) -> f32 {
        first * (1.0 - self.share) + second * self.share
    }
}

/// The colour of a level of 0–1.
fn colour(level: f32, colours: Colours) -> [f32; 3] {
    if colours == Colours::Grey {
        return [level * 255.0; 3];
    }
    let steps = HEAT.len() - 1;
    let at = level.clamp(0.0, 1.0) * steps as f32;
    let step = (at as usize).min(steps - 1);
    let share = at - step as f32;
    std::array::from_fn(|i| HEAT[step][i] * (1.0 - share) + HEAT[step + 1][i] * share)
}

fn skeleton(picture: &mut Rgb, pose: &Pose) {
    let radius = (picture.width.max(picture.height) as f32 * THICKNESS / 2.0).max(1.0);
    let sure = |i: u16| pose.points.get(usize::from(i)).filter(|p| p.score > SURE);
    for &(a, b) in COCO_BONES {
        if let (Some(a), Some(b)) = (sure(a), sure(b)) {
            stroke(picture, a, b, radius, BONE);
        }
    }
    for point in pose.points.iter().filter(|point| point.score > SURE) {
        stroke(picture, point, point, radius * 2.0, POINT);
    }
}

/// A line with round ends; a disc where both ends are one.
fn stroke(picture: &mut Rgb, a: &KeyPoint, b: &KeyPoint, radius: f32, colour: [u8; 3]) {
    let (width, height) = (picture.width, picture.height);
    let span = |a: f32, b: f32, n: u32| {
        let [from, to] = [a.min(b) - radius, a.max(b) + radius].map(|v| v.clamp(0.0, n as f32));
        from as u32..to.ceil() as u32
    };
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let squared = dx * dx + dy * dy;
    for y in span(a.y, b.y, height) {
        for x in span(a.x, b.x, width) {
            let (px, py) = (x as f32 - a.x, y as f32 - a.y);
            let along = if squared > 0.0 {
                ((px * dx + py * dy) / squared).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let (ox, oy) = (px - along * dx, py - along * dy);
            if ox * ox + oy * oy <= radius * radius {
                let at = (y as usize * width as usize + x as usize) * 3;
                picture.data[at..at + 3].copy_from_slice(&colour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(width: u32, height: u32) -> Rgb {
        Rgb {
            width,
            height,
            data: vec![100; (width * height * 3) as usize],
        }
    }

    fn pixel(picture: &Rgb, x: u32, y: u32) -> [u8; 3] {
        let at = ((y * picture.width + x) * 3) as usize;
        picture.data[at..at + 3].try_into().unwrap()
    }

    #[test]
    fn a_map_lies_over_the_whole_picture() {
        let map = |levels: &[u8]| {
            Detail::Map(Map {
                width: 2,
                height: 1,
                low: 0.0,
                high: 1.0,
                levels: levels.to_vec(),
            })
        };
        let mut picture = grey(8, 4);
        assert!(draw(&mut picture, &map(&[0, 255]), Colours::Grey));
        // A fifth of 100, and four fifths of the level; between the cells the levels are mixed.
        assert_eq!(pixel(&picture, 0, 0), [20; 3]);
        assert_eq!(pixel(&picture, 7, 3), [224; 3]);
        let line: Vec<u8> = (0..8).map(|x| pixel(&picture, x, 2)[0]).collect();
        assert!(
            line.is_sorted() && line[3] > 20 && line[4] < 224,
            "{line:?}"
        );
        let mut picture = grey(8, 4);
        draw(&mut picture, &map(&[0, 255]), Colours::Heat);
        assert_eq!(pixel(&picture, 0, 0), [22, 22, 28]);
        assert_eq!(pixel(&picture, 7, 0), [222, 220, 172]);
        let mut picture = grey(8, 4);
        draw(&mut picture, &map(&[0]), Colours::Heat);
        assert_eq!(picture, grey(8, 4), "levels are missing");
    }

    #[test]
    fn bones_join_sure_points() {
        let point = |x, y, score| KeyPoint { x, y, score };
        // Left and right shoulder are joined; the hips are not sure.
        let mut points = vec![point(0.0, 0.0, 0.0); 17];
        points[5] = point(10.0, 20.0, 0.9);
        points[6] = point(80.0, 20.0, 0.9);
        points[11] = point(10.0, 60.0, 0.3);
        // Far outside: clipped, whatever the number.
        points[0] = point(-1e30, f32::MAX, 0.9);
        let mut picture = grey(100, 80);
        assert!(draw(
            &mut picture,
            &Detail::Pose(Pose { points }),
            Colours::Heat
        ));
        assert_eq!(pixel(&picture, 45, 20), BONE);
        assert_eq!(pixel(&picture, 80, 20), POINT);
        assert_eq!(pixel(&picture, 10, 40), [100; 3]);
        assert_eq!(pixel(&picture, 45, 30), [100; 3]);
    }

    #[test]
    fn tags_have_no_place() {
        let mut picture = grey(2, 2);
        assert!(!draw(
            &mut picture,
            &Detail::Tags(Vec::new()),
            Colours::Heat
        ));
        assert_eq!(picture, grey(2, 2));
    }
}
