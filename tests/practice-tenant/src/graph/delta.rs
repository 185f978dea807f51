//! Who came, changed and went since the last time. Photos are no part of it: they are kept outside the user.
//! Knows the world's journal. Promises 410 for a token from before the journal was cut.

use serde_json::{Map, Value, json};

use super::error;
use super::users::{self, check_options};
use crate::faults::Paging;
use crate::http::{Call, Reply, base64url, from_base64};
use crate::tenant::Tenant;
use crate::world::random::mix;

const PAGE: u32 = 200;

/// Where a walk through the changes stands.
#[derive(Clone, Copy)]
enum Place {
    /// In the first round: everybody from this number on, with the journal as it was at its beginning.
    Everybody { from: u32, journal: u32 },
    /// After the first round: the journal from here on.
    Since(u32),
}

/// A page of changes.
pub(super) fn answer(tenant: &Tenant, call: &Call, paging: Option<Paging>) -> Reply {
    page(tenant, call, paging).unwrap_or_else(|refusal| *refusal)
}

fn page(tenant: &Tenant, call: &Call, paging: Option<Paging>) -> Result<Reply, Box<Reply>> {
    check_options(call, &["$select", "$skiptoken", "$deltatoken", "$filter"])?;
    let select = users::select(call, true)?;
    let seed = tenant.world.seed;
    let token = call.parameter("$skiptoken").or_else(|| call.parameter("$deltatoken"));
    let place = match token.as_deref() {
        None => Place::Everybody { from: 0, journal: tenant.world.journal_end() },
        Some("latest") => Place::Since(tenant.world.journal_end()),
        Some(token) => read(token, seed).ok_or_else(|| error::bad_request("Badly formed content."))?,
    };
    let (value, next) = match place {
        Place::Everybody { from, journal } => {
            let end = from.saturating_add(PAGE).min(tenant.world.people);
            let people = (from..end).filter_map(|index| tenant.world.person(index));
            let value: Vec<Value> = people.map(|person| users::entity(&person, &select)).collect();
            let next = match paging {
                _ if end == tenant.world.people => Place::Since(journal),
                Some(Paging::Repeat) => Place::Everybody { from, journal },
                Some(Paging::Overlap) => Place::Everybody { from: end - 1, journal },
                None => Place::Everybody { from: end, journal },
            };
            (value, next)
        }
        Place::Since(start) => {
            let changed = tenant.world.journal_since(start).ok_or_else(|| {
                let link = format!("{}/v1.0/users/delta", call.origin);
                error::error(410, "syncStateNotFound", "The token is too old; start over.").with("location", &link)
            })?;
            let entities = changed.into_iter().map(|(id, person)| match person {
                Some(person) => users::entity(&person, &select),
                None => json!({ "id": id, "@removed": { "reason": "changed" } }),
            });
            (entities.collect(), Place::Since(tenant.world.journal_end()))
        }
    };
    let more = matches!(next, Place::Everybody { .. });
    let (name, option) = if more { ("@odata.nextLink", "$skiptoken") } else { ("@odata.deltaLink", "$deltatoken") };
    let mut body = Map::new();
    body.insert("@odata.context".into(), json!(format!("{}/v1.0/$metadata#users", call.origin)));
    body.insert(
        name.into(),
        json!(format!("{}/v1.0/users/delta?{option}={}{}", call.origin, write(next, seed), kept(call))),
    );
    body.insert("value".into(), json!(value));
    Ok(Reply::json(200, &Value::Object(body)))
}

/// The options that go on with the links.
fn kept(call: &Call) -> String {
    let select = call.query.split('&').filter(|pair| pair.to_lowercase().contains("select="));
    select.flat_map(|pair| ["&", pair]).collect()
}

fn write(place: Place, seed: u64) -> String {
    let (kind, a, b) = match place {
        Place::Everybody { from, journal } => (0, from, journal),
        Place::Since(start) => (1, start, 0),
    };
    let check = mix(&[seed, kind, u64::from(a), u64::from(b)]);
    base64url(&[&kind.to_be_bytes()[7..], &a.to_be_bytes(), &b.to_be_bytes(), &check.to_be_bytes()].concat())
}

fn read(token: &str, seed: u64) -> Option<Place> {
    let bytes = from_base64(token)?;
    let (a, b) = (bytes.get(1..5)?.try_into().ok()?, bytes.get(5..9)?.try_into().ok()?);
    let (a, b) = (u32::from_be_bytes(a), u32::from_be_bytes(b));
    let place = if *bytes.first()? == 0 { Place::Everybody { from: a, journal: b } } else { Place::Since(a) };
    (write(place, seed) == token).then_some(place)
}
