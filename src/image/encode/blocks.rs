//! From 8 x 8 samples to quantised frequencies.

use crate::image::lanes::{Block, Lanes};

/// A plane to take blocks from.
pub(super) struct Samples<'a> {
    pub(super) side: usize,
    pub(super) bytes: &'a [u8],
}

impl Samples<'_> {
    /// The block at this place, around zero. What lies outside of the plane repeats its last row and column.
    #[inline]
    pub(super) fn block(&self, x: usize, y: usize) -> Block {
        let mut block = [Lanes::ZERO; 8];
        for (row, line) in block.iter_mut().enumerate() {
            let start = (8 * y + row).min(self.side - 1) * self.side;
            let samples = &self.bytes[start..start + self.side];
            let bytes = match samples.get(8 * x..).and_then(|rest| rest.first_chunk::<8>()) {
                Some(run) => *run,
                None => std::array::from_fn(|column| samples[(8 * x + column).min(self.side - 1)]),
            };
            for (value, byte) in line.0.iter_mut().zip(&bytes) {
                *value = f32::from(*byte) - 128.0;
            }
        }
        block
    }
}

/// Steps of quantisation at quality 50, for luma and chroma, row by row (Annex K of the standard).
#[rustfmt::skip]
pub(super) const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];
#[rustfmt::skip]
pub(super) const CHROMA: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99,
    18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99,
];

/// Where each frequency in file order lies in a block, row by row.
#[rustfmt::skip]
const FILE_ORDER: [u8; 64] = [
     0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
    12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
    58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The same, column by column.
const PLACES: [u8; 64] = {
    let mut places = FILE_ORDER;
    let mut at = 0;
    while at < 64 {
        places[at] = places[at] % 8 * 8 + places[at] / 8;
        at += 1;
    }
    places
};

/// For each of those places a bit: the number of its frequency in file order.
const BITS: [u64; 64] = {
    let mut bits = [0; 64];
    let mut at = 0;
    while at < 64 {
        bits[PLACES[at] as usize] = 1 << at;
        at += 1;
    }
    bits
};

/// The frequencies of a block as multiples of the steps.
pub(super) struct Quantised {
    /// Column by column.
    numbers: [i16; 64],
    /// A bit for each frequency in file order: whether it is other than zero.
    pub(super) others_than_zero: u64,
}

impl Quantised {
    fn new(numbers: [i16; 64]) -> Self {
        let mut others_than_zero = 0;
        for (&number, bit) in numbers.iter().zip(&BITS) {
            others_than_zero |= if number == 0 { 0 } else { *bit };
        }
        Self { numbers, others_than_zero }
    }

    /// A frequency by its number in file order.
    #[inline]
    pub(super) fn at(&self, index: usize) -> i16 {
        self.numbers[usize::from(PLACES[index & 63] & 63)]
    }
}

/// The steps for a quality of 50 or more, in file order.
pub(super) fn steps(base: &[u8; 64], quality: u8) -> [u8; 64] {
    let percent = 200 - 2 * u32::from(quality);
    FILE_ORDER.map(|place| ((u32::from(base[usize::from(place)]) * percent + 50) / 100).clamp(1, 255) as u8)
}

/// What the transform's numbers are multiplied with to become multiples of the steps.
pub(super) struct Divisors(Block);

/// How much larger the transform makes each frequency of a column than the standard wants it.
#[rustfmt::skip]
const EXCESS: [f32; 8] =
    [2.828_427, 3.923_141, 3.695_518_3, 3.325_878_4, 2.828_427, 2.222_281, 1.530_733_7, 0.780_361_3];

impl Divisors {
    /// For steps in file order.
    pub(super) fn new(steps: &[u8; 64]) -> Self {
        let mut factors = [Lanes::ZERO; 8];
        for (place, &step) in FILE_ORDER.iter().zip(steps) {
            let (row, column) = (usize::from(place / 8), usize::from(place % 8));
            factors[column].0[row] = 1.0 / (f32::from(step) * EXCESS[row] * EXCESS[column]);
        }
        Self(factors)
    }

    /// The block's frequencies as multiples of the steps.
    #[inline]
    pub(super) fn quantised(&self, block: &Block) -> Quantised {
        let mut numbers = [0i16; 64];
        let columns = transformed(&turned(&transformed(block)));
        for ((values, factors), column) in numbers.as_chunks_mut::<8>().0.iter_mut().zip(self.0).zip(columns) {
            for (value, number) in values.iter_mut().zip((column * factors).rounded()) {
                *value = number as i16;
            }
        }
        Quantised::new(numbers)
    }
}

/// Rows for columns.
#[inline]
fn turned(block: &Block) -> Block {
    let mut turned = [Lanes::ZERO; 8];
    for (row, line) in block.iter().enumerate() {
        for (column, value) in line.0.iter().enumerate() {
            turned[column].0[row] = *value;
        }
    }
    turned
}

/// The cosine transform of all columns at once, by Arai, Agui and Nakajima: five multiplications, and factors that are
/// left to the quantisation.
#[inline(never)]
fn transformed(&[r0, r1, r2, r3, r4, r5, r6, r7]: &Block) -> Block {
    let (s07, d07, s16, d16) = (r0 + r7, r0 - r7, r1 + r6, r1 - r6);
    let (s25, d25, s34, d34) = (r2 + r5, r2 - r5, r3 + r4, r3 - r4);

    let (even, middle, inner, outer) = (s07 + s34, s07 - s34, s16 + s25, s16 - s25);
    let turned = (outer + middle) * std::f32::consts::FRAC_1_SQRT_2;

    let (low, half, high) = (d34 + d25, d25 + d16, d16 + d07);
    let shared = (low - high) * 0.382_683_43;
    let (near, far) = (low * 0.541_196_1 + shared, high * 1.306_563 + shared);
    let straight = half * std::f32::consts::FRAC_1_SQRT_2;
    let (plus, minus) = (d07 + straight, d07 - straight);
    [even + inner, plus + far, middle + turned, minus - near, even - inner, minus + near, middle - turned, plus - far]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_are_those_of_the_definition() {
        let sample = |y: usize, x: usize| ((x * 37 + y * 91 + x * y * 13) % 256) as f32 - 128.0;
        let block: Block = std::array::from_fn(|y| Lanes(std::array::from_fn(|x| sample(y, x))));
        let seen = Divisors::new(&[1; 64]).quantised(&block);
        for (index, place) in FILE_ORDER.iter().enumerate() {
            let (v, u) = (f64::from(place / 8), f64::from(place % 8));
            let scale = |frequency: f64| if frequency == 0.0 { 0.5f64.sqrt() } else { 1.0 };
            let wave =
                |at: usize, frequency: f64| ((2.0 * at as f64 + 1.0) * frequency * std::f64::consts::PI / 16.0).cos();
            let sum: f64 =
                (0..64).map(|at| f64::from(block[at / 8].0[at % 8]) * wave(at % 8, u) * wave(at / 8, v)).sum();
            let wanted = sum * scale(u) * scale(v) / 4.0;
            let seen = seen.at(index);
            assert!((wanted - f64::from(seen)).abs() < 0.51, "{place}: {seen} is not {wanted}");
        }
    }
}
