//! Huffman tables, the table that steps over several symbols at once, and the one that takes a symbol with its number.

use super::bits::Bits;

/// Bits by which the tables are looked up. 12 bits of 4 bytes just fit into the first-level cache.
const WINDOW: u32 = 12;
const ENTRIES: usize = 1 << WINDOW;

/// What can be stepped over at once: bits in the low byte, frequencies in the high one.
#[derive(Clone, Copy)]
pub(super) struct Leap(u16);

impl Leap {
    /// The window does not hold a symbol with its number.
    const NONE: Self = Self(0x4000);
    /// Frequencies of a leap after which the block ends, besides those that are stepped over.
    pub(super) const END: usize = 128;

    /// Bits of the symbols and of the numbers behind them.
    #[inline]
    pub(super) fn bits(self) -> u32 {
        u32::from(self.0 & 0xFF)
    }

    /// Frequencies that are stepped over: 64 and more where there is something special to it.
    #[inline]
    pub(super) fn frequencies(self) -> usize {
        usize::from(self.0 >> 8)
    }
}

/// Bits of a symbol and its number that are looked up together: nine of ten are as short.
const SHORT: u32 = 10;

/// A frequency of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    pub(super) value: i16,
    /// Places from the one before to this one; 0 ends the block.
    pub(super) step: u8,
    /// Bits that it takes; 0 where it is too long to be looked up.
    bits: u8,
}

/// A Huffman table.
pub(super) struct Table {
    /// For each window: length of the code in the high byte (0: longer than the window), symbol in the low one.
    short: Box<[u16; ENTRIES]>,
    /// For each window what can be stepped over; empty until something is.
    leaps: Vec<Leap>,
    /// For each short window the frequency in it.
    found: Box<[Found; 1 << SHORT]>,
    /// For codes of 13 to 16 bits: the first code after those of this length, aligned to 16 bits, and the place of its symbol.
    long: [(u32, i32); 4],
    symbols: Vec<u8>,
}

impl Table {
    /// Builds the table from the counts of codes of 1 to 16 bits and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
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
        let found = Box::new(std::array::from_fn(|window| find_in(&short, window)));
        Some(Self { short, leaps: Vec::new(), found, long, symbols: symbols.to_vec() })
    }

    /// Adds what speeds up reading frequencies at `scale` eighths.
    pub(super) fn prepare(&mut self, scale: usize) {
        if scale <= 4 && self.leaps.is_empty() {
            self.leaps = (0..ENTRIES).map(|window| self.leap_from(window)).collect();
        }
    }

    /// Takes a symbol. At least 16 bits must be filled.
    #[inline]
    pub(super) fn symbol(&self, bits: &mut Bits) -> Option<u8> {
        let entry = self.short[bits.peek(WINDOW) & (ENTRIES - 1)];
        if entry >> 8 == 0 {
            let (length, symbol) = self.long_symbol(bits.peek(16) as u32)?;
            bits.take(length);
            return Some(symbol);
        }
        bits.take(u32::from(entry >> 8));
        Some(entry as u8)
    }

    #[cold]
    fn long_symbol(&self, code: u32) -> Option<(u32, u8)> {
        let (length, (_, offset)) = (WINDOW + 1..).zip(self.long).find(|(_, (end, _))| code < *end)?;
        let index = (code >> (16 - length)).cast_signed() + offset;
        Some((length, *self.symbols.get(usize::try_from(index).ok()?)?))
    }

    /// What can be stepped over from here. At least 12 bits must be filled.
    #[inline]
    pub(super) fn leap(&self, bits: &Bits) -> Leap {
        self.leaps.get(bits.peek(WINDOW)).copied().unwrap_or(Leap::NONE)
    }

    /// Takes the next frequency of a block, or its end. At least 32 bits must be filled.
    #[inline]
    pub(super) fn frequency(&self, bits: &mut Bits) -> Option<Found> {
        let found = self.found[bits.peek(SHORT) & ((1 << SHORT) - 1)];
        if found.bits > 0 {
            bits.take(u32::from(found.bits));
            return Some(found);
        }
        let symbol = self.symbol(bits)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run != 15 {
            return Some(Found::default());
        }
        Some(Found { value: bits.signed(u32::from(size)) as i16, step: run + 1, bits: 0 })
    }

    fn leap_from(&self, window: usize) -> Leap {
        let (mut bits, mut frequencies) = (0, 0);
        while u32::from(bits) < WINDOW {
            let entry = self.short[(window << bits) & (ENTRIES - 1)];
            let (length, symbol) = (entry >> 8, entry & 0xFF);
            let (run, size) = (symbol >> 4, symbol & 15);
            if length == 0 || u32::from(bits + length) > WINDOW || frequencies + run + 1 > 63 {
                break;
            }
            bits += length + size;
            if size == 0 && run != 15 {
                frequencies += Leap::END as u16;
                break;
            }
            frequencies += run + 1;
        }
        if bits == 0 { Leap::NONE } else { Leap(frequencies << 8 | bits) }
    }
}

/// The frequency whose symbol and number begin a window, if they lie within it.
fn find_in(short: &[u16; ENTRIES], window: usize) -> Found {
    let entry = short[window << (WINDOW - SHORT)];
    let (length, run, size) = (u32::from(entry >> 8), entry as u8 >> 4, u32::from(entry & 15));
    if length == 0 || length + size > SHORT {
        return Found::default();
    }
    let bits = (length + size) as u8;
    if size == 0 {
        return Found { value: 0, step: if run == 15 { 16 } else { 0 }, bits };
    }
    let number = (window as u32 >> (SHORT - length - size)).cast_signed() & ((1 << size) - 1);
    let value = if number < 1 << (size - 1) { number - (1 << size) + 1 } else { number };
    Found { value: value as i16, step: run + 1, bits }
}
