//! The client assertion: a short-lived JWT, signed with the certificate's key, that stands in for a secret.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::auth::certificate::Certificate;
use crate::error::Result;

/// Clocks differ; the assertion is good a little earlier than now.
const SKEW: Duration = Duration::from_secs(60);
/// Entra ID takes up to ten minutes \[D\].
const LIFETIME: Duration = Duration::from_secs(9 * 60);

/// An assertion for `audience`, the address that the token request goes to. A new one for each request: its id may be used once.
pub(super) fn assertion(
    certificate: &Certificate,
    client_id: &str,
    audience: &Url,
    now: SystemTime,
) -> Result<SecretString> {
    certificate.check_valid(now)?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let header =
        json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": BASE64_URL_SAFE_NO_PAD.encode(certificate.sha256()) });
    let claims = json!({
        "aud": audience.as_str(), "iss": client_id, "sub": client_id, "jti": Uuid::new_v4(),
        "iat": now.as_secs(), "nbf": now.saturating_sub(SKEW).as_secs(), "exp": (now + LIFETIME).as_secs(),
    });
    let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(certificate.sign(signed.as_bytes())?);
    Ok(format!("{signed}.{signature}").into())
}
