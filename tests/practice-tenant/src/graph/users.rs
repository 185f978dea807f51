//! People as Graph lists them.
//! Knows the world. Promises pages whose links lead on exactly where the page before ended.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::error;
use super::filter::Filter;
use crate::faults::Paging;
use crate::http::{Call, Reply, base64url, from_base64, pairs};
use crate::tenant::Tenant;
use crate::world::Person;
use crate::world::random::{Tag, guid, mix};

/// What Graph gives when nothing is selected.
const DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// Further properties that exist; those without a value here are `null`.
const OTHERS: [&str; 24] = [
    "accountEnabled",
    "assignedLicenses",
    "assignedPlans",
    "city",
    "companyName",
    "country",
    "createdDateTime",
    "creationType",
    "deletedDateTime",
    "department",
    "employeeId",
    "externalUserState",
    "identities",
    "imAddresses",
    "mailNickname",
    "onPremisesDistinguishedName",
    "onPremisesImmutableId",
    "onPremisesSyncEnabled",
    "otherMails",
    "postalCode",
    "proxyAddresses",
    "streetAddress",
    "usageLocation",
    "userType",
];

/// The rest of what a user has: known, but never given by this server.
const ABSENT: [&str; 101] = [
    "aboutMe",
    "ageGroup",
    "authorizationInfo",
    "birthday",
    "consentProvidedForMinor",
    "customSecurityAttributes",
    "deviceEnrollmentLimit",
    "employeeHireDate",
    "employeeLeaveDateTime",
    "employeeOrgData",
    "employeeType",
    "externalUserStateChangeDateTime",
    "faxNumber",
    "hireDate",
    "identityParentId",
    "interests",
    "isManagementRestricted",
    "isResourceAccount",
    "lastPasswordChangeDateTime",
    "legalAgeGroupClassification",
    "licenseAssignmentStates",
    "mailboxSettings",
    "onPremisesDomainName",
    "onPremisesExtensionAttributes",
    "onPremisesLastSyncDateTime",
    "onPremisesProvisioningErrors",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesUserPrincipalName",
    "passwordPolicies",
    "passwordProfile",
    "pastProjects",
    "preferredDataLocation",
    "preferredName",
    "print",
    "provisionedPlans",
    "responsibilities",
    "schools",
    "securityIdentifier",
    "serviceProvisioningErrors",
    "showInAddressList",
    "signInActivity",
    "signInSessionsValidFromDateTime",
    "skills",
    "state",
    "activities",
    "adhocCalls",
    "agreementAcceptances",
    "appRoleAssignments",
    "authentication",
    "calendar",
    "calendarGroups",
    "calendarView",
    "calendars",
    "chats",
    "cloudClipboard",
    "cloudPCs",
    "contactFolders",
    "contacts",
    "createdObjects",
    "dataSecurityAndGovernance",
    "deviceManagementTroubleshootingEvents",
    "directReports",
    "drive",
    "drives",
    "employeeExperience",
    "events",
    "extensions",
    "followedSites",
    "inferenceClassification",
    "insights",
    "joinedTeams",
    "licenseDetails",
    "mailFolders",
    "managedAppRegistrations",
    "managedDevices",
    "manager",
    "memberOf",
    "messages",
    "oauth2PermissionGrants",
    "onPremisesSyncBehavior",
    "onenote",
    "onlineMeetings",
    "outlook",
    "ownedDevices",
    "ownedObjects",
    "people",
    "permissionGrants",
    "photo",
    "photos",
    "planner",
    "presence",
    "registeredDevices",
    "scopedRoleMemberOf",
    "settings",
    "solutions",
    "sponsorOf",
    "sponsors",
    "teamwork",
    "todo",
    "transitiveMemberOf",
];

const MOST: usize = 999;
const PAGE: usize = 100;

/// The people of the directory, page by page.
pub(super) fn list(tenant: &Tenant, call: &Call, paging: Option<Paging>) -> Reply {
    pages(tenant, call, "users", &|_| true, paging, |_| ())
}

/// Those people for whom `belongs` says so, page by page; `mark` adds to each entity.
pub(super) fn pages(
    tenant: &Tenant,
    call: &Call,
    set: &str,
    belongs: &dyn Fn(&Person) -> bool,
    paging: Option<Paging>,
    mark: impl Fn(&mut Value),
) -> Reply {
    page(tenant, call, set, belongs, paging, mark).unwrap_or_else(|refusal| *refusal)
}

fn page(
    tenant: &Tenant,
    call: &Call,
    set: &str,
    belongs: &dyn Fn(&Person) -> bool,
    paging: Option<Paging>,
    mark: impl Fn(&mut Value),
) -> Result<Reply, Box<Reply>> {
    check_options(call, &["$select", "$top", "$filter", "$count", "$skiptoken"])?;
    let select = select(call, true)?;
    let top = top(call)?;
    let counted = is_eventual(call) && call.parameter("$count").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let filter = filter(call, counted)?;
    let key = link_key(call, tenant.world.seed);
    let start = match call.parameter("$skiptoken") {
        None => 0,
        Some(token) => read_link(&token, key).ok_or_else(expired_token)?,
    };
    let fits = |person: &Person| belongs(person) && filter.as_ref().is_none_or(|filter| filter.accepts(person));
    let from = |start| {
        (start..tenant.world.people).filter_map(|index| tenant.world.person(index)).filter(|person| fits(person))
    };
    let mut people = from(start);
    let shown: Vec<Person> = people.by_ref().take(top).collect();
    let mut value: Vec<Value> = shown.iter().map(|person| entity(person, &select)).collect();
    value.iter_mut().for_each(mark);
    let next = people.next().map(|person| match (paging, shown.last()) {
        (Some(Paging::Repeat), _) => start,
        (Some(Paging::Overlap), Some(last)) => last.index,
        _ => person.index,
    });
    let mut body = Map::new();
    body.insert("@odata.context".into(), json!(context(call, set, "")));
    if counted {
        body.insert("@odata.count".into(), json!(from(0).count()));
    }
    if let Some(next) = next {
        body.insert("@odata.nextLink".into(), json!(next_link(call, next, key)));
    }
    body.insert("value".into(), json!(value));
    Ok(Reply::json(200, &Value::Object(body)))
}

/// How many people there are.
pub(super) fn count(tenant: &Tenant, call: &Call) -> Reply {
    if !is_eventual(call) {
        return error::error(400, "Request_BadRequest", "$count is not currently supported.");
    }
    match filter(call, true) {
        Err(refusal) => *refusal,
        Ok(filter) => {
            let people = (0..tenant.world.people).filter_map(|index| tenant.world.person(index));
            let count = people.filter(|person| filter.as_ref().is_none_or(|filter| filter.accepts(person))).count();
            Reply::bytes(200, "text/plain", count.to_string().into_bytes())
        }
    }
}

fn is_eventual(call: &Call) -> bool {
    call.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
}

fn filter(call: &Call, counted: bool) -> Result<Option<Filter>, Box<Reply>> {
    let filter = call.parameter("$filter").map(|text| Filter::parse(&text)).transpose();
    let filter =
        filter.map_err(|reason| error::error(400, "BadRequest", &format!("Invalid filter clause: {reason}")))?;
    if filter.as_ref().is_some_and(Filter::is_advanced) && !counted {
        let message = "Operator is not supported without the header ConsistencyLevel: eventual and $count=true.";
        return Err(error::error(400, "Request_UnsupportedQuery", message).into());
    }
    Ok(filter)
}

fn expired_token() -> Reply {
    let message = "The specified page token value has expired and can no longer be included in your request.";
    error::error(400, "Directory_ExpiredPageToken", message)
}

/// One person.
pub(super) fn one(person: &Person, call: &Call) -> Reply {
    let select = match select(call, false) {
        Ok(select) => select,
        Err(refusal) => return *refusal,
    };
    let mut body = Map::new();
    body.insert("@odata.context".into(), json!(context(call, "users", "/$entity")));
    if let Value::Object(fields) = entity(person, &select) {
        body.extend(fields);
    }
    Reply::json(200, &Value::Object(body))
}

fn context(call: &Call, set: &str, end: &str) -> String {
    let select = call.parameter("$select").map(|names| format!("({names})")).unwrap_or_default();
    format!("{}/v1.0/$metadata#{set}{select}{end}", call.origin)
}

pub(super) fn check_options(call: &Call, known: &[&str]) -> Result<(), Box<Reply>> {
    for (name, _) in pairs(&call.query) {
        if name.eq_ignore_ascii_case("$skip") {
            return Err(error::error(400, "Request_BadRequest", "'$skip' is not supported by the service.").into());
        }
        if name.starts_with('$') && !known.iter().any(|other| name.eq_ignore_ascii_case(other)) {
            return Err(error::bad_request(&format!("Query option '{name}' is not supported here.")).into());
        }
    }
    Ok(())
}

fn top(call: &Call) -> Result<usize, Box<Reply>> {
    let Some(text) = call.parameter("$top") else { return Ok(PAGE) };
    let refusal = || {
        let message = format!("Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.");
        error::error(400, "Request_BadRequest", &message)
    };
    text.parse().ok().filter(|top| (1..=MOST).contains(top)).ok_or_else(|| refusal().into())
}

/// The selected properties in the directory's spelling.
pub(super) fn select(call: &Call, collection: bool) -> Result<Vec<&'static str>, Box<Reply>> {
    let Some(names) = call.parameter("$select").filter(|names| !names.trim().is_empty()) else {
        return Ok(DEFAULT.to_vec());
    };
    let known = |name: &str| {
        DEFAULT.iter().chain(&OTHERS).chain(&ABSENT).copied().find(|other| other.eq_ignore_ascii_case(name))
    };
    names
        .split(',')
        .map(str::trim)
        .map(|name| {
            if name.eq_ignore_ascii_case("mySite") {
                return if collection {
                    Err(error::error(501, "NotImplemented", "This operation target is not yet supported.").into())
                } else {
                    Ok("mySite")
                };
            }
            known(name).ok_or_else(|| {
                let message = format!("Could not find a property named '{name}' on type 'microsoft.graph.user'.");
                error::bad_request(&message).into()
            })
        })
        .collect()
}

/// A person as Graph shows them.
pub(super) fn entity(person: &Person, select: &[&'static str]) -> Value {
    let given = select.iter().filter(|name| !ABSENT.contains(name));
    let mut fields: Map<String, Value> = given.map(|name| ((*name).to_owned(), property(person, name))).collect();
    // Graph gives the id whether selected or not.
    fields.entry("id").or_insert_with(|| json!(person.id));
    Value::Object(fields)
}

/// A property of a person as Graph shows it.
pub(super) fn property(person: &Person, name: &str) -> Value {
    match name {
        "id" => json!(person.id),
        "userPrincipalName" => json!(person.upn),
        "mail" => json!(person.mail),
        "displayName" => json!(person.display_name),
        "givenName" => json!(person.given_name),
        "surname" => json!(person.surname),
        "jobTitle" => json!(person.job_title),
        "accountEnabled" => json!(person.account_enabled),
        "userType" => json!(if person.guest { "Guest" } else { "Member" }),
        "mailNickname" => json!(person.upn.split('@').next()),
        "externalUserState" if person.guest => json!("Accepted"),
        "creationType" if person.guest => json!("Invitation"),
        "assignedPlans" => plans(person),
        "assignedLicenses" => licences(person),
        "assignedLicenses/$count" => json!(licences(person).as_array().map_or(0, Vec::len)),
        "businessPhones" | "identities" | "imAddresses" | "otherMails" | "proxyAddresses" => {
            json!([])
        }
        _ => Value::Null,
    }
}

/// Everybody but guests has one licence.
fn licences(person: &Person) -> Value {
    if person.guest {
        return json!([]);
    }
    json!([{ "disabledPlans": [], "skuId": guid(0, Tag::Group, 4) }])
}

/// Everybody with a licence has SharePoint; only those with a mailbox have an enabled plan of Exchange.
fn plans(person: &Person) -> Value {
    if person.guest {
        return json!([]);
    }
    let plan = |service: &str, number: u32, status: &str| {
        json!({
            "assignedDateTime": "2024-02-05T09:14:31Z",
            "capabilityStatus": status,
            "service": service,
            "servicePlanId": guid(0, Tag::Group, number),
        })
    };
    let exchange = match (person.exchange_online, person.nth % 3) {
        (true, _) => Some(plan("exchange", 1, "Enabled")),
        // The mailbox plan was taken away, and the directory remembers it.
        (false, 0) => Some(plan("exchange", 1, "Deleted")),
        (false, _) => None,
    };
    json!(
        exchange
            .into_iter()
            .chain([plan("SharePoint", 2, "Enabled"), plan("MicrosoftOffice", 3, "Enabled")])
            .collect::<Vec<_>>()
    )
}

/// Binds a link to the query that it continues.
fn link_key(call: &Call, seed: u64) -> u64 {
    let rest = pairs(&call.query).into_iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"));
    let mut parts: Vec<u64> =
        rest.flat_map(|(name, value)| format!("{name}={value}").into_bytes()).map(u64::from).collect();
    parts.push(seed);
    mix(&parts)
}

fn next_link(call: &Call, next: u32, key: u64) -> String {
    let token = base64url(&[&next.to_be_bytes()[..], &mix(&[u64::from(next), key]).to_be_bytes()[..]].concat());
    let kept = call.query.split('&').filter(|pair| !pair.is_empty() && !pair.to_lowercase().contains("skiptoken="));
    let token = format!("$skiptoken={}", utf8_percent_encode(&format!("m~{token}"), NON_ALPHANUMERIC));
    let query: Vec<&str> = kept.chain([token.as_str()]).collect();
    format!("{}{}?{}", call.origin, call.path, query.join("&"))
}

fn read_link(token: &str, key: u64) -> Option<u32> {
    let bytes = from_base64(token.strip_prefix("m~")?)?;
    let (next, check) = bytes.split_at_checked(4)?;
    let next = u32::from_be_bytes(next.try_into().ok()?);
    (check == mix(&[u64::from(next), key]).to_be_bytes()).then_some(next)
}
