//! How both sides stand for each person before anyone changes anything.
//! Knows people and recipes of pictures. Promises the states that the README names, in several variants each.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::person::{Kind, Person};
use super::random::{Tag, guid, mix};
use super::recipe::{Recipe, Thumb};

/// A person's properties in SharePoint, by name.
pub type Profile = BTreeMap<String, String>;

/// The source photo of a person at the beginning: its recipe and its width and height.
#[must_use]
pub fn source(person: &Person) -> Option<(Recipe, u32, u32)> {
    let absent = person.kind == Kind::NoPhoto || (person.guest && person.nth % 4 == 3);
    let (width, height) = match (person.exchange_online, person.nth % 4) {
        // A photo kept in the directory may have any dimensions.
        (false, 1) => (360, 480),
        (false, 2) => (500, 333),
        (false, 3) => (240, 240),
        // Kept from an older, smaller upload.
        (true, 3) if person.kind == Kind::Stale => (360, 360),
        _ => (648, 648),
    };
    (!absent).then_some((Recipe::Portrait { index: person.index, version: 1 }, width, height))
}

/// What the library holds of a person at the beginning: the stem of the files and what each shows.
#[must_use]
pub fn files(person: &Person) -> (String, [Option<Recipe>; 3]) {
    let current = Some(Recipe::Portrait { index: person.index, version: 1 });
    let older = Some(Recipe::Portrait { index: person.index, version: 0 });
    let stranger = Some(Recipe::Portrait { index: person.index.wrapping_add(7919), version: 1 });
    let has_source = source(person).is_some();
    let shown = match (person.kind, person.nth) {
        (Kind::InSync, _) => [current; 3],
        (Kind::Stale, nth) if nth % 3 == 2 => [stranger; 3],
        // Someone replaced one file by hand: the other two are the old face.
        (Kind::Stale, nth) if nth % 6 == 4 => [current, older, older],
        (Kind::Stale | Kind::Disabled, _) => [older; 3],
        (Kind::Placeholder, nth) if nth % 3 < 2 => [Some(Recipe::GreyHead); 3],
        (Kind::NoPhoto, nth) if nth % 3 == 2 => [older; 3],
        (Kind::NoMailbox | Kind::Guest, nth) if nth % 2 == 0 && has_source => [current; 3],
        (Kind::NoMailbox, nth) if nth % 4 == 1 => [older; 3],
        (Kind::FileMissing, nth) => match nth % 3 {
            0 => [current, None, current],
            1 => [current, current, None],
            _ => [None; 3],
        },
        (Kind::Pinned, _) => [stranger; 3],
        _ => [None; 3],
    };
    (stem(person), shown)
}

/// Most files are named by object id; some are left from the time of address names.
fn stem(person: &Person) -> String {
    let old = match person.kind {
        Kind::InSync | Kind::Stale => person.nth % 4 == 1,
        Kind::Guest => person.nth % 4 == 2,
        Kind::Pinned | Kind::Disabled => true,
        _ => false,
    };
    if old { person.address_stem() } else { person.id.to_string() }
}

/// Whether the profile names a picture.
fn has_picture(person: &Person) -> bool {
    person.kind == Kind::FileMissing || files(person).1.iter().any(Option::is_some)
}

/// The person's profile at the beginning, `None` where SharePoint has none yet.
#[must_use]
pub fn profile(seed: u64, person: &Person, my_site: &str, folder: &str) -> Option<Profile> {
    if person.kind == Kind::NoProfile {
        return None;
    }
    let picture = has_picture(person);
    let placeholder = match (picture, person.kind) {
        (_, Kind::Placeholder) => "1",
        (true, _) => "0",
        (false, _) => "",
    };
    let sync = match person.kind {
        Kind::Pinned | Kind::NoMailbox | Kind::Guest => "0",
        Kind::NeverPrompted => "",
        _ => "1",
    };
    let url = if picture { picture_url(my_site, folder, &files(person).0, person.nth % 5 == 3) } else { String::new() };
    let timestamp = if picture { (modified(seed, person.index) + DOTNET_EPOCH).to_string() } else { String::new() };
    let id = person.id.to_string();
    Some(
        [
            ("UserProfile_GUID", guid(seed, Tag::Profile, person.index).to_string()),
            ("AccountName", person.account_name()),
            ("FirstName", person.given_name.clone()),
            ("LastName", person.surname.clone()),
            ("PreferredName", person.display_name.clone()),
            ("WorkEmail", person.mail.clone().unwrap_or_default()),
            ("Title", person.job_title.to_string()),
            ("UserName", person.upn.to_lowercase()),
            ("SPS-UserPrincipalName", person.upn.clone()),
            ("SPS-ClaimID", person.upn.to_lowercase()),
            ("SPS-DistinguishedName", format!("CN={id},OU=Tenant,OU=MSOnline,DC=SPODS,DC=msft,DC=net")),
            ("SPS-UserType", if person.guest { "1" } else { "0" }.to_owned()),
            ("SPS-PersonalSiteInstantiationState", "0".to_owned()),
            ("SPS-HideFromAddressLists", "False".to_owned()),
            ("msOnline-ObjectId", id),
            ("PictureURL", url),
            ("SPS-PicturePlaceholderState", placeholder.to_owned()),
            ("SPS-PictureTimestamp", timestamp),
            ("SPS-PictureExchangeSyncState", sync.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into(),
    )
}

/// Seconds from the first day of .NET's calendar to the first day of Unix'.
const DOTNET_EPOCH: i64 = 62_135_596_800;

/// When a person's files were written, in Unix seconds.
#[must_use]
pub fn modified(seed: u64, index: u32) -> i64 {
    1_700_000_000 + i64::try_from(mix(&[seed, u64::from(index), 0x7469_6D65]) % 55_000_000).unwrap_or(0)
}

/// What SharePoint escapes in the addresses that it writes.
const ESCAPED: &AsciiSet = &CONTROLS.add(b' ').add(b'#').add(b'%').add(b'"').add(b'<').add(b'>').add(b'?');

/// The address of a person's medium thumbnail as SharePoint writes it: explicit port, `%20`.
/// Some old values have another case than the file.
fn picture_url(my_site: &str, folder: &str, stem: &str, shouting: bool) -> String {
    let folder = utf8_percent_encode(folder, ESCAPED);
    let stem = if shouting { stem.to_uppercase() } else { stem.to_owned() };
    let stem = utf8_percent_encode(&stem, ESCAPED);
    format!("{my_site}/User%20Photos/{folder}/{stem}{}", Thumb::Medium.suffix())
}
