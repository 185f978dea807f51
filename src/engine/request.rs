//! What callers ask for: the JSON of docs/abi.md, read strictly.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::run::{Operation, RunOptions};
use crate::auth::{ManagedIdentityOptions, Pipeline};
use crate::error::{Code, Error, Result};
use crate::graph::{Selection, UserTypes};
use crate::plan::{ConflictPolicy, Policy, RemovalPolicy};

/// Config of a session.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Config {
    pub(super) tenant_id: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) environment_file: Option<PathBuf>,
    pub(super) share_point_url: Option<String>,
    pub(super) share_point_my_site_url: Option<String>,
    pub(super) share_point_admin_url: Option<String>,
    pub(super) certificate_path: Option<PathBuf>,
    pub(super) federated_token_file: Option<PathBuf>,
    pub(super) pipeline: Option<Pipeline>,
    pub(super) managed_identity: Option<ManagedIdentityOptions>,
    pub(super) device_code: bool,
    pub(super) proxy: Option<String>,
    pub(super) timeout_seconds: Option<u32>,
    pub(super) concurrency: Option<u8>,
    pub(super) license_count: Option<u64>,
    pub(super) state_path: Option<PathBuf>,
}

/// What a check tries.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct CheckOptions {
    pub(super) identity: Option<String>,
    pub(super) group_id: Option<String>,
    pub(super) write: bool,
}

/// A request without fields.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Which people a run looks at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct People {
    identities: Option<Vec<String>>,
    all: bool,
    filter: Option<String>,
    group_id: Option<String>,
    user_type: UserTypes,
    include_disabled: bool,
    exchange_online_only: bool,
}

/// The same, checked: exactly one way to choose.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) way: Way,
    pub(super) exchange_online_only: bool,
}

/// By name, or all that a listing gives.
#[derive(Clone, Debug)]
pub(super) enum Way {
    Named(Vec<String>),
    Listed { selection: Selection, user_types: UserTypes, include_disabled: bool },
}

impl People {
    pub(super) fn check(self) -> Result<Chosen> {
        let refuse = |text: &'static str| Err(Error::new(Code::InvalidArgument, text));
        let listing = self.filter.is_some() || self.group_id.is_some() || self.include_disabled;
        let way = match (self.identities, self.all) {
            (Some(_), true) => return refuse("A request names people or asks for all, not both."),
            (None, false) => {
                return refuse("A request must name people (\"identities\") or ask for all (\"all\": true).");
            }
            (Some(_), false) if listing || self.user_type != UserTypes::default() => {
                return refuse("filter, groupId, userType and includeDisabled go with \"all\": true.");
            }
            (Some(names), false) if names.iter().any(|name| name.trim().is_empty()) => {
                return refuse("An identity is empty.");
            }
            (Some(names), false) => Way::Named(names.into_iter().map(|name| name.trim().to_owned()).collect()),
            (None, true) => Way::Listed {
                selection: Selection { filter: self.filter, group_id: self.group_id },
                user_types: self.user_type,
                include_disabled: self.include_disabled,
            },
        };
        Ok(Chosen { way, exchange_online_only: self.exchange_online_only })
    }
}

/// Which sides a fetch reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Sides {
    #[default]
    Both,
    Source,
    Shown,
}

/// Fields of fetch beside the people.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FetchOptions {
    pub(super) sides: Sides,
    pub(super) pictures: bool,
}

/// Fields of compare beside the people.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct CompareOptions {
    pub(super) include_unchanged: Option<bool>,
    pub(super) include_pinned: bool,
}

/// Fields of sync beside the people.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SyncOptions {
    pub(super) include_unchanged: Option<bool>,
    pub(super) include_pinned: bool,
    pub(super) what_if: bool,
    pub(super) removal_policy: RemovalPolicy,
    pub(super) maximum_removals: Option<u64>,
    pub(super) conflict_policy: ConflictPolicy,
    /// Everybody is looked at within so many nights.
    pub(super) nights: Option<u8>,
}

/// The fields of [`SyncOptions`].
pub(super) const SYNC_FIELDS: &[&str] =
    &["includeUnchanged", "includePinned", "whatIf", "removalPolicy", "maximumRemovals", "conflictPolicy", "nights"];

impl SyncOptions {
    pub(super) fn check(self) -> Result<RunOptions> {
        let nights = self.nights.unwrap_or(1);
        if !(1..=31).contains(&nights) {
            return Err(Error::new(Code::InvalidArgument, "nights must be between 1 and 31."));
        }
        Ok(RunOptions {
            operation: Operation::Sync { what_if: self.what_if },
            policy: Policy {
                include_pinned: self.include_pinned,
                removal: self.removal_policy,
                conflict: self.conflict_policy,
            },
            everybody: self.include_unchanged,
            maximum_removals: self.maximum_removals,
            nights,
        })
    }
}

/// Names of the fields that [`People`] takes; serde cannot refuse unknown fields across a flattened struct itself.
const PEOPLE_FIELDS: &[&str] =
    &["identities", "all", "filter", "groupId", "userType", "includeDisabled", "exchangeOnlineOnly"];

/// Reads a request without people.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    // By way of a map: left to itself, serde would take an array for the fields in their order.
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|error| invalid(&error))?;
    T::deserialize(serde_json::Value::Object(object)).map_err(|error| invalid(&error))
}

/// Reads a request about people with the fields of `T` beside them.
pub(super) fn read_with_people<T: DeserializeOwned>(bytes: &[u8], fields: &[&str]) -> Result<(Chosen, T)> {
    let object: serde_json::Map<String, serde_json::Value> = read(bytes)?;
    if let Some(name) =
        object.keys().find(|name| !PEOPLE_FIELDS.contains(&name.as_str()) && !fields.contains(&name.as_str()))
    {
        return Err(Error::new(Code::InvalidArgument, format!("The request has an unknown field '{name}'."))
            .with_advice("docs/abi.md lists the fields of each request."));
    }
    let value = serde_json::Value::Object(object);
    let people = People::deserialize(&value).map_err(|error| invalid(&error))?;
    let options = T::deserialize(value).map_err(|error| invalid(&error))?;
    Ok((people.check()?, options))
}

fn invalid(error: &serde_json::Error) -> Error {
    Error::new(Code::InvalidArgument, format!("The request is not as docs/abi.md says: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sync(text: &str) -> Result<(Chosen, SyncOptions)> {
        read_with_people(text.as_bytes(), SYNC_FIELDS)
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        let error = sync(r#"{"all":true,"whatif":true}"#).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().contains("'whatif'"));
        assert!(read::<Config>(br#"{"tenant":"x"}"#).unwrap_err().message().contains("tenant"));
        assert!(read::<Nothing>(br#"{"x":1}"#).is_err());
    }

    #[test]
    fn only_an_object_is_a_request() {
        for text in ["[]", "[\"tenant\"]", "null", "1", "{", "{} {}"] {
            assert_eq!(read::<Config>(text.as_bytes()).unwrap_err().code(), Code::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn people_are_named_or_listed_and_never_both_or_neither() {
        for text in [
            "{}",
            "",
            r#"{"all":false}"#,
            r#"{"all":true,"identities":["a"]}"#,
            r#"{"identities":["a"],"filter":"x"}"#,
            r#"{"identities":[" "]}"#,
            r#"{"identities":"a"}"#,
            r#"{"all":true,"userType":"Robot"}"#,
            "[]",
            "not json",
        ] {
            assert_eq!(sync(text).unwrap_err().code(), Code::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn a_request_gives_its_people_and_its_options() {
        let (chosen, options) = sync(r#"{"identities":[" anna@contoso.com "],"whatIf":true}"#).unwrap();
        assert!(matches!(chosen.way, Way::Named(names) if names == ["anna@contoso.com"]));
        assert!(options.what_if);
        let (chosen, _) = sync(r#"{"all":true,"userType":"Guest","exchangeOnlineOnly":true}"#).unwrap();
        assert!(chosen.exchange_online_only);
        assert!(matches!(chosen.way, Way::Listed { user_types: UserTypes::Guest, .. }));
    }
}
