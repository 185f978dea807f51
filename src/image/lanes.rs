//! Numbers side by side that take part in the same sums: compilers make vector instructions of them. And the waves that
//! blocks of 8 x 8 pixels are made of.

use std::ops::{Add, Mul, Sub};

/// A row of a block, or a column.
#[derive(Clone, Copy)]
pub(super) struct Lanes(pub(super) [f32; 8]);

/// A block of 8 x 8 numbers.
pub(super) type Block = [Lanes; 8];

impl Lanes {
    pub(super) const ZERO: Self = Self([0.0; 8]);

    // Plain loops here and below: of `map` and `from_fn` compilers make no vector instructions.
    #[inline]
    fn with(mut self, other: Self, join: impl Fn(f32, f32) -> f32) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = join(*a, b);
        }
        self
    }

    /// Rounded to whole numbers, which must be under a million.
    #[inline]
    pub(super) fn rounded(self) -> [i32; 8] {
        // Added to a small number, it leaves the number, rounded, in the lowest bits.
        const ROUND: f32 = 12_582_912.0;
        let mut whole = [0; 8];
        for (whole, value) in whole.iter_mut().zip(self.0) {
            *whole = (value + ROUND).to_bits().wrapping_sub(ROUND.to_bits()).cast_signed();
        }
        whole
    }

    /// Rounded to bytes, from 0 to 255.
    #[inline]
    pub(super) fn write_bytes(mut self, bytes: &mut [u8; 8]) {
        for value in &mut self.0 {
            *value = value.clamp(0.0, 255.0);
        }
        for (byte, value) in bytes.iter_mut().zip(self.rounded()) {
            *byte = value as u8;
        }
    }
}

impl Add for Lanes {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }
}

impl Mul<f32> for Lanes {
    type Output = Self;

    #[inline]
    fn mul(mut self, factor: f32) -> Self {
        for value in &mut self.0 {
            *value *= factor;
        }
        self
    }
}

/// Half of cos((2 * at + 1) * frequency * pi / 16) for the even frequencies, the lowest divided by the root of two: for
/// each of them at 0 to 3; from 4 on they come back mirrored.
#[rustfmt::skip]
pub(super) const EVEN_WAVES: [[f32; 4]; 4] = [
    [0.353_553_4, 0.353_553_4, 0.353_553_4, 0.353_553_4],
    [0.461_939_78, 0.191_341_72, -0.191_341_72, -0.461_939_78],
    [0.353_553_4, -0.353_553_4, -0.353_553_4, 0.353_553_4],
    [0.191_341_72, -0.461_939_78, 0.461_939_78, -0.191_341_72],
];
/// The same for the odd frequencies, which come back with the other sign.
#[rustfmt::skip]
pub(super) const ODD_WAVES: [[f32; 4]; 4] = [
    [0.490_392_65, 0.415_734_8, 0.277_785_12, 0.097_545_16],
    [0.415_734_8, -0.097_545_16, -0.490_392_65, -0.277_785_12],
    [0.277_785_12, -0.490_392_65, 0.097_545_16, 0.415_734_8],
    [0.097_545_16, -0.277_785_12, 0.415_734_8, -0.490_392_65],
];

/// For each of the places all frequencies, instead of the other way round.
pub(super) const fn by_place(waves: &[[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let mut places = [[0.0; 4]; 4];
    let mut at = 0;
    while at < 16 {
        places[at % 4][at / 4] = waves[at / 4][at % 4];
        at += 1;
    }
    places
}

/// Adds `factor` times `wave`.
#[inline]
pub(super) fn add_wave(sum: &mut [f32; 4], factor: f32, wave: &[f32; 4]) {
    for (sum, wave) in sum.iter_mut().zip(wave) {
        *sum += factor * wave;
    }
}
