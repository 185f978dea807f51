//! Access tokens that somebody else got: used as they are, for the host they name, until they end.

use std::fmt;
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use url::{Origin, Url};

use crate::auth::grant::Grant;
use crate::error::{Code, Error, Result};
use crate::net::Claims;

/// Graph's and SharePoint's own app ids, which stand in tokens instead of a host now and then \[D\].
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const SHARE_POINT: &str = "00000003-0000-0ff1-ce00-000000000000";

/// Tokens, each for its host.
#[derive(Clone, Default)]
pub struct ReadyTokens(Vec<(Claims, SecretString)>);

impl ReadyTokens {
    /// Adds a token; it says itself whom it is for.
    pub fn add(&mut self, token: SecretString) -> Result<()> {
        let claims = Claims::of(token.expose_secret());
        if claims.audience.is_none() || claims.expires.is_none() {
            return Err(Error::new(Code::InvalidArgument, "The access token does not say whom it is for and how long.")
                .with_advice("Give the token alone, without 'Bearer', and one for each host: Graph, the my-site host, the admin host."));
        }
        self.0.push((claims, token));
        Ok(())
    }

    /// The token for the host of `resource`, the last one given first.
    pub(super) fn token(&self, resource: &Url, graph: &Origin) -> Result<Grant> {
        let host = resource.origin().ascii_serialization();
        let found = self.0.iter().rev().find(|(claims, _)| is_for(claims, resource, graph));
        let (claims, token) = found.ok_or_else(|| {
            Error::new(Code::TokenRejected, format!("None of the given access tokens is for {host}."))
                .with_advice("Each host needs a token of its own; see docs/sign-in.md.")
        })?;
        let life = claims.expires.and_then(|end| end.duration_since(SystemTime::now()).ok());
        let life = life.ok_or_else(|| {
            Error::new(Code::TokenRejected, format!("The access token for {host} has ended."))
                .with_advice("Connect again with a new token; a run cannot outlive a token that was given.")
        })?;
        Ok(Grant { access_token: token.clone(), life, refresh_in: Some(life), refresh_token: None })
    }
}

fn is_for(claims: &Claims, resource: &Url, graph: &Origin) -> bool {
    match claims.audience.as_deref() {
        Some(GRAPH) => resource.origin() == *graph,
        Some(SHARE_POINT) => resource.origin() != *graph,
        Some(audience) => Url::parse(audience).is_ok_and(|url| url.origin() == resource.origin()),
        None => false,
    }
}

impl fmt::Debug for ReadyTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} access tokens", self.0.len())
    }
}
