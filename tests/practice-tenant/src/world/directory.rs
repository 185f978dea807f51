//! Who is in the directory: people who follow from the seed, or those of a list.
//! Knows people. Promises the same number for the same person by id, by user principal name and by file stem.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::Deserialize;
use uuid::Uuid;

use super::person::{Deal, Kind, Person, number_of_stem, number_of_upn};
use super::random::{Tag, index_of};

/// Everybody who is or was in the directory.
pub(super) struct Directory {
    seed: u64,
    deal: Deal,
    list: Option<List>,
}

/// People of somebody's own.
#[derive(Debug, Default)]
pub struct List {
    people: Vec<(Listed, u32)>,
    by_id: HashMap<Uuid, u32>,
    by_upn: HashMap<String, u32>,
    by_stem: HashMap<String, u32>,
}

/// A line of such a list. What is not said follows from the seed.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Listed {
    user_principal_name: String,
    id: Option<Uuid>,
    mail: Option<String>,
    display_name: Option<String>,
    given_name: Option<String>,
    surname: Option<String>,
    job_title: Option<String>,
    account_enabled: Option<bool>,
    user_type: Option<UserType>,
    kind: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum UserType {
    Member,
    Guest,
}

impl Listed {
    /// The state in which the person begins, by what the line says.
    fn kind(&self, dealt: Kind) -> Result<Kind, String> {
        let unknown = |name: &String| format!("there is no kind {name:?}");
        match (&self.kind, self.user_type, self.account_enabled) {
            (Some(name), ..) => Kind::from_name(name).ok_or_else(|| unknown(name)),
            (None, Some(UserType::Guest), _) => Ok(Kind::Guest),
            (None, _, Some(false)) => Ok(Kind::Disabled),
            (None, ..) if matches!(dealt, Kind::Guest | Kind::Disabled) => Ok(Kind::InSync),
            (None, ..) => Ok(dealt),
        }
    }
}

impl List {
    /// Reads a list: JSON lines, each at least with `userPrincipalName`.
    pub fn read(path: &Path, seed: u64) -> io::Result<Self> {
        let wrong = |line: usize, what: &dyn std::fmt::Display| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}:{}: {what}", path.display(), line + 1))
        };
        let deal = Deal::new(seed);
        let mut list = Self::default();
        let mut met: HashMap<Kind, u32> = HashMap::new();
        for (number, line) in fs::read_to_string(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty())
        {
            let mut listed: Listed = serde_json::from_str(line).map_err(|error| wrong(number, &error))?;
            let index = u32::try_from(list.people.len()).unwrap_or(u32::MAX);
            let dealt = Person::new(&deal, index);
            let kind = listed.kind(dealt.kind).map_err(|error| wrong(number, &error))?;
            kind.name().clone_into(listed.kind.get_or_insert_default());
            let id = *listed.id.get_or_insert(dealt.id);
            let nth = met.entry(kind).or_default();
            list.people.push((listed.clone(), *nth));
            *nth += 1;
            let upn = listed.user_principal_name.to_lowercase();
            let stem = upn.replace(['@', '.'], "_");
            if list.by_upn.insert(upn, index).is_some() || list.by_id.insert(id, index).is_some() {
                return Err(wrong(number, &"this person is in the list already"));
            }
            list.by_stem.insert(stem, index);
        }
        Ok(list)
    }

    /// How many people are in it.
    #[must_use]
    pub fn people(&self) -> u32 {
        u32::try_from(self.people.len()).unwrap_or(u32::MAX)
    }

    fn person(&self, deal: &Deal, index: u32) -> Person {
        let dealt = Person::new(deal, index);
        let Some((listed, nth)) = self.people.get(index as usize) else { return dealt };
        let kind = listed.kind.as_deref().and_then(Kind::from_name).unwrap_or(dealt.kind);
        let guest = kind == Kind::Guest || listed.user_type == Some(UserType::Guest);
        let exchange_online = !matches!(kind, Kind::NoMailbox | Kind::Guest);
        let upn = listed.user_principal_name.clone();
        let text = |given: &Option<String>, other: &str| given.clone().unwrap_or_else(|| other.to_owned());
        Person {
            id: listed.id.unwrap_or(dealt.id),
            mail: listed.mail.clone().or_else(|| exchange_online.then(|| upn.clone())),
            display_name: text(&listed.display_name, upn.split('@').next().unwrap_or("")),
            given_name: text(&listed.given_name, ""),
            surname: text(&listed.surname, ""),
            job_title: text(&listed.job_title, "").into(),
            account_enabled: listed.account_enabled.unwrap_or(kind != Kind::Disabled),
            upn,
            kind,
            nth: *nth,
            guest,
            exchange_online,
            ..dealt
        }
    }
}

impl Directory {
    pub(super) fn new(seed: u64, list: Option<List>) -> Self {
        Self { seed, deal: Deal::new(seed), list }
    }

    pub(super) fn person(&self, index: u32) -> Person {
        match &self.list {
            None => Person::new(&self.deal, index),
            Some(list) => list.person(&self.deal, index),
        }
    }

    pub(super) fn by_id(&self, id: Uuid) -> Option<u32> {
        match &self.list {
            None => index_of(self.seed, Tag::Person, id),
            Some(list) => list.by_id.get(&id).copied(),
        }
    }

    /// The number that a user principal name may have; its spelling is for the caller to check.
    pub(super) fn by_upn(&self, upn: &str) -> Option<u32> {
        match &self.list {
            None => number_of_upn(upn),
            Some(list) => list.by_upn.get(&upn.to_lowercase()).copied(),
        }
    }

    /// The same for a file stem of the older generation.
    pub(super) fn by_stem(&self, stem: &str) -> Option<u32> {
        match &self.list {
            None => number_of_stem(stem),
            Some(list) => list.by_stem.get(stem).copied(),
        }
    }
}
