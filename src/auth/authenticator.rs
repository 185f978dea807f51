//! Gets access tokens, one for each host, and keeps them in memory while they are good.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;
use url::{Origin, Url, form_urlencoded};
use uuid::Uuid;

use crate::auth::assertion::assertion;
use crate::auth::clouds::Endpoints;
use crate::auth::credential::Credential;
use crate::auth::refusal::Refusal;
use crate::error::{Code, Error, Result};
use crate::net::{AccessToken, Answer, Client, Method, Request, TokenSource};

/// A token is replaced this long before its end, or when a quarter of its life is left, whichever is later.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// No token lives longer [D]; a wrong answer must not make one that is never replaced.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);
/// The identity service fails now and then; Microsoft's own library asks a second time after this [O].
const SECOND_TRY_AFTER: Duration = Duration::from_secs(1);

/// Signs an app in and hands out its tokens.
pub struct Authenticator {
    client: Client,
    token_endpoint: Url,
    graph: Origin,
    client_id: String,
    credential: Credential,
    slots: Mutex<HashMap<Origin, Arc<Slot>>>,
}

/// The token of one host. The flight lock lets one ask for a new token while the others wait for it.
#[derive(Default)]
struct Slot {
    flight: tokio::sync::Mutex<()>,
    held: Mutex<Option<Held>>,
}

/// Age is measured by the monotonic clock, so that a wall clock that is set does no harm.
#[derive(Clone)]
struct Held {
    token: AccessToken,
    fresh_until: Instant,
    good_until: Instant,
}

impl Authenticator {
    /// Signs in at the authority of `endpoints`. `tenant` is a GUID or a verified domain, `client_id` a GUID.
    pub fn new(
        client: Client,
        endpoints: &Endpoints,
        tenant: &str,
        client_id: &str,
        credential: Credential,
    ) -> Result<Self> {
        let client_id = Uuid::parse_str(client_id).map_err(|error| {
            Error::new(Code::InvalidArgument, "The client id is not a GUID.")
                .with_advice("Use the 'Application (client) ID' of the app registration.")
                .with_cause(&error)
        })?;
        Ok(Self {
            client,
            token_endpoint: token_endpoint(&endpoints.authority, tenant)?,
            graph: endpoints.graph.origin(),
            client_id: client_id.to_string(),
            credential,
            slots: Mutex::default(),
        })
    }

    /// The tokens that are held now.
    #[must_use]
    pub fn tokens(&self) -> Vec<AccessToken> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.values().filter_map(|slot| slot.held()).map(|held| held.token).collect()
    }

    /// The kind of the credential.
    #[must_use]
    pub fn credential(&self) -> &'static str {
        self.credential.kind()
    }

    async fn give(&self, resource: &Url, rejected: Option<&AccessToken>) -> Result<AccessToken> {
        self.refuse_secret(resource)?;
        let slot = self.slot(resource.origin());
        if let Some(token) = slot.fresh(rejected) {
            return Ok(token);
        }
        let _flight = slot.flight.lock().await;
        if let Some(token) = slot.fresh(rejected) {
            return Ok(token);
        }
        match self.fetch(resource).await {
            Ok(held) => Ok(slot.keep(held)),
            // The old token is good for some minutes: the identity service may recover until then.
            Err(error) if is_passing(&error) => slot.good(rejected).ok_or(error),
            Err(error) => Err(error),
        }
    }

    fn slot(&self, resource: Origin) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(resource).or_default())
    }

    /// SharePoint answers `Unsupported app only token` to a token that was got with a secret [O].
    fn refuse_secret(&self, resource: &Url) -> Result<()> {
        if matches!(self.credential, Credential::ClientSecret(_)) && resource.origin() != self.graph {
            return Err(unsupported());
        }
        Ok(())
    }

    async fn fetch(&self, resource: &Url) -> Result<Held> {
        let asked = Instant::now();
        let answer = match self.ask(resource).await {
            Err(error) if is_passing(&error) && error.retry_after().is_none() => {
                tokio::time::sleep(SECOND_TRY_AFTER).await;
                self.ask(resource).await?
            }
            other => other?,
        };
        let given: Given = answer.json()?;
        let held = given.hold(resource, asked);
        let claims = held.token.claims();
        if resource.origin() != self.graph && !claims.delegated && claims.proof.as_deref() == Some("1") {
            return Err(unsupported());
        }
        Ok(held)
    }

    async fn ask(&self, resource: &Url) -> Result<Answer> {
        let scope = format!("{}/.default", resource.origin().ascii_serialization());
        let body = self.form(&scope)?;
        let request = Request::new(Method::POST, self.token_endpoint.clone())
            .with_header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .with_body(body);
        let answer = self.client.send(request).await?;
        match answer.status {
            200 => Ok(answer),
            429 | 500.. => Err(busy(&answer)),
            status => Err(Refusal::of(&answer).explain(status)),
        }
    }

    fn form(&self, scope: &str) -> Result<Vec<u8>> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        form.append_pair("client_id", &self.client_id);
        form.append_pair("scope", scope);
        match &self.credential {
            Credential::Certificate(certificate) => {
                let signed = assertion(certificate, &self.client_id, &self.token_endpoint, SystemTime::now())?;
                form.append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
                form.append_pair("client_assertion", signed.expose_secret());
            }
            Credential::ClientSecret(secret) => {
                form.append_pair("client_secret", secret.expose_secret());
            }
        }
        Ok(form.finish().into_bytes())
    }
}

impl TokenSource for Authenticator {
    fn token<'a>(&'a self, resource: &'a Url, rejected: Option<&'a AccessToken>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(self.give(resource, rejected))
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticator for {} with {:?}", self.client_id, self.credential)
    }
}

impl Slot {
    fn held(&self) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, held: Held) -> AccessToken {
        let token = held.token.clone();
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        token
    }

    /// The token, when it need not be replaced yet.
    fn fresh(&self, rejected: Option<&AccessToken>) -> Option<AccessToken> {
        self.until(|held| held.fresh_until, rejected)
    }

    /// The token, when it is not over yet.
    fn good(&self, rejected: Option<&AccessToken>) -> Option<AccessToken> {
        self.until(|held| held.good_until, rejected)
    }

    fn until(&self, end: impl Fn(&Held) -> Instant, rejected: Option<&AccessToken>) -> Option<AccessToken> {
        let held = self.held()?;
        (Instant::now() < end(&held) && Some(&held.token) != rejected).then_some(held.token)
    }
}

/// A token endpoint's answer.
#[derive(Deserialize)]
struct Given {
    access_token: SecretString,
    expires_in: u64,
}

impl Given {
    fn hold(self, resource: &Url, asked: Instant) -> Held {
        let life = Duration::from_secs(self.expires_in).min(LONGEST_LIFE);
        let token = AccessToken::new(self.access_token, resource, SystemTime::now() + life);
        Held { token, fresh_until: asked + life - MARGIN.min(life / 4), good_until: asked + life }
    }
}

fn token_endpoint(authority: &Url, tenant: &str) -> Result<Url> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let is_name =
        !tenant.is_empty() && tenant.chars().all(plain) && (tenant.contains('.') || Uuid::parse_str(tenant).is_ok());
    if !is_name || tenant.starts_with('.') {
        return Err(Error::new(Code::InvalidArgument, "The tenant id is neither a GUID nor a domain name.")
            .with_advice("Use the directory's GUID or a verified domain such as contoso.onmicrosoft.com."));
    }
    authority
        .join(&format!("/{tenant}/oauth2/v2.0/token"))
        .map_err(|error| Error::new(Code::InvalidArgument, "The authority is not a usable address.").with_cause(&error))
}

fn unsupported() -> Error {
    Error::new(Code::TokenRejected, "SharePoint refuses tokens that were got with a client secret.")
        .with_advice("Use a certificate or a managed identity; see docs/sign-in.md.")
}

/// Whether the same question may be answered a moment later.
fn is_passing(error: &Error) -> bool {
    matches!(error.code(), Code::ConnectionFailed | Code::TimedOut | Code::ServiceFailed | Code::Throttled)
}

fn busy(answer: &Answer) -> Error {
    let wait = answer.header("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let (code, what) = match answer.status {
        429 => (Code::Throttled, "The identity service refuses more requests for now."),
        _ => (Code::ServiceFailed, "The identity service fails."),
    };
    Error::new(code, what).with_http_status(answer.status).with_retry_after(wait)
}
