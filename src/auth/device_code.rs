//! A person signs in on any device with a short code; afterwards a refresh token stands for them.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::auth::clouds::Endpoints;
use crate::auth::grant::Grant;
use crate::auth::token_endpoint::{Form, Outcome, TokenEndpoint, is_passing};
use crate::error::{Code, Error, Result};
use crate::net::Client;

/// How much slower to ask when the service says so (RFC 8628).
const SLOWER: Duration = Duration::from_secs(5);

/// A code that waits for somebody to type it in.
pub struct DeviceCode {
    endpoint: TokenEndpoint,
    asked: Instant,
    waiting: Waiting,
}

#[derive(Deserialize)]
struct Waiting {
    device_code: SecretString,
    user_code: String,
    verification_uri: String,
    /// Entra ID's addition to RFC 8628, in the language of the tenant.
    #[serde(default)]
    message: String,
    expires_in: u64,
    #[serde(default = "five_seconds")]
    interval: u64,
}

impl Waiting {
    fn worded(mut self) -> Self {
        if self.message.is_empty() {
            self.message = format!("To sign in, open {} and enter the code {}.", self.verification_uri, self.user_code);
        }
        self
    }
}

fn five_seconds() -> u64 {
    5
}

impl DeviceCode {
    /// Asks for a code. `tenant` may be `organizations`.
    pub async fn ask(client: Client, endpoints: &Endpoints, tenant: &str, client_id: &str) -> Result<Self> {
        let endpoint = TokenEndpoint::new(client, endpoints, tenant, client_id)?;
        let scope = scope_of(&endpoints.graph);
        let form = Form::new(&[("client_id", endpoint.client_id()), ("scope", &scope)]);
        let asked = Instant::now();
        match endpoint.post(endpoint.device_code_url(), form).await? {
            Outcome::Granted(answer) => Ok(Self { waiting: answer.json::<Waiting>()?.worded(), asked, endpoint }),
            Outcome::Refused { error, .. } => Err(error),
        }
    }

    /// What to tell the person, in the service's words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.waiting.message
    }

    /// The code to type in.
    #[must_use]
    pub fn user_code(&self) -> &str {
        &self.waiting.user_code
    }

    /// Where to type it in.
    #[must_use]
    pub fn verification_uri(&self) -> &str {
        &self.waiting.verification_uri
    }

    /// How long the code is good.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        Duration::from_secs(self.waiting.expires_in)
    }

    /// Waits until the person has signed in, has declined, or the code is over.
    pub async fn wait(&self) -> Result<SignedIn> {
        let mut interval = Duration::from_secs(self.waiting.interval.clamp(1, 60));
        while self.asked.elapsed() < self.expires_in() {
            tokio::time::sleep(interval).await;
            let form = Form::new(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("client_id", self.endpoint.client_id()),
            ])
            .with_secret("device_code", &self.waiting.device_code);
            match self.endpoint.post(self.endpoint.token_url(), form).await {
                Ok(Outcome::Granted(answer)) => return SignedIn::of(Grant::of(&answer)?),
                Ok(Outcome::Refused { reason, .. }) if reason == "authorization_pending" => {}
                Ok(Outcome::Refused { reason, .. }) if reason == "slow_down" => interval += SLOWER,
                Ok(Outcome::Refused { reason, error }) => return Err(ended(&reason, error)),
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Err(over())
    }
}

fn ended(reason: &str, error: Error) -> Error {
    match reason {
        "authorization_declined" | "access_denied" => Error::new(Code::SignInFailed, "The sign-in was declined."),
        "expired_token" => over(),
        _ => error,
    }
}

fn over() -> Error {
    Error::new(Code::SignInFailed, "Nobody signed in with the code in time.")
        .with_advice("Connect again and type the new code in soon; some tenants keep codes for a few minutes only.")
}

fn scope_of(resource: &Url) -> String {
    format!("{}/.default offline_access", resource.origin().ascii_serialization())
}

/// A person who is signed in. One refresh token is good for every host \[D\]; each use gives the next one.
pub struct SignedIn {
    refresh_token: Mutex<SecretString>,
}

impl SignedIn {
    fn of(grant: Grant) -> Result<Self> {
        let token = grant.refresh_token.ok_or_else(|| {
            Error::new(Code::SignInFailed, "The sign-in gave no refresh token, so it would end within the hour.")
                .with_advice("Grant the app the delegated permission offline_access.")
        })?;
        Ok(Self { refresh_token: Mutex::new(token) })
    }

    /// A token for the host of `resource`. One at a time: two uses of one refresh token look like theft.
    pub(super) async fn token(&self, endpoint: &TokenEndpoint, resource: &Url) -> Result<Grant> {
        let mut refresh_token = self.refresh_token.lock().await;
        let scope = scope_of(resource);
        let form =
            Form::new(&[("grant_type", "refresh_token"), ("client_id", endpoint.client_id()), ("scope", &scope)])
                .with_secret("refresh_token", &refresh_token);
        let mut grant = Grant::of(&endpoint.ask(form).await?)?;
        if let Some(next) = grant.refresh_token.take() {
            *refresh_token = next;
        }
        Ok(grant)
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a person who signed in by device code")
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a device code for {}", self.verification_uri())
    }
}
