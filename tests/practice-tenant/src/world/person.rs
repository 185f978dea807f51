//! People: who they are follows from seed and number alone.
//! Knows names and random numbers. Promises a directory entry for each number without keeping any.

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use super::names;
use super::random::{Tag, guid, mix};

/// The state in which a person begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// SharePoint shows the current photo.
    InSync,
    /// SharePoint shows another picture.
    Stale,
    /// SharePoint was never asked for this person's picture.
    NeverPrompted,
    /// SharePoint's grey head stands in.
    Placeholder,
    /// No photo at the source.
    NoPhoto,
    /// The photo comes from the directory; there is no mailbox.
    NoMailbox,
    /// A guest.
    Guest,
    /// Sign-in is blocked.
    Disabled,
    /// SharePoint has no profile yet.
    NoProfile,
    /// A file that the profile counts on is missing.
    FileMissing,
    /// Set by hand, and following Exchange switched off.
    Pinned,
}

impl Kind {
    /// Each kind with its share of a hundred people.
    pub const SHARES: [(Self, usize); 11] = [
        (Self::InSync, 34),
        (Self::Stale, 14),
        (Self::NeverPrompted, 14),
        (Self::Placeholder, 5),
        (Self::NoPhoto, 8),
        (Self::NoMailbox, 6),
        (Self::Guest, 5),
        (Self::Disabled, 4),
        (Self::NoProfile, 3),
        (Self::FileMissing, 4),
        (Self::Pinned, 3),
    ];

    /// The name on the control port.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InSync => "in-sync",
            Self::Stale => "stale",
            Self::NeverPrompted => "never-prompted",
            Self::Placeholder => "placeholder",
            Self::NoPhoto => "no-photo",
            Self::NoMailbox => "no-mailbox",
            Self::Guest => "guest",
            Self::Disabled => "disabled",
            Self::NoProfile => "no-profile",
            Self::FileMissing => "file-missing",
            Self::Pinned => "pinned",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::SHARES.iter().map(|share| share.0).find(|kind| kind.name() == name)
    }
}

/// Which kind each of a hundred people is; dealt once from the seed, and the same for every further hundred.
pub struct Deal {
    seed: u64,
    /// A kind, and how many of it stand before.
    slots: [(Kind, u32); 100],
}

impl Deal {
    /// Deals the kinds. The first eleven people show each kind once.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let first = Kind::SHARES.len();
        let mut kinds = [Kind::InSync; 100];
        let rest = Kind::SHARES.iter().flat_map(|(kind, share)| std::iter::repeat_n(*kind, share - 1));
        for (slot, kind) in kinds.iter_mut().zip(Kind::SHARES.iter().map(|share| share.0).chain(rest)) {
            *slot = kind;
        }
        for place in (first + 1..100).rev() {
            let span = (place - first + 1) as u64;
            let other = first + usize::try_from(mix(&[seed, place as u64]) % span).unwrap_or(0);
            kinds.swap(place, other);
        }
        let mut place = 0;
        let slots = kinds.map(|kind| {
            place += 1;
            let before = kinds[..place - 1].iter().filter(|other| **other == kind).count();
            (kind, u32::try_from(before).unwrap_or(0))
        });
        Self { seed, slots }
    }

    /// The kind of person number `index`, and how many of that kind came before.
    fn kind(&self, index: u32) -> (Kind, u32) {
        let (kind, before) = self.slots[(index % 100) as usize];
        let share = Kind::SHARES.iter().find(|share| share.0 == kind).map_or(0, |share| share.1);
        (kind, index / 100 * u32::try_from(share).unwrap_or(0) + before)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A directory entry.
#[derive(Clone, Debug)]
pub struct Person {
    /// Number in this tenant, from 0.
    pub index: u32,
    /// Object id.
    pub id: Uuid,
    /// User principal name, in the directory's spelling.
    pub upn: String,
    /// Mail address.
    pub mail: Option<String>,
    /// Display name.
    pub display_name: String,
    /// Given name.
    pub given_name: String,
    /// Surname.
    pub surname: String,
    /// Job title.
    pub job_title: Cow<'static, str>,
    /// State at the beginning.
    pub kind: Kind,
    /// How many of the same kind came before; chooses between variants of a kind.
    pub nth: u32,
    /// May sign in.
    pub account_enabled: bool,
    /// Invited from another tenant.
    pub guest: bool,
    /// Has a mailbox in Exchange Online.
    pub exchange_online: bool,
}

/// The domain of the tenant's people.
pub const DOMAIN: &str = "contoso.com";
/// The tenant's first domain, in which guests stand.
pub const INITIAL_DOMAIN: &str = "contoso.onmicrosoft.com";
/// Where the guests come from.
const PARTNER: &str = "fabrikam.com";

const TITLES: [&str; 8] =
    ["Analyst", "Engineer", "Project Manager", "Nurse", "Technician", "Accountant", "Designer", "Team Lead"];

impl Person {
    /// Person number `index`.
    #[must_use]
    pub fn new(deal: &Deal, index: u32) -> Self {
        let (kind, nth) = deal.kind(index);
        let seed = deal.seed;
        let named = names::name(index);
        let guest = kind == Kind::Guest;
        let chance = mix(&[seed, u64::from(index), 0x7065_7273]);
        let mail = format!("{}@{}", named.local, if guest { PARTNER } else { DOMAIN });
        let upn = match (guest, chance % 9) {
            (true, _) => format!("{}_{PARTNER}#EXT#@{INITIAL_DOMAIN}", named.local),
            (false, 0) => capitalised(&mail),
            (false, _) => mail.clone(),
        };
        let exchange_online = !matches!(kind, Kind::NoMailbox | Kind::Guest);
        Self {
            index,
            id: guid(seed, Tag::Person, index),
            upn,
            mail: (exchange_online || guest).then_some(mail),
            display_name: format!("{} {}", named.given, named.surname),
            given_name: named.given.to_owned(),
            surname: named.surname.to_owned(),
            job_title: TITLES[usize::try_from(chance >> 8).unwrap_or(0) % TITLES.len()].into(),
            kind,
            nth,
            account_enabled: kind != Kind::Disabled,
            guest,
            exchange_online,
        }
    }

    /// The name by which SharePoint knows the person.
    #[must_use]
    pub fn account_name(&self) -> String {
        format!("i:0#.f|membership|{}", self.upn.to_lowercase())
    }

    /// The file stem of the older generation: the lower-case address with `@` and `.` replaced.
    #[must_use]
    pub fn address_stem(&self) -> String {
        self.upn.to_lowercase().replace(['@', '.'], "_")
    }
}

/// `anna.lee@contoso.com` as some admins write it: `Anna.Lee@Contoso.com`.
fn capitalised(mail: &str) -> String {
    let mut start = true;
    let capital = |c: char| {
        let upper = std::mem::replace(&mut start, matches!(c, '.' | '@' | '-'));
        if upper { c.to_ascii_uppercase() } else { c }
    };
    mail.chars().map(capital).collect::<String>().replace(".Com", ".com")
}

/// The number that a user principal name would have; whether that person exists and is spelt so is for the caller to check.
pub(super) fn number_of_upn(upn: &str) -> Option<u32> {
    let upn = upn.to_lowercase();
    let (local, _) = upn.split_once('@')?;
    let local = local.strip_suffix("#ext#").and_then(|guest| guest.rsplit_once('_')).map_or(local, |parts| parts.0);
    names::number(local, '.')
}

/// The same for a file stem of the older generation.
pub(super) fn number_of_stem(stem: &str) -> Option<u32> {
    let mut parts = stem.splitn(3, '_');
    names::number(&format!("{}_{}", parts.next()?, parts.next()?), '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_fill_a_hundred_and_the_first_eleven_show_each_kind() {
        assert_eq!(Kind::SHARES.iter().map(|share| share.1).sum::<usize>(), 100);
        for deal in [1, 2, 77].map(Deal::new) {
            for (kind, share) in Kind::SHARES {
                let count = |range: std::ops::Range<u32>| range.filter(|i| deal.kind(*i).0 == kind).count();
                assert_eq!(count(0..11), 1, "{kind}");
                assert_eq!(count(300..400), share, "{kind}");
            }
        }
    }

    #[test]
    fn upn_and_stem_lead_back_to_the_person() {
        let deal = Deal::new(3);
        for index in 0..5_000 {
            let person = Person::new(&deal, index);
            assert_eq!(number_of_upn(&person.upn), Some(index), "{}", person.upn);
            assert_eq!(number_of_stem(&person.address_stem()), Some(index), "{}", person.address_stem());
        }
    }
}
