//! Entra ID: the token endpoint and what every service needs to check a token.
//! Knows the app registration and the resources. Promises that a credential is really verified, never believed.

mod assertion;
mod delegated;
mod discovery;
mod error;
pub mod federated;
pub mod token;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::http::{Call, Reply, from_base64, pairs};
use crate::world::now;
use delegated::Delegated;
use error::Refusal;
use token::{Claims, Fault, Holder, Signer};

/// A certificate that was uploaded to the app registration.
pub struct AppCertificate {
    /// SHA-1 of the DER.
    pub sha1: Vec<u8>,
    /// SHA-256 of the DER.
    pub sha256: Vec<u8>,
    /// PKCS#1.
    pub public_key: Vec<u8>,
    /// When it expires, in Unix seconds.
    pub expires: i64,
}

/// The app registration and the directory it lives in.
pub struct Registration {
    /// Directory id.
    pub tenant_id: String,
    /// Domains of the directory.
    pub domains: Vec<String>,
    /// App id.
    pub client_id: String,
    /// The app's secret.
    pub client_secret: String,
    /// The app's certificates.
    pub certificates: Vec<AppCertificate>,
    /// Who may vouch for the app.
    pub federated: Vec<federated::FederatedCredential>,
}

/// A service that tokens are given for.
pub struct Resource {
    /// Scheme, host and port.
    pub origin: String,
    /// What an admin granted the app there.
    pub roles: Vec<String>,
}

/// Somebody who signs in by device code.
pub struct Identity {
    /// Object id.
    pub id: String,
    /// User principal name.
    pub upn: String,
    /// Display name.
    pub name: String,
}

/// The token service.
pub struct Entra {
    registration: Registration,
    signer: Signer,
    resources: Vec<Resource>,
    lifetime: i64,
    user: Identity,
    delegated: Delegated,
    used_assertions: Mutex<HashMap<String, i64>>,
    /// Tokens of an older generation were revoked.
    generation: AtomicU64,
    state: Mutex<AppState>,
}

/// What an admin did to the app registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppState {
    /// Nothing.
    Enabled,
    /// Nobody may sign in with it.
    Disabled,
    /// Its secret is too old.
    SecretExpired,
}

/// The fields of a form.
struct Form(HashMap<String, String>);

impl Form {
    /// The fields of a request's body; none where it is no form. A field may not come twice (RFC 6749, 3.2).
    fn of(call: &Call) -> Result<Self, Refusal> {
        let kind = call.header("content-type").unwrap_or("").to_lowercase();
        let mut fields = HashMap::new();
        if kind.split(';').next().map(str::trim) == Some("application/x-www-form-urlencoded") {
            for (name, value) in pairs(&String::from_utf8_lossy(&call.body)) {
                if fields.insert(name.clone(), value).is_some() {
                    return Err(error::duplicated(&name));
                }
            }
        }
        Ok(Self(fields))
    }

    /// The fields of a request to the token endpoint, whose client may name itself in `Authorization: Basic` too (RFC 6749, 2.3.1).
    fn of_client(call: &Call) -> Result<Self, Refusal> {
        let mut form = Self::of(call)?;
        let Some((id, secret)) = call.header("authorization").and_then(basic) else { return Ok(form) };
        if form.get("client_secret").is_some() || form.get("client_assertion").is_some() {
            return Err(error::two_credentials());
        }
        if form.get("client_id").is_some_and(|other| other != id) {
            return Err(error::two_credentials());
        }
        form.0.extend([("client_id".to_owned(), id), ("client_secret".to_owned(), secret)]);
        Ok(form)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| error::missing(name))
    }
}

/// Name and password of HTTP's basic authentication, each form-encoded before.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, both) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let both = String::from_utf8(from_base64(both)?).ok()?;
    let (id, secret) = both.split_once(':')?;
    let decoded = |text: &str| pairs(&format!("x={text}")).into_iter().next().map(|(_, value)| value);
    Some((decoded(id)?, decoded(secret)?))
}

impl Entra {
    /// A token service; `lifetime` of its access tokens is in seconds.
    #[must_use]
    pub fn new(
        registration: Registration,
        signer: Signer,
        resources: Vec<Resource>,
        lifetime: i64,
        user: Identity,
    ) -> Self {
        Self {
            registration,
            signer,
            resources,
            lifetime,
            user,
            delegated: Delegated::default(),
            used_assertions: Mutex::default(),
            generation: AtomicU64::new(0),
            state: Mutex::new(AppState::Enabled),
        }
    }

    /// The directory's id.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.registration.tenant_id
    }

    /// Makes every token that was given out so far worthless.
    pub fn revoke_all(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// An admin changes the app registration.
    pub fn set_state(&self, state: AppState) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn state(&self) -> AppState {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Checks the token of a request that came to one of the services.
    pub fn check(&self, call: &Call) -> Result<Claims, Fault> {
        let claims = self.signer.check(call.bearer(), &call.origin)?;
        if claims.generation < self.generation() { Err(Fault::Revoked) } else { Ok(claims) }
    }

    /// The operation that a request asks for.
    #[must_use]
    pub fn operation(call: &Call) -> &'static str {
        let path = call.path.to_lowercase();
        match path.rsplit('/').next().unwrap_or("") {
            "token" => "entra.token",
            "devicecode" => "entra.deviceCode",
            "openid-configuration" | "instance" => "entra.discovery",
            "keys" => "entra.keys",
            _ => "entra.unknown",
        }
    }

    /// Answers a request.
    #[must_use]
    pub fn answer(&self, call: &Call) -> Reply {
        let mut segments = call.path.split('/').filter(|segment| !segment.is_empty());
        let tenant = segments.next().unwrap_or("");
        let rest: Vec<String> = segments.map(str::to_lowercase).collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let result = match (call.method.as_str(), rest.as_slice()) {
            ("POST", ["oauth2", "v2.0", "token"]) => self.token(tenant, call),
            ("POST", ["oauth2", "v2.0", "devicecode"]) => self.device_code(tenant, call),
            ("GET", ["v2.0", ".well-known", "openid-configuration"]) => self.configuration(tenant, call),
            ("GET", ["discovery", "instance"]) => Ok(self.instance(call)),
            ("GET", ["discovery", "v2.0", "keys"]) => Ok(Reply::json(200, &json!({ "keys": [self.signer.jwk()] }))),
            (_, ["oauth2", "v2.0", "token" | "devicecode"]) => Ok(Reply::empty(405).with("allow", "POST")),
            _ => Ok(Reply::empty(404)),
        };
        result.unwrap_or_else(|refusal| {
            let by_basic = refusal.is_of_client() && call.header("authorization").is_some();
            let reply = refusal.reply();
            if by_basic { reply.with("www-authenticate", "Basic realm=\"practice\"") } else { reply }
        })
    }

    fn token(&self, tenant: &str, call: &Call) -> Result<Reply, Refusal> {
        let form = Form::of_client(call)?;
        let grant = form.need("grant_type")?;
        match (tenant, grant) {
            ("organizations", grant) if grant != "client_credentials" => {}
            ("common" | "consumers" | "organizations", _) => return Err(error::no_tenant()),
            _ => self.check_tenant(tenant)?,
        }
        self.check_client(form.need("client_id")?)?;
        match grant {
            "client_credentials" => self.by_credential(tenant, call, &form),
            // Some libraries use the short name.
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => self.by_device_code(call, &form),
            "refresh_token" => self.by_refresh_token(call, &form),
            other => Err(error::unsupported_grant(other)),
        }
    }

    fn by_credential(&self, tenant: &str, call: &Call, form: &Form) -> Result<Reply, Refusal> {
        let by_assertion = self.authenticate(tenant, call, form)?;
        let resource = self.resource_by_default(form.need("scope")?)?;
        let holder = Holder::App { by_assertion };
        let body = self.access_token(resource, resource.roles.clone(), holder, call);
        Ok(granted(&body))
    }

    /// The part of an answer that every grant has.
    fn access_token(&self, resource: &Resource, permissions: Vec<String>, holder: Holder, call: &Call) -> Value {
        let claims = Claims {
            audience: resource.origin.clone(),
            issued: now(),
            expires: now() + self.lifetime,
            tenant_id: self.registration.tenant_id.clone(),
            app_id: self.registration.client_id.clone(),
            holder,
            permissions,
            generation: self.generation(),
        };
        json!({
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "ext_expires_in": self.lifetime,
            "access_token": self.signer.issue(&claims, &self.issuer(call)),
        })
    }

    /// Checks the credential; says whether it was an assertion (`true`) or a secret.
    fn authenticate(&self, tenant: &str, call: &Call, form: &Form) -> Result<bool, Refusal> {
        const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        match (form.get("client_assertion"), form.get("client_assertion_type"), form.get("client_secret")) {
            (Some(assertion), Some(JWT_BEARER), None) => self.check_assertion(tenant, call, assertion).map(|()| true),
            (Some(_), _, None) => Err(error::wrong_assertion_type()),
            (None, _, Some(_)) if self.state() == AppState::SecretExpired => {
                Err(error::expired_secret(&self.registration.client_id))
            }
            (None, _, Some(secret)) if secret == self.registration.client_secret => Ok(false),
            (None, _, Some(_)) => Err(error::wrong_secret(&self.registration.client_id)),
            (Some(_), _, Some(_)) => Err(error::two_credentials()),
            (None, _, None) => Err(error::no_credential()),
        }
    }

    fn check_assertion(&self, tenant: &str, call: &Call, assertion: &str) -> Result<(), Refusal> {
        let audiences = [tenant, &self.registration.tenant_id].map(|tenant| {
            let base = format!("{}/{tenant}", call.origin);
            [format!("{base}/oauth2/v2.0/token"), format!("{base}/v2.0")]
        });
        let parts = assertion::Parts::of(assertion)?;
        if parts.is_foreign(&self.registration) {
            return federated::verify(&parts, &self.registration.federated);
        }
        let (id, expires) = assertion::verify(&parts, &self.registration, &audiences.concat())?;
        let mut used = self.used_assertions.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, expires| *expires > now() - assertion::SKEW);
        if used.insert(id, expires).is_some() { Err(error::replayed()) } else { Ok(()) }
    }

    fn check_client(&self, id: &str) -> Result<(), Refusal> {
        if !id.eq_ignore_ascii_case(&self.registration.client_id) {
            return Err(error::unknown_client(id, &self.registration.tenant_id));
        }
        if self.state() == AppState::Disabled { Err(error::disabled_client(id)) } else { Ok(()) }
    }

    fn check_tenant(&self, tenant: &str) -> Result<(), Refusal> {
        let known = |name: &String| name.eq_ignore_ascii_case(tenant);
        let is_name = |name: &str| name.contains('.') && name.chars().all(|c| c.is_alphanumeric() || ".-".contains(c));
        if known(&self.registration.tenant_id) || self.registration.domains.iter().any(known) {
            Ok(())
        } else if is_name(tenant) || uuid::Uuid::try_parse(tenant).is_ok() {
            Err(error::unknown_tenant(tenant))
        } else {
            Err(error::malformed_tenant(tenant))
        }
    }

    /// The resource of a scope such as `https://graph.microsoft.com/.default`.
    fn resource_by_default(&self, scope: &str) -> Result<&Resource, Refusal> {
        let mut scopes = scope.split_whitespace();
        let (first, second) = (scopes.next().unwrap_or(""), scopes.next());
        if second.is_some_and(|second| second != first && second.ends_with("/.default")) {
            return Err(error::two_resources());
        }
        if second.is_some() {
            return Err(error::bad_scope(scope));
        }
        let origin = first.strip_suffix("/.default").ok_or_else(|| error::bad_scope(scope))?;
        self.resource(origin)
    }

    fn resource(&self, origin: &str) -> Result<&Resource, Refusal> {
        let origin = origin.trim_end_matches('/');
        let found = self.resources.iter().find(|resource| resource.origin.eq_ignore_ascii_case(origin));
        found.ok_or_else(|| error::unknown_resource(origin, &self.registration.tenant_id))
    }

    fn issuer(&self, call: &Call) -> String {
        format!("{}/{}/v2.0", call.origin, self.registration.tenant_id)
    }
}

/// A successful answer of the token endpoint.
fn granted(body: &Value) -> Reply {
    Reply::json(200, body).with("cache-control", "no-store, no-cache").with("pragma", "no-cache")
}
