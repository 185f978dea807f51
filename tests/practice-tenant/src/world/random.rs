//! Everything that looks random here follows from a seed, so that a million people need no memory.
//! Knows nobody. Promises the same values for the same seed on every machine, and identifiers that can be read back.

use uuid::Uuid;

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

/// What an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A person in the directory.
    Person = 1,
    /// A person's profile in SharePoint.
    Profile = 2,
    /// The small thumbnail of a person.
    Small = 3,
    /// The medium thumbnail of a person.
    Medium = 4,
    /// The large thumbnail of a person.
    Large = 5,
    /// A file that was added later.
    Added = 6,
    /// A group.
    Group = 7,
}

/// The identifier number `index` of a kind. Looks like a random one, but [`index_of`] reads it back.
#[must_use]
pub fn guid(seed: u64, tag: Tag, index: u32) -> Uuid {
    let hidden = feistel(seed, (tag as u64) << 32 | u64::from(index), &[0, 1, 2, 3]);
    let rest = mix(&[seed, hidden, 0x6775_6964]);
    let bits = u128::from(hidden) << 80 | u128::from(rest);
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// The index behind an identifier of that kind, `None` for a foreign one.
#[must_use]
pub fn index_of(seed: u64, tag: Tag, id: Uuid) -> Option<u32> {
    let hidden = u64::try_from(id.as_u128() >> 80).ok()?;
    let value = feistel_back(seed, hidden, &[3, 2, 1, 0]);
    let index = u32::try_from(value & 0xFFFF_FFFF).ok()?;
    (guid(seed, tag, index) == id).then_some(index)
}

const HALF: u64 = 0xFF_FFFF;

fn feistel(seed: u64, value: u64, rounds: &[u64]) -> u64 {
    let (mut left, mut right) = (value >> 24 & HALF, value & HALF);
    for round in rounds {
        (left, right) = (right, left ^ (mix(&[seed, *round, right]) & HALF));
    }
    left << 24 | right
}

fn feistel_back(seed: u64, value: u64, rounds: &[u64]) -> u64 {
    let (mut left, mut right) = (value >> 24 & HALF, value & HALF);
    for round in rounds {
        (left, right) = (right ^ (mix(&[seed, *round, left]) & HALF), left);
    }
    left << 24 | right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_read_back_and_foreign_ones_are_not() {
        for index in [0, 1, 199, 999_999, u32::MAX] {
            let id = guid(7, Tag::Person, index);
            assert_eq!(index_of(7, Tag::Person, id), Some(index));
            assert_eq!(index_of(7, Tag::Small, id), None);
            assert_eq!(index_of(8, Tag::Person, id), None);
            assert_eq!(id.get_version_num(), 4);
        }
    }
}
