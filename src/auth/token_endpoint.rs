//! The token endpoint of a tenant: asks with a form, understands the answer.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::auth::clouds::Endpoints;
use crate::auth::refusal::Refusal;
use crate::error::{Code, Error, Result};
use crate::net::{Answer, Client, Method, Request};

/// The fields of a form; what is secret is typed so.
pub(super) struct Form<'a> {
    plain: Vec<(&'static str, &'a str)>,
    secret: Vec<(&'static str, &'a SecretString)>,
}

impl<'a> Form<'a> {
    pub(super) fn new(plain: &[(&'static str, &'a str)]) -> Self {
        Self { plain: plain.to_vec(), secret: Vec::new() }
    }

    pub(super) fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.plain.push((name, value));
        self
    }

    pub(super) fn with_secret(mut self, name: &'static str, value: &'a SecretString) -> Self {
        self.secret.push((name, value));
        self
    }

    fn write(&self) -> Zeroizing<String> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.plain);
        form.extend_pairs(self.secret.iter().map(|(name, value)| (name, value.expose_secret())));
        Zeroizing::new(form.finish())
    }

    /// A text without the secrets of the form: some services repeat what they were asked.
    fn redact(&self, text: &str) -> String {
        self.secret
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(value.expose_secret(), &format!("<{name}>")))
    }
}

/// The identity service, as one app sees it in one tenant.
pub(super) struct TokenEndpoint {
    client: Client,
    tenant: Url,
    client_id: String,
}

impl TokenEndpoint {
    /// `tenant` is a GUID, a verified domain, or for people `organizations`; `client_id` is a GUID.
    pub(super) fn new(client: Client, endpoints: &Endpoints, tenant: &str, client_id: &str) -> Result<Self> {
        for (name, value, advice) in [
            (
                "tenantId",
                tenant,
                "Give -TenantId: the directory's GUID or a verified domain such as contoso.onmicrosoft.com.",
            ),
            ("clientId", client_id, "Give -ClientId: the 'Application (client) ID' of the app registration."),
        ] {
            if value.is_empty() {
                return Err(Error::new(Code::InvalidArgument, format!("The config has no {name}.")).with_advice(advice));
            }
        }
        let client_id = Uuid::parse_str(client_id).map_err(|error| {
            Error::new(Code::InvalidArgument, "The client id is not a GUID.")
                .with_advice("Use the 'Application (client) ID' of the app registration.")
                .with_cause(&error)
        })?;
        Ok(Self { client, tenant: tenant_url(&endpoints.authority, tenant)?, client_id: client_id.to_string() })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Where tokens are asked for: also the audience of assertions.
    pub(super) fn token_url(&self) -> Url {
        self.path("token")
    }

    /// Where device codes are asked for.
    pub(super) fn device_code_url(&self) -> Url {
        self.path("devicecode")
    }

    fn path(&self, last: &str) -> Url {
        let mut url = self.tenant.clone();
        url.set_path(&format!("{}/oauth2/v2.0/{last}", self.tenant.path()));
        url
    }

    /// Posts a form. A refusal comes back inside [`Outcome`], since some of them only mean to ask again.
    pub(super) async fn post(&self, url: Url, form: Form<'_>) -> Result<Outcome> {
        let request = Request::new(Method::POST, url)
            .with_header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .with_body(form.write().as_bytes().to_vec());
        let answer = self.client.send(request).await?;
        match answer.status {
            200 => Ok(Outcome::Granted(answer)),
            429 | 500.. => Err(busy(&answer)),
            _ => {
                let refusal = Refusal::of(&answer, |text| form.redact(text));
                Ok(Outcome::Refused { error: refusal.explain(&answer, SystemTime::now()), reason: refusal.error })
            }
        }
    }

    /// Asks for a token; a refusal is an error.
    pub(super) async fn ask(&self, form: Form<'_>) -> Result<Answer> {
        match self.post(self.token_url(), form).await? {
            Outcome::Granted(answer) => Ok(answer),
            Outcome::Refused { error, .. } => Err(error),
        }
    }
}

/// What the identity service said.
pub(super) enum Outcome {
    Granted(Answer),
    /// `reason` is the OAuth error, such as `authorization_pending`.
    Refused {
        reason: String,
        error: Error,
    },
}

/// The tenant's address, with nothing in it that could lead to another path.
fn tenant_url(authority: &Url, tenant: &str) -> Result<Url> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let is_domain = tenant.contains('.') && !tenant.starts_with('.') && tenant.chars().all(plain);
    if !is_domain && tenant != "organizations" && Uuid::parse_str(tenant).is_err() {
        return Err(Error::new(Code::InvalidArgument, "The tenant id is neither a GUID nor a domain name.")
            .with_advice("Use the directory's GUID or a verified domain such as contoso.onmicrosoft.com."));
    }
    let mut url = authority.clone();
    url.set_path(tenant);
    Ok(url)
}

/// Whether the same question may be answered a moment later.
pub(super) fn is_passing(error: &Error) -> bool {
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
