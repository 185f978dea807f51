//! SharePoint's error answers.
//! Knows the codes. Promises the dialect that the caller asked for.

use serde_json::json;

use super::dialect::Dialect;
use crate::entra::token::Fault;
use crate::http::Reply;

/// A refusal, before it is put into a dialect.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// A refusal with its words.
pub(super) fn refuse(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { status, code, message: message.into() }
}

pub(super) fn no_file(path: &str) -> Refusal {
    refuse(404, "-2130575338, Microsoft.SharePoint.SPException", format!("The file {path} does not exist."))
}

pub(super) fn no_folder() -> Refusal {
    refuse(404, "-2147024894, System.IO.FileNotFoundException", "File Not Found.")
}

pub(super) fn no_list(name: &str) -> Refusal {
    let message = format!("List '{name}' does not exist at site.");
    refuse(404, "-1, System.ArgumentException", message)
}

pub(super) fn no_resource() -> Refusal {
    refuse(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", "Cannot find resource for the request.")
}

pub(super) fn bad_query(message: impl Into<String>) -> Refusal {
    refuse(400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", message)
}

pub(super) fn bad_argument(message: impl Into<String>) -> Refusal {
    refuse(400, "-2147024809, System.ArgumentException", message)
}

pub(super) fn over_threshold() -> Refusal {
    let message = "The attempted operation is prohibited because it exceeds the list view threshold.";
    refuse(500, "-2147024860, Microsoft.SharePoint.SPQueryThrottledException", message)
}

pub(super) fn access_denied() -> Refusal {
    let message = "Access denied. You do not have permission to perform this action or access this resource.";
    refuse(403, "-2147024891, System.UnauthorizedAccessException", message)
}

pub(super) fn not_admin() -> Refusal {
    let message = "This operation requires you to be managing your own data or have administrator privileges.";
    refuse(403, "-2147024891, System.UnauthorizedAccessException", message)
}

/// The words for a missing profile, in REST and in `ProcessQuery`.
pub(super) const USER_NOT_FOUND: &str =
    "User Profile Error 1000: User Not Found: Could not load profile data from the database.";

pub(super) fn no_profile() -> Refusal {
    refuse(500, "-1, Microsoft.Office.Server.UserProfiles.UserNotFoundException", USER_NOT_FOUND)
}

impl Refusal {
    pub(super) fn reply(&self, dialect: Dialect) -> Reply {
        let message = json!({ "lang": "en-US", "value": self.message });
        let error = json!({ "code": self.code, "message": message });
        let reply = match dialect {
            Dialect::Verbose => dialect.reply(self.status, &json!({ "error": error })),
            Dialect::Minimal { .. } | Dialect::None { .. } => {
                dialect.reply(self.status, &json!({ "odata.error": error }))
            }
            Dialect::Xml => {
                let text = quick_xml::escape::escape(self.message.as_str());
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"utf-8\"?><m:error xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\"><m:code>{}</m:code><m:message xml:lang=\"en-US\">{text}</m:message></m:error>",
                    self.code
                );
                Reply::bytes(self.status, "application/xml;charset=utf-8", body.into_bytes())
            }
        };
        reply.with("x-content-type-options", "nosniff")
    }
}

/// The usual words for a status, as its front end gives them.
#[must_use]
pub fn for_status(status: u16) -> Reply {
    match status {
        429 => Reply::bytes(429, "text/html", b"429 TOO MANY REQUESTS".to_vec()),
        503 => Reply::bytes(503, "text/html", b"<html><body><h1>Server Too Busy</h1></body></html>".to_vec()),
        401 => Reply::json(401, &json!({ "error_description": "The token was revoked." })),
        403 => access_denied().reply(Dialect::default()),
        404 => no_resource().reply(Dialect::default()),
        423 => {
            refuse(423, "-2147018894, Microsoft.SharePoint.SPFileLockException", "The file is locked for shared use.")
                .reply(Dialect::default())
        }
        _ => refuse(status, "-1, Microsoft.SharePoint.Client.UnknownError", "Unknown Error").reply(Dialect::default()),
    }
}

/// The refusal of a token.
pub(super) fn unauthorised(fault: Fault, tenant_id: &str, audience: &str) -> Reply {
    let (description, diagnostics) = match fault {
        Fault::Missing => {
            return Reply::bytes(401, "text/plain; charset=utf-8", b"401 UNAUTHORIZED".to_vec())
                .with("www-authenticate", &challenge(tenant_id));
        }
        Fault::Invalid => (
            "Invalid JWT token. The token is not signed by a trusted issuer.".to_owned(),
            "3000006;reason=\"Token contains invalid signature.\";category=\"invalid_client\"".to_owned(),
        ),
        Fault::Revoked => (
            "The token was revoked.".to_owned(),
            "3000011;reason=\"The token was revoked.\";category=\"invalid_client\"".to_owned(),
        ),
        Fault::Expired => (
            "Invalid JWT token. The token is expired.".to_owned(),
            "3000008;reason=\"The token is expired.\";category=\"invalid_client\"".to_owned(),
        ),
        Fault::Audience => (
            "Exception of type 'Microsoft.IdentityModel.Tokens.AudienceUriValidationFailedException' was thrown."
                .to_owned(),
            format!("3000003;reason=\"Invalid audience Uri '{audience}'.\";category=\"invalid_client\""),
        ),
    };
    Reply::json(401, &json!({ "error_description": description }))
        .with("www-authenticate", &challenge(tenant_id))
        .with("x-ms-diagnostics", &diagnostics)
}

/// The refusal of an app-only token that was obtained by a secret.
pub(super) fn unsupported_app_token(tenant_id: &str) -> Reply {
    Reply::json(401, &json!({ "error_description": "Unsupported app only token." }))
        .with("www-authenticate", &challenge(tenant_id))
        .with(
            "x-ms-diagnostics",
            "3001000;reason=\"There has been an error authenticating the request.\";category=\"invalid_client\"",
        )
}

fn challenge(tenant_id: &str) -> String {
    format!(
        "Bearer realm=\"{tenant_id}\",client_id=\"00000003-0000-0ff1-ce00-000000000000\",trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\",authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\""
    )
}
