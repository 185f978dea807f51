//! Graph's error bodies.
//! Knows the shape and the words. Promises nothing else.

use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entra::token::Fault;
use crate::http::Reply;

/// An error as Graph words it.
#[must_use]
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    let (now, id) = (OffsetDateTime::now_utc(), Uuid::new_v4());
    let date = format!("{}T{:02}:{:02}:{:02}", now.date(), now.hour(), now.minute(), now.second());
    let inner = json!({ "date": date, "request-id": id, "client-request-id": id });
    Reply::json(status, &json!({ "error": { "code": code, "message": message, "innerError": inner } }))
}

/// The usual words for a status.
#[must_use]
pub fn for_status(status: u16) -> Reply {
    match status {
        401 => error(401, "InvalidAuthenticationToken", "Access token has been revoked."),
        403 => error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
        404 => error(404, "ResourceNotFound", "Resource could not be discovered."),
        429 => error(429, "TooManyRequests", "Too many requests."),
        503 => error(503, "serviceNotAvailable", "The service is temporarily unavailable."),
        504 => error(504, "UnknownError", "The gateway did not receive a response in time."),
        _ => error(status, "UnknownError", ""),
    }
}

/// Too many requests to one mailbox.
#[must_use]
pub fn mailbox_busy() -> Reply {
    error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
}

pub(super) fn bad_request(message: &str) -> Reply {
    error(400, "BadRequest", message)
}

pub(super) fn no_such_user(identity: &str) -> Reply {
    let message = format!(
        "Resource '{identity}' does not exist or one of its queried reference-property objects are not present."
    );
    error(404, "Request_ResourceNotFound", &message)
}

/// The three forms in which Graph was seen to say that somebody has no photo.
pub(super) fn no_photo(variant: u32) -> Reply {
    const THROWN: &str = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException' was thrown.";
    match variant % 3 {
        0 => error(404, "ImageNotFound", THROWN),
        1 => error(404, "ErrorItemNotFound", "The photo wasn't found."),
        _ => error(404, "ErrorEntityNotFound", THROWN),
    }
}

pub(super) fn unauthorised(fault: Fault) -> Reply {
    let message = match fault {
        Fault::Missing => "Access token is empty.",
        Fault::Invalid => "IDX14100: JWT is not well formed, there are no dots (.).",
        Fault::Audience => "Access token validation failure. Invalid audience.",
        Fault::Revoked => "Access token has been revoked.",
        Fault::Expired => "Lifetime validation failed, the token is expired.",
    };
    let challenge = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"";
    error(401, "InvalidAuthenticationToken", message).with("www-authenticate", challenge)
}
