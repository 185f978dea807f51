//! Everything that looks random here follows from a seed, so that a million people need no memory.
//! Knows nobody. Promises the same values for the same seed on every machine.

/// A well-mixed number that depends on all parts.
#[must_use]
pub fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9E37_79B9_7F4A_7C15, |state, part| scramble(state ^ part.wrapping_mul(0xD6E8_FEB8_6659_FD93)))
}

fn scramble(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A stream of numbers from a seed.
pub struct Dice(u64);

impl Dice {
    /// A stream that depends on all parts.
    #[must_use]
    pub fn new(parts: &[u64]) -> Self {
        Self(mix(parts))
    }

    /// The next number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        usize::try_from(scramble(self.0) % sides.max(1) as u64).unwrap_or(0)
    }

    /// The next number between `low` and `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * f32::from(u16::try_from(self.roll(4096)).unwrap_or(0)) / 4095.0
    }

    /// One of the choices.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())]
    }
}
