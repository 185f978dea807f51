//! Profiles: `PeopleManager` over REST, and the rules that `ProcessQuery` shares with it.
//! Knows the world's profiles. Promises writes on the admin host only, one property at a time.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::address::Segment;
use super::dialect::{Dialect, Entity};
use super::error::{self, Refusal};
use super::{Outcome, Visit};
use crate::tenant::{Service, Tenant};
use crate::world::{Person, Profile};

/// The profile of an account; `None` where SharePoint has none.
pub(super) fn profile(tenant: &Tenant, account: &str, stale: Duration) -> Option<(Person, Profile)> {
    let person = tenant.world.find_account(account)?;
    let profile = tenant.world.profile_before(&person, stale)?;
    Some((person, profile))
}

fn account(segments: &[Segment]) -> Result<&str, Refusal> {
    let account = segments.get(2).and_then(|segment| segment.text("accountname", 0));
    account.ok_or_else(|| error::bad_query("The parameter accountName is missing."))
}

/// All properties of a person, or one of them.
pub(super) fn properties(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let account = account(segments)?;
    let Some((person, profile)) = profile(visit.tenant, account, visit.stale) else {
        return Ok(visit.dialect.value(visit.host(), "GetPropertiesFor", &Value::Null));
    };
    let path = format!("SP.UserProfiles.PeopleManager/GetPropertiesFor(accountname='{}')", account.replace('\'', "''"));
    let mut properties = summary(visit.tenant, &person, &profile);
    properties.push(("UserProfileProperties", key_values(visit.dialect, &profile)));
    let entity = Entity { kind: "SP.UserProfiles.PersonProperties", path, etag: None, properties };
    match segments.get(3) {
        None => Ok(visit.dialect.one(visit.host(), &super::files::selected(visit, entity)?)),
        Some(one) => {
            let found = entity.properties.iter().find(|(name, _)| name.eq_ignore_ascii_case(&one.name));
            let (name, value) = found.ok_or_else(error::no_resource)?;
            Ok(visit.dialect.value(visit.host(), name, value))
        }
    }
}

/// The properties of `PersonProperties` but for the long list.
pub(super) fn summary(tenant: &Tenant, person: &Person, profile: &Profile) -> Vec<(&'static str, Value)> {
    let value = |name: &str| profile.get(name).map_or("", String::as_str);
    let (picture, time) = (value("PictureURL"), value("SPS-PictureTimestamp"));
    let my_site = tenant.world.my_site();
    vec![
        ("AccountName", json!(value("AccountName"))),
        ("DirectReports", json!([])),
        ("DisplayName", json!(value("PreferredName"))),
        ("Email", json!(person.mail)),
        ("ExtendedManagers", json!([])),
        ("ExtendedReports", json!([value("AccountName")])),
        ("IsFollowed", json!(false)),
        ("LatestPost", Value::Null),
        ("Peers", json!([])),
        ("PersonalSiteHostUrl", json!(format!("{my_site}/"))),
        ("PersonalUrl", json!(format!("{my_site}/personal/{}/", person.address_stem()))),
        ("PictureUrl", if picture.is_empty() { Value::Null } else { json!(format!("{picture}?t={time}")) }),
        ("Title", json!(value("Title"))),
        ("UserUrl", json!(format!("{my_site}/Person.aspx?accountname={}", value("AccountName")))),
    ]
}

fn key_values(dialect: Dialect, profile: &Profile) -> Value {
    let pair = |(name, value): (&String, &String)| {
        let mut pair = Map::new();
        if dialect == Dialect::Verbose {
            pair.insert("__metadata".to_owned(), json!({ "type": "SP.KeyValue" }));
        }
        pair.insert("Key".to_owned(), json!(name));
        pair.insert("Value".to_owned(), json!(value));
        pair.insert("ValueType".to_owned(), json!("Edm.String"));
        Value::Object(pair)
    };
    profile.iter().map(pair).collect()
}

/// One property by its name, whose case counts.
pub(super) fn property(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let name = segments.get(2).and_then(|segment| segment.text("propertyname", 1));
    let name = name.ok_or_else(|| error::bad_query("The parameter propertyName is missing."))?;
    let (_, profile) = profile(visit.tenant, account(segments)?, visit.stale).ok_or_else(error::no_profile)?;
    let value = profile.get(name).map_or("", String::as_str);
    Ok(visit.dialect.value(visit.host(), "GetUserProfilePropertyFor", &json!(value)))
}

/// Sets one property; the arguments are in a JSON body, or in the address.
pub(super) fn set(visit: &Visit<'_>, segments: &[Segment]) -> Outcome {
    let body: Value = match visit.call.body.as_slice() {
        [] => Value::Null,
        bytes => serde_json::from_slice(bytes)
            .map_err(|_| error::bad_query("Invalid JSON. The request body cannot be read."))?,
    };
    let argument = |name: &str, place: usize| {
        let in_body = || {
            let fields = body.as_object()?;
            let (_, value) = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            value.as_str().map(str::to_owned)
        };
        let in_address = || segments.get(2)?.text(name, place).map(str::to_owned);
        in_body().or_else(in_address).ok_or_else(|| error::bad_query(format!("The parameter {name} is missing.")))
    };
    let (account, name, value) =
        (argument("accountname", 0)?, argument("propertyname", 1)?, argument("propertyvalue", 2)?);
    write(visit, &account, &name, &value)?;
    Ok(visit.dialect.value(visit.host(), "SetSingleValueProfileProperty", &Value::Null))
}

/// Properties that only the service itself writes.
const LOCKED: [&str; 7] = [
    "AccountName",
    "UserProfile_GUID",
    "UserName",
    "SPS-ClaimID",
    "SPS-UserPrincipalName",
    "SPS-DistinguishedName",
    "msOnline-ObjectId",
];

/// Writes one property of one profile.
pub(super) fn write(visit: &Visit<'_>, account: &str, name: &str, value: &str) -> Result<(), Refusal> {
    let tenant = visit.tenant;
    let permitted = ["Sites.FullControl.All", "User.ReadWrite.All"].iter().all(|name| visit.claims.has_any(&[name]));
    if visit.service != Service::Admin || !permitted {
        return Err(error::not_admin());
    }
    let (person, profile) = profile(tenant, account, Duration::ZERO).ok_or_else(error::no_profile)?;
    if LOCKED.contains(&name) {
        let message = "Property Not Editable: This property can only be modified by an administrator.";
        return Err(error::refuse(
            500,
            "-1, Microsoft.Office.Server.UserProfiles.PropertyNotEditableException",
            message,
        ));
    }
    if !profile.contains_key(name) {
        let message = format!("Property Not Found: The property {name} does not exist.");
        return Err(error::refuse(
            500,
            "-1, Microsoft.Office.Server.UserProfiles.PropertyNotDefinedException",
            message,
        ));
    }
    tenant.world.set_property(&person, name, value);
    tenant.stats.wrote("admin.setProperty");
    Ok(())
}
