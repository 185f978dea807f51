//! Refusals of the token endpoint, as Entra ID words them.
//! Knows the answer's shape. Promises one AADSTS number for each reason.

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::http::Reply;

/// Why a token was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    error: &'static str,
    number: u32,
    text: String,
}

impl Refusal {
    fn new(status: u16, error: &'static str, number: u32, text: impl Into<String>) -> Self {
        Self { status, error, number, text: text.into() }
    }

    /// The reason as others pass it on.
    pub(super) fn description(&self) -> String {
        format!("AADSTS{}: {}", self.number, self.text)
    }

    /// Whether the client did not prove who it is.
    pub(super) fn is_of_client(&self) -> bool {
        self.status == 401
    }

    pub(super) fn reply(&self) -> Reply {
        let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
        let time = OffsetDateTime::now_utc();
        let stamp = format!("{} {:02}:{:02}:{:02}Z", time.date(), time.hour(), time.minute(), time.second());
        let Self { number, text, .. } = self;
        let description =
            format!("AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}");
        Reply::json(
            self.status,
            &json!({
                "error": self.error,
                "error_description": description,
                "error_codes": [number],
                "timestamp": stamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
            }),
        )
        .with("cache-control", "no-store, no-cache")
        .with("pragma", "no-cache")
    }
}

pub(super) fn missing(field: &str) -> Refusal {
    let text = format!("The request body must contain the following parameter: '{field}'.");
    Refusal::new(400, "invalid_request", 900_144, text)
}

pub(super) fn duplicated(field: &str) -> Refusal {
    let text = format!("The request is not properly formatted. The parameter '{field}' is duplicated.");
    Refusal::new(400, "invalid_request", 9_000_411, text)
}

pub(super) fn malformed_tenant(tenant: &str) -> Refusal {
    let text =
        format!("Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.");
    Refusal::new(400, "invalid_request", 900_023, text)
}

pub(super) fn no_tenant() -> Refusal {
    let text = "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.";
    Refusal::new(400, "invalid_request", 9_001_023, text)
}

pub(super) fn disabled_client(client: &str) -> Refusal {
    Refusal::new(400, "unauthorized_client", 7_000_112, format!("Application '{client}' is disabled."))
}

pub(super) fn expired_secret(client: &str) -> Refusal {
    let text = format!("The provided client secret keys for app '{client}' are expired.");
    Refusal::new(401, "invalid_client", 7_000_222, text)
}

pub(super) fn no_federated(number: u32, what: &str, given: &str) -> Refusal {
    let text = format!("No matching federated identity record found for presented assertion {what} '{given}'.");
    Refusal::new(401, "invalid_client", number, text)
}

pub(super) fn bad_signature() -> Refusal {
    Refusal::new(401, "invalid_client", 50_013, "Assertion failed signature validation.")
}

pub(super) fn unsupported_grant(grant: &str) -> Refusal {
    let text = format!("The app requested an unsupported grant type '{grant}'.");
    Refusal::new(400, "unsupported_grant_type", 70_003, text)
}

pub(super) fn unknown_tenant(tenant: &str) -> Refusal {
    let text = format!(
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    );
    Refusal::new(400, "invalid_request", 90_002, text)
}

pub(super) fn unknown_client(client: &str, tenant: &str) -> Refusal {
    let text = format!("Application with identifier '{client}' was not found in the directory '{tenant}'.");
    Refusal::new(400, "unauthorized_client", 700_016, text)
}

pub(super) fn wrong_secret(client: &str) -> Refusal {
    let text = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."
    );
    Refusal::new(401, "invalid_client", 7_000_215, text)
}

pub(super) fn no_credential() -> Refusal {
    let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    Refusal::new(401, "invalid_client", 7_000_218, text)
}

pub(super) fn two_credentials() -> Refusal {
    Refusal::new(400, "invalid_request", 90_014, "Only one of 'client_assertion' and 'client_secret' may be present.")
}

pub(super) fn wrong_assertion_type() -> Refusal {
    Refusal::new(400, "invalid_request", 900_144, "The parameter 'client_assertion_type' is missing or not supported.")
}

pub(super) fn malformed_assertion() -> Refusal {
    Refusal::new(401, "invalid_client", 50_027, "JWT token is invalid or malformed.")
}

pub(super) fn unknown_certificate(detail: &str) -> Refusal {
    let text = format!(
        "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - {detail}]"
    );
    Refusal::new(401, "invalid_client", 700_027, text)
}

pub(super) fn assertion_outside_time() -> Refusal {
    Refusal::new(401, "invalid_client", 700_024, "Client assertion is not within its valid time range.")
}

pub(super) fn assertion_of_other_app() -> Refusal {
    let text = "Client assertion application identifier doesn't match 'client_id' parameter.";
    Refusal::new(401, "invalid_client", 700_021, text)
}

pub(super) fn assertion_for_other_audience() -> Refusal {
    Refusal::new(401, "invalid_client", 700_023, "Client assertion audience claim does not match Realm issuer.")
}

pub(super) fn replayed() -> Refusal {
    Refusal::new(401, "invalid_client", 50_013, "Assertion failed validation: it was used before.")
}

pub(super) fn bad_scope(scope: &str) -> Refusal {
    let text = format!(
        "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
    );
    Refusal::new(400, "invalid_scope", 1_002_012, text)
}

pub(super) fn unknown_resource(resource: &str, tenant: &str) -> Refusal {
    let text = format!("The resource principal named {resource} was not found in the tenant named {tenant}.");
    Refusal::new(400, "invalid_resource", 500_011, text)
}

pub(super) fn expired_certificate() -> Refusal {
    unknown_certificate("The key used is expired.")
}

pub(super) fn unknown_device_code() -> Refusal {
    Refusal::new(400, "invalid_grant", 70_018, "The device code is wrong, or was used already.")
}

pub(super) fn device_code_pending() -> Refusal {
    let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
    Refusal::new(400, "authorization_pending", 70_016, text)
}

pub(super) fn slow_down() -> Refusal {
    Refusal::new(400, "slow_down", 70_016, "OAuth 2.0 device flow error. Polled before the interval was over.")
}

pub(super) fn device_code_declined() -> Refusal {
    Refusal::new(400, "authorization_declined", 70_017, "The person declined to sign in.")
}

pub(super) fn device_code_expired() -> Refusal {
    Refusal::new(400, "expired_token", 70_019, "Verification code expired.")
}

pub(super) fn unknown_refresh_token() -> Refusal {
    Refusal::new(400, "invalid_grant", 9_002_313, "Invalid request. Request is malformed or invalid.")
}

pub(super) fn two_resources() -> Refusal {
    let text =
        "The provided value for the input parameter scope isn't valid because it contains more than one resource.";
    Refusal::new(400, "invalid_scope", 700_022, text)
}

pub(super) fn no_consent(scope: &str, client: &str) -> Refusal {
    let text = format!(
        "The user or administrator has not consented to use the application with ID '{client}' and the permission '{scope}'."
    );
    Refusal::new(400, "invalid_grant", 65_001, text)
}
