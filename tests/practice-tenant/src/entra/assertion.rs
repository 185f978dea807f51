//! A signed statement by which an app proves who it is (RFC 7523).
//! Knows the registration. Promises that signature, certificate, time and audience are really checked.

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use super::error::{self, Refusal};
use super::{AppCertificate, Registration};
use crate::http::from_base64;
use crate::world::now;

/// By how much clocks may differ, in seconds.
pub(super) const SKEW: i64 = 300;

/// A signed statement, taken apart.
pub(super) struct Parts {
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) signed: String,
    pub(super) signature: Vec<u8>,
}

impl Parts {
    pub(super) fn of(assertion: &str) -> Result<Self, Refusal> {
        let mut parts = assertion.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(error::malformed_assertion());
        };
        let signature = from_base64(signature).ok_or_else(error::malformed_assertion)?;
        Ok(Self { header: json(header)?, claims: json(payload)?, signed: format!("{header}.{payload}"), signature })
    }

    /// Whether somebody else vouches for the app: the key has a name, and the issuer is not the app itself.
    pub(super) fn is_foreign(&self, app: &Registration) -> bool {
        let issuer = self.claims.get("iss").and_then(Value::as_str).unwrap_or("");
        let by_certificate = ["x5t", "x5t#S256"].iter().any(|name| self.header.get(name).is_some());
        !by_certificate && self.header.get("kid").is_some() && !issuer.eq_ignore_ascii_case(&app.client_id)
    }
}

/// Checks an assertion of the app itself; gives its id and when it expires.
pub(super) fn verify(parts: &Parts, app: &Registration, audiences: &[String]) -> Result<(String, i64), Refusal> {
    check_signature(&parts.header, parts.signed.as_bytes(), &parts.signature, &app.certificates)?;
    check_claims(&parts.claims, app, audiences)
}

fn json(part: &str) -> Result<Value, Refusal> {
    let bytes = from_base64(part).ok_or_else(error::malformed_assertion)?;
    serde_json::from_slice(&bytes).map_err(|_| error::malformed_assertion())
}

fn check_signature(header: &Value, signed: &[u8], signature: &[u8], known: &[AppCertificate]) -> Result<(), Refusal> {
    let thumbprint = |name: &str| header.get(name).and_then(Value::as_str).and_then(from_base64);
    let certificate = match (thumbprint("x5t#S256"), thumbprint("x5t")) {
        (Some(sha256), _) => known.iter().find(|certificate| certificate.sha256 == sha256),
        (None, Some(sha1)) => known.iter().find(|certificate| certificate.sha1 == sha1),
        (None, None) => return Err(error::unknown_certificate("The header names no certificate by x5t or x5t#S256.")),
    };
    let certificate = certificate.ok_or_else(|| error::unknown_certificate("The key was not found."))?;
    if certificate.expires <= now() {
        return Err(error::expired_certificate());
    }
    let key = &certificate.public_key;
    let verified = match header.get("alg").and_then(Value::as_str) {
        Some("RS256") => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(signed, signature),
        Some("PS256") if header.get("x5t#S256").is_some() => {
            UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key).verify(signed, signature)
        }
        _ => return Err(error::unknown_certificate("The algorithm does not go with the thumbprint.")),
    };
    verified.map_err(|_| {
        error::unknown_certificate("The key was found, but use of the key to verify the signature failed.")
    })
}

fn check_claims(claims: &Value, app: &Registration, audiences: &[String]) -> Result<(String, i64), Refusal> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or("");
    let own = |name: &str| text(name).eq_ignore_ascii_case(&app.client_id);
    if !own("iss") || !own("sub") {
        return Err(error::assertion_of_other_app());
    }
    if !audiences.iter().any(|audience| audience.eq_ignore_ascii_case(text("aud").trim_end_matches('/'))) {
        return Err(error::assertion_for_other_audience());
    }
    let expires = seconds(claims, "exp").ok_or_else(error::assertion_outside_time)?;
    let begins = seconds(claims, "nbf").unwrap_or(0);
    if expires + SKEW <= now() || begins - SKEW > now() {
        return Err(error::assertion_outside_time());
    }
    if text("jti").is_empty() {
        return Err(error::malformed_assertion());
    }
    Ok((text("jti").to_owned(), expires))
}

/// A time claim; some clients write fractions of seconds.
#[allow(clippy::cast_possible_truncation, reason = "a cast from float saturates, and any far future is as good")]
pub(super) fn seconds(claims: &Value, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64)).map(|time| time.clamp(0, 1 << 50))
}
