//! Huffman tables, and the table that steps over several symbols at once.

use super::bits::Bits;

/// Bits by which the tables are looked up. 12 bits of 4 bytes just fit into the first-level cache.
const WINDOW: u32 = 12;
const ENTRIES: usize = 1 << WINDOW;

/// What can be stepped over at once.
#[derive(Clone, Copy, Default)]
pub(super) struct Leap {
    /// Bits of the symbols and of the numbers behind them; 0 where the window does not hold a symbol.
    pub(super) bits: u8,
    /// Frequencies that are stepped over.
    pub(super) frequencies: u8,
    /// Whether the block ends after them.
    pub(super) ends: bool,
}

/// A Huffman table.
pub(super) struct Table {
    /// For each window: length of the code in the high byte (0: longer than the window), symbol in the low one.
    short: Box<[u16; ENTRIES]>,
    /// For each window what can be stepped over; empty for a table of lowest frequencies.
    leaps: Vec<Leap>,
    /// For codes of 13 to 16 bits: the first code after those of this length, aligned to 16 bits, and the place of its symbol.
    long: [(u32, i32); 4],
    symbols: Vec<u8>,
}

impl Table {
    /// Builds the table from the counts of codes of 1 to 16 bits and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8], with_leaps: bool) -> Option<Self> {
        let mut short = Box::new([0u16; ENTRIES]);
        let mut long = [(0, 0); 4];
        let (mut code, mut index) = (0u32, 0usize);
        for (length, &count) in (1u32..).zip(counts) {
            for offset in 0..u32::from(count) {
                if length <= WINDOW {
                    let entry = (length as u16) << 8 | u16::from(*symbols.get(index + offset as usize)?);
                    let first = (code + offset) << (WINDOW - length);
                    short.get_mut(first as usize..(first + (1 << (WINDOW - length))) as usize)?.fill(entry);
                }
            }
            if length > WINDOW {
                long[(length - WINDOW - 1) as usize] =
                    ((code + u32::from(count)) << (16 - length), (index as u32).cast_signed() - code.cast_signed());
            }
            code += u32::from(count);
            index += usize::from(count);
            if code > 1 << length {
                return None;
            }
            code <<= 1;
        }
        let mut table = Self { short, leaps: Vec::new(), long, symbols: symbols.to_vec() };
        if with_leaps {
            table.leaps = (0..ENTRIES).map(|window| table.leap_from(window)).collect();
        }
        Some(table)
    }

    /// Takes a symbol. At least 16 bits must be filled.
    #[inline]
    pub(super) fn symbol(&self, bits: &mut Bits) -> Option<u8> {
        let entry = self.short[bits.peek(WINDOW) & (ENTRIES - 1)];
        if entry >> 8 == 0 {
            return self.long_symbol(bits);
        }
        bits.take(u32::from(entry >> 8));
        Some(entry as u8)
    }

    #[cold]
    fn long_symbol(&self, bits: &mut Bits) -> Option<u8> {
        let code = bits.peek(16) as u32;
        let (length, (_, offset)) = (WINDOW + 1..).zip(self.long).find(|(_, (end, _))| code < *end)?;
        let index = (code >> (16 - length)).cast_signed() + offset;
        bits.take(length);
        self.symbols.get(usize::try_from(index).ok()?).copied()
    }

    /// What can be stepped over from here. At least 12 bits must be filled.
    #[inline]
    pub(super) fn leap(&self, bits: &Bits) -> Leap {
        self.leaps.get(bits.peek(WINDOW)).copied().unwrap_or_default()
    }

    fn leap_from(&self, window: usize) -> Leap {
        let mut leap = Leap::default();
        while u32::from(leap.bits) < WINDOW {
            let entry = self.short[(window << leap.bits) & (ENTRIES - 1)];
            let (length, symbol) = ((entry >> 8) as u8, entry as u8);
            if length == 0 || u32::from(leap.bits + length) > WINDOW {
                break;
            }
            let (run, size) = (symbol >> 4, symbol & 15);
            leap.bits += length + size;
            if size == 0 && run != 15 {
                leap.ends = true;
                break;
            }
            leap.frequencies += run + 1;
        }
        leap
    }
}
