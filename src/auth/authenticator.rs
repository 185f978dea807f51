//! Gets access tokens, one for each host, and keeps them in memory while they are good.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use tokio::time::Instant;
use url::{Origin, Url};

use crate::auth::clouds::Endpoints;
use crate::auth::credential::{Credential, Proof};
use crate::auth::device_code::SignedIn;
use crate::auth::grant::Grant;
use crate::auth::managed_identity::ManagedIdentity;
use crate::auth::ready::ReadyTokens;
use crate::auth::token_endpoint::{TokenEndpoint, is_passing};
use crate::error::{Code, Error, Result};
use crate::net::{AccessToken, Client, TokenSource};

/// A token is replaced this long before its end, or when a quarter of its life is left, whichever is later.
const MARGIN: Duration = Duration::from_secs(5 * 60);
/// The identity service fails now and then; Microsoft's own library asks a second time too \[O\].
const SECOND_TRY_AFTER: Duration = Duration::from_secs(1);

/// Signs in and hands out tokens.
pub struct Authenticator {
    way: Way,
    graph: Origin,
    kind: &'static str,
    slots: Mutex<HashMap<Origin, Arc<Slot>>>,
}

/// A credential, with the endpoint where it needs one.
enum Way {
    App(TokenEndpoint, Proof),
    Person(TokenEndpoint, Arc<SignedIn>),
    Machine(Arc<ManagedIdentity>),
    Given(ReadyTokens),
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
    /// Signs in at the authority of `endpoints`. `tenant` is a GUID or a verified domain, `client_id` a GUID;
    /// both may be empty where the credential needs none.
    pub fn new(
        client: Client,
        endpoints: &Endpoints,
        tenant: &str,
        client_id: &str,
        credential: Credential,
    ) -> Result<Self> {
        let kind = credential.kind();
        let endpoint = || TokenEndpoint::new(client, endpoints, tenant, client_id);
        let way = match credential {
            Credential::App(proof) => Way::App(endpoint()?, proof),
            Credential::Person(person) => Way::Person(endpoint()?, person),
            Credential::Machine(identity) => Way::Machine(identity),
            Credential::Given(tokens) => Way::Given(tokens),
        };
        Ok(Self { way, graph: endpoints.graph.origin(), kind, slots: Mutex::default() })
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
        self.kind
    }

    async fn give(&self, resource: &Url, rejected: Option<&AccessToken>) -> Result<AccessToken> {
        let slot = self.slot(resource.origin());
        if let Some(token) = slot.fresh(rejected) {
            return Ok(token);
        }
        let _flight = slot.flight.lock().await;
        if let Some(token) = slot.fresh(rejected) {
            return Ok(token);
        }
        match self.fetch(resource).await {
            Ok(held) if Some(&held.token) == rejected => Err(self.no_other(resource)),
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

    async fn fetch(&self, resource: &Url) -> Result<Held> {
        let elsewhere = resource.origin() != self.graph;
        if elsewhere && matches!(self.way, Way::App(_, Proof::ClientSecret(_))) {
            return Err(by_secret());
        }
        let asked = Instant::now();
        let grant = match self.ask(resource).await {
            Err(error) if is_passing(&error) && error.retry_after().is_none() => {
                tokio::time::sleep(SECOND_TRY_AFTER).await;
                self.ask(resource).await?
            }
            other => other?,
        };
        let held = Held::new(grant, resource, asked);
        let claims = held.token.claims();
        if elsewhere && !claims.delegated && claims.proof.as_deref() == Some("1") {
            return Err(by_secret());
        }
        Ok(held)
    }

    async fn ask(&self, resource: &Url) -> Result<Grant> {
        match &self.way {
            Way::App(endpoint, proof) => proof.token(endpoint, resource).await,
            Way::Person(endpoint, person) => person.token(endpoint, resource).await,
            Way::Machine(identity) => identity.token(resource).await,
            Way::Given(tokens) => tokens.token(resource, &self.graph),
        }
    }

    /// The service refused a token, and there is none but that one.
    fn no_other(&self, resource: &Url) -> Error {
        let host = resource.origin().ascii_serialization();
        let error = Error::new(Code::TokenRejected, format!("{host} refuses the access token, and there is no other."));
        match self.way {
            Way::Machine(_) => error.with_advice(
                "Azure keeps tokens of managed identities for about a day: rights that were granted since show up that late.",
            ),
            _ => error.with_advice("Connect again with a new token for this host."),
        }
    }
}

impl TokenSource for Authenticator {
    fn token<'a>(&'a self, resource: &'a Url, rejected: Option<&'a AccessToken>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(self.give(resource, rejected))
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticator by {}", self.kind)
    }
}

impl Held {
    fn new(grant: Grant, resource: &Url, asked: Instant) -> Self {
        let Grant { access_token, life, refresh_in, .. } = grant;
        let fresh = refresh_in.unwrap_or(life.saturating_sub(MARGIN.min(life / 4))).min(life);
        let token = AccessToken::new(access_token, resource, SystemTime::now() + life);
        Self { token, fresh_until: asked + fresh, good_until: asked + life }
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

/// SharePoint answers `Unsupported app only token` to such a token \[O\]; it is not sent at all.
fn by_secret() -> Error {
    Error::new(Code::TokenRejected, "SharePoint refuses tokens that were got with a client secret.")
        .with_advice("Use a certificate or a managed identity; see docs/sign-in.md.")
}
