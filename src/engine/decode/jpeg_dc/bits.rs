//! Huffman codes of a baseline JPEG, read only as far as the mean of a block asks for.
//!
//! Must not know: pictures, colours, headers.
#![expect(
    clippy::inline_always,
    reason = "the reader has to live in registers across a whole scan"
)]

/// Bits that one lookup sees: the tables stay in the first-level cache.
const WINDOW: u32 = 12;
const ENTRIES: usize = 1 << WINDOW;
/// Zeros behind the data, so that the last bits can be loaded like all others.
const PADDING: usize = 16;

/// Entry of [`Huffman::skips`] without an answer.
const SLOW: u16 = 255 << 5;
/// Added to the steps of an entry whose last symbol ends the block.
const END: u32 = 128;
/// Coefficients of a block.
const BLOCK: u32 = 64;
/// Largest category of an AC coefficient of 8-bit samples.
const AC_BITS: u32 = 10;
/// Largest category of a DC difference of 8-bit samples.
const DC_BITS: u32 = 11;

/// One Huffman table.
pub(super) struct Huffman {
    /// By the next bits: the symbol in the high byte, the length of its code in the low one; 0 for
    /// longer codes and for none.
    codes: Box<[u16; ENTRIES]>,
    /// By the next bits, for AC tables: how many bits (low 5) and coefficients (from bit 5, with
    /// [`END`]) all symbols take whose codes are seen whole.
    skips: Box<[u16; ENTRIES]>,
    /// By length: the first 16-bit value behind the codes of that length.
    behind: [u32; 17],
    /// By length: what to add to a code to get the place of its symbol.
    places: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// From the numbers of codes of 1–16 bits and their symbols; none if there are more codes than
    /// the lengths have room for.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut table = Self {
            codes: Box::new([0; ENTRIES]),
            skips: Box::new([SLOW; ENTRIES]),
            behind: [0; 17],
            places: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_u32);
        for (length, count) in (1_u32..).zip(counts) {
            table.places[length as usize] = place as i32 - code as i32;
            for _ in 0..*count {
                let symbol = *symbols.get(place as usize)?;
                table.enter(code, length, symbol)?;
                code += 1;
                place += 1;
            }
            // A code of ones alone is reserved.
            if code >= 1 << length {
                return None;
            }
            table.behind[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Some(table)
    }

    fn enter(&mut self, code: u32, length: u32, symbol: u8) -> Option<()> {
        if length > WINDOW {
            return Some(());
        }
        let spare = WINDOW - length;
        let first = (code << spare) as usize;
        let entries = self.codes.get_mut(first..first + (1 << spare))?;
        entries.fill(u16::from(symbol) << 8 | length as u16);
        Some(())
    }

    /// Fills the table of skips; only for AC coefficients.
    pub(super) fn prepare_skips(&mut self) {
        for window in 0..ENTRIES as u32 {
            self.skips[window as usize] = self.skip_entry(window);
        }
    }

    fn skip_entry(&self, window: u32) -> u16 {
        let (mut bits, mut steps, mut entry) = (0, 0, SLOW);
        while bits < WINDOW {
            let rest = window << bits & (ENTRIES as u32 - 1);
            let code = self.codes[rest as usize];
            let length = u32::from(code & 0xff);
            let Some((extra, more)) = meaning(code >> 8) else {
                break;
            };
            if length == 0 || bits + length > WINDOW || steps + (more & !END) > BLOCK {
                break;
            }
            bits += length + extra;
            steps += more;
            entry = (steps << 5 | bits) as u16;
            if more >= END {
                break;
            }
        }
        entry
    }

    /// Length and symbol of the code at the head of these bits.
    #[inline(always)]
    fn look(&self, bits: u64) -> Option<(u32, u16)> {
        let code = self.codes[(bits >> (64 - WINDOW)) as usize];
        if code != 0 {
            return Some((u32::from(code & 0xff), code >> 8));
        }
        self.look_far(bits)
    }

    #[cold]
    fn look_far(&self, bits: u64) -> Option<(u32, u16)> {
        let head = (bits >> 48) as u32;
        let length = (WINDOW + 1..=16).find(|length| head < self.behind[*length as usize])?;
        let place = (head >> (16 - length)) as i32 + self.places[length as usize];
        let symbol = self.symbols.get(usize::try_from(place).ok()?)?;
        Some((length, u16::from(*symbol)))
    }
}

/// Extra bits and coefficients of an AC symbol, with [`END`] where it ends the block (and one
/// coefficient, because there must be one left to say that); none for undefined symbols.
fn meaning(symbol: u16) -> Option<(u32, u32)> {
    let (run, bits) = (u32::from(symbol >> 4), u32::from(symbol & 15));
    match (run, bits) {
        (0, 0) => Some((0, END + 1)),
        (15, 0) => Some((0, 16)),
        (_, 1..=AC_BITS) => Some((bits, run + 1)),
        _ => None,
    }
}

/// The entropy-coded bytes of a scan without stuffing, and where its restart intervals end.
pub(super) struct Scan {
    data: Vec<u8>,
    ends: Vec<usize>,
}

impl Scan {
    /// Reads on to the end of the picture; none if anything but `intervals` restart intervals and
    /// then the end of the picture follows.
    pub(super) fn new(bytes: &[u8], intervals: usize) -> Option<Self> {
        let mut data = Vec::with_capacity(bytes.len() + PADDING);
        let mut ends = Vec::new();
        let mut rest = bytes;
        loop {
            let (plain, marked) = rest.split_at(find_ff(rest)?);
            data.extend_from_slice(plain);
            let marker = *marked.get(1)?;
            rest = &marked[2..];
            match marker {
                0 => data.push(0xff),
                0xd0..=0xd7 if usize::from(marker & 7) == ends.len() % 8 => {
                    ends.push(data.len());
                }
                0xd9 => break,
                _ => return None,
            }
            if ends.len() >= intervals {
                return None;
            }
        }
        ends.push(data.len());
        data.resize(data.len() + PADDING, 0);
        (ends.len() == intervals).then_some(Self { data, ends })
    }

    /// Bytes of data.
    pub(super) fn len(&self) -> usize {
        self.data.len() - PADDING
    }

    /// A reader of the first interval, and the ends of all of them for [`Bits::restart`].
    pub(super) fn read(&self) -> (Bits<'_>, impl Iterator<Item = usize> + '_) {
        let bits = Bits {
            data: &self.data,
            next: 0,
            held: 0,
            left: 0,
        };
        (bits, self.ends.iter().copied())
    }
}

fn find_ff(bytes: &[u8]) -> Option<usize> {
    let without = bytes
        .chunks_exact(32)
        .take_while(|chunk| {
            !chunk
                .iter()
                .fold(false, |found, byte| found | (*byte == 0xff))
        })
        .count();
    let start = without * 32;
    Some(start + bytes[start..].iter().position(|byte| *byte == 0xff)?)
}

/// Bits from the first to the last.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// First byte that isn't counted in `left`.
    next: usize,
    /// The next bits, from the highest on.
    held: u64,
    /// How many of them are counted: at most 63.
    left: u32,
}

impl Bits<'_> {
    /// At least 56 bits are held afterwards; none far behind the end of the data.
    #[inline(always)]
    fn refill(&mut self) -> Option<()> {
        let bytes = self.data.get(self.next..)?.first_chunk::<8>()?;
        self.held |= u64::from_be_bytes(*bytes) >> self.left;
        self.next += ((63 - self.left) >> 3) as usize;
        self.left |= 0x38;
        Some(())
    }

    #[inline(always)]
    fn take(&mut self, count: u32) {
        self.held <<= count;
        self.left -= count;
    }

    /// Goes on at the next byte, which must be the end of an interval.
    pub(super) fn restart(&mut self, end: usize) -> Option<()> {
        let used = (self.next * 8).checked_sub(self.left as usize)?;
        if used.div_ceil(8) != end {
            return None;
        }
        (self.next, self.held, self.left) = (end, 0, 0);
        Some(())
    }

    /// The DC difference of the next block, whose AC coefficients are skipped.
    #[inline(always)]
    pub(super) fn block(&mut self, dc: &Huffman, ac: &Huffman) -> Option<i32> {
        self.refill()?;
        let (length, symbol) = dc.look(self.held)?;
        let size = u32::from(symbol);
        if size > DC_BITS {
            return None;
        }
        self.take(length);
        let value = ((self.held >> 1) >> (63 - size)) as i32;
        self.take(size);
        self.skip_ac(ac)?;
        let negative = value < (1 << size) >> 1;
        Some(if negative {
            value - (1 << size) + 1
        } else {
            value
        })
    }

    #[inline(always)]
    fn skip_ac(&mut self, ac: &Huffman) -> Option<()> {
        let mut at = 1_u32;
        loop {
            self.refill()?;
            // Two entries take at most 2 · (WINDOW + AC_BITS) of the 56 bits.
            for _ in 0..2 {
                let entry = u32::from(ac.skips[(self.held >> (64 - WINDOW)) as usize]);
                let then = at + (entry >> 5);
                if then < BLOCK {
                    self.take(entry & 31);
                    at = then;
                    continue;
                }
                if then == BLOCK || (END..=END + BLOCK).contains(&then) {
                    self.take(entry & 31);
                    return Some(());
                }
                self.refill()?;
                at = self.skip_one(ac, at)?;
                if at >= BLOCK {
                    return Some(());
                }
                self.refill()?;
            }
        }
    }

    /// Skips one symbol, with a long code or before the block's last coefficient; where the next
    /// coefficient is.
    #[inline(never)]
    fn skip_one(&mut self, ac: &Huffman, at: u32) -> Option<u32> {
        let (length, symbol) = ac.look(self.held)?;
        let (extra, steps) = meaning(symbol)?;
        self.take(length + extra);
        if steps >= END {
            return Some(BLOCK);
        }
        (at + steps <= BLOCK).then_some(at + steps)
    }
}
