//! The bits of a scan: stuffed bytes are joined beforehand, and after the last bit zeros follow.

use memchr::memchr;

/// The coded data of a scan as the coder saw it, without the bytes that were stuffed in between.
pub(super) struct Coded {
    bytes: Vec<u8>,
    /// Where each interval between restarts ends.
    ends: Vec<usize>,
}

impl Coded {
    /// Reads from `position` on; gives the position of the marker after it, too.
    pub(super) fn read(file: &[u8], position: usize) -> (Self, usize) {
        let mut rest = file.get(position..).unwrap_or_default();
        let mut coded = Self { bytes: Vec::with_capacity(rest.len()), ends: Vec::new() };
        while let Some(at) = memchr(0xFF, rest) {
            let (data, marker) = rest.split_at(at);
            match marker {
                [_, 0, ..] => coded.bytes.extend_from_slice(&rest[..=at]),
                [_, 0xD0..=0xD7, ..] => {
                    coded.bytes.extend_from_slice(data);
                    coded.ends.push(coded.bytes.len());
                }
                // A marker may be preceded by any number of these.
                [_, 0xFF, ..] => {
                    coded.bytes.extend_from_slice(data);
                    rest = &marker[1..];
                    continue;
                }
                _ => break,
            }
            rest = &marker[2..];
        }
        let end = memchr(0xFF, rest).unwrap_or(rest.len());
        coded.bytes.extend_from_slice(&rest[..end]);
        coded.ends.push(coded.bytes.len());
        (coded, file.len() - (rest.len() - end))
    }

    /// The bits of an interval.
    pub(super) fn interval(&self, index: usize) -> Option<Bits<'_>> {
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        Some(Bits { bytes: &self.bytes[start..*self.ends.get(index)?], window: 0, count: 0, invented: 0 })
    }
}

/// Reads bits from the most significant one on. Hot loops work on a copy, which compilers keep in registers.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    /// What is not in the window yet.
    bytes: &'a [u8],
    /// The next bits, from the top; what lies under `count` of them is undefined.
    window: u64,
    count: u32,
    /// Zeros that were put into the window because there were no more bits.
    invented: u32,
}

impl Bits<'_> {
    /// Makes sure that at least 56 bits can be looked at.
    #[inline]
    pub(super) fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        let Some(chunk) = self.bytes.first_chunk() else {
            *self = self.filled_bytewise();
            return;
        };
        self.window |= u64::from_be_bytes(*chunk) >> self.count;
        let taken = (63 - self.count) / 8;
        self.bytes = &self.bytes[taken as usize..];
        self.count += 8 * taken;
    }

    #[cold]
    fn filled_bytewise(mut self) -> Self {
        while self.count < 56 {
            // Bits under `count` may be left over from a whole word; they are the same bits, unless the data ends here.
            self.window &= !(u64::MAX >> self.count);
            if let Some((byte, rest)) = self.bytes.split_first() {
                self.window |= u64::from(*byte) << (56 - self.count);
                self.bytes = rest;
            } else {
                self.invented = self.invented.saturating_add(8);
            }
            self.count += 8;
        }
        self
    }

    /// The next `count` bits (1 to 32) without taking them.
    #[inline]
    pub(super) fn peek(&self, count: u32) -> usize {
        (self.window >> (64 - count)) as usize
    }

    /// Takes `count` bits (0 to 32) that were looked at.
    #[inline]
    pub(super) fn take(&mut self, count: u32) {
        self.window <<= count;
        self.count -= count;
    }

    /// Takes a number of `size` bits (0 to 16) in the way JPEG writes signed numbers.
    #[inline]
    pub(super) fn signed(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        let value = (self.peek(size) as u32).cast_signed();
        self.take(size);
        if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value }
    }

    /// Whether more was taken than there is.
    pub(super) fn overdrawn(&self) -> bool {
        self.count < self.invented
    }
}
