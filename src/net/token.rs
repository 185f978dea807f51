//! Access tokens: one secret for one host, with what it says about itself.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Origin, Url};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Result};

/// Where the rooms that talk to services get their tokens.
pub trait TokenSource: Send + Sync {
    /// A token for the host of `resource`; scheme, host and port count, the path does not.
    ///
    /// `rejected` is the token that the service just answered with 401: a newer one is given, or the reason why there is none.
    /// Ask so once for each request.
    fn token<'a>(&'a self, resource: &'a Url, rejected: Option<&'a AccessToken>) -> BoxFuture<'a, Result<AccessToken>>;
}

/// What a token says about itself. It is read for good messages and never trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// App roles (`roles`) or delegated scopes (`scp`).
    pub permissions: Vec<String>,
    /// Whether a person signed in.
    pub delegated: bool,
    /// Directory.
    pub tenant: Option<String>,
    /// App registration.
    pub application: Option<String>,
    /// The person, when one signed in.
    pub user: Option<String>,
    /// How the app proved itself: `1` by a secret, `2` by a certificate or an assertion \[O\].
    pub proof: Option<String>,
    /// Whom the token is for.
    pub audience: Option<String>,
    /// End of its life.
    pub expires: Option<SystemTime>,
}

impl Claims {
    /// Reads the middle part of a JWT; everything is empty when the token is not one.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self::read(token).unwrap_or_default()
    }

    fn read(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        let json: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let text = |names: &[&str]| names.iter().find_map(|name| json.get(name)?.as_str()).map(str::to_owned);
        let scopes = text(&["scp"]);
        let roles = json.get("roles").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let permissions = match &scopes {
            Some(scopes) => scopes.split_whitespace().map(str::to_owned).collect(),
            None => roles.map(str::to_owned).collect(),
        };
        Some(Self {
            permissions,
            delegated: scopes.is_some(),
            tenant: text(&["tid"]),
            application: text(&["appid", "azp"]),
            user: text(&["upn", "preferred_username", "unique_name"]),
            proof: text(&["appidacr", "azpacr"]),
            audience: text(&["aud"]),
            expires: json.get("exp").and_then(Value::as_u64).and_then(after_epoch),
        })
    }
}

fn after_epoch(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// A token for one host. Cheap to clone; wiped when the last clone goes.
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

struct Inner {
    secret: SecretString,
    resource: Origin,
    expires: SystemTime,
    claims: Claims,
}

impl AccessToken {
    /// A token for the host of `resource` that is good until `expires`.
    #[must_use]
    pub fn new(secret: SecretString, resource: &Url, expires: SystemTime) -> Self {
        let claims = Claims::of(secret.expose_secret());
        Self(Arc::new(Inner { secret, resource: resource.origin(), expires, claims }))
    }

    /// The one host that may see the token.
    #[must_use]
    pub fn resource(&self) -> &Origin {
        &self.0.resource
    }

    /// End of its life, by this computer's clock.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.0.expires
    }

    /// What the token says about itself.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// Value of the `Authorization` header, marked as sensitive.
    pub(super) fn header(&self) -> Result<HeaderValue> {
        let line = Zeroizing::new(format!("Bearer {}", self.0.secret.expose_secret()));
        let mut header = HeaderValue::from_str(&line)
            .map_err(|_| Error::new(Code::ProtocolViolation, "The access token holds characters that no token has."))?;
        header.set_sensitive(true);
        Ok(header)
    }
}

impl PartialEq for AccessToken {
    /// Whether two are the same token, not merely as good.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.secret.expose_secret() == other.0.secret.expose_secret()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken for {}", self.0.resource.ascii_serialization())
    }
}
