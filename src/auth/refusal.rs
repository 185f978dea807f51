//! What the identity service's refusals mean, and what to do about them.
//!
//! Microsoft asks programs not to decide by these codes \[D\]; they pick the advice here and nothing else.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::error::{Code, Error};
use crate::net::Answer;

/// Entra ID takes assertions from clocks that differ by so much \[D\].
const TOLERATED_SKEW: Duration = Duration::from_secs(5 * 60);
/// Longer descriptions are cut; they are for people.
const LONGEST_TEXT: usize = 500;

/// The answer of a token endpoint that gives no token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    /// The OAuth error, such as `invalid_client`.
    pub(super) error: String,
    error_description: String,
    error_codes: Vec<u32>,
    correlation_id: Option<String>,
}

impl Refusal {
    /// Reads an answer; one that is no refusal in JSON gives an empty refusal. `redact` takes secrets out of the text.
    pub(super) fn of(answer: &Answer, redact: impl Fn(&str) -> String) -> Self {
        let refusal: Self = answer.json().unwrap_or_default();
        Self { error: redact(&refusal.error), error_description: redact(&refusal.error_description), ..refusal }
    }

    /// The refusal as an error.
    pub(super) fn explain(&self, answer: &Answer, now: SystemTime) -> Error {
        let code = self.code();
        let text = match self.first_sentences() {
            text if !text.is_empty() => format!("The identity service refused the sign-in: {text}"),
            _ if self.error.is_empty() => {
                format!("The identity service answered HTTP {} without a reason.", answer.status)
            }
            _ => format!("The identity service refused the sign-in: {}.", self.error),
        };
        let error = Error::new(Code::SignInFailed, text)
            .with_http_status(answer.status)
            .with_request_id(self.correlation_id.clone());
        let Some(code) = code else { return error };
        let error = error.with_service_code(format!("AADSTS{code}"));
        match (code, skew(answer, now)) {
            // 700024: [O]
            (700_024, Some(skew)) => error.with_advice(format!("Set this computer's clock: it is {skew}.")),
            _ => error.with_advice(
                advice(code)
                    .map_or_else(|| format!("See https://login.microsoftonline.com/error?code={code}."), str::to_owned),
            ),
        }
    }

    /// The number of `AADSTS…`: from the list, or else from the text.
    fn code(&self) -> Option<u32> {
        let from_text = || {
            let digits = self.error_description.split_once("AADSTS")?.1;
            digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        self.error_codes.first().copied().or_else(from_text)
    }

    /// The description without its code in front and the ids and times behind.
    fn first_sentences(&self) -> String {
        let text = self.error_description.split("Trace ID:").next().unwrap_or_default().trim();
        let text = text.split_once(": ").filter(|(code, _)| code.starts_with("AADSTS")).map_or(text, |(_, rest)| rest);
        text.chars().take(LONGEST_TEXT).collect()
    }
}

/// How this computer's clock differs from the service's, when it differs too much.
fn skew(answer: &Answer, now: SystemTime) -> Option<String> {
    let there = httpdate::parse_http_date(answer.header("date")?).ok()?;
    let (difference, side) = match now.duration_since(there) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let minutes = difference.as_secs() / 60;
    (difference > TOLERATED_SKEW).then(|| format!("{minutes} minutes {side} the identity service's"))
}

/// What to do about a code. Meaning of the codes: \[D\], those marked with \[O\] known from use.
fn advice(code: u32) -> Option<&'static str> {
    Some(match code {
        7_000_215 => "The client secret is wrong. Often the secret's id was pasted instead of its value.",
        7_000_222 => "The client secret has expired: make a new one, or better use a certificate.",
        700_016 | 700_011 => "This tenant has no such app: check -ClientId, -TenantId and -Environment.",
        700_027 | 700_030 | 50_012 => {
            "Upload this certificate to the app registration, or choose the certificate that is there; see the thumbprint in the portal."
        }
        700_024 => "Set this computer's clock: it differs from the identity service's by minutes.",
        700_025 => {
            "The app is registered as a public client; a credential is for confidential ones. Check the app registration."
        }
        7_000_218 => {
            "Give a credential, or for device codes turn on 'Allow public client flows' in the app registration."
        }
        7_000_112 | 70_001 => "The app is disabled in this tenant: enable it under Enterprise applications.",
        // 900023: [O]
        90_002 | 50_059 | 50_128 | 900_023 => {
            "There is no such tenant in this cloud: check -TenantId (GUID or verified domain) and -Environment."
        }
        9_001_023 => "An app signs in to one tenant: give -TenantId as the directory's GUID or a verified domain.",
        50_013 | 50_027 => {
            "The token or assertion is damaged, or was used before: check the federated token file, or connect again."
        }
        90_038 | 900_382 | 900_432 => "The tenant is in another Microsoft cloud: set -Environment.",
        50_034 | 50_020 | 51_004 => "The account is not in this tenant: sign in with one that is.",
        50_126 | 50_053 | 50_055 | 50_057 => {
            "The account's password is wrong or expired, or the account is locked or disabled."
        }
        50_072 | 50_074 | 50_076 | 50_079 => {
            "The account needs multi-factor authentication: sign in interactively; for jobs use a certificate or a managed identity."
        }
        50_105 => "Assign the person to the app under Enterprise applications.",
        53_000 | 53_001 | 53_003 | 530_032 | 530_035 => {
            "A Conditional Access policy blocks this sign-in: ask whoever keeps the policies, or use a certificate or managed identity."
        }
        65_001 | 65_004 | 90_094 | 90_095 | 650_056 => {
            "An administrator must consent to the app's permissions; see docs/permissions.md."
        }
        500_011 | 650_052 | 650_057 | 65_005 => {
            "The tenant does not know this host as a resource: check the SharePoint address, and the permissions listed on the app registration."
        }
        70_008 | 700_082 | 70_043 | 50_173 | 50_089 => "The sign-in has expired or was revoked: connect again.",
        // 70021, 700211, 700212, 700213: [O]
        70_021 | 700_211 | 700_212 | 700_213 | 700_222 | 700_229 => {
            "The federated credential of the app does not match the token: compare issuer, subject and audience."
        }
        50_033 | 90_006 | 90_024 | 90_033 | 90_055 => "The identity service is busy: try again later.",
        50_196 => "Too many equal token requests: wait a few minutes.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{DATE, HeaderMap};

    fn explained(json: &str, date: Option<&str>) -> Error {
        let headers: HeaderMap = date.map(|date| (DATE, date.parse().unwrap())).into_iter().collect();
        let answer = Answer { status: 401, headers, body: json.as_bytes().to_vec() };
        let now = httpdate::parse_http_date("Mon, 05 Jan 2026 10:00:00 GMT").unwrap();
        Refusal::of(&answer, |text| text.replace("hunter2", "<client_secret>")).explain(&answer, now)
    }

    #[test]
    fn a_known_code_gives_its_sentence_its_advice_and_the_ids() {
        let error = explained(
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Ensure it is the value. Trace ID: a Correlation ID: b Timestamp: c",
                "error_codes":[7000215],"correlation_id":"b"}"#,
            None,
        );
        assert_eq!(error.service_code(), Some("AADSTS7000215"));
        assert!(
            error.message().ends_with("Invalid client secret provided. Ensure it is the value."),
            "{}",
            error.message()
        );
        assert!(error.advice().contains("secret's id"));
        assert_eq!(error.to_json()["requestId"], "b");
    }

    #[test]
    fn the_code_is_found_in_the_text_too() {
        let error = explained(r#"{"error":"x","error_description":"AADSTS90002: Tenant 'a' not found."}"#, None);
        assert_eq!(error.service_code(), Some("AADSTS90002"));
        assert!(error.advice().contains("-TenantId"));
    }

    #[test]
    fn an_unknown_code_leads_to_its_page() {
        let error = explained(r#"{"error":"x","error_codes":[123456]}"#, None);
        assert!(error.advice().contains("error?code=123456"));
    }

    #[test]
    fn an_answer_without_json_is_told_by_its_status() {
        assert!(explained("<html>", None).message().contains("401"));
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_side_and_minutes() {
        let refused = r#"{"error":"invalid_client","error_codes":[700024]}"#;
        let ahead = explained(refused, Some("Mon, 05 Jan 2026 08:00:00 GMT"));
        assert!(ahead.advice().contains("120 minutes ahead of"), "{}", ahead.advice());
        let behind = explained(refused, Some("Mon, 05 Jan 2026 10:07:00 GMT"));
        assert!(behind.advice().contains("7 minutes behind"), "{}", behind.advice());
        let right = explained(refused, Some("Mon, 05 Jan 2026 10:00:03 GMT"));
        assert!(!right.advice().contains("minutes ahead"), "{}", right.advice());
    }

    #[test]
    fn a_secret_that_the_service_repeats_is_taken_out() {
        let error = explained(r#"{"error":"hunter2","error_description":"No app has the secret hunter2."}"#, None);
        assert!(!error.to_json().to_string().contains("hunter2"));
        assert!(error.message().contains("<client_secret>"));
    }
}
