//! What clients ask before they sign in.
//! Knows the addresses under which it was asked. Promises to name only those.

use serde_json::json;

use super::Entra;
use super::error::Refusal;
use crate::http::{Call, Reply};

/// Names of the public cloud's sign-in service.
const ALIASES: [&str; 4] = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];

impl Entra {
    /// The `OpenID` configuration of a directory.
    pub(super) fn configuration(&self, tenant: &str, call: &Call) -> Result<Reply, Refusal> {
        if !["common", "organizations", "consumers"].contains(&tenant) {
            self.check_tenant(tenant)?;
        }
        let base = format!("{}/{tenant}", call.origin);
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
                "issuer": self.issuer(call),
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

    /// Which names the sign-in service has.
    pub(super) fn instance(&self, call: &Call) -> Reply {
        let host = call.origin.trim_start_matches("https://");
        let aliases: Vec<&str> = if ALIASES.contains(&host) { ALIASES.to_vec() } else { vec![host] };
        Reply::json(
            200,
            &json!({
                "tenant_discovery_endpoint": format!("{}/{}/v2.0/.well-known/openid-configuration", call.origin, self.tenant_id()),
                "api-version": "1.1",
                "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": aliases }],
            }),
        )
    }
}
