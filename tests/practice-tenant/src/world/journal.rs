//! What happened to people since the start, for those who ask for changes only.
//! Knows numbers of people. Promises the order in which it happened.

use std::collections::{BTreeSet, HashSet};

use uuid::Uuid;

use super::World;
use super::person::Person;

/// Changes of the directory.
#[derive(Default)]
pub(super) struct Journal {
    gone: HashSet<u32>,
    entries: Vec<u32>,
    /// Entries before this one can no longer be asked for.
    begins: u32,
}

impl Journal {
    pub(super) fn is_gone(&self, index: u32) -> bool {
        !self.gone.is_empty() && self.gone.contains(&index)
    }
}

impl World {
    /// The person leaves the directory. SharePoint keeps their files, as it does in reality.
    pub fn remove_person(&self, person: &Person) {
        let mut changes = self.write();
        changes.journal.gone.insert(person.index);
        changes.journal.entries.push(person.index);
    }

    /// Makes all tokens that were given out so far too old.
    pub fn cut_journal(&self) {
        let mut changes = self.write();
        changes.journal.entries.push(u32::MAX);
        changes.journal.begins = u32::try_from(changes.journal.entries.len()).unwrap_or(u32::MAX);
    }

    /// Where the journal stands.
    #[must_use]
    pub fn journal_end(&self) -> u32 {
        u32::try_from(self.read().journal.entries.len()).unwrap_or(u32::MAX)
    }

    /// The people who changed since then, `None` for those who went; `None` altogether where the journal begins later.
    #[must_use]
    pub fn journal_since(&self, start: u32) -> Option<Vec<(Uuid, Option<Person>)>> {
        let changed: BTreeSet<u32> = {
            let journal = &self.read().journal;
            if start < journal.begins {
                return None;
            }
            journal.entries.get(start as usize..)?.iter().copied().filter(|index| *index < self.people).collect()
        };
        let entry = |index| Some((self.ever(index)?.id, self.person(index)));
        Some(changed.into_iter().filter_map(entry).collect())
    }
}
