//! The client assertion: a short-lived JWT, signed with the certificate's key, that stands in for a secret.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::auth::certificate::Certificate;
use crate::auth::signing_desk::Algorithm;
use crate::error::Result;

/// Clocks differ; the assertion is good a little earlier than now.
const SKEW: Duration = Duration::from_secs(60);
/// Entra ID takes up to ten minutes \[D\].
const LIFETIME: Duration = Duration::from_secs(9 * 60);

/// An assertion for `audience`, the address that the token request goes to. A new one for each request: its id may be used once.
///
/// PS256 is what Microsoft asks for \[D\]; keys of old Windows providers and of some cards can only do RS256.
pub(super) async fn assertion(
    certificate: &Certificate,
    client_id: &str,
    audience: &Url,
    now: SystemTime,
) -> Result<SecretString> {
    certificate.check_valid(now)?;
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let claims = json!({
        "aud": audience.as_str(), "iss": client_id, "sub": client_id, "jti": Uuid::new_v4(),
        "iat": now.as_secs(), "nbf": now.saturating_sub(SKEW).as_secs(), "exp": (now + LIFETIME).as_secs(),
    });
    let part = |json: &Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    for algorithm in [Algorithm::Ps256, Algorithm::Rs256] {
        let (hash_name, hash) = certificate.hash(algorithm);
        let header = json!({ "alg": algorithm.name(), "typ": "JWT", hash_name: BASE64_URL_SAFE_NO_PAD.encode(hash) });
        let text = format!("{}.{}", part(&header), part(&claims));
        if let Some(signature) = certificate.sign(algorithm, &text).await? {
            return Ok(format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)).into());
        }
    }
    Err(certificate.cannot_sign())
}
