//! Access tokens: what they say, how they are signed and how a service checks them.
//! Knows no service. Promises that only tokens of this server, for that audience and not expired, are accepted.

use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Identity, Registration};
use crate::http::{base64url, from_base64};
use crate::world::now;

/// What an access token says.
#[derive(Clone, Debug)]
pub struct Claims {
    /// The resource's origin.
    pub audience: String,
    /// In Unix seconds.
    pub issued: i64,
    /// In Unix seconds.
    pub expires: i64,
    /// Directory.
    pub tenant_id: String,
    /// App.
    pub app_id: String,
    /// Who holds it.
    pub holder: Holder,
    /// What it allows: roles of an app, scopes of a person.
    pub permissions: Vec<String>,
    /// Tokens of older generations may have been revoked.
    pub generation: u64,
}

/// Who holds a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The app itself.
    App {
        /// By certificate or federated assertion, not by secret.
        by_assertion: bool,
    },
    /// A person who signed in.
    Person {
        /// Object id.
        id: String,
        /// User principal name.
        upn: String,
    },
}

impl Claims {
    /// Whether one of these permissions is there, or none is asked for.
    #[must_use]
    pub fn has_any(&self, names: &[&str]) -> bool {
        names.is_empty() || self.permissions.iter().any(|have| names.contains(&have.as_str()))
    }

    /// Whether it was obtained by an app with its secret.
    #[must_use]
    pub fn is_by_secret(&self) -> bool {
        self.holder == Holder::App { by_assertion: false }
    }
}

/// Why a service refuses a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is none.
    Missing,
    /// It is not one of ours.
    Invalid,
    /// It was for another service.
    Audience,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

/// Signs and checks access tokens.
pub struct Signer {
    key: RsaKeyPair,
    key_id: String,
}

impl Signer {
    /// A signer with this key.
    #[must_use]
    pub fn new(key: RsaKeyPair) -> Self {
        let public: PublicKeyComponents<Vec<u8>> = key.public().into();
        let digest = ring::digest::digest(&ring::digest::SHA256, &public.n);
        Self { key, key_id: base64url(&digest.as_ref()[..20]) }
    }

    /// A signed token.
    #[must_use]
    pub fn issue(&self, claims: &Claims, issuer: &str) -> String {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.key_id });
        let mut payload = json!({
            "aud": claims.audience,
            "iss": issuer,
            "iat": claims.issued,
            "nbf": claims.issued,
            "exp": claims.expires,
            "appid": claims.app_id,
            "app_displayname": "practice",
            "tid": claims.tenant_id,
            "uti": base64url(Uuid::new_v4().as_bytes()),
            "ver": "1.0",
            "practice_generation": claims.generation,
        });
        match &claims.holder {
            Holder::App { by_assertion } => {
                payload["appidacr"] = json!(if *by_assertion { "2" } else { "1" });
                payload["idtyp"] = json!("app");
                payload["oid"] = json!(claims.app_id);
                payload["sub"] = json!(claims.app_id);
                payload["roles"] = json!(claims.permissions);
            }
            Holder::Person { id, upn } => {
                payload["appidacr"] = json!("0");
                payload["idtyp"] = json!("user");
                payload["oid"] = json!(id);
                payload["sub"] = json!(id);
                payload["upn"] = json!(upn);
                payload["scp"] = json!(claims.permissions.join(" "));
            }
        }
        self.sign(&header, &payload)
    }

    /// What a client learns of the person who signed in.
    #[must_use]
    pub(super) fn id_token(&self, user: &Identity, app: &Registration, issuer: &str) -> String {
        let header = json!({ "typ": "JWT", "alg": "RS256", "kid": self.key_id });
        let payload = json!({
            "aud": app.client_id,
            "iss": issuer,
            "iat": now(),
            "nbf": now(),
            "exp": now() + 3_599,
            "name": user.name,
            "oid": user.id,
            "preferred_username": user.upn,
            "sub": user.id,
            "tid": app.tenant_id,
            "ver": "2.0",
        });
        self.sign(&header, &payload)
    }

    /// A token with these claims.
    #[must_use]
    pub(super) fn sign_claims(&self, claims: &Value) -> String {
        self.sign(&json!({ "typ": "JWT", "alg": "RS256", "kid": self.key_id }), claims)
    }

    fn sign(&self, header: &Value, payload: &Value) -> String {
        let parts = [header, payload].map(|part| base64url(part.to_string().as_bytes()));
        let signed = parts.join(".");
        let mut signature = vec![0; self.key.public().modulus_len()];
        // Signing fails only without random numbers for blinding; the empty signature is then refused everywhere.
        if self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).is_err() {
            signature.clear();
        }
        format!("{signed}.{}", base64url(&signature))
    }

    /// Checks a token that was sent to `audience`.
    pub fn check(&self, token: Option<&str>, audience: &str) -> Result<Claims, Fault> {
        let token = token.filter(|token| !token.is_empty()).ok_or(Fault::Missing)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(Fault::Invalid)?;
        let signature = from_base64(signature).ok_or(Fault::Invalid)?;
        let public: PublicKeyComponents<Vec<u8>> = self.key.public().into();
        public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).map_err(|_| Fault::Invalid)?;
        let claims = signed.split_once('.').and_then(|(_, payload)| parse(payload)).ok_or(Fault::Invalid)?;
        if claims.expires <= now() {
            return Err(Fault::Expired);
        }
        if claims.audience.eq_ignore_ascii_case(audience) { Ok(claims) } else { Err(Fault::Audience) }
    }

    /// The public key as discovery shows it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let public: PublicKeyComponents<Vec<u8>> = self.key.public().into();
        json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.key_id, "n": base64url(&public.n), "e": base64url(&public.e) })
    }
}

fn parse(payload: &str) -> Option<Claims> {
    let value: Value = serde_json::from_slice(&from_base64(payload)?).ok()?;
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let permissions = match (value.get("roles"), text("scp")) {
        (Some(roles), _) => roles.as_array()?.iter().filter_map(|role| role.as_str().map(str::to_owned)).collect(),
        (None, scopes) => scopes?.split_whitespace().map(str::to_owned).collect(),
    };
    let holder = match text("appidacr")?.as_str() {
        "0" => Holder::Person { id: text("oid")?, upn: text("upn")? },
        how => Holder::App { by_assertion: how == "2" },
    };
    Some(Claims {
        audience: text("aud")?,
        issued: value.get("iat")?.as_i64()?,
        expires: value.get("exp")?.as_i64()?,
        tenant_id: text("tid")?,
        app_id: text("appid")?,
        holder,
        permissions,
        generation: value.get("practice_generation")?.as_u64()?,
    })
}
