//! A few groups, so that a run can be limited to one.
//! Knows people. Promises membership without a list of members.

use uuid::Uuid;

use super::World;
use super::person::Person;
use super::random::{Tag, guid};

/// A group of the directory.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Object id.
    pub id: Uuid,
    /// Display name.
    pub name: &'static str,
    /// Every so many-th member of staff belongs to it.
    every: u32,
}

const GROUPS: [(&str, u32); 3] = [("All Staff", 1), ("Pilot", 10), ("Sales", 4)];
/// Numbers below are those of folders and lists.
const FIRST: u32 = 100;

impl Group {
    /// Whether a person belongs to it. Guests belong to none.
    #[must_use]
    pub fn has(&self, person: &Person) -> bool {
        !person.guest && person.index.is_multiple_of(self.every)
    }
}

impl World {
    /// All groups.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let number = (FIRST..).zip(GROUPS);
        number.map(|(number, (name, every))| Group { id: guid(self.seed, Tag::Group, number), name, every }).collect()
    }

    /// The group with this id.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<Group> {
        let id = Uuid::try_parse(id).ok()?;
        self.groups().into_iter().find(|group| group.id == id)
    }
}
