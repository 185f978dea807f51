//! The bits of a scan: stuffed bytes are joined, and at a marker nothing but zeros follow.

/// Reads bits from the most significant one on. Hot loops work on a copy, which compilers keep in registers.
#[derive(Clone, Copy)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
    /// The next bits, from the top; what lies under `count` of them is undefined.
    window: u64,
    count: u32,
    /// Zeros that were put into the window because the scan had ended.
    invented: u32,
}

impl<'a> Bits<'a> {
    /// Reads from `position` on.
    pub(super) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position, window: 0, count: 0, invented: 0 }
    }

    /// Makes sure that at least 32 bits can be looked at.
    #[inline]
    pub(super) fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(chunk) = self.bytes.get(self.position..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_be_bytes(*chunk);
            if !holds_ff(word) {
                let taken = (63 - self.count) / 8;
                self.window |= word >> self.count;
                self.position += taken as usize;
                self.count += 8 * taken;
                return;
            }
        }
        *self = self.filled_bytewise();
    }

    #[cold]
    fn filled_bytewise(mut self) -> Self {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.position..).unwrap_or_default() {
                [0xFF, 0, ..] => {
                    self.position += 2;
                    0xFF
                }
                [0xFF, ..] | [] => {
                    self.invented = self.invented.saturating_add(8);
                    0
                }
                [byte, ..] => {
                    self.position += 1;
                    *byte
                }
            };
            // Bits under `count` may be left over from a whole word; they are the same bits, unless the scan ends here.
            self.window &= !(u64::MAX >> self.count);
            self.window |= u64::from(byte) << (56 - self.count);
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

    /// Whether more was taken than the scan holds.
    pub(super) fn overdrawn(&self) -> bool {
        self.count < self.invented
    }

    /// Leaves the interval, if no more was taken than it holds; gives the position of the marker after it.
    pub(super) fn end(self) -> Option<usize> {
        let rest = self.filled_bytewise();
        if rest.overdrawn() {
            return None;
        }
        // Some writers leave bytes behind the last block. The window may have been filled to just before the marker.
        Some(super::scan::marker_from(rest.bytes, rest.position))
    }
}

/// Whether a byte of the word is 0xFF.
#[inline]
fn holds_ff(word: u64) -> bool {
    const LOW: u64 = 0x0101_0101_0101_0101;
    (!word).wrapping_sub(LOW) & word & (LOW << 7) != 0
}
