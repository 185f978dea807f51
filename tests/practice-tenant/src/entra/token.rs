//! Access tokens: what they say, how they are signed and how a service checks them.
//! Knows no service. Promises that only tokens of this server, for that audience and not expired, are accepted.

use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use uuid::Uuid;

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
    /// Obtained by certificate or federated assertion, not by secret.
    pub by_assertion: bool,
    /// Application permissions.
    pub roles: Vec<String>,
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
        let payload = json!({
            "aud": claims.audience,
            "iss": issuer,
            "iat": claims.issued,
            "nbf": claims.issued,
            "exp": claims.expires,
            "appid": claims.app_id,
            "appidacr": if claims.by_assertion { "2" } else { "1" },
            "app_displayname": "practice",
            "idtyp": "app",
            "oid": claims.app_id,
            "sub": claims.app_id,
            "roles": claims.roles,
            "tid": claims.tenant_id,
            "uti": base64url(Uuid::new_v4().as_bytes()),
            "ver": "1.0",
        });
        let signed =
            format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(payload.to_string().as_bytes()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        // Signing fails only without random numbers for blinding; the empty signature is then refused everywhere.
        if self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).is_err() {
            signature.clear();
        }
        format!("{signed}.{}", base64url(&signature))
    }

    /// Checks a token that was sent to one of `audiences`.
    pub fn check(&self, token: Option<&str>, audiences: &[String]) -> Result<Claims, Fault> {
        let token = token.filter(|token| !token.is_empty()).ok_or(Fault::Missing)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(Fault::Invalid)?;
        let signature = from_base64(signature).ok_or(Fault::Invalid)?;
        let public: PublicKeyComponents<Vec<u8>> = self.key.public().into();
        public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).map_err(|_| Fault::Invalid)?;
        let claims = signed.split_once('.').and_then(|(_, payload)| parse(payload)).ok_or(Fault::Invalid)?;
        if claims.expires <= now() {
            return Err(Fault::Expired);
        }
        if audiences.contains(&claims.audience) { Ok(claims) } else { Err(Fault::Audience) }
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
    let roles = value.get("roles")?.as_array()?.iter().filter_map(|role| role.as_str().map(str::to_owned)).collect();
    Some(Claims {
        audience: text("aud")?,
        issued: value.get("iat")?.as_i64()?,
        expires: value.get("exp")?.as_i64()?,
        tenant_id: text("tid")?,
        app_id: text("appid")?,
        by_assertion: text("appidacr")? == "2",
        roles,
    })
}
