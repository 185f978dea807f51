//! What a service says when it refuses a token, where more is known than that it did.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::WWW_AUTHENTICATE;
use url::Url;

use super::{AccessToken, Answer};
use crate::error::{Code, Error};

/// The reason why `service` answered 401 to `token`, where its challenge or the token tells it.
pub(super) fn explain(service: &str, token: &AccessToken, answer: &Answer) -> Option<Error> {
    let challenges: Vec<&str> =
        answer.headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect();
    let (message, advice) = if challenges.iter().any(|challenge| challenge.contains("insufficient_claims")) {
        (
            conditional_access(service, &challenges),
            "Connect again; if it comes back, ask whoever keeps the Conditional Access policies.",
        )
    } else {
        (
            other_audience(service, token)?,
            "Use a token of this tenant for this host; what gives tokens here gives others.",
        )
    };
    let request_id = answer.header("request-id").or_else(|| answer.header("sprequestguid"));
    Some(
        Error::new(Code::TokenRejected, message)
            .with_advice(advice)
            .with_http_status(answer.status)
            .with_request_id(request_id.map(str::to_owned)),
    )
}

/// The claims that are asked for are shown as they are: they name the policy's condition \[D\].
fn conditional_access(service: &str, challenges: &[&str]) -> String {
    let claims = challenges.iter().find_map(|challenge| challenge.split_once("claims=\"")?.1.split('"').next());
    let claims = claims.and_then(|claims| String::from_utf8(BASE64_STANDARD.decode(claims).ok()?).ok());
    let asked = claims.map(|claims| format!(" It asks for {claims}.")).unwrap_or_default();
    format!(
        "{service} no longer accepts the sign-in: it was revoked, or a Conditional Access policy wants more.{asked}"
    )
}

fn other_audience(service: &str, token: &AccessToken) -> Option<String> {
    let audience = token.claims().audience.as_deref()?;
    let elsewhere =
        Url::parse(audience).ok().filter(Url::has_host).is_some_and(|url| url.origin() != *token.resource());
    elsewhere.then(|| format!("{service} refused the token: it was made for {audience}."))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use reqwest::header::HeaderMap;

    use super::*;

    fn explained(audience: &str, challenge: &str) -> Option<Error> {
        let part = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"aud\":\"{audience}\"}}"));
        let host = Url::parse("https://graph.example").unwrap();
        let token = AccessToken::new(format!("x.{part}.x").into(), &host, SystemTime::now());
        let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, challenge.parse().unwrap())]);
        explain("Graph", &token, &Answer { status: 401, headers, body: Vec::new() })
    }

    #[test]
    fn a_claims_challenge_is_told_with_what_it_asks_for() {
        let claims = BASE64_STANDARD.encode(r#"{"access_token":{"nbf":{"essential":true}}}"#);
        let challenge = format!(r#"Bearer realm="", error="insufficient_claims", claims="{claims}""#);
        let error = explained("https://graph.example", &challenge).unwrap();
        assert!(error.message().contains(r#"asks for {"access_token":{"nbf""#), "{error}");
        assert!(explained("https://graph.example", r#"Bearer error="insufficient_claims", claims="!""#).is_some());
    }

    #[test]
    fn a_token_for_somebody_else_is_named_and_others_are_left_to_the_dialect() {
        assert!(
            explained("https://vault.example", "Bearer").unwrap().message().contains("made for https://vault.example")
        );
        for audience in ["https://graph.example/", "00000003-0000-0000-c000-000000000000"] {
            assert!(explained(audience, "Bearer").is_none(), "{audience}");
        }
    }
}
