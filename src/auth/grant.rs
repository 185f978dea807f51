//! What an endpoint answers when it grants a token: the same few fields everywhere, in more than one spelling.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::error::{Code, Error, Result};
use crate::net::Answer;

/// No token lives longer \[D\]; a wrong answer must not make one that is never replaced.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// A token as it was granted.
pub(super) struct Grant {
    pub(super) access_token: SecretString,
    pub(super) life: Duration,
    /// When the service wants the token to be replaced, where it says so.
    pub(super) refresh_in: Option<Duration>,
    pub(super) refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Written {
    access_token: SecretString,
    expires_in: Option<Value>,
    expires_on: Option<Value>,
    refresh_in: Option<Value>,
    refresh_token: Option<SecretString>,
}

impl Grant {
    /// Reads an answer with status 200.
    pub(super) fn of(answer: &Answer) -> Result<Self> {
        let written: Written = answer.json()?;
        let life = written.expires_in.as_ref().and_then(seconds);
        let life = life.or_else(|| written.expires_on.as_ref().and_then(|end| left(end, SystemTime::now())));
        let life = life.ok_or_else(|| {
            Error::new(
                Code::ProtocolViolation,
                "The identity endpoint gave a token and does not say how long it is good.",
            )
        })?;
        Ok(Self {
            access_token: written.access_token,
            life: life.min(LONGEST_LIFE),
            refresh_in: written.refresh_in.as_ref().and_then(seconds),
            refresh_token: written.refresh_token,
        })
    }
}

/// A number of seconds, as a number or as text.
fn seconds(value: &Value) -> Option<Duration> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).map(Duration::from_secs)
}

/// How long it is until a time that is written as Unix seconds, a number or text, or as a date.
fn left(end: &Value, now: SystemTime) -> Option<Duration> {
    let since_epoch = seconds(end).or_else(|| {
        let date = OffsetDateTime::parse(end.as_str()?, &Rfc3339).ok()?;
        u64::try_from(date.unix_timestamp()).ok().map(Duration::from_secs)
    })?;
    since_epoch.checked_sub(now.duration_since(UNIX_EPOCH).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use secrecy::ExposeSecret;

    fn grant(json: &str) -> Result<Grant> {
        Grant::of(&Answer { status: 200, headers: HeaderMap::new(), body: json.as_bytes().to_vec() })
    }

    #[test]
    fn the_life_of_a_token_is_read_in_each_of_its_spellings() {
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 3000;
        let date = OffsetDateTime::from_unix_timestamp(i64::try_from(end).unwrap()).unwrap().format(&Rfc3339).unwrap();
        for field in [
            "\"expires_in\":3000".to_owned(),
            "\"expires_in\":\"3000\"".to_owned(),
            format!("\"expires_on\":{end}"),
            format!("\"expires_on\":\"{end}\""),
            format!("\"expires_on\":\"{date}\""),
        ] {
            let life = grant(&format!("{{\"access_token\":\"t\",{field}}}")).unwrap().life.as_secs();
            assert!((2990..=3000).contains(&life), "{field}: {life}");
        }
    }

    #[test]
    fn a_token_without_an_end_or_with_an_end_in_the_past_is_refused() {
        for json in [r#"{"access_token":"t"}"#, r#"{"access_token":"t","expires_on":"1000"}"#, "<html>"] {
            assert_eq!(grant(json).err().unwrap().code(), Code::ProtocolViolation, "{json}");
        }
    }

    #[test]
    fn an_absurd_life_is_cut() {
        let grant = grant(r#"{"access_token":"t","expires_in":18446744073709551615,"refresh_token":"r"}"#).unwrap();
        assert_eq!(grant.life, LONGEST_LIFE);
        assert_eq!(grant.refresh_token.unwrap().expose_secret(), "r");
    }
}
