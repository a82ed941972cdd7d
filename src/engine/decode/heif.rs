//! The properties of an AVIF file's main picture that its AV1 data don't hold.

use crate::domain::picture::Orientation;

/// Orientation and colour of the primary item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Properties {
    /// Quarter turns counter-clockwise, before the mirror.
    turns: u8,
    mirror: Option<Mirror>,
    /// H.273 matrix and whether the range is full: wins over what the AV1 data say.
    pub(super) colour: Option<(u32, bool)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mirror {
    TopBottom,
    LeftRight,
}

impl Properties {
    /// `irot` then `imir` as one EXIF orientation. EXIF itself counts for nothing in AVIF.
    pub(super) fn orientation(self) -> Orientation {
        match (self.turns, self.mirror) {
            (0, None) => Orientation::Upright,
            (1, None) => Orientation::Rotate270,
            (2, None) => Orientation::Rotate180,
            (3, None) => Orientation::Rotate90,
            (0, Some(Mirror::LeftRight)) | (2, Some(Mirror::TopBottom)) => Orientation::FlipX,
            (0, Some(Mirror::TopBottom)) | (2, Some(Mirror::LeftRight)) => Orientation::FlipY,
            (1, Some(Mirror::TopBottom)) | (3, Some(Mirror::LeftRight)) => Orientation::Transpose,
            _ => Orientation::Transverse,
        }
    }
}

/// What the boxes say; whatever is missing or broken keeps its default.
pub(super) fn properties(file: &[u8]) -> Properties {
    read(file).unwrap_or_default()
}

fn read(file: &[u8]) -> Option<Properties> {
    let meta = find(file, b"meta")?.get(4..)?;
    let primary = primary(find(meta, b"pitm")?)?;
    let iprp = find(meta, b"iprp")?;
    let boxes: Vec<_> = boxes(find(iprp, b"ipco")?).collect();
    let mut found = Properties::default();
    for index in associated(find(iprp, b"ipma")?, primary)? {
        let Some((name, body)) = index.checked_sub(1).and_then(|i| boxes.get(i)) else {
            continue;
        };
        match (*name, *body) {
            (b"irot", [angle, ..]) => found.turns = angle & 3,
            (b"imir", [axis, ..]) => {
                let left_right = axis & 1 == 1;
                found.mirror = Some(if left_right {
                    Mirror::LeftRight
                } else {
                    Mirror::TopBottom
                });
            }
            (b"colr", body) if body.starts_with(b"nclx") => found.colour = colour(body),
            _ => {}
        }
    }
    Some(found)
}

/// `nclx`, primaries, transfer, matrix, range.
fn colour(body: &[u8]) -> Option<(u32, bool)> {
    let matrix = u32::from(be16(body.get(8..10)?)?);
    Some((matrix, body.get(10)? & 0x80 != 0))
}

fn primary(pitm: &[u8]) -> Option<u32> {
    match pitm.first()? {
        0 => Some(u32::from(be16(pitm.get(4..6)?)?)),
        _ => be32(pitm.get(4..8)?),
    }
}

/// The property numbers (from 1) of that item.
fn associated(ipma: &[u8], item: u32) -> Option<Vec<usize>> {
    let wide_ids = *ipma.first()? > 0;
    let wide_numbers = *ipma.get(3)? & 1 == 1;
    let count = be32(ipma.get(4..8)?)?;
    let mut rest = ipma.get(8..)?;
    for _ in 0..count {
        let id_length = if wide_ids { 4 } else { 2 };
        let (id, after) = rest.split_at_checked(id_length)?;
        let id = if wide_ids {
            be32(id)?
        } else {
            u32::from(be16(id)?)
        };
        let (numbers, after) = after.split_first()?;
        let step = if wide_numbers { 2 } else { 1 };
        let (numbers, after) = after.split_at_checked(usize::from(*numbers) * step)?;
        if id == item {
            return Some(numbers.chunks_exact(step).map(number).collect());
        }
        rest = after;
    }
    None
}

/// The top bit says whether the property is essential.
fn number(bytes: &[u8]) -> usize {
    match bytes {
        [high, low] => usize::from(high & 0x7f) << 8 | usize::from(*low),
        [one] => usize::from(one & 0x7f),
        _ => 0,
    }
}

fn find<'a>(data: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    boxes(data)
        .find(|(n, _)| n.as_slice() == name)
        .map(|(_, body)| body)
}

/// The boxes of a container: name and body.
fn boxes(mut data: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let name = data.get(4..8)?.first_chunk::<4>()?;
        let (head, size) = match be32(data.get(..4)?)? {
            0 => (8, data.len()),
            1 => (
                16,
                usize::try_from(u64::from(be32(data.get(12..16)?)?)).ok()?,
            ),
            size => (8, size as usize),
        };
        let body = data.get(head..size)?;
        data = data.get(size..)?;
        Some((name, body))
    })
}

fn be16(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.try_into().ok()?))
}

fn be32(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8], body: &[u8]) -> Vec<u8> {
        let mut out = (body.len() as u32 + 8).to_be_bytes().to_vec();
        out.extend(name);
        out.extend(body);
        out
    }

    /// A file whose item 1 has the given properties.
    fn file(properties: &[Vec<u8>]) -> Vec<u8> {
        let mut ipma = vec![0, 0, 0, 0, 0, 0, 0, 1, 0, 1, properties.len() as u8];
        ipma.extend((1..=properties.len()).map(|i| 0x80 | i as u8));
        let iprp = [boxed(b"ipco", &properties.concat()), boxed(b"ipma", &ipma)].concat();
        let meta = [
            vec![0; 4],
            boxed(b"pitm", &[0, 0, 0, 0, 0, 1]),
            boxed(b"iprp", &iprp),
        ]
        .concat();
        [boxed(b"ftyp", b"avif"), boxed(b"meta", &meta)].concat()
    }

    #[test]
    fn turns_and_mirrors_combine() {
        let cases = [
            (None, None, 1),
            (Some(1), None, 8),
            (Some(2), None, 3),
            (Some(3), None, 6),
            (None, Some(0), 4),
            (None, Some(1), 2),
            (Some(1), Some(0), 5),
            (Some(1), Some(1), 7),
            (Some(2), Some(0), 2),
            (Some(2), Some(1), 4),
            (Some(3), Some(0), 7),
            (Some(3), Some(1), 5),
        ];
        for (irot, imir, exif) in cases {
            let mut list = Vec::new();
            list.extend(irot.map(|angle| boxed(b"irot", &[angle])));
            list.extend(imir.map(|axis| boxed(b"imir", &[axis])));
            let found = properties(&file(&list)).orientation();
            assert_eq!(found, Orientation::from_exif(exif), "{irot:?} {imir:?}");
        }
    }

    #[test]
    fn colour_comes_from_the_container() {
        let nclx = boxed(b"colr", b"nclx\0\x01\0\x0d\0\x06\x80");
        assert_eq!(properties(&file(&[nclx])).colour, Some((6, true)));
    }

    #[test]
    fn every_cut_is_harmless() {
        let whole = file(&[boxed(b"irot", &[1]), boxed(b"colr", b"nclx")]);
        for end in 0..whole.len() {
            properties(&whole[..end]);
        }
        assert_eq!(properties(&[0xff; 64]), Properties::default());
    }
}
