//! A detail as bytes: its kind, then its numbers with their low bytes first.
//!
//! Must not know: tables.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::domain::detail::{Detail, KeyPoint, Map, Pose, TagKind, TagShare};
use crate::store::Result;

const MAP: u8 = 1;
const POSE: u8 = 2;
const TAGS: u8 = 3;

/// Kinds of tags by their numbers.
const KINDS: [TagKind; 3] = [TagKind::Rating, TagKind::Character, TagKind::General];

/// The bytes of a detail; `tag_id` gives the number that stands for a tag.
pub(super) fn encode(
    detail: &Detail,
    tag_id: &mut dyn FnMut(&str) -> Result<u32>,
) -> Result<Vec<u8>> {
    match detail {
        Detail::Map(map) => encode_map(map),
        Detail::Pose(pose) => {
            let point = |p: &KeyPoint| [p.x, p.y, p.score].map(f32::to_le_bytes).concat();
            let points = pose.points.iter().flat_map(point);
            Ok(std::iter::once(POSE).chain(points).collect())
        }
        Detail::Tags(tags) => {
            let mut out = vec![TAGS];
            for tag in tags {
                out.extend(tag_id(&tag.tag)?.to_le_bytes());
                let kind = KINDS.iter().position(|kind| *kind == tag.kind);
                out.push(kind.unwrap_or_default() as u8);
                out.extend(tag.share.to_le_bytes());
            }
            Ok(out)
        }
    }
}

/// The detail of these bytes; none if they are not whole, or a value can't be meant. `tag_name`
/// gives the tag that a number stands for.
pub(super) fn decode(bytes: &[u8], tag_name: &dyn Fn(u32) -> Option<Arc<str>>) -> Option<Detail> {
    let (&kind, rest) = bytes.split_first()?;
    match kind {
        MAP => decode_map(rest).map(Detail::Map),
        POSE => decode_pose(rest).map(Detail::Pose),
        TAGS => decode_tags(rest, tag_name).map(Detail::Tags),
        _ => None,
    }
}

/// Levels are deflated: those of neighbours are alike.
fn encode_map(map: &Map) -> Result<Vec<u8>> {
    let mut out = vec![MAP];
    out.extend((map.width as u16).to_le_bytes());
    out.extend((map.height as u16).to_le_bytes());
    out.extend(map.low.to_le_bytes());
    out.extend(map.high.to_le_bytes());
    let mut packed = ZlibEncoder::new(out, Compression::default());
    packed.write_all(&map.levels)?;
    Ok(packed.finish()?)
}

fn decode_map(bytes: &[u8]) -> Option<Map> {
    let (width, rest) = bytes.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let (low, rest) = rest.split_first_chunk()?;
    let (high, packed) = rest.split_first_chunk()?;
    // One more than any map has, so that what is too long is seen without being unpacked.
    let most = u64::from(Map::MAX_SIDE * Map::MAX_SIDE) + 1;
    let mut levels = Vec::new();
    ZlibDecoder::new(packed)
        .take(most)
        .read_to_end(&mut levels)
        .ok()?;
    let map = Map {
        width: u16::from_le_bytes(*width).into(),
        height: u16::from_le_bytes(*height).into(),
        low: f32::from_le_bytes(*low),
        high: f32::from_le_bytes(*high),
        levels,
    };
    map.is_sound().then_some(map)
}

fn decode_pose(bytes: &[u8]) -> Option<Pose> {
    let (points, []) = bytes.as_chunks::<12>() else {
        return None;
    };
    let point = |bytes: &[u8; 12]| {
        let (x, rest) = bytes.split_first_chunk()?;
        let (y, rest) = rest.split_first_chunk()?;
        let (score, _) = rest.split_first_chunk()?;
        let [x, y, score] = [x, y, score].map(|bytes| f32::from_le_bytes(*bytes));
        let finite = x.is_finite() && y.is_finite() && score.is_finite();
        finite.then_some(KeyPoint { x, y, score })
    };
    let points = points.iter().map(point).collect::<Option<_>>()?;
    Some(Pose { points })
}

fn decode_tags(bytes: &[u8], tag_name: &dyn Fn(u32) -> Option<Arc<str>>) -> Option<Vec<TagShare>> {
    let (tags, []) = bytes.as_chunks::<9>() else {
        return None;
    };
    let tag = |bytes: &[u8; 9]| {
        let (id, rest) = bytes.split_first_chunk()?;
        let (&kind, rest) = rest.split_first()?;
        let (share, _) = rest.split_first_chunk()?;
        let share = f32::from_le_bytes(*share);
        share.is_finite().then_some(())?;
        Some(TagShare {
            tag: tag_name(u32::from_le_bytes(*id))?,
            kind: *KINDS.get(usize::from(kind))?,
            share,
        })
    };
    tags.iter().map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(detail: &Detail) -> Vec<u8> {
        encode(detail, &mut |tag| Ok(tag.len() as u32)).unwrap()
    }

    fn name(id: u32) -> Option<Arc<str>> {
        (id < 9).then(|| "x".repeat(id as usize).into())
    }

    fn map() -> Detail {
        Detail::Map(Map {
            width: 128,
            height: 3,
            low: -1.5,
            high: 4.0,
            levels: (0..384).map(|i| (i / 7) as u8).collect(),
        })
    }

    fn all() -> [Detail; 3] {
        let point = |x| KeyPoint {
            x,
            y: -3.25,
            score: 0.5,
        };
        let tag = |name: &str, kind| TagShare {
            tag: name.into(),
            kind,
            share: 0.75,
        };
        let tags = vec![tag("xxx", TagKind::Character), tag("x", TagKind::General)];
        let points = vec![point(1.0), point(-2.0)];
        [map(), Detail::Pose(Pose { points }), Detail::Tags(tags)]
    }

    #[test]
    fn details_are_read_as_they_were_written() {
        for detail in all() {
            assert_eq!(decode(&packed(&detail), &name), Some(detail));
        }
        assert!(packed(&map()).len() < 150, "levels of neighbours are alike");
    }

    #[test]
    fn what_is_cut_off_changed_or_unknown_is_no_detail() {
        for detail in all() {
            let bytes = packed(&detail);
            for end in 0..bytes.len() {
                let cut = decode(&bytes[..end], &name);
                assert_ne!(cut.as_ref(), Some(&detail), "{end} of {}", bytes.len());
            }
            for i in 0..bytes.len() {
                for bit in 0..8 {
                    let mut bytes = bytes.clone();
                    bytes[i] ^= 1 << bit;
                    if let Some(Detail::Map(map)) = decode(&bytes, &name) {
                        assert!(map.is_sound());
                    }
                }
            }
        }
        assert_eq!(decode(&[], &name), None);
        assert_eq!(decode(&[9, 0, 0], &name), None);
        assert_eq!(decode(&packed(&all()[2]), &|_| None), None);
    }

    #[test]
    fn levels_that_unpack_to_more_than_a_map_are_not_unpacked() {
        let mut bytes = vec![MAP];
        bytes.extend([128, 0, 128, 0]);
        bytes.extend([0; 8]);
        let mut bomb = ZlibEncoder::new(bytes, Compression::best());
        bomb.write_all(&vec![0; 64 << 20]).unwrap();
        let bytes = bomb.finish().unwrap();
        let memory = allocation_counter::measure(|| assert_eq!(decode(&bytes, &name), None));
        assert!(memory.bytes_max < 1 << 20, "{} bytes", memory.bytes_max);
    }
}
