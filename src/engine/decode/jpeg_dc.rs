//! An eighth of a baseline JPEG from its DC coefficients alone: the mean of each 8×8 block.
//!
//! Only for the JPEGs that cameras write (one Huffman-coded sequential scan of 8-bit grey or
//! YCbCr), and only where nothing is odd: everything else is left to mozjpeg, errors included.
//! Its 1/8 scale decodes every coefficient; here AC codes are skipped, several at a lookup. Chroma
//! has one sample a chroma block, where mozjpeg takes four of a block of 4:2:0.
//! Formats and formulas: ITU-T T.81 (B for the markers, F.2 for the codes), T.871 for colours.
//!
//! Must not know: thumbnails, mozjpeg.

mod bits;
#[cfg(test)]
mod tests;

use super::Limits;
use super::pixels::{self, Pixels};
use bits::{Huffman, Scan};

/// One colour channel as the headers describe it.
#[derive(Clone, Copy, Default)]
struct Component {
    id: u8,
    /// Blocks of one MCU, across and down.
    blocks: (usize, usize),
    quant: usize,
    dc: usize,
    ac: usize,
}

/// All that comes before the scan's data.
#[derive(Default)]
pub(super) struct Header<'a> {
    size: (u32, u32),
    components: Vec<Component>,
    /// Quantisers of the DC coefficient.
    quants: [Option<i32>; 4],
    dc: [Option<&'a [u8]>; 4],
    ac: [Option<&'a [u8]>; 4],
    /// MCUs between restart markers; 0 for none.
    interval: usize,
    jfif: bool,
    /// The colour transform of Adobe's marker.
    adobe: Option<u8>,
    data: &'a [u8],
}

impl<'a> Header<'a> {
    /// None for every JPEG that is left to mozjpeg.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut header = Self::default();
        let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
        loop {
            let (mark, behind) = rest.split_first_chunk::<2>()?;
            if mark[0] != 0xff {
                return None;
            }
            if mark[1] == 0xff {
                rest = &rest[1..];
                continue;
            }
            let length = usize::from(u16::from_be_bytes(*behind.first_chunk()?));
            let body = behind.get(2..length)?;
            rest = &behind[length..];
            match mark[1] {
                0xc0 | 0xc1 => header.frame(body)?,
                0xc4 => header.tables(body)?,
                0xdb => header.quantisers(body)?,
                0xdd => header.interval = usize::from(u16::from_be_bytes(body.try_into().ok()?)),
                0xda => {
                    header.scan(body)?;
                    header.data = rest;
                    return header.is_usual().then_some(header);
                }
                0xe0..=0xef => header.application(mark[1], body),
                0xfe => {}
                _ => return None,
            }
        }
    }

    /// Width and height as stored.
    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    fn frame(&mut self, body: &[u8]) -> Option<()> {
        let (&[precision, y1, y0, x1, x0, count], rest) = body.split_first_chunk::<6>()?;
        if precision != 8 || !self.components.is_empty() || rest.len() != usize::from(count) * 3 {
            return None;
        }
        self.size = (
            u32::from(u16::from_be_bytes([x1, x0])),
            u32::from(u16::from_be_bytes([y1, y0])),
        );
        let components = rest.chunks_exact(3).map(|part| Component {
            id: part[0],
            blocks: (usize::from(part[1] >> 4), usize::from(part[1] & 15)),
            quant: usize::from(part[2]),
            ..Component::default()
        });
        self.components = components.collect();
        Some(())
    }

    fn tables(&mut self, mut body: &'a [u8]) -> Option<()> {
        while let Some((&[place], rest)) = body.split_first_chunk::<1>() {
            let counts = rest.get(..16)?;
            let length = 16 + counts.iter().copied().map(usize::from).sum::<usize>();
            let set = match place >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *set.get_mut(usize::from(place & 15))? = Some(rest.get(..length)?);
            body = &rest[length..];
        }
        Some(())
    }

    fn quantisers(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&[place, first, second], _)) = body.split_first_chunk::<3>() {
            let (value, length) = match place >> 4 {
                0 => (i32::from(first), 64),
                1 => (i32::from(u16::from_be_bytes([first, second])), 128),
                _ => return None,
            };
            *self.quants.get_mut(usize::from(place & 15))? = Some(value);
            body = body.get(1 + length..)?;
        }
        body.is_empty().then_some(())
    }

    fn application(&mut self, marker: u8, body: &[u8]) {
        if marker == 0xe0 && body.len() >= 14 && body.starts_with(b"JFIF\0") {
            self.jfif = true;
        }
        if marker == 0xee && body.len() >= 12 && body.starts_with(b"Adobe") {
            self.adobe = Some(body[11]);
        }
    }

    /// All components, in the frame's order, with all coefficients at once.
    fn scan(&mut self, body: &[u8]) -> Option<()> {
        let (count, rest) = body.split_first()?;
        let (parts, spectrum) = rest.split_at_checked(usize::from(*count) * 2)?;
        if spectrum != [0, 63, 0] || usize::from(*count) != self.components.len() {
            return None;
        }
        for (component, part) in self.components.iter_mut().zip(parts.chunks_exact(2)) {
            if component.id != part[0] {
                return None;
            }
            (component.dc, component.ac) = (usize::from(part[1] >> 4), usize::from(part[1] & 15));
        }
        Some(())
    }

    /// Grey, or YCbCr with luma sampled once or twice as finely as chroma.
    fn is_usual(&mut self) -> bool {
        match self.components.as_mut_slice() {
            [grey] => {
                grey.blocks = (1, 1);
                true
            }
            [luma, blue, red] => {
                let named = self.jfif || [luma.id, blue.id, red.id] == [1, 2, 3];
                self.adobe.map_or(named, |transform| transform == 1)
                    && (1..=2).contains(&luma.blocks.0)
                    && (1..=2).contains(&luma.blocks.1)
                    && blue.blocks == (1, 1)
                    && red.blocks == (1, 1)
            }
            _ => false,
        }
    }

    /// The picture at an eighth of its size, rounded up.
    pub(super) fn eighth(&self, limits: &Limits) -> Option<Pixels> {
        limits.check("JPEG", self.size, 4).ok()?;
        let side = |v: u32| v.div_ceil(8) as usize;
        let (width, height) = (side(self.size.0), side(self.size.1));
        let planes = self.means((width, height))?;
        let data = match planes.as_slice() {
            [grey] => {
                let rows = grey.data.chunks_exact(grey.width).take(height);
                pixels::from_grey(
                    &rows
                        .flat_map(|row| &row[..width])
                        .copied()
                        .collect::<Vec<_>>(),
                )
            }
            [luma, blue, red] => colours([luma, blue, red], (width, height), self.subsampling()),
            _ => return None,
        };
        Some(Pixels::rgb((width as u32, height as u32), data))
    }

    fn subsampling(&self) -> (usize, usize) {
        self.components.first().map_or((1, 1), |luma| luma.blocks)
    }

    /// The means of all blocks of each component.
    fn means(&self, (width, height): (usize, usize)) -> Option<Vec<Plane>> {
        let (across, down) = self.subsampling();
        let mcus = (width.div_ceil(across), height.div_ceil(down));
        let count = mcus.0 * mcus.1;
        let interval = if self.interval == 0 {
            count
        } else {
            self.interval
        };
        let scan = Scan::new(self.data, count.div_ceil(interval))?;
        let blocks: usize = self
            .components
            .iter()
            .map(|c| c.blocks.0 * c.blocks.1)
            .sum();
        // Each block takes two codes of at least one bit: a small file can't ask for much memory.
        if count * blocks * 2 > scan.len() * 8 {
            return None;
        }
        let mut planes: Vec<Plane> = Vec::new();
        for component in &self.components {
            planes.push(Plane::new(component, mcus));
        }
        self.fill(&scan, (mcus.0, interval), &mut planes)?;
        Some(planes)
    }

    fn fill(
        &self,
        scan: &Scan,
        (across, interval): (usize, usize),
        planes: &mut [Plane],
    ) -> Option<()> {
        let (dc, ac) = (self.huffman(&self.dc)?, self.huffman(&self.ac)?);
        let mut coders = Vec::new();
        for component in &self.components {
            coders.push(Coder {
                dc: dc.get(component.dc)?.as_ref()?,
                ac: ac.get(component.ac)?.as_ref()?,
                quant: (*self.quants.get(component.quant)?)?,
                blocks: component.blocks,
            });
        }
        let down = planes.first().map_or(0, |plane| plane.rows) / coders.first()?.blocks.1;
        let (mut bits, mut ends) = scan.read();
        let mut last = [0_i32; 3];
        let mut until = interval;
        for (row, column) in (0..down).flat_map(|row| (0..across).map(move |column| (row, column)))
        {
            if until == 0 {
                bits.restart(ends.next()?)?;
                (last, until) = ([0; 3], interval);
            }
            until -= 1;
            for ((coder, plane), last) in coders.iter().zip(&mut *planes).zip(&mut last) {
                for y in 0..coder.blocks.1 {
                    let start = (row * coder.blocks.1 + y) * plane.width + column * coder.blocks.0;
                    for mean in plane.data.get_mut(start..start + coder.blocks.0)? {
                        *last += bits.block(coder.dc, coder.ac)?;
                        *mean = coder.mean(*last)?;
                    }
                }
            }
        }
        bits.restart(ends.next()?)
    }

    /// The tables that this scan uses.
    fn huffman(&self, tables: &[Option<&[u8]>; 4]) -> Option<[Option<Huffman>; 4]> {
        let skips = std::ptr::eq(tables, &raw const self.ac);
        let mut out = [const { None }; 4];
        for component in &self.components {
            let place = if skips { component.ac } else { component.dc };
            let slot = out.get_mut(place)?;
            if slot.is_none() {
                let (counts, symbols) = (*tables.get(place)?)?.split_first_chunk::<16>()?;
                let mut table = Huffman::new(counts, symbols)?;
                if skips {
                    table.prepare_skips();
                }
                *slot = Some(table);
            }
        }
        Some(out)
    }
}

/// What turns bits into the means of one component.
struct Coder<'a> {
    dc: &'a Huffman,
    ac: &'a Huffman,
    quant: i32,
    blocks: (usize, usize),
}

impl Coder<'_> {
    /// Of a block with that DC coefficient; none outside of what a coefficient can be.
    #[inline]
    fn mean(&self, dc: i32) -> Option<u8> {
        let dc = i32::from(i16::try_from(dc).ok()?);
        let mean = (dc.wrapping_mul(self.quant).wrapping_add(4) >> 3).saturating_add(128);
        Some(mean.clamp(0, 255) as u8)
    }
}

/// One byte a block, whole MCUs.
struct Plane {
    width: usize,
    rows: usize,
    data: Vec<u8>,
}

impl Plane {
    fn new(component: &Component, mcus: (usize, usize)) -> Self {
        let (width, rows) = (mcus.0 * component.blocks.0, mcus.1 * component.blocks.1);
        Self {
            width,
            rows,
            data: vec![0; width * rows],
        }
    }

    fn row(&self, y: usize) -> &[u8] {
        &self.data[y * self.width..][..self.width]
    }
}

/// RGB of three planes, the latter two of which are coarser by those factors.
fn colours(
    [luma, blue, red]: [&Plane; 3],
    (width, height): (usize, usize),
    (across, down): (usize, usize),
) -> Vec<u8> {
    let mut out = vec![0; width * height * 3];
    let (mut blues, mut reds) = (vec![0; width], vec![0; width]);
    for (y, pixels) in out.chunks_exact_mut(width * 3).enumerate() {
        // Samples behind the picture's edge are the encoder's filling.
        let size = (width.div_ceil(across), height.div_ceil(down));
        stretch(blue, (y, down, across), size, &mut blues);
        stretch(red, (y, down, across), size, &mut reds);
        let chroma = blues.iter().zip(&reds);
        for ((pixel, luma), (blue, red)) in pixels.chunks_exact_mut(3).zip(luma.row(y)).zip(chroma)
        {
            pixel.copy_from_slice(&rgb(*luma, *blue, *red));
        }
    }
    out
}

/// One row of a plane in full size: 3/4 of the nearest sample and 1/4 of the next along each
/// subsampled axis, in sixteenths.
fn stretch(
    plane: &Plane,
    (y, down, across): (usize, usize, usize),
    (width, height): (usize, usize),
    out: &mut [i32],
) {
    let (near, far) = neighbours(y, down, height);
    let (near, far) = (plane.row(near), plane.row(far));
    for (x, value) in out.iter_mut().enumerate() {
        let (left, right) = neighbours(x, across, width);
        let column = |x: usize| 3 * i32::from(near[x]) + i32::from(far[x]);
        *value = 3 * column(left) + column(right);
    }
}

/// The sample that holds a place and the nearest one beside it.
fn neighbours(at: usize, factor: usize, count: usize) -> (usize, usize) {
    if factor == 1 {
        return (at, at);
    }
    let near = at / factor;
    let far = if at.is_multiple_of(2) {
        near.saturating_sub(1)
    } else {
        (near + 1).min(count - 1)
    };
    (near, far)
}

/// T.871, 7, in 1/65536; chroma comes in sixteenths.
fn rgb(luma: u8, blue: i32, red: i32) -> [u8; 3] {
    let (blue, red) = (blue - 128 * 16, red - 128 * 16);
    let luma = (i32::from(luma) << 20) + (1 << 19);
    let bright = |sum: i32| (sum >> 20).clamp(0, 255) as u8;
    [
        bright(luma + 91_881 * red),
        bright(luma - 22_554 * blue - 46_802 * red),
        bright(luma + 116_130 * blue),
    ]
}
