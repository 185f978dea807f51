//! People: one by one, by name in batches, or page after page.

use serde::Deserialize;
use serde_json::Value;

use super::Graph;
use super::batch::BATCH_SIZE;
use super::errors::Refusal;
use crate::error::{Code, Error, Result};
use crate::model::{Person, UserType};
use crate::net::Call;

const SELECT: &str = "$select=id,userPrincipalName,displayName,accountEnabled,userType,assignedPlans";
/// The most that Graph gives in one page. \[D\]
const PAGE: usize = 999;
const LIST_RIGHT: &str = "User.Read.All";

/// Which accounts a run over many people looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum UserTypes {
    /// Accounts of the tenant itself.
    #[default]
    Member,
    /// Invited accounts.
    Guest,
    /// Both.
    All,
}

impl UserTypes {
    /// Whether an account of this type is selected.
    #[must_use]
    pub fn includes(self, user_type: UserType) -> bool {
        match self {
            Self::All => true,
            Self::Member => user_type == UserType::Member,
            Self::Guest => user_type == UserType::Guest,
        }
    }
}

/// Where a run over many people takes them from.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// An OData filter, passed to Graph as it is.
    pub filter: Option<String>,
    /// Members of a group, nested groups included.
    pub group_id: Option<String>,
}

/// One page of a listing.
#[derive(Debug)]
pub struct PageOf<T> {
    /// What the page holds.
    pub items: Vec<T>,
    /// The link of the next page, if there is one.
    pub next: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserJson {
    id: String,
    #[serde(default)]
    user_principal_name: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    account_enabled: Option<bool>,
    #[serde(default)]
    user_type: Option<String>,
    #[serde(default)]
    assigned_plans: Vec<PlanJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlanJson {
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    capability_status: Option<String>,
}

impl From<UserJson> for Person {
    fn from(user: UserJson) -> Self {
        let guest = user.user_type.is_some_and(|text| text.eq_ignore_ascii_case("Guest"));
        Self {
            id: user.id.to_ascii_lowercase(),
            user_principal_name: user.user_principal_name.unwrap_or_default(),
            display_name: user.display_name,
            account_enabled: user.account_enabled.unwrap_or(true),
            user_type: if guest { UserType::Guest } else { UserType::Member },
            exchange_online: user.assigned_plans.iter().any(PlanJson::is_mailbox),
        }
    }
}

impl PlanJson {
    /// Plans in their grace period (`Warning`) still work. \[D\]
    fn is_mailbox(&self) -> bool {
        let is = |field: &Option<String>, text| field.as_deref().is_some_and(|value| value.eq_ignore_ascii_case(text));
        is(&self.service, "exchange")
            && (is(&self.capability_status, "Enabled") || is(&self.capability_status, "Warning"))
    }
}

#[derive(Deserialize)]
struct ListJson {
    value: Vec<UserJson>,
    #[serde(rename = "@odata.nextLink", default)]
    next: Option<String>,
}

impl Graph {
    /// A page of people: the first of `selection`, or the one that `next` names.
    pub async fn people(&self, selection: &Selection, next: Option<&str>) -> Result<PageOf<Person>> {
        let target = next.map_or_else(|| first_page(selection), str::to_owned);
        let mut call = Call::get(target);
        if selection.filter.is_some() || selection.group_id.is_some() {
            // Many filters, and any on group members, are "advanced queries". [D]
            call = call.header(reqwest::header::HeaderName::from_static("consistencylevel"), "eventual");
        }
        let answer = self.service.send(&call).await?;
        if answer.status != 200 {
            return Err(list_error(selection, answer.status, &answer.body));
        }
        let list: ListJson = serde_json::from_slice(&answer.body).map_err(|error| {
            Error::new(Code::ProtocolViolation, "Microsoft Graph's list of people is not what it should be.")
                .with_cause(&error)
        })?;
        Ok(PageOf { items: list.value.into_iter().map(Person::from).collect(), next: list.next })
    }

    /// How many people have a licence: the tenant has at least as many licences, which is what its limits hang on.
    pub async fn licensed_people(&self) -> Result<u64> {
        let filter = query_value("assignedLicenses/$count ne 0");
        let call = Call::get(format!("v1.0/users/$count?$filter={filter}"))
            .header(reqwest::header::HeaderName::from_static("consistencylevel"), "eventual");
        let answer = self.service.send(&call).await?;
        // Some answers begin with a byte order mark. [O]
        let text = std::str::from_utf8(&answer.body).unwrap_or_default().trim_start_matches('\u{feff}');
        match (answer.status, text.trim().parse()) {
            (200, Ok(count)) => Ok(count),
            _ => Err(list_error(&Selection::default(), answer.status, &answer.body)),
        }
    }

    /// Looks up to [`BATCH_SIZE`] people up by object id, user principal name or mail address, in their order.
    pub async fn people_named(&self, identities: &[String]) -> Result<Vec<Result<Person>>> {
        debug_assert!(identities.len() <= BATCH_SIZE);
        let paths: Vec<String> = identities.iter().map(|name| format!("/users/{}?{SELECT}", segment(name))).collect();
        let mut people: Vec<Result<Person>> =
            self.batch_get(&paths).await?.into_iter().map(|part| person_of(&part?)).collect();
        let missing: Vec<usize> = (0..people.len())
            .filter(|&index| identities[index].contains('@'))
            .filter(|&index| people[index].as_ref().is_err_and(|error| error.code() == Code::PersonNotFound))
            .collect();
        if !missing.is_empty() {
            let paths: Vec<String> = missing.iter().map(|&index| by_mail(&identities[index])).collect();
            for (&index, part) in missing.iter().zip(self.batch_get(&paths).await?) {
                people[index] = only_one(&part?, &identities[index]);
            }
        }
        Ok(people
            .into_iter()
            .zip(identities)
            .map(|(person, name)| person.map_err(|error| error.with_user(name)))
            .collect())
    }
}

fn first_page(selection: &Selection) -> String {
    let mut target = match &selection.group_id {
        Some(group) => {
            format!("v1.0/groups/{}/transitiveMembers/microsoft.graph.user?{SELECT}&$top={PAGE}", segment(group))
        }
        None => format!("v1.0/users?{SELECT}&$top={PAGE}"),
    };
    if let Some(filter) = &selection.filter {
        target.push_str("&$filter=");
        target.push_str(&query_value(filter));
    }
    if selection.filter.is_some() || selection.group_id.is_some() {
        target.push_str("&$count=true");
    }
    target
}

fn by_mail(mail: &str) -> String {
    let quoted = mail.replace('\'', "''");
    format!("/users?{SELECT}&$top=2&$filter={}", query_value(&format!("mail eq '{quoted}'")))
}

fn person_of(part: &super::batch::Part) -> Result<Person> {
    if part.status != 200 {
        return Err(part.refusal().to_error("read this person", LIST_RIGHT));
    }
    UserJson::deserialize(&part.body).map(Person::from).map_err(|error| {
        Error::new(Code::ProtocolViolation, "Microsoft Graph's answer about a person is not what it should be.")
            .with_cause(&error)
    })
}

fn only_one(part: &super::batch::Part, mail: &str) -> Result<Person> {
    if part.status != 200 {
        return Err(part.refusal().to_error("find this person by mail address", LIST_RIGHT));
    }
    let mut found: Vec<UserJson> = part
        .body
        .get("value")
        .map(Vec::deserialize)
        .transpose()
        .map_err(|error| {
            Error::new(Code::ProtocolViolation, "Microsoft Graph's list of people is not what it should be.")
                .with_cause(&error)
        })?
        .unwrap_or_default();
    match (found.pop(), found.is_empty()) {
        (Some(user), true) => Ok(user.into()),
        (None, _) => Err(Error::new(Code::PersonNotFound, format!("Nobody has the identity '{mail}'."))),
        (Some(_), false) => {
            Err(Error::new(Code::PersonNotFound, format!("Several people have the mail address '{mail}'."))
                .with_advice("Name the person by user principal name or object id."))
        }
    }
}

fn list_error(selection: &Selection, status: u16, body: &[u8]) -> Error {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = Refusal { status, body: &body }.to_error("list people", LIST_RIGHT);
    match (status, &selection.filter, &selection.group_id) {
        (400, Some(filter), _) => {
            Error::new(Code::InvalidArgument, format!("Microsoft Graph does not accept the filter: {filter}"))
                .with_http_status(status)
                .with_advice("Use an OData filter on users, such as \"department eq 'Sales'\".")
                .with_cause(&error)
        }
        (404 | 400, _, Some(group)) => {
            Error::new(Code::InvalidArgument, format!("The directory has no group with the id '{group}'."))
                .with_http_status(status)
        }
        _ => error,
    }
}

/// A value in a path. Everything but unreserved characters is escaped: a guest's `#EXT#` would end the address.
fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNRESERVED).to_string()
}

fn query_value(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNRESERVED).to_string()
}

const UNRESERVED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn person(user: Value) -> Person {
        serde_json::from_value::<UserJson>(user).unwrap().into()
    }

    #[test]
    fn a_mailbox_is_an_enabled_plan_of_exchange() {
        let with = |service: &str, status: &str| {
            person(json!({ "id": "A", "assignedPlans": [{ "service": service, "capabilityStatus": status }] }))
                .exchange_online
        };
        assert!(with("exchange", "Enabled"));
        assert!(with("exchange", "Warning"));
        assert!(!with("exchange", "Deleted"));
        assert!(!with("SharePoint", "Enabled"));
        assert!(!person(json!({ "id": "A" })).exchange_online);
    }

    #[test]
    fn an_account_without_type_is_a_member() {
        assert_eq!(person(json!({ "id": "A", "userType": null })).user_type, UserType::Member);
        assert_eq!(person(json!({ "id": "A", "userType": "Guest" })).user_type, UserType::Guest);
    }

    #[test]
    fn names_cannot_leave_their_place_in_the_address() {
        assert_eq!(segment("a#EXT#@b/../c?x"), "a%23EXT%23%40b%2F..%2Fc%3Fx");
        assert!(by_mail("o'b@x.com").contains("o%27%27b%40x.com"));
    }
}
