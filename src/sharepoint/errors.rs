//! SharePoint's error bodies in their dialects.

use serde_json::Value;

use crate::error::{Code, Error};
use crate::net::Answer;

const LIBRARY_RIGHT: &str =
    "Sites.FullControl.All (application permission of Office 365 SharePoint Online, by certificate)";

/// The error that an answer carries. `what` completes "could not …".
pub(super) fn error_of(answer: &Answer, what: &str) -> Error {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let error = ["odata.error", "error"].into_iter().find_map(|name| body.get(name)).unwrap_or(&Value::Null);
    let service_code = error.get("code").and_then(Value::as_str).unwrap_or_default();
    let message = error.pointer("/message/value").and_then(Value::as_str).unwrap_or_default();
    let diagnostics = answer.header("x-ms-diagnostics").unwrap_or_default();
    let unsupported =
        [message, body_text(answer), diagnostics].iter().any(|text| text.contains("Unsupported app only token"));

    let (code, text, advice) = match answer.status {
        401 if unsupported => (
            Code::TokenRejected,
            "SharePoint does not accept this app's token: it was obtained by a client secret.".to_owned(),
            Some(
                "Connect with a certificate or a managed identity; SharePoint accepts nothing else from an app."
                    .to_owned(),
            ),
        ),
        401 => (Code::TokenRejected, format!("SharePoint refused the token and could not {what}."), None),
        403 => (
            Code::PermissionDenied,
            format!("The app may not {what}."),
            Some(format!("Grant the app {LIBRARY_RIGHT}, with admin consent.")),
        ),
        404 => (Code::LibraryNotFound, format!("SharePoint could not {what}: not found."), None),
        423 => (Code::FileLocked, format!("SharePoint could not {what}: the file is locked."), None),
        status => (Code::ServiceFailed, format!("SharePoint could not {what} (HTTP {status})."), None),
    };
    let mut error = Error::new(code, text).with_http_status(answer.status).with_request_id(answer.request_id());
    if let Some(advice) = advice {
        error = error.with_advice(advice);
    }
    if !service_code.is_empty() {
        error = error.with_service_code(service_code);
    }
    for cause in [message, diagnostics] {
        if !cause.is_empty() {
            error = error.with_cause(&std::io::Error::other(cause.to_owned()));
        }
    }
    error
}

fn body_text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap_or_default()
}
