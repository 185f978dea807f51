//! Who the my-site host knows: its users, and the list in which it keeps what it shows of them.
//! Knows the world's profiles. Promises pages by id; pictures come into the list with a delay.

use std::time::Duration;

use serde_json::{Value, json};

use super::dialect::Entity;
use super::error::{self, Refusal};
use super::files::selected;
use super::lists::{next_link, page_size, position};
use super::{Outcome, Visit};
use crate::tenant::Service;
use crate::world::random::{Tag, guid};
use crate::world::truth::rfc3339;
use crate::world::{Person, Profile, beginning};

/// How long a changed profile takes to come into the list.
const DELAY: Duration = Duration::from_secs(300);
/// Ids below belong to the host's own accounts.
const FIRST_ID: u64 = 10;

/// A page of the people whom the host knows: those with a profile.
fn page(visit: &Visit<'_>, stale: Duration, entity: impl Fn(&Person, &Profile) -> Entity) -> Outcome {
    if visit.service != Service::MySite {
        return Ok(visit.dialect.many(visit.host(), &[], None));
    }
    let world = &visit.tenant.world;
    let top = page_size(visit)?;
    let after = visit.call.parameter("$skiptoken").map_or(Ok(0), |token| position(&token))?;
    let first = u32::try_from((after + 1).saturating_sub(FIRST_ID)).unwrap_or(u32::MAX);
    let known = |index| {
        let person = world.known_person(index)?;
        let profile = world.profile_before(&person, stale)?;
        Some((person, profile))
    };
    let mut people = (first..world.people).filter_map(known);
    let shown: Vec<(Person, Profile)> = people.by_ref().take(top).collect();
    let last = shown.last().map_or(after, |(person, _)| id(person));
    let next = people.next().map(|_| next_link(visit, last));
    let entities = shown.iter().map(|(person, profile)| selected(visit, entity(person, profile)));
    let entities: Vec<Entity> = entities.collect::<Result<_, Refusal>>()?;
    Ok(visit.dialect.many(visit.host(), &entities, next.as_deref()))
}

fn id(person: &Person) -> u64 {
    u64::from(person.index) + FIRST_ID
}

/// The site's users.
pub(super) fn list(visit: &Visit<'_>) -> Outcome {
    page(visit, visit.stale, |person, profile| Entity {
        kind: "SP.User",
        path: format!("Web/GetUserById({})", id(person)),
        etag: None,
        properties: vec![
            ("Id", json!(id(person))),
            ("IsHiddenInUI", json!(false)),
            ("LoginName", json!(profile.get("AccountName"))),
            ("Title", json!(person.display_name)),
            ("PrincipalType", json!(1)),
            ("Email", json!(person.mail.as_deref().unwrap_or(""))),
            ("IsEmailAuthenticationGuestUser", json!(false)),
            ("IsShareByEmailGuestUser", json!(person.guest)),
            ("IsSiteAdmin", json!(false)),
            ("UserPrincipalName", json!(person.upn)),
        ],
    })
}

/// The items of the user information list.
pub(super) fn items(visit: &Visit<'_>) -> Outcome {
    if visit.call.parameter("$filter").is_some() || visit.call.parameter("$orderby").is_some() {
        return Err(error::bad_query("This practice tenant filters and orders no list items."));
    }
    let seed = visit.tenant.world.seed;
    page(visit, visit.stale.max(DELAY), |person, profile| {
        let value = |name: &str| profile.get(name).map_or("", String::as_str);
        let (picture, time) = (value("PictureURL"), value("SPS-PictureTimestamp"));
        let url = format!("{picture}?t={time}");
        let modified = json!(rfc3339(beginning::modified(seed, person.index)));
        let list = guid(seed, Tag::Group, 15);
        Entity {
            kind: "SP.Data.UserInfoItem",
            path: format!("Web/Lists(guid'{list}')/Items({})", id(person)),
            etag: Some("\"1\"".to_owned()),
            properties: vec![
                ("Id", json!(id(person))),
                ("ID", json!(id(person))),
                ("Title", json!(person.display_name)),
                ("Name", json!(value("AccountName"))),
                ("EMail", json!(person.mail)),
                ("UserName", json!(person.upn)),
                (
                    "Picture",
                    if picture.is_empty() { Value::Null } else { json!({ "Description": picture, "Url": url }) },
                ),
                ("SPSPictureTimestamp", json!(time)),
                ("SPSPicturePlaceholderState", json!(value("SPS-PicturePlaceholderState").parse::<u8>().ok())),
                ("SPSPictureExchangeSyncState", json!(value("SPS-PictureExchangeSyncState").parse::<u8>().ok())),
                ("Created", modified.clone()),
                ("Modified", modified),
            ],
        }
    })
}
