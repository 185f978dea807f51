//! Foreign tokens by which an app proves who it is: those of a pipeline, a cluster or a managed identity.
//! Knows the trusted issuers. Promises that issuer, subject, audience, time and signature are really checked.

use std::path::Path;
use std::{fs, io};

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Entra;
use super::assertion::{Parts, SKEW, seconds};
use super::error::{self, Refusal};
use super::token::{Claims, Holder};
use crate::http::from_base64;
use crate::machine::{EXCHANGE, MachineIdentity};
use crate::world::now;

/// Whom an app trusts to vouch for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FederatedCredential {
    /// As it stands in the token.
    pub issuer: String,
    /// As it stands in the token; case counts.
    pub subject: String,
    /// As it stands in the token.
    #[serde(default = "exchange")]
    pub audience: String,
    /// The issuer's keys; RSA only.
    pub jwks: Keys,
}

/// A JSON Web Key Set.
#[derive(Clone, Debug, Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Clone, Debug, Deserialize)]
struct Key {
    kid: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

fn exchange() -> String {
    EXCHANGE.to_owned()
}

impl FederatedCredential {
    /// Reads one from a JSON file.
    pub fn read(path: &Path) -> io::Result<Self> {
        serde_json::from_slice(&fs::read(path)?).map_err(io::Error::from)
    }

    /// Tokens of this server that name another issuer.
    #[must_use]
    pub fn own(issuer: String, subject: String, jwk: &Value) -> Self {
        let key = Key {
            kid: jwk["kid"].as_str().unwrap_or("").to_owned(),
            n: jwk["n"].as_str().unwrap_or("").to_owned(),
            e: jwk["e"].as_str().unwrap_or("").to_owned(),
        };
        Self { issuer, subject, audience: exchange(), jwks: Keys { keys: vec![key] } }
    }
}

/// Checks a foreign token. Unlike the app's own assertion it may be used until it expires.
pub(super) fn verify(parts: &Parts, trusted: &[FederatedCredential]) -> Result<(), Refusal> {
    let text = |name: &str| parts.claims.get(name).and_then(Value::as_str).unwrap_or("");
    let of_issuer: Vec<_> = trusted.iter().filter(|credential| credential.issuer == text("iss")).collect();
    if of_issuer.is_empty() {
        return Err(error::no_federated(700_211, "issuer", text("iss")));
    }
    let of_subject: Vec<_> = of_issuer.into_iter().filter(|credential| credential.subject == text("sub")).collect();
    if of_subject.is_empty() {
        return Err(error::no_federated(700_213, "subject", text("sub")));
    }
    let Some(credential) = of_subject.into_iter().find(|credential| credential.audience == text("aud")) else {
        return Err(error::no_federated(700_212, "audience", text("aud")));
    };
    let expires = seconds(&parts.claims, "exp").ok_or_else(error::assertion_outside_time)?;
    let begins = seconds(&parts.claims, "nbf").unwrap_or(0);
    if expires + SKEW <= now() || begins - SKEW > now() {
        return Err(error::assertion_outside_time());
    }
    let kid = parts.header.get("kid").and_then(Value::as_str);
    let key = credential.jwks.keys.iter().find(|key| Some(key.kid.as_str()) == kid).ok_or_else(error::bad_signature)?;
    let (Some(n), Some(e)) = (from_base64(&key.n), from_base64(&key.e)) else { return Err(error::bad_signature()) };
    if parts.header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(error::bad_signature());
    }
    let public = RsaPublicKeyComponents { n, e };
    let verified = public.verify(&RSA_PKCS1_2048_8192_SHA256, parts.signed.as_bytes(), &parts.signature);
    verified.map_err(|_| error::bad_signature())
}

impl Entra {
    /// A token of a managed identity for a resource; the error says why there is none.
    pub fn machine_token(&self, identity: &MachineIdentity, resource: &str, authority: &str) -> Result<String, String> {
        let issuer = format!("{authority}/{}/v2.0", self.tenant_id());
        if resource.trim_end_matches('/') == EXCHANGE {
            return Ok(self.foreign_token(&issuer, &identity.object_id, EXCHANGE));
        }
        let resource = self.resource(resource).map_err(|refusal| refusal.description())?;
        let claims = Claims {
            audience: resource.origin.clone(),
            issued: now(),
            expires: now() + 86_399,
            tenant_id: self.tenant_id().to_owned(),
            app_id: identity.client_id.clone(),
            holder: Holder::App { by_assertion: true },
            permissions: resource.roles.clone(),
            generation: self.generation(),
        };
        Ok(self.signer.issue(&claims, &issuer))
    }

    /// A token of an issuer whose keys are those of this server.
    #[must_use]
    pub fn foreign_token(&self, issuer: &str, subject: &str, audience: &str) -> String {
        let claims = json!({
            "aud": audience, "iss": issuer, "sub": subject, "jti": Uuid::new_v4(),
            "iat": now(), "nbf": now(), "exp": now() + 600,
        });
        self.signer.sign_claims(&claims)
    }
}
