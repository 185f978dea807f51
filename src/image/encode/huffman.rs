//! The codes of the standard (Annex K), and the bits that blocks become.

use super::blocks::Quantised;

/// Counts of codes of 1 to 16 bits, and their symbols.
pub(super) struct Spec {
    pub(super) counts: &'static [u8; 16],
    pub(super) symbols: &'static [u8],
}

/// The codes of one kind of component.
pub(super) struct Codes {
    pub(super) differences: Spec,
    pub(super) frequencies: Spec,
    difference_bits: [(u16, u8); 16],
    frequency_bits: [(u16, u8); 256],
}

impl Codes {
    pub(super) const LUMA: &Self = &Self::new(
        Spec { counts: &[0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: &DIFFERENCES },
        Spec { counts: &[0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125], symbols: &LUMA_FREQUENCIES },
    );
    pub(super) const CHROMA: &Self = &Self::new(
        Spec { counts: &[0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0], symbols: &DIFFERENCES },
        Spec { counts: &[0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119], symbols: &CHROMA_FREQUENCIES },
    );

    const fn new(differences: Spec, frequencies: Spec) -> Self {
        let (difference_bits, frequency_bits) = (bits(&differences), bits(&frequencies));
        Self { differences, frequencies, difference_bits, frequency_bits }
    }
}

/// Code and length of each symbol.
const fn bits<const N: usize>(spec: &Spec) -> [(u16, u8); N] {
    let mut table = [(0, 0); N];
    let (mut code, mut index, mut length) = (0u16, 0, 0);
    while length < 16 {
        let mut left = spec.counts[length];
        while left > 0 {
            table[spec.symbols[index] as usize] = (code, length as u8 + 1);
            code = code.wrapping_add(1);
            index += 1;
            left -= 1;
        }
        code <<= 1;
        length += 1;
    }
    table
}

/// Puts bits behind a file's header.
pub(super) struct Writer {
    file: Vec<u8>,
    /// The bits that are not in the file yet, the last one lowest; above them there is room for `free` more.
    window: u64,
    free: u32,
}

impl Writer {
    pub(super) fn new(file: Vec<u8>) -> Self {
        Self { file, window: 0, free: 64 }
    }

    /// Codes a block. `previous` is the lowest frequency of the component's last block.
    #[inline]
    pub(super) fn block(&mut self, codes: &Codes, block: &Quantised, previous: &mut i16) {
        let lowest = block.at(0);
        let (size, rest) = number(lowest - *previous);
        *previous = lowest;
        self.put(codes.difference_bits[size as usize & 15], size, rest);
        let mut left = block.others_than_zero & !1;
        let mut last = 0;
        while left != 0 {
            let place = left.trailing_zeros();
            left &= left - 1;
            let mut run = place - last - 1;
            last = place;
            while run > 15 {
                self.put(codes.frequency_bits[0xF0], 0, 0);
                run -= 16;
            }
            let (size, rest) = number(block.at(place as usize));
            self.put(codes.frequency_bits[(run << 4 | size) as usize & 255], size, rest);
        }
        if last < 63 {
            self.put(codes.frequency_bits[0], 0, 0);
        }
    }

    /// Puts a code and the `size` bits of a number behind it: at most 27 bits.
    #[inline]
    fn put(&mut self, (code, length): (u16, u8), size: u32, rest: u32) {
        let (bits, count) = (u64::from(u32::from(code) << size | rest), u32::from(length) + size);
        if count < self.free {
            self.window = self.window << count | bits;
            self.free -= count;
        } else {
            let over = count - self.free;
            let full = (self.window << self.free | bits >> over).to_be_bytes();
            if full.contains(&0xFF) {
                self.stuff(&full);
            } else {
                self.file.extend_from_slice(&full);
            }
            self.window = bits;
            self.free = 64 - over;
        }
    }

    /// Writes bytes; one of only ones is followed by a zero, since it would look like a marker.
    #[cold]
    fn stuff(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.file.push(byte);
            if byte == 0xFF {
                self.file.push(0);
            }
        }
    }

    /// Fills the last byte with ones; gives the file so far.
    pub(super) fn end(mut self) -> Vec<u8> {
        let rest = self.free % 8;
        self.put(((1 << rest) - 1, rest as u8), 0, 0);
        let written = self.free as usize / 8;
        self.stuff(&self.window.to_be_bytes()[written..]);
        self.file
    }
}

/// How JPEG writes a number: how many bits, and which. Negative numbers are one less.
#[inline]
fn number(value: i16) -> (u32, u32) {
    let size = 16 - value.unsigned_abs().leading_zeros();
    let bits = i32::from(value) + i32::from(value >> 15);
    (size, bits.cast_unsigned() & ((1 << size) - 1))
}

const DIFFERENCES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

#[rustfmt::skip]
const LUMA_FREQUENCIES: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52, 0xD1, 0xF0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0A, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2A, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7,
    0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3, 0xC4, 0xC5,
    0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA, 0xE1, 0xE2,
    0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
    0xF9, 0xFA,
];

#[rustfmt::skip]
const CHROMA_FREQUENCIES: [u8; 162] = [
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71,
    0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33, 0x52, 0xF0,
    0x15, 0x62, 0x72, 0xD1, 0x0A, 0x16, 0x24, 0x34, 0xE1, 0x25, 0xF1, 0x17, 0x18, 0x19, 0x1A, 0x26,
    0x27, 0x28, 0x29, 0x2A, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4A, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5A, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,
    0x69, 0x6A, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7A, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87,
    0x88, 0x89, 0x8A, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0xA2, 0xA3, 0xA4, 0xA5,
    0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xB2, 0xB3, 0xB4, 0xB5, 0xB6, 0xB7, 0xB8, 0xB9, 0xBA, 0xC2, 0xC3,
    0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8, 0xD9, 0xDA,
    0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8,
    0xF9, 0xFA,
];
