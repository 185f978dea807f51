//! Profile properties on the admin host: many people's reads and writes in one request, each write read back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::header::ACCEPT;
use serde_json::{Map, Value};

use super::errors::error_of;
use super::process_query::{Query, Results};
use crate::error::{Code, Error, Result};
use crate::model::Profile;
use crate::net::{Call, Service};

/// Seconds between the first of January of the year 1 and of 1970.
const YEAR_ONE_TO_1970: i64 = 62_135_596_800;

/// Actions that reading one person's profile takes.
pub const ACTIONS_TO_READ: usize = 2;
/// Actions of a request in the beginning, and how many more after each that went well: the `PnP` libraries stop at fifty
/// \[O\], the message limit of 2 MB lies far above. \[D\]
const ACTIONS: usize = 48;
const MORE_ACTIONS: usize = 24;
/// No request is larger, however well it goes.
const MOST_ACTIONS: usize = 200;
/// No request is smaller, however badly it goes: one person's actions must fit.
const FEWEST_ACTIONS: usize = 6;

/// The profile service.
#[derive(Clone)]
pub struct Profiles {
    service: Service,
    most_actions: Arc<AtomicUsize>,
}

/// What to write into one person's profile. Without properties the profile is only read.
#[derive(Clone, Debug)]
pub struct ProfileUpdate {
    /// The person's account name, see [`account_name`].
    pub account: String,
    /// Names and values, written in this order.
    pub properties: Vec<(&'static str, String)>,
}

/// The claim under which SharePoint knows a person. \[D\]
#[must_use]
pub fn account_name(user_principal_name: &str) -> String {
    format!("i:0#.f|membership|{}", user_principal_name.to_lowercase())
}

/// `SPS-PictureTimestamp`: seconds since the year 1, from seconds since 1970. \[O\]
#[must_use]
pub fn seconds_since_year_one(unix: i64) -> i64 {
    unix + YEAR_ONE_TO_1970
}

impl Profiles {
    /// The profile service behind a service whose base is the admin host.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self { service, most_actions: Arc::new(AtomicUsize::new(ACTIONS)) }
    }

    /// How many actions the next request should hold: more after each request that went well, half after one that did not.
    #[must_use]
    pub fn most_actions(&self) -> usize {
        self.most_actions.load(Ordering::Relaxed)
    }

    fn learn(&self, went_well: bool) {
        let step = |most: usize| {
            if went_well { (most + MORE_ACTIONS).min(MOST_ACTIONS) } else { (most / 2).max(FEWEST_ACTIONS) }
        };
        let _ = self.most_actions.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |most| Some(step(most)));
    }

    /// Reads people's profiles in one request; `None` where SharePoint has none.
    pub async fn read(&self, accounts: &[String]) -> Vec<Result<Option<Profile>>> {
        let updates: Vec<ProfileUpdate> =
            accounts.iter().map(|account| ProfileUpdate { account: account.clone(), properties: Vec::new() }).collect();
        self.exchange(&updates, false).await
    }

    /// Writes people's properties and reads them back in the same request.
    pub async fn write(&self, updates: &[ProfileUpdate]) -> Vec<Result<Profile>> {
        let answers = self.exchange(updates, true).await;
        let confirmed = |update: &ProfileUpdate, answer: Result<Option<Profile>>| {
            let profile = answer?.ok_or_else(|| {
                Error::new(Code::ProfileNotFound, "SharePoint has no profile of this person any more.")
            })?;
            match update.properties.iter().find(|(name, value)| property(&profile, name) != Some(value)) {
                None => Ok(profile),
                Some((name, _)) => Err(Error::new(
                    Code::WriteNotConfirmed,
                    format!("SharePoint accepted {name} and still shows another value."),
                )),
            }
        };
        updates.iter().zip(answers).map(|(update, answer)| confirmed(update, answer)).collect()
    }

    /// Sends people's actions. A request that fails as a whole is split until the person at fault stands alone.
    async fn exchange(&self, updates: &[ProfileUpdate], writing: bool) -> Vec<Result<Option<Profile>>> {
        let mut answers: Vec<Option<Result<Option<Profile>>>> = updates.iter().map(|_| None).collect();
        let mut pending: Vec<_> = std::iter::once(0..updates.len()).collect();
        while let Some(range) = pending.pop() {
            let answer = self.exchange_once(&updates[range.clone()], writing).await;
            self.learn(answer.is_ok());
            match answer {
                Ok(profiles) => {
                    for (index, profile) in range.zip(profiles) {
                        answers[index] = Some(profile);
                    }
                }
                Err(error) if range.len() > 1 && may_be_one_persons(&error) => {
                    let middle = range.start + range.len() / 2;
                    pending.push(middle..range.end);
                    pending.push(range.start..middle);
                }
                Err(error) => {
                    for index in range {
                        answers[index] = Some(Err(error.clone()));
                    }
                }
            }
        }
        answers.into_iter().flatten().collect()
    }

    async fn exchange_once(&self, updates: &[ProfileUpdate], writing: bool) -> Result<Vec<Result<Option<Profile>>>> {
        let mut query = Query::new();
        let handles: Vec<_> = updates
            .iter()
            .map(|update| {
                let properties: Vec<_> =
                    update.properties.iter().map(|(name, value)| (*name, value.as_str())).collect();
                query.person(&update.account, &properties)
            })
            .collect();
        let calls: usize = updates.iter().map(|update| update.properties.len() + 1).sum();
        let call = Call::post("_vti_bin/client.svc/ProcessQuery", "text/xml", query.to_xml().into_bytes())
            .header(ACCEPT, "application/json")
            .with_profile_calls(u32::try_from(calls).unwrap_or(u32::MAX));
        let answer = self.service.send(&if writing { call.writing() } else { call }).await?;
        if answer.status != 200 {
            return Err(error_of(&answer, "read or write people's profiles"));
        }
        let mut results = Results::parse(&answer.body)?;
        Ok(handles.into_iter().map(|handle| Ok(results.properties(handle)?.map(|map| profile_of(&map)))).collect())
    }
}

/// Whether an error of a whole request may come from one person's actions.
fn may_be_one_persons(error: &Error) -> bool {
    matches!(error.code(), Code::ServiceFailed | Code::ProfileNotFound | Code::ProtocolViolation)
}

fn profile_of(properties: &Map<String, Value>) -> Profile {
    let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Profile {
        object_id: text("msOnline-ObjectId").to_ascii_lowercase(),
        picture_url: text("PictureURL"),
        placeholder_state: text("SPS-PicturePlaceholderState"),
        timestamp: text("SPS-PictureTimestamp"),
        exchange_sync_state: text("SPS-PictureExchangeSyncState"),
    }
}

fn property<'a>(profile: &'a Profile, name: &str) -> Option<&'a String> {
    match name {
        "PictureURL" => Some(&profile.picture_url),
        "SPS-PicturePlaceholderState" => Some(&profile.placeholder_state),
        "SPS-PictureTimestamp" => Some(&profile.timestamp),
        "SPS-PictureExchangeSyncState" => Some(&profile.exchange_sync_state),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timestamp_counts_from_the_year_one() {
        // 2022-03-17T10:49:29Z, as seen in a public dump of a profile.
        assert_eq!(seconds_since_year_one(1_647_514_169), 63_783_110_969);
    }

    #[test]
    fn guests_keep_their_mark_in_lower_case() {
        assert_eq!(
            account_name("anna_fabrikam.com#EXT#@contoso.onmicrosoft.com"),
            "i:0#.f|membership|anna_fabrikam.com#ext#@contoso.onmicrosoft.com"
        );
    }
}
