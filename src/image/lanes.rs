//! Numbers side by side that take part in the same sums: compilers make vector instructions of them.

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
    pub(super) fn bytes(mut self) -> [u8; 8] {
        for value in &mut self.0 {
            *value = value.clamp(0.0, 255.0);
        }
        let mut bytes = [0; 8];
        for (byte, value) in bytes.iter_mut().zip(self.rounded()) {
            *byte = value as u8;
        }
        bytes
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
