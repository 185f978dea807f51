//! Identifiers that look random and can be read back.
//! Knows random numbers. Promises the same identifiers for the same seed on every machine.

use uuid::Uuid;

pub use practice_pictures::random::mix;

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
