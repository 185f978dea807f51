//! Entra ID: the token endpoint and what every service needs to check a token.
//! Knows the app registration and the resources. Promises that a credential is really verified, never believed.

mod assertion;
mod error;
pub mod token;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use crate::http::{Call, Reply, pairs};
use crate::world::now;
use error::Refusal;
use token::{Claims, Signer};

/// A certificate that was uploaded to the app registration.
pub struct AppCertificate {
    /// SHA-1 of the DER.
    pub sha1: Vec<u8>,
    /// SHA-256 of the DER.
    pub sha256: Vec<u8>,
    /// PKCS#1.
    pub public_key: Vec<u8>,
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
}

/// The token service.
pub struct Entra {
    /// Who may sign in.
    pub registration: Registration,
    /// Origin of this service.
    pub authority: String,
    /// Signs and checks access tokens.
    pub signer: Signer,
    /// Resource origins with the roles that the app was granted there.
    pub resources: HashMap<String, Vec<String>>,
    /// Lifetime of access tokens in seconds.
    pub lifetime: i64,
    used_assertions: Mutex<HashMap<String, i64>>,
}

impl Entra {
    /// A token service.
    #[must_use]
    pub fn new(
        registration: Registration,
        authority: String,
        signer: Signer,
        resources: HashMap<String, Vec<String>>,
        lifetime: i64,
    ) -> Self {
        Self { registration, authority, signer, resources, lifetime, used_assertions: Mutex::default() }
    }

    /// The operation that a request asks for.
    #[must_use]
    pub fn operation(call: &Call) -> &'static str {
        let path = call.path.to_lowercase();
        match path.rsplit('/').next().unwrap_or("") {
            "token" => "entra.token",
            "openid-configuration" => "entra.discovery",
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
        let result = match rest.as_slice() {
            ["oauth2", "v2.0", "token"] if call.method == "POST" => self.token(tenant, call),
            ["v2.0", ".well-known", "openid-configuration"] if call.method == "GET" => self.discovery(tenant),
            ["discovery", "v2.0", "keys"] if call.method == "GET" => {
                Ok(Reply::json(200, &json!({ "keys": [self.signer.jwk()] })))
            }
            ["oauth2", "v2.0", "token"] => Ok(Reply::empty(405).with("allow", "POST")),
            _ => Ok(Reply::empty(404)),
        };
        result.unwrap_or_else(|refusal| refusal.reply())
    }

    fn token(&self, tenant: &str, call: &Call) -> Result<Reply, Refusal> {
        let form: HashMap<String, String> = pairs(&String::from_utf8_lossy(&call.body)).into_iter().collect();
        let field = |name: &str| form.get(name).map(String::as_str).filter(|value| !value.is_empty());
        self.check_tenant(tenant)?;
        match field("grant_type") {
            Some("client_credentials") => {}
            Some(other) => return Err(error::unsupported_grant(other)),
            None => return Err(error::missing("grant_type")),
        }
        let client_id = field("client_id").ok_or_else(|| error::missing("client_id"))?;
        if !client_id.eq_ignore_ascii_case(&self.registration.client_id) {
            return Err(error::unknown_client(client_id, &self.registration.tenant_id));
        }
        let by_assertion = self.authenticate(tenant, &field)?;
        let (resource, roles) = self.resource(field("scope").ok_or_else(|| error::missing("scope"))?)?;
        let claims = Claims {
            audience: resource,
            issued: now(),
            expires: now() + self.lifetime,
            tenant_id: self.registration.tenant_id.clone(),
            app_id: self.registration.client_id.clone(),
            by_assertion,
            roles,
        };
        Ok(Reply::json(
            200,
            &json!({
                "token_type": "Bearer",
                "expires_in": self.lifetime,
                "ext_expires_in": self.lifetime,
                "access_token": self.signer.issue(&claims, &self.issuer()),
            }),
        )
        .with("cache-control", "no-store, no-cache")
        .with("pragma", "no-cache"))
    }

    /// Checks the credential; says whether it was an assertion (`true`) or a secret.
    fn authenticate<'a>(&self, tenant: &str, field: &impl Fn(&str) -> Option<&'a str>) -> Result<bool, Refusal> {
        const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        match (field("client_assertion"), field("client_assertion_type"), field("client_secret")) {
            (Some(assertion), Some(JWT_BEARER), None) => self.check_assertion(tenant, assertion).map(|()| true),
            (Some(_), _, None) => Err(error::wrong_assertion_type()),
            (None, _, Some(secret)) if secret == self.registration.client_secret => Ok(false),
            (None, _, Some(_)) => Err(error::wrong_secret(&self.registration.client_id)),
            (Some(_), _, Some(_)) => Err(error::two_credentials()),
            (None, _, None) => Err(error::no_credential()),
        }
    }

    fn check_assertion(&self, tenant: &str, assertion: &str) -> Result<(), Refusal> {
        let audiences = [tenant, &self.registration.tenant_id]
            .map(|tenant| {
                [format!("{}/{tenant}/oauth2/v2.0/token", self.authority), format!("{}/{tenant}/v2.0", self.authority)]
            })
            .concat();
        let (id, expires) = assertion::verify(assertion, &self.registration, &audiences)?;
        let mut used = self.used_assertions.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, expires| *expires > now() - assertion::SKEW);
        if used.insert(id, expires).is_some() { Err(error::replayed()) } else { Ok(()) }
    }

    fn check_tenant(&self, tenant: &str) -> Result<(), Refusal> {
        let known = |name: &String| name.eq_ignore_ascii_case(tenant);
        if known(&self.registration.tenant_id) || self.registration.domains.iter().any(known) {
            Ok(())
        } else {
            Err(error::unknown_tenant(tenant))
        }
    }

    /// The resource of a scope such as `https://graph.microsoft.com/.default`, and the roles that the app has there.
    fn resource(&self, scope: &str) -> Result<(String, Vec<String>), Refusal> {
        let mut scopes = scope.split_whitespace();
        let (Some(first), None) = (scopes.next(), scopes.next()) else { return Err(error::bad_scope(scope)) };
        let Some(resource) = first.strip_suffix("/.default") else { return Err(error::bad_scope(scope)) };
        let resource = resource.trim_end_matches('/');
        let found = self.resources.iter().find(|(origin, _)| origin.eq_ignore_ascii_case(resource));
        found
            .map(|(origin, roles)| (origin.clone(), roles.clone()))
            .ok_or_else(|| error::unknown_resource(resource, &self.registration.tenant_id))
    }

    fn issuer(&self) -> String {
        format!("{}/{}/v2.0", self.authority, self.registration.tenant_id)
    }

    fn discovery(&self, tenant: &str) -> Result<Reply, Refusal> {
        if !["common", "organizations", "consumers"].contains(&tenant) {
            self.check_tenant(tenant)?;
        }
        let base = format!("{}/{tenant}", self.authority);
        Ok(Reply::json(
            200,
            &json!({
                "token_endpoint": format!("{base}/oauth2/v2.0/token"),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
                "jwks_uri": format!("{base}/discovery/v2.0/keys"),
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": self.issuer(),
                "request_uri_parameter_supported": false,
                "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
                "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
                "http_logout_supported": true,
                "end_session_endpoint": format!("{base}/oauth2/v2.0/logout"),
                "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
                "tenant_region_scope": "EU",
                "cloud_instance_name": "microsoftonline.com",
            }),
        ))
    }
}
